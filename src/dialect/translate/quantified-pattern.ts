import type { ArrayConstructor, Expression, Quantified } from '../sql/ast.js';
import { coerce } from './coerce.js';
import { operate } from './operate.js';
import { joined } from './operators/booleans.js';
import { isString } from './operators/like.js';
import { withoutTextCast } from './operators/pattern-operand.js';
import { quantified } from './operators/quantified.js';
import { TEXT } from './same-type.js';
import type { Scope, Translation, Typed } from './typed.js';

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

export function isPatternOperator(operator: string): boolean {
  return PATTERN_OPERATORS.has(operator);
}

/** `x LIKE ANY (ARRAY[…])` and the like. Patterns that are literals are translated one by one. */
export function quantifiedPattern({ operator, quantifier, right }: Quantified, left: Typed, scope: Scope, context: Translation): Typed {
  const items = isString(left) ? listOf(right)?.elements.map((item) => context.expression(withoutTextCast(item), scope)) : undefined;
  if (items && items.length > 0 && items.every(isString)) {
    const tests = items.map((item) => operate(operator, left, item, context));
    return joined(quantifier === 'any' ? 'or' : 'and', tests, context);
  }
  const array = context.expression(right, scope);
  if (array.type.key !== 'unknown') return quantified(operator, left, array, quantifier, context, operate);
  if (!isString(left)) return operate(operator, left, array, context);
  const texts = coerce(array, { key: 'array', element: TEXT }, context);
  return quantified(operator, left, texts, quantifier, context, operate);
}

/** The list of an array that is written out, where a cast does not change it. */
function listOf(node: Expression): ArrayConstructor | undefined {
  if (node.kind === 'array') return node;
  if (node.kind !== 'cast' || node.operand.kind !== 'array') return undefined;
  const { path, modifiers } = node.type;
  return ['text', 'varchar'].includes(path.at(-1) ?? '') && modifiers.length === 0 ? node.operand : undefined;
}
