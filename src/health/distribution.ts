/** How often values fell where, as a histogram of Prometheus counts it. */
export interface Distribution {
  /** Upper bounds, in seconds, growing. */
  readonly bounds: readonly number[];
  /** How many values were at most as large as the bound of the same place, and larger than the one before. */
  readonly counts: readonly number[];
  /** All values together, in seconds. */
  readonly sum: number;
  /** How many values there were, those above the last bound too. */
  readonly count: number;
}

/** Counts values as they come. */
export class Tally implements Distribution {
  readonly counts: number[];
  sum = 0;
  count = 0;

  constructor(readonly bounds: readonly number[]) {
    this.counts = bounds.map(() => 0);
  }

  add(seconds: number): void {
    const place = this.bounds.findIndex((bound) => seconds <= bound);
    if (place >= 0) this.counts[place] = (this.counts[place] ?? 0) + 1;
    this.sum += seconds;
    this.count += 1;
  }
}
