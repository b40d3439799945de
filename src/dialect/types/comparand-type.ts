import { COMPARAND } from './numeric.js';
import type { PgType } from './pg-type.js';

/**
 * The type that a literal or parameter is bound as where it is only compared with values of `type`. PostgreSQL doesn't apply modifiers
 * there: `price = 1.555` is false for a numeric(10, 2) and rounds nothing, `code = 'abcd'` is no error for a varchar(3).
 */
export function comparandType(type: PgType): PgType {
  if (type.key === 'numeric' && type.scale !== undefined) return { key: 'numeric', scale: type.scale, modifiers: [COMPARAND] };
  if (type.key === 'numeric' && type.modifiers) return { key: 'numeric', modifiers: [COMPARAND] };
  if (type.key === 'bpchar' && type.modifiers?.length) return { key: 'bpchar', modifiers: [COMPARAND, ...type.modifiers] };
  if (type.key === 'array' && type.element) return { key: 'array', element: comparandType(type.element) };
  if (!type.modifiers || type.key === 'geometry' || type.key === 'geography') return type;
  return { key: type.key };
}
