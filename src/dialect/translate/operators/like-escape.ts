import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { Like } from '../../sql/ast.js';
import { BOOL } from '../same-type.js';
import type { Translation, Typed } from '../typed.js';
import { like, not } from './like.js';
import { BACKSLASH, checkedEscape } from '../patterns/like-pattern.js';
import { similarTo } from './regex.js';

/** The escape character of a LIKE, which the translation must know. */
export function escapeOf(escape: Typed | undefined, context: Translation): string {
  if (escape === undefined) return BACKSLASH;
  if (typeof escape.pending === 'object' && escape.pending.kind === 'literal') return checkedEscape(context.valueOf(escape.pending));
  throw new UnsupportedOnFallbackError('LIKE … ESCAPE with anything but a literal', 'Write the escape character as a literal.');
}

/** `x [NOT] LIKE y ESCAPE z`, also ILIKE and SIMILAR TO. @returns undefined for operands that are no strings */
export function likeWithEscape(
  node: Like,
  [operand, pattern, escape]: readonly [Typed, Typed, Typed],
  context: Translation,
): Typed | undefined {
  if (escape.pending === 'null') return { sql: 'NULL', type: BOOL };
  if (node.operator === 'similar to') return similarTo(operand, pattern, escapeOf(escape, context), node.negated, context);
  const options = { ignoreCase: node.operator === 'ilike', escape: escapeOf(escape, context) };
  const found = like(operand, pattern, options, context);
  return found && node.negated ? not(found) : found;
}
