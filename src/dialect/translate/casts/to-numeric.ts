import type { PgType } from '../../types/pg-type.js';
import { refusedSql } from '../functions/refusal.js';
import { repeated } from '../repeated.js';
import { roundedKey } from './key-arithmetic.js';
import { type CastSql, complementOf, keyToScaled, limitedNumeric, rescaled, scaledToKey, TOO_LONG, toFloat4 } from './numbers.js';

const NOT_FINITE = refusedSql('NaN or Infinity as numeric in an expression', 'Select the values and calculate in the program.');

export function integerToNumeric(sql: string, to: PgType): CastSql {
  return numericToNumeric(sql, { key: 'numeric', scale: 0 }, to);
}

/** All ways between the two forms of storage, with the modifiers of the target applied. */
export function numericToNumeric(sql: string, from: PgType, to: PgType): CastSql {
  if (to.scale !== undefined)
    return limited(from.scale === undefined ? keyToScaled(sql, to.scale, TOO_LONG, NOT_FINITE) : rescaled(sql, from.scale, to.scale), to);
  const [precision, scale] = to.modifiers ?? [];
  if (typeof precision !== 'number' || typeof scale !== 'number') return freeKey(sql, from);
  if (from.scale === undefined) return isSameModifiers(from, to) ? sql : roundedKey(sql, precision, scale);
  // An INTEGER has at most 19 digits: where there is room for them nothing is rounded.
  if (scale < from.scale || precision - scale < 19 - from.scale) return roundedKey(scaledToKey(sql, from.scale), precision, scale);
  return withoutSuffix(scaledToKey(sql, from.scale));
}

function isSameModifiers(a: PgType, b: PgType): boolean {
  return JSON.stringify(a.modifiers) === JSON.stringify(b.modifiers);
}

function limited(sql: string, { modifiers }: PgType): string {
  const [precision] = modifiers ?? [];
  return typeof precision === 'number' ? limitedNumeric(sql, precision) : sql;
}

/** As numeric without modifiers, which keeps the display scale. */
export function freeKey(sql: string, from: PgType): string {
  if (from.scale !== undefined) return scaledToKey(sql, from.scale);
  const [, scale] = from.modifiers ?? [];
  if (typeof scale !== 'number' || scale <= 0) return sql;
  return repeated([sql], (x = '') => {
    const digits = `length(rtrim(substr(${x}, 8), '~'))`;
    const exponent = `iif(${x} < '2', 979999 - CAST(substr(${x}, 2, 6) AS INTEGER), CAST(substr(${x}, 2, 6) AS INTEGER) - 20000)`;
    return `CASE WHEN ${x} IN ('0', '4', '5') THEN ${x} WHEN ${x} = '2' OR ${digits} - ${exponent} <> ${scale} THEN ${x} || ' ${scale}' ELSE ${x} END`;
  });
}

function withoutSuffix(sql: string): string {
  return repeated([sql], (x = '') => `substr(${x}, 1, instr(${x} || ' ', ' ') - 1)`);
}

/** PostgreSQL takes the 15 (of float4: 6) leading digits, and these are rounded to the scale. */
export function floatToNumeric(sql: string, from: 'float4' | 'float8', to: PgType): CastSql {
  const digits = from === 'float8' ? 15 : 6;
  if (to.scale === undefined && to.modifiers !== undefined) return undefined;
  const key = repeated([sql], (x = '') => floatKey(x, digits));
  return to.scale === undefined ? key : numericToNumeric(key, { key: 'numeric' }, to);
}

/** The sortable text of a float's leading digits. */
function floatKey(x: string, digits: number): string {
  const scientific = `printf('%.${digits - 1}e', abs(${x}))`;
  const significant = `rtrim(substr(${scientific}, 1, 1) || substr(${scientific}, 3, ${digits - 1}), '0')`;
  const exponent = `CAST(substr(${scientific}, ${digits + 3}) AS INTEGER) + 20001`;
  const complement = complementOf(significant);
  return (
    `CASE WHEN ${x} = 'NaN' THEN '5' WHEN ${x} = 9e999 THEN '4' WHEN ${x} = -9e999 THEN '0' WHEN ${x} = 0 THEN '2' ` +
    `WHEN ${x} > 0 THEN '3' || printf('%06d', ${exponent}) || ${significant} WHEN ${x} < 0 THEN '1' || printf('%06d', 999999 - (${exponent})) || ${complement} || '~' END`
  );
}

/** Up to 15 digits SQLite reads exactly. */
export function keyToFloat(sql: string, to: 'float4' | 'float8'): string {
  const real = repeated([`substr(${sql}, 1, instr(${sql} || ' ', ' ') - 1)`], (k = '') => {
    const positive = `CAST('0.' || substr(${k}, 8) || 'e' || (CAST(substr(${k}, 2, 6) AS INTEGER) - 20000) AS REAL)`;
    const digits = `rtrim(substr(${k}, 8), '~')`;
    const negative = `-CAST('0.' || ${complementOf(digits)} || 'e' || (979999 - CAST(substr(${k}, 2, 6) AS INTEGER)) AS REAL)`;
    return (
      `CASE ${k} WHEN '5' THEN 'NaN' WHEN '4' THEN 9e999 WHEN '0' THEN -9e999 WHEN '2' THEN 0.0 ` +
      `ELSE CASE WHEN length(${digits}) > 15 THEN ${TOO_LONG} WHEN ${k} > '3' THEN ${positive} ELSE ${negative} END END`
    );
  });
  return to === 'float8' ? real : toFloat4(real);
}
