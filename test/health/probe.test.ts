import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { classifyFailure } from '../../src/databases/connection-failure.js';
import { Probe, type ProbeTarget } from '../../src/health/probe.js';
import { leakGuard } from '../support/leak-guard.js';
import { startMuteServer } from '../support/mute-server.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';

const NAME = 'shop probe';
/** Long enough for a busy machine; the tests that measure a deadline have one of their own. */
const AMPLE_MS = 10_000;
const inBackground = { holdsProcess: false };

leakGuard();

let server: PostgresServer;
const probes: Probe[] = [];

beforeAll(async () => {
  server = await startPostgres();
});

afterEach(async () => {
  for (const probe of probes.splice(0)) probe.drop();
  // A connection that a failing test left behind must not make the next ones fail too.
  await noBackends().finally(() =>
    server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [NAME]),
  );
});

afterAll(async () => {
  await server.dispose();
});

function targetOf({ host, port }: { host: string; port: number }, changed: Partial<ProbeTarget> = {}): ProbeTarget {
  const { user, password, database } = server;
  return { host, port, database, user, password, ssl: undefined, applicationName: NAME, ...changed };
}

/** A probe that ends with its test. */
function probeOf(target: ProbeTarget, onLost?: () => void): Probe {
  const probe = new Probe(target, systemClock, onLost);
  probes.push(probe);
  return probe;
}

/** The server processes that serve probes. */
const backends = async (): Promise<number[]> => {
  const rows = await server.query<{ pid: number }>('SELECT pid FROM pg_stat_activity WHERE application_name = $1 ORDER BY pid', [NAME]);
  return rows.map(({ pid }) => pid);
};

const noBackends = (): Promise<unknown> =>
  waitFor(async () => (await backends()).length === 0, { what: 'the probe to be gone', timeoutMs: 5_000 });

const failureOf = async (asked: Promise<unknown>): Promise<Error> => {
  try {
    await asked;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('The probe passed.');
};

describe('a healthy server', () => {
  it('passes, and can be written to', async () => {
    const beganAtMs = performance.now();
    const answer = await probeOf(targetOf(server)).ask(AMPLE_MS, inBackground);
    expect(answer.readOnly).toBe(false);
    expect(answer.durationMs).toBeGreaterThan(0);
    expect(answer.durationMs).toBeLessThanOrEqual(performance.now() - beganAtMs);
  });

  it('is asked on one kept connection', async () => {
    const probe = probeOf(targetOf(server));
    await probe.ask(AMPLE_MS, inBackground);
    const [kept, ...others] = await backends();
    expect(others).toEqual([]);
    for (let index = 0; index < 3; index++) await probe.ask(AMPLE_MS, inBackground);
    expect(await backends()).toEqual([kept]);
  });

  it('is asked on one connection also where two questions come at once', async () => {
    const probe = probeOf(targetOf(server));
    await Promise.all([probe.ask(AMPLE_MS, inBackground), probe.missingTables([], AMPLE_MS)]);
    expect(await backends()).toHaveLength(1);
  });

  it('loses the connection when it is dropped, and gets a fresh one with the next question', async () => {
    const probe = probeOf(targetOf(server));
    await probe.ask(AMPLE_MS, inBackground);
    const [first] = await backends();
    probe.drop();
    await noBackends();
    await probe.ask(AMPLE_MS, inBackground);
    const [second, ...others] = await backends();
    expect(second).not.toBe(first);
    expect(others).toEqual([]);
  });

  it('can be dropped before the first question, and twice', () => {
    const probe = probeOf(targetOf(server));
    probe.drop();
    expect(() => probe.drop()).not.toThrow();
  });
});

describe('a read-only server', () => {
  afterEach(async () => {
    await server.query('ALTER SYSTEM RESET default_transaction_read_only');
    await server.query('SELECT pg_reload_conf()');
  });

  it('is seen on the connection that was kept, and so is the end of it', async () => {
    const probe = probeOf(targetOf(server));
    expect(await probe.ask(AMPLE_MS, inBackground)).toMatchObject({ readOnly: false });
    const readOnly = (wanted: boolean) =>
      waitFor(async () => (await probe.ask(AMPLE_MS, inBackground)).readOnly === wanted, { what: `readOnly: ${wanted}` });
    const before = await backends();
    await server.query('ALTER SYSTEM SET default_transaction_read_only = on');
    await server.query('SELECT pg_reload_conf()');
    await readOnly(true);
    await server.query('ALTER SYSTEM RESET default_transaction_read_only');
    await server.query('SELECT pg_reload_conf()');
    await readOnly(false);
    expect(await backends()).toEqual(before);
  });
});

describe('a connection that the other side ends', () => {
  it('is told once, and the next question gets a fresh one', async () => {
    let lost = 0;
    const probe = probeOf(targetOf(server), () => (lost += 1));
    await probe.ask(AMPLE_MS, inBackground);
    const [pid] = await backends();
    await server.query('SELECT pg_terminate_backend($1)', [pid]);
    await waitFor(() => lost > 0, { what: 'onLost' });
    await noBackends();
    expect(lost).toBe(1);
    expect(await probe.ask(AMPLE_MS, inBackground)).toMatchObject({ readOnly: false });
  });

  it('is not told where the probe itself ended it', async () => {
    let lost = 0;
    const probe = probeOf(targetOf(server), () => (lost += 1));
    await probe.ask(AMPLE_MS, inBackground);
    probe.drop();
    await noBackends();
    expect(lost).toBe(0);
  });
});

describe('a mute server', () => {
  it('fails at the deadline and keeps no connection', async () => {
    const mute = await startMuteServer();
    onTestFinished(() => mute.close());
    const beganAtMs = performance.now();
    const error = await failureOf(probeOf(targetOf(mute)).ask(200, inBackground));
    const tookMs = performance.now() - beganAtMs;
    expect(error.message).toBe('PostgreSQL did not answer within 200 ms');
    expect(error).toMatchObject({ code: 'ETIMEDOUT' });
    expect(classifyFailure(error).kind).toBe('black-hole');
    // Timers fire up to a millisecond early; the upper bound allows for a busy machine.
    expect(tookMs).toBeGreaterThan(198);
    expect(tookMs).toBeLessThan(1_000);
    await waitFor(() => mute.connectionCount === 0, { what: 'the connection to end' });
  });

  it('fails at the deadline also where it froze after it had answered, and is asked anew when it thaws', async () => {
    const probe = probeOf(targetOf(server));
    await probe.ask(AMPLE_MS, inBackground);
    await server.freeze();
    try {
      expect(await failureOf(probe.ask(200, inBackground))).toMatchObject({ code: 'ETIMEDOUT' });
    } finally {
      await server.thaw();
    }
    expect(await probe.ask(AMPLE_MS, inBackground)).toMatchObject({ readOnly: false });
  });

  it('is left alone by a probe that is dropped while it waits', async () => {
    const mute = await startMuteServer();
    onTestFinished(() => mute.close());
    const probe = probeOf(targetOf(mute));
    const failed = failureOf(probe.ask(AMPLE_MS, inBackground));
    await waitFor(() => mute.connectionCount === 1, { what: 'the connection' });
    probe.drop();
    expect((await failed).message).toBe('Connection terminated unexpectedly');
    await waitFor(() => mute.connectionCount === 0, { what: 'the connection to end' });
  });
});

describe('a failure', () => {
  it.each([
    ['a wrong password', { password: 'wrong' }, 'authentication'],
    ['a missing database', { database: 'nowhere' }, 'missing-database'],
    ['a server without TLS', { ssl: true }, 'tls'],
  ] as const)('is told as the driver says it: %s', async (_what, changed, kind) => {
    const error = await failureOf(probeOf(targetOf(server, changed)).ask(AMPLE_MS, inBackground));
    expect(classifyFailure(error).kind).toBe(kind);
  });

  it('is told at once where nothing listens', async () => {
    const mute = await startMuteServer();
    await mute.close();
    const error = await failureOf(probeOf(targetOf(mute)).ask(AMPLE_MS, inBackground));
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is told at once where the server hangs up', async () => {
    const hangingUp = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    onTestFinished(() => void hangingUp.close());
    await new Promise((resolve) => hangingUp.once('listening', resolve));
    const { port } = hangingUp.address() as net.AddressInfo;
    const error = await failureOf(probeOf(targetOf({ host: '127.0.0.1', port })).ask(AMPLE_MS, inBackground));
    expect(classifyFailure(error).kind).toBe('server-down');
  });
});

/** Holds the event loop, as a long computation or a debugger does. */
function block(forMs: number): void {
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs);
}

describe('an event loop that was late', () => {
  it('is no outage: an answer that had arrived meanwhile counts', async () => {
    const probe = probeOf(targetOf(server));
    await probe.ask(AMPLE_MS, inBackground);
    const asked = probe.ask(100, inBackground);
    // The question is on its way when the loop has turned once; the answer comes while it is blocked.
    await new Promise((resolve) => setImmediate(resolve));
    block(300);
    expect(await asked).toMatchObject({ readOnly: false });
  });

  it('is no outage: a question that was not sent yet gets the lost time back', async () => {
    const probe = probeOf(targetOf(server));
    const asked = probe.ask(200, inBackground);
    block(1_000);
    expect(await asked).toMatchObject({ readOnly: false });
  });

  it('gives back only the lost time to a mute server', async () => {
    const mute = await startMuteServer();
    onTestFinished(() => mute.close());
    const beganAtMs = performance.now();
    const failed = failureOf(probeOf(targetOf(mute)).ask(100, inBackground));
    block(300);
    expect(await failed).toMatchObject({ code: 'ETIMEDOUT' });
    const tookMs = performance.now() - beganAtMs;
    expect(tookMs).toBeGreaterThan(490);
    expect(tookMs).toBeLessThan(1_000);
  });
});

describe('missing tables', () => {
  it('are those that the server lacks, by their whole quoted names', async () => {
    await server.query('CREATE SCHEMA stock; CREATE TABLE "Users" (id int); CREATE TABLE stock.items (id int)');
    onTestFinished(() => server.query('DROP SCHEMA stock CASCADE; DROP TABLE "Users"').then(() => undefined));
    const tables = [
      { schema: undefined, table: 'Users' },
      { schema: undefined, table: 'users' },
      { schema: 'stock', table: 'items' },
      { schema: undefined, table: 'items' },
      { schema: 'nowhere', table: 'items' },
      { schema: undefined, table: 'odd"name' },
    ];
    const missing = await probeOf(targetOf(server)).missingTables(tables, AMPLE_MS);
    expect([...missing].sort()).toEqual(['"items"', '"nowhere"."items"', '"odd""name"', '"users"']);
  });

  it('are asked for on the kept connection', async () => {
    const probe = probeOf(targetOf(server));
    await probe.ask(AMPLE_MS, inBackground);
    const before = await backends();
    expect(await probe.missingTables([{ schema: 'pg_catalog', table: 'pg_class' }], AMPLE_MS)).toEqual([]);
    expect(await backends()).toEqual(before);
  });

  it('are not waited for longer than the deadline', async () => {
    const mute = await startMuteServer();
    onTestFinished(() => mute.close());
    const error = await failureOf(probeOf(targetOf(mute)).missingTables([], 100));
    expect(error).toMatchObject({ code: 'ETIMEDOUT' });
  });
});
