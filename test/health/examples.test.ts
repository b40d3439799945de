import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { type ExampleService, startExample } from './example-service.js';

leakGuard();

const EXAMPLES = ['express.ts', 'fastify.ts', 'node-http.ts'];
const TEST_MS = 60_000;
const STATUS_KEYS = ['connected', 'dialect', 'fallback', 'serviceName', 'retryAttempts', 'warning'];

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
afterEach(async () => {
  if (!postgres.running) await postgres.start();
});

/** Waits until `/health/ready` tells of a state, and resolves to what it answered then. */
const readyIn = (service: ExampleService, state: string) =>
  waitFor(
    async () => {
      const answer = await service.ask('/health/ready');
      return (JSON.parse(answer.text) as { state: string }).state === state ? answer : undefined;
    },
    { timeoutMs: 25_000, what: `the state ${state}; the example printed: ${service.output()}` },
  );

const alive = async ({ ask }: ExampleService) => expect(await ask('/health/live')).toMatchObject({ status: 200, text: '{"status":"ok"}' });

const databaseOf = async ({ ask }: ExampleService): Promise<Record<string, unknown>> => {
  const { status, headers, text } = await ask('/health/database');
  expect({ status, cache: headers['cache-control'] }).toEqual({ status: 200, cache: 'no-store' });
  return JSON.parse(text) as Record<string, unknown>;
};

async function fallbackGauge({ ask }: ExampleService): Promise<string | undefined> {
  const { status, headers, text } = await ask('/metrics');
  expect(status).toBe(200);
  expect(headers['content-type']).toMatch(/^text\/plain; .*version=0\.0\.4/);
  return /^database_fallback_active\{service="shop"\} (\d)$/m.exec(text)?.[1];
}

describe.each(EXAMPLES)('examples/health/%s', (file) => {
  it(
    'is ready on PostgreSQL, on the fallback and on PostgreSQL again, and says which',
    async () => {
      const service = await startExample(file, postgres, { NODE_ENV: 'development' });
      expect(await readyIn(service, 'primary')).toMatchObject({ status: 200, text: '{"ready":true,"state":"primary","reason":null}' });
      const status = await databaseOf(service);
      expect(Object.keys(status)).toEqual(STATUS_KEYS);
      expect(Object.values(status)).toEqual([true, 'postgres', false, 'shop', 0, null]);

      expect(await fallbackGauge(service)).toBe('0');

      await postgres.kill();
      expect(await readyIn(service, 'fallback')).toMatchObject({ status: 200 });
      await alive(service);
      expect(await databaseOf(service)).toMatchObject({
        connected: true,
        dialect: 'sqlite',
        fallback: true,
        warning: 'Running in fallback mode - PostgreSQL unavailable',
      });

      expect(await fallbackGauge(service)).toBe('1');

      await postgres.start();
      expect(await readyIn(service, 'primary')).toMatchObject({ status: 200 });
      expect(await databaseOf(service)).toMatchObject({ dialect: 'postgres', fallback: false, warning: null });
    },
    TEST_MS,
  );

  it(
    'in production is alive and not ready while PostgreSQL is away, and not ready from SIGTERM on',
    async () => {
      const database = postgres.urlOf(await postgres.createDatabase());
      await postgres.stop('fast');
      const service = await startExample(file, postgres, { NODE_ENV: 'production', DATABASE_URL: database, DB_MAX_RETRIES: '0' });
      const unready = await readyIn(service, 'unavailable');
      expect(unready).toMatchObject({ status: 503, text: '{"ready":false,"state":"unavailable","reason":"server-down"}' });
      expect(unready.headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' });
      await alive(service);
      expect(await databaseOf(service)).toMatchObject({ connected: false, dialect: null, fallback: false });
      expect(await service.ask('/health/ready', 'HEAD')).toMatchObject({ status: 503, text: '' });

      await postgres.start();
      expect(await readyIn(service, 'primary')).toMatchObject({ status: 200 });

      service.terminate();
      const stopping = await readyIn(service, 'closed');
      expect(stopping).toMatchObject({ status: 503, text: '{"ready":false,"state":"closed","reason":null}' });
      expect(stopping.headers['retry-after']).toBe('1');
      await alive(service);
      // Requests that are under way may still use the database.
      expect(await databaseOf(service)).toMatchObject({ connected: true, dialect: 'postgres' });
      expect(await service.ended, service.output()).toEqual({ code: 0, signal: null });
    },
    TEST_MS,
  );
});

describe('the page of examples/health/node-http.ts', () => {
  it('needs nothing from elsewhere', async () => {
    const service = await startExample('node-http.ts', postgres, { NODE_ENV: 'development' });
    await readyIn(service, 'primary');
    const { status, headers, text } = await service.ask('/');
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/html; charset=utf-8' });
    expect(text).toContain('/health/ready');
    expect(text).toContain('/health/database');
    expect(text.match(/(?:https?:)?\/\/\w|@import|<(?:script|img|iframe)[^>]*\ssrc/g)).toBeNull();
    expect(await service.ask('/elsewhere')).toMatchObject({ status: 404 });
  });
});
