import type { Codec, Stored } from '../codec.js';

/** A stored array: elements in their stored form, nested for more dimensions. */
export type StoredArray = readonly (Stored | StoredArray)[];

/** SQLite reads it as an infinite REAL, and so does JSON.parse. */
const INFINITE = '9.0e+999';

/** A stored value as JSON, written as SQLite's `json_array` writes it (REAL values: with a point or an exponent, so that they stay REAL). */
export function storedAsJson(codec: Codec, stored: Stored): string {
  if (stored === null) return 'null';
  if (Buffer.isBuffer(stored)) return JSON.stringify(stored.toString('hex'));
  if (codec.affinity === 'INTEGER') return String(stored);
  if (typeof stored === 'number') return realAsJson(stored);
  return JSON.stringify(stored);
}

function realAsJson(number: number): string {
  if (number === Infinity) return INFINITE;
  if (number === -Infinity) return `-${INFINITE}`;
  if (Object.is(number, -0)) return '-0.0';
  const text = String(number);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Reads what `storedAsJson` and SQLite's JSON functions write, integers beyond 2^53 as text. */
export function parseStored(json: string): StoredArray {
  // JSON.parse would round them; as strings they are what the codecs take.
  const exact = /\d{16}/.test(json) ? json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g, quotedWhenLong) : json;
  return JSON.parse(exact) as StoredArray;
}

function quotedWhenLong(token: string): string {
  return /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token;
}

/** An element as its codec knows it: bytea travels in JSON as hexadecimal text. */
export function elementFromJson(codec: Codec, value: Exclude<Stored, null>): Exclude<Stored, null> {
  return codec.affinity === 'BLOB' && typeof value === 'string' ? Buffer.from(value, 'hex') : value;
}
