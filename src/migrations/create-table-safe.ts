import type { ModelAttributes, QueryInterface, QueryInterfaceCreateTableOptions, TableName } from 'sequelize';
import { addColumnTo } from './add-column.js';
import { checkQueryInterface, checkWord, namedTable, type NamedTable } from './arguments.js';
import { askedColumns, columnDifferences, createTableSql, keysNotCompared, withoutEqualDefaults } from './asked-columns.js';
import { preparedAttributes } from './attributes.js';
import { changeColumn } from './change-column.js';
import { withEnumTypes } from './enum-types.js';
import type { Attributes } from './generator.js';
import { withFunctionsExplained } from './missing-functions.js';
import { type Relation, refuseOther, relationOf } from './relation.js';
import { type DifferenceOptions, done, judged, type SchemaChange, type DefinitionDifference } from './schema-change.js';
import { inStep, run, type Step, type StepOptions } from './step.js';
import { type StoredColumn, storedColumns } from './stored-columns.js';

/** As Sequelize's createTable takes them, and what is done about a table that is there already. */
export interface CreateTableSafeOptions extends StepOptions, DifferenceOptions {
  /** The schema of a table that is named without one. */
  schema?: string;
  /** Keys over several columns. */
  uniqueKeys?: QueryInterfaceCreateTableOptions['uniqueKeys'];
  /** The table's comment, on PostgreSQL and the fallback. */
  comment?: string;
}

/**
 * Creates a table, unless it is there. One that is there is compared: type, nullability, default and primary key of each column. Foreign keys
 * and unique keys are not, of which `details` tells where they were asked for.
 *
 * Resolves to `created`, `exists`, or, with `onDifference: 'change'`, `changed`: missing columns are added, defaults and NOT NULL
 * changed. Types, columns that were not asked for and primary keys stay and are reported, as is anything on plain SQLite but a missing column.
 *
 * @throws DefinitionDifferenceError with `onDifference: 'error'`
 * @throws ConfigurationError for arguments that can't be used
 */
export async function createTableSafe(
  queryInterface: QueryInterface,
  table: TableName,
  attributes: ModelAttributes,
  options: CreateTableSafeOptions = {},
): Promise<SchemaChange> {
  checkQueryInterface(queryInterface);
  checkWord('onDifference', options.onDifference, ['report', 'error', 'change']);
  const named = namedTable(table, options.schema);
  const subject = `table ${named.shown}`;
  return await withFunctionsExplained(subject, () =>
    inStep(queryInterface, options, async (step) => {
      const prepared = preparedAttributes(queryInterface, attributes);
      const relation = await relationOf(step, named);
      refuseOther(relation, named, subject);
      if (relation.kind === 'table') return await comparedTable(step, { named, relation, attributes: prepared }, options);
      await createTable(step, named, prepared, options);
      return done('created', subject);
    }),
  );
}

async function createTable(
  step: Step,
  { forSequelize }: NamedTable,
  attributes: Attributes,
  options: CreateTableSafeOptions,
): Promise<void> {
  const { uniqueKeys, comment } = options;
  const typed = await withEnumTypes(step, forSequelize, attributes);
  const keys = Object.entries(uniqueKeys ?? {}).map(([name, key]) => [name, { ...key, customIndex: key.customIndex ?? true }] as const);
  const more = { ...(uniqueKeys && { uniqueKeys: Object.fromEntries(keys) }), ...(comment !== undefined && { comment }) };
  await run(step, createTableSql(step, forSequelize, typed, more));
}

interface Found {
  readonly named: NamedTable;
  readonly relation: Relation;
  readonly attributes: Attributes;
}

async function comparedTable(step: Step, found: Found, options: CreateTableSafeOptions): Promise<SchemaChange> {
  const { named, relation, attributes } = found;
  const stored = await storedColumns(step, relation);
  const asked = await askedColumns(step, named, relation, attributes);
  const differences = await withoutEqualDefaults(step, columnDifferences(stored, asked), stored);
  const subject = `table ${named.shown}`;
  const notCompared = keysNotCompared(stored, attributes, options.uniqueKeys);
  if (options.onDifference !== 'change' || differences.length === 0) {
    return judged({ did: 'exists', subject, details: notCompared, differences }, options);
  }
  const details = await changedColumns(step, found, { stored, asked, differences });
  const now = await storedColumns(step, relation);
  const left = await withoutEqualDefaults(step, columnDifferences(now, asked), now);
  const did = details.length === 0 ? 'exists' : 'changed';
  return judged({ did, subject, details: [...details, ...notCompared], differences: left }, options);
}

interface Comparison {
  readonly stored: readonly StoredColumn[];
  readonly asked: readonly StoredColumn[];
  readonly differences: readonly DefinitionDifference[];
}

async function changedColumns(
  step: Step,
  { named, relation, attributes }: Found,
  { stored, asked, differences }: Comparison,
): Promise<string[]> {
  const details: string[] = [];
  for (const [key, attribute] of Object.entries(attributes)) {
    const name = attribute.field ?? key;
    const isMissing = differences.some((each) => each.name === name && each.aspect === 'missing');
    if (isMissing) details.push(...(await addColumnTo(step, { named, relation }, name, attribute)));
  }
  for (const column of asked) {
    const before = stored.find(({ name }) => name === column.name);
    const aspects = differences.filter(({ name }) => name === column.name).map(({ aspect }) => aspect);
    if (before !== undefined) details.push(...(await changeColumn(step, relation, { stored: before, asked: column, aspects })));
  }
  return details;
}
