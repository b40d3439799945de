/** The middle of a list of figures and where its middle half lies. */
export interface Summary {
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  /** Where the median itself lies with a probability of 95 %, as far as the figures are independent of each other. */
  readonly medianBetween: readonly [number, number];
}

/** Says where a list of figures has its median and quartiles. */
export function summaryOf(figures: readonly number[]): Summary {
  const sorted = [...figures].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
    medianBetween: medianBetween(sorted),
  };
}

/** The figure below which this share of an ascending list lies, interpolated; NaN for an empty list. */
export function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const [below = Number.NaN, above = below] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
  return below + (above - below) * (position - Math.floor(position));
}

/** Figures that belong to the same round, divided. */
export function ratiosOf(dividends: readonly number[], divisors: readonly number[]): number[] {
  return dividends.map((dividend, round) => dividend / (divisors[round] ?? Number.NaN));
}

/** By order statistics: how many figures lie below the true median is binomially distributed with p = 1/2, here by its normal form. */
function medianBetween(sorted: readonly number[]): [number, number] {
  const reach = (1.96 * Math.sqrt(sorted.length)) / 2;
  const first = Math.max(0, Math.floor(sorted.length / 2 - reach));
  const last = Math.min(sorted.length - 1, Math.ceil(sorted.length / 2 + reach) - 1);
  return [sorted[first] ?? Number.NaN, sorted[last] ?? Number.NaN];
}
