import { UnsupportedOnFallbackError } from '../../errors.js';
import type { Codec } from './codec.js';
import { boolCodec } from './codecs-booleans.js';
import { byteaCodec } from './codecs-bytea.js';
import { dateCodec } from './codecs-date.js';
import { enumCodec } from './codecs-enum.js';
import { float4Codec, float8Codec } from './codecs-floats.js';
import { int2Codec, int4Codec, int8Codec, oidCodec } from './codecs-integers.js';
import { intervalCodec } from './codecs-interval.js';
import { bpcharCodec, citextCodec, nameCodec, textCodec, unknownCodec, varcharCodec } from './codecs-text.js';
import { timeCodec } from './codecs-time.js';
import { timestampCodec } from './codecs-timestamp.js';
import { uuidCodec } from './codecs-uuid.js';
import { compositeCodec } from './composite/index.js';
import { formatType } from './format-type.js';
import { numericCodec } from './numeric.js';
import type { PgType, TypeKey } from './pg-type.js';

/** Codecs of the types that have no modifiers. */
const FIXED: Partial<Record<TypeKey, Codec>> = {
  bool: boolCodec,
  int2: int2Codec,
  int4: int4Codec,
  int8: int8Codec,
  oid: oidCodec,
  float4: float4Codec,
  float8: float8Codec,
  text: textCodec,
  citext: citextCodec,
  name: nameCodec,
  regclass: { ...nameCodec, type: { key: 'regclass' } },
  unknown: unknownCodec,
  void: { ...textCodec, type: { key: 'void' } },
  uuid: uuidCodec,
  bytea: byteaCodec,
  date: dateCodec,
};

const MODIFIED: Partial<Record<TypeKey, (type: PgType) => Codec>> = {
  numeric: numericCodec,
  varchar: varcharCodec,
  bpchar: bpcharCodec,
  enum: enumCodec,
  time: timeCodec,
  timestamp: timestampCodec,
  timestamptz: timestampCodec,
  interval: intervalCodec,
};

const codecs = new WeakMap<PgType, Codec>();

/** How values of the type are stored; one codec for each type object. @throws UnsupportedOnFallbackError for types without one. */
export function codecFor(type: PgType): Codec {
  const fixed = FIXED[type.key];
  if (fixed) return fixed;
  const known = codecs.get(type);
  if (known) return known;
  const codec = MODIFIED[type.key]?.(type) ?? compositeCodec(type, codecFor);
  if (!codec) throw new UnsupportedOnFallbackError(`The type ${formatType(type)}`, 'Use another type for these values.');
  codecs.set(type, codec);
  return codec;
}
