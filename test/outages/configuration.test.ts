import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { ENVIRONMENTS, type Environment, namesOf, type Service, settledOf, startService, told } from './service.js';

leakGuard();

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());

/** Ends all sessions, and lets the service hear of it: what is sent on a connection that is ending is a matter of its own. */
async function endSessions(database: string): Promise<void> {
  await postgres.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${database}' AND pid <> pg_backend_pid()`,
  );
  await sleep(100);
}

const start = (environment: Environment, primary: object = {}, database?: string) =>
  startService(postgres, environment, { primary, options: { healthCheckInterval: 300 }, ...(database !== undefined && { database }) });

/** Calls of each kind fail at once, with the server's word for it, and nothing is switched. */
async function failsWith(service: Service, code: string, reason: string): Promise<void> {
  const { orders, sequelize } = service;
  const calls = [
    orders.findAll(),
    orders.create({ name: 'during' }),
    sequelize.transaction((transaction) => orders.create({ name: 'during' }, { transaction })),
    sequelize.query('SELECT 1'),
  ].map(settledOf);
  for (const call of calls) {
    const { error, tookMs } = await call;
    expect(error?.original?.code).toBe(code);
    expect(tookMs).toBeLessThan(5_000);
  }
  await waitFor(() => service.connection.getStatus().reason === reason, { what: `the reason ${reason}` });
  expect(service.connection.getStatus()).toMatchObject({
    ...{ state: 'primary', epoch: 1, fallback: false, warning: `PostgreSQL is degraded: ${reason}` },
  });
}

/** A connect that was under way when all was mended may still be refused, and with it the next call. */
const answerOf = (service: Service): Promise<unknown[]> => waitFor(() => namesOf(service), { what: 'a read to be answered' });

async function isWellAgain(service: Service): Promise<void> {
  await waitFor(() => service.connection.getStatus().reason === null, { what: 'all to be well' });
  expect(service.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1, warning: null });
  expect(told(service)).toEqual([]);
}

describe.each(ENVIRONMENTS)('in %s', (environment) => {
  it('a password that was changed stops nothing that is connected, and causes no switch for what connects', async () => {
    const role = `owner_${environment}`;
    const database = await postgres.createDatabase();
    await postgres.query(`CREATE ROLE ${role} LOGIN PASSWORD 'old'; GRANT ALL ON SCHEMA public TO ${role}`, [], database);
    const service = await start(environment, { username: role, password: 'old' }, database);
    await postgres.query(`ALTER ROLE ${role} PASSWORD 'new'`);
    await service.orders.create({ name: 'still connected' });

    await endSessions(service.database);
    await failsWith(service, '28P01', 'authentication');
    expect(JSON.stringify([service.events, service.log, service.connection.getStatus()])).not.toContain('"old"');

    await postgres.query(`ALTER ROLE ${role} PASSWORD 'old'`);
    expect(await answerOf(service)).toEqual(['before', 'still connected']);
    await isWellAgain(service);
  });

  it('a database that takes no connections for a while causes no switch', async () => {
    const service = await start(environment);
    await postgres.query(`ALTER DATABASE ${service.database} ALLOW_CONNECTIONS false`);
    await endSessions(service.database);
    await failsWith(service, '55000', 'missing-database');
    await postgres.query(`ALTER DATABASE ${service.database} ALLOW_CONNECTIONS true`);
    expect(await answerOf(service)).toEqual(['before']);
    await isWellAgain(service);
  });

  it('a database that was renamed causes no switch', async () => {
    const service = await start(environment);
    const { database } = service;
    await postgres.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
    await endSessions(database);
    await postgres.query(`ALTER DATABASE ${database} RENAME TO ${database}_away`);
    await failsWith(service, '3D000', 'missing-database');

    await postgres.query(`ALTER DATABASE ${database}_away RENAME TO ${database}`);
    await postgres.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`);
    expect(await answerOf(service)).toEqual(['before']);
    await isWellAgain(service);
  });

  it('a database that was dropped causes no switch, nor does an empty one in its place', async () => {
    const service = await start(environment);
    await postgres.query(`DROP DATABASE ${service.database} WITH (FORCE)`);
    await failsWith(service, '3D000', 'missing-database');
    await postgres.createDatabase(service.database);
    const { error } = await settledOf(service.orders.findAll());
    expect(error?.original?.code).toBe('42P01');
    await service.sequelize.sync();
    expect(await namesOf(service)).toEqual([]);
    await isWellAgain(service);
  });
});
