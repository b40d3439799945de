import { formatType } from '../../types/format-type.js';
import type { PgType } from '../../types/pg-type.js';
import { quoteText } from '../quote.js';
import { raiseAboutSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { jsonbOfText } from './from-json.js';
import { exactFloat } from './float-from-text.js';
import { intervalOfText } from './interval-from-text.js';
import { type CastSql, complementOf, type IntegerKey, limitedNumeric, toFloat4 } from './numbers.js';

/** What C's isspace is, around numbers and booleans. */
const SPACE = 'char(32, 9, 10, 11, 12, 13)';
/** Names as messages of input functions have them. */
const INPUT_NAMES: Readonly<Record<string, string>> = {
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  oid: 'oid',
  float4: 'real',
  float8: 'double precision',
  bool: 'boolean',
  timestamptz: 'timestamp with time zone',
};
const LIMITS: Readonly<Record<IntegerKey, readonly [low: string, high: string]>> = {
  int2: ['-32768', '32767'],
  int4: ['-2147483648', '2147483647'],
  int8: ['-9223372036854775808', '9223372036854775807'],
  oid: ['0', '4294967295'],
};

/** Reads a text of the row as the type's input function does; fails at run time where it can't be read. `undefined`: SQLite can't read the type. */
export function sqlOfText(sql: string, type: PgType): CastSql {
  switch (type.key) {
    case 'bool':
      return booleanOf(sql);
    case 'int2':
    case 'int4':
    case 'int8':
    case 'oid':
      return integerOf(sql, type.key);
    case 'float8':
      return floatOf(sql, 'float8');
    case 'float4':
      return toFloat4(floatOf(sql, 'float4'));
    case 'numeric':
      if (type.scale !== undefined) return scaledOf(sql, type, type.scale);
      return type.modifiers === undefined ? keyOf(sql) : undefined;
    case 'uuid':
      return uuidOf(sql);
    case 'enum':
      return enumOf(sql, type);
    case 'date':
      return dateOf(sql);
    case 'timestamp':
    case 'timestamptz':
      return type.modifiers === undefined ? timestampOf(sql, type.key) : undefined;
    case 'interval':
      return type.modifiers === undefined ? intervalOfText(sql) : undefined;
    case 'jsonb':
      return jsonbOfText(sql);
    case 'json':
      return repeated(
        [sql],
        (x = '') => `iif(json_valid(${x}) = 0, ${raiseAboutSql('22P02', 'invalid input syntax for type json', "''", '')}, ${x})`,
      );
    default:
      return undefined;
  }
}

function invalid(x: string, type: PgType, code = '22P02'): string {
  return raiseAboutSql(code, `invalid input syntax for type ${INPUT_NAMES[type.key] ?? type.key}: "`, x, '"');
}

function unread(x: string, type: PgType): string {
  return raiseAboutSql(
    '0A000',
    'The text "',
    x,
    `" as ${formatType(type)} in an expression is not available on the SQLite fallback. Convert it in the program.`,
  );
}

function booleanOf(sql: string): string {
  const yes = "'t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1'";
  const no = "'f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0'";
  return repeated([sql], (x = '') => {
    const word = `lower(trim(${x}, ${SPACE}))`;
    return `CASE WHEN ${x} IS NULL THEN NULL WHEN ${word} IN (${yes}) THEN 1 WHEN ${word} IN (${no}) THEN 0 ELSE ${invalid(x, { key: 'bool' })} END`;
  });
}

/** Digits with a sign: what is left without them, and how many they are. */
function digits(x: string): string {
  return `iif(substr(${x}, 1, 1) IN ('-', '+'), substr(${x}, 2), ${x})`;
}

function integerOf(sql: string, key: IntegerKey): string {
  const [low, high] = LIMITS[key];
  return repeated([sql], (x = '') => {
    const trimmed = `trim(${x}, ${SPACE})`;
    const outOfRange = raiseAboutSql('22003', 'value "', x, `" is out of range for type ${INPUT_NAMES[key] ?? key}`);
    const number = `CAST(${trimmed} AS INTEGER)`;
    // Too long a text is read as the nearest INTEGER, whose own text is another.
    const isTooLong = `length(ltrim(${digits(trimmed)}, '0')) > 18 AND ltrim(${digits(trimmed)}, '0') <> ltrim(${number}, '-')`;
    return (
      `CASE WHEN ${x} IS NULL THEN NULL WHEN ${digits(trimmed)} = '' OR ${digits(trimmed)} GLOB '*[^0-9]*' THEN ${invalid(x, { key })} ` +
      `WHEN ${isTooLong} OR ${number} NOT BETWEEN ${low} AND ${high} THEN ${outOfRange} ELSE ${number} END`
    );
  });
}

/** A number in decimal digits, perhaps with a point and an exponent. */
function isNumber(x: string): string {
  const mantissa = `substr(${x}, 1, instr(lower(${x}) || 'e', 'e') - 1)`;
  const exponent = `substr(lower(${x}), instr(lower(${x}) || 'e', 'e'))`;
  const bare = digits(mantissa);
  const isMantissa = `${bare} NOT GLOB '*[^0-9.]*' AND ${bare} GLOB '*[0-9]*' AND ${bare} NOT GLOB '*.*.*'`;
  const isExponent = `(${exponent} = '' OR (ltrim(substr(${exponent}, 2), '+-') GLOB '[0-9]*' AND substr(${exponent}, 3) NOT GLOB '*[^0-9]*' AND substr(${exponent}, 2) GLOB '[-+0-9]*'))`;
  return `(${isMantissa} AND ${isExponent})`;
}

function floatOf(sql: string, key: 'float4' | 'float8'): string {
  const type: PgType = { key };
  return repeated([`trim(${sql}, ${SPACE})`, sql], (t = '', x = '') => {
    const mantissa = `substr(${t}, 1, instr(lower(${t}) || 'e', 'e') - 1)`;
    const number = `CAST(${t} AS REAL)`;
    const isLost = `abs(${number}) = 9e999 OR (${number} = 0 AND ltrim(${mantissa}, '+-0.') <> '')`;
    const outOfRange = raiseAboutSql('22003', '"', t, `" is out of range for type ${INPUT_NAMES[key] ?? key}`);
    // Within its subquery a window function would see that one's single row as its window.
    const exact = /\) OVER [(`]/.test(sql) ? unread(x, type) : exactFloat(t, unread(x, type));
    return (
      `CASE WHEN ${x} IS NULL THEN NULL WHEN ${isNumber(t)} THEN CASE WHEN ${isLost} THEN ${outOfRange} ELSE ${exact} END ` +
      `WHEN lower(${t}) IN ('nan', '+nan', '-nan') THEN 'NaN' WHEN lower(${t}) IN ('inf', '+inf', 'infinity', '+infinity') THEN 9e999 ` +
      `WHEN lower(${t}) IN ('-inf', '-infinity') THEN -9e999 WHEN lower(${t}) GLOB '*0x*' THEN ${unread(x, type)} ELSE ${invalid(x, type)} END`
    );
  });
}

/** Digits around one point, which may be missing; more than 18 digits are refused. */
function scaledOf(sql: string, type: PgType, scale: number): string {
  const [precision] = type.modifiers ?? [];
  const units = repeated([`trim(${sql}, ${SPACE})`, sql], (t = '', x = '') => {
    const bare = digits(t);
    const point = `instr(${bare} || '.', '.')`;
    const whole = `substr(${bare}, 1, ${point} - 1)`;
    const fraction = `substr(substr(${bare}, ${point} + 1) || '${'0'.repeat(scale + 1)}', 1, ${scale})`;
    const next = `substr(${bare} || '${'0'.repeat(scale + 1)}', ${point} + ${scale + 1}, 1)`;
    const sign = `iif(${t} GLOB '-*', -1, 1)`;
    const magnitude = `(CAST(${whole} || ${fraction} AS INTEGER) + (${next} >= '5'))`;
    return (
      `CASE WHEN ${x} IS NULL THEN NULL WHEN ${isNumber(t)} THEN CASE WHEN lower(${t}) GLOB '*e*' OR length(ltrim(${whole}, '0')) > ${18 - scale} ` +
      `THEN ${unread(x, type)} ELSE ${sign} * ${magnitude} END ` +
      `WHEN lower(${t}) = 'nan' THEN 'NaN' WHEN ltrim(lower(${t}), '+-') IN ('inf', 'infinity') OR ${isNewerNumber(t)} THEN ${unread(x, type)} ELSE ${invalid(x, type)} END`
    );
  });
  return typeof precision === 'number' ? limitedNumeric(units, precision) : units;
}

/** The sortable text of numeric-key.ts, with its display scale. */
function keyOf(sql: string): string {
  const type: PgType = { key: 'numeric' };
  return repeated([`trim(${sql}, ${SPACE})`, sql], (t = '', x = '') => {
    const bare = digits(t);
    const point = `instr(${bare} || '.', '.')`;
    const whole = `ltrim(substr(${bare}, 1, ${point} - 1), '0')`;
    const fraction = `substr(${bare}, ${point} + 1)`;
    const key = repeated([whole, fraction, t], (w = '', f = '', signed = '') => {
      const significant = `rtrim(ltrim(${w} || ${f}, '0'), '0')`;
      const exponent = `iif(${w} = '', length(ltrim(${f}, '0')) - length(${f}), length(${w}))`;
      const suffix = `iif(length(${f}) = max(0, length(${significant}) - (${exponent})), '', ' ' || length(${f}))`;
      return (
        `CASE WHEN ${significant} = '' THEN '2' || iif(${f} = '', '', ' ' || length(${f})) ` +
        `WHEN ${signed} GLOB '-*' THEN '1' || printf('%06d', 979999 - (${exponent})) || ${complementOf(significant)} || '~' || ${suffix} ` +
        `ELSE '3' || printf('%06d', ${exponent} + 20000) || ${significant} || ${suffix} END`
      );
    });
    const isLong = `length(${bare}) > 1000`;
    return (
      `CASE WHEN ${x} IS NULL THEN NULL WHEN ${isNumber(t)} THEN iif(lower(${t}) GLOB '*e*' OR ${isLong}, ${unread(x, type)}, ${key}) ` +
      `WHEN lower(${t}) = 'nan' THEN '5' WHEN lower(${t}) IN ('inf', '+inf', 'infinity', '+infinity') THEN '4' ` +
      `WHEN lower(${t}) IN ('-inf', '-infinity') THEN '0' WHEN ${isNewerNumber(t)} THEN ${unread(x, type)} ELSE ${invalid(x, type)} END`
    );
  });
}

/** Hexadecimal digits and underscores, which newer versions of PostgreSQL read. */
function isNewerNumber(t: string): string {
  return `(${digits(t)} GLOB '0[xobXOB]*' OR ${digits(t)} GLOB '[0-9]*_*')`;
}

const UUID_PATTERN = `'${[8, 4, 4, 4, 12].map((length) => '[0-9a-f]'.repeat(length)).join('-')}'`;
const HEX_PATTERN = `'${'[0-9a-f]'.repeat(32)}'`;

/** Of the forms with other groups of digits only those without any are read. */
function uuidOf(sql: string): string {
  return repeated([`lower(${sql})`, sql], (u = '', x = '') => {
    const bare = `iif(${u} GLOB '{*}', substr(${u}, 2, length(${u}) - 2), ${u})`;
    const hex = `replace(${bare}, '-', '')`;
    const grouped = [
      [1, 8],
      [9, 4],
      [13, 4],
      [17, 4],
      [21, 12],
    ].map(([start, length]) => `substr(${hex}, ${start}, ${length})`);
    return (
      `CASE WHEN ${u} GLOB ${UUID_PATTERN} THEN ${u} WHEN ${bare} GLOB ${HEX_PATTERN} OR ${bare} GLOB ${UUID_PATTERN} THEN ${grouped.join(" || '-' || ")} ` +
      `WHEN ${x} IS NULL THEN NULL WHEN ${hex} GLOB ${HEX_PATTERN} THEN ${unread(x, { key: 'uuid' })} ELSE ${invalid(x, { key: 'uuid' })} END`
    );
  });
}

function enumOf(sql: string, type: PgType): string {
  const labels = (type.enum?.labels ?? []).map(quoteText).join(', ');
  return repeated([sql], (x = '') => {
    const message = raiseAboutSql('22P02', `invalid input value for enum ${formatType(type)}: "`, x, '"');
    return `iif(${x} NOT IN (${labels}), ${message}, ${x})`;
  });
}

const DATE_PATTERN = "'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'";
const TIME_PATTERN = '[0-2][0-9]:[0-5][0-9]:[0-5][0-9]';

/** Days since 1970 of a text `2020-01-31`; NULL where there is no such day. */
function daysOf(x: string): string {
  return `iif(date(${x}) IS ${x} AND ${x} > '0001', CAST(julianday(${x}) - 2440587.5 AS INTEGER), NULL)`;
}

function wrongDate(x: string): string {
  return raiseAboutSql('22008', 'date/time field value out of range: "', x, '"');
}

/** One, three or four digits are no date, as a number out of JSON may be. */
function isShortNumber(x: string): string {
  return `(${x} GLOB '[1-9]*' AND ${x} NOT GLOB '*[^0-9]*' AND length(${x}) IN (1, 3, 4))`;
}

/** A day with a time, whose zone changes nothing. */
function isDateTime(x: string): string {
  const rest = `upper(ltrim(substr(${x}, 20), '.0123456789'))`;
  const isPlain = `${x} GLOB '????-??-??[ Tt]${TIME_PATTERN}*' AND substr(${x}, 12, 2) < '24' AND substr(${x}, 20) NOT GLOB '*.*.*' AND substr(${x}, 20) NOT GLOB '[0-9]*'`;
  return `(substr(${x}, 1, 10) GLOB ${DATE_PATTERN} AND ${isPlain} AND (${rest} IN ('', 'Z') OR ${rest} GLOB '[-+][01][0-9]' OR ${rest} GLOB '[-+][01][0-9]:[0-5][0-9]'))`;
}

function dateOf(sql: string): string {
  return repeated(
    [sql],
    (x = '') =>
      `CASE WHEN ${x} IS NULL THEN NULL WHEN ${x} GLOB ${DATE_PATTERN} THEN ifnull(${daysOf(x)}, ${wrongDate(x)}) ` +
      `WHEN ${isDateTime(x)} THEN ifnull(${daysOf(`substr(${x}, 1, 10)`)}, ${wrongDate(x)}) ` +
      `WHEN ${isShortNumber(x)} THEN ${invalid(x, { key: 'date' }, '22007')} ` +
      `WHEN ${x} GLOB '*[0-9]*' OR ${x} = '' THEN ${unread(x, { key: 'date' })} WHEN lower(${x}) IN ('infinity', '-infinity', 'now', 'today', 'epoch', 'tomorrow', 'yesterday') ` +
      `THEN ${unread(x, { key: 'date' })} ELSE ${invalid(x, { key: 'date' }, '22007')} END`,
  );
}

/** `2020-01-31`, `2020-01-31 10:20:30.123456`, `2020-01-31T10:20:30.123Z` and with `+02`, `+02:00` or `+0200`. */
function timestampOf(sql: string, key: 'timestamp' | 'timestamptz'): string {
  const type: PgType = { key };
  return repeated([sql], (x = '') => {
    const clock = `substr(${x}, 12, 8)`;
    const rest = `upper(replace(ltrim(substr(${x}, 20), '.0123456789'), ' ', ''))`;
    const fraction = `substr(${x}, 20, length(substr(${x}, 20)) - length(ltrim(substr(${x}, 20), '.0123456789')))`;
    const isClock = `${x} GLOB '????-??-??[ Tt]${TIME_PATTERN}*' AND ${clock} < '24' AND (${fraction} = '' OR (${fraction} GLOB '.[0-9]*' AND ${fraction} NOT GLOB '.*.*' AND length(${fraction}) <= 7))`;
    const zone = `CASE WHEN ${rest} IN ('', 'Z', 'UTC', 'GMT') THEN 0 WHEN ${rest} GLOB '[-+][0-9][0-9]' OR ${rest} GLOB '[-+][0-9][0-9]:[0-5][0-9]' OR ${rest} GLOB '[-+][0-9][0-9][0-5][0-9]' THEN iif(${rest} GLOB '-*', -1, 1) * (CAST(substr(${rest}, 2, 2) AS INTEGER) * 60 + CAST(replace(substr(${rest}, 4), ':', '') AS INTEGER)) END`;
    const day = `substr(${x}, 1, 10)`;
    const seconds = `substr(${clock}, 1, 2) * 3600 + substr(${clock}, 4, 2) * 60 + substr(${clock}, 7, 2)`;
    const micros = `CAST(substr(substr(${fraction}, 2) || '000000', 1, 6) AS INTEGER)`;
    const offset = key === 'timestamptz' ? `(${zone}) * 60` : '0';
    return (
      `CASE WHEN ${x} IS NULL THEN NULL WHEN ${x} GLOB ${DATE_PATTERN} THEN ifnull(${daysOf(day)}, ${wrongDate(x)}) * 86400000000 ` +
      `WHEN substr(${x}, 1, 10) GLOB ${DATE_PATTERN} AND ${isClock} AND (${zone}) BETWEEN -959 AND 959 ` +
      `THEN (ifnull(${daysOf(day)}, ${wrongDate(x)}) * 86400 + ${seconds} - ${offset}) * 1000000 + ${micros} ` +
      `WHEN ${isShortNumber(x)} THEN ${invalid(x, type, '22007')} ` +
      `WHEN ${x} GLOB '*[0-9]*' OR lower(${x}) IN ('infinity', '-infinity', 'now', 'today', 'epoch', 'tomorrow', 'yesterday') THEN ${unread(x, type)} ` +
      `ELSE ${invalid(x, type, '22007')} END`
    );
  });
}
