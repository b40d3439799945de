import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionAcquireTimeoutError, DataTypes, QueryTypes, Transaction } from 'sequelize';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { closeFixtures, openFixture, type Fixture } from './sqlite-fixture.js';

beforeEach(() => {
  // Sequelize tells the console about each COMMIT that fails.
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await closeFixtures();
});

const readThenAdd = ({ sequelize, accounts }: Fixture) =>
  sequelize.transaction(async (transaction) => {
    const account = await accounts.findOne({ where: { name: 'shared' }, transaction, rejectOnEmpty: true });
    await account.update({ balance: account.balance + 1 }, { transaction });
  });

describe('parallel transactions', () => {
  it.each([20, 200])('%i that read and then write all succeed, and none overwrites another', async (count) => {
    const fixture = await openFixture();
    await fixture.accounts.create({ name: 'shared' });
    const results = await Promise.allSettled(Array.from({ length: count }, () => readThenAdd(fixture)));
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect((await fixture.accounts.findOne({ rejectOnEmpty: true })).balance).toBe(count);
  });

  it('mix with single writes and single reads', async () => {
    const fixture = await openFixture();
    const { accounts } = fixture;
    await accounts.create({ name: 'shared' });
    const work = Array.from({ length: 60 }, (_, index) => [
      readThenAdd(fixture),
      accounts.create({ name: `single ${index}` }),
      accounts.findAll(),
      accounts.increment('balance', { where: { name: 'shared' } }),
    ]).flat();
    const results = await Promise.allSettled(work);
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect((await accounts.findOne({ where: { name: 'shared' }, rejectOnEmpty: true })).balance).toBe(120);
    expect(await accounts.count()).toBe(61);
  });

  it('end in the order in which they began', async () => {
    const { sequelize, accounts } = await openFixture();
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        sequelize.transaction(async (transaction) => {
          await accounts.create({ name: `n${index}` }, { transaction });
          order.push(index);
        }),
      ),
    );
    expect(order).toEqual(Array.from({ length: 30 }, (_, index) => index));
  });
});

describe('while a transaction writes', () => {
  it('single reads answer at once, with what is committed', async () => {
    const { sequelize, accounts } = await openFixture();
    await accounts.create({ name: 'before' });
    const transaction = await sequelize.transaction();
    await accounts.create({ name: 'inside' }, { transaction });
    expect((await accounts.findAll()).map(({ name }) => name)).toEqual(['before']);
    expect(await accounts.count({ transaction })).toBe(2);
    expect(await sequelize.query('WITH c AS (SELECT count(*) AS n FROM "Accounts") SELECT n FROM c', { type: QueryTypes.SELECT })).toEqual([
      { n: '1' },
    ]);
    expect(Object.keys(await sequelize.getQueryInterface().describeTable('Accounts'))).toEqual(['id', 'name', 'balance']);
    await transaction.commit();
    expect(await accounts.count()).toBe(2);
  });

  it('a transaction that only reads goes on beside it, sees one moment, and blocks nobody', async () => {
    const { sequelize, accounts } = await openFixture();
    await accounts.create({ name: 'a' });
    const reading = await sequelize.transaction({ readOnly: true });
    expect(await accounts.count({ transaction: reading })).toBe(1);
    await sequelize.transaction((transaction) => accounts.create({ name: 'b' }, { transaction }));
    await accounts.create({ name: 'c' });
    expect(await accounts.count({ transaction: reading })).toBe(1);
    expect(await accounts.count()).toBe(3);
    await reading.commit();
  });

  it('a transaction that only reads is kept from writing, with an error that says so', async () => {
    const { sequelize, accounts } = await openFixture();
    const attempt = sequelize.transaction({ readOnly: true }, (transaction) => accounts.create({ name: 'a' }, { transaction }));
    await expect(attempt).rejects.toMatchObject({
      name: 'SequelizeDatabaseError',
      message: 'cannot execute INSERT in a read-only transaction',
      parent: { code: '25006' },
    });
    expect(await accounts.count()).toBe(0);
  });
});

describe('a transaction', () => {
  it('keeps nobody from writing before its first statement', async () => {
    const { sequelize, accounts } = await openFixture({ acquireTimeoutMs: 1_000 });
    const [, transaction] = await Promise.all([accounts.create({ name: 'a' }), sequelize.transaction(), accounts.create({ name: 'b' })]);
    await accounts.create({ name: 'c' });
    await accounts.create({ name: 'd' }, { transaction });
    await transaction.commit();
    expect(await accounts.count()).toBe(4);
  });

  it('takes the write lock at its first statement, whichever type is asked for', async () => {
    const { sequelize, accounts, storage } = await openFixture();
    const other = await openFixture({ storage });
    for (const type of [Transaction.TYPES.DEFERRED, Transaction.TYPES.IMMEDIATE, Transaction.TYPES.EXCLUSIVE]) {
      const transaction = await sequelize.transaction({ type });
      await accounts.count({ transaction });
      await other.sequelize.query('PRAGMA busy_timeout=0');
      await expect(other.sequelize.query('DELETE FROM "Accounts"', { retry: { max: 1 } })).rejects.toThrow(/SQLITE_BUSY/);
      await transaction.rollback();
    }
  });

  it('that is unmanaged commits and rolls back', async () => {
    const { sequelize, accounts } = await openFixture();
    const kept = await sequelize.transaction();
    await accounts.create({ name: 'kept' }, { transaction: kept });
    await kept.commit();
    const dropped = await sequelize.transaction();
    await accounts.create({ name: 'dropped' }, { transaction: dropped });
    await dropped.rollback();
    expect((await accounts.findAll()).map(({ name }) => name)).toEqual(['kept']);
  });

  it('that throws is rolled back, and the next one begins', async () => {
    const { sequelize, accounts } = await openFixture();
    const failing = sequelize.transaction(async (transaction) => {
      await accounts.create({ name: 'a' }, { transaction });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await readCount(sequelize, accounts, 0);
  });

  it('keeps its savepoints on its own connection', async () => {
    const { sequelize, accounts } = await openFixture();
    await sequelize.transaction(async (outer) => {
      await accounts.create({ name: 'outer' }, { transaction: outer });
      const inner = sequelize.transaction({ transaction: outer }, async (transaction) => {
        await accounts.create({ name: 'inner' }, { transaction });
        throw new Error('only the inner one');
      });
      await expect(inner).rejects.toThrow('only the inner one');
      await sequelize.transaction({ transaction: outer }, (transaction) => accounts.create({ name: 'second' }, { transaction }));
    });
    expect((await accounts.findAll()).map(({ name }) => name)).toEqual(['outer', 'second']);
  });

  it('gets the same connection for the same id', async () => {
    const { connections } = await openFixture();
    const [a, b] = await Promise.all([connections.getConnection({ uuid: 'x' }), connections.getConnection({ uuid: 'x' })]);
    expect(a).toBe(b);
    expect(await connections.getConnection({ uuid: 'x' })).toBe(a);
    connections.releaseConnection(a);
    const next = await connections.getConnection({ uuid: 'x' });
    expect(next).not.toBe(a);
    connections.releaseConnection(next);
  });

  it('is aborted by a failed statement, as on PostgreSQL', async () => {
    const { sequelize, accounts } = await openFixture();
    await accounts.create({ name: 'taken' });
    await sequelize.transaction(async (transaction) => {
      await expect(accounts.create({ name: 'taken' }, { transaction })).rejects.toMatchObject({ name: 'SequelizeUniqueConstraintError' });
      await expect(accounts.create({ name: 'free' }, { transaction })).rejects.toMatchObject({ parent: { code: '25P02' } });
    });
    expect(await accounts.count()).toBe(1);
  });

  it('finds foreign keys on, also after they were turned off outside', async () => {
    const { sequelize } = await openFixture();
    await sequelize.query('PRAGMA foreign_keys = OFF');
    const on = await sequelize.transaction((transaction) =>
      sequelize.query('PRAGMA foreign_keys;', { transaction, type: QueryTypes.SELECT }),
    );
    expect(on).toEqual([{ foreign_keys: 1 }]);
  });

  it('refuses a statement that comes after its end, and never runs it', async () => {
    const { connections, accounts } = await openFixture();
    const connection = await connections.getConnection({ uuid: 'x' });
    connections.releaseConnection(connection);
    const late = connection.query(`INSERT INTO "Accounts" (name) VALUES ('late')`);
    await expect(late).rejects.toMatchObject({ code: 'TRANSACTION_ENDED' });
    expect(await accounts.count()).toBe(0);
  });

  it('refuses a statement that comes while its COMMIT is on its way', async () => {
    const { connections, accounts } = await openFixture();
    const connection = await connections.getConnection({ uuid: 'x' });
    await connection.query('START TRANSACTION;');
    const committing = connection.query('COMMIT;');
    await expect(connection.query(`INSERT INTO "Accounts" (name) VALUES ('late')`)).rejects.toMatchObject({ code: 'TRANSACTION_ENDED' });
    await committing;
    connections.releaseConnection(connection);
    expect(await accounts.count()).toBe(0);
  });
});

describe('a COMMIT that fails', () => {
  it('leaves no lock behind', async () => {
    const fixture = await openFixture();
    const { sequelize, accounts } = fixture;
    const child = sequelize.define('Child', { accountId: { type: DataTypes.INTEGER } }, { timestamps: false });
    await sequelize.query(
      'CREATE TABLE "Children" (id SERIAL PRIMARY KEY, "accountId" INTEGER REFERENCES "Accounts" (id) DEFERRABLE INITIALLY DEFERRED)',
    );
    const failing = sequelize.transaction((transaction) => child.create({ accountId: 99 }, { transaction }));
    await expect(failing).rejects.toMatchObject({ name: 'SequelizeForeignKeyConstraintError' });
    // Another handle on the same file would meet the lock.
    const other = await openFixture({ storage: fixture.storage });
    await other.accounts.create({ name: 'elsewhere' });
    await readCount(sequelize, accounts, 1);
    expect(await child.count()).toBe(0);
  });
});

describe('a statement that forgot its transaction', () => {
  it('gets an error that says so within the bound, and the transaction can still commit', async () => {
    const { sequelize, accounts, asUnit } = await openFixture({ ownUnitTimeoutMs: 200 });
    const startedAt = Date.now();
    await asUnit(() =>
      sequelize.transaction(async (transaction) => {
        await accounts.create({ name: 'inside' }, { transaction });
        const forgotten = accounts.create({ name: 'forgotten' });
        await expect(forgotten).rejects.toMatchObject({ code: 'WRITE_OUTSIDE_TRANSACTION' });
        await expect(accounts.count()).resolves.toBe(0);
      }),
    );
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    expect((await accounts.findAll()).map(({ name }) => name)).toEqual(['inside']);
  });

  it('gets it for a transaction begun inside a transaction too', async () => {
    const { sequelize, accounts, asUnit } = await openFixture({ ownUnitTimeoutMs: 100 });
    const count = (transaction: Transaction) => accounts.count({ transaction });
    const nested = asUnit(() =>
      sequelize.transaction(async (outer) => {
        await count(outer);
        await sequelize.transaction(count);
      }),
    );
    await expect(nested).rejects.toMatchObject({ code: 'WRITE_OUTSIDE_TRANSACTION' });
  });
});

describe('a wait for the writer', () => {
  it("ends with Sequelize's own error after acquireTimeoutMs, for statements and transactions", async () => {
    const { sequelize, accounts } = await openFixture({ acquireTimeoutMs: 150 });
    const holder = await sequelize.transaction();
    await accounts.count({ transaction: holder });
    await expect(accounts.create({ name: 'a' })).rejects.toBeInstanceOf(ConnectionAcquireTimeoutError);
    const waiting = sequelize.transaction((transaction) => accounts.count({ transaction }));
    await expect(waiting).rejects.toBeInstanceOf(ConnectionAcquireTimeoutError);
    await holder.rollback();
    await accounts.create({ name: 'b' });
  });

  it('that ended so can be begun again with the same id', async () => {
    const { connections } = await openFixture({ acquireTimeoutMs: 50 });
    const [holder, waiting] = [await connections.getConnection({ uuid: 'holder' }), await connections.getConnection({ uuid: 'x' })];
    await holder.query('BEGIN; SELECT 1');
    await waiting.query('BEGIN');
    await expect(waiting.query('SELECT 1')).rejects.toBeInstanceOf(ConnectionAcquireTimeoutError);
    await Promise.all([holder, waiting].map((connection) => connections.destroyConnection(connection)));
    const again = await connections.getConnection({ uuid: 'x' });
    await again.query('BEGIN; SELECT 1; COMMIT');
    connections.releaseConnection(again);
  });
});

describe('a single statement', () => {
  it('can not begin a transaction that others would find themselves in', async () => {
    const { sequelize } = await openFixture();
    await expect(sequelize.query('BEGIN')).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL_OUTSIDE_TRANSACTION' });
  });

  it('gives bulkCreate its ids, and update and destroy their counts', async () => {
    const { accounts } = await openFixture();
    const rows = await accounts.bulkCreate([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    expect(rows.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(await accounts.update({ balance: 5 }, { where: { name: ['a', 'b'] } })).toEqual([2]);
    expect(await accounts.destroy({ where: { name: 'c' } })).toBe(1);
    const [row, created] = await accounts.upsert({ id: 1, name: 'a', balance: 7 });
    expect([row.balance, created]).toEqual([7, null]);
  });

  it("turns the driver's errors into Sequelize's", async () => {
    const { sequelize, accounts } = await openFixture();
    await accounts.create({ name: 'a' });
    await expect(accounts.create({ name: 'a' })).rejects.toMatchObject({
      name: 'SequelizeUniqueConstraintError',
      fields: { name: 'a' },
      parent: { code: '23505' },
    });
    await expect(sequelize.query('SELECT * FROM nowhere')).rejects.toMatchObject({ name: 'SequelizeDatabaseError' });
  });

  it('binds by name and by position', async () => {
    const { sequelize } = await openFixture();
    const query = (sql: string, bind: unknown[] | Record<string, unknown>) => sequelize.query(sql, { bind, type: QueryTypes.SELECT });
    expect(await query('SELECT $1 AS a, $2 AS b', ['x', null])).toEqual([{ a: 'x', b: null }]);
    expect(await query('SELECT $name AS a', { name: 'y' })).toEqual([{ a: 'y' }]);
  });

  it('runs past Sequelize too', async () => {
    const { connections } = await openFixture();
    expect(await connections.query('INSERT INTO Accounts (name, balance) VALUES ($1, $2) RETURNING id', ['a', 3])).toEqual([{ id: 1 }]);
    expect(await connections.query('SELECT balance FROM Accounts WHERE name = $name', { $name: 'a' })).toEqual([{ balance: 3 }]);
    await expect(connections.query('SELECT * FROM nowhere')).rejects.toMatchObject({ code: 'SQLITE_ERROR' });
  });

  it('reads what was written before it', async () => {
    const { accounts } = await openFixture();
    for (let count = 1; count <= 50; count += 1) {
      await accounts.create({ name: `n${count}` });
      expect(await accounts.count()).toBe(count);
    }
  });
});

describe('the async context of the caller', () => {
  it('is there in hooks, callbacks and results, however long it waited', async () => {
    const { sequelize, accounts, connections } = await openFixture();
    const context = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    accounts.addHook('afterCreate', () => void seen.push(context.getStore()));
    accounts.addHook('afterFind', () => void seen.push(context.getStore()));
    const work = (name: string) =>
      context.run(name, async () => {
        await sequelize.transaction(async (transaction) => {
          await accounts.create({ name }, { transaction });
          await sleep(1);
          seen.push(context.getStore());
        });
        await accounts.findAll();
        const connection = await connections.getConnection();
        await new Promise<void>((resolve) => connection.query('SELECT 1', () => (seen.push(context.getStore()), resolve())));
        seen.push(context.getStore());
      });
    await Promise.all(['a', 'b', 'c'].map(work));
    expect(seen.toSorted()).toEqual(['a', 'b', 'c'].flatMap((name) => Array<string>(5).fill(name)));
  });

  it('calls back later, never at once', async () => {
    const { connections } = await openFixture();
    const connection = await connections.getConnection();
    let isCalled = false;
    const called = new Promise<void>((resolve) => connection.query('SELECT 1', () => ((isCalled = true), resolve())));
    expect(isCalled).toBe(false);
    await called;
  });
});

async function readCount(sequelize: Fixture['sequelize'], accounts: Fixture['accounts'], expected: number): Promise<void> {
  const count = await sequelize.transaction((transaction) => accounts.count({ transaction }));
  expect(count).toBe(expected);
}
