import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { isIn, settledOf, startService } from './service.js';
import { newCalls } from './work-in-flight.js';

leakGuard();

let postgres: PostgresServer;
let proxy: FaultProxy;

beforeAll(async () => {
  postgres = await startPostgres({ settings: { log_connections: 'on' } });
});
afterAll(() => postgres.dispose());
beforeEach(async () => {
  proxy = await startProxy(postgres);
});
afterEach(() => proxy.close());

const FAULTS: Record<string, () => unknown> = {
  'refuses connections': () => proxy.refuse(),
  'swallows everything': () => proxy.blackhole(),
};

describe.each(Object.keys(FAULTS))('in production, while the network %s', (fault) => {
  it('a call waits for maxWait, then learns that nothing was sent and when to come back', async () => {
    const maxWait = 700;
    const service = await startService(postgres, 'production', { via: proxy, options: { maxWait } });
    await FAULTS[fault]?.();
    // The first ones find out, the next ones know.
    const finders = newCalls(service, 'finder');
    await isIn(service, 'unavailable');
    const calls = newCalls(service, 'during');
    for (const call of Object.values(calls)) {
      const { error, tookMs } = await call;
      expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', outcome: 'not-sent' });
      expect(error?.retryAfterMs).toBeGreaterThan(0);
      expect(error?.cause).toBeInstanceOf(Error);
      expect(tookMs).toBeGreaterThan(maxWait - 50);
      expect(tookMs).toBeLessThan(maxWait + 4_000);
    }
    for (const call of Object.values(finders)) {
      const { error, tookMs } = await call;
      // Who took the one connection that was open may have sent a write.
      expect(['DATABASE_UNAVAILABLE', 'OUTCOME_UNKNOWN']).toContain(error?.code);
      expect(tookMs).toBeLessThan(maxWait + 8_000);
    }
    await proxy.restore();
    await isIn(service, 'primary');
    expect(await service.orders.count()).toBeLessThanOrEqual(2);
  });

  it('a call beyond maxQueued is refused at once', async () => {
    const service = await startService(postgres, 'production', { via: proxy, options: { maxQueued: 5 } });
    await FAULTS[fault]?.();
    void settledOf(service.orders.count());
    await isIn(service, 'unavailable');
    await waitFor(() => service.connection.getStatus().queued === 1, { what: 'the read to wait' });
    const waiting = Array.from({ length: 4 }, (_, n) => settledOf(service.orders.create({ name: `waiting ${n}` })));
    await waitFor(() => service.connection.getStatus().queued === 5, { what: 'five calls to wait' });
    const { error, tookMs } = await settledOf(service.orders.create({ name: 'refused' }));
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', outcome: 'not-sent' });
    expect(error?.retryAfterMs).toBeGreaterThan(0);
    expect(tookMs).toBeLessThan(500);
    await proxy.restore();
    for (const call of waiting) expect((await call).error).toBeUndefined();
    expect(await service.inPostgres()).toEqual(['before', 'waiting 0', 'waiting 1', 'waiting 2', 'waiting 3']);
  });
});

describe('when PostgreSQL is back, 500 calls that waited', () => {
  it('are all answered, and open at most four connections at once', async () => {
    const service = await startService(postgres, 'production', { via: proxy, primary: { pool: { max: 50 } } });
    await proxy.refuse();
    const first = settledOf(service.orders.count());
    await isIn(service, 'unavailable');
    const calls = Array.from({ length: 499 }, (_, n) =>
      settledOf(n % 2 === 0 ? service.orders.create({ name: `${n}` }) : service.sequelize.query('SELECT pg_sleep(0.02)')),
    );
    await waitFor(() => service.connection.getStatus().queued === 500, { what: 'all calls to wait' });
    const logged = postgres.log().length;
    // So that connects take a while.
    await proxy.slow(20);
    await proxy.restore();
    await proxy.slow(20);
    const settled = await Promise.all([first, ...calls]);
    expect(settled.filter(({ error }) => error !== undefined)).toEqual([]);
    await proxy.slow(0);
    const { atOnce, inAll } = connectsIn(postgres.log().slice(logged), service.database);
    expect(inAll).toBeGreaterThan(10);
    // The probe may make one of its own.
    expect(atOnce).toBeLessThanOrEqual(5);
  });
});

/** How many connects were between the server's "received" and its "authorized" at once, and how many there were. */
function connectsIn(log: string, database: string): { atOnce: number; inAll: number } {
  let [open, atOnce, inAll] = [0, 0, 0];
  for (const line of log.split('\n')) {
    if (line.includes('connection received')) open += 1;
    if (line.includes('connection authorized')) open -= 1;
    if (line.includes('connection authorized') && line.includes(`database=${database}`)) inAll += 1;
    atOnce = Math.max(atOnce, open);
  }
  return { atOnce, inAll };
}
