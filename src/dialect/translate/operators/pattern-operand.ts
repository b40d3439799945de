import type { Expression } from '../../sql/ast.js';

/** The pattern of `code ~ '^[A-Z]+$'::text`, as pg_dump writes conditions, or of `code ~ $1::text`: by itself the translation can look at it. */
export function withoutTextCast(pattern: Expression): Expression {
  if (pattern.kind !== 'cast' || !isOfNoType(pattern.operand)) return pattern;
  const { path, modifiers, dimensions } = pattern.type;
  return path.at(-1) === 'text' && modifiers.length === 0 && dimensions === 0 ? pattern.operand : pattern;
}

function isOfNoType(node: Expression): boolean {
  return node.kind === 'parameter' || (node.kind === 'literal' && node.of === 'string');
}
