import type { Expression } from '../sql/ast.js';
import type { OrderTerm } from './order.js';
import { type Parts, terms } from './select-parts.js';
import { some } from './walk.js';

/**
 * Where no order is said, PostgreSQL mostly gives the rows as they were stored, and programs get used to it. SQLite would read the
 * smallest index that has the columns, and so take its order. To read by rowid costs nothing where it does not.
 */
export function orderOrStored(parts: Parts, where: Expression | undefined): readonly OrderTerm[] {
  const [first] = parts.scope.sources;
  if (parts.ordering.length > 0 || parts.isGrouped || first?.table?.kind !== 'table') return terms(parts);
  const { rowidColumn } = first.table;
  const sorts = parts.limit === '' && where !== undefined && some(where, (node) => isOpenRange(node, rowidColumn));
  return [{ key: `${sorts ? '+' : ''}${first.sqlAlias}._rowid_`, suffix: first.nullable ? ' NULLS LAST' : '' }];
}

const ORDERINGS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=']);

/**
 * Of an index for `a > 5` SQLite thinks that it finds half of the table, and reads the whole one in its order rather than sort so many.
 * Mostly it finds few: the plus sign keeps SQLite from the table's order.
 */
function isOpenRange(node: Expression, rowidColumn: string | undefined): boolean {
  if (node.kind !== 'binary' || !ORDERINGS.has(node.operator)) return false;
  return [node.left, node.right].some((side) => side.kind === 'column' && side.path.at(-1) !== rowidColumn);
}
