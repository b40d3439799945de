import type { PgType, TypeKey } from '../types/pg-type.js';

/** True where both are the same type of PostgreSQL and are stored alike; lengths and precisions don't matter. */
export function sameType(a: PgType, b: PgType): boolean {
  if (a.key !== b.key) return false;
  if (a.key === 'array') return a.element !== undefined && b.element !== undefined && sameType(a.element, b.element);
  if (a.key === 'enum') return a.enum?.name === b.enum?.name && a.enum?.schema === b.enum?.schema;
  return a.key !== 'numeric' || a.scale === b.scale;
}

/** The type without `varchar(10)`'s length and the like; a numeric keeps how it is stored. */
export function withoutModifiers(type: PgType): PgType {
  const { modifiers, ...plain } = type;
  return modifiers === undefined ? type : plain;
}

const INTEGERS: ReadonlySet<TypeKey> = new Set<TypeKey>(['int2', 'int4', 'int8', 'oid']);
const TEXTS: ReadonlySet<TypeKey> = new Set<TypeKey>(['text', 'varchar', 'bpchar', 'name', 'citext']);

export function isInteger({ key }: PgType): boolean {
  return INTEGERS.has(key);
}

export function isNumber(type: PgType): boolean {
  return isInteger(type) || type.key === 'numeric' || type.key === 'float4' || type.key === 'float8';
}

/** Of PostgreSQL's string types. */
export function isText({ key }: PgType): boolean {
  return TEXTS.has(key);
}

export const BOOL: PgType = { key: 'bool' };
export const TEXT: PgType = { key: 'text' };
export const INT4: PgType = { key: 'int4' };
export const INT8: PgType = { key: 'int8' };
