/**
 * Decimals of any length, and their text key whose byte order is their order.
 *
 * A key is a class (0 -Infinity, 1 negative, 2 zero, 3 positive, 4 Infinity, 5 NaN), for the middle ones followed by the decimal exponent
 * in six digits and the digits without trailing zeros: 1.5 = 0.15 × 10^1 is `3020001` + `15`. In negative numbers each digit is
 * replaced by its difference to nine and `~` ends them, so that the larger number is the smaller key.
 *
 * Equal numbers have equal keys but for the display scale: where it is not the number of significant decimals (1.50), it follows after a
 * blank. `keyWithoutScale` is the key's SQL to compare by: there 1.5 and 1.50 are equal, as in PostgreSQL.
 */
export type Decimal = 'NaN' | 'Infinity' | '-Infinity' | FiniteDecimal;

/** `unscaled` / 10^`scale`; `scale` is PostgreSQL's display scale, never negative. */
export interface FiniteDecimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** Makes all exponents (-16382 to 131072) positive numbers of six digits. */
const EXPONENT_BIAS = 20000;
const EXPONENT_COMPLEMENT = 999999;

export function numericKey(value: Decimal): string {
  if (value === 'NaN') return '5';
  if (value === 'Infinity') return '4';
  if (value === '-Infinity') return '0';
  const { unscaled, scale } = value;
  if (unscaled === 0n) return scale === 0 ? '2' : `2 ${scale}`;
  const all = (unscaled < 0n ? -unscaled : unscaled).toString();
  const digits = all.replace(/0+$/, '');
  const exponent = all.length - scale;
  const suffix = scale === Math.max(0, digits.length - exponent) ? '' : ` ${scale}`;
  return (unscaled < 0n ? negativeKey(digits, exponent) : positiveKey(digits, exponent)) + suffix;
}

/** The same for all decimals that are equal, whatever their display scale. */
export function equalityKey(key: string): string {
  const blank = key.indexOf(' ');
  return blank < 0 ? key : key.slice(0, blank);
}

/** SQL: `equalityKey` of what is stored. */
export function keyWithoutScale(sql: string): string {
  return `substr(${sql}, 1, instr(${sql} || ' ', ' ') - 1)`;
}

/** `numericKey` read back. */
export function decimalOfKey(key: string): Decimal {
  const [number = '', scaleText] = key.split(' ');
  const kind = number.charAt(0);
  if (kind === '5') return 'NaN';
  if (kind === '4') return 'Infinity';
  if (kind === '0') return '-Infinity';
  const scale = scaleText === undefined ? undefined : Number(scaleText);
  if (kind === '2') return { unscaled: 0n, scale: scale ?? 0 };
  const isNegative = kind === '1';
  const exponent = (isNegative ? EXPONENT_COMPLEMENT - Number(number.slice(1, 7)) : Number(number.slice(1, 7))) - EXPONENT_BIAS;
  const digits = isNegative ? complement(number.slice(7, -1)) : number.slice(7);
  const finite = ofDigits(digits, exponent, scale);
  return isNegative ? { ...finite, unscaled: -finite.unscaled } : finite;
}

function ofDigits(digits: string, exponent: number, scale = Math.max(0, digits.length - exponent)): FiniteDecimal {
  return { unscaled: BigInt(digits + '0'.repeat(scale + exponent - digits.length)), scale };
}

function positiveKey(digits: string, exponent: number): string {
  return `3${sixDigits(exponent + EXPONENT_BIAS)}${digits}`;
}

function negativeKey(digits: string, exponent: number): string {
  return `1${sixDigits(EXPONENT_COMPLEMENT - exponent - EXPONENT_BIAS)}${complement(digits)}~`;
}

function sixDigits(value: number): string {
  return String(value).padStart(6, '0');
}

function complement(digits: string): string {
  return digits.replace(/\d/g, (digit) => String(9 - Number(digit)));
}
