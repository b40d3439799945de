import { PgError } from '../pg-error.js';
import { classCheck } from './checks.js';
import type { Codec, Stored } from './codec.js';

const ESCAPE = /\\(?:\\|([0-3][0-7][0-7]))|[^\\]+|\\/g;
const BACKSLASH = Buffer.from('\\');

export const byteaCodec: Codec = {
  type: { key: 'bytea' },
  affinity: 'BLOB',
  input: (text) => (text.startsWith('\\x') ? ofHex(text.slice(2)) : ofEscapes(text)),
  output: (stored) => `\\x${bytesOf(stored).toString('hex')}`,
  toJs: bytesOf,
  fromJs: (value) => (Buffer.isBuffer(value) ? value : undefined),
  checks: (column) => [classCheck(column, 'bytea', 'blob')],
};

function bytesOf(stored: Exclude<Stored, null>): Buffer {
  return Buffer.isBuffer(stored) ? stored : Buffer.from(String(stored));
}

/** White space may stand between the bytes, not within one. */
function ofHex(text: string): Buffer {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    if (/[ \n\t\r]/.test(text.charAt(at))) continue;
    const high = hexDigit(text, at);
    if (++at >= text.length) throw new PgError('22023', 'invalid hexadecimal data: odd number of digits');
    bytes.push(high * 16 + hexDigit(text, at));
  }
  return Buffer.from(bytes);
}

function hexDigit(text: string, at: number): number {
  const digit = Number.parseInt(text.charAt(at), 16);
  if (!Number.isNaN(digit)) return digit;
  throw new PgError('22023', `invalid hexadecimal digit: "${String.fromCodePoint(text.codePointAt(at) ?? 0)}"`);
}

function ofEscapes(text: string): Buffer {
  const parts: Buffer[] = [];
  for (const [part, octal] of text.matchAll(ESCAPE)) {
    if (part === '\\') throw new PgError('22P02', 'invalid input syntax for type bytea');
    if (octal !== undefined) parts.push(Buffer.from([Number.parseInt(octal, 8)]));
    else parts.push(part === '\\\\' ? BACKSLASH : Buffer.from(part));
  }
  return Buffer.concat(parts);
}
