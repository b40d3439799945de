import { UnsupportedOnFallbackError } from '../../../errors.js';

/** What a pattern of to_char(number) consists of. */
export type NumberPart = { readonly kind: '9' | '0' | '.' | ',' } | { readonly kind: 'text'; readonly text: string };

export interface NumberPattern {
  readonly parts: readonly NumberPart[];
  /** FM: nothing is filled up. */
  readonly isBare: boolean;
  /** Places before and behind the point. */
  readonly whole: number;
  readonly decimals: number;
  /** Where the first 0 before the point stands, from 0. */
  readonly zeroFrom: number | undefined;
  /** How many places there are up to the last 0. */
  readonly zeroTo: number;
  readonly hasPoint: boolean;
}

/** Words that go by the locale or write the number another way. */
const OTHER_WORDS = /^(?:EEEE|MI|PL|PR|RN|SG|SP|TH|[BCDGLSV])/i;

/** @throws UnsupportedOnFallbackError for all but 9, 0, point, comma, FM and texts */
export function numberPattern(pattern: string): NumberPattern {
  const parts: NumberPart[] = [];
  let isBare = false;
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at);
    const isFm = /^(?:FM|fm)/.test(rest);
    const { part, length } = isFm ? { part: undefined, length: 2 } : partAt(rest, pattern);
    isBare ||= isFm;
    if (part) parts.push(part);
    at += length;
  }
  return { parts, isBare, ...places(parts, pattern) };
}

function partAt(rest: string, pattern: string): { part: NumberPart; length: number } {
  const kind = rest.charAt(0);
  if (kind === '9' || kind === '0' || kind === '.' || kind === ',') return { part: { kind }, length: 1 };
  if (OTHER_WORDS.test(rest)) throw unknownPattern(pattern);
  const quoted = /^"((?:[^"\\]|\\.|\\$)*)"?/s.exec(rest);
  if (quoted) return { part: { kind: 'text', text: (quoted[1] ?? '').replace(/\\(.)/gs, '$1') }, length: quoted[0].length };
  const escape = rest.startsWith('\\"') ? 1 : 0;
  const text = String.fromCodePoint(rest.codePointAt(escape) ?? 0);
  return { part: { kind: 'text', text }, length: escape + text.length };
}

function places(parts: readonly NumberPart[], pattern: string): Omit<NumberPattern, 'parts' | 'isBare'> {
  const kinds = parts.map(({ kind }) => kind).filter((kind) => kind !== 'text' && kind !== ',');
  const point = kinds.indexOf('.');
  if (kinds.lastIndexOf('.') !== point) throw unknownPattern(pattern);
  const digits = kinds.filter((kind) => kind !== '.');
  const whole = point < 0 ? digits.length : point;
  if (point >= 0 && digits.length === whole) throw unknownPattern(pattern);
  const firstZero = digits.slice(0, whole).indexOf('0');
  return {
    whole,
    decimals: digits.length - whole,
    zeroFrom: firstZero < 0 ? undefined : firstZero,
    zeroTo: digits.lastIndexOf('0') + 1,
    hasPoint: point >= 0,
  };
}

function unknownPattern(pattern: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `to_char() of a number with the pattern "${pattern}"`,
    'Use 9, 0, a point, commas and FM, or format in the program.',
  );
}
