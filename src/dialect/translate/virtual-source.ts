import type { VirtualTable } from '../catalog/virtual-tables.js';
import { quoteName } from './quote.js';
import type { Translation } from './typed.js';

/** A view of PostgreSQL's own catalogs as a subquery that holds its rows. */
export function virtualSql({ columns, rows }: VirtualTable, context: Translation): string {
  const names = columns.map((_, index) => quoteName(String(index)));
  if (rows.length === 0) return `(SELECT ${names.map((name) => `NULL AS ${name}`).join(', ')} WHERE false)`;
  const list = rows.map((row) => `(${columns.map(({ name }) => cellSql(row[name], context)).join(', ')})`);
  return `(SELECT ${names.map((name, index) => `column${index + 1} AS ${name}`).join(', ')} FROM (VALUES ${list.join(', ')}))`;
}

function cellSql(value: unknown, context: Translation): string {
  if (typeof value === 'string' || typeof value === 'number') return context.constant(value);
  return context.constant(typeof value === 'boolean' ? Number(value) : null);
}
