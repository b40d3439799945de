import { AsyncLocalStorage } from 'node:async_hooks';
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
  return { ...switchable, Entry, entries: () => entriesOf(switchable) };
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
      await expect.poll(() => Entry.count().catch((error: unknown) => error), { timeout: 10_000, interval: 200 }).toBeInstanceOf(TransactionLostError);
      await expect(Entry.create({ text: 'after' })).rejects.toBeInstanceOf(TransactionLostError);
    });
    expect(connection.getStatus().dialect).toBe('postgres');
    expect(await entries()).toEqual({ postgres: [], sqlite: [] });
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
