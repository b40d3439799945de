import { chmodSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { runInThisContext } from 'node:vm';
import express from 'express';
import { Registry } from 'prom-client';
import { DataTypes, type Model, type ModelStatic } from 'sequelize';
import sqlite3 from 'sqlite3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { healthHandlers, OutcomeUnknownError, type ResilientConfig, ResilientConnection } from '../src/index.js';
import { registerMetrics } from '../src/metrics/index.js';
import { startOutageProxy, waitFor as waitForState } from '../src/testing/index.js';
import { VERSION } from '../src/version.js';
import { closedPort } from './support/free-port.js';
import { codeBlocks } from './support/markdown.js';
import { type PostgresServer, startPostgres } from './support/postgres-server.js';
import { serve } from './support/serve.js';
import { tempFolder } from './support/temp-folder.js';
import { waitFor } from './support/wait-for.js';

const runbook = await readFile(path.resolve(import.meta.dirname, '../docs/runbook.md'), 'utf8');
const blocks = codeBlocks(runbook);
/** The named blocks that were run. */
const ran = new Set<string>();
/** Every line of a log, and every error as a program would print it. */
const log: string[] = [];
const errors: string[] = [];

let server: PostgresServer;
let database: string;
const storageDir = path.join(tempFolder(), 'sqlite');

beforeAll(async () => {
  server = await startPostgres();
  database = await server.createDatabase();
});
afterAll(() => server.dispose());

function block(name: string): string {
  const found = blocks.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`There is no block ${name}.`);
  ran.add(name);
  return found.text;
}

/** Runs a block of JavaScript with these names; imports are left out, for they are among the names. */
async function run(name: string, names: Readonly<Record<string, unknown>>): Promise<string[][]> {
  const printed: string[][] = [];
  const print = (...values: unknown[]): void =>
    void printed.push(values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))));
  const scope = { console: { log: print, error: print }, ...names };
  const source = block(name).replaceAll(/^import .*\n/gm, '');
  const program = runInThisContext(`(async ({ ${Object.keys(scope).join(', ')} }) => {\n${source}\n})`) as (names: object) => Promise<void>;
  await program(scope);
  return printed;
}

const sql = (name: string, change = (text: string) => text) => server.query(change(block(name)), [], database);

function configOf(to: { host: string; port: number }, given: Partial<ResilientConfig> = {}): ResilientConfig {
  const line = (text: string): void => void log.push(text);
  return {
    serviceName: 'shop',
    logger: { info: line, warn: line, error: line },
    ...given,
    primary: { host: to.host, port: to.port, database, username: server.user, password: server.password, logging: false, ...given.primary },
    fallback: { storageDir, ...given.fallback },
  };
}

async function service(environment: string, to: { host: string; port: number } = server, given: Partial<ResilientConfig> = {}) {
  vi.stubEnv('NODE_ENV', environment);
  const connection = new ResilientConnection(configOf(to, given));
  vi.unstubAllEnvs();
  const Order: ModelStatic<Model> = connection.sequelize.define(
    'Order',
    { name: DataTypes.STRING, price: DataTypes.DECIMAL(10, 2), details: DataTypes.JSONB },
    { tableName: 'orders' },
  );
  await connection.ready;
  await connection.sequelize.sync();
  return { connection, sequelize: connection.sequelize, Order, [Symbol.asyncDispose]: () => connection.close({ timeout: 300 }) };
}

/** What a call failed with, kept as a program would print it. */
async function errorOf(call: Promise<unknown>): Promise<Error> {
  const error = await call.then(
    () => new Error('It did not fail.'),
    (failure: unknown) => failure as Error,
  );
  errors.push(`${error.name}: ${error.message}`, error.message);
  return error;
}

const isIn = (connection: ResilientConnection, state: 'primary' | 'fallback' | 'unavailable') =>
  waitForState(connection, state, { timeoutMs: 20_000 });

describe('on PostgreSQL', () => {
  it('tells what is known, and who is connected', async () => {
    await using shop = await service('development');
    await shop.Order.create({ name: 'first' });
    const [[told = ''] = []] = await run('status', { connection: shop.connection });
    expect(JSON.parse(told)).toMatchObject({ state: 'primary', reason: null, warning: null, queued: 0 });
    const name = `shop sequelize-resilient/${VERSION}`;
    expect((await sql('sessions')).map((row) => row['application_name'])).toEqual([name, `${name} probe`]);
    expect(await sql('takes writes')).toEqual([{ standby: false, read_only: 'off' }]);
    expect(await sql('connections')).toContainEqual(
      expect.objectContaining({ allowed: 100, application_name: `${name} probe`, used: '1' }),
    );
  });

  it('finds long statements and ends them', async () => {
    await using shop = await service('development');
    const { sequelize } = shop;
    const cancelled = errorOf(sequelize.query('SELECT pg_sleep(25)'));
    const pidOf = async (): Promise<string> => {
      const rows = await waitFor(async () => (await sql('who is busy')).filter(({ state }) => state === 'active'), { what: 'a statement' });
      return `${rows[0]?.['pid'] as number}`;
    };
    const busy = await waitFor(pidOf, { what: 'a busy session' });
    await sql('cancel', (text) => text.replace('4711', busy));
    expect(await cancelled).toMatchObject({ parent: { code: '57014' } });
    const terminated = errorOf(sequelize.transaction((transaction) => sequelize.query('SELECT pg_sleep(25)', { transaction })));
    const victim = await waitFor(pidOf, { what: 'a busy session' });
    await sql('terminate', (text) => text.replace('4711', victim));
    expect((await terminated).name).toBe('TransactionLostError');
  });
});

describe('by hand', () => {
  it('goes to the fallback, stays there and lets go', async () => {
    await using shop = await service('development');
    const { connection } = shop;
    const register = new Registry();
    registerMetrics(connection, { register });
    await run('hold', { connection });
    await shop.Order.create({ name: 'kept', price: '1.10', details: { gift: true } });
    expect(connection.getStatus()).toMatchObject({ state: 'fallback', reason: 'manual' });
    const text = await register.metrics();
    expect(text).toContain('database_fallback_active{service="shop"} 1');
    expect(text).toContain('database_switches_total{service="shop",from="postgres",to="sqlite",reason="manual"} 1');
    expect(text).toContain('database_outage_duration_seconds_count{service="shop"} 0');
    await errorOf(connection.failover('again'));
    await run('release', { connection });
    expect(connection.getStatus().state).toBe('primary');
    const [[rows = ''] = []] = await run('rows', { connection, Order: shop.Order });
    expect(JSON.parse(rows)).toEqual([expect.objectContaining({ name: 'kept', price: '1.10', details: { gift: true } })]);
    expect(connection.getStatus().state).toBe('primary');
  });

  it('leaves rows in the file that the command line can read', async () => {
    const queries = [...runbook.matchAll(/^sqlite3 -readonly .*shop\.sqlite "(.*)"$/gm)].map(([, query = '']) => query);
    const file = await new Promise<sqlite3.Database>((resolve, reject) => {
      const opened = new sqlite3.Database(path.join(storageDir, 'shop.sqlite'), sqlite3.OPEN_READONLY, (error) =>
        error ? reject(error) : resolve(opened),
      );
    });
    const results = await Promise.all(
      queries.map((query) => new Promise((resolve) => file.all(query, (error, rows) => resolve(error ?? rows)))),
    );
    expect(results).toEqual([
      [{ name: 'orders' }],
      [
        expect.objectContaining({
          name: 'kept',
          price: 1.1,
          details: '{"gift": true}',
          createdAt: expect.stringMatching(/^20\d\d-/) as string,
        }),
      ],
    ]);
    await new Promise((resolve) => file.close(resolve));
  });

  it('is done through a route', async () => {
    await using shop = await service('development');
    const app = express();
    const requireAdmin = (_request: unknown, _response: unknown, next: () => void): void => next();
    await run('route', { app, requireAdmin, connection: shop.connection });
    const url = await serve(app);
    const post = async (route: string): Promise<unknown> => (await fetch(`${url}/admin/database/${route}`, { method: 'POST' })).json();
    expect(await post('hold')).toMatchObject({ state: 'fallback', reason: 'manual' });
    expect(await post('release')).toMatchObject({ state: 'primary' });
  });

  it('is refused in production', async () => {
    await using shop = await service('production');
    await errorOf(shop.connection.failover('drill', { hold: true }));
    vi.stubEnv('NODE_ENV', 'production');
    expect(() => new ResilientConnection(configOf(server, { options: { allowSQLiteFallback: true } }))).toThrow(refusal());
    vi.unstubAllEnvs();
  });
});

/** What the runbook says that asking for the fallback in production is answered with. */
const refusal = (): string => /`(options\.allowSQLiteFallback: .*?)`/.exec(runbook)?.[1] ?? 'nothing';

describe('in an outage', () => {
  it('looks up what became of a COMMIT', async () => {
    const proxy = await startOutageProxy(server);
    const shop = await service('production', proxy, { options: { maxWait: 1_500 } });
    await proxy.lostCommitReply();
    const logger = { error: vi.fn() };
    const work = (transaction: unknown) => shop.Order.create({ name: 'in doubt' }, { transaction: transaction as never });
    const failed = errorOf(run('outcome', { sequelize: shop.sequelize, work, OutcomeUnknownError, log: logger }));
    await proxy.untilCommitLost();
    await proxy.refuse();
    const { transactionId } = (await failed) as Error & { transactionId: string };
    expect(logger.error).toHaveBeenCalledWith({ transactionId }, expect.stringContaining('pg_xact_status'));
    expect(await sql('pg_xact_status', (text) => text.replace('745', transactionId))).toEqual([{ pg_xact_status: 'committed' }]);
    await shop.connection.close({ timeout: 300 });
    await proxy.close();
  });

  it('is rehearsed', async () => {
    const { host, port } = server;
    vi.stubEnv('NODE_ENV', 'development');
    const names = { host, port, config: configOf(server), startOutageProxy, waitFor: waitForState, ResilientConnection };
    const printed = await run('drill', names);
    vi.unstubAllEnvs();
    expect(printed.map((words) => words.join(' '))).toEqual(['refuse server-down', 'blackhole black-hole']);
    expect(runbook).toContain('It prints `refuse server-down` and `blackhole black-hole`.');
  });

  it('says what it says, in development and in production', async () => {
    const shop = await service('development');
    const store = await service('production', server, { options: { maxWait: 5_000 } });
    const { connection, sequelize } = store;
    const printed = await run('listen', { connection: shop.connection });
    const unanswered = errorOf(
      sequelize.query(`INSERT INTO orders (name, "createdAt", "updatedAt") SELECT 'a', now(), now() FROM pg_sleep(20)`),
    );
    await waitFor(async () => (await server.query(`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`)).length > 0, {
      what: 'the insert',
    });
    await server.kill();
    expect((await unanswered).name).toBe('OutcomeUnknownError');
    await isIn(shop.connection, 'fallback');
    await shop.Order.create({ name: 'meanwhile' });
    await isIn(connection, 'unavailable');
    expect(await databaseHealth(shop.connection)).toEqual({ ...jsonOf('json'), retryAttempts: expect.any(Number) as number });
    await errorOf(store.Order.count());
    vi.stubEnv('NODE_ENV', 'production');
    await errorOf(new ResilientConnection(configOf(server, { options: { maxRetries: 1, retryDelay: 50 } })).ready);
    vi.unstubAllEnvs();
    expect(printed[0]?.slice(0, 1)).toEqual(['PostgreSQL still unavailable:']);
    await server.start();
    await Promise.all([isIn(shop.connection, 'primary'), isIn(connection, 'primary')]);
    await waitFor(() => log.some((line) => line.includes('row change')), { what: 'the rows that stay' });
    await Promise.all([shop.connection.close({ timeout: 300 }), connection.close({ timeout: 300 })]);
  });
});

const jsonOf = (language: string): object => JSON.parse(blocks.find((candidate) => candidate.language === language)?.text ?? '') as object;

async function databaseHealth(connection: ResilientConnection): Promise<unknown> {
  const url = await serve(healthHandlers(connection).database);
  return await (await fetch(`${url}/health/database`)).json();
}

describe('faults that are no outage', () => {
  it('are told: a password that is refused, a folder that may not be written to', async () => {
    await server.query(`CREATE ROLE clerk LOGIN PASSWORD 'right'; GRANT ALL ON SCHEMA public TO clerk`, [], database);
    await server.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk`, [], database);
    const clerk = { username: 'clerk', password: 'right' };
    const shop = await service('production', server, { primary: clerk, options: { healthCheckInterval: 200 } });
    await server.query(`ALTER ROLE clerk PASSWORD 'changed'`);
    await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'clerk'`);
    await waitFor(() => shop.connection.getStatus().reason === 'authentication', { what: 'the refused password' });
    expect(runbook).toContain(`\`warning: '${shop.connection.getStatus().warning ?? ''}'\``);
    await errorOf(shop.Order.count());
    await shop.connection.close({ timeout: 300 });
    vi.stubEnv('NODE_ENV', 'development');
    const folder = tempFolder();
    chmodSync(folder, 0o500);
    const nowhere = configOf({ host: '127.0.0.1', port: await closedPort() }, { fallback: { storageDir: path.join(folder, 'sqlite') } });
    await asNobody(() => errorOf(new ResilientConnection(nowhere).ready));
    vi.unstubAllEnvs();
  });
});

/** Root may write to every folder, so it becomes somebody else for a moment. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  const uid = process.geteuid?.();
  if (uid === 0) process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    if (uid === 0) process.seteuid?.(0);
  }
}

describe('docs/runbook.md', () => {
  it('has no code that was not run', () => {
    const code = blocks.filter(({ language }) => ['js', 'ts', 'sql'].includes(language));
    expect(code.map(({ name }) => name).toSorted()).toEqual([...ran].sort());
  });

  it.each(linesOf('log'))('quotes a line that was written: %s', (quoted) => {
    expect(log.filter((line) => quotedIn(quoted).test(line))).not.toEqual([]);
  });

  it.each(linesOf('text'))('quotes an error that was thrown: %s', (quoted) => {
    expect(errors.filter((error) => quotedIn(quoted).test(error))).not.toEqual([]);
  });

  it.each([...runbook.matchAll(/`(failover\(\): .*?|password authentication .*?)`/g)].map(([, text = '']) => text))(
    'quotes a message that was thrown: %s',
    (message) => {
      expect(errors.map((error) => error.replace('"clerk"', '"shop"'))).toContain(message);
    },
  );
});

function linesOf(language: string): string[] {
  return blocks.filter((candidate) => candidate.language === language).flatMap(({ text }) => text.trim().split('\n'));
}

/** An ellipsis stands for any text, and any number for any other one. */
function quotedIn(quoted: string): RegExp {
  const escaped = quoted.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/\d+/g, '\\d+'));
  return new RegExp(`^${escaped.join('.*')}$`);
}
