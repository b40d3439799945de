import { PgError } from '../pg-error.js';
import type { DefinitionStatement } from '../sql/ast.js';
import { quoteIdentifier } from '../types/format-type.js';
import type { Catalog, ColumnDefinition, TableDefinition } from './catalog.js';
import { type Defined, type DefinitionContext, noSuchRelation } from './definition.js';

/** A column that numbers itself, by the sequence that PostgreSQL would have for it. */
export interface FoundSequence {
  readonly table: TableDefinition;
  readonly name: string;
  readonly type: ColumnDefinition['type'];
}

/** The parts of a name in a text, as PostgreSQL's regclass reads it. */
export const nameParts = (text: string): readonly string[] =>
  [...text.matchAll(/"((?:[^"]|"")*)"|([^.\s]+)/g)].map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain.toLowerCase());

/** @throws PgError where there is none of the name */
export function sequenceNamed(name: readonly string[], catalog: Catalog): FoundSequence {
  const [last, schema] = [...name].reverse();
  for (const table of catalog.tables()) {
    const isFound = schema === undefined ? catalog.table([table.name]) === table : table.schema === schema;
    const column = table.columns.find(({ sequence }) => sequence === last);
    if (isFound && column?.sequence !== undefined) return { table, name: column.sequence, type: column.type };
  }
  throw noSuchRelation(name);
}

/** `pg_get_serial_sequence`: null for a column that does not number itself. */
export function serialSequence(tableText: string, columnName: string, catalog: Catalog): string | null {
  const name = nameParts(tableText);
  const table = catalog.table(name);
  if (table === undefined) throw noSuchRelation(name);
  const column = table.columns.find((each) => each.name === columnName);
  if (column === undefined) throw new PgError('42703', `column "${columnName}" of relation "${table.name}" does not exist`);
  return column.sequence === undefined ? null : `${quoteIdentifier(table.schema)}.${quoteIdentifier(column.sequence)}`;
}

/** ALTER SEQUENCE … RESTART. SQLite goes on behind the greatest number that a row has, where that is more. */
export async function runAlterSequence(
  { name, ifExists, restart }: Extract<DefinitionStatement, { kind: 'alter sequence' }>,
  { session, catalog }: DefinitionContext,
): Promise<Defined> {
  const done = { command: 'ALTER SEQUENCE', catalog };
  try {
    const { table } = sequenceNamed(name, catalog);
    await session.run('UPDATE sqlite_sequence SET seq = CAST(?1 AS INTEGER) - 1 WHERE name = ?2', [restart, table.storedName]);
    return done;
  } catch (error) {
    if (ifExists && error instanceof PgError && error.code === '42P01') return done;
    throw error;
  }
}
