import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { ArrayConstructor, Expression, Quantified, SelectStatement, Subscript } from '../sql/ast.js';
import type { PgType } from '../types/pg-type.js';
import { commonType } from './common-type.js';
import { columnOf } from './membership.js';
import { operate } from './operate.js';
import { elementJson } from './operators/array-sql.js';
import { arrayConstructor, slice, subscript } from './operators/arrays.js';
import { joined } from './operators/booleans.js';
import { quantified } from './operators/quantified.js';
import { quantifiedSubquery } from './quantified-subquery.js';
import { quoteName } from './quote.js';
import { compareRows } from './rows.js';
import type { Scope, Translation, Typed } from './typed.js';

/** `ARRAY[…]`; `target` is the type that it is cast to, which PostgreSQL hands on to the elements. */
export function array({ elements }: ArrayConstructor, scope: Scope, context: Translation, target?: PgType): Typed {
  const values = elements.map((element) =>
    element.kind === 'array' ? array(element, scope, context, target) : context.expression(element, scope),
  );
  return arrayConstructor(values, (all) => commonType(all, 'ARRAY'), context, target);
}

/** `ARRAY(SELECT …)`. */
export function arrayOfRows(select: SelectStatement, scope: Scope, context: Translation): Typed {
  const { sql, columns } = context.select(select, scope);
  const [column] = columns;
  if (!column || columns.length > 1) throw new PgError('42601', 'subquery must return only one column');
  const value = columnOf(column, quoteName('0'));
  const type: PgType = value.type.element ? value.type : { key: 'array', element: value.type };
  const item = value.type.element ? value.sql : elementJson(value.sql, value.type);
  return { sql: `(SELECT json_group_array(json(${item})) FROM (${sql}))`, type };
}

/** `x[1][2]`, `x[1:2]`; of jsonb as `->`. */
export function element(node: Subscript, scope: Scope, context: Translation): Typed {
  const { operand, steps } = unnested(node);
  const value = context.expression(operand, scope);
  const bound = (part: Expression | undefined): Typed | undefined => part && context.expression(part, scope);
  if (value.type.key === 'jsonb') return steps.reduce((json, { lower }) => operate('->', json, bound(lower) ?? json, context), value);
  if (steps.some(({ isSlice }) => isSlice)) {
    const [step, ...more] = steps;
    if (!step || more.length > 0)
      throw new UnsupportedOnFallbackError('A slice of an array of several dimensions', 'Cut it in the program.');
    return slice(value, bound(step.lower), bound(step.upper), context);
  }
  return subscript(
    value,
    steps.flatMap(({ lower }) => bound(lower) ?? []),
    context,
  ); // prettier-ignore
}

function unnested(node: Subscript): { operand: Expression; steps: readonly Subscript[] } {
  const steps: Subscript[] = [];
  let operand: Expression = node;
  for (; operand.kind === 'subscript'; operand = operand.operand) steps.push(operand);
  return { operand, steps: steps.reverse() };
}

/** Patterns that are literals are translated one by one. */
const PATTERN_OPERATORS: ReadonlySet<string> = new Set([
  'like',
  'ilike',
  'not like',
  'not ilike',
  '~',
  '~*',
  '!~',
  '!~*',
  '~~',
  '~~*',
  '!~~',
  '!~~*',
]);

/** `x operator ANY (…)`, `x operator ALL (…)`. */
export function quantifiedTest(node: Quantified, scope: Scope, context: Translation): Typed {
  const left = context.expression(node.left, scope);
  if (node.right.kind === 'subquery') return quantifiedSubquery(node, left, node.right.select, scope, context);
  const list = listOf(node.right);
  if (list && list.elements.length > 0 && PATTERN_OPERATORS.has(node.operator)) {
    const tests = list.elements.map((item) => operate(node.operator, left, context.expression(item, scope), context));
    return joined(node.quantifier === 'any' ? 'or' : 'and', tests, context);
  }
  return quantified(node.operator, left, context.expression(node.right, scope), node.quantifier, context, compared);
}

function listOf(node: Expression): ArrayConstructor | undefined {
  const inner = node.kind === 'cast' ? node.operand : node;
  return inner.kind === 'array' ? inner : undefined;
}

function compared(operator: string, left: Typed, right: Typed, context: Translation): Typed {
  return left.elements || right.elements ? compareRows(operator, left, right, context) : operate(operator, left, right, context);
}
