import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { livesThrough, type Loss } from './loss.js';
import { CAN_LOCK, ENVIRONMENTS, namesOf, settledOf, startService, told } from './service.js';

leakGuard();

let postgres: PostgresServer;
let proxy: FaultProxy;

beforeAll(async () => {
  postgres = await startPostgres({ settings: CAN_LOCK });
});
afterAll(() => postgres.dispose());
beforeEach(async () => {
  proxy = await startProxy(postgres);
});
afterEach(() => proxy.close());

const LOSSES: Record<string, Loss> = {
  'refuses connections': {
    ...{ reason: /^server-down$/, noticedWithinMs: 5_000 },
    strike: () => proxy.refuse(),
    repair: () => proxy.restore(),
  },
  'swallows everything': {
    // A statement is suspected after 1 s, and two probes of 0.5 s must fail.
    ...{ reason: /^black-hole$/, noticedWithinMs: 3 * 2_000 },
    strike: () => proxy.blackhole(),
    repair: () => proxy.restore(),
  },
};

describe.each(Object.keys(LOSSES))('a network that %s', (name) => {
  it.each(ENVIRONMENTS)('is bridged in %s, and everybody learns what became of his work', async (environment) => {
    const service = await startService(postgres, environment, { via: proxy });
    await livesThrough(LOSSES[name] as Loss, service, environment, postgres);
  });
});

describe.each(ENVIRONMENTS)('in %s, a network', (environment) => {
  it('that is slow never causes a switch, and fails no call', async () => {
    const service = await startService(postgres, environment, { via: proxy, options: { detection: 'fast', healthCheckInterval: 300 } });
    // Slower than a probe of 'fast' may be.
    await proxy.slow(150);
    const endsAtMs = performance.now() + 4_000;
    const workers = Array.from({ length: 8 }, async (_, worker) => {
      for (let turn = 0; performance.now() < endsAtMs; turn += 1) {
        await service.orders.create({ name: `${worker}-${turn}` });
        await service.orders.count();
      }
    });
    expect((await settledOf(Promise.all(workers))).error).toBeUndefined();
    await proxy.slow(0);
    expect(told(service)).toEqual([]);
    expect(service.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1 });
    await service.connection.reconnect();
    expect(service.connection.getStatus()).toMatchObject({ reason: null, warning: null });
  });

  it('that resets every connection causes no switch; reads are answered, and a write that was sent is unknown', async () => {
    const service = await startService(postgres, environment, { via: proxy });
    const reads = Array.from({ length: 4 }, () => settledOf(service.sequelize.query('SELECT pg_sleep(0.5), name FROM orders')));
    const write = settledOf(service.sequelize.query("INSERT INTO orders (id, name) SELECT gen_random_uuid(), 'sent' FROM pg_sleep(0.5)"));
    await waitFor(async () => (await sleepingSessions(service.database)) === 5, { what: 'all five to be on their way' });
    await proxy.cut();
    for (const read of reads) expect((await read).error).toBeUndefined();
    expect((await write).error).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' });
    await service.orders.create({ name: 'after' });
    expect(told(service)).toEqual([]);
    expect(service.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1, reason: null });
    expect(await namesOf(service)).toEqual(expect.arrayContaining(['after', 'before']));
  });
});

const sleepingSessions = async (database: string): Promise<number> =>
  (await postgres.query(`SELECT 1 FROM pg_stat_activity WHERE datname = '${database}' AND wait_event = 'PgSleep'`)).length;
