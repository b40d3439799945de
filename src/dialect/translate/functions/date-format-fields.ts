import { quoteText } from '../quote.js';
import { calendarPart, daysOfTimestamp, daysSinceMonday } from './date-calendar-sql.js';

/** What a word of a pattern writes: a number filled up with zeros to a width unless FM stands before it, or a text. */
export type DateField =
  | { readonly width: number; readonly number: (x: string) => string }
  | { readonly text: (x: string, isFilled: boolean) => string };

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const ROMAN = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'];
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** What begins with the same letters stands in the order in which PostgreSQL tries them. */
const UPPER =
  'A.D. A.M. AD AM B.C. BC CC DAY DDD DD DY Day Dy D FF1 FF2 FF3 FF4 FF5 FF6 FX HH24 HH12 HH IDDD ID IW IYYY IYY IY I J MI MM MONTH MON MS Month Mon ' +
  'OF P.M. PM Q RM SSSSS SSSS SS TZH TZM TZ US WW W Y,YYY YYYY YYY YY Y';
const WORDS: readonly string[] = [
  ...UPPER.split(' '),
  ...UPPER.split(' ')
    .filter((word) => word === word.toUpperCase())
    .map(lower),
];

/** All words that PostgreSQL knows. */
export function dateWords(): readonly string[] {
  return WORDS;
}

const micros = (x: string, unit: number, modulus: number) => `(((${x} % 86400000000 + 86400000000) % 86400000000) / ${unit} % ${modulus})`;
const number = (width: number, sql: (x: string) => string): DateField => ({ width, number: sql });
const text = (sql: (x: string, isFilled: boolean) => string): DateField => ({ text: sql });
const hour = (x: string) => micros(x, 3_600_000_000, 24);
const date = (x: string, format: string) => calendarPart(daysOfTimestamp(x), format);
const year = (x: string) => date(x, '%Y');
const isoYear = (x: string) => date(x, '%G');
const month = (x: string) => date(x, '%m');
const dayOfYear = (x: string) => date(x, '%j');
const weekday = (x: string) => daysSinceMonday(daysOfTimestamp(x));
const half = (am: string, pm: string) => text((x) => `iif(${hour(x)} < 12, '${am}', '${pm}')`);
const era = (name: string) => text((x) => `iif(${year(x)} > 0, '${name}', '')`);
const months = (change: (name: string) => string, isFilled: boolean) =>
  text((x, filled) => named(MONTHS.map(change), `${month(x)} - 1`, isFilled && filled));
const days = (change: (name: string) => string, isFilled: boolean) =>
  text((x, filled) => named(DAYS.map(change), weekday(x), isFilled && filled));

const BY_WORD: Readonly<Record<string, DateField>> = {
  YYYY: number(4, year),
  YYY: number(3, (x) => `${year(x)} % 1000`),
  YY: number(2, (x) => `${year(x)} % 100`),
  Y: number(1, (x) => `${year(x)} % 10`),
  'Y,YYY': text((x) => `printf('%d,%03d', ${year(x)} / 1000, ${year(x)} % 1000)`),
  IYYY: number(4, isoYear),
  IYY: number(3, (x) => `${isoYear(x)} % 1000`),
  IY: number(2, (x) => `${isoYear(x)} % 100`),
  I: number(1, (x) => `${isoYear(x)} % 10`),
  CC: number(2, (x) => `(${year(x)} + 99) / 100`),
  MM: number(2, month),
  Q: number(1, (x) => `(${month(x)} + 2) / 3`),
  WW: number(2, (x) => `(${dayOfYear(x)} + 6) / 7`),
  W: number(1, (x) => `(${date(x, '%d')} + 6) / 7`),
  IW: number(2, (x) => date(x, '%V')),
  DDD: number(3, dayOfYear),
  IDDD: number(3, (x) => `(${date(x, '%V')} - 1) * 7 + ${weekday(x)} + 1`),
  DD: number(2, (x) => date(x, '%d')),
  D: number(1, (x) => `(${weekday(x)} + 1) % 7 + 1`),
  ID: number(1, (x) => `${weekday(x)} + 1`),
  J: number(1, (x) => `${daysOfTimestamp(x)} + 2440588`),
  HH24: number(2, hour),
  HH12: number(2, (x) => `(${hour(x)} + 11) % 12 + 1`),
  HH: number(2, (x) => `(${hour(x)} + 11) % 12 + 1`),
  MI: number(2, (x) => micros(x, 60_000_000, 60)),
  SS: number(2, (x) => micros(x, 1_000_000, 60)),
  SSSS: number(1, (x) => micros(x, 1_000_000, 86_400)),
  SSSSS: number(1, (x) => micros(x, 1_000_000, 86_400)),
  MS: fraction(3),
  US: fraction(6),
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((digits) => [`FF${digits}`, fraction(digits)])),
  MONTH: months(upper, true),
  Month: months((name) => name, true),
  month: months(lower, true),
  MON: months((name) => upper(short(name)), false),
  Mon: months(short, false),
  mon: months((name) => lower(short(name)), false),
  DAY: days(upper, true),
  Day: days((name) => name, true),
  day: days(lower, true),
  DY: days((name) => upper(short(name)), false),
  Dy: days(short, false),
  dy: days((name) => lower(short(name)), false),
  RM: text((x, filled) => named(ROMAN, `${month(x)} - 1`, filled, 4)),
  rm: text((x, filled) => named(ROMAN.map(lower), `${month(x)} - 1`, filled, 4)),
  AM: half('AM', 'PM'),
  am: half('am', 'pm'),
  'A.M.': half('A.M.', 'P.M.'),
  'a.m.': half('a.m.', 'p.m.'),
  AD: era('AD'),
  ad: era('ad'),
  'A.D.': era('A.D.'),
  'a.d.': era('a.d.'),
  TZ: text(() => quoteText('+00')),
  TZH: text(() => quoteText('+00')),
  TZM: text(() => quoteText('00')),
  OF: text((_, filled) => quoteText(filled ? '+00' : '+0')),
};
const SAME_AS: Readonly<Record<string, string>> = { PM: 'AM', 'P.M.': 'A.M.', BC: 'AD', 'B.C.': 'A.D.' };

export const DATE_FIELDS: ReadonlyMap<string, DateField> = new Map(
  WORDS.flatMap((word) => {
    const isLower = word !== word.toUpperCase() && word === word.toLowerCase();
    const same = SAME_AS[word.toUpperCase()];
    const name = same === undefined ? word : isLower ? lower(same) : same;
    const field = BY_WORD[name] ?? BY_WORD[name.toUpperCase()];
    return field ? [[word, field] as const] : [];
  }),
);

/** Digits of the second's fraction, cut off. */
function fraction(digits: number): DateField {
  return text((x) => `printf('%0${digits}d', ${micros(x, 10 ** (6 - digits), 10 ** digits)})`);
}

/** `1st`, `12TH`: the ending goes by the last digits. */
export function ordinal(digits: string, suffix: 'TH' | 'th'): string {
  const isTeen = `substr('0' || n, -2, 1) = '1' AND length(n) > 1`;
  const ending = `CASE WHEN ${isTeen} THEN 'th' WHEN n GLOB '*1' THEN 'st' WHEN n GLOB '*2' THEN 'nd' WHEN n GLOB '*3' THEN 'rd' ELSE 'th' END`;
  return `(SELECT n || ${suffix === 'TH' ? `upper(${ending})` : ending} FROM (SELECT ${digits} AS n LIMIT 1))`;
}

/** One of the names, filled up with blanks to the longest. */
function named(names: readonly string[], index: string, isFilled: boolean, most = 9): string {
  const width = Math.max(...names.map((name) => name.length));
  const all = names.map((name) => name.padEnd(width)).join('');
  const name = `substr('${all}', (${index}) * ${width} + 1, ${width})`;
  if (!isFilled) return `rtrim(${name})`;
  return width === most ? name : `(${name} || '${' '.repeat(most - width)}')`;
}

function upper(name: string): string {
  return name.toUpperCase();
}

function lower(name: string): string {
  return name.toLowerCase();
}

function short(name: string): string {
  return name.slice(0, 3);
}
