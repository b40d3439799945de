import { UnsupportedOnFallbackError } from '../../../errors.js';
import { quoteText } from '../quote.js';
import { repeated } from '../repeated.js';
import { type DateField, DATE_FIELDS, dateWords, ordinal } from './date-format-fields.js';
import { INTERVAL_FIELDS } from './date-format-interval.js';
import { type FormatPart, formatParts, UnreadPattern } from './format-words.js';
import { layers, partsQuery } from '../operators/interval-sql.js';

/** Which clock a pattern is written for. */
export type Written = 'timestamp' | 'timestamptz';

/** `to_char(timestamp, pattern)`. @throws UnsupportedOnFallbackError for the words TM, SP, J and the like */
export function formatted(sql: string, pattern: string, written: Written): string {
  const parts = partsOf(pattern);
  if (parts.length === 0) return `CAST(NULL AS TEXT)`;
  const fieldOf = (word: string) => (word.toUpperCase() === 'TZ' && written === 'timestamp' ? { text: () => "''" } : DATE_FIELDS.get(word));
  return repeated([sql], (x = '') => {
    const text = parts.map((part) => partSql(part, fieldOf, x, pattern)).join(' || ');
    return `iif(${x} IS NULL OR abs(${x}) = 9223372036854775807, NULL, ${text})`;
  });
}

/** `to_char(interval, pattern)`: hours go beyond a day. */
export function formattedInterval(interval: string, pattern: string): string {
  const parts = partsOf(pattern);
  if (parts.length === 0) return `CAST(NULL AS TEXT)`;
  const text = parts.map((part) => partSql(part, (word) => INTERVAL_FIELDS.get(word), '', pattern)).join(' || ');
  return `(${layers(partsQuery(interval), `iif(m IS NULL, NULL, ${text})`)})`;
}

function partsOf(pattern: string): readonly FormatPart[] {
  try {
    return formatParts(pattern, dateWords());
  } catch (error) {
    if (error instanceof UnreadPattern) throw unknownPattern(pattern);
    throw error;
  }
}

function partSql(part: FormatPart, fieldOf: (word: string) => DateField | undefined, x: string, pattern: string): string {
  if (part.kind === 'text') return quoteText(part.text);
  const field = fieldOf(part.word);
  if (!field) throw unknownPattern(pattern);
  if ('text' in field) {
    if (part.suffix !== '') throw unknownPattern(pattern);
    return field.text(x, part.isFilled);
  }
  const number = `printf('%0${part.isFilled ? field.width : 0}d', ${field.number(x)})`;
  return part.suffix === '' ? number : ordinal(number, part.suffix);
}

function unknownPattern(pattern: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `to_char() with the pattern "${pattern}"`,
    'Use YYYY, MM, DD, HH24, MI, SS, MS and separators, or format in the program.',
  );
}
