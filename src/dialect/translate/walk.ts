import type { Expression } from '../sql/ast.js';

type Node = Readonly<Record<string, unknown>>;

/** Most of what is written: a bulk INSERT has thousands. */
const LEAVES: ReadonlySet<Expression['kind']> = new Set(['literal', 'parameter', 'keyword']);
const NONE: readonly Expression[] = [];

/** The expressions directly within one, those of subqueries not. */
export function children(node: Expression): readonly Expression[] {
  if (LEAVES.has(node.kind)) return NONE;
  return Object.entries(node).flatMap(([key, value]) => (key === 'type' ? [] : expressionsIn(value)));
}

/** Whether the expression or one within it is such; subqueries aren't looked into. */
export function some(node: Expression, predicate: (node: Expression) => boolean): boolean {
  // Without recursion: thousands of ORs are nested as deep.
  const waiting = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (predicate(next)) return true;
    for (const child of children(next)) waiting.push(child);
  }
  return false;
}

/** The expression with each within it replaced, the innermost first; subqueries stay as they are. */
export function mapped(node: Expression, change: (node: Expression) => Expression): Expression {
  return change(mapValues(node as unknown as Node, (child) => mapped(child, change)) as unknown as Expression);
}

function mapValues(node: Node, change: (node: Expression) => Expression): Node {
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, key === 'type' ? value : mapValue(value, change)]));
}

function mapValue(value: unknown, change: (node: Expression) => Expression): unknown {
  if (Array.isArray(value)) return value.map((item) => mapValue(item, change));
  if (!isNode(value)) return value;
  if (value['kind'] === 'select') return value;
  return typeof value['kind'] === 'string' ? change(value as unknown as Expression) : mapValues(value, change);
}

function expressionsIn(value: unknown): readonly Expression[] {
  if (Array.isArray(value)) return value.flatMap(expressionsIn);
  if (!isNode(value) || value['kind'] === 'select') return [];
  return typeof value['kind'] === 'string' ? [value as unknown as Expression] : Object.values(value).flatMap(expressionsIn);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}
