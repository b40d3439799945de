import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import { daysOf, MICROS_PER_DAY, printDate, printTime } from './calendar.js';
import { check, classCheck } from './checks.js';
import type { Codec, Stored } from './codec.js';
import { unitOf } from './codecs-time.js';
import { type DateTimeInput, parseDateTime, type SpecialDate } from './date-time-input.js';
import { parsedByPg } from './pg-parser.js';
import type { PgType } from './pg-type.js';
import { bindInteger, selectText, storedInteger } from './stored-integer.js';

/** What is stored for infinity; for -infinity its negative. */
export const TIMESTAMP_INFINITY = 2n ** 63n - 1n;

const MICROS = BigInt(MICROS_PER_DAY);
/** PostgreSQL counts from here, and rounds away from here. */
const EPOCH_2000 = BigInt(daysOf({ year: 2000, month: 1, day: 1 })) * MICROS;
const FIRST = BigInt(daysOf({ year: -4713, month: 11, day: 24 })) * MICROS;
const END = BigInt(daysOf({ year: 294_277, month: 1, day: 1 })) * MICROS;

export function timestampCodec(type: PgType): Codec {
  const hasZone = type.key === 'timestamptz';
  const name = hasZone ? 'timestamp with time zone' : 'timestamp';
  const unit = BigInt(unitOf(type));
  const zone = hasZone ? '+00' : '';
  const output = (stored: Exclude<Stored, null>) => printTimestamp(stored, zone);
  return {
    type,
    affinity: 'INTEGER',
    input: (text) => storedInteger(microsOfInput(text, name, hasZone, unit)),
    output,
    // Without a zone it is local time of the process to `pg`.
    toJs: hasZone ? toDate : (stored) => parsedByPg(type, output(stored)),
    ...(hasZone && unit <= 1000n && { fromJs: ofDate }),
    bind: bindInteger,
    select: selectText,
    checks: (column) => [
      classCheck(column, name, 'integer'),
      check(column, '22008', 'timestamp out of range', `${column} >= ${FIRST} OR ${column} = -${TIMESTAMP_INFINITY}`),
    ],
  };
}

/** As `pg` reads it: microseconds are cut off. */
function toDate(stored: Exclude<Stored, null>): Date | number {
  const micros = Number(stored);
  if (Math.abs(micros) >= Number(TIMESTAMP_INFINITY)) return micros * Infinity;
  return new Date(Number.isSafeInteger(micros) ? Math.floor(micros / 1000) : Number(BigInt(stored.toString()) / 1000n));
}

function ofDate(value: unknown): number | string | undefined {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return undefined;
  const micros = BigInt(value.getTime()) * 1000n;
  return micros < FIRST ? undefined : storedInteger(micros);
}

function printTimestamp(stored: Exclude<Stored, null>, zone: string): string {
  const micros = BigInt(stored.toString());
  if (micros >= TIMESTAMP_INFINITY) return 'infinity';
  if (micros <= -TIMESTAMP_INFINITY) return '-infinity';
  const ofDay = ((micros % MICROS) + MICROS) % MICROS;
  const { text, era } = printDate(Number((micros - ofDay) / MICROS));
  return `${text} ${printTime(Number(ofDay))}${zone}${era}`;
}

/** As Sequelize writes a time. */
const USUAL =
  /^[1-9]\d{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3} \+00:00$/;

/** What comes with nearly each statement is left to the engine, which reads it ten times as fast. */
function usualMicros(text: string): bigint | undefined {
  return USUAL.test(text) ? BigInt(Date.parse(`${text.slice(0, 10)}T${text.slice(11, 23)}Z`)) * 1000n : undefined;
}

function microsOfInput(text: string, name: string, hasZone: boolean, unit: bigint): bigint {
  const usual = unit <= 1000n ? usualMicros(text) : undefined;
  if (usual !== undefined) return usual;
  const input = parseDateTime(text, name);
  if (typeof input === 'string') return specialMicros(input, unit);
  const micros = roundedTo(unit, microsOf(input, hasZone));
  if (micros < FIRST || micros >= END) throw new PgError('22008', `timestamp out of range: "${text}"`);
  if (micros >= TIMESTAMP_INFINITY) throw new UnsupportedOnFallbackError(`The ${name} "${text}"`, 'Use a year before 294247.');
  return micros;
}

function microsOf({ days, micros = 0, offsetSeconds = 0 }: DateTimeInput, hasZone: boolean): bigint {
  return BigInt(days) * MICROS + BigInt(micros) - (hasZone ? BigInt(offsetSeconds) * 1_000_000n : 0n);
}

/** Halves go away from 2000-01-01. */
function roundedTo(unit: bigint, micros: bigint): bigint {
  const since2000 = micros - EPOCH_2000;
  const half = unit / 2n;
  return EPOCH_2000 + ((since2000 < 0n ? since2000 - half : since2000 + half) / unit) * unit;
}

function specialMicros(special: SpecialDate, unit: bigint): bigint {
  if (special === 'infinity') return TIMESTAMP_INFINITY;
  if (special === '-infinity') return -TIMESTAMP_INFINITY;
  if (special === 'epoch') return 0n;
  const now = BigInt(Date.now()) * 1000n;
  if (special === 'now') return roundedTo(unit, now);
  const today = now - (now % MICROS);
  return special === 'tomorrow' ? today + MICROS : special === 'yesterday' ? today - MICROS : today;
}
