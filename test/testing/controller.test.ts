import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type OutageController, type OutageTarget, startOutageProxy } from '../../src/testing/index.js';
import { closedPort } from '../support/free-port.js';
import { leakGuard, watchLeaks } from '../support/leak-guard.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

let echo: Server;
let target: OutageTarget;

beforeAll(async () => {
  target = { host: '127.0.0.1', port: await closedPort() };
  echo = createServer((socket) => void socket.on('error', () => undefined).pipe(socket));
  await once(echo.listen(target.port, target.host), 'listening');
});
afterAll(() => new Promise((resolve) => echo.close(resolve)));

async function started(): Promise<OutageController> {
  const proxy = await startOutageProxy(target);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Whether a connect is accepted. */
const accepts = ({ host, port }: { host: string; port: number }): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host, () => socket.destroy());
    socket.on('error', () => undefined).on('close', (failed) => resolve(!failed));
  });

describe('arguments that can not be used', () => {
  it.each<[given: unknown, message: string]>([
    [undefined, 'target: must be { host, port }; received undefined'],
    ['postgres://u:secret@h/d', 'target: must be { host, port }; received a string that is not shown, because it may hold a password'],
    [{ port: 5432 }, "target.host: must be a host's name or address, or the directory of a unix socket; received undefined"],
    [{ host: 'u:secret@h', port: 5432 }, 'received a string that is not shown, because it may hold a password'],
    [{ host: '', port: 5432 }, 'received ""'],
    [{ host: 'localhost', port: '5432' }, 'target.port: must be a whole number from 1 to 65535; received "5432"'],
    [{ host: '/run/postgresql', port: 0 }, 'target.port: must be a whole number from 1 to 65535; received 0'],
  ])('startOutageProxy(%j)', async (given, message) => {
    const refused = startOutageProxy(given as OutageTarget);
    await expect(refused).rejects.toBeInstanceOf(TypeError);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.not.toThrow('secret');
  });

  it.each<[method: 'slow' | 'lostCommitReply' | 'restore', given: unknown, message: string]>([
    ['slow', -1, 'delayMs: must be a whole number from 0 to 2147483647; received -1'],
    ['slow', undefined, 'delayMs: must be a whole number from 0 to 2147483647; received undefined'],
    ['slow', Number.NaN, 'received NaN'],
    ['lostCommitReply', 0, 'count: must be a whole number from 1 to 9007199254740991; received 0'],
    ['lostCommitReply', { mode: 'after' }, `mode: must be one of 'after-commit', 'before-commit'; received "after"`],
    ['lostCommitReply', { cuont: 2 }, 'options: must have no other options than count, mode; received "cuont"'],
    ['lostCommitReply', '2', 'options: must be an object with count, mode; received "2"'],
    ['restore', true, 'options: must be an object with keepSockets; received true'],
    ['restore', { keepSockets: 1 }, 'keepSockets: must be true or false; received 1'],
  ])('%s(%j)', async (method, given, message) => {
    const proxy = await started();
    const refused = (proxy[method] as (argument: unknown) => Promise<void>)(given);
    await expect(refused).rejects.toBeInstanceOf(TypeError);
    await expect(refused).rejects.toThrow(message);
  });
});

describe('calls that overlap', () => {
  it('end as the last one says', async () => {
    const proxy = await started();
    await Promise.all([proxy.refuse(), proxy.restore(), proxy.restore(), proxy.refuse()]);
    expect(await accepts(proxy)).toBe(false);
    await Promise.all([proxy.refuse(), proxy.restore()]);
    expect(await accepts(proxy)).toBe(true);
  });

  it('close, and once closed nothing opens it again', async () => {
    const proxy = await started();
    await Promise.all([proxy.restore(), proxy.close(), proxy.close()]);
    expect(await accepts(proxy)).toBe(false);
    await expect(proxy.restore()).rejects.toThrow('The outage proxy is closed.');
    await expect(proxy.lostCommitReply()).rejects.toThrow('The outage proxy is closed.');
    expect(await accepts(proxy)).toBe(false);
  });
});

it('tells that its port was taken while it was refused', async () => {
  const proxy = await started();
  await proxy.refuse();
  const thief = createServer();
  await once(thief.listen(proxy.port, proxy.host), 'listening');
  await expect(proxy.restore()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await new Promise((resolve) => thief.close(resolve));
  await proxy.restore();
  expect(await accepts(proxy)).toBe(true);
});

it('is disposed of at the end of a block', async () => {
  let port: number;
  {
    await using proxy = await startOutageProxy(target);
    port = proxy.port;
    expect(await accepts(proxy)).toBe(true);
  }
  expect(await accepts({ host: '127.0.0.1', port })).toBe(false);
});

it.each(['refuse', 'blackhole', 'cut', 'slow', 'lostCommitReply'] as const)(
  'leaves nothing behind when it is closed during %s',
  async (fault) => {
    const watch = watchLeaks();
    onTestFinished(() => watch.stop());
    const proxy = await startOutageProxy(target);
    const socket = connect(proxy.port, proxy.host);
    const closed = new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
    await once(socket, 'connect');
    await (fault === 'slow' ? proxy.slow(60_000) : proxy[fault]());
    if (socket.writable) socket.write('hello');
    await proxy.close();
    socket.destroy();
    await closed;
    expect(proxy.connections).toBe(0);
    await waitFor(() => watch.leaks().length === 0, { what: 'everything to be closed' });
  },
);

it('holds no process: one ends that forgets to close it', async () => {
  const program = `
    import { once } from 'node:events';
    import { connect } from 'node:net';
    import { startOutageProxy } from ${JSON.stringify(new URL('../../src/testing/index.ts', import.meta.url).href)};
    const proxy = await startOutageProxy(${JSON.stringify(target)});
    await proxy.lostCommitReply();
    const socket = connect(proxy.port, proxy.host);
    socket.write('hello');
    await once(socket, 'data');
    await proxy.slow(60_000);
    socket.write('again');
    await new Promise((resolve) => setTimeout(resolve, 200));
    socket.unref();
    console.log('done');`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const startedAtMs = performance.now();
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(performance.now() - startedAtMs).toBeLessThan(20_000);
  expect(output).toContain('done');
});
