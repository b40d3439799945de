import type { Codec } from '../codec.js';
import type { PgType } from '../pg-type.js';
import { jsonbOrderKey } from './jsonb-order-key.js';
import { checkJson, parseJsonb, printJsonb } from './json-text.js';

/** `json` keeps the text as it was given. */
export function jsonCodec(type: PgType): Codec {
  return {
    type,
    affinity: 'TEXT',
    input: (text) => {
      if (!isJson(text)) checkJson(text);
      return text;
    },
    output: String,
    toJs: (stored) => JSON.parse(String(stored)) as unknown,
  };
}

/** Whatever JavaScript reads PostgreSQL reads too; what is wrong with another text is told in its words. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `jsonb` keeps the value; equal values have equal texts but for the zeros at a number's end (`1.0`). */
export function jsonbCodec(type: PgType): Codec {
  return {
    type,
    affinity: 'TEXT',
    input: (text) => printJsonb(parseJsonb(text)),
    output: String,
    toJs: (stored) => JSON.parse(String(stored)) as unknown,
    orderKey: jsonbOrderKey,
  };
}
