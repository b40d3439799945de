import { PgError } from '../../pg-error.js';
import type { Codec } from '../codec.js';
import type { PgType } from '../pg-type.js';
import { invalidInput } from './invalid-input.js';

const BYTE = '\\s*([0-9a-f]+)';
/** As `%2x` reads: one digit only where no other follows (src/backend/utils/adt/mac.c). */
const PAIR = '\\s*([0-9a-f]{2}|[0-9a-f](?![0-9a-f]))';
/** The ways that PostgreSQL knows to write six bytes. */
const SHAPES = [
  [BYTE, BYTE, BYTE, BYTE, BYTE, BYTE].join(':'),
  [BYTE, BYTE, BYTE, BYTE, BYTE, BYTE].join('-'),
  `${PAIR}${PAIR}${PAIR}:${PAIR}${PAIR}${PAIR}`,
  `${PAIR}${PAIR}${PAIR}-${PAIR}${PAIR}${PAIR}`,
  `${PAIR}${PAIR}\\.${PAIR}${PAIR}\\.${PAIR}${PAIR}`,
  `${PAIR}${PAIR}-${PAIR}${PAIR}-${PAIR}${PAIR}`,
  `${PAIR}${PAIR}${PAIR}${PAIR}${PAIR}${PAIR}`,
].map((shape) => new RegExp(`^${shape}\\s*$`, 'i'));

export function macaddrCodec(type: PgType): Codec {
  return { type, affinity: 'TEXT', input: parseMacaddr, output: String, toJs: String };
}

function parseMacaddr(text: string): string {
  const match = SHAPES.map((shape) => shape.exec(text)).find((found) => found !== null);
  if (!match) throw invalidInput('macaddr', text);
  const bytes = match.slice(1).map((byte) => parseInt(byte, 16));
  if (bytes.some((byte) => byte > 255)) throw new PgError('22003', `invalid octet value in "macaddr" value: "${text}"`);
  return printMac(bytes);
}

export function macaddr8Codec(type: PgType): Codec {
  return { type, affinity: 'TEXT', input: parseMacaddr8, output: String, toJs: String };
}

/** Six or eight pairs of digits; a sign between pairs may be left out, but is the same one everywhere. */
function parseMacaddr8(text: string): string {
  const [, spacer] = /^\s*[0-9a-f]{2}(?:[0-9a-f]{2})*([-:.])/i.exec(text) ?? [];
  const separator = spacer === undefined ? '' : `\\${spacer}?`;
  const isWritten = new RegExp(`^\\s*[0-9a-f]{2}(?:${separator}[0-9a-f]{2})*\\s*$`, 'i').test(text);
  const pairs = isWritten ? (text.match(/[0-9a-f]{2}/gi) ?? []) : [];
  if (pairs.length !== 6 && pairs.length !== 8) throw invalidInput('macaddr8', text);
  const bytes = pairs.map((pair) => parseInt(pair, 16));
  return printMac(bytes.length === 8 ? bytes : [...bytes.slice(0, 3), 0xff, 0xfe, ...bytes.slice(3)]);
}

function printMac(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
