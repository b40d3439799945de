import { PgError } from '../../pg-error.js';
import type { Stored } from '../../types/codec.js';
import { float4Codec, float8Codec, storedFloat } from '../../types/codecs-floats.js';

/*
 * Floating-point numbers are added up by JavaScript, one after the other as PostgreSQL does: SQLite's sum() compensates the rounding, and so
 * its last digit is often another.
 */

/** SQL: a float in as many digits as it has; of NULL NULL. An aggregate of these is a list with commas. */
export function floatDigits(sql: string): string {
  return `iif(${sql} IS NULL, NULL, iif(typeof(${sql}) = 'text', ${sql}, printf('%!.17g', ${sql})))`;
}

/** The numbers of such a list; PostgreSQL sorts what DISTINCT has left. */
export function floatsOf(list: string, isDistinct: boolean): readonly number[] {
  const numbers = list.split(',').map((digits) => Number(digits.replace('Inf', 'Infinity')));
  return isDistinct ? numbers.sort(byFloatOrder) : numbers;
}

/** NaN is the largest. */
export function byFloatOrder(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a - b;
}

/** sum() of float4 or float8 (`float4pl` and `float8pl` of src/backend/utils/adt/float.c). */
export function floatSumText(list: Stored, key: 'float4' | 'float8', isDistinct: boolean): string | null {
  if (list === null) return null;
  const round = key === 'float4' ? Math.fround : Number;
  const sum = floatsOf(String(list), isDistinct).reduce((left, right) => checked(round(left + right), left, right));
  return floatText(sum, key);
}

/** What `float8_accum` has of numbers: how many they are, their sum, and that of the squares of their differences to the average. */
interface Moments {
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
}

/** By Youngs and Cramer, as PostgreSQL does. @throws PgError 22003 where the squares overflow, even if nobody asks for them */
function momentsOf(numbers: readonly number[]): Moments {
  return numbers.reduce(accumulated, { count: 0, sum: 0, squares: 0 });
}

function accumulated({ count, sum, squares }: Moments, value: number): Moments {
  const [n, total] = [count + 1, sum + value];
  if (count === 0) return { count: n, sum: total, squares: Number.isFinite(value) ? 0 : NaN };
  const difference = value * n - total;
  const all = squares + (difference * difference) / (n * count);
  if (!isInfinite(total) && !isInfinite(all)) return { count: n, sum: total, squares: all };
  if (!isInfinite(sum) && !isInfinite(value)) throw overflow();
  return { count: n, sum: total, squares: NaN };
}

/** avg() of float4 or float8. */
export function floatAverageText(list: Stored, isDistinct: boolean): string | null {
  if (list === null) return null;
  const { count, sum } = momentsOf(floatsOf(String(list), isDistinct));
  return floatText(sum / count, 'float8');
}

/** How a variance is asked for. */
export interface Spread {
  /** Of a sample: divided by one less than the count. */
  readonly isSample: boolean;
  /** The standard deviation instead. */
  readonly isRoot: boolean;
}

/** variance() and stddev() of float4 or float8. */
export function floatSpreadText(list: Stored, isDistinct: boolean, { isSample, isRoot }: Spread): string | null {
  if (list === null) return null;
  const { count, squares } = momentsOf(floatsOf(String(list), isDistinct));
  if (isSample && count === 1) return null;
  const variance = squares / (isSample ? count - 1 : count);
  return floatText(isRoot ? Math.sqrt(variance) : variance, 'float8');
}

export function floatText(value: number, key: 'float4' | 'float8'): string {
  return (key === 'float4' ? float4Codec : float8Codec).output(storedFloat(value));
}

function checked(result: number, left: number, right: number): number {
  if (isInfinite(result) && !isInfinite(left) && !isInfinite(right)) throw overflow();
  return result;
}

function isInfinite(value: number): boolean {
  return value === Infinity || value === -Infinity;
}

function overflow(): PgError {
  return new PgError('22003', 'value out of range: overflow');
}
