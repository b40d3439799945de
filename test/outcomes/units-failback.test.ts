import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { rejection, type Shop, shopForTest } from './shop.js';
import { lose, unitOf } from './unit.js';
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
afterEach(() => wire.restore());

const NOWHERE = { postgres: 0, sqlite: 0 };
const ON_SQLITE = { postgres: 0, sqlite: 1 };
const LOST = { code: 'UNIT_LOST', outcome: 'unknown' };

describe('a unit on SQLite when PostgreSQL comes back', () => {
  /** A service on SQLite, because its server is away. */
  const onSqlite = async (): Promise<Shop> => {
    const shop = await shopForTest(postgres, { fallback: true, wire, config: { options: { detection: 'fast' } } });
    await lose(shop, wire, true);
    return shop;
  };
  const back = async (shop: Shop): Promise<void> => {
    await wire.restore();
    await waitFor(() => shop.connection.getStatus().state === 'primary', { timeoutMs: 15_000, what: 'the failback' });
  };

  it('may finish within the drain time, while new work goes to PostgreSQL', async () => {
    const shop = await onSqlite();
    const unit = unitOf(shop, async () => {
      await shop.books.create({ title: 'one' });
      await back(shop);
      await shop.sequelize.transaction(async (transaction) => await shop.books.create({ title: 'two' }, { transaction }));
      return (await shop.books.findAll({ order: ['title'] })).map(({ title }) => title);
    });
    await back(shop);
    expect(await shop.books.count()).toBe(0);
    expect(await unit.done).toEqual(['one', 'two']);
    expect(unit.runs).toBe(1);
    for (const title of ['one', 'two']) expect(await shop.stored(title)).toEqual(ON_SQLITE);
    expect(shop.outcomes).toEqual([]);
  });

  it('that takes longer is lost, keeps what it stored, and does not go on elsewhere', async () => {
    const shop = await onSqlite();
    const unit = unitOf(shop, async () => {
      await shop.books.create({ title: 'one' });
      await back(shop);
      const error = await waitFor(
        async () =>
          await shop.books.count().then(
            () => undefined,
            (failure: unknown) => failure,
          ),
        { timeoutMs: 15_000, what: 'the drain time to be over' },
      );
      expect(error).toMatchObject(LOST);
      await shop.books.create({ title: 'two' });
    });
    expect(await rejection(unit.done)).toMatchObject(LOST);
    expect(unit.runs).toBe(1);
    expect(await shop.stored('one')).toEqual(ON_SQLITE);
    expect(await shop.stored('two')).toEqual(NOWHERE);
  });
});
