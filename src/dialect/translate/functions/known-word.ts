import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { Translation, Typed } from '../typed.js';

/** The literal that says which part, form or zone is meant: the plan holds for it alone. */
export function knownWord(typed: Typed | undefined, name: string, context: Translation): string {
  const { pending } = typed ?? {};
  if (typeof pending === 'object' && pending.kind === 'literal') return context.valueOf(pending);
  throw new UnsupportedOnFallbackError(
    `${name === 'AT TIME ZONE' ? name : `${name}()`} by a field, pattern or zone that is not a literal`,
    'Write it into the statement as a literal.',
  );
}
