import {
  Counter,
  Gauge,
  Histogram,
  type Metric,
  type MetricObjectWithValues,
  type MetricValueWithName,
  type OpenMetricsContentType,
  type Registry,
} from 'prom-client';
import type { Family, HistogramFamily, NumberFamily, Sample, Spread } from './families.js';

/** Of either content type. */
export type AnyRegistry = Registry | Registry<OpenMetricsContentType>;

/** What a family reads at a scrape, of all connections, with the label `service`. */
export interface Reader {
  numbers(family: NumberFamily): readonly Sample[];
  spreads(family: HistogramFamily): readonly Spread[];
}

/** Makes a family's metric and registers it. */
export function metricOf(family: Family, name: string, registry: AnyRegistry, reader: Reader): Metric {
  const config = { name, help: family.help, labelNames: ['service', ...family.labels], registers: [registry] };
  if (family.type === 'histogram') return new ScrapedHistogram(config, () => reader.spreads(family));
  const { aggregator } = family;
  if (family.type === 'gauge') {
    return new Gauge({
      ...config,
      aggregator,
      collect() {
        this.reset();
        for (const { labels, value } of reader.numbers(family)) this.set({ ...labels }, value);
      },
    });
  }
  return new Counter({
    ...config,
    aggregator,
    collect() {
      // The count is kept elsewhere, so that it is whole whenever somebody registers.
      this.reset();
      for (const { labels, value } of reader.numbers(family)) this.inc({ ...labels }, value);
    },
  });
}

type Lines = MetricObjectWithValues<MetricValueWithName<string>>;

/** A histogram that is counted elsewhere and only written here. */
class ScrapedHistogram extends Histogram {
  readonly #config: { readonly name: string; readonly help: string };
  readonly #read: () => readonly Spread[];

  constructor(config: { name: string; help: string; labelNames: string[]; registers: AnyRegistry[] }, read: () => readonly Spread[]) {
    super(config);
    this.#config = config;
    this.#read = read;
  }

  override get(): Promise<Lines> {
    const { name, help } = this.#config;
    const values = this.#read().flatMap((spread) => linesOf(name, spread));
    // As Histogram.get() has it (lib/histogram.js of prom-client 15); its declarations know no histogram's values.
    return Promise.resolve({ name, help, type: 'histogram', values, aggregator: 'sum' } as unknown as Lines);
  }

  /** What a registry asks for where it writes text (lib/registry.js of prom-client 15). */
  getForPromString(): Promise<Lines> {
    return this.get();
  }
}

function linesOf(name: string, { labels, distribution }: Spread): { metricName: string; labels: object; value: number }[] {
  const { bounds, counts, sum, count } = distribution;
  let soFar = 0;
  const buckets = bounds.map((le, place) => ({
    metricName: `${name}_bucket`,
    labels: { ...labels, le },
    value: (soFar += counts[place] ?? 0),
  }));
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
