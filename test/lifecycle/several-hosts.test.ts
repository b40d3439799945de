import { join } from 'node:path';
import { DataTypes, type Model, type ModelStatic, QueryTypes, type Sequelize } from 'sequelize';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createResilientConnection, type EventName, type ResilientConfig, type ResilientConnection } from '../../src/index.js';
import { closedPort } from '../support/free-port.js';
import { leakGuard } from '../support/leak-guard.js';
import { makeStrangeServerFolder } from '../support/postgres-data.js';
import { type PostgresServer, startPostgres, startPostgresIn } from '../support/postgres-server.js';
import { type Standby, startStandby } from '../support/standby.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard({ timeoutMs: 10_000 });

interface Note extends Model {
  id: number;
  text: string;
}

/** A service with one model. */
interface App {
  readonly connection: ResilientConnection;
  readonly sequelize: Sequelize;
  readonly notes: ModelStatic<Note>;
  readonly told: string[];
  readonly log: string[];
}

const servers: PostgresServer[] = [];
const apps: App[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(apps.splice(0).map(({ connection }) => connection.close({ timeout: 500 })));
  await Promise.all(servers.splice(0).map((server) => server.dispose()));
});

/** A primary with the model's table, and a standby that has it too. */
async function startPair(): Promise<{ primary: PostgresServer; standby: Standby }> {
  const primary = await startServer();
  await primary.query('CREATE TABLE note (id serial PRIMARY KEY, text text)');
  const standby = await startStandby(primary);
  servers.push(standby);
  await standby.caughtUp();
  return { primary, standby };
}

async function startServer(starting = startPostgres()): Promise<PostgresServer> {
  const server = await starting;
  servers.push(server);
  return server;
}

const at = ({ host, port }: { host: string; port: number }): string => `${host}:${port}`;

const TOLD: EventName[] = ['connected', 'disconnected', 'failover', 'recovered', 'closed'];

async function startApp(
  hosts: readonly string[],
  { user: username, password, database }: PostgresServer,
  config: Partial<ResilientConfig> = {},
): Promise<App> {
  const log: string[] = [];
  const line = (text: string) => void log.push(text);
  const connection = await createResilientConnection({
    serviceName: 'shop',
    fallback: { storageDir: join(tempFolder(), 'sqlite') },
    logger: { info: line, warn: line, error: line },
    ...config,
    primary: { hosts, username, password, database, logging: false, ...config.primary },
    options: { connectTimeout: 2000, ...config.options },
  });
  const { sequelize } = connection;
  const notes = sequelize.define<Note>('Note', { text: DataTypes.STRING }, { tableName: 'note', timestamps: false });
  const told: string[] = [];
  for (const name of TOLD) connection.on(name, () => void told.push(name));
  const app = { connection, sequelize, notes, told, log };
  apps.push(app);
  // The first `connected` is told to late listeners in a microtask.
  await waitFor(() => told.shift() === 'connected', { what: 'the first activation to be told' });
  return app;
}

const inProduction = (): void => void vi.stubEnv('NODE_ENV', 'production');

/** The port of the server that the service's pool is connected to. */
async function portInUse({ sequelize }: App): Promise<number> {
  const [row] = await sequelize.query<{ port: number }>('SELECT inet_server_port() AS port', { type: QueryTypes.SELECT });
  return row?.port ?? 0;
}

const textsIn = async (server: PostgresServer) =>
  (await server.query<{ text: string }>('SELECT text FROM note ORDER BY id')).map(({ text }) => text);

const uses = (app: App, port: number) =>
  waitFor(async () => app.connection.getStatus().state === 'primary' && (await portInUse(app)) === port, {
    timeoutMs: 20_000,
    what: `port ${port} to be used`,
  });

const stateIs = ({ connection }: App, state: string) =>
  waitFor(() => connection.getStatus().state === state, { timeoutMs: 20_000, what: `the state ${state}` });

describe('the start', () => {
  it('skips a read-only host where read-write is asked, and names all hosts in its first line', async () => {
    const { primary, standby } = await startPair();
    inProduction();
    const app = await startApp([at(standby), at(primary)], primary);
    expect(await portInUse(app)).toBe(primary.port);
    expect(app.sequelize.config).toMatchObject({ host: primary.host, port: primary.port });
    await app.notes.create({ text: 'first' });
    expect(app.connection.getStatus()).toMatchObject({ state: 'primary', warning: null, epoch: 1 });
    expect(app.log[0]).toContain(`PostgreSQL at ${at(standby)}, ${at(primary)};`);
    expect(app.log).toContain(`[shop] PostgreSQL at ${at(primary)} is used`);
    const sessions = () => standby.query("SELECT pid FROM pg_stat_activity WHERE application_name LIKE '%sequelize-resilient/%'");
    await waitFor(async () => (await sessions()).length === 0, { what: 'the host that is not used to be left alone' });
  });

  it("takes a read-only host where 'any' is asked, and is content with it", async () => {
    const { primary, standby } = await startPair();
    inProduction();
    const app = await startApp([at(standby), at(primary)], primary, { primary: { targetSessionAttrs: 'any' } });
    expect(await portInUse(app)).toBe(standby.port);
    await app.connection.reconnect();
    await expect(app.notes.create({ text: 'no' })).rejects.toMatchObject({ parent: { code: '25006' } });
    expect(await app.notes.count()).toBe(0);
    expect(app.connection.getStatus()).toMatchObject({ state: 'primary', reason: null, warning: null, epoch: 1 });
  });

  it('takes the first host in the list where both are fit, and the next where the first refuses', async () => {
    const { primary, standby } = await startPair();
    await standby.promote();
    inProduction();
    const first = await startApp([at(standby), at(primary)], primary);
    expect(await portInUse(first)).toBe(standby.port);
    const second = await startApp([`127.0.0.1:${await closedPort()}`, at(primary), at(standby)], primary);
    expect(await portInUse(second)).toBe(primary.port);
  });

  it('does not wait the whole time for a first host that is a black hole', async () => {
    const { primary, standby } = await startPair();
    await standby.freeze();
    inProduction();
    const beganAtMs = performance.now();
    const app = await startApp([at(standby), at(primary)], primary, { options: { connectTimeout: 20_000 } });
    expect(performance.now() - beganAtMs).toBeLessThan(10_000);
    expect(await portInUse(app)).toBe(primary.port);
  });

  it('fails with an error that names every host where none is fit', async () => {
    const { primary, standby } = await startPair();
    await primary.stop('fast');
    inProduction();
    const failed = startApp([at(primary), at(standby)], primary, { options: { maxRetries: 1, retryDelay: 1 } });
    await expect(failed).rejects.toMatchObject({ code: 'PRIMARY_UNAVAILABLE', attempts: 2 });
    await expect(failed).rejects.toThrow(
      `none of the hosts can be used: ${at(primary)}: connect ECONNREFUSED ${at(primary)}; ` +
        `${at(standby)}: ${at(standby)} is read-only, and primary.targetSessionAttrs is 'read-write'`,
    );
  });

  it('begins on SQLite where no host is fit and a fallback is allowed', async () => {
    const { primary, standby } = await startPair();
    await primary.stop('fast');
    const app = await startApp([at(primary), at(standby)], primary, { options: { allowSQLiteFallback: true } });
    expect(app.connection.getStatus()).toMatchObject({ state: 'fallback', reason: 'server-down' });
  });
});

describe('a primary that is killed', () => {
  it('is replaced by a standby that was promoted, for calls that waited too, in production', async () => {
    const { primary, standby } = await startPair();
    inProduction();
    const app = await startApp([at(primary), at(standby)], primary, { options: { maxWait: 20_000 } });
    const row = await app.notes.create({ text: 'before' });
    await standby.caughtUp();
    await primary.kill();
    await stateIs(app, 'unavailable');
    const waiting = app.notes.create({ text: 'meanwhile' });
    await standby.promote();
    await waiting;
    await app.notes.create({ text: 'after' });

    // The row is of the same role, and of the same cluster.
    await row.update({ text: 'before, changed' });
    expect(await textsIn(standby)).toEqual(['before, changed', 'meanwhile', 'after']);
    expect(app.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 2, warning: null });
    expect(app.sequelize.config).toMatchObject({ port: standby.port });
    expect(app.told).toEqual(['disconnected', 'recovered', 'connected']);
    expect(app.log).toContain(`[shop] PostgreSQL at ${at(standby)} is used`);
  });

  it('is not replaced by a standby that is read-only: writes would fail there, so they wait', async () => {
    const { primary, standby } = await startPair();
    inProduction();
    const app = await startApp([at(primary), at(standby)], primary, { options: { maxWait: 300 } });
    await primary.kill();
    await stateIs(app, 'unavailable');
    const failedBefore = app.connection.getStatus().primary.consecutiveFailures;
    await waitFor(() => app.connection.getStatus().primary.consecutiveFailures > failedBefore + 1, { what: 'two more probes' });
    await expect(app.notes.create({ text: 'no' })).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', outcome: 'not-sent' });
    expect(app.connection.getStatus()).toMatchObject({ state: 'unavailable', reason: 'server-down' });
  });

  it("is replaced by a read-only standby where 'any' is asked", async () => {
    const { primary, standby } = await startPair();
    inProduction();
    const app = await startApp([at(primary), at(standby)], primary, { primary: { targetSessionAttrs: 'any' } });
    await app.notes.create({ text: 'before' });
    await standby.caughtUp();
    await primary.kill();
    await uses(app, standby.port);
    expect((await app.notes.findAll()).map(({ text }) => text)).toEqual(['before']);
    expect(app.told).toEqual(['disconnected', 'recovered', 'connected']);
  });

  it('is replaced by another host rather than by SQLite, and stays replaced when it is back', async () => {
    const { primary, standby } = await startPair();
    const app = await startApp([at(primary), at(standby)], primary, { options: { allowSQLiteFallback: true } });
    const row = await app.notes.create({ text: 'before' });
    await standby.caughtUp();
    await standby.promote();
    await primary.kill();
    await app.notes.findAll();
    await uses(app, standby.port);
    await row.update({ text: 'changed' });
    expect(app.told).toEqual(['disconnected', 'recovered', 'connected']);
    expect(app.connection.getStatus()).toMatchObject({ state: 'primary', dialect: 'postgres', epoch: 2 });

    await primary.start();
    await app.connection.reconnect();
    expect(await portInUse(app)).toBe(standby.port);
    expect(app.connection.getStatus().epoch).toBe(2);
    expect(await textsIn(standby)).toEqual(['changed']);
  });

  it('is bridged by SQLite until a standby is promoted', async () => {
    const { primary, standby } = await startPair();
    const app = await startApp([at(primary), at(standby)], primary, { options: { allowSQLiteFallback: true } });
    await primary.kill();
    await stateIs(app, 'fallback');
    await app.notes.create({ text: 'in SQLite' });
    await standby.promote();
    await uses(app, standby.port);
    await app.notes.create({ text: 'in PostgreSQL' });
    expect(await textsIn(standby)).toEqual(['in PostgreSQL']);
    expect(app.told).toEqual(['disconnected', 'failover', 'connected', 'recovered', 'connected']);
  });

  it('leaves no database where the other host is gone too, and SQLite where that is allowed', async () => {
    const { primary, standby } = await startPair();
    await standby.promote();
    const hosts = [at(primary), at(standby)];
    const developed = await startApp(hosts, primary, { options: { allowSQLiteFallback: true } });
    inProduction();
    const produced = await startApp(hosts, primary);
    await standby.kill();
    await primary.kill();
    await Promise.all([stateIs(developed, 'fallback'), stateIs(produced, 'unavailable')]);
    await standby.start();
    await Promise.all([uses(developed, standby.port), uses(produced, standby.port)]);
  });
});

it('moves away from a primary that is a black hole, and not to SQLite', async () => {
  const { primary, standby } = await startPair();
  await standby.promote();
  const app = await startApp([at(primary), at(standby)], primary, { options: { allowSQLiteFallback: true } });
  await app.notes.create({ text: 'only on the first' });
  await primary.freeze();
  expect(await app.notes.findAll()).toEqual([]);
  expect(await portInUse(app)).toBe(standby.port);
  expect(app.told).toEqual(['disconnected', 'recovered', 'connected']);
});

describe('a primary that becomes read-only', () => {
  const demote = async (server: PostgresServer): Promise<void> => {
    await server.query('ALTER SYSTEM SET default_transaction_read_only = on');
    await server.query('SELECT pg_reload_conf()');
    await waitFor(async () => (await server.query("SELECT current_setting('transaction_read_only') AS is"))[0]?.['is'] === 'on', {
      what: 'the server to be read-only',
    });
  };

  it.each([true, false])(
    'is left for the new primary, which does the write that it refused (fallback allowed: %s)',
    async (fallbackAllowed) => {
      const { primary, standby } = await startPair();
      if (!fallbackAllowed) inProduction();
      const app = await startApp([at(primary), at(standby)], primary, { options: { allowSQLiteFallback: fallbackAllowed } });
      await app.notes.create({ text: 'before' });
      await standby.caughtUp();
      await standby.promote();
      await demote(primary);
      await app.notes.create({ text: 'refused there' });
      await uses(app, standby.port);
      await app.notes.create({ text: 'after' });
      expect(await textsIn(standby)).toEqual(['before', 'refused there', 'after']);
      expect(app.told).toEqual(['disconnected', 'recovered', 'connected']);
    },
  );

  it('is kept as degraded where there is no other host and no fallback: reads go on', async () => {
    const { primary, standby } = await startPair();
    inProduction();
    const app = await startApp([at(primary), at(standby)], primary);
    await app.notes.create({ text: 'before' });
    await demote(primary);
    await expect(app.notes.create({ text: 'refused' })).rejects.toMatchObject({ parent: { code: '25006' } });
    await waitFor(() => app.connection.getStatus().reason === 'not-primary', { what: 'the primary to be degraded' });
    expect((await app.notes.findAll()).map(({ text }) => text)).toEqual(['before']);
    expect(app.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1 });
  });
});

describe('a host of another cluster', () => {
  it('is not used, and the log names both', async () => {
    const [primary, stranger] = await Promise.all([startServer(), startServer(startPostgresIn(makeStrangeServerFolder))]);
    for (const server of [primary, stranger]) await server.query('CREATE TABLE note (id serial PRIMARY KEY, text text)');
    const [known, strange] = await Promise.all(
      [primary, stranger].map(async (server) => {
        const [row] = await server.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()');
        return String(row?.id);
      }),
    );
    inProduction();
    const app = await startApp([at(primary), at(stranger)], primary);
    await primary.kill();
    await stateIs(app, 'unavailable');
    const said = (): string | undefined => app.log.find((line) => line.includes('another database cluster'));
    await waitFor(said, { what: 'the log to tell' });
    expect(said()).toContain(
      `${at(stranger)} holds another database cluster (system identifier ${strange}) than ${at(primary)} (${known}), which was used first`,
    );
    await primary.start();
    await uses(app, primary.port);
    expect(await textsIn(stranger)).toEqual([]);
  });

  it('is used where the role may not ask for the identifier', async () => {
    const [primary, other] = await Promise.all([startServer(), startServer(startPostgresIn(makeStrangeServerFolder))]);
    for (const server of [primary, other]) {
      await server.query(`CREATE ROLE app LOGIN PASSWORD 'pw'; REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC`);
    }
    inProduction();
    const app = await startApp([at(primary), at(other)], primary, { primary: { username: 'app', password: 'pw' } });
    await primary.kill();
    await uses(app, other.port);
  });
});
