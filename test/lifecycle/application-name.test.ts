import { join } from 'node:path';
import { DataTypes, QueryTypes } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { nameFor, poolName } from '../../src/databases/application-name.js';
import { createResilientConnection, type ResilientConfig, type ResilientConnection } from '../../src/index.js';
import { VERSION } from '../../src/version.js';
import { startProxy } from '../support/fault-proxy.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard({ timeoutMs: 10_000 });

const OWN = `sequelize-resilient/${VERSION}`;

let server: PostgresServer;
let database: string;
const connections: ResilientConnection[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());
beforeEach(async () => {
  database = await server.createDatabase();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(connections.splice(0).map((connection) => connection.close({ timeout: 500 })));
});

async function connected(config: Partial<ResilientConfig> = {}): Promise<ResilientConnection> {
  const { host, port, user: username, password } = server;
  const address = config.primary?.url === undefined ? { host, port, username, password, database } : {};
  const connection = await createResilientConnection({
    serviceName: 'shop',
    logger: false,
    ...config,
    primary: { ...address, logging: false, ...config.primary },
    fallback: { storageDir: join(tempFolder(), 'sqlite') },
    options: { allowSQLiteFallback: true },
  });
  connections.push(connection);
  return connection;
}

/** What the server's sessions in this test's database are called, without repetitions. */
async function namesOf(): Promise<string[]> {
  const rows = await server.query<{ name: string }>(
    'SELECT DISTINCT application_name AS name FROM pg_stat_activity WHERE datname = $1 ORDER BY 1',
    [database],
  );
  return rows.map(({ name }) => name);
}

describe('the names of connections', () => {
  it('are after the service and the package, and tell the probe from the pool', () => {
    expect(poolName('shop', {}, {})).toBe(`shop ${OWN}`);
    expect(nameFor('probe', poolName('shop', {}, {}))).toBe(`shop ${OWN} probe`);
    expect(nameFor('migration lock', poolName('shop', {}, {}))).toBe(`shop ${OWN} migration lock`);
  });

  it("fit into PostgreSQL's 63 bytes: a long service's name is cut, and nothing else", () => {
    const pool = poolName('a'.repeat(64), {}, {});
    const others = (['probe', 'migration lock'] as const).map((purpose) => nameFor(purpose, pool));
    expect([pool, ...others].map((name) => name.length)).toEqual([63, 63, 63]);
    expect([pool, ...others].map((name) => name.replace(/^a+/, ''))).toEqual([` ${OWN}`, ` ${OWN} probe`, ` ${OWN} migration lock`]);
  });

  it.each<[string, object, Record<string, string>, string]>([
    ['application_name', { application_name: 'till 7' }, { PGAPPNAME: 'env' }, 'till 7'],
    ['PGAPPNAME', {}, { PGAPPNAME: 'env' }, 'env'],
    ['PGAPPNAME beside an empty one', { application_name: '' }, { PGAPPNAME: 'env' }, 'env'],
    ['the command line in `options`', { options: '-c statement_timeout=5 -c application_name=till\\ 8' }, {}, 'till 8'],
    ['the command line in PGOPTIONS', {}, { PGOPTIONS: '--application-name=till' }, 'till'],
  ])("are after the program's own in %s", (_, given, env, name) => {
    expect(poolName('shop', given, env)).toBe(name);
    expect(nameFor('probe', name)).toBe(`${name} probe`);
  });

  it("cut a program's own where it is long, and write `?` for what PostgreSQL does not show", () => {
    expect(nameFor('probe', 'b'.repeat(63))).toBe(`${'b'.repeat(57)} probe`);
    expect(nameFor('probe', 'Büro')).toBe('B?ro probe');
  });
});

describe('in pg_stat_activity', () => {
  it('the pool and the probe are told apart, with a name cut by nobody', async () => {
    const serviceName = 'a-service-with-a-name-that-is-as-long-as-a-service-may-be-called';
    await connected({ serviceName });
    expect(await namesOf()).toEqual([nameFor('probe', poolName(serviceName, {}, {})), poolName(serviceName, {}, {})].sort());
  });

  it.each<[string, () => ResilientConfig['primary']]>([
    ['primary.dialectOptions', () => ({ dialectOptions: { application_name: 'till 7' } })],
    ['primary.url', () => ({ url: `${server.urlOf(database)}?application_name=till%207` })],
    ['PGAPPNAME', () => (vi.stubEnv('PGAPPNAME', 'till 7'), {})],
    ['the options of the server', () => ({ dialectOptions: { options: '-c application_name=till\\ 7' } })],
  ])("a program's name in %s wins, and the probe has it too", async (_, primary) => {
    await connected({ primary: primary() });
    expect(await namesOf()).toEqual(['till 7', 'till 7 probe']);
  });

  it('connections of the pool have the name also after an outage', async () => {
    const proxy = await startProxy(server);
    const { host, port } = proxy;
    const connection = await connected({ primary: { host, port, username: server.user, password: server.password, database } });
    await proxy.refuse();
    await waitFor(() => connection.getStatus().state === 'fallback', { what: 'the fallback' });
    await proxy.restore();
    await waitFor(() => connection.getStatus().state === 'primary', { what: 'the primary', timeoutMs: 15_000 });
    await waitFor(async () => (await namesOf()).length === 2, { what: 'both connections' });
    expect(await namesOf()).toEqual([`shop ${OWN}`, `shop ${OWN} probe`]);
    await connection.close();
    await proxy.close();
  });

  it('the connection that holds the lock for migrations has a name of its own', async () => {
    const names: string[][] = [];
    const migration = {
      name: '1-rooms',
      up: async ({ context }: { context: { createTable: (name: string, columns: object) => Promise<void> } }) => {
        names.push(await namesOf());
        await context.createTable('rooms', { id: { type: DataTypes.INTEGER, primaryKey: true } });
      },
    };
    await connected({ schema: { migrations: [migration] } as unknown as ResilientConfig['schema'] });
    expect(names[0]).toContain(`shop ${OWN} migration lock`);
    expect(await namesOf()).toEqual([`shop ${OWN}`, `shop ${OWN} probe`]);
  });
});

describe('SHOW application_name', () => {
  it.each(['default', 'till 7', 'n'.repeat(70)])('says the same on both databases: %s', async (name) => {
    const connection = await connected(name === 'default' ? {} : { primary: { dialectOptions: { application_name: name } } });
    const show = async () => {
      const [row] = await connection.sequelize.query<{ application_name: string }>('SHOW application_name', { type: QueryTypes.SELECT });
      return row?.application_name;
    };
    const onPostgres = await show();
    await connection.failover('test', { hold: true });
    expect(connection.sequelize.getDialect()).toBe('sqlite');
    expect(await show()).toBe(onPostgres);
  });
});
