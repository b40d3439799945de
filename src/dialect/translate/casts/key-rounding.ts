import { calculatedKey } from './key-arithmetic.js';
import { keyOfDigits, partsOf, refuseOverRows, zeros } from './key-parts.js';

/** A sortable text cut to so many decimals (before the point where `places` is negative), which it then shows. */
export function truncatedKey(key: string, places: number): string {
  return cutKey(key, places, '0');
}

/** Rounded half away from zero. */
export function roundedToPlaces(key: string, places: number): string {
  return cutKey(key, places, `e + ${places} >= 0 AND substr(d, e + ${places} + 1, 1) >= '5'`);
}

/** The whole number below or at (`floor`), above or at (`ceil`) the value. */
export function wholeKey(key: string, direction: 'floor' | 'ceil'): string {
  return cutKey(key, 0, `${direction === 'floor' ? 'neg' : 'NOT neg'} AND length(d) > e AND d <> ''`);
}

/** Cut, and one unit further from zero where `goesUp` (over the parts of the key) says so. */
function cutKey(key: string, places: number, goesUp: string): string {
  refuseOverRows(key);
  const kept = `e + ${places}`;
  const missing = `iif(${kept} > length(d) AND d <> '', ${kept} - length(d), 0)`;
  const cut = `SELECT neg, ${goesUp} AS up, '0' || substr(d, 1, iif(${kept} > 0, ${kept}, 0)) || ${zeros(missing)} AS h FROM (${partsOf('k')} LIMIT 1)`;
  const digits = `iif(up, ${nextNumber('h')}, h) || ${zeros(String(places < 0 ? -places : 0))}`;
  const finite = keyOfDigits('neg', `(${digits})`, String(places < 0 ? 0 : places), `(${cut} LIMIT 1)`);
  return `(SELECT CASE WHEN k IS NULL OR k GLOB '[045]*' THEN k ELSE (${finite}) END FROM (SELECT ${key} AS k LIMIT 1))`;
}

/** The next whole number's digits, of digits that begin with 0. */
function nextNumber(digits: string): string {
  const stem = `rtrim(${digits}, '9')`;
  return `substr(${stem}, 1, length(${stem}) - 1) || (CAST(substr(${stem}, -1) AS INTEGER) + 1) || ${zeros(`length(${digits}) - length(${stem})`)}`;
}

/** Without its sign. */
export function absoluteKey(key: string): string {
  refuseOverRows(key);
  return `(SELECT iif(k < '2', ${calculatedKey('-', `'2'`, 'k')}, k) FROM (SELECT ${key} AS k LIMIT 1))`;
}

/** -1, 0, 1 or NaN. */
export function signOfKey(key: string): string {
  return `(CASE substr(${key}, 1, 1) WHEN '0' THEN -1 WHEN '1' THEN -1 WHEN '2' THEN 0 WHEN '3' THEN 1 WHEN '4' THEN 1 WHEN '5' THEN 'NaN' END)`;
}
