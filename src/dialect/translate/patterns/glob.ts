import { type CodePoints, charactersOf, complement, intersection, isAll } from './code-points.js';

/** A pattern of SQLite's GLOB: one character of a set, or any text. */
export type Glob = readonly (CodePoints | typeof ANY_TEXT)[];

export const ANY_TEXT = 'any text';

/** How GLOB writes it. */
export function globText(glob: Glob): string {
  return glob
    .map((part) => (part === ANY_TEXT ? '*' : characterText(part)))
    .join('')
    .replace(/\*{2,}/g, '*');
}

/** A class that names the fewer characters. */
function characterText(set: CodePoints): string {
  if (isAll(set)) return '?';
  const [range, ...more] = set;
  if (range && more.length === 0 && range[0] === range[1]) return globLiteral(String.fromCodePoint(range[0]));
  const others = complement(set);
  return others.length < set.length ? classText('^', others) : classText('', set);
}

/** `]` stands for itself where it is the first, `^` where it is not, and `-` where it is the last. */
function classText(negation: string, set: CodePoints): string {
  const special = charactersOf(']^-');
  const [bracket, caret, dash] = [']', '^', '-'].map((mark) => (intersection(set, charactersOf(mark)).length > 0 ? mark : ''));
  const ranges = intersection(set, complement(special)).map(rangeText).join('');
  if (negation === '' && bracket === '' && ranges === '') return `[${dash}${caret}]`;
  return `[${negation}${bracket}${ranges}${caret}${dash}]`;
}

function rangeText([from, to]: readonly [number, number]): string {
  const [first, last] = [String.fromCodePoint(from), String.fromCodePoint(to)];
  if (from === to) return first;
  return to === from + 1 ? first + last : `${first}-${last}`;
}

/** A text that stands for itself in GLOB. */
export function globLiteral(text: string): string {
  return text.replace(/[*?[]/g, '[$&]');
}

/** GLOB reads these three characters as one: U+FFFD, U+FFFE and U+FFFF (src/utf.c of SQLite). */
export const ALIKE: CodePoints = [[0xfffd, 0xffff]];
