import { printTime } from './calendar.js';
import type { Interval } from './interval-units.js';

export { parseInterval } from './interval-input.js';

/** PostgreSQL's interval_out with IntervalStyle postgres: `1 year 2 mons -3 days +04:05:06`. */
export function printInterval({ months, days, micros }: Interval): string {
  const fields = [
    [Math.trunc(months / 12), 'year'],
    [months % 12, 'mon'],
    [days, 'day'],
  ] as const;
  let wasNegative = false;
  const words: string[] = [];
  for (const [value, unit] of fields) {
    if (value === 0) continue;
    words.push(`${wasNegative && value > 0 ? '+' : ''}${value} ${unit}${value === 1 ? '' : 's'}`);
    wasNegative = value < 0;
  }
  if (micros !== 0 || words.length === 0) words.push((micros < 0 ? '-' : wasNegative ? '+' : '') + printTime(Math.abs(micros)));
  return words.join(' ');
}
