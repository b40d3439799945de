import { PgError } from '../pg-error.js';
import { errorAt } from './syntax-error.js';

/** How a string is written: '…', N'…' (`prefixed`), E'…', U&'…', B'…' and X'…', $tag$…$tag$. */
export type StringStyle = 'plain' | 'prefixed' | 'escapes' | 'unicode' | 'bits' | 'dollar';

/** PostgreSQL's NAMEDATALEN - 1: longer names are cut. */
const MAX_NAME_BYTES = 63;

/** Folds A-Z alone, as PostgreSQL does in UTF-8. */
export function identifierValue(source: string): string {
  return clipped(source.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()));
}

/** A number in decimal digits: `1_000` is 1000, `0x1F` 31. */
export function numberValue(source: string): string {
  if (/^[\d.]*$/.test(source)) return source;
  const plain = source.replaceAll('_', '');
  return /^0[xob]/i.test(plain) ? String(BigInt(plain)) : plain;
}

export function quotedIdentifierValue(source: string, unicodeEscape: string | undefined, start: number): string {
  if (unicodeEscape !== undefined) {
    const inner = source.slice(3, source.lastIndexOf('"', source.includes("'") ? source.lastIndexOf("'") : undefined));
    return clipped(withoutUnicodeEscapes(inner.replaceAll('""', '"'), unicodeEscape, start));
  }
  const quote = source.charAt(0);
  const inner = source.slice(1, -1);
  return clipped(inner.includes(quote) ? inner.replaceAll(quote + quote, quote) : inner);
}

function clipped(name: string): string {
  // A character has at most 3 bytes for each UTF-16 unit.
  if (name.length * 3 <= MAX_NAME_BYTES || Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  let bytes = 0;
  let result = '';
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_NAME_BYTES) break;
    result += character;
  }
  return result;
}

/** The text that a string literal stands for. Bits keep their letter in front: `b01`, `x1F`, as PostgreSQL hands them to its type. */
export function stringValue(source: string, style: StringStyle, unicodeEscape: string, start: number): string {
  switch (style) {
    case 'dollar': {
      const tag = source.slice(0, source.indexOf('$', 1) + 1);
      return source.slice(tag.length, -tag.length);
    }
    case 'escapes':
      return withoutEscapes(joinedPieces(source.slice(1), true), start);
    case 'unicode':
      return withoutUnicodeEscapes(joinedPieces(source.slice(2), false), unicodeEscape, start);
    case 'bits':
      return source.charAt(0).toLowerCase() + joinedPieces(source.slice(1), false);
    case 'prefixed':
      return joinedPieces(source.slice(1), false);
    default:
      return joinedPieces(source, false);
  }
}

const PIECE = /'((?:[^']|'')*)'(?:\s|--[^\n\r]*)*/y;
const PIECE_WITH_ESCAPES = /'((?:[^'\\]|''|\\[^])*)'(?:\s|--[^\n\r]*)*/y;

/** The insides of the pieces of a string, quotes undoubled. */
function joinedPieces(source: string, escapes: boolean): string {
  const piece = escapes ? PIECE_WITH_ESCAPES : PIECE;
  piece.lastIndex = 0;
  let result = '';
  for (let found = piece.exec(source); found !== null; found = piece.exec(source)) result += found[1] ?? '';
  return escapes ? result.replace(/\\[^]|''/g, (found) => (found === "''" ? "'" : found)) : result.replaceAll("''", "'");
}

const CONTROL: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const ESCAPES = /(?:\\(?:[0-7]{1,3}|x[0-9A-Fa-f]{1,2}))+|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\[^]/g;
const BYTE = /\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2}))/g;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function withoutEscapes(text: string, start: number): string {
  return text.includes('\\')
    ? wellFormed(
        text.replace(ESCAPES, (escape) => unescaped(escape, start)),
        start,
      )
    : text;
}

function unescaped(escape: string, start: number): string {
  const letter = escape.charAt(1);
  if (/[0-7]/.test(letter) || (letter === 'x' && escape.length > 2)) return decodedBytes(escape);
  if (letter !== 'u' && letter !== 'U') return CONTROL[letter] ?? letter;
  if (escape.length === 2) throw invalidEscape(start, 'Unicode escapes must be \\uXXXX or \\UXXXXXXXX.');
  return fromCode(escape.slice(2), start);
}

/** Octal and hexadecimal escapes are bytes of UTF-8. */
function decodedBytes(escapes: string): string {
  const bytes = [...escapes.matchAll(BYTE)].map(([, octal, hex]) =>
    octal === undefined ? parseInt(hex ?? '', 16) : parseInt(octal, 8) & 255,
  );
  const nul = bytes.indexOf(0);
  const invalid = (hex: string) => new PgError('22021', `invalid byte sequence for encoding "UTF8": ${hex}`);
  if (nul >= 0) throw invalid('0x00');
  try {
    return UTF8.decode(Uint8Array.from(bytes));
  } catch {
    throw invalid(bytes.map((byte) => `0x${byte.toString(16)}`).join(' '));
  }
}

function withoutUnicodeEscapes(text: string, escape: string, start: number): string {
  if (!text.includes(escape)) return text;
  let result = '';
  for (let at = 0; at < text.length; ) {
    if (text.charAt(at) !== escape) {
      result += text.charAt(at++);
    } else if (text.charAt(at + 1) === escape) {
      result += escape;
      at += 2;
    } else {
      const found = /^(?:\+([0-9A-Fa-f]{6})|([0-9A-Fa-f]{4}))/.exec(text.slice(at + 1, at + 8));
      if (found === null) throw invalidEscape(start, 'Unicode escapes must be \\XXXX or \\+XXXXXX.');
      result += fromCode(found[1] ?? found[2] ?? '', start);
      at += 1 + found[0].length;
    }
  }
  return wellFormed(result, start);
}

function fromCode(hex: string, start: number): string {
  const code = parseInt(hex, 16);
  if (code === 0 || code > 0x10ffff) throw errorAt('42601', 'invalid Unicode escape value', start);
  return String.fromCodePoint(code);
}

function wellFormed(text: string, start: number): string {
  if (/\p{Surrogate}/u.test(text)) throw errorAt('42601', 'invalid Unicode surrogate pair', start);
  return text;
}

function invalidEscape(start: number, hint: string): PgError {
  return Object.assign(new PgError('22025', 'invalid Unicode escape', { hint }), { position: String(start + 1) });
}
