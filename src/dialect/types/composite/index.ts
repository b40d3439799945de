import type { Codec } from '../codec.js';
import type { PgType, TypeKey } from '../pg-type.js';
import { arrayCodec } from './array.js';
import { geometryCodec } from './geometry.js';
import { hstoreCodec } from './hstore.js';
import { jsonbCodec, jsonCodec } from './json.js';
import { macaddr8Codec, macaddrCodec } from './mac-address.js';
import { cidrCodec, inetCodec } from './network.js';
import { RANGE_SUBTYPES, rangeCodec } from './range.js';
import { recordCodec } from './record.js';
import { tsqueryCodec } from './tsquery.js';
import { tsvectorCodec } from './tsvector.js';

const CODECS: Readonly<Partial<Record<TypeKey, (type: PgType) => Codec>>> = {
  json: jsonCodec,
  jsonb: jsonbCodec,
  hstore: hstoreCodec,
  inet: inetCodec,
  cidr: cidrCodec,
  macaddr: macaddrCodec,
  macaddr8: macaddr8Codec,
  tsvector: tsvectorCodec,
  tsquery: tsqueryCodec,
  geometry: geometryCodec,
  geography: geometryCodec,
  record: recordCodec,
};

/** The codecs of types that are made of others, or have a text of their own; undefined for scalar types. */
export function compositeCodec(type: PgType, codecFor: (type: PgType) => Codec): Codec | undefined {
  if (type.key === 'array' && type.element) return arrayCodec(type, codecFor(type.element));
  const subtype = RANGE_SUBTYPES[type.key];
  return subtype ? rangeCodec(type, codecFor(subtype)) : CODECS[type.key]?.(type);
}
