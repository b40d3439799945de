import { MICROS_PER_DAY, printTime } from './calendar.js';
import { check, classCheck } from './checks.js';
import type { Codec } from './codec.js';
import { parseTime } from './date-time-input.js';
import type { PgType } from './pg-type.js';
import { bindInteger } from './stored-integer.js';

export function timeCodec(type: PgType): Codec {
  const unit = unitOf(type);
  return {
    type,
    affinity: 'INTEGER',
    input: (text) => Math.round(parseTime(text) / unit) * unit,
    output: (stored) => printTime(Number(stored)),
    toJs: (stored) => printTime(Number(stored)),
    bind: bindInteger,
    checks: (column) => [
      classCheck(column, 'time', 'integer'),
      check(column, '22008', 'time out of range', `${column} BETWEEN 0 AND ${MICROS_PER_DAY} AND ${column} % ${unit} = 0`),
    ],
  };
}

/** The smallest step of `time(p)` and `timestamp(p)` in microseconds. */
export function unitOf({ modifiers }: PgType): number {
  const [precision = 6] = modifiers ?? [];
  return 10 ** (6 - Number(precision));
}
