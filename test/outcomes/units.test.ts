import { QueryTypes } from 'sequelize';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { MODES, openShop, poolOf, rejection, type Shop, shopForTest, strand } from './shop.js';
import { lose, noticed, unitOf } from './unit.js';
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

const NOWHERE = { postgres: 0, sqlite: 0 };
const ON_POSTGRES = { postgres: 1, sqlite: 0 };
const ON_SQLITE = { postgres: 0, sqlite: 1 };
const LOST = { code: 'UNIT_LOST', name: 'UnitLostError' };

const CONFIG = { options: { detection: 'fast', maxWait: 15_000 } } as const;

const count = ({ sequelize }: Shop) =>
  sequelize.query<{ n: number | string }>('SELECT count(*) AS n FROM books', { type: QueryTypes.SELECT }).then(([row]) => Number(row?.n));

describe.each(MODES)('a unit that has sent nothing when its database is lost, %s', (_, fallback) => {
  const there = fallback ? ON_SQLITE : ON_POSTGRES;

  it('goes on where work goes then, and runs once', async () => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    const unit = unitOf(shop, async () => {
      await lose(shop, wire, fallback);
      if (!fallback) await wire.restore();
      const book = await shop.books.create({ title: 'one' });
      return [await count(shop), (await shop.books.findAll()).map(({ title }) => title), book.title];
    });
    expect(await unit.done).toEqual([1, ['one'], 'one']);
    expect(unit.runs).toBe(1);
    expect(await shop.stored('one')).toEqual(there);
  });

  it.each<[string, RegExp, (shop: Shop) => Promise<number>]>([
    ['a finder', /^SELECT count/, ({ books }) => books.count()],
    ['raw SQL', /^SELECT count/, count],
  ])('within its first read, which is %s, goes on where work goes then', async (_name, lost, read) => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    const held = wire.trap(lost, 'hold-reply');
    const unit = unitOf(shop, async () => {
      const before = await read(shop);
      await shop.books.create({ title: 'one' });
      return [before, await read(shop)];
    });
    await held;
    await lose(shop, wire, fallback);
    await wire.restore();
    expect(await unit.done).toEqual([0, 1]);
    expect(unit.runs).toBe(1);
    expect(await shop.stored('one')).toEqual(there);
    expect(shop.outcomes).toEqual(['read rolled-back']);
  });

  it('within parallel first reads goes on with all of them in one place', async () => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    const held = [wire.trap(/^SELECT count/, 'hold-reply'), wire.trap(/^SELECT count/, 'hold-reply')];
    const unit = unitOf(shop, async () => {
      const counts = await Promise.all([shop.books.count(), shop.authors.count()]);
      await shop.books.create({ title: 'one' });
      return counts;
    });
    await Promise.all(held);
    await lose(shop, wire, fallback);
    await wire.restore();
    expect(await unit.done).toEqual([0, 0]);
    expect(await shop.stored('one')).toEqual(there);
  });

  it('within a write that can not be sent goes on where work goes then', async () => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    await strand(shop, postgres, wire);
    const unit = unitOf(shop, async () => {
      await shop.books.create({ title: 'one' });
      return await shop.books.count();
    });
    wire.cut();
    await noticed(shop, fallback);
    await wire.restore();
    expect(await unit.done).toBe(1);
    expect(unit.runs).toBe(1);
    expect(await shop.stored('one')).toEqual(there);
    expect(shop.hooks.filter((hook) => hook === 'beforeCreate')).toHaveLength(1);
  });

  it('within the BEGIN of a transaction goes on where work goes then', async () => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    const held = wire.trap(/^START TRANSACTION/, 'hold-reply');
    let callbacks = 0;
    const unit = unitOf(
      shop,
      async () =>
        await shop.sequelize.transaction(async (transaction) => {
          callbacks += 1;
          await shop.books.create({ title: 'one' }, { transaction });
        }),
    );
    await held;
    await lose(shop, wire, fallback);
    await wire.restore();
    await unit.done;
    expect([unit.runs, callbacks]).toEqual([1, 1]);
    expect(await shop.stored('one')).toEqual(there);
  });
});

interface Sent {
  readonly name: string;
  /** What the unit does before its database is lost. */
  readonly before: (shop: Shop) => Promise<unknown>;
  readonly outcome: 'unknown' | 'not-sent';
  /** How often the book `one` is stored on PostgreSQL. */
  readonly stored: number;
}

const create = ({ books }: Shop) => books.create({ title: 'one' });
const INSERT = `INSERT INTO books (id, title) VALUES ('7b0b2a0e-6f3c-4c39-9a0e-0d1c2b3a4f5e', 'one')`;

const SENT: readonly Sent[] = [
  { name: 'read by a finder', before: ({ books }) => books.findAll(), outcome: 'not-sent', stored: 0 },
  { name: 'read by raw SQL', before: count, outcome: 'not-sent', stored: 0 },
  {
    name: 'read in a nested unit',
    before: ({ connection, books }) => connection.unit(async () => await books.count()),
    outcome: 'not-sent',
    stored: 0,
  },
  {
    name: 'read in a transaction',
    before: ({ sequelize, books }) => sequelize.transaction(async (transaction) => await books.count({ transaction })),
    outcome: 'not-sent',
    stored: 0,
  },
  { name: 'written by a model', before: create, outcome: 'unknown', stored: 1 },
  { name: 'written by raw SQL', before: ({ sequelize }) => sequelize.query(INSERT), outcome: 'unknown', stored: 1 },
  {
    name: 'written in a nested unit',
    before: (shop) => shop.connection.unit(async () => await create(shop)),
    outcome: 'unknown',
    stored: 1,
  },
  {
    name: 'written in a transaction',
    before: ({ sequelize, books }) => sequelize.transaction(async (transaction) => await books.create({ title: 'one' }, { transaction })),
    outcome: 'unknown',
    stored: 1,
  },
  {
    name: 'read, written and read again',
    before: async (shop) => [await shop.books.count(), await create(shop), await count(shop)],
    outcome: 'unknown',
    stored: 1,
  },
];

/** What a program may call next. */
const NEXT: readonly (readonly [string, (shop: Shop) => Promise<unknown>])[] = [
  ['a finder', ({ books }) => books.findAll()],
  ['an aggregate', ({ books }) => books.count()],
  ['a write', ({ books }) => books.create({ title: 'two' })],
  ['raw SQL that reads', ({ sequelize }) => sequelize.query('SELECT 1')],
  ['raw SQL that writes', ({ sequelize }) => sequelize.query('DELETE FROM books')],
  ['a call of the query interface', ({ sequelize }) => sequelize.getQueryInterface().showAllTables()],
  ['a managed transaction', ({ sequelize }) => sequelize.transaction({ retries: 3 }, async () => await Promise.resolve())],
  ['an unmanaged transaction', ({ sequelize }) => sequelize.transaction()],
  ['a nested unit', ({ connection, books }) => connection.unit(async () => await books.count())],
];

describe.each(MODES)('a unit whose database is lost between two calls, %s', (_, fallback) => {
  it.each(SENT)('and that has $name, ends with UnitLostError, whatever it calls', async ({ before, outcome, stored }) => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    const seen: [string, unknown][] = [];
    const unit = unitOf(shop, async () => {
      await before(shop);
      await lose(shop, wire, fallback);
      await wire.restore();
      for (const [name, call] of NEXT) seen.push([name, await rejection(call(shop))]);
      throw seen[0]?.[1] as Error;
    });
    const error = await rejection(unit.done);
    expect(error).toMatchObject({ ...LOST, outcome });
    expect(unit.runs).toBe(1);
    expect(seen.map(([name]) => name)).toEqual(NEXT.map(([name]) => name));
    for (const [name, each] of seen) expect(each, name).toMatchObject({ ...LOST, outcome });
    expect(await shop.stored('one')).toEqual({ postgres: stored, sqlite: 0 });
    expect(await shop.stored('two')).toEqual(NOWHERE);
  });

  it('ends with UnitLostError also through its rows', async () => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    const unit = unitOf(shop, async () => {
      const author = await shop.authors.create({ name: 'Jane' });
      await lose(shop, wire, fallback);
      const calls = [() => author.update({ name: 'Ann' }), () => author.getBooks(), () => author.reload(), () => author.destroy()];
      return await Promise.all(calls.map((call) => rejection(call())));
    });
    for (const error of await unit.done) expect(error).toMatchObject({ ...LOST, outcome: 'unknown' });
    await wire.restore();
    expect(await shop.postgres('SELECT name FROM authors')).toEqual([{ name: 'Jane' }]);
  });

  it('ends with UnitLostError also when that is back, and the next unit works', async () => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    const unit = unitOf(shop, async () => {
      await shop.books.count();
      await lose(shop, wire, fallback);
      await wire.restore();
      if (!fallback) await waitFor(() => shop.connection.getStatus().state === 'primary', { what: 'the return' });
      return await shop.books.create({ title: 'one' }).catch((error: unknown) => (error as { code: string }).code);
    });
    expect(await unit.done).toBe('UNIT_LOST');
    await shop.connection.unit(async () => await create(shop));
    expect(await shop.stored('one')).toEqual(fallback ? ON_SQLITE : ON_POSTGRES);
  });
});

describe.each(MODES)('a unit whose database is lost within a call, %s', (_, fallback) => {
  it.each([
    { name: 'a read after a read', before: (shop: Shop) => shop.books.count(), outcome: 'not-sent' },
    { name: 'a read after a write', before: create, outcome: 'unknown' },
  ])('ends with UnitLostError: $name', async ({ before, outcome }) => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    const held = wire.trap(/FROM "authors"/, 'hold-reply');
    const unit = unitOf(shop, async () => {
      await before(shop);
      return await shop.authors.findAll();
    });
    await held;
    await wire.refuse();
    expect(await rejection(unit.done)).toMatchObject({ ...LOST, outcome });
    expect(unit.runs).toBe(1);
  });

  it.each([
    { fate: 'hold-reply', stored: ON_POSTGRES },
    { fate: 'hold-statement', stored: NOWHERE },
  ] as const)('that was a write ends with UnitLostError, outcome unknown: $fate', async ({ fate, stored }) => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    const held = wire.trap(/^INSERT/, fate);
    const unit = unitOf(shop, async () => await create(shop));
    await held;
    await wire.refuse();
    expect(await rejection(unit.done)).toMatchObject({ ...LOST, outcome: 'unknown' });
    expect(unit.runs).toBe(1);
    await wire.restore();
    expect(await shop.stored('one')).toEqual(stored);
  });

  it('settles each of its parallel calls, and stores nothing elsewhere', async () => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    const held = [wire.trap(/^INSERT/, 'hold-reply'), wire.trap(/^SELECT count/, 'hold-reply')];
    const unit = unitOf(shop, async () => await Promise.all([rejection(create(shop)), rejection(shop.books.count())]));
    await Promise.all(held);
    await wire.refuse();
    for (const error of await unit.done) expect(error).toMatchObject({ ...LOST, outcome: 'unknown' });
    await wire.restore();
    expect(await shop.stored('one')).toEqual(ON_POSTGRES);
  });
});

describe.each(MODES)('a transaction in a unit, %s', (_, fallback) => {
  /** A unit of one transaction that stores `one`, and then a call. */
  const selling = (shop: Shop, between: () => Promise<void> | void = () => undefined) => {
    const seen: { sold?: unknown; next?: unknown; callbacks: number } = { callbacks: 0 };
    const unit = unitOf(shop, async () => {
      const sold = shop.sequelize.transaction({ retries: 3 }, async (transaction) => {
        seen.callbacks += 1;
        await shop.books.create({ title: 'one' }, { transaction });
        await between();
        return 'sold';
      });
      seen.sold = await sold.catch((error: unknown) => error);
      seen.next = await shop.books.count().catch((error: unknown) => error);
    });
    return { unit, seen };
  };

  it('whose COMMIT is in doubt is looked up, and the next call tells that the unit is lost', async () => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    const held = wire.trap(/^COMMIT/, 'hold-reply');
    const { unit, seen } = selling(shop);
    await held;
    await lose(shop, wire, fallback);
    await wire.restore();
    await unit.done;
    expect(seen).toMatchObject({ sold: 'sold', next: { ...LOST, outcome: 'unknown' }, callbacks: 1 });
    expect(unit.runs).toBe(1);
    expect(await shop.stored('one')).toEqual(ON_POSTGRES);
    expect(shop.outcomes[0]).toBe('transaction committed');
  });

  it('whose COMMIT did not arrive is not run again elsewhere, whatever its retries', async () => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    const held = wire.trap(/^COMMIT/, 'hold-statement');
    const { unit, seen } = selling(shop);
    await held;
    await lose(shop, wire, fallback);
    await wire.restore();
    await unit.done;
    expect(seen).toMatchObject({ sold: LOST, next: LOST, callbacks: 1 });
    expect(unit.runs).toBe(1);
    expect(await shop.stored('one')).toEqual(NOWHERE);
  });

  it('that is lost before its COMMIT is not run again elsewhere, whatever its retries', async () => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    const { unit, seen } = selling(shop, () => lose(shop, wire, fallback));
    await unit.done;
    expect(seen).toMatchObject({ sold: LOST, next: LOST, callbacks: 1 });
    await wire.restore();
    expect(await shop.stored('one')).toEqual(NOWHERE);
  });

  it('whose connection alone is lost runs again on the same database, and the unit goes on', async () => {
    const shop = await shopForTest(postgres, { fallback, wire, config: CONFIG });
    void wire.trap(/^COMMIT/, 'lose-statement');
    const { unit, seen } = selling(shop);
    await unit.done;
    expect(seen).toEqual({ sold: 'sold', next: 1, callbacks: 2 });
    expect(unit.runs).toBe(1);
    expect(await shop.stored('one')).toEqual(ON_POSTGRES);
  });
});

describe.each(MODES)('a unit that loses only a connection, %s', (_, fallback) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop(postgres, { fallback, wire });
  });
  afterAll(() => shop.close());
  afterEach(async () => {
    await shop.postgres('DELETE FROM books');
    expect(shop.switches).toEqual([]);
    await waitFor(() => poolOf(shop).using === 0, { what: 'all connections to be back in the pool' });
  });

  it.each(['lose-statement', 'lose-reply'] as const)('in a read goes on: %s', async (fate) => {
    const unit = unitOf(shop, async () => {
      await create(shop);
      const lost = wire.trap(/^SELECT count/, fate);
      const found = [await shop.books.count(), await count(shop)];
      await lost;
      await shop.books.create({ title: 'two' });
      return found;
    });
    expect(await unit.done).toEqual([1, 1]);
    expect(unit.runs).toBe(1);
    expect(await shop.stored('two')).toEqual(ON_POSTGRES);
  });

  it.each([
    { fate: 'lose-statement', stored: NOWHERE },
    { fate: 'lose-reply', stored: ON_POSTGRES },
  ] as const)('in a write is told that it is in doubt, and may go on: $fate', async ({ fate, stored }) => {
    const unit = unitOf(shop, async () => {
      void wire.trap(/^INSERT/, fate);
      const error = await rejection(create(shop));
      await shop.books.create({ title: 'two' });
      return error;
    });
    expect(await unit.done).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' });
    expect(unit.runs).toBe(1);
    expect(await shop.stored('one')).toEqual(stored);
    expect(await shop.stored('two')).toEqual(ON_POSTGRES);
  });
});
