import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { StatementProxy } from './statement-proxy.js';
import { Frames, isCommit, isWrite } from './frames.js';

leakGuard();

let server: PostgresServer;
let proxy: StatementProxy;

beforeAll(async () => {
  server = await startPostgres();
  await server.query('CREATE TABLE stored (name text)');
});
afterAll(() => server.dispose());
beforeEach(async () => {
  await server.query('TRUNCATE stored');
  proxy = await StatementProxy.start(server);
  onTestFinished(() => proxy.close());
});

async function client(): Promise<pg.Client> {
  const { host, port } = proxy;
  const made = new pg.Client({ host, port, user: server.user, password: server.password, database: server.database });
  made.on('error', () => undefined);
  await made.connect();
  onTestFinished(() => made.end());
  return made;
}

/** Begins a transaction that has written. */
async function inTransaction(name: string): Promise<pg.Client> {
  const made = await client();
  await made.query('BEGIN');
  await made.query('INSERT INTO stored VALUES ($1)', [name]);
  return made;
}

const stored = async (): Promise<unknown[]> => (await server.query('SELECT name FROM stored ORDER BY name')).map(({ name }) => name);

describe('the proxy that reads statements', () => {
  it('passes everything on as long as nothing is asked of it', async () => {
    const writer = await inTransaction('a');
    await writer.query('COMMIT;');
    expect(await stored()).toEqual(['a']);
  });

  it.each([
    ['a simple query', "INSERT INTO stored VALUES ('a')", undefined],
    ['an extended query', 'INSERT INTO stored VALUES ($1)', ['a']],
  ])('swallows the reply of a write that was executed: %s', async (_, sql, values) => {
    const writer = await client();
    proxy.loseWriteReplies(1);
    await writer.query('SELECT 1');
    await expect(writer.query(sql, values)).rejects.toThrow();
    expect(await stored()).toEqual(['a']);
  });

  it('passes on what is written within a transaction when the reply of a write outside is to be lost', async () => {
    proxy.loseWriteReplies(1);
    const writer = await inTransaction('a');
    await writer.query('COMMIT');
    expect(proxy.repliesToLose).toBe(1);
  });

  it('loses as many replies as it is told', async () => {
    const writer = async (name: string) =>
      (await client()).query('INSERT INTO stored VALUES ($1)', [name]).then(
        () => 'done',
        () => 'lost',
      );
    proxy.loseWriteReplies(2);
    expect([await writer('a'), await writer('b'), await writer('c')]).toEqual(['lost', 'lost', 'done']);
    expect(await stored()).toEqual(['a', 'b', 'c']);
  });

  it('holds a COMMIT back and says so', async () => {
    const writer = await inTransaction('a');
    const held = proxy.heldCommit(5000);
    const commit = writer.query('COMMIT').then(String, () => 'lost');
    expect(await held).toBe('held');
    expect(await stored()).toEqual([]);
    await proxy.close();
    expect(await commit).toBe('lost');
  });

  it('forsakes the connections there are and serves new ones', async () => {
    const old = await client();
    const reset = proxy.forsake();
    const silent = old.query('SELECT 1').then(String, () => 'lost');
    expect((await (await client()).query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
    reset();
    expect(await silent).toBe('lost');
  });
});

describe('the messages of a client', () => {
  const startup = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0]);
  const query = (sql: string): Buffer => {
    const head = Buffer.from([0x51, 0, 0, 0, 0]);
    head.writeInt32BE(sql.length + 5, 1);
    return Buffer.concat([head, Buffer.from(`${sql}\0`)]);
  };

  it('are whole however the bytes come in', () => {
    const bytes = Buffer.concat([startup, query('SELECT 1'), query('COMMIT;')]);
    const frames = new Frames();
    const whole = [...bytes].flatMap((byte) => frames.of(Buffer.from([byte])));
    expect(whole).toEqual([startup, query('SELECT 1'), query('COMMIT;')]);
    expect(new Frames().of(bytes)).toEqual(whole);
  });

  it('are a COMMIT only where the statement is one', () => {
    expect(['COMMIT', 'COMMIT;', ' commit'].map((sql) => isCommit(query(sql)))).toEqual([true, true, true]);
    expect(['INSERT INTO a', ' update b', "SELECT 'INSERT'"].map((sql) => isWrite(query(sql)))).toEqual([true, true, false]);
    expect(['SELECT 1', "SELECT 'COMMIT'", 'COMMITTED'].map((sql) => isCommit(query(sql)))).toEqual([false, false, false]);
  });
});
