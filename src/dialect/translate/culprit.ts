import type { Expression } from '../sql/ast.js';

const culprits = new WeakMap<object, Expression>();

/** Remembers which part of a statement an error is about: the innermost one that is told. */
export function noteCulprit(error: unknown, node: Expression): void {
  if (typeof error === 'object' && error !== null && !culprits.has(error)) culprits.set(error, node);
}

/** The part of the statement that could not be translated, where it was a part. */
export const culpritOf = (error: object): Expression | undefined => culprits.get(error);
