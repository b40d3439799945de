import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { closeFixtures, openFixture } from './sqlite-fixture.js';

afterEach(closeFixtures);

const inMemory = { storage: ':memory:', ownUnitTimeoutMs: 200 };

describe('a database in memory', () => {
  it('runs parallel transactions one after the other', async () => {
    const { sequelize, accounts } = await openFixture(inMemory);
    await accounts.create({ name: 'shared' });
    await Promise.all(
      Array.from({ length: 20 }, () =>
        sequelize.transaction(async (transaction) => {
          const account = await accounts.findOne({ transaction, rejectOnEmpty: true });
          await account.update({ balance: account.balance + 1 }, { transaction });
        }),
      ),
    );
    expect((await accounts.findOne({ rejectOnEmpty: true })).balance).toBe(20);
  });

  it('keeps writes and reads outside a transaction out of it', async () => {
    const { sequelize, accounts } = await openFixture(inMemory);
    const transaction = await sequelize.transaction();
    await accounts.create({ name: 'inside' }, { transaction });
    const creating = accounts.create({ name: 'outside' });
    await sleep(20);
    const outside = Promise.all([creating, accounts.count()]);
    await sleep(20);
    await transaction.rollback();
    const [, counted] = await outside;
    expect(counted).toBe(1);
    expect((await accounts.findAll()).map(({ name }) => name)).toEqual(['outside']);
  });

  it('answers a read that forgot its transaction at once, with what the transaction wrote', async () => {
    const { sequelize, accounts, asUnit } = await openFixture(inMemory);
    await asUnit(() =>
      sequelize.transaction(async (transaction) => {
        await accounts.create({ name: 'inside' }, { transaction });
        expect(await accounts.count()).toBe(1);
      }),
    );
  });

  it('tells a write that forgot its transaction, within the bound', async () => {
    const { sequelize, accounts, asUnit } = await openFixture(inMemory);
    await asUnit(() =>
      sequelize.transaction(async (transaction) => {
        await accounts.create({ name: 'inside' }, { transaction });
        await expect(accounts.create({ name: 'forgotten' })).rejects.toMatchObject({ code: 'WRITE_OUTSIDE_TRANSACTION' });
      }),
    );
    expect((await accounts.findAll()).map(({ name }) => name)).toEqual(['inside']);
  });

  it('gives transactions that only read their turn on the same handle', async () => {
    const { sequelize, accounts } = await openFixture(inMemory);
    await accounts.create({ name: 'a' });
    const counts = await Promise.all(
      [1, 2].map(() => sequelize.transaction({ readOnly: true }, (transaction) => accounts.count({ transaction }))),
    );
    expect(counts).toEqual([1, 1]);
  });

  it('is checked, and forgotten when it is closed', async () => {
    const { accounts, connections } = await openFixture(inMemory);
    await connections.check();
    await connections.close();
    await expect(accounts.count()).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
    expect(await (await openFixture(inMemory)).accounts.count()).toBe(0);
  });
});
