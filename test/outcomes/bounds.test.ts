import { setTimeout as sleep } from 'node:timers/promises';
import { literal } from 'sequelize';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { onlyReads } from '../../src/routing/reading-sql.js';
import { Gate } from '../support/connections.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { realNow, waitFor } from '../support/wait-for.js';
import { attended, MODES, poolOf, rejection, type Shop, shopForTest } from './shop.js';

leakGuard({ scope: 'file' });

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
afterEach(() => postgres.start());

describe('a read that brings the server down each time', () => {
  /** Ends the process that works on such a statement, as the out-of-memory killer does, until the test ends. */
  function killWhoever(runs: string): () => number {
    let kills = 0;
    const over = new AbortController();
    const round = async (): Promise<void> => {
      const rows = await postgres.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()`,
        [`%${runs}%`],
      );
      for (const { pid } of rows) {
        process.kill(pid, 'SIGKILL');
        kills += 1;
      }
    };
    const killer = (async () => {
      while (!over.signal.aborted) {
        // The server is away for a moment after each one.
        await round().catch(() => undefined);
        await sleep(30);
      }
    })();
    onTestFinished(async () => {
      over.abort();
      await killer;
    });
    return () => kills;
  }

  it.each<[string, (shop: Shop) => Promise<unknown>]>([
    ['raw SQL', ({ sequelize }) => sequelize.query('SELECT pg_sleep(7)')],
    ['a finder', ({ books }) => books.findAll({ where: literal('pg_sleep(7) IS NULL') })],
  ])('is given up after a few losses: %s', async (_, read) => {
    const shop = await shopForTest(postgres, { fallback: false, config: { options: { maxWait: 10_000 } } });
    await shop.books.create({ title: 'one' });
    const kills = killWhoever('pg_sleep(7)');
    const error = await rejection(read(shop));
    // The last time it may have found no connection at all.
    expect(error.name).toMatch(/^Sequelize|^DatabaseUnavailableError$/);
    expect(kills()).toBeGreaterThan(1);
    expect(kills()).toBeLessThanOrEqual(6);
    expect(await shop.books.count()).toBe(1);
    expect(shop.outcomes).toEqual(['read rolled-back']);
  });
});

describe.each(MODES)('a read that takes longer than the program’s query_timeout, %s', (_, fallback) => {
  it.each<[string, (shop: Shop, logging: () => void) => Promise<unknown>]>([
    ['raw SQL', ({ sequelize }, logging) => sequelize.query('SELECT pg_sleep(3)', { logging })],
    ['a finder', ({ books }, logging) => books.findAll({ where: literal('pg_sleep(3) IS NULL'), logging })],
  ])('is sent once, and rejects at its limit: %s', async (_name, read) => {
    const shop = await shopForTest(postgres, { fallback, config: { primary: { dialectOptions: { query_timeout: 300 } } } });
    await shop.books.create({ title: 'one' });
    let sent = 0;
    const before = realNow();
    const error = await rejection(read(shop, () => void (sent += 1)));
    expect(realNow() - before).toBeLessThan(2_500);
    expect(error.message).toBe('Query read timeout');
    expect(sent).toBe(1);
    expect(shop.switches).toEqual([]);
    expect(shop.connection.getStatus().state).toBe('primary');
  });
});

describe.each(MODES)('a connection whose server does not tell what it is, %s', (_, fallback) => {
  /** A service whose role, with a database of its own, is a plain one. */
  async function plainRole(prepare: (role: string, database: string) => Promise<unknown>, dialectOptions: object = {}) {
    const database = await postgres.createDatabase();
    const role = `app_${database}`;
    await postgres.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    await postgres.query(`GRANT ALL ON SCHEMA public TO ${role}`, [], database);
    await prepare(role, database);
    const shop = await shopForTest(postgres, {
      fallback,
      config: { primary: { username: role, password: 'secret', database, dialectOptions, pool: { max: 3 } } },
    });
    const sessions = async (): Promise<number> => {
      const rows = await postgres.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = $1 AND application_name NOT LIKE '% probe'`,
        [role],
      );
      return rows[0]?.n ?? 0;
    };
    return { shop, database, sessions };
  }

  async function expectWork({ shop, database, sessions }: Awaited<ReturnType<typeof plainRole>>): Promise<void> {
    await Promise.all(Array.from({ length: 6 }, (__, index) => shop.books.create({ title: `book ${index}` })));
    await shop.sequelize.transaction(async (transaction) => await shop.books.create({ title: 'last' }, { transaction }));
    expect(await shop.books.count()).toBe(7);
    expect(await postgres.query('SELECT count(*)::int AS n FROM books', [], database)).toEqual([{ n: 7 }]);
    expect(shop.outcomes).toEqual([]);
    expect(shop.switches).toEqual([]);
    expect(await sessions()).toBe(poolOf(shop).size);
    await shop.close();
    await waitFor(async () => (await sessions()) === 0, { what: 'every session to be closed' });
  }

  it('because the role may not ask works on, and is closed in the end', async () => {
    const service = await plainRole((_role, database) =>
      postgres.query('REVOKE EXECUTE ON FUNCTION pg_control_checkpoint() FROM PUBLIC', [], database),
    );
    await expectWork(service);
  });

  it('because the answer takes longer than the program’s query_timeout works on, and is closed in the end', async () => {
    const slow = `CREATE FUNCTION public.pg_control_checkpoint(OUT checkpoint_lsn pg_lsn, OUT redo_lsn pg_lsn, OUT next_xid text)
      LANGUAGE plpgsql AS $$ BEGIN
        IF current_setting('application_name') NOT LIKE '%probe' THEN PERFORM pg_sleep(0.5); END IF;
        SELECT c.checkpoint_lsn, c.redo_lsn, c.next_xid INTO checkpoint_lsn, redo_lsn, next_xid FROM pg_catalog.pg_control_checkpoint() c;
      END $$`;
    const service = await plainRole(
      async (role, database) => {
        await postgres.query(slow, [], database);
        await postgres.query(`ALTER ROLE ${role} SET search_path = public, pg_catalog`);
      },
      { query_timeout: 300 },
    );
    await expectWork(service);
  });
});

describe('a statement of 20 MB', () => {
  const letters = 'x'.repeat(20_000_000);

  it('in one literal is carried out', async () => {
    const shop = await shopForTest(postgres, { fallback: false });
    await shop.postgres('CREATE TABLE notes (body text)');
    await shop.sequelize.query(`INSERT INTO notes (body) VALUES ('${letters}')`);
    await shop.sequelize.transaction(
      async (transaction) => await shop.sequelize.query(`INSERT INTO notes (body) VALUES ('${letters}')`, { transaction }),
    );
    await shop.sequelize.query(`WITH long AS (SELECT '${letters}' AS body) INSERT INTO notes SELECT body FROM long`);
    expect(await shop.postgres('SELECT length(body) AS n FROM notes')).toEqual(Array.from({ length: 3 }, () => ({ n: letters.length })));
    const [rows] = await shop.sequelize.query(`SELECT length('${letters}') AS n`);
    expect(rows).toEqual([{ n: letters.length }]);
  });

  it.each([
    ['INSERT', `INSERT INTO notes (body) VALUES ('${letters}')`],
    ['WITH', `WITH long AS (SELECT '${letters}' AS body) INSERT INTO notes SELECT body FROM long`],
    ['a quoted name', `SELECT enqueue("${letters}")`],
    ['many quotes', `SELECT enqueue('${"''".repeat(10_000_000)}')`],
    ['many strings', `SELECT enqueue('a'${",'a'".repeat(5_000_000)})`],
  ])('is not taken for a read, at once: %s', (_, sql) => {
    const before = realNow();
    expect(onlyReads(sql)).toBe(false);
    expect(realNow() - before).toBeLessThan(1_000);
  });

  it('just short enough to be looked into is read to its end', () => {
    const body = "x''".repeat(30_000);
    expect(onlyReads(`SELECT '${body}'`)).toBe(true);
    expect(onlyReads(`SELECT '${body}', nextval('s')`)).toBe(false);
  });
});

describe('work that a hook starts and a unit awaits', () => {
  it('stays on the unit’s database when somebody switches meanwhile', async () => {
    const shop = await shopForTest(postgres, { fallback: true });
    const gate = new Gate();
    let audit: Promise<unknown> | undefined;
    shop.books.addHook('afterCreate', ({ title }: { title?: string } & object) => {
      if (title !== 'main') return;
      audit = attended(
        (async () => {
          await gate.opened;
          await shop.books.create({ title: 'audit' });
          return shop.sequelize.getDialect();
        })(),
      );
    });
    let switched: Promise<unknown> | undefined;
    const titles = await shop.connection.unit(async () => {
      await shop.books.create({ title: 'main' });
      switched = attended(shop.connection.failover('test', { hold: true }));
      await waitFor(() => shop.connection.getStatus().state === 'fallback', { what: 'the switch' });
      gate.open();
      expect(await audit).toBe('postgres');
      expect(shop.sequelize.getDialect()).toBe('postgres');
      return (await shop.books.findAll({ order: ['title'] })).map(({ title }) => title);
    });
    await switched;
    expect(titles).toEqual(['audit', 'main']);
    for (const title of titles) expect(await shop.stored(title)).toEqual({ postgres: 1, sqlite: 0 });
    expect(shop.sequelize.getDialect()).toBe('sqlite');
    expect(shop.outcomes).toEqual([]);
  });
});
