import type { PgType, TypeKey } from '../types/pg-type.js';

const NUMBERS: readonly TypeKey[] = ['int2', 'int4', 'int8', 'float4', 'float8', 'numeric'];
const TEXTS: readonly TypeKey[] = ['text', 'varchar', 'bpchar', 'citext', 'name'];
const TIMES: readonly TypeKey[] = ['date', 'timestamp', 'timestamptz'];

/** PostgreSQL's implicit and assignment casts between types of different families. */
const ASSIGNMENTS: ReadonlySet<string> = new Set([
  'json jsonb',
  'jsonb json',
  'cidr inet',
  'inet cidr',
  'time timetz',
  'timetz time',
  'timestamp time',
  'timestamptz time',
  'timestamptz timetz',
  'time interval',
  'interval time',
  'macaddr macaddr8',
  'macaddr8 macaddr',
  'geometry geography',
  'geography geometry',
]); // prettier-ignore

/** Whether `ALTER COLUMN … TYPE` needs no USING: PostgreSQL then casts as it does to store a value. */
export function isAssignable(from: PgType, to: PgType): boolean {
  if (from.key === 'array' || to.key === 'array') return isArrayAssignable(from, to);
  if (from.key === 'enum' && to.key === 'enum') return from.enum?.name === to.enum?.name && from.enum?.schema === to.enum?.schema;
  if (from.key === to.key) return true;
  if (TEXTS.includes(to.key)) return true;
  return (
    [NUMBERS, TIMES].some((family) => family.includes(from.key) && family.includes(to.key)) || ASSIGNMENTS.has(`${from.key} ${to.key}`)
  );
}

function isArrayAssignable(from: PgType, to: PgType): boolean {
  if (from.element && to.element) return isAssignable(from.element, to.element);
  return TEXTS.includes(to.key);
}

const WITH_BOOL: readonly TypeKey[] = ['bool', 'int4'];

/** Whether there is a cast at all, also an explicit one. From and to text there always is, by way of what the types print and read. */
export function isConvertible(from: PgType, to: PgType): boolean {
  if (isAssignable(from, to) || TEXTS.includes(from.key) || TEXTS.includes(to.key)) return true;
  if (from.element && to.element) return isConvertible(from.element, to.element);
  return WITH_BOOL.includes(from.key) && WITH_BOOL.includes(to.key);
}
