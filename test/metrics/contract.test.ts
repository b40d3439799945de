import { AggregatorRegistry, Gauge, type OpenMetricsContentType, prometheusContentType, Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json';
import { registerMetrics } from '../../src/metrics/index.js';
import { leakGuard } from '../support/leak-guard.js';
import { type MetricFamily, parseMetrics, seriesKey } from '../support/metrics-text.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { connectIn, measure } from './measured.js';

leakGuard();

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());

/** What dashboards and alert rules may rely on: type and labels by name. */
const CONTRACT: Readonly<Record<string, readonly [type: string, ...labels: string[]]>> = {
  database_fallback_active: ['gauge'],
  database_state: ['gauge', 'state'],
  database_primary_reachable: ['gauge'],
  database_primary_degraded: ['gauge', 'reason'],
  database_last_probe_timestamp_seconds: ['gauge'],
  database_info: ['gauge', 'version', 'driver', 'environment'],
  database_pool_connections: ['gauge', 'state'],
  database_pool_waiting: ['gauge'],
  database_queued_calls: ['gauge'],
  database_fallback_unmerged_rows: ['gauge'],
  database_switches_total: ['counter', 'from', 'to', 'reason'],
  database_retry_attempts_total: ['counter'],
  database_inflight_outcomes_total: ['counter', 'outcome'],
  database_fallback_seconds_total: ['counter'],
  database_probe_duration_seconds: ['histogram', 'result'],
  database_outage_duration_seconds: ['histogram'],
};

const STATES = ['connecting', 'primary', 'fallback', 'unavailable', 'closed'];

/** Each metric has its type, a help of its own, its labels, and from the first scrape on at least one series. */
function expectContract(families: ReadonlyMap<string, MetricFamily>, prefix = '', nameOf = (name: string) => name): void {
  const ours = [...families.values()].filter(({ name }) => name.startsWith(`${prefix}database_`));
  expect(ours.map(({ name }) => name).sort()).toEqual(
    Object.keys(CONTRACT)
      .map((name) => nameOf(prefix + name))
      .sort(),
  );
  for (const [name, [type, ...labels]] of Object.entries(CONTRACT)) {
    const family = families.get(nameOf(prefix + name));
    expect([name, family?.type]).toEqual([name, type]);
    const labelled = family?.lines.map((line) =>
      Object.keys(line.labels)
        .filter((label) => label !== 'le')
        .sort(),
    );
    expect(labelled?.length).toBeGreaterThan(0);
    for (const found of labelled ?? []) expect([name, found]).toEqual([name, ['service', ...labels].sort()]);
  }
  expect(new Set(ours.map(({ help }) => help)).size).toBe(ours.length);
}

const setOf = (family: MetricFamily | undefined, label: string): string[] => [
  ...new Set(family?.lines.map(({ labels }) => labels[label] ?? '')),
];

/** The declarations of prom-client 15 know no constructor with a content type. */
function openMetricsRegistry(): Registry<OpenMetricsContentType> {
  const register = new Registry<OpenMetricsContentType>();
  register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return register;
}

describe('the first scrape, directly after new ResilientConnection()', () => {
  it('has every metric of the contract with its type, help and labels', async () => {
    const { scrape } = measure('development', postgres);
    const { families, text } = await scrape();
    expectContract(families, 'exprsn_');
    expect(text).toContain('\nexprsn_database_fallback_active{service="exprsn-ca"} 0\n');
  });

  it('has each value of each label with a closed list', async () => {
    const { families } = await measure('development', postgres).scrape();
    expect(setOf(families.get('exprsn_database_state'), 'state')).toEqual(STATES);
    expect(setOf(families.get('exprsn_database_pool_connections'), 'state').sort()).toEqual(['connecting', 'idle', 'used']);
    expect(setOf(families.get('exprsn_database_probe_duration_seconds'), 'result').sort()).toEqual(['failed', 'passed']);
    const outcomes = ['committed', 'not-sent', 'rolled-back', 'unknown'];
    expect(setOf(families.get('exprsn_database_inflight_outcomes_total'), 'outcome').sort()).toEqual(outcomes);
  });

  it('is of a connection that has done nothing yet', async () => {
    const scrape = await measure('development', postgres).scrape();
    const set = scrape.lines().filter(({ value }) => value !== 0);
    expect(set.map(({ name, labels }) => [name, labels['state']])).toEqual([
      ['exprsn_database_state', 'connecting'],
      ['exprsn_database_info', undefined],
    ]);
    expect(scrape.value('database_info', { version: manifest.version, driver: 'none', environment: 'development' })).toBe(1);
  });

  it('has the likely switches at 0, so that the first one is seen as an increase', async () => {
    const inDevelopment = await measure('development', postgres).scrape();
    for (const reason of ['server-down', 'black-hole', 'manual']) {
      expect(inDevelopment.value('database_switches_total', { from: 'postgres', to: 'sqlite', reason })).toBe(0);
    }
    expect(inDevelopment.value('database_switches_total', { from: 'sqlite', to: 'postgres', reason: 'recovered' })).toBe(0);
    const inProduction = await measure('production', postgres, { serviceName: 'other' }).scrape();
    expect(inProduction.value('database_switches_total', { from: 'postgres', to: 'none', reason: 'server-down' })).toBe(0);
    expect(inProduction.value('database_switches_total', { from: 'none', to: 'postgres', reason: 'recovered' })).toBe(0);
  });
});

describe('the label environment', () => {
  it.each([
    ['production', 'production'],
    ['PROD', 'production'],
    ['Staging', 'staging'],
    ['test', 'test'],
    ['', 'development'],
    ['a\n"strange"\\one', 'a\n"strange"\\one'],
  ])('of NODE_ENV %j is %j', async (nodeEnv, environment) => {
    const scrape = await measure(nodeEnv, postgres).scrape();
    expect(scrape.lines('database_info').map(({ labels }) => labels['environment'])).toEqual([environment]);
  });
});

describe('a registry', () => {
  it('without a prefix has the names of the contract', async () => {
    const register = new Registry();
    registerMetrics(connectIn('development', postgres), { register });
    expectContract(parseMetrics(await register.metrics()));
  });

  it('of OpenMetrics has them too', async () => {
    const register = openMetricsRegistry();
    const connection = connectIn('development', postgres);
    registerMetrics(connection, { register });
    await connection.ready;
    for (let time = 0; time < 2; time += 1) {
      expectContract(parseMetrics(await register.metrics(), 'openmetrics'), '', (name) => name.replace(/_total$/, ''));
    }
    await connection.close();
    expect(await register.metrics()).toBe('\n# EOF\n');
  });

  it('gives the same as JSON, with default labels', async () => {
    const { connection, registry } = measure('development', postgres);
    await connection.ready;
    registry.setDefaultLabels({ region: 'eu', service: 'not-this-one' });
    const lines = [...parseMetrics(await registry.metrics()).values()].flatMap((family) => family.lines);
    for (const { labels } of lines) expect(labels).toMatchObject({ region: 'eu', service: 'exprsn-ca' });
    const json = await registry.getMetricsAsJSON();
    const fromJson = json.flatMap(({ name, values }) =>
      values.map((one) => ({ name: (one as { metricName?: string }).metricName ?? name, labels: textOf(one.labels), value: one.value })),
    );
    const stable = (all: typeof fromJson) => all.filter(({ name }) => !/seconds|pool/.test(name)).map((one) => [seriesKey(one), one.value]);
    expect(fromJson.map(seriesKey).sort()).toEqual(lines.map(seriesKey).sort());
    expect(stable(fromJson).sort()).toEqual(stable(lines.map((line) => ({ ...line, labels: { ...line.labels } }))).sort());
  });

  it('can be merged with others', async () => {
    const { registry } = measure('development', postgres);
    const other = new Registry();
    new Gauge({ name: 'mine', help: 'h', registers: [other] }).set(3);
    const merged = Registry.merge([other, registry]);
    const families = parseMetrics(await merged.metrics());
    expect(families.get('mine')?.lines[0]?.value).toBe(3);
    families.delete('mine');
    expectContract(families, 'exprsn_');
  });

  it('is put together with those of other workers of a cluster', async () => {
    const [one, other] = [measure('development', postgres), measure('development', postgres)];
    await Promise.all([one.connection.ready, other.connection.ready]);
    await one.connection.failover('by hand', { hold: true });
    const collected = await Promise.all([one.registry.getMetricsAsJSON(), other.registry.getMetricsAsJSON()]);
    const both = AggregatorRegistry.aggregate(JSON.parse(JSON.stringify(collected)) as object[]);
    const text = await both.metrics();
    const lines = [...parseMetrics(text).values()].flatMap((family) => family.lines);
    expectContract(parseMetrics(text), 'exprsn_');
    const valueOf = (name: string, labels: object) =>
      lines.find((line) => seriesKey(line) === seriesKey({ name: `exprsn_${name}`, labels: { service: 'exprsn-ca', ...labels } }))?.value;
    expect(valueOf('database_fallback_active', {})).toBe(1);
    expect(valueOf('database_state', { state: 'primary' })).toBe(1);
    expect(valueOf('database_state', { state: 'fallback' })).toBe(1);
    expect(valueOf('database_switches_total', { from: 'postgres', to: 'sqlite', reason: 'manual' })).toBe(1);
    expect(valueOf('database_primary_reachable', {})).toBe(1);
    expect(both.contentType).toBe(prometheusContentType);
  });

  it('loses nothing by resetMetrics()', async () => {
    const { connection, registry, scrape } = measure('development', postgres);
    await connection.ready;
    await connection.failover('by hand', { hold: true });
    await scrape();
    registry.resetMetrics();
    expect((await scrape()).value('database_switches_total', { from: 'postgres', to: 'sqlite', reason: 'manual' })).toBe(1);
  });
});

const textOf = (labels: object): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
