import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import { parseDecimal } from '../types/decimal.js';
import { bareTypeName } from '../types/format-type.js';
import { parseInterval } from '../types/interval.js';
import type { PgType } from '../types/pg-type.js';

/** Where a frame starts or ends. */
type Bound =
  | 'unbounded preceding'
  | 'unbounded following'
  | 'current row'
  | { readonly offset: string; readonly side: 'preceding' | 'following' };

const FRAME = /^(rows|range|groups) (?:between (.+?) and (.+?)|(.+?))( exclude (?:current row|group|ties|no others))?$/;
const PLACES: ReadonlySet<string> = new Set(['unbounded preceding', 'unbounded following', 'current row']);
const DAY = 86_400_000_000n;

/**
 * A frame of PostgreSQL as SQLite writes it. `orderedBy` are the types of the window's ORDER BY: with RANGE an offset is a value that is taken from the
 * ordered one, so that it must be in the units in which that is stored.
 * @throws PgError 42P20, 0A000, 22013; UnsupportedOnFallbackError
 */
export function frameSql(frame: string, orderedBy: readonly PgType[]): string {
  const [, mode = '', from, to, only, exclusion = ''] = FRAME.exec(frame) ?? [];
  const start = boundOf(from ?? only ?? '');
  const end = to === undefined ? undefined : boundOf(to);
  checkBounds(start, end);
  const given = [start, ...(end === undefined ? [] : [end])];
  if (mode === 'groups' && orderedBy.length === 0) throw windowingError('GROUPS mode requires an ORDER BY clause');
  if (mode === 'range' && given.some(hasOffset) && orderedBy.length !== 1) {
    throw windowingError('RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column');
  }
  const [type] = orderedBy;
  const sqls = given.map((bound, index) => boundSql(bound, mode === 'range' ? type : undefined, index === 0 ? 'starting' : 'ending'));
  return `${mode} ${end === undefined ? sqls.join('') : `between ${sqls.join(' and ')}`}${exclusion}`;
}

function boundOf(text: string): Bound {
  if (PLACES.has(text)) return text as Bound & string;
  const [, offset, side] = /^(.+) (preceding|following)$/.exec(text) ?? [];
  if (offset === undefined || offset === 'unbounded') throw unsupported(text);
  return { offset, side: side as 'preceding' | 'following' };
}

function hasOffset(bound: Bound): boolean {
  return typeof bound === 'object';
}

/** @throws PgError 42P20 as PostgreSQL's grammar does */
function checkBounds(start: Bound, end: Bound | undefined): void {
  if (start === 'unbounded following') throw windowingError('frame start cannot be UNBOUNDED FOLLOWING');
  if (end === 'unbounded preceding') throw windowingError('frame end cannot be UNBOUNDED PRECEDING');
  const isPreceding = typeof end === 'object' && end.side === 'preceding';
  if (start === 'current row' && isPreceding) throw windowingError('frame starting from current row cannot have preceding rows');
  if (typeof start !== 'object' || start.side === 'preceding') return;
  if (end === undefined) throw windowingError('frame starting from following row cannot end with current row');
  if (end === 'current row' || isPreceding) throw windowingError('frame starting from following row cannot have preceding rows');
}

/** `type` is what a RANGE is ordered by. */
function boundSql(bound: Bound, type: PgType | undefined, which: 'starting' | 'ending'): string {
  if (typeof bound === 'string') return bound;
  const { offset, side } = bound;
  if (offset === 'null') throw new PgError('22004', `frame ${which} offset must not be null`);
  return `${type === undefined ? rowCount(offset, which) : distance(offset, type)} ${side}`;
}

function rowCount(offset: string, which: string): string {
  const [, digits] = /^'?(\d{1,18})'?$/.exec(offset) ?? [];
  if (digits !== undefined) return digits;
  if (/^- ?\d+$/.test(offset)) throw new PgError('22013', `frame ${which} offset must not be negative`);
  throw unsupported(offset);
}

function distance(offset: string, type: PgType): string {
  if (/^- ?[\d.]+$/.test(offset)) throw new PgError('22013', 'invalid preceding or following size in window function');
  switch (type.key) {
    case 'int2':
    case 'int4':
    case 'int8':
      return wholeNumber(offset, type);
    case 'numeric':
      return units(offset, type);
    case 'float4':
    case 'float8':
      return realNumber(offset);
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return duration(offset, type);
    case 'interval':
    case 'time':
      throw unsupported(offset);
    default:
      throw new PgError('0A000', `RANGE with offset PRECEDING/FOLLOWING is not supported for column type ${bareTypeName(type)}`);
  }
}

function wholeNumber(offset: string, type: PgType): string {
  const text = bareNumber(offset);
  if (/^\d{1,18}$/.test(text)) return text;
  if (/^[\d.]+$/.test(text) && !offset.startsWith("'")) throw notSupportedFor(type, 'numeric');
  throw unsupported(offset);
}

function units(offset: string, { scale }: PgType): string {
  const text = bareNumber(offset);
  const value = /^\d{1,15}(\.\d*)?$|^\.\d+$/.test(text) ? parseDecimal(text) : undefined;
  if (scale === undefined || typeof value !== 'object' || value.scale > scale) throw unsupported(offset);
  return String(value.unscaled * 10n ** BigInt(scale - value.scale));
}

function realNumber(offset: string): string {
  const text = bareNumber(offset);
  if (!/^\d{1,15}(\.\d*)?$|^\.\d+$/.test(text)) throw unsupported(offset);
  return `CAST(${text} AS REAL)`;
}

/** Of a month nobody knows how long it is; the session is in UTC, so that all days are of one length. */
function duration(offset: string, type: PgType): string {
  const [, text] = /^(?:interval )?'([^']*)'(?: :: interval)?$/.exec(offset) ?? [];
  if (text === undefined && /^\d+$/.test(offset)) throw notSupportedFor(type, 'integer');
  if (text === undefined) throw unsupported(offset);
  const { months, days, micros } = parseInterval(text);
  const length = BigInt(days) * DAY + BigInt(micros);
  if (months !== 0 || (type.key === 'date' && length % DAY !== 0n)) throw unsupported(offset);
  if (length < 0n) throw new PgError('22013', 'invalid preceding or following size in window function');
  return String(type.key === 'date' ? length / DAY : length);
}

function bareNumber(offset: string): string {
  return /^'.*'$/.test(offset) ? offset.slice(1, -1).trim() : offset;
}

function notSupportedFor(type: PgType, offset: string): PgError {
  const types = `column type ${bareTypeName(type)} and offset type ${offset}`;
  return new PgError('0A000', `RANGE with offset PRECEDING/FOLLOWING is not supported for ${types}`);
}

function windowingError(message: string): PgError {
  return new PgError('42P20', message);
}

function unsupported(offset: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `A window's frame with the offset ${offset}`,
    'Write a number, or an interval of days and hours, that the ordered column can hold.',
  );
}
