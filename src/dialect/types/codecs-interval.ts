import { UnsupportedOnFallbackError } from '../../errors.js';
import { classCheck } from './checks.js';
import type { Codec } from './codec.js';
import { unitOf } from './codecs-time.js';
import { parseInterval, printInterval } from './interval.js';
import { parsedByPg } from './pg-parser.js';
import type { PgType } from './pg-type.js';

/** Stored as the text that PostgreSQL prints, so equal texts are one value, but `24:00:00` is not seen to equal `1 day`, and there is no order. */
export function intervalCodec(type: PgType): Codec {
  const unit = unitOf(type);
  return {
    type,
    affinity: 'TEXT',
    input(text) {
      const { micros, ...rest } = parseInterval(text);
      return printInterval({ ...rest, micros: Math.sign(micros) * Math.round(Math.abs(micros) / unit) * unit });
    },
    output: String,
    toJs: (stored) => parsedByPg(type, String(stored)),
    orderKey() {
      throw new UnsupportedOnFallbackError('The order of intervals', 'Store a number of seconds, which can be compared.');
    },
    checks: (column) => [classCheck(column, 'interval', 'text')],
  };
}
