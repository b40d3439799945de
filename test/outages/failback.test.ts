import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { leakGuard } from '../support/leak-guard.js';
import { openSqliteFiles } from '../support/open-files.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { isIn, type Service, settledOf, startService, told } from './service.js';

leakGuard();

let postgres: PostgresServer;
let proxy: FaultProxy;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
beforeEach(async () => {
  proxy = await startProxy(postgres);
});
afterEach(() => proxy.close());

async function onFallback(): Promise<Service> {
  const service = await startService(postgres, 'development', { via: proxy });
  await proxy.refuse();
  await settledOf(service.orders.count());
  await isIn(service, 'fallback');
  service.events.length = 0;
  return service;
}

describe('a failback under load', () => {
  it('fails no call, and each row is in one database', async () => {
    const service = await onFallback();
    const { orders, payments, sequelize } = service;
    let isOver = false;
    const acknowledged: string[] = [];
    const works: Record<string, (name: string) => Promise<unknown>> = {
      create: (name) => orders.create({ name }),
      read: () => orders.findAll({ limit: 5 }),
      transaction: (name) =>
        sequelize.transaction(async (transaction) => {
          await orders.create({ name }, { transaction });
          await payments.create({ name }, { transaction });
        }),
      bulk: (name) => orders.bulkCreate([{ name: `${name} a` }, { name: `${name} b` }]),
      unit: (name) =>
        service.connection.unit(async () => {
          const row = await orders.create({ name: `${name} draft` });
          await row.update({ name });
        }),
    };
    const workers = Object.entries(works).flatMap(([kind, work]) =>
      [1, 2].map(async (worker) => {
        for (let turn = 0; !isOver; turn += 1) {
          const name = `${kind} ${worker} ${turn}`;
          await work(name);
          if (kind === 'create' || kind === 'transaction' || kind === 'unit') acknowledged.push(name);
        }
      }),
    );
    const settled = settledOf(Promise.all(workers));
    await sleep(300);
    await proxy.restore();
    await isIn(service, 'primary');
    await sleep(500);
    isOver = true;
    expect((await settled).error).toBeUndefined();
    expect(told(service)).toEqual(['recovered', 'connected']);

    const [onPostgres, onSqlite] = [await service.inPostgres(), await service.inSqlite()];
    const rows = [...onPostgres, ...onSqlite];
    expect(new Set(rows).size).toBe(rows.length);
    expect(rows.filter((name) => name.endsWith('draft'))).toEqual([]);
    expect(acknowledged.filter((name) => !rows.includes(name))).toEqual([]);
    expect(onSqlite.length).toBeGreaterThan(0);
    expect(onPostgres.length).toBeGreaterThan(1);
    const ofTransactions = (names: string[]) => names.filter((name) => name.startsWith('transaction')).sort();
    expect(ofTransactions(await service.inPostgres('payments'))).toEqual(ofTransactions(onPostgres));
    expect(ofTransactions(await service.inSqlite('payments'))).toEqual(ofTransactions(onSqlite));
  });
});

describe('what began on SQLite', () => {
  it('ends there when the service is back on PostgreSQL, and then its file is closed', async () => {
    const service = await onFallback();
    const { orders, sequelize, connection } = service;
    const wait = () => isIn(service, 'primary');
    const managed = settledOf(
      sequelize.transaction(async (transaction) => {
        await orders.create({ name: 'managed 1' }, { transaction });
        await wait();
        await orders.create({ name: 'managed 2' }, { transaction });
      }),
    );
    const unit = settledOf(
      connection.unit(async () => {
        await orders.create({ name: 'unit 1' });
        await wait();
        await orders.create({ name: 'unit 2' });
        return await orders.count();
      }),
    );
    await sleep(100);
    await proxy.restore();
    await wait();
    await orders.create({ name: 'after' });
    expect((await managed).error).toBeUndefined();
    expect((await unit).error).toBeUndefined();
    expect(await service.inSqlite()).toEqual(['managed 1', 'managed 2', 'unit 1', 'unit 2']);
    expect(await service.inPostgres()).toEqual(['after', 'before']);
    await waitFor(() => openSqliteFiles(service.file.replace(/[^/]*$/, '')).length === 0, { what: 'the file to be closed' });
  });

  it('is rolled back where it takes longer than the drain time, and says so', async () => {
    const service = await onFallback();
    const { orders, sequelize, connection } = service;
    const unmanaged = await sequelize.transaction();
    await orders.create({ name: 'unmanaged' }, { transaction: unmanaged });
    const closed = () => openSqliteFiles(service.file.replace(/[^/]*$/, '')).length === 0;
    const drained = () => waitFor(closed, { timeoutMs: 15_000, what: 'the file to be closed' });
    const unit = settledOf(
      connection.unit(async () => {
        await orders.findAll();
        await drained();
        await orders.findAll();
      }),
    );
    await proxy.restore();
    await isIn(service, 'primary');
    const leftAtMs = performance.now();
    await drained();
    expect(performance.now() - leftAtMs).toBeGreaterThan(4_000);
    const late = await settledOf(orders.create({ name: 'late' }, { transaction: unmanaged }));
    expect(late.error).toMatchObject({ code: 'TRANSACTION_LOST', outcome: 'rolled-back' });
    expect((await settledOf(unmanaged.commit())).error).toMatchObject({ code: 'TRANSACTION_LOST' });
    expect((await unit).error).toMatchObject({ code: 'UNIT_LOST' });
    expect(await service.inSqlite()).toEqual([]);
    expect(await service.inPostgres()).toEqual(['before']);
  });
});
