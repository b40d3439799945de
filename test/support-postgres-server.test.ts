import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { leakGuard } from './support/leak-guard.js';
import { type PostgresServer, startPostgres } from './support/postgres-server.js';
import { allGone, childrenOf, isAlive } from './support/process-tree.js';

leakGuard();

// How a session ends is up to who is faster: the dying backend's words, its FIN, or the RST that follows unread bytes.
const goodbye = /terminat|ECONNRESET/i;

async function connected(server: PostgresServer, options: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url, ...options });
  client.on('error', () => undefined);
  onTestFinished(() => client.end());
  await client.connect();
  return client;
}

describe('a PostgreSQL server', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({ settings: { work_mem: '5MB', log_connections: 'on' } });
    return () => server.dispose();
  });

  afterEach(() => server.start());

  it('answers on 127.0.0.1 with the settings that were asked for', async () => {
    expect(server).toMatchObject({ host: '127.0.0.1', user: 'postgres', database: 'postgres', running: true });
    expect(await server.query('SHOW work_mem')).toEqual([{ work_mem: '5MB' }]);
    expect(await server.query('SHOW fsync')).toEqual([{ fsync: 'off' }]);
    expect(server.log()).toContain('connection authorized');
  });

  it('takes parameters, and gives the rows of the last statement of several', async () => {
    expect(await server.query('SELECT $1::int + 1 AS sum', [41])).toEqual([{ sum: 42 }]);
    expect(await server.query('SELECT 1 AS one; SELECT 2 AS two')).toEqual([{ two: 2 }]);
  });

  it('refuses a wrong password with 28P01', async () => {
    await expect(connected(server, { connectionString: undefined, ...address(server), password: 'wrong' })).rejects.toMatchObject({
      code: '28P01',
    });
  });

  it('makes databases that do not see each other', async () => {
    const named = await server.createDatabase('Odd "name"');
    const random = await server.createDatabase();
    await server.query('CREATE TABLE only_here (id int)', [], named);
    await expect(server.query('SELECT * FROM only_here', [], random)).rejects.toMatchObject({ code: '42P01' });
    const client = await connected(server, { connectionString: server.urlOf(named) });
    expect((await client.query('SELECT current_database() AS name')).rows).toEqual([{ name: named }]);
  });

  it('keeps its data, port and settings through a kill and a start', async () => {
    await server.query('CREATE TABLE kept AS SELECT 7 AS id');
    const { pid, port } = server;
    const children = childrenOf(pid);
    expect(children.length).toBeGreaterThan(2);
    await server.kill();
    expect(server.running).toBe(false);
    expect([pid, ...children].filter(isAlive)).toEqual([]);
    await expect(server.query('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.start();
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
    expect(await server.query('SELECT id FROM kept')).toEqual([{ id: 7 }]);
    expect(await server.query('SHOW work_mem')).toEqual([{ work_mem: '5MB' }]);
  });

  it('breaks open connections when it is killed', async () => {
    const client = await connected(server);
    const query = client.query('SELECT pg_sleep(60)');
    const failed = expect(query).rejects.toThrow(goodbye);
    await server.kill();
    await failed;
  });

  it.each(['fast', 'immediate'] as const)('tells open sessions about a %s stop and starts again', async (mode) => {
    const client = await connected(server);
    const failed = expect(client.query('SELECT pg_sleep(60)')).rejects.toThrow(goodbye);
    await server.stop(mode);
    await failed;
    expect(server.running).toBe(false);
    await server.start();
    expect(await server.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('waits for its clients in a smart stop', async () => {
    const client = await connected(server);
    const stopped = server.stop('smart');
    await sleep(200);
    expect(server.running).toBe(true);
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
    await stopped;
    expect(server.running).toBe(false);
  });

  it('leaves a query hanging while it is frozen and goes on after the thaw', async () => {
    const client = await connected(server);
    await server.freeze();
    const query = client.query('SELECT 1 AS one');
    expect(await Promise.race([query, sleep(300, 'hangs')])).toBe('hangs');
    await expect(connected(server, { connectionTimeoutMillis: 200 })).rejects.toThrow('timeout expired');
    expect(server.running).toBe(true);
    await server.thaw();
    expect((await query).rows).toEqual([{ one: 1 }]);
  });

  it('serves open sessions but no new ones while only the postmaster is frozen', async () => {
    const client = await connected(server);
    await server.freezePostmaster();
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await expect(connected(server, { connectionTimeoutMillis: 200 })).rejects.toThrow('timeout expired');
    await server.thaw();
    expect(await server.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('can be stopped and killed while it is frozen', async () => {
    await server.freeze();
    await server.stop('fast');
    await server.start();
    await server.freeze();
    await server.kill();
    expect(server.running).toBe(false);
  });

  it('does nothing when it is told to be what it is', async () => {
    const { pid } = server;
    await server.start();
    await server.thaw();
    expect(server.pid).toBe(pid);
    await server.kill();
    await server.kill();
    await server.stop('fast');
    await server.freeze();
    await server.freezePostmaster();
    expect(server.running).toBe(false);
  });
});

describe('dispose', () => {
  it.each(['running', 'frozen', 'stopped', 'killed'] as const)('leaves no process and no folder of a %s server', async (state) => {
    const server = await startPostgres();
    const [row] = await server.query<{ data_directory: string }>('SHOW data_directory');
    const pids = [server.pid, ...childrenOf(server.pid)];
    if (state === 'frozen') await server.freeze();
    if (state === 'stopped') await server.stop('fast');
    if (state === 'killed') await server.kill();
    await server.dispose();
    await server.dispose();
    await allGone(pids, 0);
    expect(row && existsSync(row.data_directory)).toBe(false);
    await expect(server.start()).rejects.toThrow('disposed');
  });
});

describe('startPostgres', () => {
  it('starts servers at the same time on ports of their own', async () => {
    const servers = await Promise.all([startPostgres(), startPostgres()]);
    const [first, second] = await Promise.all(servers.map((server) => server.query('SELECT inet_server_port() AS port')));
    expect([first, second]).toEqual(servers.map(({ port }) => [{ port }]));
    await Promise.all(servers.map((server) => server.dispose()));
  });

  it('rejects with the log when the port is taken', async () => {
    const server = await startPostgres();
    await expect(startPostgres({ port: server.port })).rejects.toThrow('Address already in use');
    expect(await server.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.dispose();
  });

  it('rejects with the log when a setting is wrong', async () => {
    await expect(startPostgres({ settings: { no_such_setting: '1' } })).rejects.toThrow(
      'unrecognized configuration parameter "no_such_setting"',
    );
  });
});

function address({ host, port, user, database }: PostgresServer): pg.ClientConfig {
  return { host, port, user, database };
}
