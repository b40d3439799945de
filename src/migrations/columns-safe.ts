import type { DataType, ModelAttributeColumnOptions, QueryInterface, TableName } from 'sequelize';
import { addColumnTo } from './add-column.js';
import { checkName, checkQueryInterface, checkWord, namedTable, type NamedTable } from './arguments.js';
import { askedColumns, differencesOf, keysNotCompared, withoutEqualDefaults } from './asked-columns.js';
import { preparedAttribute } from './attributes.js';
import { changeColumn } from './change-column.js';
import { dropColumn } from './drop-column.js';
import { dropUnusedTypes, quotedType } from './enum-types.js';
import type { Attribute } from './generator.js';
import { withFunctionsExplained } from './missing-functions.js';
import { quotedName, quotedTable } from './quoted-table.js';
import { existingTable, refuseOther, type Relation, relationOf } from './relation.js';
import { type DifferenceOptions, done, judged, SchemaChangeError, type SchemaChange } from './schema-change.js';
import { inStep, run, type Step, type StepOptions } from './step.js';
import { type StoredColumn, storedColumns } from './stored-columns.js';

/**
 * Adds a column, unless it is there. One that is there is compared as `createTableSafe` does it.
 *
 * Resolves to `created`, `exists` or, with `onDifference: 'change'`, `changed`. On plain SQLite `unique` becomes a unique index of its own.
 *
 * @throws SchemaChangeError where there is no such table, and on plain SQLite for a column that it can't add to a table with rows
 */
export async function addColumnSafe(
  queryInterface: QueryInterface,
  table: TableName,
  column: string,
  attribute: DataType | ModelAttributeColumnOptions,
  options: StepOptions & DifferenceOptions = {},
): Promise<SchemaChange> {
  checkQueryInterface(queryInterface);
  checkWord('onDifference', options.onDifference, ['report', 'error', 'change']);
  const named = namedTable(table);
  const subject = subjectOf(named, column);
  return await withFunctionsExplained(subject, () =>
    inStep(queryInterface, options, async (step) => {
      const prepared = { ...preparedAttribute(queryInterface, column, attribute), field: column };
      const relation = await existingTable(step, named, subject);
      const stored = (await storedColumns(step, relation)).find(({ name }) => name === column);
      if (stored !== undefined) return await comparedColumn(step, { named, relation, stored, attribute: prepared }, options);
      const [, ...details] = await addColumnTo(step, { named, relation }, column, prepared);
      return done('created', subject, details);
    }),
  );
}

interface Found {
  readonly named: NamedTable;
  readonly relation: Relation;
  readonly stored: StoredColumn;
  readonly attribute: Attribute;
}

async function comparedColumn(
  step: Step,
  { named, relation, stored, attribute }: Found,
  options: DifferenceOptions,
): Promise<SchemaChange> {
  const subject = subjectOf(named, stored.name);
  const [asked] = await askedColumns(step, named, relation, { [stored.name]: attribute });
  const differences = asked === undefined ? [] : await withoutEqualDefaults(step, differencesOf(stored, asked), [stored]);
  const notCompared = keysNotCompared([stored], { [stored.name]: attribute });
  if (options.onDifference !== 'change' || asked === undefined || differences.length === 0) {
    return judged({ did: 'exists', subject, details: notCompared, differences }, options);
  }
  const details = await changeColumn(step, relation, { stored, asked, aspects: differences.map(({ aspect }) => aspect) });
  const now = (await storedColumns(step, relation)).find(({ name }) => name === stored.name);
  const did = details.length === 0 ? 'exists' : 'changed';
  const left = await withoutEqualDefaults(step, differencesOf(now, asked), now === undefined ? [] : [now]);
  return judged({ did, subject, details: [...details, ...notCompared], differences: left }, options);
}

/**
 * Removes a column, and as PostgreSQL does the indexes that it is in; its ENUM type goes with it where nothing else has that.
 *
 * Resolves to `removed` or, where there is no such column or table, `absent`. On SQLite too the other columns keep their indexes, defaults
 * and foreign keys: the table is not made anew.
 *
 * @throws SchemaChangeError on plain SQLite for a column that a key or another constraint of the table names
 */
export async function removeColumnSafe(
  queryInterface: QueryInterface,
  table: TableName,
  column: string,
  options: StepOptions = {},
): Promise<SchemaChange> {
  checkQueryInterface(queryInterface);
  checkName('column', column);
  const named = namedTable(table);
  const subject = subjectOf(named, column);
  return await inStep(queryInterface, options, async (step) => {
    const relation = await relationOf(step, named);
    refuseOther(relation, named, subject);
    const columns = relation.kind === undefined ? [] : await storedColumns(step, relation);
    const stored = columns.find(({ name }) => name === column);
    if (stored === undefined) return done('absent', subject);
    if (step.engine === 'sqlite') return done('removed', subject, await dropColumn(step, relation, column));
    await run(step, `ALTER TABLE ${quotedTable(step, relation)} DROP COLUMN ${quotedName(column)}`);
    return done('removed', subject, await dropUnusedTypes(step, relation, stored.enumType ? [stored.enumType] : []));
  });
}

/**
 * Gives a column another name; what rests on it goes along, and on PostgreSQL and the fallback the ENUM type that Sequelize named after it.
 *
 * Resolves to `changed`, or `exists` where only the new name is there.
 *
 * @throws SchemaChangeError where there is no such table, neither column or both
 */
export async function renameColumnSafe(
  queryInterface: QueryInterface,
  table: TableName,
  from: string,
  to: string,
  options: StepOptions = {},
): Promise<SchemaChange> {
  checkQueryInterface(queryInterface);
  checkName('from', from);
  checkName('to', to);
  const named = namedTable(table);
  const subject = subjectOf(named, from);
  return await inStep(queryInterface, options, async (step) => {
    const relation = await existingTable(step, named, subject);
    const columns = await storedColumns(step, relation);
    const [before, after] = [from, to].map((name) => columns.find((column) => column.name === name));
    if (before === undefined && after === undefined) {
      throw new SchemaChangeError(
        subject,
        `there is neither this column nor "${to}"`,
        `There are: ${columns.map(({ name }) => name).join(', ')}.`,
      );
    }
    if (before === undefined || from === to) return done('exists', subject, [`it is "${to}"`]);
    if (after !== undefined) throw new SchemaChangeError(subject, `"${to}" is there, too`, 'Remove the one that is not wanted.');
    await run(step, `ALTER TABLE ${quotedTable(step, relation)} RENAME COLUMN ${quotedName(from)} TO ${quotedName(to)}`);
    return done('changed', subject, [`renamed to "${to}"`, ...(await renamedType(step, { named, relation, from, to }, before))]);
  });
}

interface Renaming {
  readonly named: NamedTable;
  readonly relation: Relation;
  readonly from: string;
  readonly to: string;
}

/** Sequelize finds an ENUM's type by the names of table and column. */
async function renamedType(step: Step, { relation, from, to }: Renaming, { enumType }: StoredColumn): Promise<string[]> {
  if (step.engine === 'sqlite' || enumType?.name !== `enum_${relation.name}_${from}`) return [];
  const name = `enum_${relation.name}_${to}`;
  await run(step, `ALTER TYPE ${quotedType(enumType)} RENAME TO ${quotedName(name)}`);
  return [`renamed type ${quotedType(enumType)} to "${name}"`];
}

function subjectOf({ shown }: NamedTable, column: string): string {
  checkName('column', column);
  return `column "${column}" of ${shown}`;
}
