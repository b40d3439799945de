import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { killTree } from './process-tree.js';
import { removeSharedMemory } from './shared-memory.js';

interface Guarded {
  readonly pid: number;
  readonly folder: string;
}

const guarded = new Set<Guarded>();

process.on('exit', () => {
  for (const { pid, folder } of guarded) {
    killTree(pid);
    removeSharedMemory(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  }
});

// vitest ends its workers with SIGTERM and then SIGKILL, and neither runs 'exit' handlers. The shell outlives them: it reads a pipe
// whose other end only this process holds, so the end of the pipe is the end of this process.
const watchScript = `trap '' INT TERM HUP
read -r _ && exit
kill -STOP "$1"; pkill -KILL -P "$1"; kill -KILL "$1"
sleep 0.2
segment=$(sed -n '7s/.* //p' "$2/data/postmaster.pid") && [ -n "$segment" ] && ipcrm -m "$segment"
rm -rf "$2"`;

/**
 * Makes a process, its children, its folder and the shared memory of a server in it go when this process ends, however it ends.
 *
 * Returns the undo, to be called when the process has ended by itself.
 */
export function guardProcess(pid: number, folder: string): () => void {
  const entry = { pid, folder };
  const watcher = spawn('/bin/sh', ['-c', watchScript, 'process-guard', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  watcher.unref();
  // A watcher that is gone already (someone killed it) must not fail the test that ends its process.
  watcher.stdin.on('error', () => undefined);
  // The pipe is a net.Socket, which the type of ChildProcess hides.
  if (watcher.stdin instanceof Socket) watcher.stdin.unref();
  guarded.add(entry);
  return () => {
    if (guarded.delete(entry)) watcher.stdin.end('\n');
  };
}
