import { repeated } from '../repeated.js';
import { partsOf, refuseOverRows, zeros } from './key-parts.js';

/**
 * SQL: a numeric's text out of its sortable key. `scale` is what its type says, where the key has no zeros at the end.
 * @throws UnsupportedOnFallbackError for a window function
 */
export function keyText(sql: string, scale?: number): string {
  refuseOverRows(sql);
  const shown = scale === undefined ? 's' : String(scale);
  const whole = `iif(e > 0, substr(d || ${zeros('max(0, e - length(d))')}, 1, e), '0')`;
  const fraction = `substr(iif(e > 0, substr(d, e + 1), ${zeros('-e')} || d) || ${zeros(shown)}, 1, ${shown})`;
  return repeated([sql], (key = '') => {
    const digits = `SELECT iif(neg, '-', '') || ${whole} || iif(${shown} > 0, '.' || ${fraction}, '') FROM (${partsOf(key)} LIMIT 1)`;
    return `CASE ${key} WHEN '5' THEN 'NaN' WHEN '4' THEN 'Infinity' WHEN '0' THEN '-Infinity' ELSE iif(${key} IS NULL, NULL, (${digits})) END`;
  });
}
