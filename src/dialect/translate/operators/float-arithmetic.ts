import { toFloat4 } from '../casts/numbers.js';
import { refusedSql } from '../functions/refusal.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { DIVISION_BY_ZERO } from './integer-arithmetic.js';
import type { Arithmetic } from './numeric.js';

const LARGEST = '1.7976931348623157e308';
export const OVERFLOW = raiseSql('22003', 'value out of range: overflow');
export const UNDERFLOW = raiseSql('22003', 'value out of range: underflow');

/** SQLite has NaN as NULL: here it is the text 'NaN'; a result without bounds from bounded operands is PostgreSQL's error. */
export function floatArithmetic(operator: Arithmetic, a: string, b: string, isSingle: boolean): string {
  const sql = repeated([a, b], (x = '', y = '') => {
    const result = `${x} ${operator} ${y}`;
    const canVanish = operator === '*' || operator === '/';
    const vanished = operator === '*' ? `${x} <> 0 AND ${y} <> 0` : `${x} <> 0 AND abs(${y}) <= ${LARGEST}`;
    const checked = canVanish ? `WHEN ${result} = 0 AND ${vanished} THEN ${UNDERFLOW} ` : '';
    const zero = operator === '/' ? `WHEN ${y} = 0 THEN ${DIVISION_BY_ZERO} ` : '';
    return (
      `CASE WHEN ${x} IS NULL OR ${y} IS NULL THEN NULL WHEN ${x} = 'NaN' OR ${y} = 'NaN' THEN 'NaN' ${zero}${checked}` +
      `WHEN abs(${result}) <= ${LARGEST} THEN ${result} WHEN abs(${x}) <= ${LARGEST} AND abs(${y}) <= ${LARGEST} THEN ${OVERFLOW} ELSE ifnull(${result}, 'NaN') END`
    );
  });
  return isSingle ? toFloat4(sql) : sql;
}

export function floatPower(a: string, b: string): string {
  const complex = raiseSql('2201F', 'a negative number raised to a non-integer power yields a complex result');
  const undefinedPower = raiseSql('2201F', 'zero raised to a negative power is undefined');
  const special = refusedSql('A power of NaN or Infinity', 'Calculate in the program.');
  return repeated(
    [a, b],
    (x = '', y = '') =>
      `CASE WHEN ${x} IS NULL OR ${y} IS NULL THEN NULL WHEN ${x} = 'NaN' OR ${y} = 'NaN' OR abs(${x}) = 9e999 OR abs(${y}) = 9e999 THEN ${special} ` +
      `WHEN ${x} = 0 AND ${y} < 0 THEN ${undefinedPower} WHEN ${x} < 0 AND ${y} <> round(${y}) THEN ${complex} ` +
      `WHEN abs(pow(${x}, ${y})) > ${LARGEST} THEN ${OVERFLOW} WHEN pow(${x}, ${y}) = 0 AND ${x} <> 0 THEN ${UNDERFLOW} ELSE pow(${x}, ${y}) END`,
  );
}
