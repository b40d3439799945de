import { join } from 'node:path';
import { Registry } from 'prom-client';
import { expect, onTestFinished, vi } from 'vitest';
import { type EventName, type ResilientConfig, ResilientConnection, type ResilientEvents } from '../../src/index.js';
import { registerMetrics } from '../../src/metrics/index.js';
import { type MetricFamily, type MetricLine, parseMetrics, seriesKey } from '../support/metrics-text.js';
import { superuserPassword } from '../support/postgres-data.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

/** An event, and when it was told. */
export interface Told {
  readonly name: EventName;
  readonly payload: unknown;
  readonly atMs: number;
}

export type Labels = Readonly<Record<string, string>>;

/** What one scrape gave, and what had been told at that moment. */
export class Scrape {
  constructor(
    readonly text: string,
    readonly families: ReadonlyMap<string, MetricFamily>,
    readonly told: readonly Told[],
    readonly atMs: number,
    private readonly labels: Labels,
  ) {}

  /** The value of a series of the connection, by its name without the prefix; `undefined` where there is none. */
  value(name: string, labels: Labels = {}): number | undefined {
    const key = seriesKey({ name: `exprsn_${name}`, labels: { ...this.labels, ...labels } });
    return this.lines().find((line) => seriesKey(line) === key)?.value;
  }

  /** The lines of the connection, of one name or of all. */
  lines(name?: string): MetricLine[] {
    return [...this.families.values()]
      .flatMap(({ lines }) => lines)
      .filter((line) => line.labels['service'] === this.labels['service'] && (name === undefined || line.name === `exprsn_${name}`));
  }

  payloads<K extends EventName>(event: K): ResilientEvents[K][] {
    return this.told.filter(({ name }) => name === event).map(({ payload }) => payload as ResilientEvents[K]);
  }
}

/** A connection with its metrics in a registry of its own, watched from its first moment. */
export interface Measured {
  readonly connection: ResilientConnection;
  readonly registry: Registry;
  readonly told: readonly Told[];
  readonly log: readonly string[];
  readonly startedAtMs: number;
  /** The fallback's file. */
  readonly file: string;
  /** Scrapes, and expects what holds of every scrape. */
  readonly scrape: () => Promise<Scrape>;
  /** Scrapes until something holds. */
  readonly until: (what: string, holds: (scrape: Scrape) => boolean) => Promise<Scrape>;
  /** Resolves with the first scrape that has this state. */
  readonly in: (state: string) => Promise<Scrape>;
}

const EVENTS: readonly EventName[] = [
  ...(['connected', 'disconnected', 'failover', 'recovered', 'retry', 'healthCheckPassed', 'healthCheckFailed'] as const),
  ...(['outcome', 'closed'] as const),
];

/** Where a connection leads. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly database?: string;
}

/** Makes a connection as a program with this NODE_ENV does. It is closed at the end of the test. */
export function connectIn(environment: string, target: Target, config: Partial<ResilientConfig> = {}): ResilientConnection {
  vi.stubEnv('NODE_ENV', environment);
  try {
    const { database = 'postgres', host, port } = target;
    const connection = new ResilientConnection({
      serviceName: 'exprsn-ca',
      logger: false,
      fallback: { storage: ':memory:' },
      ...config,
      primary: { host, port, database, username: 'postgres', password: superuserPassword, logging: false, ...config.primary },
      options: { connectTimeout: 2_000, maxWait: 15_000, ...config.options },
    });
    onTestFinished(() => connection.close({ timeout: 500 }));
    return connection;
  } finally {
    vi.unstubAllEnvs();
  }
}

/** Makes a connection and registers its metrics before anything has happened. */
export function measure(environment: string, target: Target, config: Partial<ResilientConfig> = {}): Measured {
  const storageDir = join(tempFolder(), 'sqlite');
  const log: string[] = [];
  const line = (text: string) => void log.push(text);
  const startedAtMs = performance.now();
  const logger = { info: line, warn: line, error: line };
  const connection = connectIn(environment, target, { fallback: { storageDir }, logger, ...config });
  const told: Told[] = [];
  for (const name of EVENTS) connection.on(name, (payload: unknown) => void told.push({ name, payload, atMs: performance.now() }));
  const registry = new Registry();
  registerMetrics(connection, { register: registry, prefix: 'exprsn_' });
  const { serviceName } = connection.getStatus();
  const counted = new Map<string, number>();
  const scrape = async (): Promise<Scrape> => {
    const atMs = performance.now();
    const text = registry.metrics();
    const seen = [...told];
    const made = new Scrape(await text, parseMetrics(await text), seen, atMs, { service: serviceName });
    neverGoesDown(made, counted);
    expect(made.text).not.toContain(superuserPassword);
    expect(made.text).not.toContain('://');
    return made;
  };
  const until: Measured['until'] = (what, holds) =>
    waitFor(
      async () => {
        const made = await scrape();
        return holds(made) ? made : undefined;
      },
      { what, timeoutMs: 20_000 },
    );
  const inState = (state: string) => until(`the state ${state}`, (made) => made.value('database_state', { state }) === 1);
  const file = join(storageDir, `${serviceName}.sqlite`);
  return { connection, registry, told, log, startedAtMs, file, scrape, until, in: inState };
}

/** A counter that goes down is taken for a restart. */
function neverGoesDown({ families }: Scrape, counted: Map<string, number>): void {
  const lines = [...families.values()].filter(({ type }) => type !== 'gauge').flatMap(({ lines: all }) => all);
  const now = new Map(lines.map((line) => [seriesKey(line), line.value]));
  const lower = [...counted].filter(([key, before]) => !((now.get(key) ?? -1) >= before));
  expect(lower).toEqual([]);
  for (const [key, value] of now) counted.set(key, value);
}
