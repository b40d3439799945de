import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ConfigurationError,
  createResilientConnection,
  PrimaryUnavailableError,
  ResilientConnection,
  type Reason,
  type ResilientConfig,
  type ResilientEvents,
  type SchemaStep,
} from '../../src/index.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { closedPort } from '../support/free-port.js';
import { fullBacklogHost } from '../support/full-backlog-host.js';
import { leakGuard, watchLeaks } from '../support/leak-guard.js';
import { startMuteServer } from '../support/mute-server.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

/** A host that no connection can be had from, and what is to be made of it. */
interface Fault {
  readonly primary: NonNullable<ResilientConfig['primary']>;
  readonly reasons: readonly Reason[];
  readonly close?: () => Promise<void>;
}

const CONNECT_TIMEOUT_MS = 700;

let postgres: PostgresServer;
const connections: ResilientConnection[] = [];
const faults: Fault[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
beforeEach(() => inEnvironment({ NODE_ENV: 'development' }));
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close({ timeout: 500 })));
  await Promise.all(faults.splice(0).map(async (fault) => await fault.close?.()));
  vi.unstubAllEnvs();
});

/** The surroundings of a program; of the test run's own nothing is left. */
function inEnvironment(env: Record<string, string>): void {
  for (const [name, value] of Object.entries({ NODE_ENV: '', ...env })) vi.stubEnv(name, value);
}

const FAULTS: Record<string, () => Promise<Fault>> = {
  'refuses connections': async () => ({ primary: { host: '127.0.0.1', port: await closedPort() }, reasons: ['server-down'] }),
  'accepts and never answers': async () => {
    const mute = await startMuteServer();
    return { primary: { host: mute.host, port: mute.port }, reasons: ['black-hole'], close: () => mute.close() };
  },
  'has no address': () => Promise.resolve({ primary: { host: 'name.invalid' }, reasons: ['server-down', 'black-hole'] }),
  'refuses the password': () => Promise.resolve({ primary: { ...goodPrimary(), password: 'wrong' }, reasons: ['authentication'] }),
  'lacks the database': () => Promise.resolve({ primary: { ...goodPrimary(), database: 'nowhere' }, reasons: ['missing-database'] }),
  'speaks HTTP': async () => {
    const server = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
    return { primary: { host: '127.0.0.1', port }, reasons: ['server-down'], close };
  },
};

function goodPrimary(): NonNullable<ResilientConfig['primary']> {
  const { host, port, user: username, password, database } = postgres;
  return { host, port, username, password, database };
}

async function fault(name: string): Promise<Fault> {
  const made = await (FAULTS[name] as () => Promise<Fault>)();
  faults.push(made);
  return made;
}

async function proxied(): Promise<FaultProxy> {
  const proxy = await startProxy(postgres);
  faults.push({ primary: {}, reasons: [], close: () => proxy.close() });
  return proxy;
}

/** A schema step during which PostgreSQL's network swallows everything. */
const goSilent =
  (proxy: FaultProxy): SchemaStep =>
  async ({ sequelize }) => {
    await proxy.blackhole();
    await sequelize.query('SELECT 1');
  };

/** A configuration with the log lines that it writes. */
function configFor(primary: ResilientConfig['primary'], options: ResilientConfig['options'] = {}) {
  const log: string[] = [];
  const line = (text: string) => void log.push(text);
  const storageDir = join(tempFolder(), 'sqlite');
  const config: ResilientConfig = {
    serviceName: 'starter',
    primary: { ...primary, logging: false },
    fallback: { storageDir },
    options: { connectTimeout: CONNECT_TIMEOUT_MS, ...options },
    logger: { info: line, warn: line, error: line },
  };
  return { config, log, storageDir };
}

function open(config: ResilientConfig): ResilientConnection {
  const connection = new ResilientConnection(config);
  connections.push(connection);
  return connection;
}

async function startedOnFallback({ primary, reasons }: Fault): Promise<void> {
  const { config, log } = configFor(primary);
  const connection = open(config);
  const failovers: ResilientEvents['failover'][] = [];
  const failed: ResilientEvents['healthCheckFailed'][] = [];
  connection.on('failover', (payload) => void failovers.push(payload)).on('healthCheckFailed', (payload) => void failed.push(payload));
  const startedAt = performance.now();
  await connection.ready;
  expect(performance.now() - startedAt).toBeLessThan(3000);

  const status = connection.getStatus();
  expect(status).toMatchObject({ connected: true, dialect: 'sqlite', fallback: true, state: 'fallback', epoch: 1, driver: 'sqlite3' });
  expect(reasons).toContain(status.reason);
  expect(status.warning).toMatch(/PostgreSQL unavailable/);
  expect(status.primary).toMatchObject({ reachable: false, consecutiveFailures: 1 });
  expect(failovers).toEqual([{ from: null, to: 'sqlite', reason: status.reason, epoch: 1, durationMs: expect.any(Number) as unknown }]);
  expect(failed).toEqual([{ error: expect.any(Error) as unknown, consecutive: 1 }]);
  expect(log).toContainEqual(expect.stringContaining(`(reason: ${status.reason})`));
  expect(log).toContainEqual(expect.stringContaining(failed[0]?.error.message ?? 'nothing'));
  expect((await connection.sequelize.query('SELECT sqlite_version() AS version'))[0]).toHaveLength(1);
}

describe('a start where the fallback is allowed', () => {
  it.each(Object.keys(FAULTS))('is on SQLite in time, with the reason told, where the host %s', async (name) => {
    await startedOnFallback(await fault(name));
  });

  it('is on SQLite in time where the network swallows the connect', async ({ skip }) => {
    const host = await fullBacklogHost().catch(() => undefined);
    if (host === undefined) return skip('this kernel answers connects to a full accept queue');
    const swallowed: Fault = { primary: { host: host.host, port: host.port }, reasons: ['black-hole'], close: () => host.close() };
    faults.push(swallowed);
    await startedOnFallback(swallowed);
  });

  it('makes one attempt, also with retries', async () => {
    const { primary } = await fault('accepts and never answers');
    const { config } = configFor(primary, { maxRetries: 5, retryDelay: 10_000 });
    const connection = open(config);
    const retries: unknown[] = [];
    connection.on('retry', (retry) => void retries.push(retry));
    await connection.ready;
    expect(retries).toEqual([]);
  });

  it('is on SQLite in time where PostgreSQL falls silent after its first answer', async () => {
    const proxy = await proxied();
    const { config } = configFor({ ...goodPrimary(), port: proxy.port });
    const connection = open({ ...config, schema: { primary: goSilent(proxy) } });
    await waitFor(() => connection.getStatus().state === 'fallback', { timeoutMs: 5000, what: 'the fallback' });
  });

  it('says which rule allowed it', async () => {
    const { primary } = await fault('refuses connections');
    const { config, log } = configFor(primary);
    await open(config).ready;
    expect(log[0]).toContain('the SQLite fallback is allowed (the default outside production)');
  });
});

describe('a start where no fallback is allowed', () => {
  const options = { allowSQLiteFallback: false, maxRetries: 2, retryDelay: 10 } as const;

  it.each(Object.keys(FAULTS))('retries, then rejects and leaves nothing open, where the host %s', async (name) => {
    const { primary } = await fault(name);
    const watch = watchLeaks();
    const { config, storageDir } = configFor(primary, { ...options, connectTimeout: 300 });
    const error: unknown = await createResilientConnection(config).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PrimaryUnavailableError);
    expect(error).toMatchObject({ code: 'PRIMARY_UNAVAILABLE', attempts: 3, cause: expect.any(Error) as unknown });
    expect((error as Error).message).toMatch(/^starter could not reach PostgreSQL \([a-z-]+, 3 attempts\): \S/);
    expect(existsSync(storageDir)).toBe(false);
    await waitFor(() => watch.leaks().length === 0, { timeoutMs: 2000, what: 'everything to be closed' });
    watch.stop();
  });

  it('tells each attempt and its delay, which doubles with full jitter', async () => {
    const { primary } = await fault('refuses connections');
    const { config } = configFor(primary, { ...options, maxRetries: 4, retryDelay: 20 });
    const connection = open(config);
    const retries: ResilientEvents['retry'][] = [];
    connection.on('retry', (retry) => void retries.push(retry));
    await expect(connection.ready).rejects.toThrow(PrimaryUnavailableError);
    expect(retries.map(({ attempt, maxRetries }) => [attempt, maxRetries])).toEqual([1, 2, 3, 4].map((attempt) => [attempt, 4]));
    for (const [index, { delayMs }] of retries.entries()) expect(delayMs).toBeLessThanOrEqual(20 * 2 ** index);
    expect(retries[0]?.error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('connects at a later attempt where PostgreSQL comes up meanwhile', async () => {
    const proxy = await proxied();
    await proxy.refuse();
    const { config } = configFor({ ...goodPrimary(), port: proxy.port }, { allowSQLiteFallback: false, maxRetries: 50, retryDelay: 100 });
    const connection = open(config);
    connection.once('retry', () => void proxy.restore());
    await connection.ready;
    expect(connection.getStatus()).toMatchObject({ state: 'primary', dialect: 'postgres', epoch: 1, retryAttempts: 0 });
  });

  it('rejects in time where PostgreSQL falls silent after its first answer', async () => {
    const proxy = await proxied();
    const { config } = configFor({ ...goodPrimary(), port: proxy.port }, options);
    const connection = open({ ...config, schema: { primary: goSilent(proxy) } });
    await waitFor(() => connection.getStatus().state === 'unavailable', { timeoutMs: 5000, what: 'the start to fail' });
    await expect(connection.ready).rejects.toThrow(PrimaryUnavailableError);
  });
});

describe('a start in production', () => {
  beforeEach(() => inEnvironment({ NODE_ENV: 'production' }));

  it.each(['refuses the password', 'lacks the database'])('fails at once where the host %s', async (name) => {
    const { primary, reasons } = await fault(name);
    const { config } = configFor(primary, { maxRetries: 5, retryDelay: 10_000 });
    const startedAt = performance.now();
    const error: unknown = await createResilientConnection(config).catch((reason: unknown) => reason);
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(error).toBeInstanceOf(PrimaryUnavailableError);
    expect(error).toMatchObject({ attempts: 1, cause: { code: name === 'lacks the database' ? '3D000' : '28P01' } });
    expect((error as Error).message).toContain(reasons[0]);
  });

  it('retries where the host refuses connections', async () => {
    const { primary } = await fault('refuses connections');
    const { config } = configFor(primary, { maxRetries: 2, retryDelay: 10 });
    await expect(createResilientConnection(config)).rejects.toMatchObject({ attempts: 3 });
  });

  it.each(['production', 'prod', 'PRODUCTION'])('refuses an explicit fallback with NODE_ENV=%s', async (nodeEnv) => {
    inEnvironment({ NODE_ENV: nodeEnv });
    const { config, storageDir } = configFor(goodPrimary(), { allowSQLiteFallback: true });
    expect(() => new ResilientConnection(config)).toThrow(ConfigurationError);
    const error: unknown = await createResilientConnection(config).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CONFIGURATION', option: 'options.allowSQLiteFallback' });
    expect((error as Error).message).toContain(`NODE_ENV=${nodeEnv}`);
    expect(existsSync(storageDir)).toBe(false);
  });

  it('never loads sqlite3, which the same program does in development', async () => {
    const [inProduction, inDevelopment] = await Promise.all([startInChild('production'), startInChild('development')]);
    expect(inProduction).toEqual({ outcome: 'PRIMARY_UNAVAILABLE', required: [], mapped: false, files: [] });
    expect(inDevelopment).toMatchObject({ outcome: 'sqlite', files: ['starter.sqlite'] });
    expect(inDevelopment.required).not.toEqual([]);
    if (process.platform === 'linux') expect(inDevelopment.mapped).toBe(true);
  });
});

describe('a start in development with a configuration that can not work', () => {
  const refusals = () => postgres.log().split('password authentication failed for user').length - 1;
  const rarely = { healthCheckInterval: 60_000 } as const;

  it('asks again only every healthCheckInterval', async () => {
    const { primary } = await fault('refuses the password');
    const before = refusals();
    await open(configFor(primary, rarely).config).ready;
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(refusals() - before).toBe(1);
  });

  it('goes over at that pace when the configuration works', async () => {
    await postgres.query("CREATE ROLE late LOGIN PASSWORD 'first'");
    const { config } = configFor({ ...goodPrimary(), username: 'late', password: 'second' }, { healthCheckInterval: 200 });
    const connection = open(config);
    await connection.ready;
    expect(connection.getStatus().reason).toBe('authentication');
    await postgres.query("ALTER ROLE late PASSWORD 'second'");
    await waitFor(() => connection.getStatus().state === 'primary', { what: 'the primary' });
    await connection.close();
    await postgres.query('DROP ROLE late');
  });

  it('asks only every healthCheckInterval, too, where PostgreSQL refuses the password after it was down', async () => {
    const proxy = await proxied();
    await proxy.refuse();
    const before = refusals();
    await open(configFor({ ...goodPrimary(), port: proxy.port, password: 'wrong' }, rarely).config).ready;
    await proxy.restore();
    await waitFor(() => refusals() > before, { what: 'the password to be refused' });
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect(refusals() - before).toBe(1);
  });
});

describe('surroundings where a fallback would deceive', () => {
  it.each([{ NODE_ENV: 'test' }, { CI: 'true' }, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }])('allow none by default: %j', async (env) => {
    inEnvironment(env);
    const { primary } = await fault('refuses connections');
    const { config, log, storageDir } = configFor(primary, { maxRetries: 0 });
    await expect(createResilientConnection(config)).rejects.toThrow(PrimaryUnavailableError);
    expect(existsSync(storageDir)).toBe(false);
    expect(log[0]).toContain(`not allowed (${Object.keys(env)[0]}`);
  });

  it('take an explicit one, with a warning that stays', async () => {
    inEnvironment({ NODE_ENV: 'test' });
    const proxy = await proxied();
    await proxy.refuse();
    const { config, log } = configFor({ ...goodPrimary(), port: proxy.port }, { allowSQLiteFallback: true });
    const connection = open(config);
    await connection.ready;
    expect(connection.getStatus().warning).toMatch(/PostgreSQL unavailable; .*NODE_ENV=test/);
    expect(log).toContainEqual(expect.stringContaining('options.allowSQLiteFallback is true although NODE_ENV=test'));
    await proxy.restore();
    await waitFor(() => connection.getStatus().state === 'primary', { what: 'the primary' });
    expect(connection.getStatus().warning).toMatch(/^options\.allowSQLiteFallback is true although NODE_ENV=test/);
  });
});

/** Starts against a closed port in a process of its own and tells what became of it. */
async function startInChild(nodeEnv: string) {
  const program = `
    import { existsSync, readdirSync, readFileSync } from 'node:fs';
    import { createRequire } from 'node:module';
    import { createResilientConnection } from './src/index.ts';
    const { STORAGE_DIR, PORT } = process.env;
    const quiet = () => undefined;
    const outcome = await createResilientConnection({
      serviceName: 'starter',
      primary: { host: '127.0.0.1', port: PORT, logging: false },
      fallback: { storageDir: STORAGE_DIR },
      options: { connectTimeout: 500, maxRetries: 1, retryDelay: 10 },
      logger: { info: quiet, warn: quiet, error: quiet },
    }).then((connection) => connection.getStatus().dialect, (error) => error.code);
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    const maps = existsSync('/proc/self/maps') ? readFileSync('/proc/self/maps', 'utf8') : '';
    console.log(JSON.stringify({
      outcome,
      required: loaded.filter((path) => path.includes('/node_modules/sqlite3/')),
      mapped: maps.includes('node_sqlite3'),
      files: existsSync(STORAGE_DIR) ? readdirSync(STORAGE_DIR).filter((name) => name.endsWith('.sqlite')) : [],
    }));
    process.exit();
  `;
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: nodeEnv,
    STORAGE_DIR: join(tempFolder(), 'sqlite'),
    PORT: String(await closedPort()),
  };
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env,
  });
  return JSON.parse(stdout) as { outcome: string; required: string[]; mapped: boolean; files: string[] };
}
