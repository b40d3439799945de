import { repeated } from '../repeated.js';
import { refusedSql } from '../functions/refusal.js';
import { raiseAboutSql, raiseSql } from '../raise.js';
import { isOverRows } from './key-parts.js';

/** SQL over stored forms; `undefined` where there is none. */
export type CastSql = string | undefined;

export type IntegerKey = 'int2' | 'int4' | 'int8' | 'oid';

interface IntegerRange {
  readonly name: string;
  readonly low: string;
  readonly high: string;
  /** What still rounds into the range. */
  readonly lowFloat: string;
  readonly highFloat: string;
}

const RANGES: Readonly<Record<IntegerKey, IntegerRange>> = {
  int2: { name: 'smallint', low: '-32768', high: '32767', lowFloat: '-32768.5', highFloat: '32767.499999999996' },
  int4: { name: 'integer', low: '-2147483648', high: '2147483647', lowFloat: '-2147483648.5', highFloat: '2147483647.4999998' },
  int8: {
    name: 'bigint',
    low: '-9223372036854775808',
    high: '9223372036854775807',
    lowFloat: '-9223372036854775808.0',
    highFloat: '9223372036854774784.0',
  },
  oid: { name: 'OID', low: '0', high: '4294967295', lowFloat: '0', highFloat: '0' },
};

/** 1.5 × 2^52: adding and taking it away rounds to a whole number, halves to the even one. */
const ROUNDER = '6755399441055744.0';
const ROUNDER_LIMIT = '2251799813685248.0';
/** 2^29 + 1 splits a double into the 24 bits of a float4 and the rest. */
const SPLITTER = '536870913.0';
/** Half a step beyond the largest: from here on it rounds to infinity. */
const BEYOND_FLOAT4 = '3.4028235677973366e38';
const SMALLEST_FLOAT4 = '1.1754943508222875e-38';
/** Powers of ten as text: `substr` of it takes one. */
const TEN = "'10000000000000000000'";

/** Numbers of more digits than SQLite reckons with. */
export const TOO_LONG = refusedSql('A calculation with numbers of more than 18 digits', 'Select the numbers and calculate in the program.');

export function outOfRange(key: IntegerKey): string {
  return raiseSql('22003', `${RANGES[key].name} out of range`);
}

/** An INTEGER of SQLite checked to be in the type's range. What has overflowed SQLite's own is REAL. */
export function inRange(sql: string, key: IntegerKey): string {
  if (key === 'int8') return repeated([sql], (x = '') => `iif(typeof(${x}) = 'real', ${outOfRange(key)}, ${x})`);
  const { low, high } = RANGES[key];
  return repeated([sql], (x = '') => `iif(${x} NOT BETWEEN ${low} AND ${high}, ${outOfRange(key)}, ${x})`);
}

const WIDTHS: Readonly<Record<IntegerKey, number>> = { int2: 2, int4: 4, oid: 5, int8: 8 };

export function integerToInteger(sql: string, from: IntegerKey, to: IntegerKey): string {
  if (from === to || (WIDTHS[from] < WIDTHS[to] && to !== 'oid')) return sql;
  return inRange(sql, to);
}

export function floatToInteger(sql: string, to: IntegerKey): CastSql {
  if (to === 'oid') return undefined;
  const { lowFloat, highFloat } = RANGES[to];
  return repeated(
    [sql],
    (x = '') => `iif(${x} NOT BETWEEN ${lowFloat} AND ${highFloat}, ${outOfRange(to)}, CAST(${roundedFloat(x, to)} AS INTEGER))`,
  );
}

/** 2^52: from here on a double is a whole number. */
const WHOLE_FROM = '4503599627370496.0';

/** C's rint() of any double: halves go to the even number. */
export function rint(x: string): string {
  const rounded = `iif(${x} < 0, ${x} - ${WHOLE_FROM} + ${WHOLE_FROM}, ${x} + ${WHOLE_FROM} - ${WHOLE_FROM})`;
  return `iif(abs(${x}) >= ${WHOLE_FROM}, ${x}, ${rounded})`;
}

/** rint(): halves go to the even number. */
export function roundedFloat(x: string, to: IntegerKey = 'int8'): string {
  const rounded = `(${x} + ${ROUNDER} - ${ROUNDER})`;
  return to === 'int8' ? `iif(abs(${x}) < ${ROUNDER_LIMIT}, ${rounded}, round(${x}))` : rounded;
}

/** To float8 every INTEGER goes as in C; float4 has 24 bits. */
export function integerToFloat(sql: string, to: 'float4' | 'float8'): string {
  const real = `CAST(${sql} AS REAL)`;
  return to === 'float8' ? real : toFloat4(real);
}

export function toFloat4(sql: string): string {
  const overflow = raiseSql('22003', 'value out of range: overflow');
  const small = refusedSql('A float4 value near zero (below 1.2e-38) in an expression', 'Use double precision.');
  return repeated([sql], (x = '') => {
    const split = `(${x} * ${SPLITTER} - (${x} * ${SPLITTER} - ${x}))`;
    return (
      `CASE WHEN ${x} = 'NaN' OR ${x} = 0 OR abs(${x}) = 9e999 THEN ${x} WHEN abs(${x}) < ${SMALLEST_FLOAT4} THEN ${small} ` +
      `WHEN abs(${x}) >= ${BEYOND_FLOAT4} THEN ${overflow} ELSE ${split} END`
    );
  });
}

/** Units of 10^-from as units of 10^-to, rounded half away from zero. */
export function rescaled(sql: string, from: number, to: number): string {
  if (from === to) return sql;
  if (to > from) {
    const factor = 10n ** BigInt(to - from);
    return repeated([sql], (x = '') => `iif(${x} = 'NaN', ${x}, iif(typeof(${x} * ${factor}) = 'real', ${TOO_LONG}, ${x} * ${factor}))`);
  }
  const divisor = 10n ** BigInt(from - to);
  const half = divisor / 2n;
  return repeated([sql], (x = '') => `iif(${x} = 'NaN', ${x}, (${x} + iif(${x} < 0, -${half}, ${half})) / ${divisor})`);
}

/** Checks what `numeric(precision, scale)` can hold; the value is in units of its scale already. */
export function limitedNumeric(sql: string, precision: number): string {
  const most = 10n ** BigInt(precision) - 1n;
  const overflow = raiseSql('22003', 'numeric field overflow');
  return repeated([sql], (x = '') => `iif(${x} <> 'NaN' AND ${x} NOT BETWEEN -${most} AND ${most}, ${overflow}, ${x})`);
}

/** Rounds half away from zero, as numeric does. */
export function scaledToInteger(sql: string, scale: number, to: IntegerKey): string {
  const name = RANGES[to].name;
  const nan = raiseSql('0A000', `cannot convert NaN to ${name}`);
  const whole = rescaled(sql, scale, 0);
  return inRange(
    repeated([whole], (x = '') => `iif(${x} = 'NaN', ${nan}, ${x})`),
    to,
  );
}

export function scaledToFloat(sql: string, scale: number, to: 'float4' | 'float8'): string {
  // Below 2^53 both are exact and the division rounds once.
  const limit = '9007199254740992';
  const real = repeated([sql], (x = '') => {
    const exact = scale === 0 ? '' : `WHEN ${x} NOT BETWEEN -${limit} AND ${limit} THEN ${TOO_LONG} `;
    return `CASE WHEN ${x} = 'NaN' THEN 'NaN' ${exact}ELSE CAST(${x} AS REAL) / 1e${scale} END`;
  });
  return to === 'float8' ? real : toFloat4(real);
}

/** The sortable text of numeric-key.ts of an INTEGER in units of 10^-scale, with its display scale. */
export function scaledToKey(sql: string, scale: number): string {
  return repeated([sql], (x = '') => {
    // Not abs(): it fails for the lowest INTEGER.
    const magnitude = `ltrim(${x}, '-')`;
    const length = `length(${magnitude})`;
    const digits = `rtrim(${magnitude}, '0')`;
    const suffix = scale === 0 ? "''" : `iif(length(${digits}) < ${length}, ' ${scale}', '')`;
    const exponent = `${length} + ${20_000 - scale}`;
    const complement = complementOf(digits);
    return (
      `CASE WHEN ${x} = 'NaN' THEN '5' WHEN ${x} = 0 THEN '2${scale === 0 ? '' : ` ${scale}`}' ` +
      `WHEN ${x} > 0 THEN '3' || printf('%06d', ${exponent}) || ${digits} || ${suffix} ` +
      `WHEN ${x} < 0 THEN '1' || printf('%06d', 999999 - (${exponent})) || ${complement} || '~' || ${suffix} END`
    );
  });
}

/** Each digit's difference to nine; 19 digits are more than one INTEGER can subtract from. */
export function complementOf(digits: string): string {
  const [head, tail] = [`substr(${digits}, 1, 9)`, `substr(${digits}, 10)`];
  const part = (text: string) =>
    `substr(printf('%010d', ${tenTo(`length(${text})`)} - 1 - CAST(${text} AS INTEGER)), 11 - length(${text}))`;
  return `(${part(head)} || ${part(tail)})`;
}

/** 10^n for n up to 18. */
function tenTo(n: string): string {
  return `CAST(substr(${TEN}, 1, ${n} + 1) AS INTEGER)`;
}

/** A sortable text as INTEGER in units of 10^-scale, rounded half away from zero; `tooLarge` is evaluated where it has more than 18 digits. */
export function keyToScaled(sql: string, scale: number, tooLarge: string, notFinite: string): string {
  const key =
    sql.length > 200 && !isOverRows(sql)
      ? `(SELECT substr(k, 1, instr(k || ' ', ' ') - 1) FROM (SELECT ${sql} AS k LIMIT 1))`
      : `substr(${sql}, 1, instr(${sql} || ' ', ' ') - 1)`;
  if (key.startsWith('(SELECT')) return `(SELECT ${scaledOfKey('k', scale, tooLarge, notFinite)} FROM (SELECT ${key} AS k LIMIT 1))`;
  return scaledOfKey(key, scale, tooLarge, notFinite);
}

function scaledOfKey(bare: string, scale: number, tooLarge: string, notFinite: string): string {
  return repeated([bare], (k = '') => {
    const isNegative = `${k} < '2'`;
    const exponent = `iif(${isNegative}, ${999_999 - 20_000 + scale} - CAST(substr(${k}, 2, 6) AS INTEGER), CAST(substr(${k}, 2, 6) AS INTEGER) - ${20_000 - scale})`;
    return repeated([k, exponent], (key = '', e = '') => {
      const filled = `substr(rtrim(substr(${key}, 8), '~') || iif(${key} < '2', '9999999999999999999', '0000000000000000000'), 1, 19)`;
      const whole = `CAST(substr(${filled}, 1, ${e}) AS INTEGER)`;
      const next = `substr(${filled}, ${e} + 1, 1)`;
      return (
        `CASE WHEN ${key} = '2' THEN 0 WHEN ${key} IN ('0', '4', '5') THEN ${notFinite} WHEN ${e} > 18 THEN ${tooLarge} WHEN ${e} < 0 THEN 0 ` +
        `WHEN ${key} >= '3' THEN ${whole} + (${next} >= '5') ELSE -(${tenTo(e)} - 1 - ${whole} + (${next} <= '4')) END`
      );
    });
  });
}

/** A number of 19 digits can be an int8; one of more can't. */
function beyondInt8(sql: string): string {
  const exponent = `CAST(substr(${sql}, 2, 6) AS INTEGER)`;
  return `iif(${exponent} NOT BETWEEN 979980 AND 979999 AND ${exponent} NOT BETWEEN 20000 AND 20019, ${outOfRange('int8')}, ${TOO_LONG})`;
}

export function keyToInteger(sql: string, to: IntegerKey): string {
  const { name } = RANGES[to];
  const notFinite = raiseAboutSql('0A000', 'cannot convert ', `iif(${sql} = '5', 'NaN', 'infinity')`, ` to ${name}`);
  return inRange(keyToScaled(sql, 0, to === 'int8' ? beyondInt8(sql) : outOfRange(to), notFinite), to);
}
