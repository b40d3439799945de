import { type CodePoints, charactersOf, codePoints, complement } from './code-points.js';

/** A class with a name: the characters that it has everywhere, and those that it has in some locales. */
export interface NamedSet {
  readonly set: CodePoints;
  readonly unsure: CodePoints;
}

const DIGITS: CodePoints = [[0x30, 0x39]];
const CAPITALS: CodePoints = [[0x41, 0x5a]];
const SMALL: CodePoints = [[0x61, 0x7a]];
const FIRST_DIGIT = 0x660;
const LAST_DIGIT = 0x1fbf9;
const BEYOND_ASCII: CodePoints = [[0x80, 0x10ffff]];

function ofLetters(...sets: readonly CodePoints[]): NamedSet {
  return { set: codePoints(...sets.flat()), unsure: BEYOND_ASCII };
}

/** What `isspace` of the C locale knows, and what others add. */
const SPACE: NamedSet = {
  set: codePoints([0x09, 0x0d], [0x20, 0x20]),
  unsure: codePoints(...charactersOf('\u0085\u00a0\u1680\u180e\u202f\u205f\u3000\ufeff'), [0x2000, 0x200b], [0x2028, 0x2029]),
};

let otherDigits: CodePoints | undefined;

/** The digits of other scripts, which ICU's locales know as digits, too; looked for when they are first asked about. They come in tens. */
function digitsOfScripts(): CodePoints {
  const pairs = Array.from({ length: (LAST_DIGIT - FIRST_DIGIT) / 2 + 1 }, (_, index) => FIRST_DIGIT + 2 * index);
  const digits = pairs.filter((code) => /\p{Nd}/u.test(String.fromCodePoint(code)));
  return codePoints(...digits.map((code): [number, number] => [code, code + 1]));
}

/** PostgreSQL's `[:name:]`. */
const NAMED_SETS: ReadonlyMap<string, () => NamedSet> = new Map([
  ['alpha', () => ofLetters(CAPITALS, SMALL)],
  ['upper', () => ofLetters(CAPITALS)],
  ['lower', () => ofLetters(SMALL)],
  ['alnum', () => ofLetters(CAPITALS, SMALL, DIGITS)],
  ['word', () => ofLetters(CAPITALS, SMALL, DIGITS, charactersOf('_'))],
  ['punct', () => ofLetters([[0x21, 0x2f]], [[0x3a, 0x40]], [[0x5b, 0x60]], [[0x7b, 0x7e]])],
  ['digit', () => ({ set: DIGITS, unsure: (otherDigits ??= digitsOfScripts()) })],
  ['xdigit', () => ({ set: codePoints(...DIGITS, [0x41, 0x46], [0x61, 0x66]), unsure: [] })],
  ['space', () => SPACE],
]);

export function namedSet(name: string): NamedSet | undefined {
  return NAMED_SETS.get(name)?.();
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['d', 'digit'],
  ['s', 'space'],
  ['w', 'word'],
]);

/** `\d`, `\s` and `\w` and their opposites. */
export function setOfEscape(letter: string): NamedSet | undefined {
  const found = namedSet(ESCAPES.get(letter.toLowerCase()) ?? '');
  if (!found || letter === letter.toLowerCase()) return found;
  return { set: complement(found.set), unsure: found.unsure };
}

const CONTROL: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  B: '\\',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The one character that a backslash and this one stand for; `undefined` of letters with another meaning. */
export function characterOfEscape(character: string): string | undefined {
  return CONTROL[character] ?? (/^[a-zA-Z0-9]$/.test(character) ? undefined : character);
}
