import { IntervalSum, type Interval, unitCalled } from './interval-units.js';

/** ISO 8601 with designators. */
export const ISO_INTERVAL = /^P(?=.)((?:[+-]?(?:\d+\.?\d*|\.\d+)[YMWD])*)(?:T(?=.)((?:[+-]?(?:\d+\.?\d*|\.\d+)[HMS])+))?$/;

/** M is months before the T and minutes after it. */
const UNITS: Readonly<Record<string, string>> = { Y: 'year', M: 'month', W: 'week', D: 'day' };
const TIME_UNITS: Readonly<Record<string, string>> = { H: 'hour', M: 'minute', S: 'second' };

export function isoInterval(text: string): Interval {
  const [, date = '', time = ''] = ISO_INTERVAL.exec(text) ?? [];
  const sum = new IntervalSum();
  addAll(sum, date, UNITS);
  addAll(sum, time, TIME_UNITS);
  return sum.total(false);
}

function addAll(sum: IntervalSum, text: string, units: Readonly<Record<string, string>>): void {
  for (const [, quantity = '', letter = ''] of text.matchAll(/([+-]?[\d.]+)([A-Z])/g)) {
    const unit = unitCalled(units[letter] ?? '');
    const value = Number(quantity);
    if (unit) sum.add(unit, Math.trunc(value), value - Math.trunc(value));
  }
}
