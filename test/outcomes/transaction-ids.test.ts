import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import {
  currentTransactionId,
  judgeTransaction,
  SERVER_FACTS,
  type ServerFacts,
  type TransactionLookup,
  type TransactionMark,
} from '../../src/databases/transaction-mark.js';
import { Probe } from '../../src/health/probe.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { MODES, rejection, shopForTest } from './shop.js';
import { Wire } from './wire.js';

leakGuard({ scope: 'file' });

/** A transaction of a raw connection that has inserted one row. */
interface Begun {
  readonly client: pg.Client;
  readonly mark: TransactionMark;
}

let postgres: PostgresServer;
let probe: Probe;

beforeAll(async () => {
  // What is not committed stays in the WAL's buffers, so that a crash takes the transaction's id with it.
  postgres = await startPostgres({ settings: { wal_writer_delay: '10s', log_min_messages: 'log' } });
  const { host, port, user, password, database } = postgres;
  probe = new Probe({ host, port, user, password, database, ssl: undefined, applicationName: 'probe' }, systemClock);
});
afterAll(() => postgres.dispose());
beforeEach(async () => {
  await postgres.query('CREATE TABLE IF NOT EXISTS trap (who text)');
});
afterEach(async () => {
  probe.drop();
  await postgres.thaw();
  await postgres.start();
});

async function connected(): Promise<pg.Client> {
  const client = new pg.Client(postgres.url);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function begun(who: string): Promise<Begun> {
  const client = await connected();
  const facts = (await client.query<ServerFacts>(SERVER_FACTS)).rows[0] as ServerFacts;
  await client.query('BEGIN');
  await client.query('INSERT INTO trap VALUES ($1)', [who]);
  const { rows } = await client.query<Pick<TransactionMark, 'id' | 'startedAt'>>(currentTransactionId(facts.version));
  return { client, mark: { ...(rows[0] as Pick<TransactionMark, 'id' | 'startedAt'>), facts } };
}

const lookup = async (mark: TransactionMark): Promise<TransactionLookup> =>
  (await probe.transactions([mark], 5000))[0] as TransactionLookup;

async function crash(): Promise<void> {
  await postgres.kill();
  await postgres.start();
}

/** Kills one server process: the postmaster ends all others and begins anew, itself the same. */
async function crashOneBackend(): Promise<void> {
  const client = await connected();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const before = postgres.log().split('ready to accept connections').length;
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
  await waitFor(() => postgres.log().split('ready to accept connections').length > before, { what: 'the server to begin anew' });
  await client.end().catch(() => undefined);
}

/** Commits other transactions until one has used this id, or a later one. */
async function useIdAnew(id: string): Promise<void> {
  const client = await connected();
  try {
    for (let last = 0n; last < BigInt(id); ) {
      await client.query('BEGIN');
      const { rows } = await client.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
      await client.query('COMMIT');
      last = BigInt(rows[0]?.id ?? 0);
    }
  } finally {
    await client.end();
  }
}

const checkpoint = async (): Promise<unknown> => await postgres.query('CHECKPOINT');
const nothing = async (): Promise<void> => Promise.resolve();

describe.each([
  { crashed: 'the whole server crashed', end: crash },
  { crashed: 'one of its processes crashed', end: crashOneBackend },
])('a transaction id that somebody else used after $crashed', ({ end }) => {
  it.each([
    { when: '', before: nothing, after: nothing },
    { when: ', with a checkpoint before that', before: checkpoint, after: nothing },
    { when: ', with a checkpoint after that', before: nothing, after: checkpoint },
    { when: ', with checkpoints before and after', before: checkpoint, after: checkpoint },
    {
      when: ', with a clean restart after that',
      before: nothing,
      after: async () => (await postgres.stop('fast'), await postgres.start()),
    },
  ])('is never taken for the first one’s$when', async ({ before, after }) => {
    const naive: unknown[] = [];
    for (let attempt = 0; attempt < 10 && !naive.includes('committed'); attempt += 1) {
      const { client, mark } = await begun('lost');
      await end();
      await client.end().catch(() => undefined);
      await before();
      await useIdAnew(mark.id);
      await after();
      const found = await lookup(mark);
      naive.push(found.status);
      expect(judgeTransaction(mark, found), JSON.stringify({ mark, found })).not.toBe('committed');
      expect(await postgres.query(`SELECT * FROM trap WHERE who = 'lost'`)).toEqual([]);
    }
    expect(naive).toContain('committed');
  });
});

describe('a transaction that was committed', () => {
  const committed = async (): Promise<TransactionMark> => {
    const { client, mark } = await begun('kept');
    await client.query('COMMIT');
    await client.end();
    return mark;
  };

  it.each([
    { name: 'nothing', then: nothing },
    { name: 'a clean restart', then: async () => (await postgres.stop('fast'), await postgres.start()) },
    { name: 'an immediate stop', then: async () => (await postgres.stop('immediate'), await postgres.start()) },
    { name: 'a crash', then: crash },
    { name: 'a crash of one process', then: crashOneBackend },
  ])('stays committed after $name', async ({ then }) => {
    const mark = await committed();
    await then();
    expect(judgeTransaction(mark, await lookup(mark))).toBe('committed');
  });

  it('is unknown after a crash and a clean restart, whose checkpoint says nothing of the crash', async () => {
    const mark = await committed();
    await crash();
    await postgres.stop('fast');
    await postgres.start();
    expect(judgeTransaction(mark, await lookup(mark))).toBe('unknown');
  });

  it('is committed also where a checkpoint came between the connect and its begin', async () => {
    const client = await connected();
    const facts = (await client.query<ServerFacts>(SERVER_FACTS)).rows[0] as ServerFacts;
    await checkpoint();
    const { client: other, mark } = await begun('kept');
    await other.query('COMMIT');
    await Promise.all([client.end(), other.end()]);
    const older = { ...mark, facts };
    expect(judgeTransaction(older, await lookup(older))).toBe('committed');
  });

  it('is never called rolled back, whatever checkpoints come', async () => {
    const mark = await committed();
    await checkpoint();
    expect(judgeTransaction(mark, await lookup(mark))).not.toBe('rolled-back');
    await crash();
    await checkpoint();
    expect(judgeTransaction(mark, await lookup(mark))).not.toBe('rolled-back');
  });
});

describe('a transaction that was not committed', () => {
  it.each([
    { name: 'a rollback', end: async ({ client }: Begun) => await client.query('ROLLBACK') },
    { name: 'a clean restart', end: async () => (await postgres.stop('fast'), await postgres.start()) },
    { name: 'an immediate stop', end: async () => (await postgres.stop('immediate'), await postgres.start()) },
    { name: 'a crash', end: crash },
    { name: 'a crash of one process', end: crashOneBackend },
  ])('is rolled back after $name', async ({ end }) => {
    const work = await begun('lost');
    await end(work);
    await work.client.end().catch(() => undefined);
    expect(judgeTransaction(work.mark, await lookup(work.mark))).toBe('rolled-back');
  });

  it('is not judged while it is in progress', async () => {
    const { client, mark } = await begun('open');
    expect(judgeTransaction(mark, await lookup(mark))).toBeUndefined();
    await client.end();
  });
});

describe.each(MODES)('a role that may not read the server’s control data, %s', (_, fallback) => {
  it('has transactions as usual, and COMMITs in doubt stay in doubt, with their id', async () => {
    const role = `app_${fallback ? 1 : 2}`;
    await postgres.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    const wire = await Wire.start(postgres);
    const database = await postgres.createDatabase();
    await postgres.query(`GRANT ALL ON SCHEMA public TO ${role}`, [], database);
    await postgres.query('REVOKE EXECUTE ON FUNCTION pg_control_checkpoint() FROM PUBLIC', [], database);
    try {
      const shop = await shopForTest(postgres, {
        fallback,
        wire,
        config: { primary: { username: role, password: 'secret', database }, options: { maxWait: 1000 } },
      });
      const sell = (title: string) =>
        shop.sequelize.transaction(async (transaction) => await shop.books.create({ title }, { transaction }));
      await sell('one');
      expect(await postgres.query('SELECT title FROM books', [], database)).toEqual([{ title: 'one' }]);
      const lose = wire.trap(/^COMMIT/, 'lose-reply');
      const error = await rejection(sell('two'));
      await lose;
      expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', transactionId: expect.stringMatching(/^\d+$/) as string });
      expect(await postgres.query(`SELECT xmin::text FROM books WHERE title = 'two'`, [], database)).toEqual([
        { xmin: error.transactionId },
      ]);
      expect(shop.outcomes).toEqual(['transaction unknown']);
      await shop.close();
    } finally {
      await wire.close();
    }
  });
});
