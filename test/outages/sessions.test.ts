import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { CAN_LOCK, ENVIRONMENTS, type Environment, namesOf, type Service, settledOf, startService, told, toldOf } from './service.js';
import { beginWork, expectLost } from './work-in-flight.js';

leakGuard();

let postgres: PostgresServer;

beforeAll(async () => {
  // Connects that are refused hold one for a moment, too.
  postgres = await startPostgres({ settings: { ...CAN_LOCK, max_connections: '20', superuser_reserved_connections: '10' } });
});
afterAll(() => postgres.dispose());

const endAllSessions = (database: string) =>
  postgres.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}' AND pid <> pg_backend_pid()`);

const isOnPrimaryThroughout = (service: Service) => {
  expect(told(service)).toEqual([]);
  expect(service.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1, dialect: 'postgres', fallback: false });
};

describe.each(ENVIRONMENTS)('in %s, pg_terminate_backend of every session', (environment) => {
  it('is no outage: reads are answered, everybody else learns what became of his work, and no state changes', async () => {
    const service = await startService(postgres, environment);
    const work = await beginWork(service, postgres);
    await endAllSessions(service.database);
    await expectLost(service, work);
    await work.release();
    expect((await work.read).value).toEqual(expect.arrayContaining(['before']));
    expect((await work.waiting).error).toBeUndefined();
    await service.orders.create({ name: 'after' });
    expect(await service.inPostgres()).toEqual(['after', 'before', 'waiting']);
    expect(await service.inPostgres('payments')).toEqual([]);
    isOnPrimaryThroughout(service);
    expect(service.connection.getStatus()).toMatchObject({ reason: null, warning: null });
  });

  it('again and again under load fails no read and doubles no row', async () => {
    const service = await startService(postgres, environment);
    const endsAtMs = performance.now() + 3_000;
    const acknowledged: string[] = [];
    const refused: unknown[] = [];
    const workers = Array.from({ length: 4 }, async (_, worker) => {
      for (let turn = 0; performance.now() < endsAtMs; turn += 1) {
        const name = `${worker}-${turn}`;
        const write = await settledOf(service.orders.create({ name }));
        if (write.error === undefined) acknowledged.push(name);
        else refused.push(write.error);
        await service.orders.findOne({ where: { name } });
      }
    });
    while (performance.now() < endsAtMs) {
      await endAllSessions(service.database);
      await sleep(150);
    }
    await Promise.all(workers);
    for (const error of refused) expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    const rows = await service.inPostgres();
    expect(rows).toEqual(expect.arrayContaining(acknowledged));
    expect(new Set(rows).size).toBe(rows.length);
    isOnPrimaryThroughout(service);
  });
});

const MAX_WAIT_MS = 3_000;

interface TooMany {
  readonly service: Service;
  readonly relieve: () => Promise<unknown>;
}

/** A service that gets two connections, one of which its probe keeps, though its pool would take five. */
async function limitedByRole(environment: Environment): Promise<TooMany> {
  const role = `limited_${environment}_${Date.now()}`;
  const database = await postgres.createDatabase();
  await postgres.query(`CREATE ROLE ${role} LOGIN PASSWORD 'limited'; GRANT ALL ON SCHEMA public TO ${role}`, [], database);
  const service = await startService(postgres, environment, {
    database,
    primary: { username: role, password: 'limited' },
    options: { maxWait: MAX_WAIT_MS },
  });
  await postgres.query(`ALTER ROLE ${role} CONNECTION LIMIT 2`);
  onTestFinished(async () => {
    await postgres.query(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
  });
  return { service, relieve: () => postgres.query(`ALTER ROLE ${role} CONNECTION LIMIT -1`) };
}

/** As above, because others have taken all that the server gives. */
async function limitedByServer(environment: Environment): Promise<TooMany> {
  const database = await postgres.createDatabase();
  await postgres.query("CREATE ROLE others LOGIN PASSWORD 'others'", [], database).catch(() => undefined);
  await postgres.query('GRANT ALL ON SCHEMA public TO others', [], database);
  const service = await startService(postgres, environment, {
    database,
    primary: { username: 'others', password: 'others' },
    options: { maxWait: MAX_WAIT_MS },
  });
  const clients: pg.Client[] = [];
  for (let full = false; !full; ) {
    const { host, port } = postgres;
    const client = new pg.Client({ host, port, user: 'others', password: 'others', database });
    client.on('error', () => undefined);
    full = await client.connect().then(
      () => clients.push(client) === 0,
      () => true,
    );
  }
  const relieve = () => Promise.all(clients.splice(0).map((client) => client.end()));
  onTestFinished(async () => {
    await relieve();
  });
  return { service, relieve };
}

describe.each(ENVIRONMENTS)('in %s, too many connections', (environment) => {
  it.each([
    ['for a role', limitedByRole],
    ['for the server', limitedByServer],
  ])('%s cause no switch: calls are answered by the connections there are', async (_, limit) => {
    const { service, relieve } = await limit(environment);
    const calls = await Promise.all(Array.from({ length: 20 }, (_call, n) => settledOf(service.orders.create({ name: `during ${n}` }))));
    for (const { error, tookMs } of calls) {
      expect(tookMs).toBeLessThan(20_000);
      if (error !== undefined) expect(error.original?.code).toBe('53300');
    }
    const done = calls.filter(({ error }) => error === undefined).length;
    expect(done).toBeGreaterThan(0);
    expect(toldOf(service, 'outcome').filter((payload) => (payload as { outcome: string }).outcome !== 'not-sent')).toEqual([]);
    expect((await service.inPostgres()).length).toBe(done + 1);
    isOnPrimaryThroughout(service);

    await relieve();
    const after = await Promise.all(Array.from({ length: 20 }, (_call, n) => settledOf(service.orders.create({ name: `after ${n}` }))));
    expect(after.filter(({ error }) => error !== undefined)).toEqual([]);
    isOnPrimaryThroughout(service);
  });

  it('of which a service gets none make its calls fail as that, in time', async () => {
    const { service, relieve } = await limitedByRole(environment);
    const role = (service.sequelize.config as { username: string }).username;
    await postgres.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
    await endAllSessions(service.database);
    const calls = await Promise.all([settledOf(service.orders.count()), settledOf(service.orders.create({ name: 'during' }))]);
    for (const { error, tookMs } of calls) {
      expect(error?.original?.code).toBe('53300');
      expect(tookMs).toBeLessThan(MAX_WAIT_MS + 10_000);
    }
    isOnPrimaryThroughout(service);
    expect(service.connection.getStatus()).toMatchObject({ reason: 'too-many-connections' });
    await relieve();
    expect(await namesOf(service)).toEqual(['before']);
  });
});
