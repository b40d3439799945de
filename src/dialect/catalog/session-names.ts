import type { Catalog } from './catalog.js';
import type { Row } from './information-schema.js';

const OWNERS: ReadonlySet<string> = new Set(['tableowner', 'viewowner', 'schema_owner']);

/** Rows of the catalogs with the names of the session's database, and of its user, who owns everything. */
export function withSessionNames(rows: readonly Row[], { names }: Catalog): readonly Row[] {
  if (names === undefined) return rows;
  const nameOf = (column: string, value: unknown): unknown => {
    if (OWNERS.has(column)) return names.user;
    return column === 'catalog_name' || column.endsWith('_catalog') ? names.database : value;
  };
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, nameOf(column, value)])));
}
