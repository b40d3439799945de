/** One line of a metric. */
export interface MetricLine {
  /** With the suffix of a histogram's or counter's line. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with its lines. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly lines: readonly MetricLine[];
}

export type MetricsFormat = 'prometheus' | 'openmetrics';

const HELP = /^# HELP ([A-Za-z_:][A-Za-z0-9_:]*) (.+)$/;
const TYPE = /^# TYPE ([A-Za-z_:][A-Za-z0-9_:]*) (gauge|counter|histogram|summary|untyped|unknown)$/;
const LINE = /^([A-Za-z_:][A-Za-z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;

/**
 * Reads what a scrape gives, and throws for whatever a strict reader would refuse: a family in two places, a line that belongs to none,
 * a series or a label twice, a number that is none, a histogram whose buckets shrink or do not end at its count.
 */
export function parseMetrics(text: string, format: MetricsFormat = 'prometheus'): Map<string, MetricFamily> {
  const families = new Map<string, MetricFamily>();
  const series = new Set<string>();
  let current: { name: string; help: string; type?: string; lines: MetricLine[] } | undefined;
  for (const line of linesOf(text, format)) {
    const [, helped, help = ''] = HELP.exec(line) ?? [];
    const [, typed, type = ''] = TYPE.exec(line) ?? [];
    if (helped !== undefined) {
      refuseIf(families.has(helped), `${helped} is there twice`, line);
      current = { name: helped, help, lines: [] };
    } else if (typed !== undefined) {
      refuseIf(current?.name !== typed || current.type !== undefined, 'a type without its help before it', line);
      current = { ...(current as NonNullable<typeof current>), type };
      families.set(typed, current as MetricFamily);
    } else {
      const sample = lineOf(line);
      const family = current?.type === undefined ? undefined : (current as MetricFamily);
      refuseIf(family === undefined || !namesOf(family, format).includes(sample.name), 'a line that belongs to no family', line);
      const key = seriesKey(sample);
      refuseIf(series.has(key), 'a series twice', line);
      series.add(key);
      current?.lines.push(sample);
    }
  }
  for (const family of families.values()) checkHistogram(family);
  return families;
}

/** A series as it is written, with its labels sorted. */
export function seriesKey({ name, labels }: Pick<MetricLine, 'name' | 'labels'>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.sort().join(',')}}`;
}

function linesOf(text: string, format: MetricsFormat): string[] {
  const lines = text.split('\n');
  refuseIf(lines.pop() !== '', 'no end of line at the end', text.slice(-80));
  if (format === 'prometheus') return lines.filter((line) => line !== '');
  refuseIf(lines.pop() !== '# EOF', 'no # EOF at the end', text.slice(-80));
  refuseIf(lines.includes(''), 'an empty line', text.slice(0, 80));
  return lines;
}

function lineOf(line: string): MetricLine {
  const [, name, labelled = '', number] = LINE.exec(line) ?? [];
  refuseIf(name === undefined || number === undefined, 'not a line of a metric', line);
  const labels: Record<string, string> = {};
  for (let rest = labelled; rest !== ''; ) {
    const [whole, label, value] = LABEL.exec(rest) ?? [];
    refuseIf(whole === undefined || label === undefined || value === undefined || label in labels, 'labels that can not be read', line);
    labels[label as string] = (value as string).replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
    rest = rest.slice((whole as string).length);
  }
  const value = number === '+Inf' ? Infinity : Number(number);
  refuseIf(Number.isNaN(value), 'not a number', line);
  return { name: name as string, labels, value };
}

function namesOf({ name, type }: MetricFamily, format: MetricsFormat): string[] {
  if (type === 'histogram') return ['_bucket', '_sum', '_count'].map((suffix) => name + suffix);
  return [type === 'counter' && format === 'openmetrics' ? `${name}_total` : name];
}

function checkHistogram({ name, type, lines }: MetricFamily): void {
  if (type !== 'histogram') return;
  const buckets = new Map<string, MetricLine[]>();
  for (const line of lines.filter((one) => one.name === `${name}_bucket`)) {
    const { le, ...labels } = line.labels;
    refuseIf(le === undefined, 'a bucket without bound', name);
    const key = seriesKey({ name, labels });
    buckets.set(key, [...(buckets.get(key) ?? []), line]);
  }
  for (const [key, ofOne] of buckets) {
    const bounds = ofOne.map(({ labels }) => (labels['le'] === '+Inf' ? Infinity : Number(labels['le'])));
    refuseIf(!isGrowing(bounds, false) || bounds.at(-1) !== Infinity, 'bounds out of order', key);
    refuseIf(
      !isGrowing(
        ofOne.map(({ value }) => value),
        true,
      ),
      'buckets that shrink',
      key,
    );
    const of = (suffix: string) => lines.find((line) => seriesKey({ ...line, name }) === key && line.name === name + suffix)?.value;
    refuseIf(of('_count') !== ofOne.at(-1)?.value, 'a count that is not the last bucket', key);
    refuseIf(!((of('_sum') ?? -1) >= 0), 'no sum', key);
  }
}

const isGrowing = (numbers: readonly number[], orSame: boolean): boolean =>
  numbers.every((number, at) => {
    const before = at === 0 ? -Infinity : (numbers[at - 1] ?? Number.NaN);
    return number > before || (orSame && number === before);
  });

function refuseIf(isBad: boolean, what: string, where: string): void {
  if (isBad) throw new Error(`${what}: ${where}`);
}
