import { UnsupportedOnFallbackError } from '../../errors.js';
import { raiseSql } from './raise.js';
import { repeated } from './repeated.js';

/*
 * SQLite's lower, upper and NOCASE know the letters A to Z alone. These are the others that PostgreSQL's would change, as character
 * classes of GLOB.
 */

type Change = (character: string) => string;

const lowerCased: Change = (character) => character.toLowerCase();
const upperCased: Change = (character) => character.toUpperCase();

/** The last code point that has two cases. */
const LAST = 0x1e943;
const FIRST = 0x80;

/** Alternating letters (Ā, ā, Ă) are one range: their class would be too long to look through. */
const GAP = 2;

function changedLetters(changes: readonly Change[]): (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (let code = FIRST; code <= LAST; code++) {
    const character = String.fromCodePoint(code);
    if (changes.every((change) => change(character) === character)) continue;
    const last = ranges.at(-1);
    if (last && code - last[1] <= GAP) last[1] = code;
    else ranges.push([code, code]);
  }
  return ranges;
}

function globClass(ranges: readonly (readonly [number, number])[]): string {
  const parts = ranges.map(([from, to]) =>
    from === to ? String.fromCodePoint(from) : `${String.fromCodePoint(from)}-${String.fromCodePoint(to)}`,
  );
  return `*[${parts.join('')}]*`;
}

/** A set of letters. */
export interface Letters {
  /** A GLOB pattern that finds one of them. */
  readonly pattern: string;
  has(text: string): boolean;
}

function letters(...changes: readonly Change[]): Letters {
  const ranges = changedLetters(changes);
  const isOne = (code: number): boolean => ranges.some(([from, to]) => code >= from && code <= to);
  return { pattern: globClass(ranges), has: (text) => Array.from(text).some((character) => isOne(character.codePointAt(0) ?? 0)) };
}

/** Capital letters beyond ASCII. */
export const CAPITALS = letters(lowerCased);
/** Small letters beyond ASCII that have a capital. */
export const SMALL_LETTERS = letters(upperCased);
/** Letters beyond ASCII that have two cases. */
export const CASED_LETTERS = letters(lowerCased, upperCased);

/** SQL: whether a text has one of the letters. Most texts are ASCII, and that is seen quickly. */
export function hasLettersSql(sql: string, { pattern }: Letters): string {
  return `(octet_length(${sql}) > length(${sql}) AND ${sql} GLOB '${pattern}')`;
}

export function lettersRefused(): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    'A comparison without regard to case of letters outside ASCII',
    'Use LIKE, or compare with a column that the program keeps in lower case.',
  );
}

/** The capitals beyond ASCII whose small letter is in some locales one of ASCII: the dotted I and the sign of Kelvin. */
const TO_ASCII = '\u0130\u212a';

/** What a text with them may be in small letters: by Unicode's simple and full mappings. */
const SMALL_FORMS = ['i', 'i\u0307'];

/** SQL: a test of a text in small letters, refused for a text of which it would depend on the locale. */
export function sureOfCase(text: string, test: (lowered: string) => string): string {
  return repeated([text], (given = '') => {
    const plain = test(`lower(${given})`);
    const others = SMALL_FORMS.map((small) => test(`lower(replace(replace(${given}, '\u0130', '${small}'), '\u212a', 'k'))`));
    const isSure = others.map((other) => `${plain} IS ${other}`).join(' AND ');
    const checked = `CASE WHEN ${isSure} THEN ${plain} ELSE ${raiseSql('0A000', lettersRefused().message)} END`;
    return `CASE WHEN octet_length(${given}) > length(${given}) AND ${given} GLOB '*[${TO_ASCII}]*' THEN ${checked} ELSE ${plain} END`;
  });
}
