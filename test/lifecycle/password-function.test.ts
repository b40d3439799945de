import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createResilientConnection, type EventName, type ResilientConfig, type ResilientConnection } from '../../src/index.js';
import { VERSION } from '../../src/version.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard({ timeoutMs: 10_000 });

const PROBE = `shop sequelize-resilient/${VERSION} probe`;

let server: PostgresServer;
let database: string;
let role: string;
const connections: ResilientConnection[] = [];
let roles = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());
beforeEach(async () => {
  database = await server.createDatabase();
  role = `app_${++roles}`;
  await server.query(`CREATE ROLE ${role} LOGIN PASSWORD 'first-secret'`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await Promise.all(connections.splice(0).map((connection) => connection.close({ timeout: 500 })));
});

interface App {
  readonly connection: ResilientConnection;
  readonly log: string[];
  readonly events: unknown[];
}

const EVENTS: EventName[] = ['disconnected', 'failover', 'healthCheckFailed', 'recovered', 'retry'];

/** A service in production, whose only password is what the function gives. */
async function startApp(
  password: () => string | Promise<string>,
  options: ResilientConfig['options'] = {},
  primary: ResilientConfig['primary'] = {},
): Promise<App> {
  const log: string[] = [];
  const line = (text: string) => void log.push(text);
  const connection = await createResilientConnection({
    serviceName: 'shop',
    primary: { host: server.host, port: server.port, username: role, database, password, logging: false, ...primary },
    fallback: { storageDir: join(tempFolder(), 'sqlite') },
    options: { connectTimeout: 3000, maxRetries: 0, ...options },
    logger: { info: line, warn: line, error: line },
  });
  connections.push(connection);
  const events: unknown[] = [];
  for (const name of EVENTS) connection.on(name, (payload: unknown) => void events.push([name, payload]));
  return { connection, log, events };
}

const select = ({ connection }: App): Promise<unknown> => connection.sequelize.query('SELECT 1');

/** Everything that the service said. */
const said = ({ connection, log, events }: App): string => inspect([connection.getStatus(), log, events], { depth: 10 });

async function endSessions(which: 'pool' | 'probe' | 'all'): Promise<void> {
  const condition = { pool: `application_name <> '${PROBE}'`, probe: `application_name = '${PROBE}'`, all: 'true' }[which];
  const found = await server.query<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE usename = $1 AND ${condition}`, [role]);
  const pids = found.map(({ pid }) => pid);
  await server.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]);
  const left = () => server.query('SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1)', [pids]);
  await waitFor(async () => (await left()).length === 0, { what: 'the sessions to end' });
}

const openSockets = (): number => process.getActiveResourcesInfo().filter((type) => type === 'TCPSocketWrap').length;

/** Lets so much time pass that what the function gave is not kept any more. */
function forgetPassword(): void {
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + 10_000);
}

const sessionsOfProbe = () => server.query('SELECT pid FROM pg_stat_activity WHERE usename = $1 AND application_name = $2', [role, PROBE]);

describe('a function that gives the password', () => {
  it('is asked once for connects that come together, and never for a statement', async () => {
    let calls = 0;
    const app = await startApp(() => {
      calls += 1;
      return 'first-secret';
    });
    await Promise.all(Array.from({ length: 20 }, () => app.connection.sequelize.query('SELECT pg_sleep(0.05)')));
    for (let times = 0; times < 20; times++) await select(app);
    expect(calls).toBe(1);
  });

  it('is nowhere to be seen: neither what it gives nor the function in place of a password', async () => {
    const app = await startApp(() => Promise.resolve('first-secret'));
    await select(app);
    const { config, options } = app.connection.sequelize as unknown as { config: { password?: unknown }; options: { password?: unknown } };
    expect([config.password, options.password]).toEqual([null, undefined]);
    expect(inspect(app.connection.sequelize, { depth: 6 }) + said(app)).not.toContain('first-secret');
  });

  it.each(['pool', 'probe', 'all'] as const)(
    'is asked again at once where PostgreSQL refused what it gave: no call of the program fails (ended: %s)',
    async (which) => {
      let current = 'first-secret';
      const given: string[] = [];
      const app = await startApp(async () => {
        await sleep(5);
        given.push(current);
        return current;
      });
      await select(app);
      await server.query(`ALTER ROLE ${role} PASSWORD 'second-secret'`);
      current = 'second-secret';
      await endSessions(which);
      const { pool } = app.connection.sequelize.connectionManager as unknown as { pool: { size: number } };
      if (which !== 'probe') await waitFor(() => pool.size === 0, { what: 'the pool to notice' });
      // What the function gave first is still kept for a moment, and is refused now.
      await Promise.all(Array.from({ length: 8 }, () => app.connection.sequelize.query('SELECT pg_sleep(0.05)')));
      await app.connection.reconnect();
      expect(app.connection.getStatus()).toMatchObject({ state: 'primary', reason: null, primary: { reachable: true } });
      expect(await sessionsOfProbe()).toHaveLength(1);
      expect(given).toEqual(['first-secret', 'second-secret']);
      expect(said(app)).not.toMatch(/first-secret|second-secret/);
    },
  );

  it('is asked twice at most for one attempt, and the refusal is told as what it is', async () => {
    let calls = 0;
    const failed = startApp(() => {
      calls += 1;
      return 'wrong-secret';
    });
    await expect(failed).rejects.toMatchObject({ code: 'PRIMARY_UNAVAILABLE', cause: { code: '28P01' } });
    expect(calls).toBe(2);
    expect(inspect(await failed.catch((error: unknown) => error))).not.toContain('wrong-secret');
  });

  it('is told once a second attempt would be for another reason than the password', async () => {
    let calls = 0;
    const failed = startApp(
      () => {
        calls += 1;
        return 'first-secret';
      },
      {},
      { database: 'nowhere' },
    );
    await expect(failed).rejects.toMatchObject({ cause: { code: '3D000' } });
    expect(calls).toBe(1);
  });
});

describe('a function that gives no password', () => {
  it.each<[string, () => string | Promise<string>, string]>([
    [
      'throws',
      () => {
        throw Object.assign(new TypeError('the token is tell-tale'), { code: 'ENOTOKEN' });
      },
      'failed (TypeError ENOTOKEN)',
    ],
    ['rejects', () => Promise.reject(new Error('the token is tell-tale')), 'failed (Error)'],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- programs do that
    ['rejects with a string', () => Promise.reject('tell-tale'), 'failed (with string)'],
    ['gives an object', () => ({ token: 'tell-tale' }) as unknown as string, 'gave something else than a non-empty string'],
    ['gives undefined', () => undefined as unknown as string, 'gave something else than a non-empty string'],
    ['gives an empty string', () => '', 'gave something else than a non-empty string'],
  ])('and %s makes the start fail with a clear error', async (_, password, what) => {
    const failed = startApp(password, { maxRetries: 1, retryDelay: 1 });
    const message = `shop could not reach PostgreSQL (password-unavailable, 2 attempts): The function primary.password ${what}, so no connection to PostgreSQL could be made.`;
    await expect(failed).rejects.toMatchObject({ code: 'PRIMARY_UNAVAILABLE', attempts: 2 });
    await expect(failed).rejects.toThrow(message);
  });

  it('is tried again at the start: a token service may come later than the service', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    let calls = 0;
    const app = await startApp(
      () => {
        calls += 1;
        if (calls < 3) throw new Error('not yet');
        return 'first-secret';
      },
      { maxRetries: 5, retryDelay: 1 },
    );
    expect(app.connection.getStatus()).toMatchObject({ state: 'primary' });
  });

  it('does not look like a dead database: connections that are there go on', async () => {
    let isThere = true;
    const app = await startApp(
      () => {
        if (!isThere) throw new Error('the token service is down');
        return 'first-secret';
      },
      { allowSQLiteFallback: true },
      { pool: { max: 1 } },
    );
    const transaction = await app.connection.sequelize.transaction();
    forgetPassword();
    isThere = false;
    await endSessions('probe');
    await waitFor(() => app.connection.getStatus().reason === 'password-unavailable', { what: 'the probe to tell' });
    await app.connection.sequelize.query('SELECT 1', { transaction });
    await transaction.commit();
    await select(app);
    expect(app.connection.getStatus()).toMatchObject({ state: 'primary', dialect: 'postgres', epoch: 1 });

    await endSessions('pool');
    await expect(select(app)).rejects.toThrow('The function primary.password failed (Error)');
    await waitFor(() => openSockets() === 0, { what: 'the connections without a password to be closed' });
    expect(app.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1 });
    isThere = true;
    await select(app);
    await app.connection.reconnect();
    expect(app.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1, reason: null });
  });

  it('and never settles ends the attempt within the connect timeout', async () => {
    const failed = startApp(() => new Promise(() => undefined), { connectTimeout: 300 });
    await expect(failed).rejects.toMatchObject({ code: 'PRIMARY_UNAVAILABLE' });
    await expect(failed).rejects.toThrow('The function primary.password did not answer within 300 ms');
  });

  it('and never settles holds up no pool for ever, nor does it look like a black hole', async () => {
    let hangs = false;
    const app = await startApp(() => (hangs ? new Promise(() => undefined) : 'first-secret'), {
      allowSQLiteFallback: true,
      connectTimeout: 700,
      detection: 'fast',
    });
    await select(app);
    forgetPassword();
    hangs = true;
    await endSessions('all');
    await expect(select(app)).rejects.toThrow('The function primary.password did not answer within 700 ms');
    await waitFor(() => app.connection.getStatus().reason === 'password-unavailable', { what: 'the probe to tell' });
    expect(app.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1 });
    hangs = false;
    await select(app);
  });

  it('and never settles is ended for a pool connect when the connection is closed', async () => {
    let hangs = false;
    const app = await startApp(() => (hangs ? new Promise(() => undefined) : 'first-secret'), { connectTimeout: 60_000 });
    await select(app);
    forgetPassword();
    hangs = true;
    await endSessions('pool');
    const waiting = select(app).catch((error: unknown) => error);
    await sleep(200);
    await app.connection.close({ timeout: 0 });
    expect(await waiting).toBeInstanceOf(Error);
  });

  it('in time for a probe is waited for where PostgreSQL is there', async () => {
    let delayMs = 0;
    const app = await startApp(
      async () => {
        await sleep(delayMs);
        return 'first-secret';
      },
      { allowSQLiteFallback: true, detection: 'fast' },
    );
    forgetPassword();
    delayMs = 600;
    await endSessions('probe');
    await waitFor(async () => (await sessionsOfProbe()).length === 1, { what: 'the probe to connect' });
    await app.connection.reconnect();
    expect(app.connection.getStatus()).toMatchObject({ state: 'primary', reason: null, epoch: 1 });
  });
});
