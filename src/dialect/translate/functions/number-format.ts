import { rescale } from '../../types/decimal.js';
import type { Decimal } from '../../types/numeric-key.js';
import type { NumberPart, NumberPattern } from './number-format-words.js';

/** `to_char(number, pattern)` as PostgreSQL writes it (NUM_processor in src/backend/utils/adt/formatting.c). */
export function formattedNumber(value: Decimal, pattern: NumberPattern): string | undefined {
  if (typeof value === 'string') return undefined;
  return new NumberWriter(rescale(value, pattern.decimals).unscaled, pattern).written();
}

/** Walks over the places of a pattern with the digits of a number. */
class NumberWriter {
  /** With a point where there are decimals. */
  readonly #digits: string;
  readonly #isNegative: boolean;
  /** Places before the first digit. */
  readonly #blanks: number;
  /** The last digit that FM leaves: of the decimals no zeros at the end but those that a 0 stands for. */
  readonly #lastShown: number | undefined;
  #place = 0;
  #at = 0;
  #signIsWritten: boolean;
  #wroteDigit = false;

  constructor(
    unscaled: bigint,
    readonly pattern: NumberPattern,
  ) {
    const { whole, decimals, isBare } = pattern;
    this.#isNegative = unscaled < 0n;
    const all = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(decimals + 1, '0');
    const before = all.length - decimals;
    this.#blanks = Math.max(0, whole - before);
    const shown = before > whole ? '#'.repeat(whole + decimals) : all;
    const point = before > whole ? whole : before;
    this.#digits = decimals > 0 || before > whole ? `${shown.slice(0, point)}.${shown.slice(point)}` : shown;
    this.#signIsWritten = !this.#isNegative && isBare;
    this.#lastShown = isBare && pattern.hasPoint ? this.#lastRelevant() : undefined;
  }

  written(): string {
    return this.pattern.parts.map((part) => this.#write(part)).join('');
  }

  #lastRelevant(): number | undefined {
    const point = this.#digits.indexOf('.');
    if (point < 0) return undefined;
    const last = this.#digits.replace(/0+$/, '').length - 1;
    const { zeroTo } = this.pattern;
    return zeroTo > this.#blanks ? Math.max(last, Math.min(zeroTo - this.#blanks, this.#digits.length - 1)) : last;
  }

  #write(part: NumberPart): string {
    if (part.kind === 'text') return part.text;
    if (part.kind !== ',') return this.#numberPlace(part.kind);
    if (this.#wroteDigit) return ',';
    return this.pattern.isBare ? '' : ' ';
  }

  /** A zero alone before the point is not written. */
  #isZeroBeforePoint(): boolean {
    const { zeroFrom, decimals } = this.pattern;
    return zeroFrom === undefined && this.#at === 0 && this.#digits.startsWith('0') && decimals !== 0;
  }

  #numberPlace(kind: '9' | '0' | '.'): string {
    this.#wroteDigit = false;
    const text = this.#sign() + this.#digit(kind);
    this.#place += 1;
    return text;
  }

  #sign(): string {
    const isZeroPlace = this.pattern.zeroFrom === this.#place;
    const isDue = this.#place >= this.#blanks || isZeroPlace;
    const endsWithPoint = this.#lastShown !== undefined && this.#digits.charAt(this.#lastShown) === '.';
    if (this.#signIsWritten || !isDue || (this.#isZeroBeforePoint() && !endsWithPoint)) return '';
    this.#signIsWritten = true;
    return this.#isNegative ? '-' : this.pattern.isBare ? '' : ' ';
  }

  #digit(kind: '9' | '0' | '.'): string {
    const { zeroFrom, isBare } = this.pattern;
    if (this.#place < this.#blanks) {
      if (zeroFrom === undefined || zeroFrom > this.#place) return isBare ? '' : ' ';
      this.#wroteDigit = true;
      return '0';
    }
    const text = this.#ownDigit(kind);
    if (this.#at < this.#digits.length) this.#at += 1;
    return text;
  }

  #ownDigit(kind: '9' | '0' | '.'): string {
    const digit = this.#digits.charAt(this.#at);
    if (digit === '.') return '.';
    if (this.#lastShown !== undefined && this.#at > this.#lastShown && kind !== '0') return '';
    if (this.#isZeroBeforePoint()) {
      if (!this.pattern.isBare) return ' ';
      return this.#lastShown !== undefined && this.#digits.charAt(this.#lastShown) === '.' ? '0' : '';
    }
    this.#wroteDigit = true;
    return digit;
  }
}
