import { setTimeout as sleep } from 'node:timers/promises';
import {
  DataTypes,
  Transaction,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TransactionLostError } from '../../src/index.js';
import { onEachDatabase, switchableForTest, type Switchable } from '../support/connections.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

interface EntryRow extends Model<InferAttributes<EntryRow>, InferCreationAttributes<EntryRow>> {
  id: CreationOptional<number>;
  text: string;
}

const defineEntry = (sequelize: Sequelize) =>
  sequelize.define<EntryRow>('Entry', {
    id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
    text: { type: DataTypes.STRING, allowNull: false },
  });

async function ledger() {
  const switchable = await switchableForTest(server);
  const Entry = defineEntry(switchable.sequelize);
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

/** Resolves when the server has ended every open transaction of the database. */
async function postgresTransactionsEnded({ postgres }: Switchable): Promise<void> {
  const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`;
  await waitFor(async () => (await postgres(sql)).length === 0, { timeoutMs: 15_000, what: 'the open transaction to be ended' });
}

describe('on each database', () => {
  it('a managed transaction commits what its callback resolves to', async () => {
    const book = await ledger();
    await onEachDatabase(book, async (_engine, round) => {
      const answer = await book.sequelize.transaction(async (transaction) => {
        expect(transaction).toBeInstanceOf(Transaction);
        await book.Entry.create({ text: `a${round}` }, { transaction });
        const [row] = await book.Entry.findAll({ where: { text: `a${round}` }, transaction, lock: transaction.LOCK.UPDATE });
        return row?.text;
      });
      expect(answer).toBe(`a${round}`);
    });
    expect(await book.entries()).toEqual({ postgres: ['a1', 'a3'], sqlite: ['a2'] });
  });

  it('a managed transaction rolls back when its callback rejects', async () => {
    const book = await ledger();
    await onEachDatabase(book, async () => {
      const error = new Error('changed my mind');
      const transaction = book.sequelize.transaction(async (transaction) => {
        await book.Entry.create({ text: 'never' }, { transaction });
        throw error;
      });
      await expect(transaction).rejects.toBe(error);
    });
    expect(await book.entries()).toEqual({ postgres: [], sqlite: [] });
  });

  it('an unmanaged transaction commits and rolls back, and tells who waits for the commit', async () => {
    const book = await ledger();
    await onEachDatabase(book, async (_engine, round) => {
      const kept = await book.sequelize.transaction();
      const afterCommit = vi.fn();
      kept.afterCommit(afterCommit);
      await book.Entry.create({ text: `kept ${round}` }, { transaction: kept });
      await kept.commit();
      expect(afterCommit).toHaveBeenCalledOnce();
      const dropped = await book.sequelize.transaction();
      await book.Entry.create({ text: `dropped ${round}` }, { transaction: dropped });
      expect(await book.Entry.count({ where: { text: `dropped ${round}` }, transaction: dropped })).toBe(1);
      await dropped.rollback();
      await expect(book.Entry.count({ transaction: dropped })).rejects.toThrow(/rollback has been called on this transaction/);
    });
    expect(await book.entries()).toEqual({ postgres: ['kept 1', 'kept 3'], sqlite: ['kept 2'] });
  });

  it('a savepoint rolls back alone', async () => {
    const book = await ledger();
    const { sequelize, Entry } = book;
    await onEachDatabase(book, async (_engine, round) => {
      await sequelize.transaction(async (transaction) => {
        await Entry.create({ text: `outer ${round}` }, { transaction });
        const inner = sequelize.transaction({ transaction }, async (savepoint) => {
          await Entry.create({ text: `inner ${round}` }, { transaction: savepoint });
          throw new Error('only the inner one');
        });
        await expect(inner).rejects.toThrow('only the inner one');
        const second = await sequelize.transaction({ transaction });
        await Entry.create({ text: `second ${round}` }, { transaction: second });
        await second.commit();
      });
    });
    expect(await book.entries()).toEqual({
      postgres: ['outer 1', 'outer 3', 'second 1', 'second 3'],
      sqlite: ['outer 2', 'second 2'],
    });
  });

  it('raw queries and the query interface take a transaction', async () => {
    const book = await ledger();
    const { sequelize, Entry } = book;
    await onEachDatabase(book, async () => {
      const transaction = await sequelize.transaction();
      await sequelize.query(`INSERT INTO "Entries" ("text", "createdAt", "updatedAt") VALUES ('raw', '2026-01-01', '2026-01-01')`, {
        transaction,
      });
      await sequelize
        .getQueryInterface()
        .bulkInsert('Entries', [{ text: 'bulk', createdAt: new Date(), updatedAt: new Date() }], { transaction });
      expect(await Entry.count({ transaction })).toBe(2);
      await transaction.rollback();
    });
    expect(await book.entries()).toEqual({ postgres: [], sqlite: [] });
  });
});

describe('a transaction that was begun before a switch', () => {
  it('still writes to its own database and commits, within the drain time', async () => {
    const { sequelize, Entry, entries, toSqlite } = await ledger();
    const transaction = await sequelize.transaction();
    await Entry.create({ text: 'before' }, { transaction });
    await toSqlite();
    const row = await Entry.create({ text: 'after' }, { transaction });
    await row.update({ text: 'after, changed' }, { transaction });
    await Entry.create({ text: 'elsewhere' });
    expect(await Entry.count({ transaction })).toBe(2);
    expect(await Entry.count()).toBe(1);
    expect((await entries()).postgres).toEqual([]);
    await transaction.commit();
    expect(await entries()).toEqual({ postgres: ['after, changed', 'before'], sqlite: ['elsewhere'] });
  });

  it('on SQLite still writes to SQLite and commits', async () => {
    const { sequelize, Entry, entries, toSqlite, toPostgres } = await ledger();
    await toSqlite();
    const transaction = await sequelize.transaction();
    await Entry.create({ text: 'before' }, { transaction });
    await toPostgres();
    await Entry.create({ text: 'after' }, { transaction });
    await Entry.create({ text: 'elsewhere' });
    await transaction.commit();
    expect(await entries()).toEqual({ postgres: ['elsewhere'], sqlite: ['after', 'before'] });
  });

  it('wins over the active database from anywhere: from another unit, a transaction of the other database, with bare queries', async () => {
    const { connection, sequelize, Entry, entries, toSqlite } = await ledger();
    const old = await sequelize.transaction();
    await toSqlite();
    await connection.unit(async () => {
      await Entry.create({ text: 'unit, old' }, { transaction: old });
      await Entry.create({ text: 'unit, new' });
    });
    await sequelize.transaction(async (transaction) => {
      await Entry.create({ text: 'transaction, old' }, { transaction: old });
      await Entry.create({ text: 'transaction, new' }, { transaction });
    });
    expect(await sequelize.query('SELECT version() AS v', { transaction: old, plain: true })).toEqual({
      v: expect.stringContaining('PostgreSQL') as string,
    });
    await sequelize.transaction({ transaction: old }, (savepoint) => Entry.create({ text: 'savepoint, old' }, { transaction: savepoint }));
    await old.commit();
    expect(await entries()).toEqual({
      postgres: ['savepoint, old', 'transaction, old', 'unit, old'],
      sqlite: ['transaction, new', 'unit, new'],
    });
  });

  it('keeps its database open until it ends, and no longer', async () => {
    const { sequelize, Entry, postgres, toSqlite } = await ledger();
    const sessions = async () => {
      const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND (query = 'COMMIT;' OR state LIKE 'idle in%')`;
      return (await postgres(sql)).length;
    };
    await sequelize.transaction((transaction) => Entry.create({ text: 'ended before' }, { transaction }));
    const open = await sequelize.transaction();
    await Entry.create({ text: 'open' }, { transaction: open });
    await toSqlite();
    await sleep(300);
    expect(await sessions()).toBeGreaterThan(0);
    await open.commit();
    // Less than the drain time.
    await waitFor(async () => (await sessions()) === 0, { timeoutMs: 2500, what: 'the old pool to be closed' });
  });

  it('rolls back on its own database', async () => {
    const { sequelize, Entry, entries, toSqlite } = await ledger();
    const transaction = await sequelize.transaction();
    await Entry.create({ text: 'never' }, { transaction });
    await toSqlite();
    await transaction.rollback();
    expect(await entries()).toEqual({ postgres: [], sqlite: [] });
  });

  it('as a managed one ends on the database that it began on, also what its callback does without naming it', async () => {
    const { sequelize, Entry, entries, toSqlite } = await ledger();
    await sequelize.transaction(async (transaction) => {
      await Entry.create({ text: 'named' }, { transaction });
      await toSqlite();
      await Entry.create({ text: 'named, after' }, { transaction });
      await Entry.create({ text: 'not named' });
    });
    expect(await entries()).toEqual({ postgres: ['named', 'named, after', 'not named'], sqlite: [] });
  });

  it('is lost when the drain time is over: its calls say so, and nothing of it is anywhere', async () => {
    const book = await ledger();
    const { sequelize, Entry, entries, toSqlite } = book;
    const transaction = await sequelize.transaction();
    await Entry.create({ text: 'before' }, { transaction });
    await toSqlite();
    await postgresTransactionsEnded(book);
    const lost = { name: 'TransactionLostError', code: 'TRANSACTION_LOST', outcome: 'rolled-back' };
    await expect(Entry.create({ text: 'after' }, { transaction })).rejects.toMatchObject(lost);
    await expect(Entry.findAll({ transaction })).rejects.toBeInstanceOf(TransactionLostError);
    await expect(sequelize.query('SELECT 1', { transaction })).rejects.toMatchObject(lost);
    await expect(sequelize.transaction({ transaction }, () => Promise.resolve())).rejects.toMatchObject(lost);
    await expect(transaction.commit()).rejects.toMatchObject(lost);
    expect(await entries()).toEqual({ postgres: [], sqlite: [] });
  });

  it('is not taken up again when its database comes back as another activation', async () => {
    const book = await ledger();
    const { sequelize, Entry, entries, toSqlite, toPostgres } = book;
    const transaction = await sequelize.transaction();
    await Entry.create({ text: 'before' }, { transaction });
    await toSqlite();
    await postgresTransactionsEnded(book);
    await toPostgres();
    await expect(Entry.create({ text: 'after' }, { transaction })).rejects.toBeInstanceOf(TransactionLostError);
    await expect(transaction.commit()).rejects.toBeInstanceOf(TransactionLostError);
    expect(await entries()).toEqual({ postgres: [], sqlite: [] });
  });

  it('loses a managed callback that goes on after the drain time, without a trace on the other database', async () => {
    const book = await ledger();
    const { sequelize, Entry, entries, toSqlite } = book;
    const late = sequelize.transaction(async (transaction) => {
      await Entry.create({ text: 'before' }, { transaction });
      await toSqlite();
      await postgresTransactionsEnded(book);
      await Entry.create({ text: 'after' }, { transaction });
    });
    await expect(late).rejects.toBeInstanceOf(TransactionLostError);
    expect(await entries()).toEqual({ postgres: [], sqlite: [] });
  });
});

describe('a transaction on a PostgreSQL that dies', () => {
  it('only rejects, and reads are answered from SQLite', async () => {
    const doomed = await startPostgres();
    try {
      const switchable = await switchableForTest(doomed);
      const { sequelize } = switchable;
      const Entry = defineEntry(sequelize);
      const transaction = await sequelize.transaction();
      await Entry.create({ text: 'on postgres' }, { transaction });
      await doomed.kill();
      await expect(Entry.create({ text: 'lost' }, { transaction })).rejects.toThrow();
      await waitFor(() => sequelize.getDialect() === 'sqlite', { what: 'the fallback' });
      await expect(Entry.create({ text: 'lost' }, { transaction })).rejects.toBeInstanceOf(TransactionLostError);
      await expect(transaction.commit()).rejects.toBeInstanceOf(TransactionLostError);
      expect(await Entry.count()).toBe(0);
      await sequelize.transaction((fresh) => Entry.create({ text: 'fresh' }, { transaction: fresh }));
      expect(await switchable.sqlite('SELECT text FROM Entries')).toEqual([{ text: 'fresh' }]);
      await sleep(0);
    } finally {
      await doomed.dispose();
    }
  });
});
