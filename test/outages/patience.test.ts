import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { ENVIRONMENTS, type Service, settledOf, startService, told, toldOf } from './service.js';

leakGuard();

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());

/** Keeps the event loop from turning, as a long computation or a debugger's pause does. */
function block(ms: number): void {
  const endsAtMs = performance.now() + ms;
  while (performance.now() < endsAtMs);
}

const isUntouched = (service: Service) => {
  expect(told(service)).toEqual([]);
  expect(toldOf(service, 'outcome')).toEqual([]);
  expect(service.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1, reason: null, warning: null, inFlight: 0 });
};

describe.each(ENVIRONMENTS)('in %s', (environment) => {
  it.each(['default', 'fast'] as const)('an event loop that is blocked for 3 s is no outage (detection %s)', async (detection) => {
    const service = await startService(postgres, environment, { options: { detection, healthCheckInterval: 200 } });
    let isOver = false;
    const workers = Array.from({ length: 4 }, async (_, worker) => {
      for (let turn = 0; !isOver; turn += 1) {
        await service.orders.create({ name: `${worker}-${turn}` });
        await service.orders.count();
      }
    });
    const settled = settledOf(Promise.all(workers));
    await sleep(300);
    block(3_000);
    await sleep(300);
    // Again, just after statements were sent and while a probe may be under way.
    block(1_500);
    await sleep(1_000);
    isOver = true;
    expect((await settled).error).toBeUndefined();
    isUntouched(service);
  });

  it('a query that takes long is never touched, in a transaction or not', async () => {
    const service = await startService(postgres, environment, { options: { detection: 'fast' } });
    const { sequelize } = service;
    const long = 'SELECT 1 AS one, pg_sleep(4)';
    const answers = await Promise.all([
      sequelize.query(long),
      sequelize.transaction((transaction) => sequelize.query(long, { transaction })),
      connectionUnit(service, long),
    ]);
    for (const [rows] of answers) expect(rows).toMatchObject([{ one: 1 }]);
    // It was looked at meanwhile.
    expect(toldOf(service, 'healthCheckPassed').length).toBeGreaterThan(5);
    isUntouched(service);
  });
});

const connectionUnit = ({ connection, sequelize }: Service, sql: string) => connection.unit(() => sequelize.query(sql));
