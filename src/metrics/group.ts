import type { Metric } from 'prom-client';
import type { Snapshot, SnapshotSource } from '../health/snapshot.js';
import { FAMILIES, type HistogramFamily, type NumberFamily, type Sample, type Spread } from './families.js';
import { type AnyRegistry, metricOf, type Reader } from './metrics.js';

/** The metrics of one prefix in one registry: one set for all connections, told apart by the label `service`. */
export class Group implements Reader {
  /** With what ends the wait for its end. */
  readonly #sources = new Map<SnapshotSource, () => void>();
  /** Those whose name another one has, for as long as it has it: a service that reloads may make the next before it closes the last. */
  readonly #waiting = new Map<SnapshotSource, () => void>();
  readonly #metrics = new Map<string, Metric>();
  readonly #left = new Set<string>();
  #snapshots: readonly Snapshot[] | undefined;

  constructor(
    private readonly registry: AnyRegistry,
    private readonly prefix: string,
  ) {}

  get isEmpty(): boolean {
    return this.#sources.size === 0;
  }

  /** Adds a connection, and whatever of the metrics is not in the registry (any more). `onClosed` is called when that is closed. */
  add(source: SnapshotSource, onClosed: () => void): void {
    if (!this.#sources.has(source)) {
      if (this.#waiting.has(source)) return;
      if (this.#hasName(source)) return void this.#waiting.set(source, source.whenClosed(onClosed));
      this.#sources.set(source, source.whenClosed(onClosed));
      this.#snapshots = undefined;
    }
    for (const family of FAMILIES) {
      const name = this.prefix + family.name;
      const found = this.registry.getSingleMetric<string>(name);
      if (found === undefined) this.#metrics.set(name, metricOf(family, name, this.registry, this));
      else if (found !== this.#metrics.get(name)) this.leave(name);
    }
  }

  remove(source: SnapshotSource): void {
    this.#drop(source);
    if (!this.isEmpty) return;
    for (const [name, metric] of this.#metrics) {
      if (this.owns(name, metric)) this.registry.removeSingleMetric(name);
    }
    this.#metrics.clear();
  }

  /** Whether this metric is in the registry, and ours. */
  owns(name: string, metric = this.#metrics.get(name)): boolean {
    const found = this.registry.getSingleMetric<string>(name);
    return found !== undefined && found === metric;
  }

  /** Leaves a name to whoever else has registered it, and says so once. */
  leave(name: string): void {
    this.#metrics.delete(name);
    if (this.#left.has(name)) return;
    this.#left.add(name);
    const [source] = this.#sources.keys();
    source?.warn(`The metric ${name} is registered by something else, so registerMetrics() leaves it alone; a prefix of its own has both`);
  }

  numbers(family: NumberFamily): readonly Sample[] {
    return this.#now().flatMap((snapshot) => family.read(snapshot).map((sample) => ofService(snapshot, sample)));
  }

  spreads(family: HistogramFamily): readonly Spread[] {
    return this.#now().flatMap((snapshot) => family.read(snapshot).map((spread) => ofService(snapshot, spread)));
  }

  /** A registry collects its metrics in one go, so that all tell of the same instant. */
  #now(): readonly Snapshot[] {
    if (this.#snapshots === undefined) {
      this.#snapshots = [...this.#sources.keys()].map((source) => source.snapshot());
      queueMicrotask(() => (this.#snapshots = undefined));
    }
    return this.#snapshots;
  }

  #drop(source: SnapshotSource): void {
    this.#waiting.get(source)?.();
    this.#waiting.delete(source);
    const forget = this.#sources.get(source);
    if (forget === undefined) return;
    forget();
    this.#sources.delete(source);
    this.#snapshots = undefined;
    this.#admitNext(nameOf(source));
  }

  #admitNext(name: string): void {
    const next = [...this.#waiting].find(([waiting]) => nameOf(waiting) === name);
    if (next === undefined) return;
    this.#waiting.delete(next[0]);
    this.#sources.set(...next);
  }

  /** Two series of the same labels would be a scrape that fails. One that is closing makes room for the next. */
  #hasName(source: SnapshotSource): boolean {
    const name = nameOf(source);
    const other = [...this.#sources.keys()].find((known) => nameOf(known) === name);
    if (other === undefined) return false;
    if (other.snapshot().status.state === 'closed') {
      this.#drop(other);
      return this.#hasName(source);
    }
    source.warn(
      `Another connection with the serviceName '${name}' has its metrics in this registry, so registerMetrics() leaves this one out until that is closed`,
    );
    return true;
  }
}

const nameOf = (source: SnapshotSource): string => source.snapshot().status.serviceName;

function ofService<Line extends { readonly labels: Readonly<Record<string, string>> }>({ status }: Snapshot, line: Line): Line {
  return { ...line, labels: { service: status.serviceName, ...line.labels } };
}
