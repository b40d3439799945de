import { calculatedKey } from './key-arithmetic.js';
import { keyOfDigits, partsOf, zeros } from './key-parts.js';
import { TOO_LONG } from './numbers.js';

/** Sums are made of columns of so many digits: what billions of rows add up to is an INTEGER still. */
const COLUMN_DIGITS = 9;
const WHOLE_DIGITS = 45;
const DECIMALS = 36;
const COLUMNS = (WHOLE_DIGITS + DECIMALS) / COLUMN_DIGITS;

/** The sum of sortable texts that show their scale; `aggregate` writes an aggregate call of SQLite. NULL where there are none. */
export function sumKey(key: string, aggregate: (name: string, sql: string) => string): string {
  const column = (index: number): string =>
    aggregate(
      'sum',
      ofFinite(key, `iif(neg, -1, 1) * CAST(substr(${digits()}, ${index * COLUMN_DIGITS + 1}, ${COLUMN_DIGITS}) AS INTEGER)`),
    );
  const columns = Array.from({ length: COLUMNS }, (_, index) => `${column(index)} AS n${index}`);
  const sums = `SELECT ${aggregate('max', key)} AS most, ${aggregate('min', key)} AS least, ${aggregate('max', ofFinite(key, 's'))} AS s, ${columns.join(', ')}`;
  const unbounded = `WHEN most = '5' OR (most = '4' AND least = '0') THEN '5' WHEN most = '4' THEN '4' WHEN least = '0' THEN '0'`;
  return `(SELECT CASE WHEN most IS NULL THEN NULL ${unbounded} ELSE ${total()} END FROM (${sums} LIMIT 1))`;
}

function ofFinite(key: string, sql: string): string {
  return `CASE WHEN ${key} GLOB '[123]*' THEN (SELECT ${sql} FROM (${partsOf(key)} LIMIT 1)) END`;
}

/** All numbers with the same digits before and after the point. */
function digits(): string {
  const isTooLong = `e > ${WHOLE_DIGITS} OR length(d) - e > ${DECIMALS}`;
  return `iif(${isTooLong}, ${TOO_LONG}, ${zeros(`iif(d = '', 0, ${WHOLE_DIGITS} - e)`)} || d || ${zeros(`${DECIMALS} - length(d) + e`)})`;
}

/** Columns of negative sums borrow from those before them; what is left to borrow at the end is taken away from the whole. */
function total(): string {
  const unit = 10 ** COLUMN_DIGITS;
  const column = `CASE i ${Array.from({ length: COLUMNS }, (_, index) => `WHEN ${index} THEN n${index}`).join(' ')} END + carry`;
  const digit = `((${column}) % ${unit} + ${unit}) % ${unit}`;
  const steps =
    `WITH RECURSIVE c(i, carry, r) AS (SELECT ${COLUMNS - 1}, 0, '' UNION ALL SELECT i - 1, (${column} - (${digit})) / ${unit}, ` +
    `printf('%0${COLUMN_DIGITS}d', ${digit}) || r FROM c WHERE i >= 0) SELECT iif(carry > 0, carry, '') || r AS r, iif(carry < 0, -carry, '') AS b FROM c WHERE i = -1`;
  const cut = `substr(r, 1, length(r) - ${DECIMALS} + s)`;
  const positive = keyOfDigits('0', cut, 's', `(${steps} LIMIT 1)`);
  const borrowed = keyOfDigits('0', `iif(b = '', '', b || ${zeros(`${WHOLE_DIGITS} + s`)})`, 's', `(${steps} LIMIT 1)`);
  return calculatedKey('-', `(${positive})`, `(${borrowed})`);
}
