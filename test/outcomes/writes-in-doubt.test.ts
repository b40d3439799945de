import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { attended, MODES, openShop, rejection, type Shop, shopForTest, untilRunning } from './shop.js';
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

const ID = '7b0b2a0e-6f3c-4c39-9a0e-0d1c2b3a4f5e';
const VALUES = { id: ID, title: 'Persuasion', tags: ['a'], details: { pages: 3 }, copies: 2 };

interface Writing {
  readonly name: string;
  /** The statement that is lost. */
  readonly lost: RegExp;
  /** Writes; the book `Emma` with 3 copies is there already. */
  readonly write: (shop: Shop, options: { idempotent?: boolean }) => Promise<unknown>;
  /** The hooks that run before the statement is sent, and those after it. */
  readonly hooks: readonly [readonly string[], readonly string[]];
  /** Titles and copies afterwards. */
  readonly done: Readonly<Record<string, number>>;
  /** Those after it was done twice, where that differs. */
  readonly twice?: Readonly<Record<string, number>>;
}

const WRITINGS: readonly Writing[] = [
  {
    name: 'create',
    lost: /^INSERT INTO "books"/,
    write: ({ books }, options) => books.create(VALUES, options),
    hooks: [['validate', 'beforeCreate'], ['afterCreate']],
    done: { Emma: 3, Persuasion: 2 },
  },
  {
    name: 'bulkCreate that ignores duplicates',
    lost: /^INSERT INTO "books"/,
    write: ({ books }, options) => books.bulkCreate([VALUES, { title: 'Sanditon', copies: 1 }], { ignoreDuplicates: true, ...options }),
    hooks: [['beforeBulkCreate'], ['afterBulkCreate']],
    done: { Emma: 3, Persuasion: 2, Sanditon: 1 },
  },
  {
    name: 'update',
    lost: /^UPDATE "books"/,
    write: ({ books }, options) => books.update({ copies: 9 }, { where: { title: 'Emma' }, ...options }),
    hooks: [['beforeBulkUpdate'], ['afterBulkUpdate']],
    done: { Emma: 9 },
  },
  {
    name: 'destroy',
    lost: /^DELETE FROM "books"/,
    write: ({ books }, options) => books.destroy({ where: { title: 'Emma' }, ...options }),
    hooks: [['beforeBulkDestroy'], ['afterBulkDestroy']],
    done: {},
  },
  {
    name: 'upsert',
    lost: /^INSERT INTO "books"/,
    write: ({ books }, options) => books.upsert(VALUES, options),
    hooks: [['validate', 'beforeUpsert'], ['afterUpsert']],
    done: { Emma: 3, Persuasion: 2 },
  },
  {
    name: 'increment',
    lost: /^UPDATE "books"/,
    write: ({ books }, options) => books.increment('copies', { by: 2, where: { title: 'Emma' }, ...options }),
    hooks: [[], []],
    done: { Emma: 5 },
    twice: { Emma: 7 },
  },
  {
    name: 'raw SQL',
    lost: /^INSERT INTO books/,
    write: ({ sequelize }, options) =>
      sequelize.query(`INSERT INTO books (id, title, copies) VALUES (:id, 'Persuasion', 2) ON CONFLICT DO NOTHING`, {
        replacements: { id: ID },
        ...options,
      }),
    hooks: [[], []],
    done: { Emma: 3, Persuasion: 2 },
  },
];

const INITIALLY = { Emma: 3 };
const copiesIn = async (ask: Shop['postgres']): Promise<Record<string, number>> =>
  Object.fromEntries((await ask('SELECT title, copies FROM books')).map(({ title, copies }) => [String(title), Number(copies)]));
const store = async ({ books }: Shop): Promise<unknown> => await books.create({ title: 'Emma', copies: 3 });

describe.each(MODES)('a write that was sent and had no reply, while the server is well, %s', (_, fallback) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop(postgres, { fallback, wire });
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    await shop.postgres('DELETE FROM books');
    await store(shop);
    shop.hooks.length = shop.outcomes.length = shop.switches.length = wire.statements.length = 0;
  });

  describe.each([
    ['was done', 'lose-reply'],
    ['was not done', 'lose-statement'],
  ] as const)('and %s', (_case, fate) => {
    it.each(WRITINGS)(
      'is not repeated, and its caller is told that its outcome is unknown: $name',
      async ({ lost, write, hooks, done }) => {
        const lose = wire.trap(lost, fate);
        const error = await rejection(write(shop, {}));
        await lose;
        expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown', name: 'OutcomeUnknownError' });
        expect(error.cause).toMatchObject({ name: expect.stringMatching(/^Sequelize/) as string });
        expect(wire.count(lost)).toBe(1);
        expect(await copiesIn(shop.postgres)).toEqual(fate === 'lose-reply' ? done : INITIALLY);
        expect(shop.hooks).toEqual(hooks[0]);
        expect(shop.outcomes).toEqual(['write unknown']);
        expect(shop.switches).toEqual([]);
      },
    );
  });

  it.each(WRITINGS)('is repeated where its caller says that it may be, its hooks once: $name', async ({ lost, write, hooks, done }) => {
    const lose = wire.trap(lost, 'lose-statement');
    await write(shop, { idempotent: true });
    await lose;
    expect(wire.count(lost)).toBe(2);
    expect(await copiesIn(shop.postgres)).toEqual(done);
    expect(shop.hooks).toEqual(hooks.flat());
    expect(shop.switches).toEqual([]);
  });

  it.each(WRITINGS.slice(1))('is repeated also where it was done: $name', async ({ lost, write, hooks, done, twice }) => {
    const lose = wire.trap(lost, 'lose-reply');
    await write(shop, { idempotent: true });
    await lose;
    expect(await copiesIn(shop.postgres)).toEqual(twice ?? done);
    expect(shop.hooks).toEqual(hooks.flat());
  });

  it('is told by its unique key that it was done, where it is a create that may be repeated', async () => {
    const lose = wire.trap(/^INSERT INTO "books"/, 'lose-reply');
    expect(await rejection(shop.books.create(VALUES, { idempotent: true }))).toMatchObject({ name: 'SequelizeUniqueConstraintError' });
    await lose;
    expect(await copiesIn(shop.postgres)).toEqual({ Emma: 3, Persuasion: 2 });
  });

  it('is repeated where a row writes it', async () => {
    const row = await shop.books.findOne({ rejectOnEmpty: true });
    const lose = wire.trap(/^UPDATE "books"/, 'lose-reply');
    await row.update({ copies: 8 }, { idempotent: true });
    await lose;
    expect(await copiesIn(shop.postgres)).toEqual({ Emma: 8 });
  });

  it('is an error of a call of several statements: the first is done, the second in doubt', async () => {
    const lose = wire.trap(/^INSERT INTO "books"/, 'lose-statement');
    const error = await rejection(
      shop.authors.create({ name: 'Jane', books: [{ title: 'Sanditon' }] }, { include: [{ association: 'books' }] }),
    );
    await lose;
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(await copiesIn(shop.postgres)).toEqual(INITIALLY);
  });
});

const ENDS: readonly (readonly [string, () => Promise<void> | void])[] = [
  ['killed', () => postgres.kill()],
  ['frozen', () => postgres.freeze()],
  ['behind a black hole', () => wire.blackhole()],
];

describe.each(ENDS)('a write in flight when the server is %s', (_, end) => {
  describe.each(MODES)('%s', (_mode, fallback) => {
    it('is in doubt, and done once at most', async () => {
      const shop = await shopForTest(postgres, { fallback, wire, config: { options: { detection: 'fast', maxWait: 10_000 } } });
      const held = wire.trap(/^INSERT INTO "books"/, 'hold-reply');
      const create = rejection(shop.books.create(VALUES));
      await held;
      const updating = attended(shop.books.update({ copies: 9 }, { where: { title: 'Emma' }, idempotent: true }));
      await end();
      expect(await create).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' });
      await waitFor(() => shop.connection.getStatus().state === (fallback ? 'fallback' : 'unavailable'), { what: 'the loss' });
      await wire.restore();
      await postgres.thaw();
      await postgres.start();
      expect(await updating).toEqual([0]);
      expect(await shop.stored('Persuasion')).toEqual({ postgres: 1, sqlite: 0 });
      expect(shop.outcomes.filter((outcome) => outcome === 'write unknown').length).toBeGreaterThanOrEqual(1);
    });
  });
});

describe('a write that may be repeated, when its server is lost', () => {
  it('is in doubt where SQLite has taken over: it may be on PostgreSQL, and its unit never spans two databases', async () => {
    const shop = await shopForTest(postgres, { fallback: true, wire });
    const held = wire.trap(/^INSERT INTO "books"/, 'hold-statement');
    const create = shop.books.create(VALUES, { idempotent: true });
    await held;
    const failure = expect(create).rejects.toMatchObject({ name: 'OutcomeUnknownError', outcome: 'unknown' });
    await wire.refuse();
    await failure;
    expect(await shop.stored('Persuasion')).toEqual({ postgres: 0, sqlite: 0 });
    expect(shop.hooks).toEqual(['validate', 'beforeCreate']);
  });

  it('is done on PostgreSQL when that is back within maxWait, where there is no fallback', async () => {
    const shop = await shopForTest(postgres, { fallback: false, wire, config: { options: { maxWait: 10_000 } } });
    const held = wire.trap(/^INSERT INTO "books"/, 'hold-statement');
    const create = attended(shop.books.create(VALUES, { idempotent: true }));
    await held;
    await wire.refuse();
    await waitFor(() => shop.connection.getStatus().state === 'unavailable', { what: 'the loss' });
    await wire.restore();
    await create;
    expect(await shop.stored('Persuasion')).toEqual({ postgres: 1, sqlite: 0 });
  });

  it('is in doubt, and not "not sent", where PostgreSQL is not back in time', async () => {
    const shop = await shopForTest(postgres, { fallback: false, wire, config: { options: { maxWait: 300 } } });
    const held = wire.trap(/^INSERT INTO "books"/, 'hold-reply');
    const create = rejection(shop.books.create(VALUES, { idempotent: true }));
    await held;
    await wire.refuse();
    expect(await create).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' });
    await wire.restore();
    expect(await shop.stored('Persuasion')).toEqual({ postgres: 1, sqlite: 0 });
  });
});

describe('a write whose statement waits for a lock', () => {
  it.each(MODES)('when an administrator ends its session is in doubt, and no failover, %s', async (_, fallback) => {
    const shop = await shopForTest(postgres, { fallback, wire });
    await store(shop);
    const holder = await shop.sequelize.transaction();
    await shop.books.update({ copies: 4 }, { where: { title: 'Emma' }, transaction: holder });
    const waiting = rejection(shop.books.update({ copies: 5 }, { where: { title: 'Emma' } }));
    await untilRunning(postgres, 'UPDATE "books"');
    await postgres.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`);
    expect(await waiting).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await holder.rollback();
    expect(await copiesIn(shop.postgres)).toEqual(INITIALLY);
    expect(shop.switches).toEqual([]);
  });
});
