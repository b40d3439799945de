import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataTypes, type Model, type ModelStatic } from 'sequelize';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ResilientConfig } from '../../src/index.js';
import { settledOf } from '../outages/service.js';
import { closedPort } from '../support/free-port.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { expectTold } from './expect-told.js';
import { type Measured, measure, type Scrape } from './measured.js';

leakGuard();

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
afterEach(async () => {
  if (!postgres.running) await postgres.start();
});

interface Shop extends Measured {
  readonly orders: ModelStatic<Model>;
}

/** A service on PostgreSQL, with one model and a database of its own. */
async function openShop(environment: string, config: Partial<ResilientConfig> = {}): Promise<Shop> {
  const database = await postgres.createDatabase();
  const measured = measure(environment, { ...postgres, database }, { schema: 'sync', ...config });
  const orders = measured.connection.sequelize.define('orders', { name: DataTypes.STRING }, { timestamps: false });
  await measured.connection.ready;
  await orders.sync();
  return { ...measured, orders };
}

const switched = (from: string, to: string, reason: string) => (scrape: Scrape) =>
  scrape.value('database_switches_total', { from, to, reason });

const poolOf = (scrape: Scrape) => {
  const [idle = NaN, used = NaN, connecting = NaN] = ['idle', 'used', 'connecting'].map((state) =>
    scrape.value('database_pool_connections', { state }),
  );
  return { idle, used, connecting, waiting: scrape.value('database_pool_waiting') };
};

describe('in development', () => {
  it('an outage is told from its beginning to the return', async () => {
    const shop = await openShop('development');
    const { scrape, orders, connection } = shop;
    await orders.create({ name: 'before' });
    const before = await scrape();
    expect(before.value('database_state', { state: 'primary' })).toBe(1);
    expect(before.value('database_primary_reachable')).toBe(1);
    expect(before.value('database_fallback_active')).toBe(0);
    expect(Math.abs((before.value('database_last_probe_timestamp_seconds') ?? 0) - Date.now() / 1000)).toBeLessThan(60);
    expectTold(before, shop);

    await postgres.kill();
    await settledOf(orders.count());
    const during = await shop.in('fallback');
    expect(during.value('database_fallback_active')).toBe(1);
    expect(during.value('database_primary_reachable')).toBe(0);
    expect(switched('postgres', 'sqlite', 'server-down')(during)).toBe(1);
    expect(during.value('database_outage_duration_seconds_count')).toBe(0);
    expect(during.lines('database_info').map(({ labels }) => labels['driver'])).toEqual(['sqlite3']);

    await writeFive(shop);
    const written = await scrape();
    expect(written.value('database_fallback_unmerged_rows')).toBe(5);
    expectTold(written, shop);

    await postgres.start();
    const after = await shop.in('primary');
    expect(after.value('database_fallback_active')).toBe(0);
    expect(switched('sqlite', 'postgres', 'recovered')(after)).toBe(1);
    expect(after.value('database_outage_duration_seconds_count')).toBe(1);
    await orders.create({ name: 'after' });
    const later = await scrape();
    expect(later.value('database_fallback_unmerged_rows')).toBe(5);
    expect(later.value('database_fallback_seconds_total')).toBe(after.value('database_fallback_seconds_total'));
    expectTold(later, shop);
    await connection.close();
    expect(await shop.registry.metrics()).toBe('\n');
  });

  it('several outages and stays are added up', async () => {
    const shop = await openShop('development');
    const { connection } = shop;
    for (const stays of [1, 2]) {
      await postgres.kill();
      await settledOf(shop.orders.count());
      await shop.in('fallback');
      await shop.orders.create({ name: `stay ${stays}` });
      await postgres.start();
      await waitFor(async () => (await connection.reconnect()).state === 'primary', { what: 'the way back' });
      const scrape = await shop.in('primary');
      expect(switched('postgres', 'sqlite', 'server-down')(scrape)).toBe(stays);
      expect(scrape.value('database_outage_duration_seconds_count')).toBe(stays);
      expect(scrape.value('database_fallback_unmerged_rows')).toBe(stays);
      expectTold(scrape, shop);
    }
  });

  it('a start on the fallback comes from none, and PostgreSQL is missed from the beginning', async () => {
    const port = await closedPort();
    const shop = measure('development', { host: '127.0.0.1', port });
    await shop.connection.ready;
    const scrape = await shop.in('fallback');
    expect(switched('none', 'sqlite', 'server-down')(scrape)).toBe(1);
    expect(scrape.value('database_fallback_active')).toBe(1);
    expect(scrape.value('database_outage_duration_seconds_count')).toBe(0);
    await sleep(300);
    const later = await shop.scrape();
    expect(later.value('database_fallback_seconds_total')).toBeGreaterThan(0.25);
    expectTold(later, shop);
  });

  it('a switch by hand is manual, no outage, and keeps what the hand has written to itself', async () => {
    const shop = await openShop('development');
    await shop.connection.failover('free text\nwith "newline" and secret-pw-of-mine', { hold: true });
    const held = await shop.scrape();
    expect(switched('postgres', 'sqlite', 'manual')(held)).toBe(1);
    expect(held.text).not.toMatch(/free text|secret-pw/);
    expect(held.value('database_primary_reachable')).toBe(1);
    expectTold(held, shop);
    await shop.connection.reconnect();
    const back = await shop.in('primary');
    expect(switched('sqlite', 'postgres', 'recovered')(back)).toBe(1);
    expect(back.value('database_outage_duration_seconds_count')).toBe(0);
    expect(back.value('database_fallback_seconds_total')).toBeGreaterThan(0);
    expectTold(back, shop);
  });

  it('a fallback that fails leads to none, and a fresh one comes from none', async () => {
    const shop = await openShop('development');
    await postgres.kill();
    await settledOf(shop.orders.count());
    await shop.in('fallback');
    await shop.orders.create({ name: 'kept' });
    for (const suffix of ['', '-wal', '-shm']) rmSync(shop.file + suffix, { force: true });
    const failed = await shop.in('unavailable');
    expect(switched('sqlite', 'none', 'fallback-failed')(failed)).toBe(1);
    expect(failed.value('database_fallback_active')).toBe(0);
    expectTold(failed, shop);
    await waitFor(() => shop.orders.create({ name: 'again' }), { what: 'a fallback that works' });
    const again = await shop.in('fallback');
    expect(switched('none', 'sqlite', 'server-down')(again)).toBe(1);
    // Those that were lost with the file are in PostgreSQL no more than the others.
    expect(again.value('database_fallback_unmerged_rows')).toBe(2);
    expectTold(again, shop);
    await postgres.start();
    expectTold(await shop.in('primary'), shop);
  });

  it('the one connection of the fallback that writes is a pool of one', async () => {
    const shop = await openShop('development');
    await shop.connection.failover('by hand', { hold: true });
    expect(poolOf(await shop.scrape())).toEqual({ idle: 1, used: 0, connecting: 0, waiting: 0 });
    const transaction = await shop.connection.sequelize.transaction();
    await shop.orders.create({ name: 'in it' }, { transaction });
    const waits = settledOf(shop.orders.create({ name: 'behind it' }));
    await shop.until('a writer that waits', (scrape) => scrape.value('database_pool_waiting') === 1);
    expect(poolOf(await shop.scrape())).toEqual({ idle: 0, used: 1, connecting: 0, waiting: 1 });
    expect((await shop.scrape()).value('database_fallback_unmerged_rows')).toBe(0);
    await transaction.commit();
    expect((await waits).error).toBeUndefined();
    expect((await shop.scrape()).value('database_fallback_unmerged_rows')).toBe(2);
  });
});

/** Five row changes; of a transaction that is rolled back nothing stays to be merged. */
async function writeFive({ orders, connection }: Shop): Promise<void> {
  await orders.bulkCreate([{ name: 'a' }, { name: 'b' }]);
  await orders.update({ name: 'c' }, { where: {} });
  await connection.sequelize.query("INSERT INTO orders (name) VALUES ('raw')");
  const rolledBack = connection.sequelize.transaction(async (transaction) => {
    await orders.create({ name: 'd' }, { transaction });
    throw new Error('never mind');
  });
  await expect(rolledBack).rejects.toThrow('never mind');
}

describe('in production', () => {
  it('an outage leads to none and back, calls wait meanwhile, and what was in flight is told', async () => {
    const shop = await openShop('production', { primary: { pool: { max: 5 } } });
    const { sequelize } = shop.connection;
    const transaction = await sequelize.transaction();
    await shop.orders.create({ name: 'in doubt' }, { transaction });
    const write = settledOf(sequelize.query("INSERT INTO orders (name) SELECT 'late' FROM pg_sleep(30)"));
    await shop.until('both to be in flight', (scrape) => poolOf(scrape).used === 2);
    await postgres.kill();
    const during = await shop.in('unavailable');
    expect((await write).error).toMatchObject({ outcome: 'unknown' });
    expect((await settledOf(transaction.commit())).error).toMatchObject({ outcome: 'rolled-back' });
    expect(during.value('database_fallback_active')).toBe(0);
    expect(switched('postgres', 'none', 'server-down')(during)).toBe(1);
    expect(poolOf(during)).toEqual({ idle: 0, used: 0, connecting: 0, waiting: 0 });

    const waiting = [1, 2, 3].map(() => settledOf(shop.orders.findAll()));
    const queued = await shop.until('three calls to wait', (scrape) => scrape.value('database_queued_calls') === 3);
    expectTold(queued, shop);
    await postgres.start();
    const after = await shop.in('primary');
    for (const call of waiting) expect((await call).error).toBeUndefined();
    expect(switched('none', 'postgres', 'recovered')(after)).toBe(1);
    expect(after.value('database_queued_calls')).toBe(0);
    expect(after.value('database_outage_duration_seconds_count')).toBe(1);
    expect(after.value('database_fallback_seconds_total')).toBe(0);
    expect(after.value('database_fallback_unmerged_rows')).toBe(0);
    expect(after.value('database_inflight_outcomes_total', { outcome: 'unknown' })).toBe(1);
    expect(after.value('database_inflight_outcomes_total', { outcome: 'rolled-back' })).toBe(1);
    expectTold(await shop.scrape(), shop);
  });

  it('a start without PostgreSQL that succeeds later is an outage from the beginning', async () => {
    const database = await postgres.createDatabase();
    await postgres.kill();
    const shop = measure('production', { ...postgres, database }, { options: { maxRetries: 0 } });
    await expect(shop.connection.ready).rejects.toMatchObject({ name: 'PrimaryUnavailableError' });
    const before = await shop.in('unavailable');
    expect(before.lines('database_switches_total').filter(({ value }) => value > 0)).toEqual([]);
    await postgres.start();
    const after = await shop.in('primary');
    expect(switched('none', 'postgres', 'recovered')(after)).toBe(1);
    expect(after.value('database_outage_duration_seconds_count')).toBe(1);
    expectTold(after, shop);
  });

  it('a pool is never larger than it may be, and whoever waits for it is counted', async () => {
    const shop = await openShop('production', { primary: { pool: { max: 3 } } });
    const calls = [1, 2, 3, 4, 5].map(() => settledOf(shop.connection.sequelize.query('SELECT pg_sleep(1)')));
    const seen: ReturnType<typeof poolOf>[] = [];
    await shop.until('a full pool', (scrape) => {
      seen.push(poolOf(scrape));
      return poolOf(scrape).used === 3;
    });
    expect(seen.at(-1)).toEqual({ idle: 0, used: 3, connecting: 0, waiting: 2 });
    await Promise.all(calls);
    const after = poolOf(await shop.scrape());
    expect(after).toEqual({ idle: 3, used: 0, connecting: 0, waiting: 0 });
    for (const { idle, used, connecting } of seen) {
      expect(idle + used + connecting).toBeLessThanOrEqual(3);
      expect(Math.min(idle, used, connecting)).toBeGreaterThanOrEqual(0);
    }
  });

  it('a PostgreSQL that serves but lets nobody in is degraded: no switch', async () => {
    const shop = await openShop('production', { options: { healthCheckInterval: 200 } });
    const { database = '' } = shop.connection.sequelize.config as { database?: string };
    await postgres.query(`ALTER DATABASE "${database}" ALLOW_CONNECTIONS false`);
    await postgres.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}' AND application_name LIKE '% probe'`,
    );
    const degraded = await shop.until('a probe that is refused', (scrape) => scrape.value('database_primary_reachable') === 0);
    expect(degraded.value('database_state', { state: 'primary' })).toBe(1);
    await shop.orders.count();
    await postgres.query(`ALTER DATABASE "${database}" ALLOW_CONNECTIONS true`);
    const well = await shop.until('a probe that passes', (scrape) => scrape.value('database_primary_reachable') === 1);
    expect(well.lines('database_switches_total').filter(({ value }) => value > 0)).toEqual([]);
    expect(well.value('database_retry_attempts_total')).toBeGreaterThan(0);
    expect(well.value('database_outage_duration_seconds_count')).toBe(0);
    expectTold(well, shop);
  });
});
