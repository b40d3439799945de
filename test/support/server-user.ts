import { execFile, type ExecFileOptions } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { tempRoot } from './temp-root.js';

const execute = promisify(execFile);

/** The user under which PostgreSQL runs: it refuses root, so there `nobody` (65534); else the present user. */
export const serverUser: { uid?: number; gid?: number } = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** The environment of PostgreSQL's programs: no PG* variables of the developer, English messages. */
export const serverEnvironment: NodeJS.ProcessEnv = { PATH: process.env['PATH'], LANG: 'C', LC_ALL: 'C' };

/** Runs a program as the server's user and resolves to what it printed; rejects with its stderr when it fails. */
export async function runAsServerUser(program: string, args: readonly string[], options: ExecFileOptions = {}): Promise<string> {
  const { stdout } = await execute(program, [...args], { cwd: '/', ...options, ...serverUser, env: serverEnvironment, encoding: 'utf8' });
  return stdout;
}

/** The folder for the server's files: the usual temporary one, or /tmp where the server's user can't reach that. */
export function serverTempRoot(): string {
  const root = tempRoot();
  return serverUser.uid === undefined || everybodyReaches(root) ? root : '/tmp';
}

function everybodyReaches(folder: string): boolean {
  if ((statSync(folder).mode & 0o001) === 0) return false;
  return dirname(folder) === folder || everybodyReaches(dirname(folder));
}
