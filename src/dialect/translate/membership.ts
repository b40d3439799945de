import { PgError } from '../pg-error.js';
import type { Expression, In, SelectStatement } from '../sql/ast.js';
import type { PgType } from '../types/pg-type.js';
import { coerce, refuseResult } from './coerce.js';
import { commonType } from './common-type.js';
import { comparablePair, equalKey, hasEquality, inList } from './comparisons.js';
import { joined } from './operators/booleans.js';
import type { ResultColumn } from './plan.js';
import { quoteName } from './quote.js';
import { noOperator, operate, typeName } from './operate.js';
import { compareRows } from './rows.js';
import { BOOL, isInteger } from './same-type.js';
import type { Scope, Translation, Typed } from './typed.js';
import { some } from './walk.js';

/** `x [NOT] IN (…)`. SQLite's IN has SQL's NULLs. */
export function membership(node: In, scope: Scope, context: Translation): Typed {
  const operand = context.expression(node.operand, scope);
  if (!('kind' in node.list)) return inItems(operand, node, scope, context);
  const found = inSubquery(operand, node.list, scope, context);
  return node.negated ? not(found) : found;
}

function not({ sql }: Typed): Typed {
  return { sql: `(NOT ${sql})`, type: BOOL };
}

function inItems(given: Typed, { list, negated }: In, scope: Scope, context: Translation): Typed {
  const nodes = list as Exclude<In['list'], SelectStatement>;
  const expressions = nodes.map((item) => context.expression(item, scope));
  const [operand, ...items] = readAlike(given, nodes, expressions, context);
  const found = operand.elements ? undefined : inList(operand, items, context);
  if (found) return negated ? not(found) : found;
  const compare = operand.elements ? compareRows : operate;
  return joined(
    negated ? 'and' : 'or',
    items.map((item) => compare(negated ? '<>' : '=', operand, item, context)),
    context,
  );
}

/**
 * `small IN ('70000', 0)`: PostgreSQL makes a list of the constants, if there are several, and reads them as the type that they and the
 * operand have in common (`transformAExprIn` of src/backend/parser/parse_expr.c).
 */
function readAlike(
  operand: Typed,
  nodes: readonly Expression[],
  items: readonly Typed[],
  context: Translation,
): readonly [Typed, ...Typed[]] {
  const isListed = items.map((item, index) => item.pending !== undefined || isConstant(nodes[index]));
  const constants = items.filter((_, index) => isListed[index]);
  const type = constants.length < 2 || operand.elements ? undefined : typeInCommon([operand, ...constants]);
  if (type === undefined) return [operand, ...items];
  const read = (item: Typed): Typed => (isReadAs(item, type, operand) ? coerce(item, type, context) : item);
  const readItems = items.map((item, index) => (isListed[index] ? read(item) : item));
  return [operand.type.key === 'unknown' ? read(operand) : operand, ...readItems];
}

/** Exact numbers compare as well in the forms that they have, and so an index can be asked. */
function isReadAs(item: Typed, type: PgType, operand: Typed): boolean {
  const { key } = item.type;
  if (item.pending === 'null' || key === type.key) return false;
  // The operators are those of inet, but the texts are read as cidr.
  if (key === 'unknown') return type.key !== operand.type.key || type.key === 'cidr';
  return !isInteger(type) && type.key !== 'numeric';
}

function isConstant(node: Expression | undefined): boolean {
  return node !== undefined && !some(node, ({ kind }) => kind === 'column' || kind === 'subquery' || kind === 'exists');
}

/** `undefined` where each has to be compared by itself. */
function typeInCommon(operands: readonly Typed[]): PgType | undefined {
  try {
    return commonType(operands, 'IN');
  } catch (error) {
    if (error instanceof PgError) return undefined;
    throw error;
  }
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
