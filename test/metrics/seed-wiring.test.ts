import promClient, { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ResilientConnection } from '../../src/index.js';
import { registerMetrics } from '../../src/metrics/index.js';
import { leakGuard } from '../support/leak-guard.js';
import { parseMetrics } from '../support/metrics-text.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { connectIn } from './measured.js';

leakGuard();

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
afterEach(() => promClient.register.clear());

/** A service's own gauge, as services have it that know nothing of registerMetrics(). */
function wire(dbConnection: ResilientConnection) {
  const dbFallbackGauge = new promClient.Gauge({
    name: 'exprsn_database_fallback_active',
    help: 'Whether SQLite fallback is active (1) or not (0)',
    labelNames: ['service'],
  });
  dbConnection.on('connected', ({ dialect, fallback }) => {
    expect(dialect).toBe(fallback ? 'sqlite' : 'postgres');
    dbFallbackGauge.set({ service: 'exprsn-ca' }, fallback ? 1 : 0);
  });
  return dbFallbackGauge;
}

const HELP = 'Whether SQLite fallback is active (1) or not (0)';

async function gauge(): Promise<{ help: string | undefined; value: number | undefined }> {
  const family = parseMetrics(await promClient.register.metrics()).get('exprsn_database_fallback_active');
  expect(family?.lines.length ?? 0).toBeLessThanOrEqual(1);
  return { help: family?.help, value: family?.lines[0]?.value };
}

const shows = (value: number) => waitFor(async () => (await gauge()).value === value, { what: `the gauge to show ${value}` });

function connect() {
  const warnings: string[] = [];
  const logger = { info: () => undefined, warn: (text: string) => void warnings.push(text), error: () => undefined };
  return { connection: connectIn('development', postgres, { logger }), warnings };
}

const told = (warnings: readonly string[]) => warnings.filter((text) => text.includes('exprsn_database_fallback_active'));

/** The gauge goes on through a switch and back. */
async function followsSwitches(connection: ResilientConnection): Promise<void> {
  await shows(0);
  await connection.failover('by hand', { hold: true });
  await shows(1);
  await connection.reconnect();
  await shows(0);
}

describe("a service's own gauge, set by the event connected after the await", () => {
  it('shows what is active, and follows switches', async () => {
    const { connection } = connect();
    await connection.ready;
    wire(connection);
    await followsSwitches(connection);
  });

  it('wins where it was made before registerMetrics() with the same prefix', async () => {
    const { connection, warnings } = connect();
    await connection.ready;
    wire(connection);
    registerMetrics(connection, { prefix: 'exprsn_' });
    await followsSwitches(connection);
    expect((await gauge()).help).toBe(HELP);
    expect(told(warnings)).toHaveLength(1);
    await connection.close();
    expect(promClient.register.getMetricsAsArray().map(({ name }) => name)).toEqual(['exprsn_database_fallback_active']);
  });

  it('wins where it is made after registerMetrics() with the same prefix', async () => {
    const { connection, warnings } = connect();
    registerMetrics(connection, { prefix: 'exprsn_' });
    await connection.ready;
    expect(told(warnings)).toEqual([]);
    wire(connection);
    registerMetrics(connection, { prefix: 'exprsn_' });
    await followsSwitches(connection);
    expect((await gauge()).help).toBe(HELP);
    expect(told(warnings)).toHaveLength(1);
    const families = parseMetrics(await promClient.register.metrics());
    expect(families.get('exprsn_database_state')?.lines).toHaveLength(5);
    await connection.close();
    expect(promClient.register.getMetricsAsArray().map(({ name }) => name)).toEqual(['exprsn_database_fallback_active']);
  });

  it('stands beside ours where the prefixes differ, or the registries', async () => {
    const { connection, warnings } = connect();
    const register = new Registry();
    await connection.ready;
    wire(connection);
    registerMetrics(connection);
    registerMetrics(connection, { register, prefix: 'exprsn_' });
    await followsSwitches(connection);
    await connection.failover('by hand', { hold: true });
    await shows(1);
    const ours = parseMetrics(await promClient.register.metrics()).get('database_fallback_active');
    expect(ours?.lines).toEqual([{ name: 'database_fallback_active', labels: { service: 'exprsn-ca' }, value: 1 }]);
    expect(await register.metrics()).toContain('exprsn_database_fallback_active{service="exprsn-ca"} 1\n');
    expect(told(warnings)).toEqual([]);
  });

  it('is not needed where registerMetrics() has the prefix', async () => {
    const { connection } = connect();
    registerMetrics(connection, { prefix: 'exprsn_' });
    expect((await gauge()).value).toBe(0);
    await connection.ready;
    await followsSwitches(connection);
  });
});
