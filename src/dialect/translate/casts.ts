import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { Stored } from '../types/codec.js';
import { codecFor } from '../types/codecs.js';
import { bareTypeName, formatType } from '../types/format-type.js';
import type { PgType, TypeKey } from '../types/pg-type.js';
import { type CastContext, castContext } from './casts/contexts.js';
import { convertedSql } from './casts/conversions.js';
import { limitedText } from './casts/lengths.js';
import type { Translation, Typed } from './typed.js';

export { raisedError } from './raise.js';

const TEXT_TYPES: ReadonlySet<TypeKey> = new Set<TypeKey>(['text', 'varchar', 'bpchar', 'name', 'citext']);

/** A value that is bound already as another type, as PostgreSQL's pg_cast has it. @throws PgError 42846 where it has none */
export function cast(typed: Typed, to: PgType, _context: Translation, kind: CastContext): Typed {
  const { type: from } = typed;
  if (typed.onlyAsResult !== undefined) throw calculated(typed.onlyAsResult);
  if (!castContext(from, to, kind)) throw noCast(from, to);
  const target = storedTarget(from, to, kind);
  const sql = convertedSql(typed.sql, from, target, kind);
  if (sql !== undefined) return result(typed, sql, target);
  if (kind === 'explicit' && TEXT_TYPES.has(to.key)) return printedResult(typed, to);
  throw unknownWay(from, to);
}

/** A cast keeps a column's name and nothing else. */
function result({ name }: Typed, sql: string, type: PgType): Typed {
  return { sql, type, ...(name !== undefined && { name }) };
}

/** A written `::numeric` leaves the number of decimals, and so the number may stay an INTEGER. */
function storedTarget(from: PgType, to: PgType, kind: CastContext): PgType {
  if (kind !== 'explicit' || to.key !== 'numeric' || to.modifiers !== undefined || to.scale !== undefined) return to;
  if (from.key === 'numeric') return from.scale === undefined ? to : { key: 'numeric', scale: from.scale };
  return ['int2', 'int4', 'int8', 'oid'].includes(from.key) ? { key: 'numeric', scale: 0 } : to;
}

/** The text that only the codec can write is good for a column of the result. */
function printedResult(typed: Typed, to: PgType): Typed {
  const codec = codecFor(typed.type);
  const text = codecFor(to);
  const limit = limitedText(to);
  return {
    ...result(typed, codec.select?.(typed.sql) ?? typed.sql, to),
    decode: (stored: Stored) => (stored === null ? null : text.output(text.input(limit(codec.output(stored))))),
    onlyAsResult: `A value of the type ${formatType(typed.type)} as text in a further expression`,
  };
}

function calculated(feature: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(feature, 'Select it as a column of the result and calculate with it in the program.');
}

function noCast(from: PgType, to: PgType): PgError {
  return new PgError('42846', `cannot cast type ${bareTypeName(from)} to ${bareTypeName(to)}`);
}

function plain(type: PgType): PgType {
  return { ...type, modifiers: [] };
}

function unknownWay(from: PgType, to: PgType): UnsupportedOnFallbackError {
  const feature = `The cast from ${formatType(plain(from))} to ${formatType(to)} in an expression`;
  return new UnsupportedOnFallbackError(feature, 'Convert the value in the program, or write it as a literal of the type.');
}
