import { PgError } from '../pg-error.js';
import type { In, SelectStatement } from '../sql/ast.js';
import { refuseResult } from './coerce.js';
import { comparablePair, equalKey, hasEquality, inList } from './comparisons.js';
import { joined } from './operators/booleans.js';
import type { ResultColumn } from './plan.js';
import { quoteName } from './quote.js';
import { noOperator, operate, typeName } from './operate.js';
import { compareRows } from './rows.js';
import { BOOL } from './same-type.js';
import type { Scope, Translation, Typed } from './typed.js';

/** `x [NOT] IN (…)`. SQLite's IN has SQL's NULLs. */
export function membership(node: In, scope: Scope, context: Translation): Typed {
  const operand = context.expression(node.operand, scope);
  const found = 'kind' in node.list ? inSubquery(operand, node.list, scope, context) : inItems(operand, node, scope, context);
  return node.negated ? { sql: `(NOT ${found.sql})`, type: BOOL } : found;
}

function inItems(operand: Typed, { list }: In, scope: Scope, context: Translation): Typed {
  const items = (list as Exclude<In['list'], SelectStatement>).map((item) => context.expression(item, scope));
  if (operand.elements)
    return anyOf(
      items.map((item) => compareRows('=', operand, item, context)),
      context,
    );
  return (
    inList(operand, items, context) ??
    anyOf(
      items.map((item) => operate('=', operand, item, context)),
      context,
    )
  );
}

function anyOf(tests: readonly Typed[], context: Translation): Typed {
  return joined('or', tests, context);
}

/** `x IN (SELECT …)`, `(x, y) IN (SELECT …)`. */
export function inSubquery(operand: Typed, select: SelectStatement, scope: Scope, context: Translation): Typed {
  const { sql, columns } = context.select(select, scope);
  const fields = operand.elements ?? [operand];
  if (columns.length > fields.length) throw new PgError('42601', 'subquery has too many columns');
  if (columns.length < fields.length) throw new PgError('42601', 'subquery has too few columns');
  const alias = quoteName(context.alias());
  const pairs = fields.map((field, index) => pairWith(field, columns[index], `${alias}.${quoteName(String(index))}`, context));
  const lefts = pairs.map(({ left }) => left).join(', ');
  const rights = pairs.map(({ right }) => right).join(', ');
  const left = pairs.length === 1 ? lefts : `(${lefts})`;
  if (pairs.every(({ isPlain }) => isPlain)) return { sql: `(${left} IN (${sql}))`, type: BOOL };
  return { sql: `(${left} IN (SELECT ${rights} FROM (${sql}) AS ${alias}))`, type: BOOL };
}

interface SqlPair {
  readonly left: string;
  readonly right: string;
  /** Whether the subquery's column can be compared as it is. */
  readonly isPlain: boolean;
}

function pairWith(field: Typed, column: ResultColumn | undefined, sql: string, context: Translation): SqlPair {
  const value = columnOf(column, sql);
  const pair = comparablePair(field, value, context);
  if (!pair || !hasEquality(pair.type)) throw noOperator(`${typeName(field)} = ${typeName(value)}`);
  const right = equalKey(pair.right);
  return { left: equalKey(pair.left), right, isPlain: right === sql || right === `${sql} COLLATE NOCASE` };
}

/** A column of a subquery as a value. */
export function columnOf(column: ResultColumn | undefined, sql: string): Typed {
  const value: Typed = {
    sql,
    type: column?.type ?? { key: 'unknown' },
    ...(column?.decode && { decode: column.decode, onlyAsResult: `The computed column "${column.name}" in a further expression` }),
  };
  refuseResult(value);
  return value;
}
