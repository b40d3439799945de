import { isDeepStrictEqual } from 'node:util';
import type { Codec } from '../types/codec.js';
import type { PgType, TypeKey } from '../types/pg-type.js';

export type Parser = (text: string) => unknown;
/** Finds the parser that the program's `pg` and Sequelize have for a type. */
export type ParserLookup = (oid: number) => Parser;

/** Texts on which any other parser than the stock one shows itself. Types that are missing here are strings to everybody. */
const SAMPLES: Partial<Record<TypeKey, string>> = {
  bool: 't',
  int2: '42',
  int4: '42',
  int8: '42',
  oid: '42',
  float4: '1.5',
  float8: '1.5',
  numeric: '1.5',
  uuid: '5e9d1c50-7b0c-4a0b-8a53-0d8ad3a1f9d1',
  bytea: '\\x0102',
  date: '2020-02-03',
  time: '04:05:06',
  timestamp: '2020-02-03 04:05:06.789',
  timestamptz: '2020-02-03 04:05:06.789+00',
  interval: '1 day 02:03:04',
  json: '{"a": 1}',
  jsonb: '{"a": 1}',
  hstore: '"a"=>"1"',
  inet: '10.0.0.1',
  cidr: '10.0.0.0/8',
  macaddr: '08:00:2b:01:02:03',
  macaddr8: '08:00:2b:01:02:03:04:05',
  int4range: '[1,3)',
  int8range: '[1,3)',
  numrange: '[1.5,3.5)',
  tsrange: '["2020-02-03 04:05:06","2020-02-04 04:05:06")',
  tstzrange: '["2020-02-03 04:05:06+00","2020-02-04 04:05:06+00")',
  daterange: '[2020-02-03,2020-02-05)',
};

const PLAIN_TEXT = 'a';

/**
 * Whether a parser gives what the type's codec gives, so that the way over PostgreSQL's text can be left out.
 *
 * A program changes parsers through `pg.types.setTypeParser`, `pg.defaults.parseInt8` and Sequelize's `DataTypes.X.parse`, perhaps
 * long before this library is loaded, so what a parser does to a sample is compared and not which function it is.
 */
export function isStock(parser: Parser, codec: Codec): boolean {
  try {
    const text = sampleOf(codec.type);
    return isDeepStrictEqual(parser(text), codec.toJs(codec.input(text)));
  } catch {
    // PostGIS's types: their text form is not what the codec makes.
    return true;
  }
}

function sampleOf(type: PgType): string {
  if (type.key === 'array' && type.element !== undefined) return `{${quoted(sampleOf(type.element))}}`;
  if (type.key === 'enum') return type.enum?.labels[0] ?? PLAIN_TEXT;
  return SAMPLES[type.key] ?? PLAIN_TEXT;
}

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
