import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { AlterTableAction, Expression } from '../sql/ast.js';
import { parseExpressionText } from '../sql/parser.js';
import { quoteName } from '../translate/quote.js';
import { translateExpression } from '../translate/stand-alone.js';
import type { Stored } from '../types/codec.js';
import { codecFor } from '../types/codecs.js';
import { bareTypeName, formatType } from '../types/format-type.js';
import type { PgType } from '../types/pg-type.js';
import { resolveTypeName } from '../types/type-names.js';
import { columnOf } from './alter-column.js';
import { keysOf } from './automatic-names.js';
import { calculatedValues } from './calculated-values.js';
import type { ColumnDefinition, TableDefinition } from './catalog.js';
import { deparseContext, withDefault } from './column-clauses.js';
import { isAssignable, isConvertible } from './conversions.js';
import { referencesTo } from './constraints-of.js';
import { type DefinitionContext, shownName } from './definition.js';
import { deparse } from './deparse.js';
import { refuseOtherType } from './foreign-keys.js';
import { refuseUnindexableIndex, withIndexesShown } from './indexes.js';
import { isNamedIn } from './renaming.js';
import type { SqlSession } from './session.js';
import { createKeyIndex, createStoredIndex, dropStoredIndex, redefineTable } from './storage.js';
import type { StoredCatalog } from './stored-catalog.js';
import { TranslationNow } from './translation-now.js';
import { viewsWith } from './views-with.js';

type SetType = Extract<AlterTableAction, { type: 'set type' }>;

/** Gives a column another type: its values are read as the old one and written as the new one. */
export async function setType(table: TableDefinition, action: SetType, { session, catalog }: DefinitionContext): Promise<StoredCatalog> {
  const column = columnOf(table, action.name);
  const type = resolveType(action, catalog);
  await refuseViews(table, column, { session, catalog });
  refuseConversion(column, type, action, catalog);
  const columns = table.columns.map((each) => (each === column ? withType(column, type, catalog) : each));
  const retyped = { ...table, columns };
  refuseDependents(table, retyped, column.name, catalog.withTables(retyped));
  const changed = withIndexesShown(retyped, catalog);
  const after = catalog.withTables(changed);
  refuseForeignKeys(changed, column.name, after);
  if (table.rowidColumn === column.name) return await redefined(session, changed, after);
  const isInUse = { key: keysOf(table).filter(({ columns }) => columns.includes(column.name)), index: indexesOn(table, column.name) };
  for (const index of [...isInUse.key, ...isInUse.index]) await dropStoredIndex(session, index);
  const write = await rewriting(table, { ...column, type }, action, { session, catalog });
  await redefineTable(session, changed, after);
  await write();
  for (const key of isInUse.key) await createKeyIndex(session, key, changed);
  for (const index of isInUse.index) await createStoredIndex(session, index, changed, after);
  return after;
}

/** Reads the values as the old type, and answers what writes them as the new one. */
async function rewriting(
  table: TableDefinition,
  column: ColumnDefinition,
  { using, usingText = '' }: SetType,
  { session, catalog }: DefinitionContext,
): Promise<() => Promise<void>> {
  if (using !== undefined && !isPlainCast(using, column.name, column.type, catalog))
    return await calculatedValues(session, table, column, { using: usingText, catalog });
  const values = await convertedValues(session, table, columnOf(table, column.name), column.type);
  return () => writeValues(session, table, column.name, values, column.type);
}

async function redefined(session: SqlSession, table: TableDefinition, catalog: StoredCatalog): Promise<StoredCatalog> {
  const type = columnOf(table, table.rowidColumn ?? '').type;
  if (!['int2', 'int4', 'int8'].includes(type.key)) {
    throw new UnsupportedOnFallbackError(
      `Another type than an integer for a column that numbers itself (${table.name}.${table.rowidColumn})`,
      'Drop its default first.',
    );
  }
  await redefineTable(session, table, catalog);
  return catalog;
}

const indexesOn = (table: TableDefinition, name: string) =>
  table.indexes.filter(({ items, where }) => [...items.map(({ text }) => text), where ?? ''].some((text) => isNamedIn(text, name)));

function resolveType({ to }: SetType, catalog: StoredCatalog): PgType {
  const [name = ''] = to.path;
  // PostgreSQL knows these words in CREATE TABLE and ADD COLUMN alone.
  if (to.path.length === 1 && /^(?:small|big)?serial[248]?$/.test(name)) throw new PgError('42704', `type "${name}" does not exist`);
  return resolveTypeName(to, catalog);
}

async function refuseViews(table: TableDefinition, { name }: ColumnDefinition, context: DefinitionContext): Promise<void> {
  const [view] = await viewsWith(table, name, context);
  if (view === undefined) return;
  throw new PgError('0A000', 'cannot alter type of a column used by a view or rule', {
    detail: `rule _RETURN on ${view.kind} ${shownName(view, context.catalog)} depends on column "${name}"`,
  });
}

function refuseConversion(column: ColumnDefinition, type: PgType, { using }: SetType, catalog: StoredCatalog): void {
  if (using !== undefined && (!isPlainCast(using, column.name, type, catalog) || isByText(using))) return;
  if (using === undefined && !isAssignable(column.type, type)) {
    throw new PgError('42804', `column "${column.name}" cannot be cast automatically to type ${formatType(type)}`, {
      hint: `You might need to specify "USING ${column.name}::${formatType(type)}".`,
    });
  }
  if (!isConvertible(column.type, type)) {
    throw new PgError('42846', `cannot cast type ${bareTypeName(column.type)} to ${bareTypeName(type)}`);
  }
}

function isPlainCast(node: Expression, name: string, type: PgType, catalog: StoredCatalog): boolean {
  if (node.kind === 'column') return node.path.at(-1) === name;
  if (node.kind !== 'cast') return false;
  const to = resolveTypeName(node.type, catalog);
  // A cast by way of text changes nothing.
  return (formatType(to) === formatType(type) || to.key === 'text') && isPlainCast(node.operand, name, type, catalog);
}

/** Whether the value is cast to text on the way, as which it can become anything. */
const isByText = (node: Expression): boolean => node.kind === 'cast' && (node.type.path.at(-1) === 'text' || isByText(node.operand));

/** @throws PgError where the default is no value of the new type */
function withType(column: ColumnDefinition, type: PgType, catalog: StoredCatalog): ColumnDefinition {
  const retyped = { ...column, type };
  if (column.default === undefined) return retyped;
  if (!isAssignable(column.type, type)) {
    throw new PgError('42804', `default for column "${column.name}" cannot be cast automatically to type ${formatType(type)}`);
  }
  const expression = parseExpressionText(column.default);
  const isOfOldType = expression.kind === 'cast' && formatType(resolveTypeName(expression.type, catalog)) !== formatType(type);
  const changed = withDefault(retyped, { expression: isOfOldType ? expression.operand : expression, text: column.default }, catalog);
  // The cast of the default is not printed.
  return { ...changed, ...(column.shownDefault !== undefined && { shownDefault: column.shownDefault }) };
}

/**
 * PostgreSQL makes the CHECKs and indexes of the column anew from what it prints of them, in which constants have the types that they
 * had (ATPostAlterTypeCleanup of src/backend/commands/tablecmds.c, 17).
 * @throws PgError where they are none with the new type
 */
function refuseDependents(before: TableDefinition, after: TableDefinition, column: string, catalog: StoredCatalog): void {
  const context = deparseContext(before, catalog);
  const shown = (text: string) => deparse(parseExpressionText(text), text, context);
  const texts = before.checks.map(({ text }) => text).filter((text) => isNamedIn(text, column));
  const indexes = indexesOn(before, column);
  for (const text of [
    ...texts,
    ...indexes.flatMap(({ items, where }) => [...items.map((item) => item.text), ...(where === undefined ? [] : [where])]),
  ])
    refuseExpression(shown(text), after, catalog);
  for (const index of indexes) refuseUnindexableIndex(index, after, catalog);
}

function refuseExpression(text: string, table: TableDefinition, catalog: StoredCatalog): void {
  try {
    translateExpression(text, catalog, table, new TranslationNow(catalog));
  } catch (error) {
    if (!(error instanceof UnsupportedOnFallbackError)) throw error;
  }
}

function refuseForeignKeys(table: TableDefinition, column: string, catalog: StoredCatalog): void {
  for (const { key, table: child } of referencesTo(catalog, table)) {
    const at = key.references.columns.indexOf(column);
    if (at >= 0) refuseOtherType(key.name, [child, key.columns[at] ?? ''], [table, column]);
  }
  for (const key of table.foreignKeys) {
    const at = key.columns.indexOf(column);
    const parent = catalog.table([key.references.schema, key.references.table]);
    if (at >= 0 && parent) refuseOtherType(key.name, [table, column], [parent, key.references.columns[at] ?? '']);
  }
}

interface Change {
  readonly rowid: number;
  readonly value: Stored;
}

/** @throws PgError where a value is none of the new type */
async function convertedValues(session: SqlSession, table: TableDefinition, column: ColumnDefinition, type: PgType): Promise<Change[]> {
  const [from, to] = [codecFor(column.type), codecFor(type)];
  const name = quoteName(column.name);
  const rows = await session.all(
    `SELECT rowid AS id, ${from.select?.(name) ?? name} AS value FROM ${quoteName(table.storedName)} WHERE ${name} IS NOT NULL`,
  );
  const convert = conversion(
    column.type,
    type,
    (stored) => from.output(stored),
    (text) => to.input(text),
  );
  return rows.map((row) => ({ rowid: row['id'] as number, value: convert(row['value'] as Exclude<Stored, null>) }));
}

/** Numbers are rounded to whole ones as PostgreSQL's casts do, where its input functions would refuse them. */
function conversion(
  from: PgType,
  to: PgType,
  output: (stored: Exclude<Stored, null>) => string,
  input: (text: string) => Stored,
): (stored: Exclude<Stored, null>) => Stored {
  const isWhole = ['int2', 'int4', 'int8'].includes(to.key);
  if (isWhole && from.key === 'bool') return (stored) => input(output(stored) === 't' ? '1' : '0');
  if (isWhole && ['float4', 'float8', 'numeric'].includes(from.key))
    return (stored) => input(rounded(output(stored), from.key === 'numeric'));
  return (stored) => input(output(stored));
}

/** Halves go away from zero (numeric) or to the even neighbour (floats). */
function rounded(text: string, awayFromZero: boolean): string {
  const value = Number(text);
  if (!Number.isFinite(value)) return text;
  if (!awayFromZero) return String(Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));
  const [, sign = '', whole = '0', half = '0'] = /^(-?)(\d+)(?:\.(\d))?/.exec(text) ?? [];
  return `${sign}${BigInt(whole) + (half >= '5' ? 1n : 0n)}`;
}

async function writeValues(
  session: SqlSession,
  table: TableDefinition,
  column: string,
  values: readonly Change[],
  type: PgType,
): Promise<void> {
  const bind = codecFor(type).bind?.('?1') ?? '?1';
  const sql = `UPDATE ${quoteName(table.storedName)} SET ${quoteName(column)} = ${bind} WHERE rowid = ?2`;
  for (const { rowid, value } of values) await session.run(sql, [value, rowid]);
}
