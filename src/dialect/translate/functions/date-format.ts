import { UnsupportedOnFallbackError } from '../../../errors.js';
import { quoteText } from '../quote.js';
import { repeated } from '../repeated.js';
import { calendarPart, daysOfTimestamp, daysSinceMonday } from './date-calendar-sql.js';

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const micros = (x: string, unit: number, modulus: number) => `(((${x} % 86400000000 + 86400000000) % 86400000000) / ${unit} % ${modulus})`;
const two = (sql: string) => `printf('%02d', ${sql})`;
const hour = (x: string) => micros(x, 3_600_000_000, 24);
const date = (x: string, format: string) => calendarPart(daysOfTimestamp(x), format);
const month = (x: string) => date(x, '%m');
const weekday = (x: string) => daysSinceMonday(daysOfTimestamp(x));
const half = (x: string, am: string, pm: string) => `iif(${hour(x)} < 12, '${am}', '${pm}')`;

/** Longer words come before those that they begin with. */
const PATTERNS: readonly (readonly [word: string, sql: (x: string) => string])[] = [
  ['YYYY', (x) => `printf('%04d', ${date(x, '%Y')})`],
  ['IYYY', (x) => `printf('%04d', ${date(x, '%G')})`],
  ['YY', (x) => two(`${date(x, '%Y')} % 100`)],
  ['Month', (x) => named(MONTHS, `${month(x)} - 1`, 9)],
  ['MONTH', (x) => named(MONTHS.map(upper), `${month(x)} - 1`, 9)],
  ['month', (x) => named(MONTHS.map(lower), `${month(x)} - 1`, 9)],
  ['Mon', (x) => named(MONTHS.map(short), `${month(x)} - 1`, 3)],
  ['MON', (x) => named(MONTHS.map(short).map(upper), `${month(x)} - 1`, 3)],
  ['mon', (x) => named(MONTHS.map(short).map(lower), `${month(x)} - 1`, 3)],
  ['MM', (x) => two(month(x))],
  ['MI', (x) => two(micros(x, 60_000_000, 60))],
  ['MS', (x) => `printf('%03d', ${micros(x, 1000, 1000)})`],
  ['DDD', (x) => `printf('%03d', ${date(x, '%j')})`],
  ['DD', (x) => two(date(x, '%d'))],
  ['Day', (x) => named(DAYS, weekday(x), 9)],
  ['DAY', (x) => named(DAYS.map(upper), weekday(x), 9)],
  ['day', (x) => named(DAYS.map(lower), weekday(x), 9)],
  ['Dy', (x) => named(DAYS.map(short), weekday(x), 3)],
  ['DY', (x) => named(DAYS.map(short).map(upper), weekday(x), 3)],
  ['dy', (x) => named(DAYS.map(short).map(lower), weekday(x), 3)],
  ['ID', (x) => `CAST(${weekday(x)} + 1 AS TEXT)`],
  ['IW', (x) => two(date(x, '%V'))],
  ['D', (x) => `CAST((${weekday(x)} + 1) % 7 + 1 AS TEXT)`],
  ['HH24', (x) => two(hour(x))],
  ['HH12', (x) => two(`(${hour(x)} + 11) % 12 + 1`)],
  ['HH', (x) => two(`(${hour(x)} + 11) % 12 + 1`)],
  ['SS', (x) => two(micros(x, 1_000_000, 60))],
  ['US', (x) => `printf('%06d', ${micros(x, 1, 1_000_000)})`],
  ['Q', (x) => `CAST((${month(x)} + 2) / 3 AS TEXT)`],
  ['AM', (x) => half(x, 'AM', 'PM')],
  ['PM', (x) => half(x, 'AM', 'PM')],
  ['am', (x) => half(x, 'am', 'pm')],
  ['pm', (x) => half(x, 'am', 'pm')],
];

/** `to_char(timestamp, pattern)` for the plain patterns; letters that mean something else are refused, so are the modifiers FM, TH and the like. */
export function formatted(sql: string, pattern: string): string {
  const parts = partsOf(pattern);
  return repeated([sql], (x = '') => {
    const text = parts.map((part) => (typeof part === 'string' ? quoteText(part) : part(x))).join(' || ');
    return `iif(${x} IS NULL OR abs(${x}) = 9223372036854775807, NULL, ${text === '' ? "''" : text})`;
  });
}

function partsOf(pattern: string): readonly (string | ((x: string) => string))[] {
  const parts: (string | ((x: string) => string))[] = [];
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at);
    const found = PATTERNS.find(([word]) => rest.startsWith(word));
    const quoted = /^"([^"\\]*)"/.exec(rest);
    if (/^(?:FM|TH|th|TM|FX)/.test(rest) || /^(?:TH|th|SP)/.test(rest.slice(found?.[0].length ?? 0))) throw unknownPattern(pattern);
    if (found) parts.push(found[1]);
    else if (quoted) parts.push(quoted[1] ?? '');
    else if (/^[A-Za-z"\\]/.test(rest)) throw unknownPattern(pattern);
    else parts.push(rest.charAt(0));
    at += found?.[0].length ?? quoted?.[0].length ?? 1;
  }
  return parts;
}

function unknownPattern(pattern: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `to_char() with the pattern "${pattern}"`,
    'Use YYYY, MM, DD, HH24, MI, SS, MS and separators, or format in the program.',
  );
}

/** Names filled up with blanks to the longest. */
function named(names: readonly string[], index: string, width: number): string {
  const all = names.map((name) => name.padEnd(width)).join('');
  return `substr('${all}', (${index}) * ${width} + 1, ${width})`;
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
