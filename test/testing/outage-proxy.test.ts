import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OutageController, startOutageProxy } from '../../src/testing/index.js';
import { type Dialled, dial } from '../support/dial.js';
import { closedPort } from '../support/free-port.js';
import { leakGuard } from '../support/leak-guard.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

let echo: Server;
let echoed: Socket[];
let proxy: OutageController;

beforeEach(async () => {
  const port = await closedPort();
  echoed = [];
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    echoed.push(socket);
    socket.on('error', () => undefined).pipe(socket);
  });
  await once(echo.listen(port, '127.0.0.1'), 'listening');
  proxy = await startOutageProxy({ host: '127.0.0.1', port });
});

afterEach(async () => {
  await proxy.close();
  await new Promise((resolve) => echo.close(resolve));
});

async function dialled(): Promise<Dialled> {
  const client = await dial(proxy);
  client.socket.write('hello');
  await waitFor(() => client.seen() === 'hello', { what: 'the echo' });
  return client;
}

describe('a healthy proxy', () => {
  it('carries bytes and ends in both directions', async () => {
    const { socket, seen } = await dialled();
    expect(proxy).toMatchObject({ connections: 1, connectionsAccepted: 1 });
    socket.end(' and goodbye');
    await waitFor(() => seen() === 'hello and goodbye<end>', { what: 'the goodbye' });
    await waitFor(() => proxy.connections === 0, { what: 'the proxy to forget the connection' });
    expect(proxy.connectionsAccepted).toBe(1);
  });

  it('carries more than its buffers hold, unchanged', async () => {
    const { socket, seen } = await dial(proxy);
    const text = 'abcdefghij'.repeat(500_000);
    socket.end(text);
    await waitFor(() => seen().endsWith('<end>'), { what: 'the end' });
    expect(seen() === `${text}<end>`).toBe(true);
  });

  it('resets a client when the target is dead', async () => {
    await new Promise((resolve) => echo.close(resolve));
    const { seen } = await dial(proxy);
    await waitFor(() => seen() === '<ECONNRESET>', { what: 'the reset' });
  });
});

describe('refuse', () => {
  it('resets open connections and refuses new ones until it is restored', async () => {
    const { seen } = await dialled();
    await proxy.refuse();
    await waitFor(() => seen() === 'hello<ECONNRESET>', { what: 'the reset' });
    await expect(dial(proxy)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.refuse();
    await proxy.restore();
    await dialled();
  });

  it('refuses after a black hole too', async () => {
    const { seen } = await dialled();
    await proxy.blackhole();
    await proxy.refuse();
    await waitFor(() => seen() === 'hello<ECONNRESET>', { what: 'the reset' });
    await expect(dial(proxy)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('cut', () => {
  it('ends open connections and accepts new ones', async () => {
    const { seen } = await dialled();
    await proxy.cut();
    await waitFor(() => seen() === 'hello<ECONNRESET>', { what: 'the reset' });
    expect(proxy.connections).toBe(0);
    await dialled();
  });
});

describe('blackhole', () => {
  it('leaves open connections without answer', async () => {
    const { socket, seen } = await dialled();
    await proxy.blackhole();
    socket.write(' anybody?');
    await sleep(200);
    expect(seen()).toBe('hello');
    expect(proxy.connections).toBe(1);
  });

  it('accepts new connections and leaves them mute', async () => {
    await proxy.blackhole();
    const { socket, seen } = await dial(proxy);
    socket.write('anybody?');
    await sleep(200);
    expect(seen()).toBe('');
    expect(proxy.connections).toBe(1);
  });

  it('does not tell the client that the target has died', async () => {
    const { seen } = await dialled();
    await proxy.blackhole();
    expect(echoed).toHaveLength(1);
    for (const upstream of echoed) upstream.resetAndDestroy();
    await sleep(200);
    expect(seen()).toBe('hello');
    await proxy.restore({ keepSockets: true });
    await waitFor(() => seen() === 'hello<ECONNRESET>', { what: 'the late news' });
  });

  it('ends the held connections when it is restored', async () => {
    const old = await dialled();
    await proxy.blackhole();
    const young = await dial(proxy);
    await proxy.restore();
    await waitFor(() => [old, young].every(({ seen }) => /<end>|<ECONNRESET>/.test(seen())), { what: 'both ends' });
    await dialled();
  });

  it('delivers what was held back when its sockets are kept', async () => {
    const old = await dialled();
    await proxy.blackhole();
    const young = await dial(proxy);
    old.socket.write(' again');
    young.socket.write('late');
    await sleep(100);
    await proxy.restore({ keepSockets: true });
    await waitFor(() => old.seen() === 'hello again' && young.seen() === 'late', { what: 'the held bytes' });
  });

  it('closes with clients that went away unnoticed', async () => {
    const { socket } = await dialled();
    await proxy.blackhole();
    socket.resetAndDestroy();
    await sleep(50);
    expect(proxy.connections).toBe(1);
    await proxy.restore({ keepSockets: true });
    await waitFor(() => proxy.connections === 0, { what: 'the proxy to notice' });
  });
});

describe('slow', () => {
  it('keeps the order when the delay changes', async () => {
    const { socket, seen } = await dialled();
    await proxy.slow(150);
    socket.write('1');
    await sleep(20);
    await proxy.slow(1);
    socket.end('2');
    await waitFor(() => seen().endsWith('<end>'), { what: 'the slow echo' });
    expect(seen()).toBe('hello12<end>');
  });

  it('takes the delay twice for a question and its answer', async () => {
    const { socket, seen } = await dialled();
    await proxy.slow(100);
    const start = performance.now();
    socket.write('!');
    await waitFor(() => seen() === 'hello!', { what: 'the slow echo' });
    expect(performance.now() - start).toBeGreaterThanOrEqual(195);
    await proxy.restore();
    socket.write('?');
    await waitFor(() => seen() === 'hello!?', { timeoutMs: 90, what: 'the fast echo' });
  });
});
