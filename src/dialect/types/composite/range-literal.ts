import { PgError } from '../../pg-error.js';

/** A range as its text gives it: an absent bound is null. */
export interface RangeText {
  readonly lower: string | null;
  readonly upper: string | null;
  readonly lowerInclusive: boolean;
  readonly upperInclusive: boolean;
}

/** Reads PostgreSQL's range literals, as its `range_in` does. @throws PgError 22P02 */
export function parseRange(text: string): RangeText | 'empty' {
  const start = text.length - text.trimStart().length;
  if (text.slice(start, start + 5).toLowerCase() === 'empty') {
    if (text.slice(start + 5).trim() !== '') throw malformed(text, 'Junk after "empty" key word.');
    return 'empty';
  }
  const opening = text[start];
  if (opening !== '[' && opening !== '(') throw malformed(text, 'Missing left parenthesis or bracket.');
  const lower = readBound(text, start + 1);
  if (text[lower.end] !== ',') throw malformed(text, 'Missing comma after lower bound.');
  const upper = readBound(text, lower.end + 1);
  if (text[upper.end] === ',') throw malformed(text, 'Too many commas.');
  if (text.slice(upper.end + 1).trim() !== '') throw malformed(text, 'Junk after right parenthesis or bracket.');
  return { lower: lower.bound, upper: upper.bound, lowerInclusive: opening === '[', upperInclusive: text[upper.end] === ']' };
}

function readBound(text: string, start: number): { readonly bound: string | null; readonly end: number } {
  let bound = '';
  let isQuoted = false;
  let position = start;
  for (; isQuoted || !',)]'.includes(text[position] ?? '?'); position++) {
    const character = text[position];
    if (character === undefined) throw endedEarly(text);
    if (character === '\\') {
      const escaped = text[++position];
      if (escaped === undefined) throw endedEarly(text);
      bound += escaped;
    } else if (character !== '"') {
      bound += character;
    } else if (isQuoted && text[position + 1] === '"') {
      bound += text[++position] ?? '';
    } else {
      isQuoted = !isQuoted;
    }
  }
  return { bound: position === start ? null : bound, end: position };
}

function malformed(text: string, detail: string): PgError {
  return new PgError('22P02', `malformed range literal: "${text}"`, { detail });
}

function endedEarly(text: string): PgError {
  return malformed(text, 'Unexpected end of input.');
}

/** Writes a range as PostgreSQL's `range_out` does. */
export function printRange({ lower, upper, lowerInclusive, upperInclusive }: RangeText): string {
  return `${lowerInclusive ? '[' : '('}${printBound(lower)},${printBound(upper)}${upperInclusive ? ']' : ')'}`;
}

function printBound(bound: string | null): string {
  if (bound === null) return '';
  return bound === '' || /["\\()[\],\s]/.test(bound) ? `"${bound.replace(/["\\]/g, '$&$&')}"` : bound;
}
