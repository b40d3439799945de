import { quoteName } from '../translate/quote.js';
import { quoteIdentifier } from '../types/format-type.js';
import type { TableDefinition } from './catalog.js';
import type { DefinitionContext } from './definition.js';
import { viewsOn } from './drop-tables.js';
import { queryName } from './query-name.js';
import { isNamedIn } from './renaming.js';

/** The views that read a column: what `*` was when a view was made is written out in SQLite's, which follows renamed columns. */
export async function viewsWith(table: TableDefinition, name: string, { session, catalog }: DefinitionContext): Promise<TableDefinition[]> {
  const reading: TableDefinition[] = [];
  for (const view of viewsOn(catalog, table)) {
    const { select = '', kind, storedName } = view;
    const stored = kind === 'materialized view' ? queryName(view) : storedName;
    const [row] = await session.all("SELECT sql FROM sqlite_master WHERE type = 'view' AND name = ?1", [stored]);
    const sql = String(row?.['sql']);
    const isWrittenOut = sql.includes(quoteName(name)) || sql.includes(quoteIdentifier(name));
    if (isNamedIn(select, name) || (/(?:^|[^(])\*/.test(select) && isWrittenOut)) reading.push(view);
  }
  return reading;
}
