import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { onEachDatabase, switchableForTest } from '../support/connections.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';

interface SessionStore {
  sync(): Promise<unknown>;
  get(id: string): Promise<object | null>;
  set(id: string, data: object): Promise<unknown>;
  touch(id: string, data: object): Promise<unknown>;
  destroy(id: string): Promise<unknown>;
  length(): Promise<number>;
  clearExpiredSessions(): Promise<unknown>;
  stopExpiringSessions(): void;
}

interface StoreOptions {
  db: Sequelize;
  checkExpirationInterval?: number;
  expiration?: number;
}

/** What express-session gives: a class of event emitters. Its declarations need express-session, which is not here. */
class Store extends EventEmitter {}

const connectSessionSequelize = createRequire(import.meta.url)('connect-session-sequelize') as (
  base: typeof Store,
) => new (
  options: StoreOptions,
) => SessionStore;

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

function storeOn(db: Sequelize, options: Partial<StoreOptions> = {}): SessionStore {
  const SequelizeStore = connectSessionSequelize(Store);
  const store = new SequelizeStore({ db, ...options });
  onTestFinished(() => store.stopExpiringSessions());
  return store;
}

const inAnHour = () => ({ cookie: { expires: new Date(Date.now() + 3_600_000) } });

describe('connect-session-sequelize, which keeps the instance that it was given', () => {
  it('stores, changes, reads and ends sessions on the active database', async () => {
    const switchable = await switchableForTest(server);
    const store = storeOn(switchable.sequelize);
    await store.sync();
    await onEachDatabase(switchable, async (_engine, round) => {
      await store.set(`sid ${round}`, { ...inAnHour(), cart: [round] });
      expect(await store.get(`sid ${round}`)).toMatchObject({ cart: [round] });
      await store.set(`sid ${round}`, { ...inAnHour(), cart: [round, round] });
      expect(await store.get(`sid ${round}`)).toMatchObject({ cart: [round, round] });
      await store.touch(`sid ${round}`, inAnHour());
      await store.set('gone', inAnHour());
      await store.destroy('gone');
      expect(await store.get('gone')).toBeNull();
      expect(await store.length()).toBe(round === 3 ? 2 : 1);
    });
    expect(await switchable.postgres('SELECT sid FROM "Sessions" ORDER BY sid')).toEqual([{ sid: 'sid 1' }, { sid: 'sid 3' }]);
    expect(await switchable.sqlite('SELECT sid FROM Sessions')).toEqual([{ sid: 'sid 2' }]);
  });

  it('ends expired sessions on the active database, from its own timer too', async () => {
    const { sequelize, toSqlite, postgres, sqlite } = await switchableForTest(server);
    const store = storeOn(sequelize, { checkExpirationInterval: 50, expiration: -1000 });
    await store.sync();
    store.stopExpiringSessions();
    await store.set('old, on postgres', {});
    await toSqlite();
    await store.set('old, on sqlite', {});
    const again = storeOn(sequelize, { checkExpirationInterval: 50, expiration: -1000 });
    await expect.poll(() => sqlite('SELECT sid FROM Sessions'), { timeout: 5000 }).toEqual([]);
    again.stopExpiringSessions();
    expect(await postgres('SELECT sid FROM "Sessions"')).toEqual([{ sid: 'old, on postgres' }]);
  });

  it('serves two handles in one process, although it hands both the same column definitions', async () => {
    const [first, second] = [await switchableForTest(server), await switchableForTest(server)];
    const [one, two] = [storeOn(first.sequelize), storeOn(second.sequelize)];
    await Promise.all([one.sync(), two.sync()]);
    await first.toSqlite();
    await Promise.all([one.set('sid', { ...inAnHour(), of: 'one' }), two.set('sid', { ...inAnHour(), of: 'two' })]);
    expect(await one.get('sid')).toMatchObject({ of: 'one' });
    expect(await two.get('sid')).toMatchObject({ of: 'two' });
    expect(await first.sqlite('SELECT sid FROM Sessions')).toEqual([{ sid: 'sid' }]);
    expect(await second.postgres('SELECT sid FROM "Sessions"')).toEqual([{ sid: 'sid' }]);
  });
});
