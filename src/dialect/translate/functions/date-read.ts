import { UnsupportedOnFallbackError } from '../../../errors.js';
import { DAY } from '../casts/date-times.js';
import { coerce } from '../coerce.js';
import { refuseOverRows } from '../casts/key-parts.js';
import { layers } from '../operators/interval-sql.js';
import { quoteText } from '../quote.js';
import { raiseAboutSql } from '../raise.js';
import { isText, TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { dateWords } from './date-format-fields.js';
import { type FormatPart, formatParts } from './format-words.js';
import { knownWord } from './known-word.js';
import { refusedSql } from './refusal.js';

/** Fields that are read where they have all their digits. */
const WIDTHS: Readonly<Record<string, number>> = { YYYY: 4, MM: 2, DD: 2, HH24: 2, MI: 2, SS: 2, MS: 3, US: 6, MON: 3 };
const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec';

interface ReadPattern {
  /** What the text must look like. */
  readonly glob: string;
  /** Where each field begins, from 1. */
  readonly starts: ReadonlyMap<string, number>;
}

function readPattern(pattern: string, name: string): ReadPattern {
  const starts = new Map<string, number>();
  let glob = '';
  let at = 1;
  for (const part of partsOf(pattern, name)) {
    const word = part.kind === 'field' ? part.word.toUpperCase() : '';
    const width = part.kind === 'field' ? WIDTHS[word] : part.text.length;
    if (width === undefined || (part.kind === 'field' && (part.suffix !== '' || !part.isFilled || starts.has(word))))
      throw unread(pattern, name);
    if (part.kind === 'field') starts.set(word, at);
    glob += part.kind === 'text' ? part.text.replace(/[[*?]/g, '[$&]') : (word === 'MON' ? '[a-zA-Z]' : '[0-9]').repeat(width);
    at += width;
  }
  if (!starts.has('YYYY') || (starts.has('MM') && starts.has('MON')) || (starts.has('MS') && starts.has('US'))) throw unread(pattern, name);
  return { glob, starts };
}

function partsOf(pattern: string, name: string): readonly FormatPart[] {
  try {
    return formatParts(pattern, dateWords());
  } catch {
    throw unread(pattern, name);
  }
}

function unread(pattern: string, name: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `${name}() with the pattern "${pattern}"`,
    'Use YYYY, MM, Mon, DD, HH24, MI, SS, MS, US and separators, or read the text in the program.',
  );
}

/** A text by a pattern: one that PostgreSQL would read with fewer digits or other separators is refused. */
function readSql(text: string, pattern: string, name: string, hasTime: boolean): string {
  const { glob, starts } = readPattern(pattern, name);
  const digits = (word: string): string => `substr(t, ${starts.get(word) ?? 0}, ${WIDTHS[word] ?? 0})`;
  const number = (word: string): string => (starts.has(word) ? `CAST(${digits(word)} AS INTEGER)` : '0');
  const month = starts.has('MON')
    ? `printf('%02d', (instr('${MONTHS}', lower(${digits('MON')})) + 2) / 3)`
    : starts.has('MM')
      ? digits('MM')
      : `'01'`;
  const isMonth = starts.has('MON') ? ` AND instr('${MONTHS}', lower(${digits('MON')})) % 3 = 1` : '';
  const isWhole = `(t GLOB ${quoteText(glob)} OR t GLOB ${quoteText(`${glob}[^0-9a-zA-Z]*`)})`;
  const isClock = `${number('HH24')} < 24 AND ${number('MI')} < 60 AND ${number('SS')} < 60`;
  const refusal = refusedSql(`A text that does not look like ${pattern} in ${name}()`, 'Read it in the program.');
  const wrong = raiseAboutSql('22008', 'date/time field value out of range: "', 't', '"');
  const micros = `((${number('HH24')} * 60 + ${number('MI')}) * 60 + ${number('SS')}) * 1000000 + ${number('MS')} * 1000 + ${number('US')}`;
  const days = 'unixepoch(day) / 86400';
  const read = layers(
    `SELECT ${text} AS t`,
    `t, iif(${isWhole} AND ${isClock}${isMonth} AND ${digits('YYYY')} > '0000', ${digits('YYYY')} || '-' || ${month} || '-' || ${starts.has('DD') ? digits('DD') : `'01'`}, iif(t IS NULL, NULL, ${refusal})) AS day`,
    `CASE WHEN t IS NULL THEN NULL WHEN date(day) IS day THEN ${hasTime ? `${days} * ${DAY} + ${micros}` : days} ELSE ${wrong} END`,
  );
  return `(${read})`;
}

function reading(name: 'to_date' | 'to_timestamp'): FunctionRule {
  return ([text, pattern, ...more], context) => {
    if (!text || !pattern || more.length > 0) return undefined;
    if (![text, pattern].every(({ type }) => isText(type) || type.key === 'unknown')) return undefined;
    const isDate = name === 'to_date';
    const sql = readSql(textOf(text, context), knownWord(pattern, name, context), name, !isDate);
    return { sql, type: { key: isDate ? 'date' : 'timestamptz' } };
  };
}

function textOf(typed: Typed, context: Translation): string {
  const { sql } = coerce(typed, TEXT, context);
  refuseOverRows(sql);
  return sql;
}

export const rules: Rules = { functions: { to_date: [reading('to_date')], to_timestamp: [reading('to_timestamp')] } };
