import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { ArrayConstructor, Expression, Quantified, SelectStatement, Subscript } from '../sql/ast.js';
import type { PgType } from '../types/pg-type.js';
import { commonType } from './common-type.js';
import { columnOf } from './membership.js';
import { operate } from './operate.js';
import { elementJson } from './operators/array-sql.js';
import { sameShapes, shapeOf } from './operators/array-shapes.js';
import { arrayConstructor, slice, subscript } from './operators/arrays.js';
import { jsonbElement } from './operators/json-subscripts.js';
import { quantified } from './operators/quantified.js';
import { quantifiedList } from './quantified-list.js';
import { isPatternOperator, quantifiedPattern } from './quantified-pattern.js';
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
  if (!value.type.element) return { sql: `(SELECT json_group_array(json(${elementJson(value.sql, value.type)})) FROM (${sql}))`, type };
  const gathered = `SELECT json_group_array(json(${value.sql})) AS a, group_concat(${shapeOf(value.sql)}) AS s FROM (${sql})`;
  return { sql: `(SELECT ${sameShapes('a', 's')} FROM (${gathered}))`, type };
}

/** `x[1][2]`, `x[1:2]`; of jsonb as `->`. */
export function element(node: Subscript, scope: Scope, context: Translation): Typed {
  const { operand, steps } = unnested(node);
  const value = context.expression(operand, scope);
  const bound = (part: Expression | undefined): Typed | undefined => part && context.expression(part, scope);
  if (value.type.key === 'jsonb') {
    if (steps.some(({ isSlice }) => isSlice)) throw new PgError('42804', 'jsonb subscript does not support slices');
    return jsonbElement(
      value,
      steps.flatMap(({ lower }) => bound(lower) ?? []),
      context,
    );
  }
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

/** `x operator ANY (…)`, `x operator ALL (…)`. */
export function quantifiedTest(node: Quantified, scope: Scope, context: Translation): Typed {
  const left = context.expression(node.left, scope);
  if (node.right.kind === 'subquery') return quantifiedSubquery(node, left, node.right.select, scope, context);
  if (isPatternOperator(node.operator)) return quantifiedPattern(node, left, scope, context);
  const found = quantifiedList(node, left, scope, context);
  return found ?? quantified(node.operator, left, context.expression(node.right, scope), node.quantifier, context, compared);
}

function compared(operator: string, left: Typed, right: Typed, context: Translation): Typed {
  return left.elements || right.elements ? compareRows(operator, left, right, context) : operate(operator, left, right, context);
}
