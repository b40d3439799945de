import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { traceDatabaseOutages } from '../../examples/opentelemetry/tracing.js';
import { CAN_LOCK, ENVIRONMENTS, isIn, lockTable, type Service, sessionsWait, settledOf, startService } from '../outages/service.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

const exporter = new InMemorySpanExporter();
let postgres: PostgresServer;
let stopTracing: () => void;

beforeAll(async () => {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  postgres = await startPostgres({ settings: CAN_LOCK });
});
afterAll(async () => {
  context.disable();
  trace.disable();
  await postgres.dispose();
});
beforeEach(() => {
  stopTracing = traceDatabaseOutages();
});
afterEach(async () => {
  stopTracing();
  exporter.reset();
  await postgres.start();
});

/** Does work as a service would that handles a request: within a span of its own. */
const inRequest = <T>(name: string, work: () => Promise<T>): Promise<T> =>
  trace.getTracer('test').startActiveSpan(name, (span) => work().finally(() => span.end()));

const spansOf = (name: string): ReadableSpan[] => exporter.getFinishedSpans().filter((span) => span.name === name);

/** The events of the one span of this name: names and attributes, without what differs from run to run. */
function eventsOf(name: string): [string, unknown][] {
  const spans = spansOf(name);
  expect(spans).toHaveLength(1);
  return (spans[0]?.events ?? []).map(({ name: event, attributes }) => [event, attributes]);
}

/** A statement of the service is on its way. */
const sleeps = (service: Service): Promise<unknown> =>
  waitFor(
    async () => {
      const [row] = await postgres.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = '${service.database}' AND state = 'active' AND query LIKE '%sleep(%'`,
      );
      return row?.n === 1;
    },
    { what: 'the statement to be on its way' },
  );

describe('a PostgreSQL that is killed and comes back', () => {
  it('is one span with its failover and its return, which is no part of any request', async () => {
    const service = await startService(postgres, 'development');
    await inRequest('GET /orders', async () => {
      await postgres.kill();
      await service.orders.findAll();
      await isIn(service, 'fallback');
    });
    expect(spansOf('database outage')).toEqual([]);
    await postgres.start();
    await isIn(service, 'primary');

    const [outage] = spansOf('database outage');
    expect(outage?.parentSpanContext).toBeUndefined();
    expect(outage?.status.code).toBe(SpanStatusCode.ERROR);
    expect(outage?.attributes).toEqual({ 'service.name': 'shop', 'error.type': outage?.status.message });
    expect(outage?.attributes['error.type']).toMatch(/^(server-down|starting-up)$/);
    const reason = outage?.attributes['error.type'];
    expect(eventsOf('database outage')).toEqual([
      ['disconnected', { 'db.system.name': 'postgresql', 'database.outage.reason': reason }],
      ['failover', { 'db.system.name': 'sqlite', 'database.outage.reason': reason, 'database.epoch': 2 }],
      ['recovered', { 'db.system.name': 'postgresql', 'database.epoch': 3 }],
    ]);
  });

  it('leaves on the span of a request what became of its write', async () => {
    const service = await startService(postgres, 'development');
    const request = inRequest('POST /orders', () =>
      settledOf(service.sequelize.query("INSERT INTO orders SELECT gen_random_uuid(), 'x' FROM pg_sleep(60)")),
    );
    await inRequest('GET /health', () => sleeps(service));
    await postgres.kill();
    expect((await request).error?.code).toBe('OUTCOME_UNKNOWN');
    expect(eventsOf('POST /orders')).toEqual([
      ['database call interrupted', { 'database.call.kind': 'write', 'database.call.outcome': 'unknown' }],
    ]);
    expect(eventsOf('GET /health')).toEqual([]);
  });

  it.each([
    ['a finder', (service: Service) => service.orders.findAll()],
    ['raw SQL', (service: Service) => service.sequelize.query('SELECT name FROM orders')],
  ])('leaves on the span of a request that its read was made again, and where: %s', async (_what, read) => {
    const service = await startService(postgres, 'development');
    const lock = await lockTable(postgres, service.database, 'orders');
    const request = inRequest('GET /orders', () => settledOf(read(service)));
    await sessionsWait(postgres, service.database, 1);
    await postgres.kill();
    expect(await request).not.toHaveProperty('error');
    const events = eventsOf('GET /orders').filter(([name]) => name !== 'database call waited');
    expect(events).toHaveLength(2);
    expect(events).toContainEqual(['database call interrupted', { 'database.call.kind': 'read', 'database.call.outcome': 'rolled-back' }]);
    expect(events).toContainEqual(['database call repeated', { 'db.system.name': 'sqlite', 'database.call.kind': 'read' }]);
    await postgres.start();
    await lock.release();
  });

  it('leaves on the span of a request that its transaction was rolled back', async () => {
    const service = await startService(postgres, 'development');
    const request = inRequest('POST /pay', () =>
      settledOf(
        service.sequelize.transaction(async (transaction) => {
          await service.payments.create({ name: 'lost' }, { transaction });
          await postgres.kill();
          await service.payments.create({ name: 'never' }, { transaction });
        }),
      ),
    );
    expect((await request).error?.outcome).toBe('rolled-back');
    expect(eventsOf('POST /pay')).toEqual([
      ['database call interrupted', { 'database.call.kind': 'transaction', 'database.call.outcome': 'rolled-back' }],
    ]);
  });

  it('leaves on the span of a request how long it waited, where there is no fallback', async () => {
    const service = await startService(postgres, 'production');
    await postgres.kill();
    await isIn(service, 'unavailable');
    const request = inRequest('GET /orders', () => service.orders.count());
    await postgres.start();
    expect(await request).toBe(1);
    const [event] = eventsOf('GET /orders');
    expect(event).toEqual([
      'database call waited',
      { 'db.system.name': 'postgresql', 'database.call.wait_ms': expect.any(Number) as unknown },
    ]);
    expect((event?.[1] as Record<string, number>)['database.call.wait_ms']).toBeGreaterThan(0);
    expect(eventsOf('database outage').map(([name]) => name)).toEqual(['disconnected', 'recovered']);
  });

  it('leaves on the span of a request that its wait was in vain', async () => {
    const service = await startService(postgres, 'production', { options: { maxWait: 300, connectTimeout: 2_000 } });
    await postgres.kill();
    await isIn(service, 'unavailable');
    const request = await inRequest('GET /orders', () => settledOf(service.orders.count()));
    expect(request.error?.code).toBe('DATABASE_UNAVAILABLE');
    const events = eventsOf('GET /orders');
    expect(events.map(([name]) => name)).toEqual(['database call waited']);
    expect(Object.keys(events[0]?.[1] as object)).toEqual(['database.call.wait_ms']);
  });
});

describe('an outage that lasts when the connection is closed', () => {
  it.each(ENVIRONMENTS)('ends with it in %s', async (environment) => {
    const service = await startService(postgres, environment);
    await postgres.kill();
    await settledOf(service.connection.reconnect());
    await isIn(service, environment === 'production' ? 'unavailable' : 'fallback');
    expect(spansOf('database outage')).toEqual([]);
    await service.connection.close({ timeout: 0 });
    expect(eventsOf('database outage').map(([name]) => name)).toEqual(
      environment === 'production' ? ['disconnected'] : ['disconnected', 'failover'],
    );
  });
});

describe('a connection whose outages nobody traces', () => {
  it('leaves no spans', async () => {
    stopTracing();
    const service = await startService(postgres, 'development');
    await postgres.kill();
    await inRequest('GET /orders', () => service.orders.findAll());
    await isIn(service, 'fallback');
    await service.connection.close({ timeout: 0 });
    expect(exporter.getFinishedSpans().map(({ name, events }) => [name, events])).toEqual([['GET /orders', []]]);
  });
});
