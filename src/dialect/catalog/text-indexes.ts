import { UnsupportedOnFallbackError } from '../../errors.js';
import { creationOf, isWithoutFts5, removalOf, type TextIndex, triggersQuery } from '../full-text/fts5.js';
import { formatType } from '../types/format-type.js';
import { keysOf } from './automatic-names.js';
import type { TableDefinition } from './catalog.js';
import type { SqlSession } from './session.js';

/** How the names begin that SQLite has for full-text indexes: their tables are none that a program could ask for. */
export const TEXT_INDEX = 'sequelize_resilient_words_';

export const isTextIndex = (storedName: string): boolean => storedName.startsWith(TEXT_INDEX);

/** Makes a full-text index with the rows that are there. @throws UnsupportedOnFallbackError */
export async function createTextIndex(session: SqlSession, index: Omit<TextIndex, 'table'>, table: TableDefinition): Promise<void> {
  refuseOtherThanText(index.columns, table);
  if (table.rowidColumn === undefined && keysOf(table).length === 0) {
    throw new UnsupportedOnFallbackError(
      `A full-text index of a table without a key (${table.name})`,
      'Give the table a primary key first.',
    );
  }
  const [row] = await session.all('SELECT sqlite_version() AS version');
  try {
    for (const sql of creationOf({ ...index, table: table.storedName }, String(row?.['version']))) await session.run(sql);
  } catch (error) {
    if (!isWithoutFts5(error)) throw error;
    throw new UnsupportedOnFallbackError('Full-text search with this build of SQLite (it has no FTS5)', 'npm install sqlite3');
  }
}

const TEXTS: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'citext']);

function refuseOtherThanText(columns: readonly string[], table: TableDefinition): void {
  const other = table.columns.find(({ name, type }) => columns.includes(name) && !TEXTS.has(type.key));
  if (other === undefined) return;
  throw new UnsupportedOnFallbackError(
    `A full-text index of a column of type ${formatType(other.type)} (${table.name}.${other.name})`,
    'Search in columns of texts.',
  );
}

export async function dropTextIndex(session: SqlSession, storedName: string): Promise<void> {
  const triggers = await session.all(triggersQuery(storedName));
  const names = triggers.map(({ name }) => String(name));
  for (const sql of removalOf(storedName, names)) await session.run(sql);
}
