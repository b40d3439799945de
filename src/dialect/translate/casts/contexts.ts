import type { PgType, TypeKey } from '../../types/pg-type.js';

export type CastContext = 'implicit' | 'assignment' | 'explicit';

const RANK: Readonly<Record<CastContext, number>> = { implicit: 0, assignment: 1, explicit: 2 };

const STRINGS: ReadonlySet<TypeKey> = new Set<TypeKey>(['text', 'varchar', 'bpchar', 'name', 'citext']);

/** pg_cast: to which types a type goes by itself, into a column, or only by a written cast. */
const CASTS: Partial<Record<TypeKey, Partial<Record<CastContext, readonly TypeKey[]>>>> = {
  int2: { implicit: ['int4', 'int8', 'float4', 'float8', 'numeric', 'oid'] },
  int4: { implicit: ['int8', 'float4', 'float8', 'numeric', 'oid'], assignment: ['int2'], explicit: ['bool'] },
  int8: { implicit: ['float4', 'float8', 'numeric', 'oid'], assignment: ['int2', 'int4'] },
  oid: { implicit: ['regclass'], assignment: ['int4', 'int8'] },
  regclass: { implicit: ['oid'], assignment: ['int4', 'int8'] },
  float4: { implicit: ['float8'], assignment: ['int2', 'int4', 'int8', 'numeric'] },
  float8: { assignment: ['float4', 'int2', 'int4', 'int8', 'numeric'] },
  numeric: { implicit: ['float4', 'float8'], assignment: ['int2', 'int4', 'int8'] },
  bool: { explicit: ['int4'] },
  date: { implicit: ['timestamp', 'timestamptz'] },
  time: { implicit: ['timetz', 'interval'] },
  timestamp: { implicit: ['timestamptz'], assignment: ['date', 'time'] },
  timestamptz: { assignment: ['date', 'time', 'timetz', 'timestamp'] },
  interval: { assignment: ['time'] },
  citext: { implicit: ['text', 'varchar'], assignment: ['bpchar', 'inet'] },
  json: { assignment: ['jsonb'] },
  jsonb: { assignment: ['json'], explicit: ['bool', 'int2', 'int4', 'int8', 'float4', 'float8', 'numeric'] },
  cidr: { implicit: ['inet'] },
  inet: { assignment: ['cidr'] },
  macaddr: { implicit: ['macaddr8'] },
  macaddr8: { implicit: ['macaddr'] },
  geometry: { implicit: ['geography'], assignment: ['bytea', 'jsonb', 'json'] },
  geography: { explicit: ['geometry'], assignment: ['bytea'] },
  text: { implicit: ['regclass'], assignment: ['geometry'] },
};

/** Whether PostgreSQL casts there; the way over texts (every type has one) is open to strings. */
export function castContext(from: PgType, to: PgType, kind: CastContext): boolean {
  if (from.key === to.key) return isSame(from, to, kind);
  if (from.key === 'unknown' || from.key === 'record') return true;
  const found = CASTS[from.key];
  for (const context of ['implicit', 'assignment', 'explicit'] as const) {
    if (found?.[context]?.includes(to.key)) return RANK[context] <= RANK[kind];
  }
  if (STRINGS.has(from.key) && STRINGS.has(to.key)) return isBetweenStrings(from.key, to.key, kind);
  if (STRINGS.has(to.key)) return kind !== 'implicit';
  return STRINGS.has(from.key) && kind === 'explicit';
}

function isSame(from: PgType, to: PgType, kind: CastContext): boolean {
  if (from.key === 'array') return from.element !== undefined && to.element !== undefined && castContext(from.element, to.element, kind);
  return from.key !== 'enum' || (from.enum?.name === to.enum?.name && from.enum?.schema === to.enum?.schema) || false;
}

function isBetweenStrings(from: TypeKey, to: TypeKey, kind: CastContext): boolean {
  if (from === 'citext' || to === 'citext' || from === 'name') return kind !== 'implicit' || to === 'text';
  return true;
}
