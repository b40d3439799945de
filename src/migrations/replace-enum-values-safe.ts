import type { QueryInterface, TableName } from 'sequelize';
import { ConfigurationError } from '../index.js';
import { shownValue } from './arguments.js';
import { refuseNamed, updateUnchecked, writeCheckedLabels } from './checked-labels.js';
import { type EnumColumn, enumCall, enumColumn } from './enum-column.js';
import { columnsOfType, createEnumType, quotedType } from './enum-types.js';
import { quotedName, quotedTable } from './quoted-table.js';
import { done, SchemaChangeError, type SchemaChange } from './schema-change.js';
import { databaseError, inStep, learnTypes, rows, run, type Step, type StepOptions } from './step.js';

/** What becomes of rows with a value that goes: `{ old: 'new' }`. */
export interface ReplaceEnumValuesOptions extends StepOptions {
  rename?: Readonly<Record<string, string>>;
}

/**
 * Gives an ENUM column exactly these values, in this order; rows that have one of `rename` get the other.
 *
 * Resolves to `changed`, or `exists` where it has them already. PostgreSQL and the fallback write each row of the table anew.
 *
 * @throws SchemaChangeError where rows or the default have a value that would go, an index's condition, a CHECK or a view rests on the values,
 * another column has the same type, or there is no such ENUM column
 */
export async function replaceEnumValuesSafe(
  queryInterface: QueryInterface,
  table: TableName,
  column: string,
  values: readonly string[],
  options: ReplaceEnumValuesOptions = {},
): Promise<SchemaChange> {
  const call = enumCall(queryInterface, table, column, values);
  const rename = checkedRenaming(options.rename ?? {}, values);
  return await inStep(queryInterface, options, async (step) => {
    const found = await enumColumn(step, call);
    const { labels } = found.enumType;
    if (labels.length === values.length && labels.every((label, index) => label === values[index])) return done('exists', call.subject);
    const replacement = { values, rename, newDefault: defaultAfter(found, values, rename) };
    await refuseRowsLeft(step, found, replacement);
    if (step.engine === 'sqlite') await replaceOnSqlite(step, found, replacement);
    else await restsExplained(call.subject, () => replaceType(step, found, replacement));
    return done('changed', call.subject, [`values: ${labels.join(', ')} → ${values.join(', ')}`]);
  });
}

type Renaming = ReadonlyMap<string, string>;

interface Replacement {
  readonly values: readonly string[];
  readonly rename: Renaming;
  /** As a literal; null where there is none. */
  readonly newDefault: string | null;
}

function checkedRenaming(rename: Readonly<Record<string, string>>, values: readonly string[]): Renaming {
  for (const [old, value] of Object.entries(rename)) {
    if (!values.includes(value)) throw new ConfigurationError(`rename.${old}`, 'must be one of the new values', shownValue(value));
    if (values.includes(old)) throw new ConfigurationError(`rename.${old}`, 'must not be one of the new values itself', shownValue(old));
  }
  return new Map(Object.entries(rename));
}

function defaultAfter({ column, subject }: EnumColumn, values: readonly string[], rename: Renaming): string | null {
  if (column.default === null) return null;
  const [, text] = /^'((?:[^']|'')*)'$/.exec(column.default) ?? [];
  if (text === undefined) {
    throw new SchemaChangeError(
      subject,
      `its default ${column.default} is no plain value`,
      'Drop the default first, and set it again afterwards.',
    );
  }
  const label = text.replaceAll("''", "'");
  const after = rename.get(label) ?? label;
  if (!values.includes(after))
    throw new SchemaChangeError(subject, `its default is '${label}'`, `Keep that value, or say rename: { '${label}': … }.`);
  return `'${after.replaceAll("'", "''")}'`;
}

async function refuseRowsLeft(
  step: Step,
  { relation, column, enumType, subject }: EnumColumn,
  { values, rename }: Replacement,
): Promise<void> {
  const going = enumType.labels.filter((label) => !values.includes(label) && !rename.has(label));
  if (going.length === 0) return;
  const name = quotedName(column.name);
  const isArray = column.declared.endsWith('[]');
  const one = isArray ? `unnest(${name}::text[])` : `CAST(${name} AS text)`;
  const found = await rows<{ value: string }>(
    step,
    `SELECT DISTINCT value FROM (SELECT ${one} AS value FROM ${quotedTable(step, relation)}) AS used WHERE value IN (:going)`,
    { going },
  );
  if (found.length === 0) return;
  const left = found.map(({ value }) => `'${value}'`).join(', ');
  throw new SchemaChangeError(
    subject,
    `rows have the value ${left}`,
    "Say what becomes of them with rename: { old: 'new' }, or change the rows first.",
  );
}

/** PostgreSQL's codes for a comparison with another type, a view or trigger on the column, an expression that can't follow, an object that needs the type. */
const RESTS_ON_IT: ReadonlySet<string> = new Set(['42883', '0A000', '42804', '2BP01']);

/** PostgreSQL says of an index with a condition on the column only that `text = enum_tickets_state` is no comparison. */
async function restsExplained(subject: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { code, message } = databaseError(error);
    if (!RESTS_ON_IT.has(code)) throw error;
    throw new SchemaChangeError(
      subject,
      `something rests on its values (${message})`,
      'Drop the indexes (removeIndexSafe()), CHECKs and views that name the column with a value first, and create them again afterwards.',
      { cause: error },
    );
  }
}

/** By way of text: until its rows are changed, the column has values of both types. */
async function replaceType(step: Step, { relation, column, enumType, subject }: EnumColumn, { values, rename, newDefault }: Replacement) {
  const users = (await columnsOfType(step, enumType)).filter((user) => user !== `${relation.schema}.${relation.name}.${column.name}`);
  if (users.length > 0) {
    throw new SchemaChangeError(
      subject,
      `${users.join(', ')} has the same type ${quotedType(enumType)}`,
      'Give each column a type of its own first.',
    );
  }
  const [table, name] = [quotedTable(step, relation), quotedName(column.name)];
  const brackets = column.declared.endsWith('[]') ? '[]' : '';
  if (brackets !== '' && rename.size > 0)
    throw new SchemaChangeError(subject, 'it is an array', 'Change the elements of its rows yourself, without rename.');
  const type = quotedType(enumType);
  if (newDefault !== null) await run(step, `ALTER TABLE ${table} ALTER COLUMN ${name} DROP DEFAULT`);
  await run(step, `ALTER TABLE ${table} ALTER COLUMN ${name} TYPE text${brackets} USING ${name}::text${brackets}`);
  await updateRows(step, `UPDATE ${table} SET ${name} = :value WHERE ${name} = :old`, rename);
  await run(step, `DROP TYPE ${type}`);
  await createEnumType(step, enumType, values);
  await run(step, `ALTER TABLE ${table} ALTER COLUMN ${name} TYPE ${type}${brackets} USING ${name}::${type}${brackets}`);
  if (newDefault !== null) await run(step, `ALTER TABLE ${table} ALTER COLUMN ${name} SET DEFAULT ${newDefault}`);
  await learnTypes(step);
}

async function replaceOnSqlite(
  step: Step,
  { relation, column, enumType, subject }: EnumColumn,
  { values, rename, newDefault }: Replacement,
): Promise<void> {
  const going = enumType.labels.filter((label) => !values.includes(label));
  await refuseNamed(step, relation, { column: column.name, subject }, going);
  if (newDefault !== column.default) {
    throw new SchemaChangeError(subject, `SQLite can't change its default ${column.default ?? ''}`, 'Keep that value.');
  }
  const [table, name] = [quotedTable(step, relation), quotedName(column.name)];
  await updateUnchecked(step, () => updateRows(step, `UPDATE ${table} SET ${name} = :value WHERE ${name} = :old`, rename));
  await writeCheckedLabels(step, relation, column.name, values);
}

async function updateRows(step: Step, sql: string, rename: Renaming): Promise<void> {
  for (const [old, value] of rename) await rows(step, sql, { old, value });
}
