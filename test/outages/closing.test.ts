import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { leakGuard } from '../support/leak-guard.js';
import { openSqliteFiles } from '../support/open-files.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { isIn, type Service, type ServiceOptions, type Settled, settledOf, startService } from './service.js';

leakGuard();

const CLOSE_TIMEOUT_MS = 400;
/** What the deadline, the closing of sockets and a busy machine may take together. */
const BOUND_MS = 4_000;

let postgres: PostgresServer;
let proxy: FaultProxy;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
beforeEach(async () => {
  proxy = await startProxy(postgres);
});
afterEach(async () => {
  await postgres.thaw();
  await proxy.close();
});

const start = (environment: 'production' | 'development', options: ServiceOptions = {}) =>
  startService(postgres, environment, { via: proxy, ...options });

/** A schema step that hangs from its second run on the role on: the first is the start's. */
function hangingStep(role: 'primary' | 'fallback') {
  let runs = 0;
  const isHanging = () => runs > (role === 'primary' ? 1 : 0);
  const step = async (): Promise<void> => {
    runs += 1;
    if (isHanging()) await new Promise(() => undefined);
  };
  return { isHanging, schema: role === 'primary' ? { primary: step } : { primary: 'sync' as const, fallback: step } };
}

interface Moment {
  readonly service: Service;
  /** Work that is under way. */
  readonly work: readonly Promise<Settled>[];
}

const MOMENTS: Record<string, () => Promise<Moment>> = {
  'while a frozen PostgreSQL is being found out': async () => {
    const service = await start('production');
    const work = [settledOf(service.sequelize.query('SELECT pg_sleep(30)'))];
    await waitFor(() => service.connection.getStatus().inFlight === 1, { what: 'the statement' });
    await postgres.freeze();
    work.push(settledOf(service.orders.create({ name: 'during' })));
    await waitFor(() => service.connection.getStatus().primary.consecutiveFailures === 1, { what: 'the first failed probe' });
    return { service, work };
  },
  'while calls wait for a PostgreSQL that is away': async () => {
    const service = await start('production');
    await proxy.refuse();
    const work = [settledOf(service.orders.count())];
    await isIn(service, 'unavailable');
    work.push(settledOf(service.orders.count()), settledOf(service.sequelize.transaction(() => Promise.resolve())));
    await waitFor(() => service.connection.getStatus().queued === 3, { what: 'three calls to wait' });
    return { service, work };
  },
  'while calls wait for a PostgreSQL that is silent': async () => {
    const service = await start('production', { options: { detection: 'fast' } });
    await proxy.blackhole();
    const work = [settledOf(service.orders.count())];
    await isIn(service, 'unavailable');
    work.push(settledOf(service.orders.count()));
    return { service, work };
  },
  'in the middle of a failover': async () => {
    const { isHanging, schema } = hangingStep('fallback');
    const service = await start('development', { schema });
    await proxy.refuse();
    const work = [settledOf(service.orders.count()), settledOf(service.orders.create({ name: 'during' }))];
    await waitFor(isHanging, { what: 'the schema step' });
    return { service, work };
  },
  'in the middle of a failback': async () => {
    const { isHanging, schema } = hangingStep('primary');
    const service = await start('development', { schema });
    await proxy.refuse();
    await settledOf(service.orders.count());
    await isIn(service, 'fallback');
    await proxy.restore();
    await waitFor(isHanging, { what: 'the schema step' });
    return { service, work: [settledOf(service.orders.count())] };
  },
  'on a fallback whose PostgreSQL is silent': async () => {
    const service = await start('development', { options: { detection: 'fast' } });
    await proxy.blackhole();
    await settledOf(service.orders.count());
    await isIn(service, 'fallback');
    await waitFor(() => proxy.connections > 0, { what: 'a probe' });
    return { service, work: [settledOf(service.orders.create({ name: 'during' }))] };
  },
  'while it is asked what became of a COMMIT': async () => {
    const service = await start('production');
    const { sequelize, orders } = service;
    await sequelize.query(
      'CREATE FUNCTION slowly() RETURNS trigger AS $$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$ LANGUAGE plpgsql',
    );
    await sequelize.query(
      'CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slowly()',
    );
    const work = [settledOf(sequelize.transaction((transaction) => orders.create({ name: 'in doubt' }, { transaction })))];
    await waitFor(
      async () =>
        (await postgres.query(`SELECT 1 FROM pg_stat_activity WHERE datname = '${service.database}' AND wait_event = 'PgSleep'`)).length >
        0,
      { what: 'the COMMIT to be on its way' },
    );
    await proxy.refuse();
    await isIn(service, 'unavailable');
    return { service, work };
  },
};

describe.each(Object.keys(MOMENTS))('close() %s', (moment) => {
  it.each([CLOSE_TIMEOUT_MS, 0])('with a timeout of %i ms ends in time, answers everybody and leaves nothing', async (timeout) => {
    const { service, work } = await (MOMENTS[moment] as () => Promise<Moment>)();
    const closed = service.connection.close({ timeout }).then(() => 'closed');
    expect(await Promise.race([closed, sleep(BOUND_MS, 'still open', { ref: false })])).toBe('closed');
    const settled = Promise.all(work).then(() => 'answered');
    expect(await Promise.race([settled, sleep(BOUND_MS, 'still waiting', { ref: false })])).toBe('answered');
    expect(service.connection.getStatus()).toMatchObject({ state: 'closed', connected: false, inFlight: 0, queued: 0 });
    expect(openSqliteFiles(service.file.replace(/[^/]*$/, '..'))).toEqual([]);
    expect(service.events.at(-1)?.name).toBe('closed');
  });
});
