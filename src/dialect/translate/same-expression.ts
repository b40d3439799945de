import type { Expression, Literal } from '../sql/ast.js';
import { resolveColumn } from './scope.js';
import type { Scope, Translation } from './typed.js';

/** Whether both say the same of the same columns, as PostgreSQL sees it. Where literals decide it, the plan holds for their values. */
export function sameExpression(a: Expression, b: Expression, scope: Scope, context: Translation): boolean {
  const literals: Literal[] = [];
  if (!same(a, b, scope, literals)) return false;
  for (const literal of literals) context.valueOf(literal);
  return true;
}

function same(a: unknown, b: unknown, scope: Scope, literals: Literal[]): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => same(item, b[index], scope, literals));
  if (!isNode(a) || !isNode(b) || a['kind'] !== b['kind']) return false;
  if (a['kind'] === 'literal') return sameLiteral(a as unknown as Literal, b as unknown as Literal, literals);
  if (a['kind'] === 'column') return columnSql(a, scope) === columnSql(b, scope);
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => same(a[key], b[key], scope, literals));
}

function sameLiteral(a: Literal, b: Literal, literals: Literal[]): boolean {
  if (a.of !== b.of || a.text !== b.text) return false;
  literals.push(a, b);
  return true;
}

function columnSql(node: Readonly<Record<string, unknown>>, scope: Scope): string {
  return resolveColumn(node as unknown as Expression & { kind: 'column' }, scope).sql;
}

function isNode(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
