import { PgError } from '../pg-error.js';
import { bareTypeName } from '../types/format-type.js';
import type { PgType, TypeKey } from '../types/pg-type.js';
import { sameType, TEXT, withoutModifiers } from './same-type.js';
import type { Typed } from './typed.js';

/** pg_type.typcategory, where it is not `U`. */
const CATEGORIES: Partial<Record<TypeKey, string>> = {
  int2: 'N',
  int4: 'N',
  int8: 'N',
  float4: 'N',
  float8: 'N',
  numeric: 'N',
  oid: 'N',
  regclass: 'N',
  text: 'S',
  varchar: 'S',
  bpchar: 'S',
  citext: 'S',
  name: 'S',
  date: 'D',
  time: 'D',
  timetz: 'D',
  timestamp: 'D',
  timestamptz: 'D',
  inet: 'I',
  cidr: 'I',
  interval: 'T',
  bool: 'B',
}; // prettier-ignore

const PREFERRED: ReadonlySet<TypeKey> = new Set<TypeKey>(['float8', 'oid', 'text', 'timestamptz', 'inet', 'interval', 'bool']);

/** Which types PostgreSQL makes of another by itself (pg_cast with castcontext `i`). */
const IMPLICIT: Partial<Record<TypeKey, readonly TypeKey[]>> = {
  int2: ['int4', 'int8', 'numeric', 'float4', 'float8', 'oid'],
  int4: ['int8', 'numeric', 'float4', 'float8', 'oid'],
  int8: ['numeric', 'float4', 'float8', 'oid'],
  numeric: ['float4', 'float8'],
  float4: ['float8'],
  regclass: ['oid', 'int8'],
  oid: ['regclass', 'int8'],
  varchar: ['text', 'bpchar', 'name', 'regclass'],
  bpchar: ['text', 'varchar', 'name'],
  text: ['varchar', 'bpchar', 'name', 'regclass'],
  name: ['text'],
  citext: ['text', 'varchar'],
  date: ['timestamp', 'timestamptz'],
  timestamp: ['timestamptz'],
  time: ['timetz', 'interval'],
  cidr: ['inet'],
  macaddr: ['macaddr8'],
  macaddr8: ['macaddr'],
  geometry: ['geography'],
};

/** Whether a value of one type may stand where another is asked for, without a cast being written. */
export function isImplicit(from: PgType, to: PgType): boolean {
  if (from.key === 'numeric' && to.key === 'numeric') return true;
  if (sameType(from, to)) return true;
  if (from.key === 'array' && to.key === 'array')
    return from.element !== undefined && to.element !== undefined && isImplicit(from.element, to.element);
  return IMPLICIT[from.key]?.includes(to.key) ?? false;
}

/** As PostgreSQL's `select_common_type` finds the type of UNION, CASE, COALESCE, ARRAY[…] and IN lists. @throws PgError 42804 */
export function commonType(operands: readonly Typed[], construct: string): PgType {
  const types = operands.map(({ type }) => type).filter(({ key }) => key !== 'unknown');
  const [first, ...rest] = types;
  if (first === undefined) return TEXT;
  const found = rest.reduce((candidate, type) => wider(candidate, type, construct), first);
  refuseUnconvertible(operands, found, construct);
  return found.key === 'numeric' ? commonNumeric(operands) : { ...withoutModifiers(found), ...sharedModifiers(operands) };
}

/** The operands of CASE are its ELSE and then its results. */
function refuseUnconvertible(operands: readonly Typed[], found: PgType, construct: string): void {
  const index = operands.findIndex(({ type }) => type.key !== 'unknown' && !isImplicit(type, found));
  const type = operands[index]?.type;
  if (!type) return;
  const place = construct === 'CASE' ? `CASE/${index === 0 ? 'ELSE' : 'WHEN'}` : construct;
  throw new PgError('42846', `${place} could not convert type ${bareTypeName(type)} to ${bareTypeName(found)}`);
}

function wider(candidate: PgType, type: PgType, construct: string): PgType {
  if (candidate.key === type.key && (candidate.key === 'numeric' || sameType(candidate, type))) return candidate;
  if (categoryOf(candidate) !== categoryOf(type)) {
    throw new PgError('42804', `${construct} types ${bareTypeName(candidate)} and ${bareTypeName(type)} cannot be matched`);
  }
  return !PREFERRED.has(candidate.key) && isImplicit(candidate, type) && !isImplicit(type, candidate) ? type : candidate;
}

/** Whether its category prefers the type (pg_type.typispreferred). */
export function isPreferred(key: string): boolean {
  return PREFERRED.has(key as TypeKey);
}

/** What PostgreSQL counts the type to (pg_type.typcategory). */
export function categoryOf({ key, enum: labels, element }: PgType): string {
  if (labels) return 'E';
  if (element) return 'A';
  return CATEGORIES[key] ?? (key.endsWith('range') ? 'R' : key === 'record' ? 'P' : 'U');
}

/** `varchar(10)` where all operands say so: a literal does not. */
function sharedModifiers(operands: readonly Typed[]): Pick<PgType, 'modifiers'> {
  const types = operands.filter(({ pending }) => pending !== 'null').map(({ type }) => type);
  const [first, ...rest] = types.map(({ key, modifiers }) => JSON.stringify([key, modifiers]));
  const modifiers = types[0]?.modifiers;
  return modifiers && rest.every((other) => other === first) ? { modifiers } : {};
}

/** Numbers keep their display scale in PostgreSQL, so only those of one scale can stay INTEGERs here: `COALESCE(price, 0)` is 1.50 or 0. */
function commonNumeric(operands: readonly Typed[]): PgType {
  const scales = new Set(operands.filter(({ pending }) => pending !== 'null').map(scaleOf));
  const [scale] = scales;
  return scales.size === 1 && scale !== undefined ? { key: 'numeric', scale } : { key: 'numeric' };
}

function scaleOf({ type, pending }: Typed): number | undefined {
  if (type.key === 'numeric') return pending === undefined ? type.scale : undefined;
  return type.key === 'unknown' ? undefined : 0;
}
