import { QueryTypes } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { attended, type Author, MODES, openShop, rejection, type Shop, shopForTest, terminateSessions, untilRunning } from './shop.js';
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
afterEach(async () => {
  await wire.restore();
  await postgres.thaw();
  await postgres.start();
});

/** Each way to read, the statement that is lost, and what it answers where one author with one book is stored, or nothing. */
interface Reading {
  readonly name: string;
  readonly lost: RegExp;
  readonly read: (shop: Shop, author: Author) => Promise<unknown>;
  readonly full: unknown;
  readonly empty: unknown;
}

const titles = (rows: { title: string }[]): string[] => rows.map(({ title }) => title);
const BOOKS = /^SELECT.*FROM "books"/;

const READINGS: readonly Reading[] = [
  { name: 'findAll', lost: BOOKS, read: async ({ books }) => titles(await books.findAll()), full: ['Emma'], empty: [] },
  { name: 'findByPk', lost: /"authors"/, read: async (s, a) => (await s.authors.findByPk(a.id))?.name ?? null, full: 'Jane', empty: null },
  { name: 'findOne', lost: BOOKS, read: async ({ books }) => (await books.findOne())?.title ?? null, full: 'Emma', empty: null },
  { name: 'count', lost: BOOKS, read: ({ books }) => books.count(), full: 1, empty: 0 },
  { name: 'sum', lost: BOOKS, read: ({ books }) => books.sum('copies'), full: 3, empty: null },
  { name: 'max', lost: BOOKS, read: ({ books }) => books.max('copies'), full: 3, empty: null },
  {
    name: 'findAndCountAll, its count lost',
    lost: /^SELECT count/,
    read: async ({ books }) => (await books.findAndCountAll()).count,
    full: 1,
    empty: 0,
  },
  {
    name: 'findAndCountAll, its rows lost',
    lost: /^SELECT "id"/,
    read: async ({ books }) => titles((await books.findAndCountAll()).rows),
    full: ['Emma'],
    empty: [],
  },
  {
    name: 'an include',
    lost: /LEFT OUTER JOIN/,
    read: async ({ authors }) => (await authors.findAll({ include: 'books' })).map(({ books }) => titles(books ?? [])),
    full: [['Emma']],
    empty: [],
  },
  {
    name: 'a separate include, its second statement lost',
    lost: BOOKS,
    read: async ({ authors }) =>
      (await authors.findAll({ include: [{ association: 'books', separate: true }] })).map(({ books }) => titles(books ?? [])),
    full: [['Emma']],
    empty: [],
  },
  {
    name: 'raw SQL',
    lost: BOOKS,
    read: async ({ sequelize }) => (await sequelize.query('SELECT title FROM "books"'))[0],
    full: [{ title: 'Emma' }],
    empty: [],
  },
  {
    name: 'raw SQL of type SELECT',
    lost: BOOKS,
    read: ({ sequelize }) => sequelize.query('SELECT title FROM "books"', { type: QueryTypes.SELECT }),
    full: [{ title: 'Emma' }],
    empty: [],
  },
  {
    name: 'raw SQL with replacements and a model',
    lost: BOOKS,
    read: async ({ sequelize, books }) =>
      titles(
        await sequelize.query('SELECT * FROM "books" WHERE title = :title', {
          model: books,
          mapToModel: true,
          replacements: { title: 'Emma' },
        }),
      ),
    full: ['Emma'],
    empty: [],
  },
  {
    name: 'raw SQL with bind values',
    lost: BOOKS,
    read: ({ sequelize }) => sequelize.query('SELECT title FROM "books" WHERE title = $1', { type: QueryTypes.SELECT, bind: ['Emma'] }),
    full: [{ title: 'Emma' }],
    empty: [],
  },
];

/** Reads of a row that is known: it belongs to its database, so these stay on it. */
const ROW_READINGS: readonly Omit<Reading, 'empty'>[] = [
  { name: 'reload', lost: /"authors"/, read: async (_, author) => (await author.reload()).name, full: 'Jane' },
  { name: 'association get', lost: BOOKS, read: async (_, author) => titles(await author.getBooks()), full: ['Emma'] },
  { name: 'association count', lost: BOOKS, read: (_, author) => author.countBooks(), full: 1 },
  {
    name: 'association has',
    lost: /"authorId" = /,
    read: async ({ books }, author) => author.hasBook(await books.findOne({ rejectOnEmpty: true })),
    full: true,
  },
];

async function store({ authors }: Shop): Promise<Author> {
  const author = await authors.create({ name: 'Jane' });
  await author.createBook({ title: 'Emma', copies: 3 });
  return author;
}

describe.each(MODES)('a read whose connection is lost while the server is well, %s', (_, fallback) => {
  let shop: Shop;
  let author: Author;
  beforeAll(async () => {
    shop = await openShop(postgres, { fallback, wire });
    author = await store(shop);
  });
  afterAll(() => shop.close());
  beforeEach(() => {
    shop.outcomes.length = 0;
    shop.switches.length = 0;
  });

  it.each([...READINGS, ...ROW_READINGS])('is answered by the same database: $name', async ({ lost, read, full }) => {
    const lose = wire.trap(lost, 'lose-reply');
    expect(await read(shop, author)).toEqual(full);
    await lose;
    expect(shop.outcomes).toEqual(['read rolled-back']);
    expect(shop.switches).toEqual([]);
    expect(shop.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1 });
  });

  it('is answered also where its statement never arrived', async () => {
    const lose = wire.trap(BOOKS, 'lose-statement');
    expect(titles(await shop.books.findAll())).toEqual(['Emma']);
    await lose;
  });

  it('is answered where an administrator ends every session', async () => {
    const read = attended(shop.sequelize.query('SELECT title, pg_sleep(1) FROM "books"', { type: QueryTypes.SELECT }));
    await untilRunning(postgres, 'pg_sleep(1)');
    await terminateSessions(postgres, shop.database);
    expect(await read).toMatchObject([{ title: 'Emma' }]);
    expect(shop.outcomes).toEqual(['read rolled-back']);
    expect(shop.switches).toEqual([]);
    expect(await shop.books.count()).toBe(1);
  });

  it('is answered where all of many lose their connections at once', async () => {
    const reads = Array.from({ length: 20 }, () =>
      shop.sequelize.query('SELECT title, pg_sleep(0.3) FROM "books"', { type: QueryTypes.SELECT }),
    );
    await untilRunning(postgres, 'pg_sleep(0.3)');
    wire.cut();
    for (const rows of await Promise.all(reads)) expect(rows).toMatchObject([{ title: 'Emma' }]);
    expect(shop.switches).toEqual([]);
  });

  it('runs its finder hooks again', async () => {
    shop.hooks.length = 0;
    const lose = wire.trap(BOOKS, 'lose-reply');
    expect(titles(await shop.books.findAll())).toEqual(['Emma']);
    await lose;
    expect(shop.hooks).toEqual(['beforeFind', 'beforeFind', 'afterFind']);
  });

  it('is not run again where a hook of it wrote', async () => {
    const write = async () => {
      await shop.books.increment('copies', { where: { title: 'Emma' } });
    };
    shop.authors.addHook('beforeFind', 'visits', write);
    const before = (await shop.books.findOne({ rejectOnEmpty: true })).copies;
    const lose = wire.trap(/"authors"/, 'lose-reply');
    const error = await rejection(shop.authors.findAll());
    shop.authors.removeHook('beforeFind', 'visits');
    await lose;
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' });
    expect((await shop.books.findOne({ rejectOnEmpty: true })).copies).toBe(before + 1);
  });

  it.each([
    ['nextval', 'CREATE SEQUENCE tickets', `SELECT nextval('tickets')`],
    ['a data-modifying CTE', 'CREATE TABLE log (line text)', `WITH i AS (INSERT INTO log VALUES ('x') RETURNING line) SELECT * FROM i`],
    ['a row lock', 'SELECT 1', 'SELECT title FROM "books" FOR UPDATE'],
    ['a function of the program', `CREATE FUNCTION visit() RETURNS int LANGUAGE sql AS 'SELECT 1'`, 'SELECT visit()'],
  ])('is not run again where it may write: %s', async (_name, prepare, sql) => {
    await shop.postgres(prepare);
    const text = new RegExp(`^${sql.replace(/[()*]/g, '\\$&')}`);
    const sentBefore = wire.count(text);
    const lose = wire.trap(text, 'lose-reply');
    expect(await rejection(shop.sequelize.query(sql))).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' });
    await lose;
    expect(wire.count(text)).toBe(sentBefore + 1);
    expect(shop.outcomes).toEqual(['write unknown']);
  });

  it('tells an error of its own as it is, and no outcome', async () => {
    expect(await rejection(shop.sequelize.query('SELECT nothing FROM "books"'))).toMatchObject({ name: 'SequelizeDatabaseError' });
    expect(await rejection(shop.sequelize.query('SELECT 1 FROM WHERE'))).toMatchObject({ name: 'SequelizeDatabaseError' });
    expect(shop.outcomes).toEqual([]);
  });

  it('is answered where it can not even be sent because the kept connections are dead', async () => {
    await Promise.all(Array.from({ length: 5 }, () => shop.sequelize.query('SELECT pg_sleep(0.1)')));
    await terminateSessions(postgres, shop.database);
    expect(await Promise.all(Array.from({ length: 10 }, () => shop.books.count()))).toEqual(Array.from({ length: 10 }, () => 1));
    expect(shop.switches).toEqual([]);
  });
});

const LOSSES: readonly { name: string; lose: () => Promise<void> | void }[] = [
  { name: 'is killed', lose: () => postgres.kill() },
  { name: 'is stopped', lose: () => postgres.stop('fast') },
  { name: 'freezes', lose: () => postgres.freeze() },
  { name: 'is behind a black hole', lose: () => wire.blackhole() },
  { name: 'refuses', lose: () => wire.refuse() },
];

describe('a read in flight with a fallback, when the server', () => {
  it.each(LOSSES)('$name, is answered by SQLite', async ({ lose }) => {
    const shop = await shopForTest(postgres, { fallback: true, wire, config: { options: { detection: 'fast' } } });
    await store(shop);
    const held = wire.trap(/pg_sleep/, 'hold-reply');
    const slow = rejection(shop.sequelize.query('SELECT title, pg_sleep(0) FROM "books"'));
    await held;
    const heldCount = wire.trap(/^SELECT count/, 'hold-reply');
    const count = attended(shop.books.count());
    await heldCount;
    await lose();
    expect(await count).toBe(0);
    // The fallback has no pg_sleep: it answers all the same, in its own words.
    expect(await slow).toMatchObject({ name: 'UnsupportedOnFallbackError', message: expect.stringContaining('pg_sleep') as string });
    expect(shop.connection.getStatus()).toMatchObject({ state: 'fallback', dialect: 'sqlite' });
    expect(shop.outcomes.filter((outcome) => outcome !== 'read rolled-back')).toEqual([]);
  });

  it.each(READINGS)('is killed, is answered by SQLite: $name', async ({ lost, read, empty }) => {
    const shop = await shopForTest(postgres, { fallback: true, wire });
    const author = await store(shop);
    const held = wire.trap(lost, 'hold-reply');
    const reading = attended(read(shop, author));
    await held;
    shop.outcomes.length = 0;
    await wire.refuse();
    expect(await reading).toEqual(empty);
    expect(shop.switches).toEqual(['disconnected', 'failover']);
    expect(shop.outcomes).toEqual(['read rolled-back']);
  });

  it.each(ROW_READINGS)('is killed, refuses a row that it does not have: $name', async ({ lost, read }) => {
    const shop = await shopForTest(postgres, { fallback: true, wire });
    const author = await store(shop);
    const held = wire.trap(lost, 'hold-reply');
    const reading = rejection(read(shop, author));
    await held;
    await wire.refuse();
    expect(await reading).toMatchObject({ code: 'STALE_ROW' });
  });
});

describe('a read in flight without a fallback, when the server', () => {
  it.each(LOSSES)('$name and is back within maxWait, is answered by it', async ({ lose }) => {
    const shop = await shopForTest(postgres, { fallback: false, wire, config: { options: { detection: 'fast', maxWait: 10_000 } } });
    const author = await store(shop);
    const held = wire.trap(/^SELECT count/, 'hold-reply');
    const count = attended(shop.books.count());
    await held;
    const reloaded = attended(author.reload());
    await lose();
    await waitFor(() => shop.connection.getStatus().state === 'unavailable', { what: 'the loss to be noticed' });
    await wire.restore();
    await postgres.thaw();
    await postgres.start();
    expect(await count).toBe(1);
    expect((await reloaded).name).toBe('Jane');
    expect(shop.switches).toEqual(['disconnected', 'recovered']);
    expect(shop.outcomes).toContain('read rolled-back');
  });

  it('is away for longer than maxWait, is told so', async () => {
    const shop = await shopForTest(postgres, { fallback: false, wire, config: { options: { maxWait: 700 } } });
    await store(shop);
    const held = wire.trap(/^SELECT count/, 'hold-reply');
    const count = rejection(shop.books.count());
    await held;
    const startedAt = performance.now();
    await wire.refuse();
    expect(await count).toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryAfterMs: expect.any(Number) as number });
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(shop.outcomes).toEqual(['read rolled-back']);
  });

  it('restarts so fast that nobody notices, is answered by it', async () => {
    const shop = await shopForTest(postgres, { fallback: false, config: { options: { maxWait: 10_000 } } });
    await store(shop);
    const read = attended(shop.sequelize.query('SELECT title, pg_sleep(1) FROM "books"', { type: QueryTypes.SELECT }));
    await untilRunning(postgres, 'pg_sleep(1)');
    await postgres.stop('fast');
    await postgres.start();
    expect(await read).toMatchObject([{ title: 'Emma' }]);
  });
});
