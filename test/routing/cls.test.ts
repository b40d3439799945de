import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { DataTypes, Sequelize, type Model, type Transaction } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransactionLostError } from '../../src/index.js';
import { onEachDatabase, switchableForTest, type Switchable } from '../support/connections.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';

/** What `Sequelize.useCLS` takes (cls-hooked), on AsyncLocalStorage. */
class Namespace {
  readonly #contexts = new AsyncLocalStorage<Map<string, unknown>>();

  get(key: string): unknown {
    return this.#contexts.getStore()?.get(key);
  }

  set(key: string, value: unknown): void {
    this.#contexts.getStore()?.set(key, value);
  }

  run<T>(work: () => T): T {
    return this.#contexts.run(new Map(this.#contexts.getStore()), work);
  }

  bind<T>(work: T): T {
    return work;
  }
}

const namespace = new Namespace();
let server: PostgresServer;

beforeAll(async () => {
  Sequelize.useCLS(namespace);
  server = await startPostgres();
});
afterAll(async () => {
  Reflect.deleteProperty(Sequelize, '_cls');
  await server.dispose();
});

async function ledger() {
  const switchable = await switchableForTest(server);
  const Entry = switchable.sequelize.define('Entry', { text: DataTypes.STRING });
  await Entry.count();
  const here = new AsyncResource('outside of every transaction');
  return {
    ...switchable,
    Entry,
    entries: () => entriesOf(switchable),
    toSqlite: () => here.runInAsyncScope(switchable.toSqlite),
    toPostgres: () => here.runInAsyncScope(switchable.toPostgres),
  };
}

async function entriesOf({ postgres, sqlite }: Switchable): Promise<{ postgres: unknown[]; sqlite: unknown[] }> {
  const texts = (rows: readonly Record<string, unknown>[]) => rows.map((row) => row['text']);
  return {
    postgres: texts(await postgres('SELECT text FROM "Entries" ORDER BY text')),
    sqlite: texts(await sqlite('SELECT text FROM Entries ORDER BY text')),
  };
}

const current = () => namespace.get('transaction') as Transaction | undefined;

describe('with Sequelize.useCLS', () => {
  it('calls join the managed transaction around them, on each database', async () => {
    const book = await ledger();
    const { sequelize, Entry } = book;
    await onEachDatabase(book, async (_engine, round) => {
      await sequelize.transaction(async (transaction) => {
        expect(current()).toBe(transaction);
        await Entry.create({ text: `kept ${round}` });
      });
      const error = new Error('rolled back');
      const dropped = sequelize.transaction(async () => {
        await Entry.create({ text: `dropped ${round}` });
        await sequelize.query(`UPDATE "Entries" SET "text" = 'changed'`);
        throw error;
      });
      await expect(dropped).rejects.toBe(error);
      expect(current()).toBeUndefined();
    });
    expect(await book.entries()).toEqual({ postgres: ['kept 1', 'kept 3'], sqlite: ['kept 2'] });
  });

  it('a managed transaction keeps its calls on its database through a switch', async () => {
    const { sequelize, Entry, entries, toSqlite } = await ledger();
    await sequelize.transaction(async () => {
      await Entry.create({ text: 'before' });
      await toSqlite();
      await Entry.create({ text: 'after' });
    });
    await Entry.create({ text: 'new' });
    expect(await entries()).toEqual({ postgres: ['after', 'before'], sqlite: ['new'] });
  });

  it('an ambient transaction wins over the active database, unless `transaction: null` is handed over', async () => {
    const { sequelize, Entry, entries, toSqlite } = await ledger();
    await namespace.run(async () => {
      const old = await sequelize.transaction();
      namespace.set('transaction', old);
      await toSqlite();
      await Entry.create({ text: 'ambient' });
      await sequelize.query(`INSERT INTO "Entries" ("text", "createdAt", "updatedAt") VALUES ('ambient, raw', now(), now())`);
      await sequelize.getQueryInterface().bulkInsert('Entries', [{ text: 'ambient, bulk', createdAt: new Date(), updatedAt: new Date() }]);
      await Entry.create({ text: 'alone' }, { transaction: null });
      await old.commit();
    });
    expect(await entries()).toEqual({ postgres: ['ambient', 'ambient, bulk', 'ambient, raw'], sqlite: ['alone'] });
  });

  it('an ambient transaction whose database was left rejects what would have joined it', async () => {
    const { connection, sequelize, Entry, entries, toSqlite, toPostgres } = await ledger();
    await toSqlite();
    await namespace.run(async () => {
      const old = await sequelize.transaction();
      namespace.set('transaction', old);
      await Entry.create({ text: 'before' });
      await toPostgres();
      // Longer than the drain time, so that the SQLite instance is closed under the transaction.
      await expect
        .poll(() => Entry.count().catch((error: unknown) => error), { timeout: 10_000, interval: 200 })
        .toBeInstanceOf(TransactionLostError);
      await expect(Entry.create({ text: 'after' })).rejects.toBeInstanceOf(TransactionLostError);
    });
    expect(connection.getStatus().dialect).toBe('postgres');
    expect(await entries()).toEqual({ postgres: [], sqlite: [] });
  });

  it('a switch that is asked for within a transaction is made outside of it', async () => {
    const { connection, sequelize, Entry, entries } = await ledger();
    await sequelize.transaction(async () => {
      await Entry.create({ text: 'before' });
      expect(await connection.failover('test', { hold: true })).toMatchObject({ state: 'fallback', dialect: 'sqlite' });
      await Entry.create({ text: 'after' });
    });
    await sequelize.transaction(async () => {
      await Entry.create({ text: 'on sqlite' });
      expect(await connection.reconnect()).toMatchObject({ state: 'primary', dialect: 'postgres' });
    });
    expect(await entries()).toEqual({ postgres: ['after', 'before'], sqlite: ['on sqlite'] });
  });

  it('a listener that is told of a switch from within a transaction does not join it', async () => {
    const { connection, sequelize, Entry, entries } = await ledger();
    const stored = new Promise<void>((resolve, reject) => {
      connection.on('disconnected', () => {
        // Waits for the next database, which is none of the transaction's business.
        void Entry.create({ text: 'by the listener' }).then(() => resolve(), reject);
      });
    });
    await sequelize.transaction(async () => {
      await Entry.create({ text: 'in the transaction' });
      await connection.failover('test', { hold: true }).catch(() => undefined);
    });
    await stored;
    expect(await entries()).toEqual({ postgres: ['in the transaction'], sqlite: ['by the listener'] });
  });

  it('a statement of a transaction that finds PostgreSQL dead does not take the switch into its transaction', async () => {
    const doomed = await startPostgres();
    try {
      const { connection, sequelize, storage } = await switchableForTest(doomed, { options: { healthCheckInterval: 60_000 } });
      const Entry = sequelize.define('Entry', { text: DataTypes.STRING });
      await Entry.count();
      const reasons: string[] = [];
      connection.on('disconnected', ({ reason }) => reasons.push(reason));
      const switched = new Promise((resolve) => connection.on('failover', resolve));
      const lost = sequelize.transaction(async () => {
        await Entry.create({ text: 'lost' });
        await doomed.kill();
        await Entry.create({ text: 'lost too' });
      });
      await expect(lost).rejects.toThrow();
      await Promise.race([switched, new Promise((resolve) => setTimeout(resolve, 3000))]);
      expect(connection.getStatus()).toMatchObject({ state: 'fallback', dialect: 'sqlite' });
      expect(reasons).not.toContain('fallback-failed');
      expect(storage).toContain('sqlite');
      expect(await Entry.count()).toBe(0);
    } finally {
      await doomed.dispose();
    }
  });

  it('a model with a column named transaction is written on the database of the ambient transaction', async () => {
    const { sequelize, toSqlite, postgres, sqlite } = await ledger();
    const Payment = sequelize.define<Model<{ id?: number; transaction: string | null }>>('Payment', { transaction: DataTypes.STRING });
    await Payment.create({ transaction: 'kept' });
    await namespace.run(async () => {
      const old = await sequelize.transaction();
      namespace.set('transaction', old);
      await toSqlite();
      await Payment.update({ transaction: null }, { where: { id: 1 } });
      await old.commit();
    });
    expect(await postgres('SELECT transaction FROM "Payments"')).toEqual([{ transaction: null }]);
    expect(await sqlite('SELECT "transaction" FROM Payments')).toEqual([]);
  });
});
