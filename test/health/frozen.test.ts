import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { healthHandlers } from '../../src/index.js';
import { quantile } from '../bench/statistics.js';
import { ENVIRONMENTS, type Service, settledOf, startService } from '../outages/service.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { serve } from '../support/serve.js';
import { waitFor } from '../support/wait-for.js';
import { ask } from './example-service.js';
import { type LoadResult, startLoad } from './http-load.js';

leakGuard();

const WAITING_CALLS = 50;
const LOAD_MS = 5_000;
/** So much more than a handler that does nothing, which tells how busy the machine is. */
const P99_BOUND_MS = 250;
/** For that one too: what the library does at a loss must not hold up everybody. */
const CONTROL_BOUND_MS = 3_000;

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
afterEach(() => postgres.thaw());

/** Serves the health routes, and `/orders`, which asks the database. */
function serveShop({ connection, orders }: Service): Promise<string> {
  const { live, ready } = healthHandlers(connection);
  const answer = (response: ServerResponse, code: number) => void response.writeHead(code).end();
  return serve((request, response) => {
    if (request.url === '/live') return live(request, response);
    if (request.url === '/ready') return ready(request, response);
    if (request.url === '/control') return answer(response, 200);
    orders.count().then(
      () => answer(response, 200),
      () => answer(response, 503),
    );
  });
}

/** How long 99 of 100 answers took at most; there must be one to each request. */
function p99Of({ url, timesMs, unanswered, codes }: LoadResult): number {
  const sorted = [...timesMs].sort((a, b) => a - b);
  const [p50, p99] = [quantile(sorted, 0.5), quantile(sorted, 0.99)];
  console.log(`${url}: ${JSON.stringify(codes)}, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`);
  expect(unanswered).toBe(0);
  expect(sorted.length).toBeGreaterThan(100);
  return p99;
}

describe.each(ENVIRONMENTS)('in %s, while PostgreSQL is frozen and requests and calls wait for it', (environment) => {
  it('live and ready go on to answer', async () => {
    const service = await startService(postgres, environment, { options: { maxWait: 30_000 } });
    const url = await serveShop(service);
    const load = startLoad({
      forMs: LOAD_MS,
      routes: [
        { url: `${url}/live`, perSecond: 100 },
        { url: `${url}/ready`, perSecond: 100 },
        { url: `${url}/control`, perSecond: 100 },
        { url: `${url}/orders`, perSecond: 50 },
      ],
    });
    await load.begun;
    await postgres.freeze();
    const calls = Array.from({ length: WAITING_CALLS }, () => settledOf(service.orders.count()));
    const away = environment === 'production' ? 'unavailable' : 'fallback';
    await waitFor(() => service.connection.getStatus().state === away, { what: `the state ${away}` });
    if (environment === 'production') {
      await waitFor(() => service.connection.getStatus().queued >= WAITING_CALLS, { what: `${WAITING_CALLS} calls to wait` });
    }
    const [live, ready, control, orders] = (await load.results) as [LoadResult, LoadResult, LoadResult, LoadResult];
    const controlMs = p99Of(control);
    expect(controlMs).toBeLessThan(CONTROL_BOUND_MS);
    const boundMs = controlMs + P99_BOUND_MS;
    expect(p99Of(live)).toBeLessThan(boundMs);
    expect(p99Of(ready)).toBeLessThan(boundMs);
    expect(Object.keys(live.codes)).toEqual(['200']);
    // Also where there is a fallback no database is active while that is made ready.
    expect(ready.codes).toHaveProperty('200');
    expect((await ask(`${url}/ready`)).status).toBe(environment === 'production' ? 503 : 200);
    if (environment === 'production') expect(orders.unanswered).toBeGreaterThan(WAITING_CALLS);

    await postgres.thaw();
    for (const { error } of await Promise.all(calls)) expect(error).toBeUndefined();
  }, 60_000);
});

it('hundreds of calls learn of the loss a few at a time, so that all else has its turn between them', async () => {
  const count = 500;
  const { connection, orders } = await startService(postgres, 'production', { options: { maxWait: 30_000 } });
  let before = 0;
  let mostAtOnce = 0;
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  const look = (): void => {
    const { queued } = connection.getStatus();
    mostAtOnce = Math.max(mostAtOnce, queued - before);
    before = queued;
    if (queued < count && !isOver) setImmediate(look);
  };
  connection.once('disconnected', look);
  await postgres.freeze();
  const calls = Array.from({ length: count }, () => settledOf(orders.count()));
  await waitFor(() => before === count, { what: `${count} calls to wait` });
  expect(mostAtOnce).toBeLessThan(count / 10);
  await postgres.thaw();
  for (const { error } of await Promise.all(calls)) expect(error).toBeUndefined();
}, 60_000);
