import { PgError } from '../pg-error.js';
import type { ValuesCore } from '../sql/ast.js';
import { refuseAggregates } from './aggregate-calls.js';
import { coerce } from './coerce.js';
import { commonType } from './common-type.js';
import { limitClause } from './limit.js';
import type { Place, Query } from './query.js';
import { quoteName } from './quote.js';
import { columnList, type Output } from './result-columns.js';
import { resultOrder } from './result-order.js';
import type { Translation, Typed } from './typed.js';

/** `VALUES (…), (…)` as a query of its own: its columns have one type over all rows. */
export function valuesQuery(core: ValuesCore, { scope, statement }: Place, context: Translation): Query {
  const rows = valueRows(core, (node) => context.expression(node, scope));
  const [first = []] = rows;
  const types = first.map((_, index) =>
    commonType(
      rows.flatMap((row) => row[index] ?? []),
      'VALUES',
    ),
  );
  const isUntyped = first.map((_, index) => rows.every((row) => row[index]?.type.key === 'unknown'));
  const outputs = first.map((cell, index): Output => {
    const type = types[index] ?? cell.type;
    return { name: `column${index + 1}`, typed: rows.length === 1 || isUntyped[index] ? cell : { sql: '', type } };
  });
  const limit = limitClause(statement, scope, context);
  return {
    outputs,
    write: (finish) => {
      const cells = rows.map((row) =>
        row.map((cell, index) => finish(isUntyped[index] ? cell : coerce(cell, types[index] ?? cell.type, context), index)),
      );
      const inner = quoteName(context.alias());
      const columns = (cells[0] ?? []).map((cell, index): Typed => ({ ...cell, sql: `${inner}.${quoteName(`column${index + 1}`)}` }));
      const list = `(VALUES ${cells.map((row) => `(${row.map(({ sql }) => sql).join(', ')})`).join(', ')}) AS ${inner}`;
      return `SELECT ${columnList(columns)} FROM ${list}${resultOrder(statement.orderBy, outputs, columns, context)}${limit}`;
    },
  };
}

/** @throws PgError 42601 for rows of several lengths */
export function valueRows<Cell>(
  { rows }: ValuesCore,
  cell: (node: ValuesCore['rows'][number][number]) => Cell,
): readonly (readonly Cell[])[] {
  const length = rows[0]?.length;
  if (rows.some((row) => row.length !== length)) throw new PgError('42601', 'VALUES lists must all be the same length');
  return rows.map((row) =>
    row.map((node) => {
      refuseAggregates(node, 'VALUES');
      return cell(node);
    }),
  );
}
