import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer as createServer2, connect as connect2 } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { nothingKnown } from '../../src/failover/primary-facts.js';
import type { State } from '../../src/failover/state.js';
import { type StatusFacts, statusOf } from '../../src/health/report.js';
import { ConfigurationError, type HealthHandlers, healthHandlers, type HealthPolicy, ResilientConnection } from '../../src/index.js';
import { switchableForTest } from '../support/connections.js';
import { leakGuard } from '../support/leak-guard.js';
import { startMuteServer } from '../support/mute-server.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { serve } from '../support/serve.js';
import { waitFor } from '../support/wait-for.js';
import { ask } from './example-service.js';

leakGuard();

const common = { sinceMs: 0, epoch: 1, failoversAtMs: [] };
const STATES: Readonly<Record<string, State>> = {
  connecting: { ...common, name: 'connecting', attempts: 1 },
  primary: { ...common, name: 'primary', failures: 0 },
  degraded: { ...common, name: 'primary', failures: 0, degradedBy: 'too-many-connections' },
  fallback: { ...common, name: 'fallback', reason: 'server-down', goodProbes: 0, held: false },
  unavailable: { ...common, name: 'unavailable', reason: 'black-hole', lostBy: 'black-hole', held: false },
  closed: { ...common, name: 'closed' },
};
const REASONS: Readonly<Record<string, string | undefined>> = {
  degraded: 'too-many-connections',
  fallback: 'server-down',
  unavailable: 'black-hole',
};
const POLICIES: readonly HealthPolicy[] = [
  ...[{}, { fallbackIsReady: undefined }],
  ...[true, false].flatMap((fallbackIsReady) =>
    [true, false].map((unavailableIsReady) => ({ fallbackIsReady, unavailableIsReady }) satisfies HealthPolicy),
  ),
];

const facts = (state: State, more: Partial<StatusFacts> = {}): StatusFacts => ({
  serviceName: 'shop',
  state,
  primary: { ...nothingKnown(), consecutiveFailures: 2 },
  driver: null,
  inFlight: 0,
  queued: 0,
  standingWarning: null,
  clockStartedAtMs: 0,
  ...more,
});
const inState = (name: string) => ({ getStatus: () => statusOf(facts(STATES[name] ?? { ...common, name: 'closed' })) });

const answerOf = async (handler: RequestListener, method = 'GET') => ask(await serve(handler), method);

describe('ready', () => {
  const cases = POLICIES.flatMap((policy) => Object.keys(STATES).map((name) => ({ name, policy })));

  /** The rule, written a second time. */
  const expected = (name: string, { fallbackIsReady, unavailableIsReady }: HealthPolicy): boolean => {
    if (name === 'fallback') return fallbackIsReady !== false;
    return name === 'primary' || name === 'degraded' || (name === 'unavailable' && unavailableIsReady === true);
  };

  it.each(cases)('says of $name with $policy what the policy says', async ({ name, policy }) => {
    const ready = expected(name, policy);
    const { status, headers, text } = await answerOf(healthHandlers(inState(name), policy).ready);
    expect(status).toBe(ready ? 200 : 503);
    expect(text).toBe(JSON.stringify({ ready, state: STATES[name]?.name, reason: REASONS[name] ?? null }));
    expect(headers['retry-after']).toBe(ready ? undefined : '1');
  });

  it('reads the policy once', async () => {
    const policy = { fallbackIsReady: true };
    const { ready } = healthHandlers(inState('fallback'), policy);
    policy.fallbackIsReady = false;
    expect(await answerOf(ready)).toMatchObject({ status: 200 });
  });
});

describe.each(Object.keys(STATES))('in state %s', (name) => {
  const { live, database } = healthHandlers(inState(name));

  it('the process is alive', async () => {
    expect(await answerOf(live)).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  });

  it("database answers with the status's six values in their order", async () => {
    const status = inState(name).getStatus();
    const { status: code, text } = await answerOf(database);
    const names = ['connected', 'dialect', 'fallback', 'serviceName', 'retryAttempts', 'warning'] as const;
    expect([code, text]).toEqual([200, JSON.stringify(Object.fromEntries(names.map((key) => [key, status[key]])))]);
  });
});

describe.each(['live', 'ready', 'database'] as const)('%s', (name) => {
  it.each(['primary', 'unavailable'])('has headers that no cache keeps, in state %s', async (state) => {
    const { headers, text } = await answerOf(healthHandlers(inState(state))[name]);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'content-length': String(Buffer.byteLength(text)),
    });
  });

  it('counts the bytes, not the letters', async () => {
    const getStatus = () => ({ ...inState('primary').getStatus(), warning: 'Größer – 数', reason: 'Größe' as never });
    const { headers, text } = await answerOf(healthHandlers({ getStatus })[name]);
    expect(JSON.parse(text)).toBeTypeOf('object');
    expect(headers['content-length']).toBe(String(Buffer.byteLength(text)));
  });

  it('answers HEAD with the same headers and no body, also where the server refuses bodies there', async () => {
    const handler = healthHandlers(inState('closed'))[name];
    const url = await serve(handler, { rejectNonStandardBodyWrites: true });
    const [get, head] = [await ask(url), await ask(url, 'HEAD')];
    const undated = (headers: object) => ({ ...headers, date: undefined });
    expect([head.status, head.text, undated(head.headers)]).toEqual([get.status, '', undated(get.headers)]);
  });

  it('leaves a response alone that was begun or has ended already', async () => {
    const handler = healthHandlers(inState('closed'))[name];
    const begun = await answerOf((request, response) => {
      response.writeHead(202);
      handler(request, response);
      response.end('begun');
    });
    const ended = await answerOf((request, response) => {
      response.statusCode = 202;
      response.end('ended');
      handler(request, response);
    });
    expect([begun, ended]).toMatchObject([
      { status: 202, text: 'begun' },
      { status: 202, text: 'ended' },
    ]);
  });

  it('says nothing to a client that is gone', async () => {
    const handler = healthHandlers(inState('primary'))[name];
    let client: Socket | undefined;
    const handled = new Promise<unknown>((resolve, reject) => {
      void serve((request, response) => {
        response.once('error', reject);
        request.socket.once('close', () => {
          try {
            handler(request, response);
            setImmediate(resolve, 'handled');
          } catch (error) {
            reject(new Error('The handler threw.', { cause: error }));
          }
        });
        client?.destroy();
      }).then((url) => {
        client = connect(Number(new URL(url).port), '127.0.0.1');
        client.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n');
      });
    });
    expect(await handled).toBe('handled');
  });

  it('answers with JSON where the status itself fails, without its error', async () => {
    const getStatus = () => {
      throw new Error('a secret');
    };
    const { status, text } = await answerOf(healthHandlers({ getStatus })[name]);
    const expected = {
      live: [200, { status: 'ok' }],
      ready: [503, { ready: false, state: null, reason: null }],
      database: [200, expect.objectContaining({ connected: false, dialect: null, warning: 'The status could not be read' })],
    };
    expect([status, JSON.parse(text)]).toEqual(expected[name]);
    expect(text).not.toMatch(/secret|at .*\.ts/);
  });

  it('serves HTTP/2', async () => {
    const handler = healthHandlers(inState('unavailable'))[name];
    const server = createServer2((request, response) => handler(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const session = connect2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    onTestFinished(async () => {
      session.close();
      server.close();
      await once(server, 'close');
    });
    const stream = session.request({ ':path': '/' });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    const [body] = (await once(stream, 'data')) as [Buffer];
    expect(headers).toMatchObject({ ':status': name === 'ready' ? 503 : 200, 'content-length': String(body.length) });
  });
});

describe('healthHandlers', () => {
  const { getStatus } = inState('primary');
  const refusal = (connection: unknown, policy?: unknown): { option?: string; message?: string } => {
    try {
      healthHandlers(connection as { getStatus: typeof getStatus }, policy as HealthPolicy);
    } catch (error) {
      if (error instanceof ConfigurationError) return { option: error.option, message: error.message };
    }
    return {};
  };

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [{}, 'an object'],
    ['postgres://shop:pass@mill/shop', 'a string that is not shown, because it may hold a password'],
    [{ getStatus: true }, 'an object'],
  ])('refuses the connection %j', (connection, received) => {
    expect(refusal(connection)).toEqual({
      option: 'connection',
      message: `connection: must be a resilient connection, or an object with getStatus(); received ${received}`,
    });
  });

  it.each([
    [{ fallbackIsReaddy: true }, 'policy.fallbackIsReaddy', 'is not an option; did you mean policy.fallbackIsReady?'],
    [{ unavailable: true }, 'policy.unavailable', 'is not an option; did you mean policy.unavailableIsReady?'],
    [{ timeout: 5 }, 'policy.timeout', 'is not an option; the options here are fallbackIsReady, unavailableIsReady'],
    [{ constructor: true }, 'policy.constructor', 'is not an option; the options here are fallbackIsReady, unavailableIsReady'],
    [{ fallbackIsReady: 'false' }, 'policy.fallbackIsReady', 'must be true or false; received "false"'],
    [{ unavailableIsReady: 1 }, 'policy.unavailableIsReady', 'must be true or false; received 1'],
    [null, 'policy', 'must be an object; received null'],
    [false, 'policy', 'must be an object; received false'],
  ])('refuses the policy %j', (policy, option, rule) => {
    expect(refusal({ getStatus }, policy)).toEqual({ option, message: `${option}: ${rule}` });
  });

  it('takes little time', () => {
    const { live, ready, database } = healthHandlers({ getStatus });
    const response = { headersSent: false, writeHead: () => undefined, end: () => undefined };
    for (const handler of [live, ready, database]) {
      const rounds = Array.from({ length: 7 }, () => microsecondsPerCall(() => handler({ method: 'GET' }, response)));
      expect(rounds.sort((a, b) => a - b)[3]).toBeLessThan(50);
    }
  });
});

function microsecondsPerCall(call: () => void): number {
  const startedAtMs = performance.now();
  for (let count = 0; count < 10_000; count++) call();
  return (performance.now() - startedAtMs) / 10;
}

describe('a response of another make', () => {
  const connection = inState('connecting');

  it('that has no writeHead is given its headers one by one', () => {
    const told: Record<string, unknown> = {};
    const response = {
      statusCode: 0,
      setHeader: (name: string, value: string | number) => void (told[name] = value),
      end: (body: string) => void (told['body'] = body),
    };
    healthHandlers(connection).ready(undefined, response);
    expect(response.statusCode).toBe(503);
    expect(told).toMatchObject({
      'Cache-Control': 'no-store',
      'Retry-After': 1,
      body: expect.stringContaining('"ready":false') as unknown,
    });
  });

  it.each([undefined, null, {}, Promise.resolve()])('and a status that is none (%s): not ready, without an error', (status) => {
    let code = 0;
    const response = { writeHead: (given: number) => void (code = given), end: () => undefined };
    healthHandlers({ getStatus: () => status as never }).ready(undefined, response);
    expect(code).toBe(503);
  });
});

describe('the handlers of a connection', () => {
  let postgres: PostgresServer;

  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.dispose());

  const asked = async (handlers: HealthHandlers) => {
    const [live, ready, database] = await Promise.all([answerOf(handlers.live), answerOf(handlers.ready), answerOf(handlers.database)]);
    expect([live.status, database.status]).toEqual([200, 200]);
    return { code: ready.status, ready: JSON.parse(ready.text) as unknown, database: database.text };
  };

  it('are not ready before it has connected, and from the start of close() on', async () => {
    const mute = await startMuteServer();
    onTestFinished(() => mute.close());
    const password = 'a-password-of-nobody';
    const connection = new ResilientConnection({
      serviceName: 'shop',
      primary: { host: mute.host, port: mute.port, database: 'shop', username: 'shop', password },
      options: { allowSQLiteFallback: false, maxRetries: 0, connectTimeout: 1500 },
      logger: false,
    });
    const handlers = healthHandlers(connection);
    expect(await asked(handlers)).toMatchObject({ code: 503, ready: { ready: false, state: 'connecting', reason: null } });
    await expect(connection.ready).rejects.toThrow();
    const { database, ...unavailable } = await asked(handlers);
    expect(unavailable).toEqual({ code: 503, ready: { ready: false, state: 'unavailable', reason: 'black-hole' } });
    expect(database).not.toContain(password);
    const closed = connection.close();
    expect(await asked(handlers)).toMatchObject({ code: 503, ready: { ready: false, state: 'closed', reason: null } });
    await closed;
    expect(await asked(handlers)).toMatchObject({ code: 503, ready: { ready: false, state: 'closed', reason: null } });
  });

  it('follow it to the fallback and back; work under way does not keep close() from being told', async () => {
    const { connection, sequelize, toSqlite, toPostgres } = await switchableForTest(postgres);
    const handlers = healthHandlers(connection, { fallbackIsReady: false });
    expect(await asked(handlers)).toMatchObject({ code: 200, ready: { state: 'primary' } });
    await toSqlite();
    expect(await asked(handlers)).toMatchObject({ code: 503, ready: { state: 'fallback', reason: 'manual' } });
    await toPostgres();
    expect(await asked(handlers)).toMatchObject({ code: 200, ready: { state: 'primary' } });

    const working = sequelize.query('SELECT pg_sleep(0.5)');
    await waitFor(() => connection.getStatus().inFlight === 1, { what: 'the statement to be sent' });
    const closed = connection.close();
    expect(await asked(handlers)).toMatchObject({ code: 503, ready: { state: 'closed' } });
    await working;
    await closed;
  });
});
