import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { livesThrough, type Loss } from './loss.js';
import { CAN_LOCK, ENVIRONMENTS, type Environment, settledOf, startService, told, toldOf } from './service.js';

leakGuard();

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres({ settings: CAN_LOCK });
});
afterAll(() => postgres.dispose());
afterEach(() => postgres.thaw());

const FROZEN: Omit<Loss, 'noticedWithinMs'> = {
  reason: /^black-hole$/,
  strike: () => postgres.freeze(),
  repair: () => postgres.thaw(),
};

describe.each(ENVIRONMENTS)('in %s, a PostgreSQL that freezes and thaws', (environment) => {
  // The documented times, three times over: the machine may be busy.
  it('is bridged, and noticed after a statement had no answer for 1 s and two probes of 0.5 s', async () => {
    const service = await startService(postgres, environment);
    await livesThrough({ ...FROZEN, noticedWithinMs: 3 * 2_000 }, service, environment, postgres);
  });

  it("is bridged, and noticed with detection 'fast' after 0.2 s and two probes of 0.2 s", async () => {
    const service = await startService(postgres, environment, { options: { detection: 'fast' } });
    await livesThrough({ ...FROZEN, noticedWithinMs: 3 * 700 }, service, environment, postgres);
  });

  it('for less than a probe takes is no outage', async () => {
    const service = await startService(postgres, environment);
    const read = settledOf(service.orders.count());
    await postgres.freeze();
    const alsoRead = settledOf(service.orders.count());
    await sleep(300);
    await postgres.thaw();
    expect([(await read).value, (await alsoRead).value]).toEqual([1, 1]);
    expect(told(service)).toEqual([]);
  });
});

/** Makes a pool of three connections that are all open. */
async function startWarmService(environment: Environment) {
  const service = await startService(postgres, environment, {
    primary: { pool: { max: 3, min: 3 } },
    options: { detection: 'fast', healthCheckInterval: 300 },
  });
  const { sequelize } = service;
  await Promise.all([1, 2, 3].map(() => sequelize.query('SELECT pg_sleep(0.2)')));
  return service;
}

describe.each(ENVIRONMENTS)('in %s, a PostgreSQL whose postmaster alone freezes', (environment) => {
  it('is degraded, not lost: open connections are served, whatever the probe says', async () => {
    const service = await startWarmService(environment);
    const sessions = await probeSessions(service.database);
    await postgres.freezePostmaster();
    endSessions(sessions);
    const endsAtMs = performance.now() + 3_000;
    const readers = [1, 2, 3].map(async () => {
      while (performance.now() < endsAtMs) await service.orders.count();
    });
    await waitFor(() => service.connection.getStatus().reason === 'black-hole', { timeoutMs: 2_500, what: 'the warning' });
    expect(service.connection.getStatus()).toMatchObject({ state: 'primary', warning: 'PostgreSQL is degraded: black-hole' });
    expect((await settledOf(Promise.all(readers))).error).toBeUndefined();
    await service.orders.create({ name: 'during' });
    expect(told(service)).toEqual([]);
    expect(toldOf(service, 'outcome')).toEqual([]);

    await postgres.thaw();
    await waitFor(() => service.connection.getStatus().reason === null, { what: 'all to be well' });
    expect(service.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1, warning: null });
    expect(await service.inPostgres()).toEqual(['before', 'during']);
  });
});

/** Ends the probe's sessions, so that the next probe needs a new one. Their processes get the signal themselves: the postmaster sleeps. */
function endSessions(pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, 'SIGTERM');
}

const probeSessions = async (database: string): Promise<number[]> =>
  (
    await postgres.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = '${database}' AND application_name LIKE '% probe'`,
    )
  ).map(({ pid }) => pid);
