import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import { roundHalfEven } from './calendar.js';
import { intervalFields, type IntervalField } from './interval-fields.js';
import { ISO_INTERVAL, isoInterval } from './interval-iso.js';
import { IntervalSum, type Interval, type IntervalUnit, unitCalled } from './interval-units.js';

/** Why a text is no interval. */
type Wrong = 'format' | 'overflow';

class Unread extends Error {
  constructor(readonly wrong: Wrong) {
    super(wrong);
  }
}

/** Forms of ISO 8601 and infinities, which newer versions of PostgreSQL read. */
const OTHER_FORM = /^(?:[+-]?\s*infinity|PT?|P.*\d)$/i;

/** PostgreSQL's interval_in without modifiers (DecodeInterval in src/backend/utils/adt/datetime.c). @throws PgError 22007, 22008, 22015 */
export function parseInterval(text: string): Interval {
  try {
    return new IntervalReader().read(intervalFields(text) ?? wrong('format'));
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    if (error.wrong === 'format' && ISO_INTERVAL.test(text)) return isoInterval(text);
    if (error.wrong === 'format' && OTHER_FORM.test(text.trim())) {
      throw new UnsupportedOnFallbackError(`The interval "${text}"`, 'Write it as 1 year 2 mons 3 days 04:05:06.');
    }
    throw error.wrong === 'format' ? invalidInterval(text) : new PgError('22015', `interval field value out of range: "${text}"`);
  }
}

function invalidInterval(text: string): PgError {
  return new PgError('22007', `invalid input syntax for type interval: "${text}"`);
}

function wrong(kind: Wrong): never {
  throw new Unread(kind);
}

/** Words that say nothing. */
const IGNORED: ReadonlySet<string> = new Set(['at', 'on']);
const CLOCK = ['hour', 'minute', 'second', 'millisecond', 'microsecond'];
const SECONDS = ['second', 'millisecond', 'microsecond'];

/** Reads the fields from the last to the first, so that a unit is known before its number. */
class IntervalReader {
  readonly #sum = new IntervalSum();
  readonly #seen = new Set<string>();
  /** What the next number counts. Behind "ago" it must be said. */
  #unit: IntervalUnit | 'none' | undefined;
  #unitWaits = false;
  #isAgo = false;

  read(fields: readonly IntervalField[]): Interval {
    for (let index = fields.length - 1; index >= 0; index--) {
      const field = fields[index];
      if (field) this.#readField(field, index === fields.length - 1);
    }
    if (this.#seen.size === 0 || this.#unitWaits) wrong('format');
    return this.#sum.total(this.#isAgo);
  }

  #readField({ kind, text }: IntervalField, isLast: boolean): void {
    if (kind === 'word') {
      this.#readWord(text, isLast);
      return;
    }
    const isClock = kind === 'time' || (kind === 'signed' && text.slice(1).includes(':') && clockMicros(text.slice(1)) !== undefined);
    if (isClock) this.#readClock(kind === 'time' ? text : text.slice(1), kind === 'signed' && text.startsWith('-'));
    else this.#readNumber(text);
  }

  #readClock(text: string, isNegative: boolean): void {
    const micros = clockMicros(text) ?? wrong(isClockForm(text) ? 'overflow' : 'format');
    this.#sum.setMicros(isNegative ? 0 - micros : micros);
    this.#take(CLOCK);
    this.#unit = unitCalled('day');
    this.#unitWaits = false;
  }

  #readNumber(text: string): void {
    const [, sign = '', whole = '', rest = ''] = /^([+-]?)(\d*)(.*)$/s.exec(text) ?? [];
    const factor = sign === '-' ? -1 : 1;
    this.#unitWaits = false;
    if (rest.startsWith('-')) {
      this.#readYearsAndMonths(factor, Number(whole), rest.slice(1));
      return;
    }
    if (rest !== '' && !/^\.\d*$/.test(rest)) wrong('format');
    const unit = this.#unit ?? unitCalled('second') ?? wrong('format');
    if (unit === 'none') wrong('format');
    const fraction = rest.length > 1 ? factor * Number(`0${rest}`) : 0;
    if (!this.#sum.add(unit, factor * Number(whole), fraction)) wrong('overflow');
    this.#take(unit.name === 'second' && fraction !== 0 ? SECONDS : [unit.name]);
    if (unit.name === 'hour') this.#unit = unitCalled('day');
    else this.#unit = unit;
  }

  /** As SQL writes it: `1-2`. */
  #readYearsAndMonths(factor: number, years: number, rest: string): void {
    const [, months = '', more = ''] = /^([+-]?\d*)(.*)$/s.exec(rest) ?? [];
    if (Number(months) < 0 || Number(months) > 11) wrong('overflow');
    if (more !== '') wrong('format');
    const unit = unitCalled('month') ?? wrong('format');
    if (!this.#sum.add(unit, factor * (years * 12 + Number(months)), 0)) wrong('overflow');
    this.#take([unit.name]);
    this.#unit = unit;
  }

  #readWord(word: string, isLast: boolean): void {
    if (this.#unitWaits) wrong('format');
    if (IGNORED.has(word)) return;
    if (word === 'ago') {
      if (!isLast) wrong('format');
      this.#isAgo = true;
      this.#unit = 'none';
      return;
    }
    this.#unit = unitCalled(word) ?? wrong('format');
    this.#unitWaits = true;
  }

  /** Nothing is counted twice. */
  #take(names: readonly string[]): void {
    if (names.some((name) => this.#seen.has(name))) wrong('format');
    for (const name of names) this.#seen.add(name);
  }
}

/** `10:20`, `10:20:30.5`, and `20:30.5`, whose first number is minutes. */
const CLOCK_FORM = /^(\d+):(\d+)(?::(\d+))?(\.\d*)?$/;

function isClockForm(text: string): boolean {
  return CLOCK_FORM.test(text);
}

/** `undefined` where it is no time or one out of range. */
function clockMicros(text: string): number | undefined {
  const [matched, first = '', second = '', third, fraction] = CLOCK_FORM.exec(text) ?? [];
  if (matched === undefined) return undefined;
  const isShort = third === undefined && fraction !== undefined;
  const [hours, minutes, seconds] = (isShort ? ['0', first, second] : [first, second, third ?? '0']).map(Number) as [
    number,
    number,
    number,
  ];
  if (minutes > 59 || seconds > 60) return undefined;
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + roundHalfEven(Number(`0${fraction ?? ''}`) * 1_000_000);
}
