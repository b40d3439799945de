import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { prometheusBinaries } from '../support/prometheus-binaries.js';
import { waitFor } from '../support/wait-for.js';
import { filledIn, panelQueries } from './dashboard.js';
import { type MeasuredService, startMeasured } from './measured-service.js';
import { type Alert, Prometheus, serveMetrics } from './prometheus.js';
import { rulesText } from './rules.js';

const binaries = await prometheusBinaries();
const missing = binaries instanceof Error;
const why = missing ? ` (${binaries.message})` : '';

leakGuard({ scope: 'file' });

/** A minute of the rules in a second. */
const hurried = (rules: string): string =>
  rules
    .replace(/:15s\]/g, ':500ms]')
    .replace(/\b(\d+)m\b/g, '$1s')
    .replace(/\b1h\b/g, '60s');

/** What became of the alerts, each time one of them changed. */
class Watch {
  readonly seen: Alert[] = [];
  #now: readonly Alert[] = [];
  #over = false;
  readonly #ended: Promise<void>;

  constructor(prometheus: Prometheus) {
    this.#ended = (async () => {
      while (!this.#over) {
        this.#now = await prometheus.alerts();
        for (const alert of this.#now) if (!this.#states(alert.labels).includes(alert.state)) this.seen.push(alert);
        await sleep(100);
      }
    })();
  }

  /** In which states an alert was seen, in order, and whether it is there now. */
  of(alertname: string, service: string): { states: Alert['state'][]; isThere: boolean } {
    const is = ({ labels }: Alert): boolean => labels.alertname === alertname && labels.service === service;
    return { states: this.seen.filter(is).map(({ state }) => state), isThere: this.#now.some(is) };
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#ended;
  }

  #states(labels: Alert['labels']): Alert['state'][] {
    const same = (other: Alert): boolean => JSON.stringify(other.labels) === JSON.stringify(labels);
    return this.seen.filter(same).map(({ state }) => state);
  }
}

describe.skipIf(missing)(`a real Prometheus through an outage${why}`, { timeout: 120_000 }, () => {
  const closers: (() => Promise<unknown>)[] = [];
  let server: PostgresServer;
  let prometheus: Prometheus;
  let watch: Watch;
  let startedAtMs: number;

  /** At most how long an alert may take that is due after a few seconds. */
  const SOON = { timeoutMs: 60_000 };

  const start = async (serviceName: string, nodeEnv: string, allowSQLiteFallback?: boolean): Promise<[MeasuredService, string]> => {
    const env = { NODE_ENV: nodeEnv, KUBERNETES_SERVICE_HOST: '' };
    const service = await startMeasured(server, {
      serviceName,
      env,
      ...(allowSQLiteFallback === undefined ? {} : { allowSQLiteFallback }),
    });
    closers.unshift(() => service.connection.close({ timeout: 500 }));
    const { address, close } = await serveMetrics(service.registry);
    closers.unshift(close);
    return [service, address];
  };

  beforeAll(async () => {
    server = await startPostgres();
    closers.unshift(() => server.dispose());
    const [[staging, atShop], [, atTill], [, atDesk]] = [
      await start('shop', 'staging', true),
      await start('till', 'production'),
      await start('desk', 'development'),
    ];
    prometheus = await Prometheus.start(hurried(rulesText()), [atShop, atTill, atDesk]);
    closers.unshift(() => prometheus.stop());
    startedAtMs = Date.now();
    await waitFor(async () => (await prometheus.query('database_info')).length === 3, { what: 'the first scrapes', ...SOON });
    watch = new Watch(prometheus);
    closers.unshift(() => watch.stop());
    await sleep(4_000);
    expect(await prometheus.alerts()).toEqual([]);
    await server.kill();
    await waitFor(() => staging.connection.getStatus().fallback, { what: 'the fallback', ...SOON });
    await staging.orders.create({ name: 'during' });
  }, 180_000);

  afterAll(async () => {
    for (const close of closers) await close();
  });

  it('sees the fallback in staging and PostgreSQL away in production pending, then firing, and nothing of development', async () => {
    const awaited: [string, string][] = [
      ['DatabaseFallbackActive', 'shop'],
      ['DatabaseUnavailable', 'till'],
    ];
    for (const [name, service] of awaited) {
      await waitFor(() => watch.of(name, service).states.includes('firing'), { what: `${name} of ${service} to fire`, ...SOON });
      expect(watch.of(name, service).states[0]).toBe('pending');
    }
    expect(watch.seen.filter(({ labels }) => labels.service === 'desk')).toEqual([]);
    const active = watch.seen.find(({ labels, state }) => labels.alertname === 'DatabaseFallbackActive' && state === 'firing');
    expect(active?.labels).toEqual({ alertname: 'DatabaseFallbackActive', severity: 'page', service: 'shop', environment: 'staging' });
    expect(active?.annotations.summary).toBe('shop (staging) runs on its SQLite fallback');
    expect(active?.annotations.description).toMatch(/^Instances on the fallback: 1\. /);
    const unavailable = watch.seen.find(
      ({ labels, state }) => labels.severity === 'page' && labels.service === 'till' && state === 'firing',
    );
    expect(unavailable?.annotations.description).toMatch(/^Instances without an active database for 3 minutes: 100%\. /);
  });

  it('sees both resolved when PostgreSQL is back', async () => {
    await server.start();
    for (const [name, service] of [
      ['DatabaseFallbackActive', 'shop'],
      ['DatabaseUnavailable', 'till'],
    ] as const) {
      await waitFor(() => !watch.of(name, service).isThere, { what: `${name} of ${service} to be resolved`, ...SOON });
    }
    const fired = watch.seen.filter(({ labels, state }) => state === 'firing' && labels.alertname !== 'DatabaseUnmergedRows');
    const names = new Set(fired.map(({ labels }) => `${labels.alertname} ${labels.service}`));
    expect([...names].sort()).toEqual(['DatabaseFallbackActive shop', 'DatabaseUnavailable till']);
  });

  it('has scraped every target all the time, and evaluated every rule', async () => {
    const up = await prometheus.query('min_over_time(up[10m])');
    expect(up.map(({ values }) => values)).toEqual([[1], [1], [1]]);
    expect(prometheus.warnings()).toBe('');
  });

  it('answers every query of the dashboard', async () => {
    const lastSeconds = Math.ceil((Date.now() - startedAtMs) / 1000);
    const answers = new Map<string, number[]>();
    for (const { panel, expr, legend, instant } of panelQueries()) {
      const answer = await prometheus.query(filledIn(expr, { rateInterval: 4, range: lastSeconds }), instant ? undefined : lastSeconds);
      expect(answer.length, `${panel} ${legend}`).toBeGreaterThan(0);
      answers.set(`${panel}${legend === '' ? '' : `: ${legend}`}`, answer.flatMap(({ values }) => values).filter(Number.isFinite));
    }
    const most = (name: string): number => Math.max(...(answers.get(name) ?? []));
    expect(new Set(answers.get('State: {{service}} {{instance}}'))).toEqual(new Set([1, 3, 4]));
    expect([...answers].filter(([, values]) => values.length === 0)).toEqual([]);
    expect(most('Time in fallback')).toBeGreaterThan(5);
    expect(most('Outages')).toBeGreaterThanOrEqual(1);
    expect(most('Rows not in PostgreSQL')).toBe(1);
    for (const name of ['On the fallback', 'Without a database']) expect(answers.get(name)).toEqual([0]);
    expect(answers.get('PostgreSQL')).toEqual([1]);
    expect(most('Instances on the fallback: {{service}}')).toBe(1);
    expect(most('Switches by reason: {{from}} to {{to}}: {{reason}}')).toBeGreaterThanOrEqual(1);
    expect(most('Probes: {{result}}')).toBeGreaterThan(0);
    expect(most('Latency of probes: p99')).toBeGreaterThan(0);
    expect(most('Failed attempts to reach PostgreSQL: {{service}}')).toBeGreaterThan(0);
  });
});
