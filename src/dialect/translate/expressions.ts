import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { Between, Binary, Call, Cast, Expression, FieldAccess, Like, Unary } from '../sql/ast.js';
import { formatType } from '../types/format-type.js';
import { resolveTypeName } from '../types/type-names.js';
import { array, arrayOfRows, element, quantifiedTest } from './array-expressions.js';
import { caseExpression } from './case.js';
import { coerce } from './coerce.js';
import { indexedSearch } from './full-text.js';
import { noteCulprit } from './culprit.js';
import { intervalOfUnit } from './interval-literal.js';
import { keyword, literal, parameter } from './literals.js';
import { membership } from './membership.js';
import { is, joined, negated } from './operators/booleans.js';
import { likeWithEscape } from './operators/like-escape.js';
import { withoutTextCast } from './operators/pattern-operand.js';
import { callFunction, operate } from './operate.js';
import { isPatternOperator } from './quantified-pattern.js';
import { compareRows } from './rows.js';
import { isText, TEXT } from './same-type.js';
import { findSource, missingSource, resolveColumn, wholeRow } from './scope.js';
import { exists, rowSubquery, scalarSubquery } from './subqueries.js';
import type { Scope, Translation, Typed } from './typed.js';
import { unary } from './unary.js';

/** What an expression of PostgreSQL is in SQLite, with its type. @throws PgError, UnsupportedOnFallbackError */
export function expression(node: Expression, scope: Scope, context: Translation): Typed {
  try {
    return translated(node, scope, context);
  } catch (error) {
    noteCulprit(error, node);
    throw error;
  }
}

function translated(node: Expression, scope: Scope, context: Translation): Typed {
  switch (node.kind) {
    case 'literal':
      return literal(node);
    case 'parameter':
      return parameter(node);
    case 'keyword':
      return keyword(node, context);
    case 'column':
      return resolveColumn(node, scope);
    case 'cast':
      return castExpression(node, scope, context);
    case 'unary':
      return unaryExpression(node, scope, context);
    case 'binary':
      return binary(node, scope, context);
    case 'like':
      return like(node, scope, context);
    case 'between':
      return between(node, scope, context);
    case 'in':
      return membership(node, scope, context);
    case 'is':
      return is(expression(node.operand, scope, context), node, context);
    case 'call':
      return call(node, scope, context);
    case 'case':
      return caseExpression(node, scope, context);
    case 'row':
      return row(node.elements, scope, context);
    case 'subquery':
      return scalarSubquery(node.select, scope, context);
    case 'exists':
      return exists(node.select, scope, context);
    case 'field':
      return field(node, scope, context);
    case 'array':
      return array(node, scope, context);
    case 'array-subquery':
      return arrayOfRows(node.select, scope, context);
    case 'subscript':
      return element(node, scope, context);
    case 'quantified':
      return quantifiedTest(node, scope, context);
    default:
      throw new PgError('42601', 'syntax error at or near "*"');
  }
}

function castExpression(node: Cast, scope: Scope, context: Translation): Typed {
  const interval = intervalOfUnit(node, context);
  if (interval) return interval;
  const type = resolveTypeName(node.type, context.catalog);
  if (node.operand.kind === 'array' && type.element) return array(node.operand, scope, context, type);
  return coerce(expression(node.operand, scope, context), type, context, 'explicit');
}

function unaryExpression(node: Unary, scope: Scope, context: Translation): Typed {
  const operand = expression(node.operand, scope, context);
  return node.operator === 'not' ? negated(operand, context) : unary(node.operator, operand, context);
}

function binary(node: Binary, scope: Scope, context: Translation): Typed {
  const { operator } = node;
  if (operator === 'and' || operator === 'or') {
    return joined(
      operator,
      chain(node).map((term) => expression(term, scope, context)),
      context,
    ); // prettier-ignore
  }
  if (operator === 'collate') return collated(node, scope, context);
  const search = operator === '@@' ? indexedSearch(node, scope, context) : undefined;
  if (search) return search;
  const left = operandOf(node.left, node.right, scope, context);
  const right = operandOf(
    isPatternOperator(operator) && isText(left.type) ? withoutTextCast(node.right) : node.right,
    node.left,
    scope,
    context,
  );
  if (operator === 'at time zone') return callByName('timezone', [right, left], scope, context);
  if (operator === 'overlaps')
    return callByName('overlaps', [...(left.elements ?? [left]), ...(right.elements ?? [right])], scope, context);
  return left.elements || right.elements ? compareRows(operator, left, right, context) : operate(operator, left, right, context);
}

/** A subquery beside a row is one. */
function operandOf(node: Expression, other: Expression, scope: Scope, context: Translation): Typed {
  return node.kind === 'subquery' && other.kind === 'row' ? rowSubquery(node.select, scope, context) : expression(node, scope, context);
}

/** The terms of `a AND b AND c`, which the parser nests to the left. */
function chain(node: Binary): readonly Expression[] {
  const terms: Expression[] = [];
  let rest: Expression = node;
  while (rest.kind === 'binary' && rest.operator === node.operator) {
    terms.push(rest.right);
    rest = rest.left;
  }
  return [rest, ...terms.reverse()];
}

/** Texts are ordered by their bytes here, which is PostgreSQL's collation "C". */
const BYTE_ORDERS: ReadonlySet<string> = new Set(['C', 'POSIX', 'ucs_basic', 'default']);

function collated({ left, right }: Binary, scope: Scope, context: Translation): Typed {
  const operand = expression(left, scope, context);
  const name = right.kind === 'column' ? (right.path.at(-1) ?? '') : '';
  if (!isText(operand.type) && operand.type.key !== 'unknown') {
    throw new PgError('42804', `collations are not supported by type ${formatType(operand.type)}`);
  }
  if (BYTE_ORDERS.has(name)) return operand;
  throw new UnsupportedOnFallbackError(`The collation "${name}"`, 'The fallback sorts by bytes: use COLLATE "C", or sort in the program.');
}

function like(node: Like, scope: Scope, context: Translation): Typed {
  const operator = node.negated ? `not ${node.operator}` : node.operator;
  const operand = expression(node.operand, scope, context);
  const pattern = expression(isText(operand.type) ? withoutTextCast(node.pattern) : node.pattern, scope, context);
  if (!node.escape) return operate(operator, operand, pattern, context);
  const found = likeWithEscape(node, [operand, pattern, expression(node.escape, scope, context)], context);
  // With an escape the pattern is the text that `like_escape` gives.
  return found ?? operate(operator, operand, { ...pattern, type: TEXT }, context);
}

function between(node: Between, scope: Scope, context: Translation): Typed {
  const [operand, low, high] = [node.operand, node.low, node.high].map((part) => expression(part, scope, context)) as [Typed, Typed, Typed];
  const pair = node.negated ? (['<', 'or', '>', 'and'] as const) : (['>=', 'and', '<=', 'or'] as const);
  const [first, word, second, otherWord] = pair;
  const tested = (from: Typed, to: Typed): Typed =>
    joined(word, [compared(first, operand, from, context), compared(second, operand, to, context)], context);
  return node.symmetric ? joined(otherWord, [tested(low, high), tested(high, low)], context) : tested(low, high);
}

function compared(operator: string, left: Typed, right: Typed, context: Translation): Typed {
  return left.elements || right.elements ? compareRows(operator, left, right, context) : operate(operator, left, right, context);
}

function call(node: Call, scope: Scope, context: Translation): Typed {
  const args = node.args.map((argument) => rowOfStar(argument, scope) ?? expression(argument, scope, context));
  return { name: node.path.at(-1) ?? '', ...callFunction(node, args, context, scope) };
}

/** As an argument `t.*` is the row that `t` is. */
function rowOfStar(node: Expression, scope: Scope): Typed | undefined {
  if (node.kind !== 'star' || node.path.length === 0) return undefined;
  const found = findSource(node.path, scope);
  if (!found) throw missingSource(node.path, scope);
  return wholeRow(found.source);
}

function callByName(name: string, args: readonly Typed[], scope: Scope, context: Translation): Typed {
  return callFunction(
    { kind: 'call', path: ['pg_catalog', name], args: [], star: false, distinct: false, orderBy: [] },
    args,
    context,
    scope,
  );
}

function row(nodes: readonly Expression[], scope: Scope, context: Translation): Typed {
  const elements = nodes.map((node) => expression(node, scope, context));
  return { sql: '', type: { key: 'record' }, elements };
}

/** `(x).field` of a row of a table. */
function field(node: FieldAccess, scope: Scope, context: Translation): Typed {
  const operand = expression(node.operand, scope, context);
  const found = operand.elements?.find(({ name }) => name === node.name);
  if (found) return found;
  if (!operand.elements) {
    throw new PgError('42809', `column notation .${node.name} applied to type ${formatType(operand.type)}, which is not a composite type`);
  }
  const column = operand.name === undefined ? `"${node.name}" in record data type` : `${operand.name}.${node.name}`;
  throw new PgError('42703', operand.name === undefined ? `could not identify column ${column}` : `column ${column} does not exist`);
}
