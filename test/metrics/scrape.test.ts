import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { registerMetrics } from '../../src/metrics/index.js';
import { settledOf } from '../outages/service.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { connectIn, type Measured, measure } from './measured.js';

leakGuard();

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres({ settings: { log_statement: 'all' } });
});
afterAll(() => postgres.dispose());
afterEach(() => postgres.thaw());

/** Far more than a scrape takes, far less than a database that does not answer. */
const AT_ONCE_MS = 250;

/** The time of each of some scrapes, in milliseconds, ascending. */
async function timesOf({ registry }: Pick<Measured, 'registry'>, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let time = 0; time < count; time += 1) {
    const startedAtMs = performance.now();
    await registry.metrics();
    times.push(performance.now() - startedAtMs);
    if (time % 10 === 9) await sleep(1);
  }
  return times.sort((one, other) => one - other);
}

const middleOf = (times: readonly number[]): number => times[Math.floor(times.length / 2)] ?? Number.NaN;

/** Another process that holds the file's lock until the end of the test. */
async function lockFile(file: string): Promise<void> {
  const sqlite3 = createRequire(import.meta.url).resolve('sqlite3');
  const script = `
    const database = new (require(${JSON.stringify(sqlite3)}).Database)(process.argv[1]);
    database.exec('PRAGMA locking_mode = NORMAL; BEGIN EXCLUSIVE', (error) => console.log(error ? error.message : 'locked'));
    process.stdin.resume();`;
  const locker = spawn(process.execPath, ['-e', script, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    const exited = once(locker, 'exit');
    locker.kill('SIGKILL');
    await exited;
  });
  const [line] = (await once(locker.stdout, 'data')) as [Buffer];
  expect(String(line).trim()).toBe('locked');
}

describe('a scrape', () => {
  it('answers at once while PostgreSQL is frozen, in every state', async () => {
    const shop = measure('production', postgres, { options: { detection: 'fast' } });
    await shop.connection.ready;
    await postgres.freeze();
    const calls = [1, 2, 3].map(() => settledOf(shop.connection.sequelize.query('SELECT 1')));
    expect(middleOf(await timesOf(shop, 20))).toBeLessThan(AT_ONCE_MS);
    await shop.in('unavailable');
    expect(middleOf(await timesOf(shop, 20))).toBeLessThan(AT_ONCE_MS);
    await postgres.thaw();
    await shop.in('primary');
    await Promise.all(calls);
  });

  it("answers at once while the fallback's file is locked by another process", async () => {
    const shop = measure('development', postgres);
    await shop.connection.ready;
    await shop.connection.failover('by hand', { hold: true });
    await shop.connection.sequelize.query('CREATE TABLE mine (id INTEGER)');
    await lockFile(shop.file);
    const writes = settledOf(shop.connection.sequelize.query('INSERT INTO mine VALUES (1)'));
    await shop.until('a writer that waits for the lock', (scrape) => scrape.value('database_pool_connections', { state: 'used' }) === 1);
    expect(middleOf(await timesOf(shop, 20))).toBeLessThan(AT_ONCE_MS);
    expect((await shop.scrape()).value('database_fallback_unmerged_rows')).toBe(0);
    await shop.connection.close({ timeout: 0 });
    await writes;
  });

  it('a thousand times over sends no statement to either database', async () => {
    const logged: string[] = [];
    const logging = (sql: string) => void logged.push(sql);
    const register = new Registry();
    const connection = connectIn('development', postgres, { primary: { logging }, fallback: { storage: ':memory:', logging } });
    registerMetrics(connection, { register });
    await connection.ready;
    const statements = () => postgres.log().match(/LOG: {2}(?:statement|execute)/g)?.length ?? 0;
    await connection.sequelize.query('SELECT 1');
    expect(logged.length).toBe(1);
    const before = statements();
    expect(before).toBeGreaterThan(0);
    for (let time = 0; time < 1_000; time += 1) await register.metrics();
    // What the server was sent is in its log when it has answered something that came after.
    await connection.sequelize.query("SELECT 'the last one'");
    expect([statements() - before, logged.length]).toEqual([1, 2]);

    await connection.failover('by hand', { hold: true });
    logged.length = 0;
    for (let time = 0; time < 1_000; time += 1) await register.metrics();
    expect(logged).toEqual([]);
  });

  it('is quick while calls are under way', async () => {
    const shop = measure('production', postgres);
    await shop.connection.ready;
    let goesOn = true;
    const callers = Array.from({ length: 10 }, async () => {
      while (goesOn) await shop.connection.sequelize.query('SELECT 1');
    });
    const times: number[] = [];
    for (let time = 0; time < 50; time += 1) {
      const startedAtMs = performance.now();
      const text = shop.registry.metrics();
      // All values are read before anything else has its turn; what is left is writing the text.
      times.push(performance.now() - startedAtMs);
      await text;
      await sleep(2);
    }
    goesOn = false;
    await Promise.all(callers);
    expect(middleOf(times.sort((one, other) => one - other))).toBeLessThan(10);
  });
});
