import { PgError } from '../pg-error.js';
import type { FromSource, SelectBody, SelectStatement, SetOperation } from '../sql/ast.js';
import { coerce } from './coerce.js';
import { commonType } from './common-type.js';
import { compoundSql } from './compound.js';
import { limitClause } from './limit.js';
import type { Finish, Place, Query, QueryOf } from './query.js';
import { quoteName } from './quote.js';
import { columnList, type Output } from './result-columns.js';
import { resultOrder } from './result-order.js';
import type { Translation, Typed } from './typed.js';

/** `UNION`, `INTERSECT` and `EXCEPT`: both sides become one type, column by column. `query` translates an operand. */
export function setQuery(core: SetOperation, { scope, statement }: Place, context: Translation, query: QueryOf): Query {
  const left = query(statementOf(core.left), scope, context);
  const right = query(statementOf(core.right), scope, context);
  const inner = quoteName(context.alias());
  const outputs = commonOutputs(core, left, right, inner);
  const columns = outputs.map(({ typed }) => typed);
  const limit = limitClause(statement, scope, context);
  const order = resultOrder(statement.orderBy, outputs, columns, context);
  const toCommon: Finish = (typed, index) => coerce(typed, columns[index]?.type ?? typed.type, context);
  const operand = (side: 'left' | 'right', { write }: Query): string =>
    isOperand(core[side], side) ? write(toCommon) : inSelect(write(toCommon), columns.length, context);
  return {
    outputs,
    write: (finish) => {
      const compound = compoundSql(core, operand('left', left), operand('right', right), columns, context);
      const finished = columns.map(finish);
      const isPlain = order === '' && limit === '' && finished.every(({ sql }, index) => sql === columns[index]?.sql);
      return isPlain ? compound : `SELECT ${columnList(finished)} FROM (${compound}) AS ${inner}${order}${limit}`;
    },
  };
}

function statementOf(body: SelectBody): SelectStatement {
  return body.kind === 'select' ? body : { kind: 'select', body, orderBy: [], locking: [] };
}

function commonOutputs({ operator }: SetOperation, left: Query, right: Query, inner: string): readonly Output[] {
  const word = operator.toUpperCase();
  if (left.outputs.length !== right.outputs.length) throw new PgError('42601', `each ${word} query must have the same number of columns`);
  return left.outputs.map(({ name, typed }, index) => {
    const type = commonType([typed, right.outputs[index]?.typed ?? typed], word);
    return { name, typed: { sql: `${inner}.${quoteName(String(index))}`, type, isColumn: true } };
  });
}

/** SQLite's limit of selects in one compound is 500. */
const LONGEST_CHAIN = 400;

/** SQLite takes compounds from left to right and knows no parentheses in them: what would need some is a subquery. */
function isOperand(body: SelectBody, side: 'left' | 'right'): boolean {
  if (body.kind === 'set') return side === 'left' && chainLength(body) % LONGEST_CHAIN !== 0;
  if (body.kind !== 'select') return body.kind === 'values' || (body.distinctOn.length === 0 && !body.from.some(fillsUp));
  return !body.with && body.orderBy.length === 0 && !body.limit && !body.offset && isOperand(body.body, side);
}

/**
 * Whether a RIGHT or FULL JOIN is in it. SQLite (3.52) makes one query of a compound within a query, and loses conditions of its first select
 * then, such as LIKE and IS NULL, if another has such a join.
 */
function fillsUp(item: FromSource): boolean {
  return item.kind === 'join' && (item.type === 'right' || item.type === 'full' || fillsUp(item.left) || fillsUp(item.right));
}

function chainLength(body: SelectBody): number {
  return body.kind === 'set' ? chainLength(body.left) + 1 : 1;
}

function inSelect(sql: string, count: number, context: Translation): string {
  const inner = quoteName(context.alias());
  const columns = Array.from(
    { length: count },
    (_, index): Typed => ({ sql: `${inner}.${quoteName(String(index))}`, type: { key: 'unknown' } }),
  );
  return `SELECT ${columnList(columns)} FROM (${sql}) AS ${inner}`;
}
