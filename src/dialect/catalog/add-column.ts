import { PgError } from '../pg-error.js';
import type { AlterTableAction } from '../sql/ast.js';
import { storedSql } from '../translate/bind.js';
import { quoteName } from '../translate/quote.js';
import { translateExpression } from '../translate/stand-alone.js';
import { formatType } from '../types/format-type.js';
import { setNotNull } from './alter-column.js';
import { addConstraint } from './alter-constraints.js';
import type { ColumnDefinition, TableDefinition } from './catalog.js';
import { withColumn } from './column-clauses.js';
import { distinctConstraints } from './constraint-clauses.js';
import { columnConstraints } from './create-table.js';
import { type DefinitionContext, namerFor } from './definition.js';
import type { SqlSession } from './session.js';
import { redefineTable } from './storage.js';
import type { StoredCatalog } from './stored-catalog.js';
import { TranslationNow } from './translation-now.js';

type AddColumn = Extract<AlterTableAction, { type: 'add column' }>;

/** First the column, empty and without conditions, then its values, then what they must fulfil. */
export async function addColumn(
  table: TableDefinition,
  { column: clause, ifNotExists }: AddColumn,
  { session, catalog, nowMicros }: DefinitionContext,
): Promise<StoredCatalog> {
  if (ifNotExists && table.columns.some(({ name }) => name === clause.name)) return catalog;
  const wider = withColumn(table, clause, { catalog, namer: namerFor(catalog, table.schema) });
  const column = wider.columns.at(-1) as ColumnDefinition;
  const isRowid = wider.rowidColumn === column.name;
  const bare = isRowid ? wider : { ...wider, columns: [...table.columns, { ...column, notNull: false }] };
  let after = catalog.withTables(bare);
  await redefineTable(session, bare, after);
  if (isRowid) await numberRows(session, bare);
  else if (column.generated === undefined) await fillColumn(bare, column, { session, catalog: after, nowMicros });
  if (column.notNull && !isRowid) after = await setNotNull(bare, column.name, { session, catalog: after });
  for (const constraint of distinctConstraints(columnConstraints(clause))) {
    after = await addConstraint(after.table([table.schema, table.name]) ?? bare, constraint, { session, catalog: after });
  }
  return after;
}

/** The rows have their rowids as numbers; new ones go on behind the highest. */
async function numberRows(session: SqlSession, { storedName }: TableDefinition): Promise<void> {
  await session.run(`INSERT INTO sqlite_sequence (name, seq) SELECT ?1, coalesce(max(rowid), 0) FROM ${quoteName(storedName)}`, [
    storedName,
  ]);
}

/** Writes every row, also without a default: a row that ends before the column would show every later default as its value. */
async function fillColumn(
  table: TableDefinition,
  column: ColumnDefinition,
  { session, catalog, nowMicros }: DefinitionContext,
): Promise<void> {
  const target = quoteName(table.storedName);
  const [row] = await session.all(`SELECT 1 FROM ${target} LIMIT 1`);
  if (row === undefined) return;
  const value = valueSql(column, table, new TranslationNow(catalog, nowMicros));
  try {
    await session.run(`UPDATE ${target} SET ${quoteName(column.name)} = ${value}`);
  } catch (error) {
    const [, code, message] = /CHECK constraint failed: (\w{5}) (.*)/.exec((error as Error).message) ?? [];
    throw code === undefined ? error : new PgError(code, message ?? '', { cause: error });
  }
}

function valueSql(column: ColumnDefinition, table: TableDefinition, now: TranslationNow): string {
  if (column.constantDefault !== undefined) return storedSql(column.constantDefault);
  if (column.default === undefined) return 'NULL';
  const text = `CAST((${column.default}) AS ${formatType(column.type)})`;
  return translateExpression(text, now.catalog, table, now).sql;
}
