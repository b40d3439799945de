import { createServer, connect, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { ENVIRONMENTS, isIn, namesOf, settledOf, startService, told } from './service.js';

leakGuard();

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
afterEach(() => postgres.start());

describe('in production, a restart', () => {
  it('within maxWait fails no call that had not begun, and no read', async () => {
    const service = await startService(postgres, 'production');
    let isOver = false;
    const acknowledged: string[] = [];
    const refused: unknown[] = [];
    const writers = Array.from({ length: 4 }, async (_, worker) => {
      for (let turn = 0; !isOver; turn += 1) {
        const name = `${worker} ${turn}`;
        const { error } = await settledOf(service.orders.create({ name }));
        if (error === undefined) acknowledged.push(name);
        else refused.push(error.code);
      }
    });
    const readers = Array.from({ length: 4 }, async () => {
      while (!isOver) await service.orders.findAll({ limit: 3 });
    });
    const settled = settledOf(Promise.all([...writers, ...readers]));
    await sleep(300);
    await postgres.stop('fast');
    await postgres.start();
    await isIn(service, 'primary');
    await sleep(500);
    isOver = true;
    expect((await settled).error).toBeUndefined();
    // Each writer had at most one write on its way.
    expect(refused.length).toBeLessThanOrEqual(writers.length);
    expect(new Set([...refused, 'OUTCOME_UNKNOWN'])).toEqual(new Set(['OUTCOME_UNKNOWN']));
    const rows = await service.inPostgres();
    expect(new Set(rows).size).toBe(rows.length);
    expect(acknowledged.filter((name) => !rows.includes(name))).toEqual([]);
  });
});

describe.each(ENVIRONMENTS)('in %s, a PostgreSQL that waits for its clients before it stops', (environment) => {
  it('serves the connections there are, without a switch; what needs a new one waits for those', async () => {
    const service = await startService(postgres, environment, { options: { healthCheckInterval: 300 } });
    const stopped = postgres.stop('smart');
    await sleep(200);
    const calls = await Promise.all(Array.from({ length: 8 }, (_, n) => settledOf(service.orders.create({ name: `during ${n}` }))));
    expect(calls.filter(({ error }) => error !== undefined)).toEqual([]);
    await sleep(1_000);
    expect(await namesOf(service)).toHaveLength(9);
    expect(told(service)).toEqual([]);
    expect(service.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1 });
    await service.connection.close();
    await stopped;
    expect(postgres.running).toBe(false);
  });
});

describe('a server that ends a session in the same breath in which it is ready', () => {
  it('causes no uncaught exception', async () => {
    const port = await freePort();
    const server = endsNewSessions(port);
    onTestFinished(() => server.stop());
    await server.listening;
    const service = await startService(postgres, 'production', { options: { maxWait: 1_000 }, via: server.proxy });
    const uncaught = catchUncaught();
    try {
      server.endNext();
      await Promise.all(Array.from({ length: 5 }, () => settledOf(service.sequelize.query('SELECT pg_sleep(0.1)'))));
      expect(server.ended()).toBeGreaterThan(0);
    } finally {
      uncaught.stop();
    }
    expect(uncaught.errors).toEqual([]);
    expect(await namesOf(service)).toEqual(['before']);
  });
});

/** Takes uncaught exceptions from vitest, which would fail the run for them. */
function catchUncaught(): { errors: unknown[]; stop(): void } {
  const errors: unknown[] = [];
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => void errors.push(error));
  return {
    errors,
    stop: () => {
      process.removeAllListeners('uncaughtException');
      for (const listener of before) process.on('uncaughtException', listener);
    },
  };
}

const READY = Buffer.from('Z\0\0\0\x05I', 'latin1');

/** What pg_terminate_backend makes a session say. */
function terminated(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0', 'latin1');
  const head = Buffer.from('E\0\0\0\0', 'latin1');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** A way to the server on which the next new session is ended, from `endNext` on, in the packet that says that it is ready. */
function endsNewSessions(port: number) {
  const sockets = new Set<Socket>();
  let toEnd = 0;
  let ended = 0;
  const server: Server = createServer((client) => {
    const upstream = connect(postgres.port, postgres.host);
    const doomed = toEnd > 0 && toEnd-- > 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [client, upstream].forEach((end) => end.destroy()));
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      if (!doomed || !chunk.subarray(-READY.length).equals(READY)) return void client.write(chunk);
      ended += 1;
      client.end(Buffer.concat([chunk, terminated()]));
    });
  });
  const listening = new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    listening,
    proxy: { host: '127.0.0.1', port },
    endNext: () => void (toEnd = 1),
    ended: () => ended,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
