import { type Decimal, type FiniteDecimal } from '../../types/numeric-key.js';

/** PostgreSQL's NUMERIC_MIN_SIG_DIGITS and DEC_DIGITS: it reckons with digits to the base of 10000. */
const LEAST_SIGNIFICANT_DIGITS = 16;
const DIGITS_OF_ONE = 4;
const MOST_DECIMALS = 1000;

/** A quotient with as many decimals as PostgreSQL gives it (`select_div_scale`), rounded half away from zero. The divisor is not zero. */
export function quotient(dividend: FiniteDecimal, divisor: FiniteDecimal): Decimal {
  const scale = quotientScale(dividend, divisor);
  const shift = BigInt(scale + divisor.scale - dividend.scale);
  const [top, bottom] =
    shift >= 0n ? [dividend.unscaled * 10n ** shift, divisor.unscaled] : [dividend.unscaled, divisor.unscaled * 10n ** -shift];
  return { unscaled: rounded(top, bottom), scale };
}

function rounded(top: bigint, bottom: bigint): bigint {
  const isNegative = top < 0n !== bottom < 0n;
  const [a, b] = [magnitude(top), magnitude(bottom)];
  const result = (2n * a + b) / (2n * b);
  return isNegative ? -result : result;
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function quotientScale(dividend: FiniteDecimal, divisor: FiniteDecimal): number {
  const [a, b] = [leading(dividend), leading(divisor)];
  const weight = a.weight - b.weight - (a.digit <= b.digit ? 1 : 0);
  return Math.min(MOST_DECIMALS, Math.max(LEAST_SIGNIFICANT_DIGITS - weight * DIGITS_OF_ONE, dividend.scale, divisor.scale, 0));
}

/** The first digit to the base of 10000, and which power of it it counts. */
function leading({ unscaled, scale }: FiniteDecimal): { weight: number; digit: number } {
  if (unscaled === 0n) return { weight: 0, digit: 0 };
  const digits = magnitude(unscaled).toString();
  const exponent = digits.length - scale;
  const weight = Math.ceil(exponent / DIGITS_OF_ONE) - 1;
  const length = exponent - weight * DIGITS_OF_ONE;
  return { weight, digit: Number(digits.padEnd(length, '0').slice(0, length)) };
}
