import pg from 'pg';
import { QueryTypes } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { attended, MODES, openShop, poolOf, rejection, type Shop, shopForTest, strand, terminateSessions } from './shop.js';
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
  await postgres.start();
});

const ID = '7b0b2a0e-6f3c-4c39-9a0e-0d1c2b3a4f5e';
const PUBLISHED = new Date('2020-02-29T23:59:59.123Z');
const VALUES = { id: ID, title: 'Persuasion', tags: ['a', "b'c", 'ü'], details: { pages: 3 }, copies: 2, publishedAt: PUBLISHED };
const INSERT_RAW = `INSERT INTO books (id, title, copies) VALUES (:id, 'Persuasion', 2)`;

interface Writing {
  readonly name: string;
  /** Writes; the book `Emma` with 3 copies is there already. */
  readonly write: (shop: Shop) => Promise<unknown>;
  readonly hooks: readonly string[];
  /** Titles and copies afterwards. */
  readonly then: Readonly<Record<string, number>>;
}

const WRITINGS: readonly Writing[] = [
  {
    name: 'create',
    write: ({ books }) => books.create(VALUES),
    hooks: ['validate', 'beforeCreate', 'afterCreate'],
    then: { Emma: 3, Persuasion: 2 },
  },
  {
    name: 'bulkCreate',
    write: ({ books }) => books.bulkCreate([VALUES, { title: 'Sanditon', copies: 1 }]),
    hooks: ['beforeBulkCreate', 'afterBulkCreate'],
    then: { Emma: 3, Persuasion: 2, Sanditon: 1 },
  },
  {
    name: 'update',
    write: ({ books }) => books.update({ copies: 9 }, { where: { title: 'Emma' } }),
    hooks: ['beforeBulkUpdate', 'afterBulkUpdate'],
    then: { Emma: 9 },
  },
  {
    name: 'destroy',
    write: ({ books }) => books.destroy({ where: { title: 'Emma' } }),
    hooks: ['beforeBulkDestroy', 'afterBulkDestroy'],
    then: {},
  },
  {
    name: 'upsert',
    write: ({ books }) => books.upsert(VALUES),
    hooks: ['validate', 'beforeUpsert', 'afterUpsert'],
    then: { Emma: 3, Persuasion: 2 },
  },
  {
    name: 'increment',
    write: ({ books }) => books.increment('copies', { by: 2, where: { title: 'Emma' } }),
    hooks: [],
    then: { Emma: 5 },
  },
  {
    name: 'raw INSERT',
    write: ({ sequelize }) => sequelize.query(INSERT_RAW, { replacements: { id: ID } }),
    hooks: [],
    then: { Emma: 3, Persuasion: 2 },
  },
  {
    name: 'raw UPDATE of type UPDATE',
    write: ({ sequelize }) => sequelize.query('UPDATE books SET copies = copies + 1', { type: QueryTypes.UPDATE }),
    hooks: [],
    then: { Emma: 4 },
  },
  {
    name: 'a managed transaction',
    write: ({ sequelize, books }) =>
      sequelize.transaction(async (transaction) => {
        await books.create(VALUES, { transaction });
        await books.increment('copies', { where: { title: 'Emma' }, transaction });
      }),
    hooks: ['validate', 'beforeCreate', 'afterCreate'],
    then: { Emma: 4, Persuasion: 2 },
  },
  {
    name: 'findOrCreate',
    write: ({ books }) => books.findOrCreate({ where: { title: 'Persuasion' }, defaults: VALUES }),
    hooks: ['beforeFind', 'afterFind', 'validate', 'beforeCreate', 'afterCreate'],
    then: { Emma: 3, Persuasion: 2 },
  },
];

const INITIALLY = { Emma: 3 };
const COPIES = 'SELECT title, copies FROM books';
const copiesIn = async (ask: Shop['postgres']): Promise<Record<string, number>> =>
  Object.fromEntries((await ask(COPIES)).map(({ title, copies }) => [String(title), Number(copies)]));

const store = async ({ books }: Shop): Promise<unknown> => await books.create({ title: 'Emma', copies: 3 });

async function storeInBoth(shop: Shop): Promise<void> {
  await shop.toSqlite();
  await shop.books.create({ title: 'Emma', copies: 3 });
  await shop.toPostgres();
  await store(shop);
  shop.hooks.length = shop.outcomes.length = shop.switches.length = 0;
}

/** Makes a call that begins on PostgreSQL and can't be sent there. */
async function afterStranding<T>(shop: Shop, call: () => Promise<T>): Promise<T> {
  await strand(shop, postgres, wire);
  const answer = call();
  wire.cut();
  return await answer;
}

describe('a write that can not be sent, with a fallback', () => {
  it.each(WRITINGS)('is done on SQLite alone, its hooks once: $name', async ({ write, hooks, then }) => {
    const shop = await shopForTest(postgres, { fallback: true, wire });
    await storeInBoth(shop);
    await afterStranding(shop, () => write(shop));
    expect(await copiesIn(shop.sqlite)).toEqual(then);
    expect(await copiesIn(shop.postgres)).toEqual(INITIALLY);
    expect(shop.hooks).toEqual(hooks);
    expect(shop.switches).toEqual(['disconnected', 'failover']);
  });

  it('gives every value the type that SQLite has for it', async () => {
    const shop = await shopForTest(postgres, { fallback: true, wire });
    const row = await afterStranding(shop, () => shop.books.create(VALUES));
    const expected = { ...VALUES, authorId: null };
    const read = await shop.books.findByPk(ID, { rejectOnEmpty: true });
    expect(read.get({ plain: true })).toEqual(expected);
    expect(row.get({ plain: true })).toMatchObject(VALUES);
    expect(shop.outcomes).toEqual(['write not-sent']);
  });

  it('leaves a row that belongs to SQLite and can be used there', async () => {
    const shop = await shopForTest(postgres, { fallback: true, wire });
    const row = await afterStranding(shop, () => shop.books.create(VALUES));
    await row.update({ copies: 7 });
    expect((await row.reload()).copies).toBe(7);
    expect(await copiesIn(shop.sqlite)).toEqual({ Persuasion: 7 });
    const [other] = await shop.books.bulkCreate([{ title: 'Sanditon' }]);
    await other?.destroy();
    expect(await copiesIn(shop.sqlite)).toEqual({ Persuasion: 7 });
  });

  it('does not take a row of PostgreSQL to SQLite, where its id is a stranger’s', async () => {
    const shop = await shopForTest(postgres, { fallback: true, wire });
    await shop.toSqlite();
    await shop.books.create({ ...VALUES, title: 'stranger' });
    await shop.toPostgres();
    const rows = await shop.books.bulkCreate([VALUES, { title: 'Emma' }]);
    const row = rows[0];
    const errors = await afterStranding(shop, () =>
      Promise.all([row?.update({ copies: 9 }), row?.increment('copies'), row?.destroy()].map((work) => rejection(Promise.resolve(work)))),
    );
    for (const { code } of errors) expect(['STALE_ROW', 'DATABASE_UNAVAILABLE']).toContain(code);
    expect(await copiesIn(shop.sqlite)).toEqual({ stranger: 2 });
    await wire.restore();
    expect(await copiesIn(shop.postgres)).toEqual({ Persuasion: 2, Emma: 0 });
  });

  it('does not split a call of two statements: the first is on PostgreSQL, so the second is too or is refused', async () => {
    const shop = await shopForTest(postgres, { fallback: true, wire });
    const write = async () => {
      await shop.books.create({ title: 'first' });
      await strand(shop, postgres, wire);
      setImmediate(() => wire.cut());
    };
    shop.authors.addHook('beforeCreate', write);
    const error = await rejection(shop.authors.create({ name: 'Jane' }));
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(await shop.postgres('SELECT title FROM books')).toEqual([{ title: 'first' }]);
    expect(await shop.postgres('SELECT name FROM authors')).toEqual([]);
    expect(await shop.sqlite('SELECT name FROM authors')).toEqual([]);
  });

  it('is done on SQLite also where only the probe has a connection left', async () => {
    const shop = await shopForTest(postgres, { fallback: true, wire });
    await strand(shop, postgres, wire);
    await shop.books.create(VALUES);
    expect(await copiesIn(shop.sqlite)).toEqual({ Persuasion: 2 });
  });

  it('is refused by its own errors as usual, with no outcome', async () => {
    const shop = await shopForTest(postgres, { fallback: true, wire });
    await shop.books.create(VALUES);
    expect(await rejection(shop.books.create({ ...VALUES, id: undefined }))).toMatchObject({ name: 'SequelizeUniqueConstraintError' });
    await afterStranding(shop, () => shop.books.create(VALUES));
    expect(await rejection(shop.books.create({ ...VALUES, id: undefined }))).toMatchObject({ name: 'SequelizeUniqueConstraintError' });
    expect(shop.outcomes).toEqual(['write not-sent']);
  });
});

describe('a write that can not be sent, without a fallback', () => {
  it.each(WRITINGS)('is done on PostgreSQL once it is back within maxWait, its hooks once: $name', async ({ write, hooks, then }) => {
    const shop = await shopForTest(postgres, { fallback: false, wire, config: { options: { maxWait: 15_000 } } });
    await store(shop);
    shop.hooks.length = 0;
    const writing = afterStranding(shop, () => write(shop));
    await waitFor(() => shop.connection.getStatus().state === 'unavailable', { what: 'the loss to be noticed' });
    await wire.restore();
    await writing;
    expect(await copiesIn(shop.postgres)).toEqual(then);
    expect(shop.hooks).toEqual(hooks);
    expect(shop.switches).toEqual(['disconnected', 'recovered']);
  });

  it.each(WRITINGS)('is refused after maxWait, and stored nowhere: $name', async ({ write }) => {
    const shop = await shopForTest(postgres, { fallback: false, wire, config: { options: { maxWait: 400 } } });
    await store(shop);
    const startedAt = performance.now();
    const error = await afterStranding(shop, () => rejection(write(shop)));
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', outcome: 'not-sent' });
    expect((error as unknown as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
    expect(performance.now() - startedAt).toBeLessThan(4000);
    await wire.restore();
    expect(await copiesIn(shop.postgres)).toEqual(INITIALLY);
  });

  it('is done once by the row’s own calls, too', async () => {
    const shop = await shopForTest(postgres, { fallback: false, wire, config: { options: { maxWait: 15_000 } } });
    const row = await shop.books.create(VALUES);
    const writing = afterStranding(shop, () => row.increment('copies'));
    await waitFor(() => shop.connection.getStatus().state === 'unavailable', { what: 'the loss to be noticed' });
    await wire.restore();
    await writing;
    expect(await copiesIn(shop.postgres)).toEqual({ Persuasion: 3 });
  });
});

describe.each(MODES)('a write whose pool has only dead connections while the server is well, %s', (_, fallback) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop(postgres, { fallback, wire });
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    await shop.postgres('DELETE FROM books');
    await store(shop);
    shop.hooks.length = shop.outcomes.length = 0;
  });

  it.each(WRITINGS)('is done once, on the same database: $name', async ({ write, hooks, then }) => {
    await terminateSessions(postgres, shop.database);
    await waitFor(() => poolOf(shop).size === 0, { what: 'the pool to notice' });
    await write(shop);
    expect(await copiesIn(shop.postgres)).toEqual(then);
    expect(shop.hooks).toEqual(hooks);
    expect(shop.switches).toEqual([]);
  });
});

describe.each(MODES)('a write at a server that is shutting down (57P03), %s', (_, fallback) => {
  it('is done on SQLite, or on PostgreSQL once it is back', async () => {
    const shop = await shopForTest(postgres, { fallback, wire, config: { options: { maxWait: 15_000 } } });
    const holder = new pg.Client(postgres.url);
    holder.on('error', () => undefined);
    await holder.connect();
    const stopped = postgres.stop('smart');
    await waitFor(() => postgres.log().endsWith('received smart shutdown request\n'), { what: 'the shutdown to begin' });
    const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${shop.database}'`;
    await holder.query(`${end} AND application_name NOT LIKE '% probe'`);
    await waitFor(() => poolOf(shop).size === 0, { what: 'the pool to notice' });
    const create = attended(shop.books.create(VALUES));
    await holder.query(end);
    await waitFor(() => shop.switches.length > 0, { what: 'the loss to be noticed' });
    await holder.end();
    await stopped;
    await postgres.start();
    await create;
    expect(await shop.stored('Persuasion')).toEqual(fallback ? { postgres: 0, sqlite: 1 } : { postgres: 1, sqlite: 0 });
    expect(shop.hooks).toEqual(['validate', 'beforeCreate', 'afterCreate']);
  });
});
