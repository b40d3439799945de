import {
  BaseError,
  ConnectionRefusedError,
  literal,
  type QueryOptions,
  Sequelize,
  type Transaction,
  type TransactionOptions,
} from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { attended, MODES, openShop, rejection, type Shop, shopForTest, terminateSessions } from './shop.js';
import { lose } from './unit.js';
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
  // Sequelize warns of each COMMIT that rejects.
  vi.spyOn(console, 'warn').mockReturnValue(undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await wire.restore();
});

const refused = (): Error => Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' });

/** What other servers' clients throw that are away: none of it is about this database. */
const ERRORS: readonly (readonly [string, () => Error])[] = [
  ['ECONNREFUSED', refused],
  ['a failed fetch', () => new TypeError('fetch failed', { cause: refused() })],
  ['another database’s SequelizeConnectionRefusedError', () => new ConnectionRefusedError(refused())],
];

/** Where the program's own code runs around a statement. */
const PLACES = ['beforeQuery', 'afterQuery', 'logging', 'logging with benchmark'] as const;
type Place = (typeof PLACES)[number];

const CASES = PLACES.flatMap((place) => ERRORS.map(([name, make]) => ({ place, name, make })));
/**
 * Plain `logging` runs while its statement is on its way, and Sequelize then ends the connection of a COMMIT that nobody awaits any
 * more: an unhandled rejection, without this library, too (lib/dialects/postgres/query.js of sequelize 6.37.8).
 */
const CASES_AT_COMMIT = CASES.filter(({ place }) => place !== 'logging');

/** Sequelize sends a statement before it calls `logging`. */
const isSent = (place: Place): boolean => place !== 'beforeQuery';

interface Thrower {
  readonly error: Error;
  /** To be given to the call whose statement it is. */
  readonly options: Pick<QueryOptions, 'logging' | 'benchmark'>;
  readonly thrown: () => number;
}

describe.each(MODES)('an error of the program’s own that looks like an outage, %s', (_, fallback) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop(postgres, { fallback, wire });
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    await shop.postgres('DELETE FROM books');
    shop.hooks.length = shop.outcomes.length = shop.switches.length = wire.statements.length = 0;
  });
  afterEach(() => {
    for (const hook of ['beforeQuery', 'afterQuery'] as const) shop.sequelize.removeHook(hook, 'thrower');
    expect(shop.switches).toEqual([]);
    expect(shop.connection.getStatus()).toMatchObject({ state: 'primary', inFlight: 0 });
  });

  /** Throws at the first three statements that are meant. */
  function throwAt(place: Place, at: 'INSERT' | 'COMMIT', make: () => Error): Thrower {
    const error = make();
    let thrown = 0;
    const fail = (): void => {
      thrown += 1;
      if (thrown <= 3) throw error;
    };
    const isMeant = (options: object): boolean =>
      at === 'COMMIT'
        ? (options as { completesTransaction?: boolean }).completesTransaction === true
        : (options as QueryOptions).type === 'INSERT';
    if (place === 'beforeQuery' || place === 'afterQuery') {
      shop.sequelize.addHook(place, 'thrower', (options: object) => {
        if (isMeant(options)) fail();
      });
      return { error, options: {}, thrown: () => thrown };
    }
    const logging = (text: string): void => {
      if (text.includes(`: ${at}`)) fail();
    };
    return { error, options: { logging, benchmark: place === 'logging with benchmark' }, thrown: () => thrown };
  }

  it.each(CASES)('is the caller’s, and a create() is done once at most: $name in $place', async ({ place, make }) => {
    const { error, options, thrown } = throwAt(place, 'INSERT', make);
    expect(await rejection(shop.books.create({ title: 'one' }, options))).toBe(error);
    expect(thrown()).toBe(1);
    const rows = isSent(place) ? 1 : 0;
    await waitFor(async () => (await shop.stored('one')).postgres === rows, { what: `${rows} rows` });
    expect(wire.count(/^INSERT/)).toBe(rows);
    expect((await shop.stored('one')).sqlite).toBe(0);
    expect(shop.outcomes).toEqual([]);
  });

  it.each(CASES_AT_COMMIT)('is the caller’s at COMMIT, and nothing runs again: $name in $place', async ({ place, make }) => {
    let runs = 0;
    const { error, options, thrown } = throwAt(place, 'COMMIT', make);
    const work = shop.sequelize.transaction({ retries: 2, ...options } as TransactionOptions, async (transaction) => {
      runs += 1;
      await shop.books.create({ title: 'one' }, { transaction });
    });
    expect(await rejection(work)).toBe(error);
    expect(runs).toBe(1);
    expect(thrown()).toBe(1);
    expect(wire.count(/^INSERT/)).toBe(1);
    expect(await shop.stored('one')).toEqual({ postgres: isSent(place) ? 1 : 0, sqlite: 0 });
    expect(shop.outcomes).toEqual([]);
  });
});

describe.each(MODES)('an ERROR that the server raises with an outage’s code, %s', (_, fallback) => {
  let shop: Shop;
  let plain: Sequelize;
  beforeAll(async () => {
    shop = await openShop(postgres, { fallback, wire });
    plain = new Sequelize(postgres.urlOf(shop.database), { logging: false });
    await shop.postgres(`CREATE SEQUENCE calls;
      CREATE FUNCTION fails(code text) RETURNS int LANGUAGE plpgsql AS $$
      BEGIN PERFORM nextval('calls'); RAISE EXCEPTION 'far away' USING ERRCODE = code; END $$`);
    await shop.books.create({ title: 'seed' });
  });
  afterAll(async () => {
    await plain.close();
    await shop.close();
  });

  type Call = (sequelize: Sequelize, code: string) => Promise<unknown>;
  const calls: readonly (readonly [string, Call])[] = [
    ['DO', (sequelize, code) => sequelize.query(`DO $$ BEGIN PERFORM fails('${code}'); END $$`)],
    ['INSERT', (sequelize, code) => sequelize.query(`INSERT INTO authors (id, name) SELECT gen_random_uuid(), fails('${code}')::text`)],
    [
      'a statement that may be done twice',
      (sequelize, code) => sequelize.query(`SELECT fails('${code}')`, { idempotent: true } as QueryOptions),
    ],
    [
      'a transaction that may run again',
      (sequelize, code) =>
        sequelize.transaction(
          { retries: 2 } as TransactionOptions,
          async (transaction) => await sequelize.query(`SELECT fails('${code}')`, { transaction }),
        ),
    ],
  ];
  const CODES = ['08001', '08006', '08004', '57P01', '57P03', '53300'];
  const executed = async (): Promise<number> => Number((await shop.postgres(`SELECT nextval('calls') AS n`))[0]?.n);

  it.each(calls.flatMap(([name, call]) => CODES.map((code) => ({ name, call, code }))))(
    'is Sequelize’s own error, once: $code in $name',
    async ({ call, code }) => {
      shop.outcomes.length = shop.switches.length = 0;
      const expected = await rejection(call(plain, code));
      const before = await executed();
      const error = await rejection(call(shop.sequelize, code));
      expect((await executed()) - before).toBe(2);
      expect(error).toMatchObject({ name: expected.name, message: expected.message, original: { code, severity: 'ERROR' } });
      expect(error.constructor).toBe(expected.constructor);
      expect(error).toBeInstanceOf(BaseError);
      expect(shop.outcomes).toEqual([]);
      expect(shop.switches).toEqual([]);
      expect(shop.connection.getStatus().state).toBe('primary');
    },
  );

  it('is told of a finder, too', async () => {
    const before = await executed();
    const error = await rejection(shop.books.findAll({ where: literal(`fails('08001') = 1`) }));
    expect((await executed()) - before).toBe(2);
    expect(error).toMatchObject({ name: 'SequelizeDatabaseError', message: 'far away' });
    expect(shop.outcomes).toEqual([]);
  });
});

describe.each(MODES)('a transaction that was committed, %s', (_, fallback) => {
  it('does not run again where an afterCommit hook loses one of its own', async () => {
    const shop = await shopForTest(postgres, { fallback, wire });
    let runs = 0;
    let inner: Transaction | undefined;
    const work = shop.sequelize.transaction({ retries: 2 } as TransactionOptions, async (transaction) => {
      runs += 1;
      await shop.books.create({ title: 'one' }, { transaction });
      transaction.afterCommit(async () => {
        await shop.sequelize.transaction(async (own) => {
          inner = own;
          await shop.books.create({ title: 'audit' }, { transaction: own });
          await terminateSessions(postgres, shop.database);
          await shop.books.count({ transaction: own });
        });
      });
    });
    const error = await rejection(work);
    expect(error).toMatchObject({ code: 'TRANSACTION_LOST', transactionId: (inner as unknown as { id: string }).id });
    expect(runs).toBe(1);
    expect(await shop.stored('one')).toEqual({ postgres: 1, sqlite: 0 });
    expect(await shop.stored('audit')).toEqual({ postgres: 0, sqlite: 0 });
  });

  it.each(['commit', 'rollback'] as const)(
    'and whose database was lost since says of a late statement what Sequelize says: %s',
    async (how) => {
      const shop = await shopForTest(postgres, { fallback, wire, config: { options: { detection: 'fast' } } });
      const transaction = await shop.sequelize.transaction();
      await shop.books.create({ title: 'one' }, { transaction });
      await transaction[how]();
      await lose(shop, wire, fallback);
      const lates: readonly (() => Promise<unknown>)[] = [
        () => shop.books.create({ title: 'two' }, { transaction }),
        () => shop.books.findAll({ transaction }),
        () => shop.sequelize.query('SELECT 1', { transaction }),
      ];
      for (const late of lates) {
        const error = await rejection(attended(late()));
        expect(error.constructor).toBe(Error);
        expect(error.message).toMatch(new RegExp(`^${how} has been called on this transaction`));
      }
      expect(shop.outcomes).toEqual([]);
    },
  );
});

describe.each(MODES)('transaction() with odd arguments, %s', (_, fallback) => {
  it('takes null for its options, as Sequelize does', async () => {
    const shop = await shopForTest(postgres, { fallback, wire });
    const none = null as unknown as TransactionOptions;
    const plain = new Sequelize(postgres.urlOf(shop.database), { logging: false });
    try {
      expect(await plain.transaction(none, async () => Promise.resolve('done'))).toBe('done');
    } finally {
      await plain.close();
    }
    const work = shop.sequelize.transaction(none, async (transaction) => {
      await shop.books.create({ title: 'one' }, { transaction });
      return 'done';
    });
    expect(await work).toBe('done');
    expect(await shop.stored('one')).toEqual({ postgres: 1, sqlite: 0 });
  });

  it('rejects, and does not throw, where retries can’t be meant', async () => {
    const shop = await shopForTest(postgres, { fallback, wire });
    let runs = 0;
    const begin = (retries: unknown): Promise<unknown> =>
      shop.sequelize.transaction({ retries } as TransactionOptions, () => Promise.resolve((runs += 1)));
    for (const retries of [-1, 1.5, 'many', null, 101]) {
      let work: Promise<unknown> | undefined;
      expect(() => (work = attended(begin(retries)))).not.toThrow();
      await expect(work).rejects.toMatchObject({ code: 'CONFIGURATION', option: 'transaction.retries' });
    }
    expect(runs).toBe(0);
  });
});
