import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import { type CivilDate, daysInMonth, daysOf, MICROS_PER_DAY, roundHalfEven } from './calendar.js';
import { trimSpace } from './decimal.js';

/** What a text says, before a type takes of it what it needs. */
export interface DateTimeInput {
  /** Since 1970-01-01. */
  readonly days: number;
  /** Of the day; up to and with its end. Undefined where only a date is given. */
  readonly micros: number | undefined;
  /** East of Greenwich. */
  readonly offsetSeconds: number | undefined;
}

export type SpecialDate = 'infinity' | '-infinity' | 'epoch' | 'now' | 'today' | 'tomorrow' | 'yesterday';

const SPECIAL = /^(?:([+-]?infinity)|(epoch|now|today|tomorrow|yesterday))$/i;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH =
  '(?<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const WEEKDAY = '(?:(?:sun|mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?)(?:day)?\\.?,?\\s+)?';
const ERA = '(?:\\s+(?<era>ad|bc))?';
/** In the order they are tried. DateStyle is ISO, MDY. */
const DATES = [
  '(?<year>\\d{3,})[-/](?<month>\\d{1,2})[-/](?<day>\\d{1,2})',
  '(?<month>\\d{1,2})[-/](?<day>\\d{1,2})[-/](?<year>\\d+)',
  '(?<year>\\d{4})(?<month>\\d{2})(?<day>\\d{2})',
  `(?<year>\\d{4,})-${MONTH}-(?<day>\\d{1,2})`,
  `${WEEKDAY}(?<day>\\d{1,2})[- ]${MONTH}[- ,]\\s*(?<year>\\d{3,})`,
  `${WEEKDAY}${MONTH}\\s+(?<day>\\d{1,2}),?\\s+(?<year>\\d{3,})`,
];
const TIME = '(?<hour>\\d{1,2}):(?<minute>\\d{1,2})(?::(?<second>\\d{1,2})(?<fraction>\\.\\d*)?)?(?:\\s*(?<half>am|pm)(?=\\s|$))?';
const ZONE = '(?:\\s*(?<zone>z|utc|gmt|ut|[+-]\\d{1,4}(?::\\d{2}){0,2}))?';
const PATTERNS = DATES.map((date) => new RegExp(`^${date}(?:(?:\\s+|t)${TIME}${ZONE})?${ERA}$`, 'i'));
const TIME_ONLY = new RegExp(`^t?${TIME}${ZONE}$`, 'i');

type Groups = Readonly<Record<string, string | undefined>>;

/** Reads a text of a type called `typeName`. @throws PgError 22007, 22008, 22009; UnsupportedOnFallbackError for forms that only PostgreSQL reads. */
export function parseDateTime(text: string, typeName: string): DateTimeInput | SpecialDate {
  const trimmed = trimSpace(text);
  const special = SPECIAL.exec(trimmed);
  if (special) return trimmed.toLowerCase().replace('+', '') as SpecialDate;
  for (const pattern of PATTERNS) {
    const groups = pattern.exec(trimmed)?.groups;
    if (groups) return { days: daysOf(dateOf(groups, text)), ...clockOf(groups, text) };
  }
  const timeAlone = TIME_ONLY.exec(trimmed)?.groups;
  if (!timeAlone) throw unread(text, typeName);
  clockOf(timeAlone, text);
  throw invalidSyntax(text, typeName);
}

/** Reads a time of day without a date, in microseconds; a zone says nothing to the type `time`. @throws as `parseDateTime` */
export function parseTime(text: string): number {
  const groups = TIME_ONLY.exec(trimSpace(text))?.groups;
  if (groups) return clockOf(groups, text).micros ?? 0;
  if (SPECIAL.test(trimSpace(text)) || /^\s*\d{3,}-\d{1,2}-\d{1,2}\s*$/.test(text)) throw invalidSyntax(text, 'time');
  throw unread(text, 'time');
}

export function invalidSyntax(text: string, typeName: string): PgError {
  return new PgError('22007', `invalid input syntax for type ${typeName}: "${text}"`);
}

export function fieldOutOfRange(text: string, hint?: string): PgError {
  return new PgError('22008', `date/time field value out of range: "${text}"`, hint === undefined ? {} : { hint });
}

/** The words of PostgreSQL's own tables that a text may hold besides zone names. */
const WORDS = new Set(
  (
    `${MONTHS.join(' ')} january february march april june july august sept september october november december sun sunday mon monday tue tues tuesday wed ` +
    'wednesday weds thu thur thurs thursday fri friday sat saturday ad bc am pm allballs at on d dow doy dst h isodow isoyear j jd julian m mm s t y z zulu'
  ).split(' '),
);

/** A text that no date can be is refused as PostgreSQL does; another one may mean something to PostgreSQL. */
function unread(text: string, typeName: string): Error {
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  const mayBeZone = /:\d\d.*[a-z/]/i.test(text);
  const isForeign = words.some((word) => !WORDS.has(word) && !(mayBeZone && word.length <= 5) && !text.includes('/'));
  if (!/\d/.test(text) || isForeign) return invalidSyntax(text, typeName);
  return new UnsupportedOnFallbackError(`The ${typeName} "${text}"`, 'Write it as 2020-01-31 10:20:30.123+00.');
}

function dateOf(groups: Groups, text: string): CivilDate {
  const { year: yearText = '', month: monthText, day: dayText, name, era } = groups;
  const month = name === undefined ? Number(monthText) : MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
  const day = Number(dayText);
  const isBc = era?.toLowerCase() === 'bc';
  const shown = yearText.length <= 2 && !isBc ? inCentury(Number(yearText)) : Number(yearText);
  if (shown === 0) throw fieldOutOfRange(text);
  if (month < 1 || month > 12 || day < 1 || day > 31) throw fieldOutOfRange(text, 'Perhaps you need a different "datestyle" setting.');
  const year = isBc ? 1 - shown : shown;
  if (day > daysInMonth(year, month)) throw fieldOutOfRange(text);
  return { year, month, day };
}

function inCentury(year: number): number {
  return year < 70 ? year + 2000 : year + 1900;
}

function clockOf(groups: Groups, text: string): Pick<DateTimeInput, 'micros' | 'offsetSeconds'> {
  if (groups.hour === undefined) return { micros: undefined, offsetSeconds: undefined };
  const [hour, minute, second] = [hourOf(groups, text), Number(groups.minute), Number(groups.second ?? 0)];
  const fraction = roundHalfEven(Number(`0${groups.fraction ?? ''}`) * 1_000_000);
  const micros = ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction;
  if (minute > 59 || second > 60 || hour > 24 || (hour === 24 && micros > MICROS_PER_DAY)) throw fieldOutOfRange(text);
  return { micros, offsetSeconds: groups.zone === undefined ? undefined : offsetOf(groups.zone, text) };
}

function hourOf({ hour, half }: Groups, text: string): number {
  const value = Number(hour);
  if (half === undefined) return value;
  if (value > 12) throw fieldOutOfRange(text);
  return (value % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
}

function offsetOf(zone: string, text: string): number {
  if (!/\d/.test(zone)) return 0;
  const [first = '', ...rest] = zone.slice(1).split(':');
  const isJoined = rest.length === 0 && first.length > 2;
  const hours = isJoined ? Math.floor(Number(first) / 100) : Number(first);
  const minutes = isJoined ? Number(first) % 100 : Number(rest[0] ?? 0);
  const seconds = Number(rest[1] ?? 0);
  if (hours > 15 || minutes > 59 || seconds > 59) throw new PgError('22009', `time zone displacement out of range: "${text}"`);
  return (zone.startsWith('-') ? -1 : 1) * ((hours * 60 + minutes) * 60 + seconds);
}
