import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { tempRoot } from '../support/temp-root.js';

// The shell reads a pipe whose other end only this process holds, so the end of the pipe is the end of this process.
const REMOVE_AT_THE_END = `trap '' INT TERM HUP
read -r _
rm -rf "$1"`;

/**
 * Makes an empty folder that is removed when this process ends, however it ends.
 *
 * No handler in here could do it: tsx ends a busy script with SIGKILL on Ctrl-C. The test servers end in the same way
 * (test/support/process-guard.ts).
 */
export function passingFolder(): string {
  const folder = mkdtempSync(join(tempRoot(), 'sr-bench-'));
  const remover = spawn('/bin/sh', ['-c', REMOVE_AT_THE_END, 'bench-remover', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  remover.unref();
  // The pipe is a net.Socket, which the type of ChildProcess hides.
  if (remover.stdin instanceof Socket) remover.stdin.unref();
  return folder;
}
