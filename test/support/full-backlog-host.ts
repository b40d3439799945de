import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { guardProcess } from './process-guard.js';
import { allGone, isStopped, signal } from './process-tree.js';
import { tempRoot } from './temp-root.js';
import { waitFor } from './wait-for.js';

/** An address whose kernel drops each SYN: a connect gets neither an answer nor a refusal. */
export interface FullBacklogHost {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Makes a black hole for connects: a process that listens with a backlog of 1, is stopped, and has its queue filled.
 *
 * Rejects where the kernel doesn't drop the SYNs of a full queue, as some sandboxes don't.
 */
export async function fullBacklogHost(): Promise<FullBacklogHost> {
  const host = '127.0.0.1';
  const port = await freePort();
  const listener = await stoppedListener(host, port);
  const fillers: Socket[] = [];
  const close = async (): Promise<void> => {
    for (const filler of fillers) filler.destroy();
    await listener.kill();
  };
  try {
    await fill(host, port, fillers);
    return { host, port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function stoppedListener(host: string, port: number): Promise<{ kill(): Promise<void> }> {
  const program = `require('node:net').createServer().listen({ host: '${host}', port: ${port}, backlog: 1 }, () => console.log('ready'))`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'], env: {} });
  const { pid } = child;
  if (pid === undefined) throw new Error('the listening process did not start');
  const folder = mkdtempSync(join(tempRoot(), 'full-backlog-'));
  const release = guardProcess(pid, folder);
  let ready = false;
  child.stdout.once('data', () => (ready = true));
  await waitFor(() => ready, { what: 'the listening process to listen' });
  signal(pid, 'SIGSTOP');
  await waitFor(() => isStopped(pid), { what: 'the listening process to stop' });
  return {
    async kill() {
      signal(pid, 'SIGKILL');
      await allGone([pid]);
      release();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function fill(host: string, port: number, fillers: Socket[]): Promise<void> {
  for (let count = 0; count < 16; count++) {
    const socket = connect({ host, port });
    socket.on('error', () => undefined);
    fillers.push(socket);
    await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), sleep(250)]);
    if (socket.connecting) return;
  }
  throw new Error('this kernel answers connects to a full accept queue');
}
