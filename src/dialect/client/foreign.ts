import type { Handle } from './handle.js';
import { pgField, type PgResult } from './pg-result.js';

const TEXT_OID = 25;
const READING_PRAGMA = new RegExp(
  '^pragma\\s+(?:\\w+\\.)?(?:table_info|table_xinfo|table_list|index_list|index_info|index_xinfo|foreign_key_list|' +
    'foreign_key_check|database_list|collation_list|function_list|compile_options|integrity_check|quick_check)\\b',
  'i',
);
const SETS_FOREIGN_KEYS = /^pragma\s+(?:\w+\.)?foreign_keys\s*[=(]/i;

/** Gives SQLite a statement that is not PostgreSQL's, for programs that know what they are on. Values come as the driver gives them. */
export async function runForeign(handle: Handle, text: string): Promise<PgResult> {
  const rows = await handle.all(text);
  const fields = Object.keys(rows[0] ?? {}).map((name) => pgField(name, TEXT_OID));
  return { command: (/^\w+/.exec(text.trim())?.[0] ?? '').toUpperCase(), rowCount: rows.length, oid: null, rows, fields };
}

/** Says whether such a statement certainly only reads: one that is taken for a write only waits for its turn. */
export const foreignOnlyReads = (text: string): boolean => READING_PRAGMA.test(text.trim());

/** Says whether it turns foreign keys on or off. */
export const setsForeignKeys = (text: string): boolean => SETS_FOREIGN_KEYS.test(text.trim());
