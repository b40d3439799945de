import type { ArrayConstructor, Expression, Quantified } from '../sql/ast.js';
import { coerce } from './coerce.js';
import { inList } from './comparisons.js';
import { operate } from './operate.js';
import { joined, negated } from './operators/booleans.js';
import type { Scope, Translation, Typed } from './typed.js';

/** From here on a list is worth a table of its elements. */
const LONGEST = 500;

/**
 * `x = ANY (ARRAY[…])` of a list that is written out, as PostgreSQL shows `x IN (…)` in its definitions: comparisons without a subquery, which
 * may stand in a CHECK. `undefined` for all others.
 */
export function quantifiedList(node: Quantified, left: Typed, scope: Scope, context: Translation): Typed | undefined {
  const list = writtenList(node.right);
  if (!list || left.elements || list.elements.length === 0 || list.elements.length > LONGEST) return undefined;
  const { element } = context.expression(node.right, scope).type;
  if (!element || list.elements.some(({ kind }) => kind === 'array')) return undefined;
  const kind = node.right.kind === 'cast' ? 'explicit' : 'implicit';
  const items = list.elements.map((item) => coerce(context.expression(item, scope), element, context, kind));
  if (items.some(({ type }) => type.key === 'array')) return undefined;
  return asList(node, left, items, context) ?? oneByOne(node, left, items, context);
}

function writtenList(node: Expression): ArrayConstructor | undefined {
  const inner = node.kind === 'cast' ? node.operand : node;
  return inner.kind === 'array' ? inner : undefined;
}

function asList({ operator, quantifier }: Quantified, left: Typed, items: readonly Typed[], context: Translation): Typed | undefined {
  if (operator === '=' && quantifier === 'any') return inList(left, items, context);
  const found = operator === '<>' && quantifier === 'all' ? inList(left, items, context) : undefined;
  return found && negated(found, context);
}

/** Only of what can be written several times. */
function oneByOne({ operator, quantifier }: Quantified, left: Typed, items: readonly Typed[], context: Translation): Typed | undefined {
  if (!left.isColumn) return undefined;
  const tests = items.map((item) => operate(operator, left, item, context));
  return joined(quantifier === 'any' ? 'or' : 'and', tests, context);
}
