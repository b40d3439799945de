import type { Transaction } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Gate } from '../support/connections.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { attended, MODES, openShop, poolOf, rejection, type Shop, shopForTest } from './shop.js';
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

const LOST = { code: 'TRANSACTION_LOST', outcome: 'rolled-back' };
const COMMIT = /^COMMIT/;
const ONCE = { postgres: 1, sqlite: 0 };
const NOWHERE = { postgres: 0, sqlite: 0 };

/** A transaction that stores one row. */
const sell =
  ({ books, hooks }: Shop, onRun: () => void = () => undefined) =>
  async (transaction: Transaction): Promise<string> => {
    onRun();
    transaction.afterCommit(() => void hooks.push('afterCommit'));
    await books.create({ title: 'one' }, { transaction });
    return 'done';
  };

const commitHooks = ({ hooks }: Shop): number => hooks.filter((hook) => hook === 'afterCommit').length;

describe.each(MODES)('a COMMIT that is lost while the server is well, %s', (_, fallback) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop(postgres, { fallback, wire });
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    await shop.postgres('DELETE FROM books');
    shop.hooks.length = shop.outcomes.length = shop.switches.length = 0;
  });
  afterEach(async () => {
    expect(shop.switches).toEqual([]);
    await waitFor(() => poolOf(shop).using === 0, { what: 'all connections to be back in the pool' });
    expect(await shop.sequelize.transaction(async (transaction) => await shop.books.count({ transaction }))).toEqual(expect.any(Number));
  });

  it('after it was done gives its caller the result', async () => {
    const lose = wire.trap(COMMIT, 'lose-reply');
    expect(await shop.sequelize.transaction(sell(shop))).toBe('done');
    await lose;
    expect(await shop.stored('one')).toEqual(ONCE);
    expect(commitHooks(shop)).toBe(1);
    expect(shop.outcomes).toEqual(['transaction committed']);
  });

  it('after it was done does not run again, however often it may', async () => {
    let runs = 0;
    const lose = wire.trap(COMMIT, 'lose-reply');
    await shop.sequelize.transaction(
      { retries: 5 },
      sell(shop, () => void (runs += 1)),
    );
    await lose;
    expect(runs).toBe(1);
    expect(await shop.stored('one')).toEqual(ONCE);
  });

  it('before it was done is rolled back', async () => {
    const lose = wire.trap(COMMIT, 'lose-statement');
    expect(await rejection(shop.sequelize.transaction(sell(shop)))).toMatchObject(LOST);
    await lose;
    expect(await shop.stored('one')).toEqual(NOWHERE);
    expect(commitHooks(shop)).toBe(0);
    expect(shop.outcomes).toEqual(['transaction rolled-back']);
  });

  it('before it was done runs again, and is stored once', async () => {
    let runs = 0;
    void wire.trap(COMMIT, 'lose-statement');
    void wire.trap(COMMIT, 'lose-statement');
    void wire.trap(COMMIT, 'lose-reply');
    expect(
      await shop.sequelize.transaction(
        { retries: 2 },
        sell(shop, () => void (runs += 1)),
      ),
    ).toBe('done');
    expect(runs).toBe(3);
    expect(await shop.stored('one')).toEqual(ONCE);
    expect(commitHooks(shop)).toBe(1);
    expect(shop.outcomes).toEqual(['transaction rolled-back', 'transaction rolled-back', 'transaction committed']);
  });

  it.each(['lose-reply', 'lose-statement'] as const)('of a transaction that only read gives its caller the result: %s', async (fate) => {
    const lose = wire.trap(COMMIT, fate);
    const { books } = shop;
    expect(await shop.sequelize.transaction(async (transaction) => await books.count({ transaction }))).toBe(0);
    await lose;
    expect(shop.outcomes).toEqual(['transaction committed']);
  });

  it.each([
    ['raw INSERT', `INSERT INTO books (id, title) VALUES ('7b0b2a0e-6f3c-4c39-9a0e-0d1c2b3a4f5e', 'one')`],
    ['a data-modifying CTE', `WITH i AS (INSERT INTO books (id, title) VALUES (gen_random_uuid(), 'one') RETURNING 1) SELECT * FROM i`],
    ['a function', 'SELECT store_one()'],
  ])('knows a write by %s', async (_name, sql) => {
    await shop.postgres(
      `CREATE OR REPLACE FUNCTION store_one() RETURNS void LANGUAGE sql AS $$INSERT INTO books (id, title) VALUES (gen_random_uuid(), 'one')$$`,
    );
    const lose = wire.trap(COMMIT, 'lose-statement');
    const work = shop.sequelize.transaction(async (transaction) => await shop.sequelize.query(sql, { transaction }));
    expect(await rejection(work)).toMatchObject(LOST);
    await lose;
    expect(await shop.stored('one')).toEqual(NOWHERE);
  });

  it('knows a write within a savepoint', async () => {
    const nested = () =>
      shop.sequelize.transaction(async (outer) => {
        await shop.books.count({ transaction: outer });
        await shop.sequelize.transaction({ transaction: outer }, sell(shop));
      });
    void wire.trap(COMMIT, 'lose-statement');
    expect(await rejection(nested())).toMatchObject(LOST);
    expect(await shop.stored('one')).toEqual(NOWHERE);
    void wire.trap(COMMIT, 'lose-reply');
    await nested();
    expect(await shop.stored('one')).toEqual(ONCE);
    expect(shop.outcomes).toEqual(['transaction rolled-back', 'transaction committed']);
  });

  it('knows the transaction also where one of its statements had failed before', async () => {
    const work = async () =>
      await shop.sequelize.transaction(async (outer) => {
        await shop.books.create({ title: 'one' }, { transaction: outer });
        const failing = shop.sequelize.transaction({ transaction: outer }, async (inner) => {
          await Promise.allSettled([
            shop.books.create({ title: 'two' }, { transaction: inner }),
            shop.books.create({ title: 'one' }, { transaction: inner }),
          ]);
          throw new Error('no');
        });
        await rejection(failing);
      });
    void wire.trap(COMMIT, 'lose-reply');
    await work();
    expect(await shop.stored('one')).toEqual(ONCE);
    expect(await shop.stored('two')).toEqual(NOWHERE);
  });

  it('is rolled back where the connection went at the question for its id', async () => {
    const lose = wire.trap(/pg_current_xact_id/, 'lose-reply');
    expect(await rejection(shop.sequelize.transaction(sell(shop)))).toMatchObject(LOST);
    await lose;
    expect(await shop.stored('one')).toEqual(NOWHERE);
    expect(shop.outcomes).toEqual(['transaction rolled-back']);
  });

  it('of an unmanaged transaction resolves or rejects in the same way', async () => {
    for (const [fate, rows] of [
      ['lose-statement', NOWHERE],
      ['lose-reply', ONCE],
    ] as const) {
      const transaction = await shop.sequelize.transaction();
      await shop.books.create({ title: 'one' }, { transaction });
      const lose = wire.trap(COMMIT, fate);
      if (fate === 'lose-reply') await transaction.commit();
      else expect(await rejection(transaction.commit())).toMatchObject(LOST);
      await lose;
      expect(await shop.stored('one')).toEqual(rows);
      expect(await rejection(shop.books.count({ transaction }))).toBeInstanceOf(Error);
    }
    expect(shop.outcomes).toEqual(['transaction rolled-back', 'transaction committed']);
  });

  it('is an OutcomeUnknownError where the program sent it by itself', async () => {
    const transaction = await shop.sequelize.transaction();
    await shop.books.create({ title: 'one' }, { transaction });
    const lose = wire.trap(COMMIT, 'lose-reply');
    expect(await rejection(shop.sequelize.query('COMMIT', { transaction }))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await lose;
    await transaction.rollback();
    expect(await shop.stored('one')).toEqual(ONCE);
  });

  it('decides each of many at once for itself', async () => {
    for (let at = 0; at < 8; at += 1) void wire.trap(COMMIT, at % 2 === 0 ? 'lose-reply' : 'lose-statement');
    const answers = await Promise.allSettled(
      Array.from({ length: 12 }, async (_value, at) => {
        await shop.sequelize.transaction(async (transaction) => await shop.books.create({ title: `n${at}` }, { transaction }));
      }),
    );
    for (const [at, { status }] of answers.entries()) {
      expect(await shop.stored(`n${at}`)).toEqual(status === 'fulfilled' ? ONCE : NOWHERE);
    }
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(4);
  });

  it('is the server’s own error where that refused it', async () => {
    await shop.postgres('ALTER TABLE books ADD CONSTRAINT late UNIQUE (copies) DEFERRABLE INITIALLY DEFERRED');
    const work = shop.sequelize.transaction(async (transaction) => {
      await shop.books.bulkCreate([{ title: 'one' }, { title: 'two' }], { transaction });
    });
    expect(await rejection(work)).toMatchObject({ name: 'SequelizeUniqueConstraintError' });
    await shop.postgres('ALTER TABLE books DROP CONSTRAINT late');
    expect(shop.outcomes).toEqual([]);
    expect(await shop.stored('one')).toEqual(NOWHERE);
    // Sequelize says this of each COMMIT that was refused.
    vi.mocked(console.warn).mockClear();
  });

  it('of findOrCreate gives its caller the row', async () => {
    const lose = wire.trap(COMMIT, 'lose-reply');
    const [row, isNew] = await shop.books.findOrCreate({ where: { title: 'one' } });
    await lose;
    expect([row.title, isNew]).toEqual(['one', true]);
    expect(await shop.stored('one')).toEqual(ONCE);
  });
});

/** How the server goes while a COMMIT is on its way, and comes back. */
const OUTAGES: readonly { name: string; end: () => Promise<void> | void; back: () => Promise<void> }[] = [
  { name: 'is killed', end: () => postgres.kill(), back: () => postgres.start() },
  { name: 'is stopped', end: () => postgres.stop('fast'), back: () => postgres.start() },
  {
    name: 'loses one of its processes, and so all sessions',
    end: async () => {
      const [row] = await postgres.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      );
      process.kill(row?.pid ?? 0, 'SIGKILL');
      await waitFor(() => postgres.log().includes('all server processes terminated; reinitializing'), { what: 'the crash' });
    },
    back: () => postgres.start(),
  },
  { name: 'is cut off', end: () => wire.refuse(), back: () => wire.restore() },
];

describe.each(OUTAGES)('a COMMIT on its way when the server $name, and it is back within maxWait', ({ end, back }) => {
  describe.each(MODES)('%s', (_mode, fallback) => {
    const config = { options: { detection: 'fast', maxWait: 15_000 } } as const;

    it('is known to be done', async () => {
      const shop = await shopForTest(postgres, { fallback, wire, config });
      const held = wire.trap(COMMIT, 'hold-reply');
      const work = attended(shop.sequelize.transaction({ retries: 3 }, sell(shop)));
      await held;
      await end();
      await wire.restore();
      await back();
      expect(await work).toBe('done');
      expect(await shop.stored('one')).toEqual(ONCE);
      expect(commitHooks(shop)).toBe(1);
      expect(shop.outcomes).toEqual(['transaction committed']);
    });

    it('is known not to be done', async () => {
      const shop = await shopForTest(postgres, { fallback, wire, config });
      const held = wire.trap(COMMIT, 'hold-statement');
      const work = rejection(shop.sequelize.transaction(sell(shop)));
      await held;
      await end();
      await wire.restore();
      await back();
      expect(await work).toMatchObject(LOST);
      await waitFor(() => shop.connection.getStatus().connected, { what: 'a database' });
      expect(await shop.stored('one')).toEqual(NOWHERE);
      expect(commitHooks(shop)).toBe(0);
      expect(shop.outcomes).toEqual(['transaction rolled-back']);
    });
  });
});

describe.each(MODES)('a COMMIT that a frozen server has, %s', (_, fallback) => {
  it('is known when the server thaws within maxWait', async () => {
    const shop = await shopForTest(postgres, { fallback, config: { options: { detection: 'fast', maxWait: 15_000 } } });
    const frozen = new Gate();
    const work = shop.sequelize.transaction(async (transaction) => {
      await shop.books.create({ title: 'one' }, { transaction });
      await shop.books.count({ transaction });
      await postgres.freeze();
      frozen.open();
    });
    const answer = work.then(
      () => ONCE,
      (error: unknown) => (expect(error).toMatchObject(LOST), NOWHERE),
    );
    // The service may notice the loss before the whole server is frozen.
    await frozen.opened;
    await waitFor(() => shop.connection.getStatus().state !== 'primary', { what: 'the loss to be noticed' });
    await postgres.thaw();
    const expected = await answer;
    await waitFor(() => shop.connection.getStatus().connected, { what: 'a database' });
    expect(await shop.stored('one')).toEqual(expected);
    expect(shop.outcomes).toEqual([`transaction ${expected === ONCE ? 'committed' : 'rolled-back'}`]);
  });

  it('is in doubt where it stays frozen, and can be looked up by the transaction id', async () => {
    const told: unknown[] = [];
    const logger = { info: () => undefined, warn: () => undefined, error: (...line: unknown[]) => void told.push(line) };
    const shop = await shopForTest(postgres, { fallback, config: { logger, options: { detection: 'fast', maxWait: 700 } } });
    const work = shop.sequelize.transaction({ retries: 3 }, async (transaction) => {
      await shop.books.create({ title: 'one' }, { transaction });
      await shop.books.count({ transaction });
      await postgres.freeze();
    });
    const startedAt = performance.now();
    const error = await rejection(work);
    expect(performance.now() - startedAt).toBeLessThan(8000);
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown', transactionId: expect.stringMatching(/^\d+$/) as string });
    expect(shop.outcomes).toEqual(['transaction unknown']);
    expect(told).toContainEqual([
      expect.stringContaining(`SELECT pg_xact_status('${error.transactionId}')`),
      expect.objectContaining({ event: 'commit-unknown', transactionId: error.transactionId }),
    ]);
    await waitFor(() => shop.connection.getStatus().state === (fallback ? 'fallback' : 'unavailable'), { what: 'the loss' });
    await postgres.thaw();
    const status = async () => (await shop.postgres(`SELECT pg_xact_status('${error.transactionId}') AS status`))[0]?.['status'];
    await waitFor(async () => (await status()) !== 'in progress', { what: 'the transaction to end' });
    const rows = await shop.postgres(`SELECT xmin::text FROM books`);
    expect(rows).toEqual((await status()) === 'committed' ? [{ xmin: error.transactionId }] : []);
  });
});

describe('a COMMIT in doubt', () => {
  it('is answered when the connection is closed', async () => {
    const shop = await shopForTest(postgres, { fallback: false, wire, config: { options: { maxWait: 30_000 } } });
    const held = wire.trap(COMMIT, 'hold-reply');
    const work = rejection(shop.sequelize.transaction(sell(shop)));
    await held;
    await wire.refuse();
    await waitFor(() => shop.connection.getStatus().state === 'unavailable', { what: 'the loss' });
    await shop.connection.close({ timeout: 300 });
    expect(await work).toMatchObject({ code: 'OUTCOME_UNKNOWN', transactionId: expect.any(String) as string });
  });
});
