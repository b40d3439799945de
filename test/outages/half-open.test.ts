import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { ENVIRONMENTS, namesOf, type Service, settledOf, startService, told } from './service.js';

leakGuard();

let postgres: PostgresServer;
let silent: number[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
afterEach(() => wake());

/** Silences the sessions there are, as a firewall does that forgot them; new ones are served. */
async function silence(database: string): Promise<void> {
  const sessions = await postgres.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE datname = '${database}' AND pid <> pg_backend_pid()`,
  );
  silent = sessions.map(({ pid }) => pid);
  for (const pid of silent) process.kill(pid, 'SIGSTOP');
}

function wake(): void {
  for (const pid of silent.splice(0)) process.kill(pid, 'SIGCONT');
}

/** Opens so many connections of the pool. */
const warm = ({ sequelize }: Service, count: number) =>
  Promise.all(Array.from({ length: count }, () => sequelize.query('SELECT pg_sleep(0.2)')));

describe.each(ENVIRONMENTS)('in %s, connections whose other end went silent', (environment) => {
  it('cause no switch, because new ones are served; calls on the others go on', async () => {
    const service = await startService(postgres, environment, { options: { detection: 'fast', healthCheckInterval: 300 } });
    await warm(service, 2);
    await silence(service.database);
    const stuck = [settledOf(service.orders.count()), settledOf(service.orders.count())];
    const calls = Array.from({ length: 10 }, (_, n) => settledOf(service.orders.create({ name: `during ${n}` })));
    for (const { error, tookMs } of await Promise.all(calls)) {
      expect(error).toBeUndefined();
      expect(tookMs).toBeLessThan(5_000);
    }
    expect(service.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1, inFlight: 2 });
    wake();
    for (const call of stuck) expect((await call).error).toBeUndefined();
    expect(told(service)).toEqual([]);
    expect(await namesOf(service)).toHaveLength(11);
  });

  it('that fill the pool make calls fail after pool.acquire, as what it is', async () => {
    const service = await startService(postgres, environment, {
      primary: { pool: { max: 2, acquire: 1_500 } },
      options: { detection: 'fast' },
    });
    await warm(service, 2);
    await silence(service.database);
    const stuck = [settledOf(service.orders.count()), settledOf(service.orders.count())];
    const { error, tookMs } = await settledOf(service.orders.count());
    expect(error?.name).toBe('SequelizeConnectionAcquireTimeoutError');
    expect(tookMs).toBeLessThan(6_000);
    expect(service.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1 });
    wake();
    for (const call of stuck) expect((await call).error).toBeUndefined();
    expect(await namesOf(service)).toEqual(['before']);
  });

  it('are asked by TCP within half a minute whether they are still there', async () => {
    const service = await startService(postgres, environment);
    await warm(service, 2);
    const timers = keepaliveTimersMs(postgres.port);
    // Two of the pool and the probe's.
    expect(timers.length).toBeGreaterThanOrEqual(3);
    expect(timers.filter((ms) => ms > 30_000)).toEqual([]);
  });
});

/** When each connection to a port is asked next; infinity where TCP never asks. Linux tells it in 1/100 s. */
function keepaliveTimersMs(port: number): number[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const KEEPALIVE = '02';
  return readFileSync('/proc/self/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote, state]) => remote?.endsWith(`:${hexPort}`) && state === '01')
    .map(([, , , , , timer = '']) => timer.split(':'))
    .map(([kind, ticks = '']) => (kind === KEEPALIVE ? Number.parseInt(ticks, 16) * 10 : Number.POSITIVE_INFINITY));
}
