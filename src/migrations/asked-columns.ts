import { randomBytes } from 'node:crypto';
import type { NamedTable } from './arguments.js';
import { withEnumTypes } from './enum-types.js';
import type { Attribute, Attributes } from './generator.js';
import type { Relation } from './relation.js';
import type { DefinitionDifference } from './schema-change.js';
import { rows, run, serverRows, type Step, undone } from './step.js';
import { type StoredColumn, storedColumns } from './stored-columns.js';
import { without } from './without.js';

/**
 * The columns as the database would describe them: a table of them is made beside the one that is there, read and taken back, so that
 * types and defaults are compared in the database's own words.
 */
export async function askedColumns(step: Step, table: NamedTable, relation: Relation, attributes: Attributes): Promise<StoredColumn[]> {
  const twin = twinOf(table, relation);
  // Foreign keys would lock the tables that they lead to.
  const plain = Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, withoutConstraints(attribute)]));
  return await undone(step, async (inner) => {
    const typed = await withEnumTypes(inner, twin.forSequelize, plain);
    await run(inner, createTableSql(inner, twin.forSequelize, typed, {}));
    return await storedColumns(inner, twin.relation);
  });
}

/** What is to be said of keys that were asked for of columns that are there. */
export function keysNotCompared(stored: readonly StoredColumn[], attributes: Attributes, uniqueKeys?: object): string[] {
  const asked = Object.entries(attributes).some(
    ([key, { field, unique, references }]) =>
      (unique === true || references !== undefined) && stored.some(({ name }) => name === (field ?? key)),
  );
  return asked || Object.keys(uniqueKeys ?? {}).length > 0 ? ['foreign keys and unique keys of it were not compared'] : [];
}

/** The statement that Sequelize makes of a table. */
export function createTableSql({ generator }: Step, table: NamedTable['forSequelize'], attributes: Attributes, options: object): string {
  return generator.createTableQuery(table, generator.attributesToSQL(attributes, { table, context: 'createTable' }), options);
}

/** A name beside a table's that nobody else has. */
export function twinOf({ schema }: NamedTable, relation: Relation): { forSequelize: NamedTable['forSequelize']; relation: Relation } {
  const name = `sr_${randomBytes(6).toString('hex')}`;
  return {
    forSequelize: schema === undefined ? name : { tableName: name, schema },
    relation: { ...relation, name: relation.schema === '' && schema !== undefined ? `${schema}.${name}` : name },
  };
}

const withoutConstraints = (attribute: Attribute): Attribute =>
  without(attribute, ['references', 'onDelete', 'onUpdate', 'unique', 'comment']);

/** In what the columns that are there differ from those asked for. */
export function columnDifferences(stored: readonly StoredColumn[], asked: readonly StoredColumn[]): DefinitionDifference[] {
  const extra = stored.filter(({ name }) => !asked.some((column) => column.name === name));
  return [
    ...asked.flatMap((column) =>
      differencesOf(
        stored.find(({ name }) => name === column.name),
        column,
      ),
    ),
    ...extra.map((column) => ({ name: column.name, aspect: 'extra', stored: summary(column), asked: null }) as const),
  ];
}

/** Leaves out defaults that are written differently and mean the same: Sequelize's `ARRAY[]::…` and `'{}'`, `1` and `'1'`. */
export async function withoutEqualDefaults(
  step: Step,
  differences: readonly DefinitionDifference[],
  stored: readonly StoredColumn[],
): Promise<DefinitionDifference[]> {
  const left: DefinitionDifference[] = [];
  for (const difference of differences) {
    const column = stored.find(({ name }) => name === difference.name);
    if (difference.aspect !== 'default' || column === undefined || !(await meanTheSame(step, difference, column.declared)))
      left.push(difference);
  }
  return left;
}

async function meanTheSame(step: Step, { stored, asked }: DefinitionDifference, type: string): Promise<boolean> {
  if (step.engine === 'sqlite' || stored === null || asked === null || ![stored, asked].every(isConstant)) return false;
  const [one, other] = [stored, asked].map((text) => `((${text})::${type})::text`);
  try {
    const [answer] = await undone(step, (inner) => ask(inner)<{ same: boolean }>(inner, `SELECT ${one} = ${other} AS same`));
    return answer?.same === true;
  } catch {
    // Not to be compared: then they differ.
    return false;
  }
}

/** Values in a text would be new statements to the parity guard of a handle. */
const ask = ({ engine }: Step) => (engine === 'postgres' ? serverRows : rows);

/** Whether an expression as the database prints it calls nothing. */
function isConstant(expression: string): boolean {
  const rest = expression.replace(/'(?:[^']|'')*'/g, '').replace(/::(?:"[^"]+"|[\w. ])+(?:\(\d+(?:,\d+)?\))?(?:\[\])*/g, '');
  return /^(?:ARRAY|NULL|true|false|[\s\d.,+\-()[\]])*$/.test(rest);
}

/** In what a column differs. */
export function differencesOf(stored: StoredColumn | undefined, asked: StoredColumn): DefinitionDifference[] {
  const { name } = asked;
  if (stored === undefined) return [{ name, aspect: 'missing', stored: null, asked: summary(asked) }];
  const aspects: DefinitionDifference[] = [
    { name, aspect: 'type', stored: stored.type, asked: asked.type },
    { name, aspect: 'nullability', stored: nullability(stored), asked: nullability(asked) },
    { name, aspect: 'default', stored: stored.default, asked: asked.default },
    { name, aspect: 'primary key', stored: yesNo(stored.primaryKey), asked: yesNo(asked.primaryKey) },
  ];
  return aspects.filter((each) => each.stored !== each.asked);
}

const nullability = ({ nullable }: StoredColumn): string => (nullable ? 'NULL' : 'NOT NULL');
const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

const summary = (column: StoredColumn): string =>
  [column.type, nullability(column), ...(column.default === null ? [] : [`DEFAULT ${column.default}`])].join(' ');
