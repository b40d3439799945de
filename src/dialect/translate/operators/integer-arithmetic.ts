import { type IntegerKey, inRange } from '../casts/numbers.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import type { Arithmetic } from './numeric.js';

export const DIVISION_BY_ZERO = raiseSql('22012', 'division by zero');

/** SQLite calculates with 64 bits and answers REAL where they don't suffice, NULL where it divides by zero: PostgreSQL's errors are added. */
export function integerArithmetic(operator: Arithmetic, a: string, b: string, key: IntegerKey): string {
  if (operator === '%') return divided(operator, a, b);
  if (operator === '/') return inRange(divided(operator, a, b), key);
  return inRange(`(${a} ${operator} ${b})`, key);
}

function divided(operator: '/' | '%', a: string, b: string): string {
  return repeated([a, b], (x = '', y = '') => `iif(${y} = 0 AND ${x} IS NOT NULL, ${DIVISION_BY_ZERO}, ${x} ${operator} ${y})`);
}

const WIDTHS: Readonly<Record<IntegerKey, number>> = { int2: 16, int4: 32, int8: 64, oid: 32 };

/** A shift counts modulo the width, and what it moves out is lost. */
export function bitwise(operator: '&' | '|' | '#' | '<<' | '>>', a: string, b: string, key: IntegerKey): string {
  if (operator === '#') return repeated([a, b], (x = '', y = '') => `((${x} | ${y}) - (${x} & ${y}))`);
  if (operator === '&' || operator === '|') return `(${a} ${operator} ${b})`;
  const shifted = `(${a} ${operator} (${b} & ${key === 'int8' ? 63 : 31}))`;
  return operator === '>>' || key === 'int8' ? shifted : wrapped(shifted, WIDTHS[key]);
}

function wrapped(sql: string, width: number): string {
  const half = 2 ** (width - 1);
  return `(((${sql} + ${half}) & ${2 ** width - 1}) - ${half})`;
}

export function complement(sql: string): string {
  return `(~${sql})`;
}
