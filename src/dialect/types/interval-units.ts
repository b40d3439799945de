import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import { roundHalfEven } from './calendar.js';

/** As PostgreSQL holds it. A month has no fixed number of days, a day none of hours. */
export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: number;
}

type Part = 'months' | 'days' | 'micros';
export interface IntervalUnit {
  /** Synonyms have one. */
  readonly name: string;
  readonly part: Part;
  readonly size: number;
}

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
const MOST = 2 ** 31;
/** Words are told apart by so many letters. */
const LETTERS = 10;

const UNITS: readonly (readonly [name: string, synonyms: string, part: Part, size: number])[] = [
  ['microsecond', 'us usec usecs usecond useconds microsecon', 'micros', 1],
  ['millisecond', 'ms msec msecs msecond mseconds millisecon', 'micros', 1000],
  ['second', 's sec secs second seconds', 'micros', SECOND],
  ['minute', 'm min mins minute minutes', 'micros', 60 * SECOND],
  ['hour', 'h hr hrs hour hours', 'micros', 3600 * SECOND],
  ['day', 'd day days', 'days', 1],
  ['week', 'w week weeks', 'days', 7],
  ['month', 'mon mons month months', 'months', 1],
  ['year', 'y yr yrs year years', 'months', 12],
  ['decade', 'dec decs decade decades', 'months', 120],
  ['century', 'c cent century centuries', 'months', 1200],
  ['millennium', 'mil mils millennia millennium', 'months', 12_000],
];
const UNIT_OF: ReadonlyMap<string, IntervalUnit> = new Map(
  UNITS.flatMap(([name, synonyms, part, size]) => synonyms.split(' ').map((word) => [word, { name, part, size }] as const)),
);

export function unitCalled(word: string): IntervalUnit | undefined {
  return UNIT_OF.get(word.slice(0, LETTERS));
}

/** What a unit's name counts, of every spelling. */
export function intervalUnits(): readonly (readonly [name: string, part: Part, size: number])[] {
  const longer = ['microsecond', 'microseconds', 'millisecond', 'milliseconds'];
  return [...UNIT_OF.keys(), ...longer].flatMap((word) => {
    const unit = unitCalled(word);
    return unit ? [[word, unit.part, unit.size] as const] : [];
  });
}

/** Adds up what an interval's text counts. */
export class IntervalSum {
  #months = 0;
  #days = 0;
  #micros = 0;

  /** A time takes the place of what was counted before. */
  setMicros(micros: number): void {
    this.#micros = micros;
  }

  /** A fraction of a unit goes into the smaller ones: half a month is 15 days, half a day 12 hours, while years only have months. False where it is too long. */
  add({ name, part, size }: IntervalUnit, whole: number, fraction: number): boolean {
    if (part === 'micros') {
      this.#micros += whole * size + wholeMicros(fraction * size);
      return true;
    }
    if (part === 'days') this.#days += whole * size;
    else this.#months += whole * size;
    if (name === 'day') this.#micros += wholeMicros(fraction * DAY);
    else if (name === 'week' || name === 'month') this.#addDays(fraction * (name === 'week' ? 7 : 30));
    else this.#months += roundHalfEven(fraction * (size / 12) * 12);
    return Math.abs(this.#days) < MOST && Math.abs(whole * (part === 'days' ? size : 1)) < MOST;
  }

  #addDays(days: number): void {
    const whole = Math.trunc(days);
    this.#days += whole;
    this.#micros += wholeMicros((days - whole) * DAY);
  }

  /** @throws PgError 22008 */
  total(isAgo: boolean): Interval {
    if (!Number.isSafeInteger(this.#micros)) throw new UnsupportedOnFallbackError('An interval of so many hours', 'Count it in days.');
    if (Math.abs(this.#months) >= MOST) throw new PgError('22008', 'interval out of range');
    const sign = isAgo ? -1 : 1;
    return { months: 0 + sign * this.#months, days: 0 + sign * this.#days, micros: 0 + sign * this.#micros };
  }
}

/** Halves are cut off. */
function wholeMicros(micros: number): number {
  const whole = Math.trunc(micros);
  const rest = micros - whole;
  return whole + (rest > 0.5 ? 1 : rest < -0.5 ? -1 : 0);
}
