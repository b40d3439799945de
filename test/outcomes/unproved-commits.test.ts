import { setTimeout as sleep } from 'node:timers/promises';
import { fn, literal, type QueryOptions, type Transaction, type TransactionOptions } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LostCommitMode, type OutageController, startOutageProxy } from '../../src/testing/index.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { attended, MODES, openShop, poolOf, type Shop, shopForTest } from './shop.js';

leakGuard({ scope: 'file' });

let postgres: PostgresServer;
let proxy: OutageController;

beforeAll(async () => {
  postgres = await startPostgres();
  proxy = await startOutageProxy(postgres);
});
afterAll(async () => {
  await proxy.close();
  await postgres.dispose();
});
afterEach(async () => {
  await postgres.thaw();
  await proxy.restore();
});

const LOSSES: readonly LostCommitMode[] = ['before-commit', 'after-commit'];
const VALUES = `(id, title) VALUES (gen_random_uuid(), 'one')`;

/** Stores a book with this title, and answers with it. */
const ENQUEUE = `CREATE FUNCTION enqueue(t text) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO books (id, title) VALUES (gen_random_uuid(), t); RETURN t; END $$`;

type Work = (shop: Shop, transaction: Transaction) => Promise<unknown>;

/** Begins a statement without awaiting it, and leaves it the time to be sent. */
const unawaited =
  (sql: string): Work =>
  async ({ sequelize }, transaction) => {
    void attended(sequelize.query(sql, { transaction }));
    await sleep(50);
  };

const WRITES: readonly (readonly [string, Work])[] = [
  [
    'a raw INSERT that is not awaited and still runs',
    unawaited(`INSERT INTO books (id, title) SELECT gen_random_uuid(), 'one' FROM pg_sleep(0.3)`),
  ],
  ['a function that is not awaited and still runs', unawaited(`SELECT pg_sleep(0.3), enqueue('one')`)],
  ['a raw INSERT that is not awaited', unawaited(`INSERT INTO books ${VALUES}`)],
  [
    'a create() that is not awaited and still runs',
    async ({ books, sequelize }, transaction) => {
      void attended(sequelize.query('SELECT pg_sleep(0.3)', { transaction }));
      void attended(books.create({ title: 'one' }, { transaction }));
      await sleep(50);
    },
  ],
  [
    'a function among a finder’s attributes',
    ({ books }, transaction) => books.findAll({ attributes: [[fn('enqueue', 'one'), 'x']], raw: true, limit: 1, transaction }),
  ],
  [
    'a function in a finder’s condition',
    ({ books }, transaction) => books.findOne({ where: literal(`enqueue('one') = 'one'`), transaction }),
  ],
  ['a function in raw SQL', ({ sequelize }, transaction) => sequelize.query(`SELECT enqueue('one')`, { transaction })],
  [
    'a write behind a SET in one text',
    ({ sequelize }, transaction) => sequelize.query(`SET LOCAL work_mem = '4MB'; SELECT enqueue('one')`, { transaction }),
  ],
  [
    'a function in SQL that is said to be a SELECT',
    ({ sequelize }, transaction) => sequelize.query(`SELECT enqueue('one')`, { type: 'SELECT', transaction } as QueryOptions),
  ],
];

const READS: readonly (readonly [string, Work])[] = [
  ['a finder', ({ books }, transaction) => books.findAll({ where: { title: 'seed' }, order: [['title', 'ASC']], transaction })],
  ['a count', ({ books }, transaction) => books.count({ transaction })],
  ['an aggregate', ({ books }, transaction) => books.max('copies', { transaction })],
  ['raw SQL', ({ sequelize }, transaction) => sequelize.query('SELECT now(), count(*) FROM books', { transaction })],
  ['nothing', () => Promise.resolve()],
];

describe.each(MODES)('a COMMIT whose reply is lost, %s', (_, fallback) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop(postgres, {
      fallback,
      config: { primary: { host: proxy.host, port: proxy.port }, options: { maxWait: 2_000 } },
    });
    await shop.postgres(ENQUEUE);
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    await shop.postgres('DELETE FROM books');
    await shop.books.create({ title: 'seed' });
    shop.outcomes.length = shop.switches.length = 0;
  });
  afterEach(async () => {
    expect(shop.switches).toEqual([]);
    await waitFor(() => poolOf(shop).using === 0, { what: 'all connections to be back in the pool' });
  });

  const cases = WRITES.flatMap(([name, work]) => LOSSES.map((mode) => ({ name, work, mode })));

  it.each(cases)('is never told as what it was not: $name, $mode', async ({ work, mode }) => {
    await proxy.lostCommitReply({ mode });
    const managed = shop.sequelize.transaction(async (transaction) => {
      await work(shop, transaction);
    });
    const [told] = await Promise.allSettled([managed]);
    await proxy.untilCommitLost();
    const { postgres: rows } = await shop.stored('one');
    expect(rows).toBe(mode === 'after-commit' ? 1 : 0);
    const possible = mode === 'after-commit' ? ['committed', 'unknown'] : ['rolled-back', 'unknown'];
    const outcome = told.status === 'fulfilled' ? 'committed' : (told.reason as { outcome?: string }).outcome;
    expect(possible).toContain(outcome);
    expect(shop.outcomes).toEqual([`transaction ${outcome ?? ''}`]);
  });

  it.each(cases)('is stored once at most where it may run again: $name, $mode', async ({ work, mode }) => {
    await proxy.lostCommitReply({ mode });
    const managed = shop.sequelize.transaction({ retries: 2 } as TransactionOptions, async (transaction) => {
      await work(shop, transaction);
    });
    const [told] = await Promise.allSettled([managed]);
    const { postgres: rows } = await shop.stored('one');
    expect(rows).toBeLessThanOrEqual(1);
    if (told.status === 'fulfilled') expect(rows).toBe(1);
  });

  it.each(READS.flatMap(([name, work]) => LOSSES.map((mode) => ({ name, work, mode }))))(
    'of a transaction that only reads gives its caller the result: $name, $mode',
    async ({ work, mode }) => {
      await proxy.lostCommitReply({ mode });
      let runs = 0;
      const managed = shop.sequelize.transaction(async (transaction) => {
        runs += 1;
        await work(shop, transaction);
        return 'done';
      });
      expect(await managed).toBe('done');
      await proxy.untilCommitLost();
      expect(runs).toBe(1);
      expect(shop.outcomes).toEqual(['transaction committed']);
    },
  );
});

describe.each(MODES)('a transaction whose id is asked for longer than the program’s query_timeout, %s', (_, fallback) => {
  it('is never told as rolled back where its COMMIT was carried out', async () => {
    const shop = await shopForTest(postgres, { fallback, config: { primary: { dialectOptions: { query_timeout: 800 } } } });
    // The COMMIT, too, takes longer than that.
    await shop.postgres(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.9); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON books DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()`);
    let thawed: Promise<void> | undefined;
    // Between the first write's answer and the question for the transaction's id.
    shop.sequelize.addHook('afterQuery', async (options: object) => {
      if ((options as QueryOptions).type !== 'INSERT' || thawed !== undefined) return;
      await postgres.freeze();
      thawed = sleep(1_100).then(() => postgres.thaw());
    });
    let runs = 0;
    const managed = shop.sequelize.transaction({ retries: 2 } as TransactionOptions, async (transaction) => {
      runs += 1;
      await shop.books.create({ title: 'one' }, { transaction });
      // The question runs into its limit after this, and COMMIT, which waits behind it, does not.
      await sleep(500);
      return 'done';
    });
    const [told] = await Promise.allSettled([managed]);
    await thawed;
    await waitFor(async () => (await shop.stored('one')).postgres > 0, { what: 'the COMMIT to be carried out' });
    expect(runs).toBe(1);
    expect(await shop.stored('one')).toEqual({ postgres: 1, sqlite: 0 });
    expect(shop.outcomes).toEqual(['transaction unknown']);
    expect(told).toMatchObject({ status: 'rejected', reason: { code: 'OUTCOME_UNKNOWN' } });
  });
});
