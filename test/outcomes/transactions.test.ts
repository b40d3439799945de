import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Transaction } from 'sequelize';
import { leakGuard } from '../support/leak-guard.js';
import { Gate } from '../support/connections.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { attended, MODES, openShop, poolOf, rejection, type Shop, shopForTest, strand } from './shop.js';
import { Wire } from './wire.js';

leakGuard({ scope: 'file' });

let postgres: PostgresServer;
let wire: Wire;

beforeAll(async () => {
  postgres = await startPostgres();
  wire = await Wire.start(postgres);
});
afterAll(async () => {
  await wire.close();
  await postgres.dispose();
});
beforeEach(() => {
  vi.spyOn(console, 'warn');
});
afterEach(async () => {
  await wire.restore();
  await postgres.thaw();
  await postgres.start();
  expect(console.warn).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

const LOST = { code: 'TRANSACTION_LOST', outcome: 'rolled-back', name: 'TransactionLostError' };
const NOWHERE = { postgres: 0, sqlite: 0 };

/** A transaction of two statements. `between` runs between them. */
const sellTwo =
  (shop: Shop, between: (transaction: Transaction) => unknown, onRun: () => void = () => undefined) =>
  async (transaction: Transaction): Promise<string> => {
    onRun();
    transaction.afterCommit(() => void shop.hooks.push('afterCommit'));
    await shop.books.create({ title: 'one' }, { transaction });
    await between(transaction);
    await shop.books.create({ title: 'two' }, { transaction });
    return 'done';
  };

/** The service works as before: no connection was leaked, and the next work is done once. */
async function expectWell(shop: Shop, title = 'next'): Promise<void> {
  await waitFor(() => poolOf(shop).using === 0, { what: 'all connections to be back in the pool' });
  await shop.sequelize.transaction(async (transaction) => await shop.books.create({ title }, { transaction }));
  expect((await shop.stored(title)).postgres).toBe(1);
  expect(poolOf(shop).using).toBe(0);
}

describe.each(MODES)('a managed transaction whose connection is lost while the server is well, %s', (_, fallback) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop(postgres, { fallback, wire });
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    await shop.postgres('DELETE FROM books');
    shop.hooks.length = shop.outcomes.length = shop.switches.length = wire.statements.length = 0;
  });
  afterEach(async () => {
    expect(shop.switches).toEqual([]);
    await expectWell(shop);
  });

  it.each(['lose-statement', 'lose-reply'] as const)('at its BEGIN is begun again, and its callback runs once: %s', async (fate) => {
    const lose = wire.trap(/^START TRANSACTION/, fate);
    let runs = 0;
    expect(
      await shop.sequelize.transaction(
        sellTwo(
          shop,
          () => undefined,
          () => void (runs += 1),
        ),
      ),
    ).toBe('done');
    await lose;
    expect(runs).toBe(1);
    expect((await shop.stored('two')).postgres).toBe(1);
    expect(shop.hooks.filter((hook) => hook === 'afterCommit')).toHaveLength(1);
    expect(shop.outcomes).toEqual(['transaction not-sent']);
  });

  it.each(['lose-statement', 'lose-reply'] as const)('within a statement is rolled back: %s', async (fate) => {
    let lose: Promise<void> | undefined;
    let seen: unknown;
    const work = shop.sequelize.transaction(async (transaction) => {
      transaction.afterCommit(() => void shop.hooks.push('afterCommit'));
      await shop.books.create({ title: 'one' }, { transaction });
      lose = wire.trap(/^INSERT/, fate);
      seen = await rejection(shop.books.create({ title: 'two' }, { transaction }));
      throw seen as Error;
    });
    const error = await rejection(work);
    await lose;
    expect(error).toMatchObject(LOST);
    expect(seen).toMatchObject(LOST);
    expect(error.transactionId).toEqual(expect.any(String));
    expect(await shop.stored('one')).toEqual(NOWHERE);
    expect(await shop.stored('two')).toEqual(NOWHERE);
    expect(shop.hooks).not.toContain('afterCommit');
    expect(shop.outcomes).toEqual(['transaction rolled-back']);
  });

  it('between two statements is rolled back', async () => {
    const error = await rejection(
      shop.sequelize.transaction(
        sellTwo(shop, async () => {
          wire.cut();
          await waitFor(() => poolOf(shop).using === 0, { what: 'the pool to notice' });
        }),
      ),
    );
    expect(error).toMatchObject(LOST);
    expect(await shop.stored('one')).toEqual(NOWHERE);
    expect(shop.outcomes).toEqual(['transaction rolled-back']);
    expect(shop.hooks).not.toContain('afterCommit');
  });

  it('in a read is rolled back, and the read is not run again', async () => {
    let lose: Promise<void> | undefined;
    const error = await rejection(
      shop.sequelize.transaction(
        sellTwo(shop, async (transaction) => {
          lose = wire.trap(/^SELECT count/, 'lose-reply');
          await shop.books.count({ transaction });
        }),
      ),
    );
    await lose;
    expect(error).toMatchObject(LOST);
    expect(await shop.stored('one')).toEqual(NOWHERE);
    expect(wire.count(/^SELECT count/)).toBe(1);
    expect(shop.outcomes).toEqual(['transaction rolled-back']);
  });

  it('is rolled back also where its callback swallows the statement’s error', async () => {
    const error = await rejection(
      shop.sequelize.transaction(async (transaction) => {
        transaction.afterCommit(() => void shop.hooks.push('afterCommit'));
        await shop.books.create({ title: 'one' }, { transaction });
        void wire.trap(/^INSERT/, 'lose-reply');
        await shop.books.create({ title: 'two' }, { transaction }).catch(() => undefined);
        return 'all is well';
      }),
    );
    expect(error).toMatchObject(LOST);
    expect(await shop.stored('one')).toEqual(NOWHERE);
    expect(shop.hooks).not.toContain('afterCommit');
    expect(shop.outcomes).toEqual(['transaction rolled-back']);
  });

  it('is rolled back where its connection goes after its last statement, without a COMMIT', async () => {
    const error = await rejection(
      shop.sequelize.transaction(async (transaction) => {
        await shop.books.create({ title: 'one' }, { transaction });
        wire.cut();
        await waitFor(() => poolOf(shop).using === 0, { what: 'the pool to notice' });
      }),
    );
    expect(error).toMatchObject(LOST);
    expect(await shop.stored('one')).toEqual(NOWHERE);
    expect(shop.outcomes).toEqual(['transaction rolled-back']);
  });

  it('tells the callback’s own error, where it throws one of its own', async () => {
    const own = new Error('no');
    const error = await rejection(
      shop.sequelize.transaction(async (transaction) => {
        await shop.books.create({ title: 'one' }, { transaction });
        void wire.trap(/^INSERT/, 'lose-reply');
        await shop.books.create({ title: 'two' }, { transaction }).catch(() => undefined);
        throw own;
      }),
    );
    expect(error).toBe(own);
    expect(await shop.stored('one')).toEqual(NOWHERE);
  });

  it('runs again as often as it may, and is stored once', async () => {
    let runs = 0;
    const work = shop.sequelize.transaction(
      { retries: 2 },
      sellTwo(
        shop,
        () => {
          if (runs <= 2) void wire.trap(/^INSERT/, 'lose-reply');
        },
        () => void (runs += 1),
      ),
    );
    expect(await work).toBe('done');
    expect(runs).toBe(3);
    expect((await shop.stored('one')).postgres).toBe(1);
    expect((await shop.stored('two')).postgres).toBe(1);
    expect(shop.hooks.filter((hook) => hook === 'afterCommit')).toHaveLength(1);
    expect(shop.outcomes).toEqual(['transaction rolled-back', 'transaction rolled-back']);
  });

  it('is told as lost where it may not run again any more', async () => {
    let runs = 0;
    const work = shop.sequelize.transaction(
      { retries: 1 },
      sellTwo(
        shop,
        () => void wire.trap(/^INSERT/, 'lose-reply'),
        () => void (runs += 1),
      ),
    );
    expect(await rejection(work)).toMatchObject(LOST);
    expect(runs).toBe(2);
    expect(await shop.stored('one')).toEqual(NOWHERE);
  });

  it('is not run again for an error of its own', async () => {
    let runs = 0;
    const work = shop.sequelize.transaction({ retries: 3 }, async (transaction) => {
      runs += 1;
      await shop.books.create({ title: 'one' }, { transaction });
      await shop.books.create({ title: 'one' }, { transaction });
    });
    expect(await rejection(work)).toMatchObject({ name: 'SequelizeUniqueConstraintError' });
    expect(runs).toBe(1);
    expect(shop.outcomes).toEqual([]);
  });

  it('in a savepoint is rolled back as a whole, and run again as a whole', async () => {
    let runs = 0;
    const work = (retries: number) =>
      shop.sequelize.transaction({ retries }, async (outer) => {
        runs += 1;
        await shop.books.create({ title: 'one' }, { transaction: outer });
        await shop.sequelize.transaction({ transaction: outer }, async (inner) => {
          if (runs <= 2) void wire.trap(/^INSERT/, 'lose-reply');
          await shop.books.create({ title: 'two' }, { transaction: inner });
        });
      });
    expect(await rejection(work(0))).toMatchObject(LOST);
    expect(await shop.stored('one')).toEqual(NOWHERE);
    await work(1);
    expect(runs).toBe(3);
    expect((await shop.stored('two')).postgres).toBe(1);
    expect(shop.outcomes).toEqual(['transaction rolled-back', 'transaction rolled-back']);
  });

  it.each(['SAVEPOINT', 'RELEASE', 'ROLLBACK TO'])('at a savepoint’s own %s is rolled back as a whole', async (command) => {
    const work = shop.sequelize.transaction(async (outer) => {
      await shop.books.create({ title: 'one' }, { transaction: outer });
      void wire.trap(new RegExp(`^${command}`), 'lose-reply');
      const inner = await shop.sequelize.transaction({ transaction: outer });
      await shop.books.create({ title: 'two' }, { transaction: inner });
      await (command === 'ROLLBACK TO' ? inner.rollback() : inner.commit());
      await shop.books.create({ title: 'three' }, { transaction: outer });
    });
    // Sequelize releases no savepoint: then nothing is lost.
    if (command === 'RELEASE') {
      await work;
      return;
    }
    expect(await rejection(work)).toMatchObject(LOST);
    expect(await shop.stored('one')).toEqual(NOWHERE);
    expect(shop.outcomes).toEqual(['transaction rolled-back']);
  });

  it('as an unmanaged one: its next call rejects, commit() rejects, rollback() resolves', async () => {
    const transactions = [await shop.sequelize.transaction(), await shop.sequelize.transaction()] as const;
    for (const [at, transaction] of transactions.entries()) await shop.books.create({ title: `of ${at}` }, { transaction });
    wire.cut();
    await waitFor(() => poolOf(shop).using === 0, { what: 'the pool to notice' });
    for (const transaction of transactions) {
      expect(await rejection(shop.books.create({ title: 'two' }, { transaction }))).toMatchObject(LOST);
      expect(await rejection(shop.books.count({ transaction }))).toMatchObject(LOST);
    }
    expect(await rejection(transactions[0].commit())).toMatchObject(LOST);
    await transactions[1].rollback();
    for (const [at, transaction] of transactions.entries()) {
      expect(await shop.stored(`of ${at}`)).toEqual(NOWHERE);
      expect(await rejection(shop.books.count({ transaction }))).toMatchObject(LOST);
    }
    expect(shop.outcomes).toEqual(['transaction rolled-back', 'transaction rolled-back']);
  });

  it('as an unmanaged one that nobody used since: commit() rejects, rollback() resolves', async () => {
    const transactions = [await shop.sequelize.transaction(), await shop.sequelize.transaction()] as const;
    for (const [at, transaction] of transactions.entries()) await shop.books.create({ title: `of ${at}` }, { transaction });
    wire.cut();
    await waitFor(() => poolOf(shop).using === 0, { what: 'the pool to notice' });
    expect(await rejection(transactions[0].commit())).toMatchObject(LOST);
    await transactions[1].rollback();
    for (const title of ['of 0', 'of 1']) expect(await shop.stored(title)).toEqual(NOWHERE);
  });

  it('at its ROLLBACK is rolled back, and tells the callback’s error', async () => {
    const own = new Error('no');
    const lose = wire.trap(/^ROLLBACK/, 'lose-statement');
    const work = shop.sequelize.transaction(async (transaction) => {
      await shop.books.create({ title: 'one' }, { transaction });
      throw own;
    });
    expect(await rejection(work)).toBe(own);
    await lose;
    expect(await shop.stored('one')).toEqual(NOWHERE);
  });
});

describe('retries of a transaction', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop(postgres, { fallback: false });
  });
  afterAll(() => shop.close());

  it.each([-1, 1.5, Number.NaN, '2', 101, null])('can not be %s', async (retries) => {
    const work = async () => await shop.sequelize.transaction({ retries: retries as number }, async () => Promise.resolve());
    expect(await rejection(work())).toMatchObject({ code: 'CONFIGURATION', option: 'transaction.retries' });
  });

  it('need a callback', async () => {
    expect(await rejection((async () => await shop.sequelize.transaction({ retries: 1 }))())).toMatchObject({ code: 'CONFIGURATION' });
  });

  it('are for the outermost transaction', async () => {
    const work = shop.sequelize.transaction(
      async (transaction) => await shop.sequelize.transaction({ retries: 1, transaction }, async () => Promise.resolve()),
    );
    expect(await rejection(work)).toMatchObject({ code: 'CONFIGURATION' });
  });

  it('may be none', async () => {
    expect(await shop.sequelize.transaction({ retries: 0 }, async () => Promise.resolve(1))).toBe(1);
    expect(await shop.sequelize.transaction({ retries: undefined } as object, async () => Promise.resolve(2))).toBe(2);
  });
});

const ENDS: readonly (readonly [string, () => Promise<void> | void])[] = [
  ['killed', () => postgres.kill()],
  ['frozen', () => postgres.freeze()],
  ['behind a black hole', () => wire.blackhole()],
];

describe.each(ENDS)('a managed transaction whose server is %s', (_, end) => {
  const config = { options: { detection: 'fast', maxWait: 15_000 } } as const;
  const back = async () => {
    await wire.restore();
    await postgres.thaw();
    await postgres.start();
  };

  it.each(MODES)('between two statements is rolled back, %s', async (_mode, fallback) => {
    const shop = await shopForTest(postgres, { fallback, wire, config });
    const error = await rejection(shop.sequelize.transaction(sellTwo(shop, () => end())));
    expect(error).toMatchObject(LOST);
    await waitFor(() => shop.connection.getStatus().state === (fallback ? 'fallback' : 'unavailable'), { what: 'the loss' });
    await back();
    expect(await shop.stored('one')).toEqual(NOWHERE);
    expect(await shop.stored('two')).toEqual(NOWHERE);
    expect(shop.outcomes).toEqual(['transaction rolled-back']);
    expect(shop.hooks).not.toContain('afterCommit');
  });

  it('runs again on SQLite, and is stored once', async () => {
    const shop = await shopForTest(postgres, { fallback: true, wire, config });
    let runs = 0;
    const onRun = () => void (runs += 1);
    expect(
      await shop.sequelize.transaction(
        { retries: 2 },
        sellTwo(shop, () => (runs === 1 ? end() : undefined), onRun),
      ),
    ).toBe('done');
    expect(runs).toBe(2);
    await back();
    expect(await shop.stored('one')).toEqual({ postgres: 0, sqlite: 1 });
    expect(await shop.stored('two')).toEqual({ postgres: 0, sqlite: 1 });
    expect(shop.hooks.filter((hook) => hook === 'afterCommit')).toHaveLength(1);
  });

  it('runs again on PostgreSQL when that is back within maxWait, and is stored once', async () => {
    const shop = await shopForTest(postgres, { fallback: false, wire, config });
    let runs = 0;
    const onRun = () => void (runs += 1);
    const ended = new Gate();
    const work = attended(
      shop.sequelize.transaction(
        { retries: 2 },
        sellTwo(
          shop,
          async () => {
            if (runs === 1) await end();
            ended.open();
          },
          onRun,
        ),
      ),
    );
    // The service may notice the loss before the server has ended.
    await ended.opened;
    await waitFor(() => shop.connection.getStatus().state === 'unavailable', { what: 'the loss' });
    await back();
    expect(await work).toBe('done');
    expect(runs).toBe(2);
    expect(await shop.stored('two')).toEqual({ postgres: 1, sqlite: 0 });
    await waitFor(() => poolOf(shop).using === 0, { what: 'all connections to be back in the pool' });
  });
});

describe('a managed transaction that can not begin', () => {
  it('runs once, on SQLite', async () => {
    const shop = await shopForTest(postgres, { fallback: true, wire });
    let runs = 0;
    await strand(shop, postgres, wire);
    const work = shop.sequelize.transaction(
      sellTwo(
        shop,
        () => undefined,
        () => void (runs += 1),
      ),
    );
    wire.cut();
    expect(await work).toBe('done');
    expect(runs).toBe(1);
    expect(await shop.stored('two')).toEqual({ postgres: 0, sqlite: 1 });
    expect(shop.outcomes).toEqual(['transaction not-sent']);
  });

  it('whose BEGIN has no reply runs once, on SQLite', async () => {
    const shop = await shopForTest(postgres, { fallback: true, wire });
    let runs = 0;
    const held = wire.trap(/^START TRANSACTION/, 'hold-reply');
    const work = shop.sequelize.transaction(
      sellTwo(
        shop,
        () => undefined,
        () => void (runs += 1),
      ),
    );
    await held;
    await wire.refuse();
    expect(await work).toBe('done');
    expect(runs).toBe(1);
    expect(await shop.stored('two')).toEqual({ postgres: 0, sqlite: 1 });
  });

  it('does not run at all where PostgreSQL is away for longer than maxWait', async () => {
    const shop = await shopForTest(postgres, { fallback: false, wire, config: { options: { maxWait: 300 } } });
    let runs = 0;
    await strand(shop, postgres, wire);
    const work = rejection(
      shop.sequelize.transaction(
        { retries: 3 },
        sellTwo(
          shop,
          () => undefined,
          () => void (runs += 1),
        ),
      ),
    );
    wire.cut();
    expect(await work).toMatchObject({ code: 'DATABASE_UNAVAILABLE', outcome: 'not-sent' });
    expect(runs).toBe(0);
    await wire.restore();
    expect(await shop.stored('one')).toEqual(NOWHERE);
  });

  it('may be an unmanaged one, too', async () => {
    const shop = await shopForTest(postgres, { fallback: true, wire });
    const lose = wire.trap(/^START TRANSACTION/, 'lose-reply');
    const transaction = await shop.sequelize.transaction();
    await lose;
    await shop.books.create({ title: 'one' }, { transaction });
    await transaction.commit();
    expect(await shop.stored('one')).toEqual({ postgres: 1, sqlite: 0 });
    await expectWell(shop);
  });
});
