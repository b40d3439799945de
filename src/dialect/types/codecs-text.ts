import { PgError } from '../pg-error.js';
import { check, classCheck } from './checks.js';
import type { Codec } from './codec.js';
import { COMPARAND } from './numeric.js';
import type { PgType } from './pg-type.js';

const NUL = '\u0000';
/** PostgreSQL's names are cut to so many bytes. */
const NAME_BYTES = 63;

const plain = {
  affinity: 'TEXT',
  output: String,
  toJs: String,
  fromJs: (value: unknown) => (typeof value === 'string' && !value.includes(NUL) ? value : undefined),
} as const;

export const textCodec: Codec = { ...plain, type: { key: 'text' }, input: withoutNul, checks: textChecks };
export const citextCodec: Codec = { ...textCodec, type: { key: 'citext' }, affinity: 'TEXT COLLATE NOCASE' };

/** Only the fallback's own answers have it: results of functions whose type PostgreSQL leaves open, which are read as text. */
export const unknownCodec: Codec = { ...textCodec, type: { key: 'unknown' } };

export const nameCodec: Codec = {
  ...plain,
  type: { key: 'name' },
  input: (text) => cutToBytes(withoutNul(text), NAME_BYTES),
  fromJs: (value) => (typeof value === 'string' && value.length * 3 <= NAME_BYTES ? plain.fromJs(value) : undefined),
  checks: textChecks,
};

export function varcharCodec(type: PgType): Codec {
  const [length] = type.modifiers ?? [];
  if (typeof length !== 'number') return { ...textCodec, type };
  return {
    ...plain,
    type,
    input: (text) => withoutExtraBlanks(withoutNul(text), length, 'character varying'),
    fromJs: (value) => (typeof value === 'string' && value.length <= length ? plain.fromJs(value) : undefined),
    checks: (column) => [
      ...textChecks(column),
      check(column, '22001', `value too long for type character varying(${length})`, `length(${column}) <= ${length}`),
    ],
  };
}

/** `char(n)`: filled up with blanks, which count for nothing in comparisons. A comparand is filled up too, and never too long. */
export function bpcharCodec(type: PgType): Codec {
  const [first, second] = type.modifiers ?? [];
  if (first === COMPARAND) return { ...plain, type, input: comparandInput(Number(second)), fromJs: () => undefined };
  if (typeof first !== 'number') return { ...textCodec, type, orderKey: (sql) => `rtrim(${sql}, ' ')` };
  return {
    ...plain,
    type,
    input: (text) => padded(withoutExtraBlanks(withoutNul(text), first, 'character'), first),
    fromJs: () => undefined,
    checks: (column) => [
      ...textChecks(column),
      check(column, '22001', `value too long for type character(${first})`, `length(${column}) = ${first}`),
    ],
  };
}

function comparandInput(length: number): (text: string) => string {
  return (text) => padded(withoutNul(text).replace(/ +$/, ''), length);
}

function textChecks(column: string) {
  return [
    classCheck(column, 'text', 'text'),
    check(column, '22021', 'invalid byte sequence for encoding "UTF8": 0x00', `instr(${column}, char(0)) = 0`),
  ];
}

function withoutNul(text: string): string {
  if (text.includes(NUL)) throw new PgError('22021', 'invalid byte sequence for encoding "UTF8": 0x00');
  return text;
}

/** Only blanks may be too many: they are cut off. Lengths count characters, as PostgreSQL does, not UTF-16 units. */
function withoutExtraBlanks(text: string, length: number, typeName: string): string {
  if (text.length <= length) return text;
  const characters = Array.from(text);
  if (characters.length <= length) return text;
  if (characters.slice(length).some((character) => character !== ' ')) {
    throw new PgError('22001', `value too long for type ${typeName}(${length})`);
  }
  return characters.slice(0, length).join('');
}

function padded(text: string, length: number): string {
  return text + ' '.repeat(Math.max(0, length - Array.from(text).length));
}

function cutToBytes(text: string, most: number): string {
  let bytes = 0;
  let cut = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > most) break;
    cut += character;
  }
  return cut;
}
