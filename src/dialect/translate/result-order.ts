import { PgError } from '../pg-error.js';
import type { OrderItem } from '../sql/ast.js';
import { orderClause, orderTerm } from './order.js';
import { outputIndex } from './order-items.js';
import type { Output } from './result-columns.js';
import type { Translation, Typed } from './typed.js';

const NO_SCOPE = { sources: [] };

/** ORDER BY of a query that has no FROM of its own (UNION, VALUES): `columns` is the SQL of its columns. */
export function resultOrder(
  items: readonly OrderItem[],
  outputs: readonly Output[],
  columns: readonly Typed[],
  context: Translation,
): string {
  const terms = items.map((item) => {
    const column = columns[resultIndex(item, outputs, context)];
    if (!column) throw new RangeError('ORDER BY names a column that the query does not have.');
    return orderTerm(column, item, NO_SCOPE, context);
  });
  return orderClause(terms);
}

function resultIndex({ expression }: OrderItem, outputs: readonly Output[], context: Translation): number {
  const index = outputIndex(expression, outputs, NO_SCOPE, 'ORDER BY', context);
  if (index !== undefined) return index;
  if (expression.kind === 'column' && expression.path.length === 1)
    throw new PgError('42703', `column "${expression.path[0]}" does not exist`);
  throw new PgError('0A000', 'invalid UNION/INTERSECT/EXCEPT ORDER BY clause', {
    detail: 'Only result column names can be used, not expressions or functions.',
    hint: 'Add the expression/function to every SELECT, or move the UNION into a FROM clause.',
  });
}
