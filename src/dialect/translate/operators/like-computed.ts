import { UnsupportedOnFallbackError } from '../../../errors.js';
import { CASED_LETTERS, hasLettersSql, lettersRefused } from '../letters.js';
import { quoteText } from '../quote.js';
import { raiseSql } from '../raise.js';
import { alikeRefused, BROKEN_OFF, longRefused } from '../patterns/like-pattern.js';

/** A GLOB pattern grows by its escapes: this leaves room for the longest that SQLite takes. */
const LONGEST_PATTERN = 16_000;

/** What stands for an escaped escape character, `%` and `_` while the others are replaced. */
const ESCAPED_ESCAPE = '\u0001';
const ESCAPED_PERCENT = '\u0002';
const ESCAPED_UNDERSCORE = '\u0003';
const MARKS = '*[\u0001-\u0003]*';

export interface ComputedLike {
  readonly ignoreCase: boolean;
  /** Empty where there is none. */
  readonly escape: string;
}

/** SQL of a condition: a text matches a LIKE pattern that only the database knows. */
export function computedLike(text: string, pattern: string, { ignoreCase, escape }: ComputedLike): string {
  const folded = ignoreCase ? `lower(${pattern})` : pattern;
  const cases = [
    `WHEN ${text} IS NULL OR ${pattern} IS NULL THEN NULL`,
    `WHEN octet_length(${pattern}) > ${LONGEST_PATTERN} THEN ${refused(longRefused())}`,
    `WHEN octet_length(${pattern}) > length(${pattern}) AND ${pattern} GLOB '*\ufffd*' THEN ${refused(alikeRefused())}`,
    ...(ignoreCase ? [`WHEN ${hasLettersSql(pattern, CASED_LETTERS)} THEN ${refused(lettersRefused())}`] : []),
    ...(escape === '' ? [] : escapedCases(text, folded, escape)),
  ];
  return `CASE ${cases.join(' ')} ELSE ${text} GLOB ${wildcards(folded)} END`;
}

function escapedCases(text: string, pattern: string, escape: string): readonly string[] {
  const pairs = replaced(pattern, escape + escape, ESCAPED_ESCAPE);
  const glob = globWithEscapes(pairs, escape);
  const has = `instr(${pattern}, ${quoteText(escape)})`;
  return [
    `WHEN ${has} AND ${pattern} GLOB ${quoteText(MARKS)} THEN ${refused(marksRefused())}`,
    `WHEN ${has} AND substr(${pairs}, -1) = ${quoteText(escape)} THEN iif(${text} GLOB ${glob} || '?*', ${raiseSql(BROKEN_OFF.code, BROKEN_OFF.message)}, 0)`,
    `WHEN ${has} THEN ${text} GLOB ${glob}`,
  ];
}

function globWithEscapes(pairs: string, escape: string): string {
  const marked = replaced(replaced(pairs, `${escape}%`, ESCAPED_PERCENT), `${escape}_`, ESCAPED_UNDERSCORE);
  const glob = wildcards(replaced(marked, escape, ''));
  return replaced(replaced(replaced(glob, ESCAPED_ESCAPE, escape), ESCAPED_PERCENT, '%'), ESCAPED_UNDERSCORE, '_');
}

/** The GLOB pattern of a LIKE pattern without escapes. */
function wildcards(pattern: string): string {
  const literal = ['[', '*', '?'].reduce((sql, special) => replaced(sql, special, `[${special}]`), pattern);
  return replaced(replaced(literal, '%', '*'), '_', '?');
}

function replaced(sql: string, from: string, to: string): string {
  return `replace(${sql}, ${quoteText(from)}, ${quoteText(to)})`;
}

function refused({ message }: UnsupportedOnFallbackError): string {
  return raiseSql('0A000', message);
}

function marksRefused(): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    'A LIKE pattern that is calculated and has escapes beside control characters',
    'Give the pattern as a parameter.',
  );
}
