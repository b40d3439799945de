import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataTypes, type Model, type ModelStatic } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Migration, ResilientConnection, type ResilientConfig, type ResilientEvents } from '../../src/index.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

let postgres: PostgresServer;
let proxy: FaultProxy;
let database: string;
let storageDir: string;
let log: string[];
const connections: ResilientConnection[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
beforeEach(async () => {
  [proxy, database] = await Promise.all([startProxy(postgres), postgres.createDatabase()]);
  storageDir = join(tempFolder(), 'sqlite');
  log = [];
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close({ timeout: 500 })));
  await proxy.close();
});

/** A service with one model, whose table only the migrations make. */
function service(
  schema: ResilientConfig['schema'],
  allowSQLiteFallback = true,
): { connection: ResilientConnection; item: ModelStatic<Model> } {
  const { user: username, password } = postgres;
  const line = (text: string) => void log.push(text);
  const connection = new ResilientConnection({
    serviceName: 'store',
    primary: { host: proxy.host, port: proxy.port, database, username, password, logging: false },
    fallback: { storageDir },
    options: { allowSQLiteFallback, connectTimeout: 2000, maxRetries: 0, healthCheckInterval: 400 },
    schema,
    logger: { info: line, warn: line, error: line },
  });
  connections.push(connection);
  const item = connection.sequelize.define('item', { name: DataTypes.STRING }, { tableName: 'items', timestamps: false });
  return { connection, item };
}

const isIn = (connection: ResilientConnection, state: string) =>
  waitFor(() => connection.getStatus().state === state, { timeoutMs: 15_000, what: `the state ${state}` });

const tables = async () =>
  (
    await postgres.query<{ name: string }>("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1", [], database)
  ).map(({ name }) => name);

const items: Migration = {
  name: '1-items',
  up: (queryInterface) =>
    queryInterface.createTable('items', { id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true }, name: DataTypes.STRING }),
};
const RECORDS = ['SequelizeMeta', 'SequelizeMeta_started'];

describe('schema: { migrations }', () => {
  it('makes the primary ready before its first use, and the fallback before its', async () => {
    const { connection, item } = service({ migrations: [items] });
    // Issued before anything is connected: it waits for the migrations, too.
    await item.create({ name: 'lamp' });
    expect(await tables()).toEqual([...RECORDS, 'items']);
    await proxy.refuse();
    await isIn(connection, 'fallback');
    await item.create({ name: 'desk' });
    expect(await item.count()).toBe(1);
  });

  it('migrates PostgreSQL before a service that started without it goes back', async () => {
    await proxy.refuse();
    const { connection, item } = service({ migrations: [items] });
    await item.create({ name: 'lamp' });
    expect(connection.getStatus()).toMatchObject({ state: 'fallback' });
    expect(await tables()).toEqual([]);
    await proxy.restore();
    await isIn(connection, 'primary');
    expect(await item.count()).toBe(0);
    expect(await tables()).toEqual([...RECORDS, 'items']);
  });

  it('stays on the fallback where a migration of PostgreSQL fails, says so, and tries again', async () => {
    let isMended = false;
    const events: ResilientEvents['migration'][] = [];
    const onPostgres: Migration = {
      ...items,
      up: async (queryInterface, Sequelize) => {
        if (queryInterface.sequelize.getDialect() === 'postgres' && !isMended) await queryInterface.sequelize.query('SELECT nothing');
        await items.up(queryInterface, Sequelize);
      },
    };
    await proxy.refuse();
    const { connection, item } = service({ migrations: [onPostgres] });
    connection.on('migration', (event) => events.push(event));
    await item.create({ name: 'lamp' });
    await proxy.restore();
    await waitFor(() => connection.getStatus().reason === 'primary-migration-failed', { timeoutMs: 15_000, what: 'the failed migration' });
    expect(connection.getStatus()).toMatchObject({ state: 'fallback', dialect: 'sqlite', fallback: true });
    expect(await item.count()).toBe(1);
    expect(events.filter(({ database: role, status }) => role === 'primary' && status === 'failed')).not.toHaveLength(0);
    expect(log.join('\n')).toMatch(
      /PostgreSQL answers but can't be used yet: The migration 1-items \(up\) failed on the primary .*column "nothing" does not exist.*Staying on SQLite/,
    );
    isMended = true;
    await isIn(connection, 'primary');
    expect(await item.count()).toBe(0);
  });

  it('says at the start why PostgreSQL can not be used, where there is nothing else', async () => {
    const broken: Migration = { name: '1', up: ({ sequelize }) => sequelize.query('SELECT nothing') };
    const { connection } = service({ migrations: [broken] }, false);
    await expect(connection.ready).rejects.toThrow(
      /could not use PostgreSQL \(primary-migration-failed.*The migration 1 \(up\) failed on the primary/,
    );
  });

  it('does not take what a migration could not reach for PostgreSQL', async () => {
    let runs = 0;
    const elsewhere: Migration = {
      name: '1-elsewhere',
      up: ({ sequelize }) => {
        if (sequelize.getDialect() !== 'postgres') return;
        runs += 1;
        throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:6379'), { code: 'ECONNREFUSED' });
      },
    };
    await proxy.refuse();
    const { connection } = service({ migrations: [items, elsewhere] });
    await connection.ready;
    await proxy.restore();
    await waitFor(() => runs === 1, { timeoutMs: 15_000, what: 'the migration' });
    await waitFor(() => connection.getStatus().reason === 'primary-migration-failed', { timeoutMs: 5000, what: 'its failure' });
    expect(connection.getStatus().primary.reachable).toBe(true);
  });

  it('lets migrations use the models of the service, on the database that is migrated', async () => {
    const found: unknown[] = [];
    const { connection, item } = service({
      migrations: [
        items,
        {
          name: '2-rows',
          up: async ({ sequelize }) => {
            await item.create({ name: `made on ${sequelize.getDialect()}` });
            found.push((await item.findAll()).map((row) => row.get('name')));
          },
        },
      ],
    });
    await connection.ready;
    await connection.failover('to see the other');
    expect(found).toEqual([['made on postgres'], ['made on sqlite']]);
  });

  it('sets a file aside that sync() has made, and keeps one that it has made itself', async () => {
    await proxy.refuse();
    const first = service('sync');
    await first.item.create({ name: 'lamp' });
    await first.connection.close();
    const second = service({ fallback: { migrations: [items] } });
    expect(await second.item.count()).toBe(0);
    await second.item.create({ name: 'desk' });
    await second.connection.close();
    expect(log.join('\n')).toContain("its tables were made by schema: 'sync' and are now to be made by 'migrations'");
    const third = service({ fallback: { migrations: [items] } });
    expect(await third.item.count()).toBe(1);
    expect(readdirSync(storageDir).filter((name) => /\.bak-[\dTZ.-]+$/.test(name))).toHaveLength(1);
  });

  it('lets a migration that is under way go on where a probe fails meanwhile', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    let runs = 0;
    const slow: Migration = {
      name: '1-slow',
      up: async (queryInterface, Sequelize) => {
        if (queryInterface.sequelize.getDialect() === 'postgres') {
          runs += 1;
          await gate;
        }
        await items.up(queryInterface, Sequelize);
      },
    };
    await proxy.refuse();
    const { connection, item } = service({ migrations: [slow] });
    await item.count();
    await proxy.restore();
    await waitFor(() => runs === 1, { timeoutMs: 15_000, what: 'the migration of PostgreSQL' });
    const failed = new Promise((resolve) => connection.once('healthCheckFailed', resolve));
    // Slower than a probe may be; the migration sends nothing meanwhile.
    await proxy.slow(4000);
    await failed;
    await proxy.restore();
    open();
    await isIn(connection, 'primary');
    expect(runs).toBe(1);
    expect(await item.count()).toBe(0);
  });
});

describe('bad migrations', () => {
  it.each([
    [{ migrations: {} }, 'schema.migrations: must have either glob or migrations'],
    [{ migrations: { glob: 'a', migrations: [] } }, 'schema.migrations: must have either glob or migrations; received "both"'],
    [{ migrations: { glob: 5 } }, 'schema.migrations.glob: must be a non-empty string; received 5'],
    [{ migrations: { globs: 'x' } }, 'schema.migrations.globs: is not an option'],
    [{ migrations: [{ name: 'a' }] }, 'schema.migrations.migrations[0].up: must be a function'],
    [{ migrations: [items, items] }, 'schema.migrations.migrations[1].name: must differ'],
    [{ migrations: { glob: 'a', table: '' } }, 'schema.migrations.table'],
    [{ migrations: { glob: 'a', onUnsupported: 'ignore' } }, "schema.migrations.onUnsupported: must be 'error' or 'skip'"],
    [{ migrations: [], fallback: 'sync' }, "schema.fallback: can't stand beside schema.migrations"],
    [{ fallback: { migrations: 5 } }, 'schema.fallback.migrations: must be a list of migrations or an object'],
  ])('%j are refused', (schema, message) => {
    expect(() => service(schema as never)).toThrow(message);
  });
});
