import { execFileSync } from 'node:child_process';
import { chmod, chown, copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type LostCommitMode, type OutageController, startOutageProxy } from '../../src/testing/index.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

let postgres: PostgresServer;
let proxy: OutageController;

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.query('CREATE TABLE orders (sku text NOT NULL)');
});
afterAll(() => postgres.dispose());

beforeEach(async () => {
  await postgres.query('TRUNCATE orders');
  proxy = await startOutageProxy(postgres);
});
afterEach(() => proxy.close());

type Ask = (client: pg.Client, text: string) => Promise<unknown>;

/** The two ways in which a client sends a statement. */
const PROTOCOLS: [name: string, ask: Ask][] = [
  ['simple', (client, text) => client.query(text)],
  ['extended', (client, text) => client.query({ text, name: text.replaceAll(/\W/g, '').slice(0, 60) })],
];
const MODES: [mode: LostCommitMode, stored: string[]][] = [
  ['after-commit', ['a']],
  ['before-commit', []],
];

async function connected(config: pg.ClientConfig & { pipeline?: boolean } = {}): Promise<pg.Client> {
  const { host, port } = proxy;
  const { user, password, database } = postgres;
  const client = new pg.Client({ host, port, user, password, database, ...config });
  client.on('error', () => undefined);
  onTestFinished(() => client.end());
  await client.connect();
  return client;
}

const storedSkus = async (): Promise<string[]> => {
  // A session whose client is gone may not have ended its transaction yet.
  const busy =
    "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND xact_start IS NOT NULL AND pid <> pg_backend_pid()";
  await waitFor(async () => (await postgres.query(busy)).length === 0, { what: 'every transaction to have ended' });
  const rows = await postgres.query<{ sku: string }>('SELECT sku FROM orders ORDER BY sku');
  return rows.map(({ sku }) => sku);
};

const lost = /Connection terminated unexpectedly|ECONNRESET|EPIPE/;

describe.each(PROTOCOLS)('in the %s protocol', (_, ask) => {
  it.each(MODES)('%s: the client sees its connection end, and %j is stored', async (mode, stored) => {
    const client = await connected();
    await proxy.lostCommitReply({ mode });
    await ask(client, 'BEGIN');
    await ask(client, "INSERT INTO orders VALUES ('a')");
    expect(proxy.commitsLost).toBe(0);
    await expect(ask(client, 'COMMIT')).rejects.toThrow(lost);
    expect(await storedSkus()).toEqual(stored);
    expect(proxy.commitsLost).toBe(1);
    await waitFor(() => proxy.connections === 0, { what: 'the connection to be gone' });
  });

  it('loses only as many as asked for', async () => {
    await proxy.lostCommitReply(2);
    for (const sku of ['a', 'b', 'c']) {
      const client = await connected();
      await ask(client, 'BEGIN');
      await ask(client, `INSERT INTO orders VALUES ('${sku}')`);
      const commit = ask(client, 'COMMIT');
      if (sku === 'c') await commit;
      else await expect(commit).rejects.toThrow(lost);
    }
    expect(await storedSkus()).toEqual(['a', 'b', 'c']);
    expect(proxy.commitsLost).toBe(2);
  });

  it('tells the client of a COMMIT that PostgreSQL could not carry out', async () => {
    const client = await connected();
    await proxy.lostCommitReply();
    await ask(client, 'BEGIN');
    await expect(ask(client, 'SELECT 1/0')).rejects.toThrow('division by zero');
    await expect(ask(client, 'COMMIT')).resolves.toMatchObject({ command: 'ROLLBACK' });
    expect(proxy.commitsLost).toBe(0);
    await ask(client, 'BEGIN');
    await expect(ask(client, 'COMMIT')).rejects.toThrow(lost);
  });
});

describe('statements that are sent without waiting', () => {
  it.each(MODES)('%s: those before the COMMIT are answered, and %j is stored', async (mode, stored) => {
    const client = await connected({ pipeline: true });
    await proxy.lostCommitReply({ mode });
    const work = ['BEGIN', "INSERT INTO orders VALUES ('a')", 'COMMIT', "INSERT INTO orders VALUES ('b')"];
    const results = await Promise.allSettled(work.map((text) => client.query(text, [])));
    if (mode === 'after-commit') expect(results.slice(0, 2).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(results.slice(2).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    // What came after the COMMIT was sent with it, so it is a toss-up.
    expect((await storedSkus()).filter((sku) => sku === 'a')).toEqual(stored);
    expect(proxy.commitsLost).toBe(1);
  });
});

/** The sessions that have just carried out a COMMIT. */
const COMMITTED = "SELECT 1 FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'idle'";

describe('together with other faults', () => {
  it('loses the COMMIT behind a slow network', async () => {
    const client = await connected();
    await proxy.slow(20);
    await proxy.lostCommitReply();
    await client.query('BEGIN');
    await client.query("INSERT INTO orders VALUES ('a')");
    await expect(client.query('COMMIT')).rejects.toThrow(lost);
    expect(await storedSkus()).toEqual(['a']);
  });

  it('loses the next COMMIT where the connection was cut before the reply of one', async () => {
    const client = await connected();
    await proxy.lostCommitReply();
    await proxy.slow(500);
    const cut = expect(client.query('COMMIT')).rejects.toThrow(lost);
    await waitFor(async () => (await postgres.query(COMMITTED)).length === 1, { what: 'PostgreSQL to have the COMMIT' });
    await proxy.cut();
    await cut;
    expect(proxy.commitsLost).toBe(0);
    await proxy.slow(0);
    await expect((await connected()).query('COMMIT')).rejects.toThrow(lost);
    expect(proxy.commitsLost).toBe(1);
  });

  it('loses none after restore', async () => {
    const client = await connected();
    await proxy.lostCommitReply();
    await proxy.restore();
    await client.query('BEGIN');
    await client.query('COMMIT');
    expect(proxy.commitsLost).toBe(0);
  });

  it('lets a reply pass that is on its way when the fault is ended', async () => {
    const client = await connected();
    await proxy.lostCommitReply();
    await proxy.slow(500);
    const commit = client.query('COMMIT');
    await waitFor(async () => (await postgres.query(COMMITTED)).length === 1, { what: 'PostgreSQL to have the COMMIT' });
    await proxy.restore();
    await commit;
    expect(proxy.commitsLost).toBe(0);
  });
});

describe('an encrypted connection', () => {
  beforeAll(async () => {
    const key = join(tempFolder(), 'server');
    const subject = ['-subj', '/CN=localhost', '-days', '2', '-keyout', `${key}.key`, '-out', `${key}.crt`];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { stdio: 'ignore' });
    const [setting] = await postgres.query<{ data_directory: string }>('SHOW data_directory');
    const folder = setting?.data_directory ?? '';
    const { uid, gid } = await stat(folder);
    for (const kind of ['key', 'crt']) {
      const file = join(folder, `server.${kind}`);
      await copyFile(`${key}.${kind}`, file);
      await chmod(file, 0o600);
      await chown(file, uid, gid);
    }
    await postgres.query('ALTER SYSTEM SET ssl = on');
    await postgres.query('SELECT pg_reload_conf()');
  });

  it('passes through, but its COMMITs can not be lost', async () => {
    const client = await connected({ ssl: { rejectUnauthorized: false } });
    await expect(proxy.lostCommitReply()).rejects.toThrow(/encrypted.*without TLS/s);
    await client.query('BEGIN');
    await client.query('COMMIT');
    expect(proxy.commitsLost).toBe(0);
  });

  it('is told to whoever waits for a lost COMMIT', async () => {
    await proxy.lostCommitReply();
    const told = expect(proxy.untilCommitLost()).rejects.toThrow(/encrypted.*without TLS/s);
    const encrypted = await connected({ ssl: { rejectUnauthorized: false } });
    await told;
    await encrypted.end();
    await waitFor(() => proxy.connections === 0, { what: 'the connection to be gone' });
    await proxy.lostCommitReply();
    const until = proxy.untilCommitLost();
    await expect((await connected()).query('COMMIT')).rejects.toThrow(lost);
    await until;
  });

  it('does not keep others from losing theirs', async () => {
    await proxy.lostCommitReply();
    await connected({ ssl: { rejectUnauthorized: false } });
    const client = await connected();
    await expect(client.query('COMMIT')).rejects.toThrow(lost);
    expect(proxy.commitsLost).toBe(1);
  });
});

describe('untilCommitLost', () => {
  it('resolves when the last of them is lost, and at once afterwards', async () => {
    await proxy.lostCommitReply(2);
    let done = false;
    const until = proxy.untilCommitLost().then(() => (done = true));
    for (const expected of [false, true]) {
      const client = await connected();
      await expect(client.query('COMMIT')).rejects.toThrow(lost);
      expect(done).toBe(expected);
    }
    await until;
    await proxy.untilCommitLost();
  });

  it('resolves at once where none was asked for', async () => {
    await proxy.untilCommitLost();
  });

  it('rejects when the fault is ended first', async () => {
    await proxy.lostCommitReply();
    const restored = expect(proxy.untilCommitLost()).rejects.toThrow('restore() ended the fault before the COMMIT was lost.');
    await proxy.restore();
    await restored;
    await proxy.lostCommitReply();
    const closed = expect(proxy.untilCommitLost()).rejects.toThrow('closed');
    await proxy.close();
    await closed;
  });
});
