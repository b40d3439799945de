import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { PgType, TypeKey } from './pg-type.js';

/** As written within the parentheses. */
export type Modifiers = readonly string[];

type Modify = (key: TypeKey, modifiers: readonly number[]) => PgType;

const LONGEST = 10485760;
/** Up to this many digits fit an INTEGER of SQLite with every sign and scale. */
const INTEGER_DIGITS = 18;

const MODIFIED: Partial<Record<TypeKey, Modify>> = {
  numeric: numericType,
  varchar: (key, [length]) => ({ key, modifiers: [checkedLength('varchar', length)] }),
  bpchar: (key, [length]) => ({ key, modifiers: [checkedLength('char', length)] }),
  time: withPrecision,
  timetz: withPrecision,
  timestamp: withPrecision,
  timestamptz: withPrecision,
  interval: withPrecision,
};

/** Words of the grammar itself, which has no place for modifiers after them. */
const OF_GRAMMAR: ReadonlySet<string> = new Set(['int', 'integer', 'smallint', 'bigint', 'real', 'double precision', 'boolean']);

/** The type `key` with modifiers as they were written. @throws PgError 22023, 42601 */
export function modifiedType(spelling: string, key: TypeKey, modifiers: Modifiers): PgType {
  if (key === 'geometry' || key === 'geography') return geometricType(key, modifiers);
  // The grammar's CHARACTER without a length is one character long, while the type's own name bpchar has no limit.
  if (key === 'bpchar' && spelling !== 'bpchar' && modifiers.length === 0) return { key, modifiers: [1] };
  const modify = MODIFIED[key];
  if (modify === undefined && modifiers.length > 0 && OF_GRAMMAR.has(spelling)) throw new PgError('42601', 'syntax error at or near "("');
  if (modify === undefined) return typeWithoutModifiers({ key }, key, modifiers);
  return modifiers.length === 0 ? { key } : modify(key, modifiers.map(wholeNumber));
}

export function typeWithoutModifiers(type: PgType, name: string, modifiers: Modifiers): PgType {
  if (modifiers.length > 0) throw new PgError('42601', `type modifier is not allowed for type "${name}"`);
  return type;
}

/** `numeric(p, s)`, with `scale` set where its values are stored as INTEGERs. */
function numericType(key: TypeKey, [precision = 0, scale = 0, ...more]: readonly number[]): PgType {
  if (more.length > 0) throw new PgError('22023', 'invalid NUMERIC type modifier');
  if (precision < 1 || precision > 1000) throw new PgError('22023', `NUMERIC precision ${precision} must be between 1 and 1000`);
  if (scale < -1000 || scale > 1000) throw new PgError('22023', `NUMERIC scale ${scale} must be between -1000 and 1000`);
  const type: PgType = { key, modifiers: [precision, scale] };
  return precision <= INTEGER_DIGITS && scale >= 0 && scale <= INTEGER_DIGITS ? { ...type, scale } : type;
}

function checkedLength(name: string, length = 0): number {
  if (length < 1) throw new PgError('22023', `length for type ${name} must be at least 1`);
  if (length > LONGEST) throw new PgError('22023', `length for type ${name} cannot exceed ${LONGEST}`);
  return length;
}

/** More than microseconds are taken as microseconds, where PostgreSQL only warns. */
function withPrecision(key: TypeKey, [precision = 6]: readonly number[]): PgType {
  return { key, modifiers: [Math.min(precision, 6)] };
}

function geometricType(key: TypeKey, modifiers: Modifiers): PgType {
  if (modifiers.length === 0) return { key };
  const [shape = '', srid] = modifiers;
  return { key, modifiers: srid === undefined ? [shape.toUpperCase()] : [shape.toUpperCase(), Number(srid)] };
}

function wholeNumber(modifier: string): number {
  if (/^-?\d+$/.test(modifier)) return Number(modifier);
  throw new UnsupportedOnFallbackError(`The type modifier ${modifier}`, 'Use whole numbers in the parentheses of a type.');
}
