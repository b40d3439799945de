import { classCheck } from './checks.js';
import type { Codec } from './codec.js';
import { unitOf } from './codecs-time.js';
import { parseInterval, printInterval } from './interval.js';
import { intervalOrderKey } from './interval-order-key.js';
import { parsedByPg } from './pg-parser.js';
import type { PgType } from './pg-type.js';

/** Stored as the text that PostgreSQL prints. */
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
    orderKey: intervalOrderKey,
    checks: (column) => [classCheck(column, 'interval', 'text')],
  };
}
