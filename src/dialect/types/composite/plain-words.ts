import { UnsupportedOnFallbackError } from '../../../errors.js';

/** What PostgreSQL's parser of texts takes for blanks, whatever stands beside it: not the characters of hosts, files, addresses, tags and numbers. */
const OTHER_THAN_WORDS = /[^A-Za-z0-9 \t\r\n,;!?()"':*|[\]{}`$^%#=_]/;
/** Read as a number and a word. */
const NUMBER_AND_WORD = /^\d+e\d+[a-z]/;
const MOST_LETTERS = 2000;

/**
 * The words of a text as PostgreSQL's default parser and the configuration "simple" find them, for texts of which that is sure: words of ASCII letters
 * and digits (src/backend/tsearch/wparser_def.c knows many other kinds).
 * @throws UnsupportedOnFallbackError
 */
export function plainWords(text: string): readonly string[] {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  if (OTHER_THAN_WORDS.test(text) || words.some((word) => NUMBER_AND_WORD.test(word) || word.length > MOST_LETTERS)) {
    throw new UnsupportedOnFallbackError(
      'Text search in a text of more than words of ASCII letters and digits',
      'Leave out its other characters, or write the lexemes: cast a text to tsvector or tsquery.',
    );
  }
  return words;
}
