import type { Codec, Stored } from '../codec.js';
import type { PgType, TypeKey } from '../pg-type.js';
import { arrayOrderKey } from './order-keys.js';
import { ArrayLiteral, type ArrayText, type NestedArray, printArray } from './array-literal.js';
import { elementFromJson, parseStored, type StoredArray, storedAsJson } from './stored-json.js';

/** The element types whose arrays neither `pg` nor Sequelize parse: they stay PostgreSQL's text. */
const UNPARSED = new Set<TypeKey>(['name', 'macaddr8', 'tsvector', 'tsquery', 'record', 'regclass', 'unknown', 'void']);

export function arrayCodec(type: PgType, element: Codec): Codec {
  const output = (stored: Exclude<Stored, null>): string =>
    printArray(mapElements(parseStored(String(stored)), element, (value) => element.output(value)));
  return {
    type,
    affinity: 'TEXT',
    input: (text) => arrayAsJson(ArrayLiteral.parse(text, (item) => storedAsJson(element, element.input(item)))),
    output,
    toJs: (stored) => {
      if (UNPARSED.has(element.type.key)) return output(stored);
      return mapElements(parseStored(String(stored)), element, (value) => element.toJs(value));
    },
    orderKey: (sql) => arrayOrderKey(sql, element),
  };
}

function arrayAsJson(items: NestedArray<string>): string {
  return `[${items.map((item) => (item === null ? 'null' : typeof item === 'string' ? item : arrayAsJson(item))).join(',')}]`;
}

function mapElements<T>(array: StoredArray, codec: Codec, map: (stored: Exclude<Stored, null>) => T): NestedArray<T> & ArrayTextOf<T> {
  return array.map((item): T | null | NestedArray<T> => {
    if (item === null) return null;
    if (Array.isArray(item)) return mapElements(item as StoredArray, codec, map);
    return map(elementFromJson(codec, item as Exclude<Stored, null>));
  }) as NestedArray<T> & ArrayTextOf<T>;
}

type ArrayTextOf<T> = T extends string ? ArrayText : unknown;
