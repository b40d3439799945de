import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import { charactersOf, intersection } from './code-points.js';
import { ALIKE, globLiteral } from './glob.js';

/** A part of a LIKE pattern: text, or what matches any. */
type Part = { readonly literal: string } | 'any character' | 'any text' | 'broken off';

/** LIKE's own escape character; an empty one is none. */
export const BACKSLASH = '\\';

/** SQLITE_MAX_LIKE_PATTERN_LENGTH, in bytes. */
const LONGEST_GLOB = 50_000;

/** What PostgreSQL says of a pattern that ends with an escape character, as soon as a text matches all before it and goes on. */
export const BROKEN_OFF = { code: '22025', message: 'LIKE pattern must not end with escape character' } as const;

function partsOf(pattern: string, escape: string): Part[] {
  const characters = Array.from(pattern);
  const parts: Part[] = [];
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] ?? '';
    if (character === escape) {
      const escaped = characters[++index];
      parts.push(escaped === undefined ? 'broken off' : { literal: escaped });
    } else parts.push(character === '%' ? 'any text' : character === '_' ? 'any character' : { literal: character });
  }
  return parts;
}

/** The GLOB pattern that matches the same texts; of a pattern that is broken off, those of which PostgreSQL says so. */
export function globOfLike(pattern: string, escape: string): string {
  return readableGlob(pattern, partsOf(pattern, escape).map(globOf).join(''));
}

export function isBrokenOff(pattern: string, escape: string): boolean {
  return partsOf(pattern, escape).at(-1) === 'broken off';
}

function globOf(part: Part): string {
  if (part === 'any text') return '*';
  if (part === 'broken off') return '?*';
  return part === 'any character' ? '?' : globLiteral(part.literal);
}

/** The GLOB pattern of all texts that begin with this one. */
export function globOfStart(start: string): string {
  return readableGlob(start, `${globLiteral(start)}*`);
}

/** @throws PgError, UnsupportedOnFallbackError for what SQLite can't read as PostgreSQL does */
function readableGlob(given: string, glob: string): string {
  if (given.includes('\0')) throw new PgError('22021', 'invalid byte sequence for encoding "UTF8": 0x00');
  if (intersection(charactersOf(given), ALIKE).length > 0) throw alikeRefused();
  if (Buffer.byteLength(glob) > LONGEST_GLOB) throw longRefused();
  return glob;
}

export function alikeRefused(): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    'A pattern with the character U+FFFD, U+FFFE or U+FFFF',
    'SQLite takes them for one another: match in the program.',
  );
}

export function longRefused(): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    'A pattern of many thousand characters',
    'Compare with `=`, or look for a shorter part of the text.',
  );
}

/** @throws PgError 22025 */
export function checkedEscape(escape: string): string {
  if (Array.from(escape).length <= 1) return escape;
  throw new PgError('22025', 'invalid escape string', { hint: 'Escape string must be empty or one character.' });
}
