import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { guardProcess } from '../../test/support/process-guard.js';
import { shopLog } from './narrator.js';

/** The running shop, seen from outside. */
export interface ShopProcess {
  readonly url: string;
  /** Ends it as an operator would (SIGTERM) and resolves when it has ended. */
  stop(): Promise<void>;
}

interface Surroundings {
  /** Where everything that the demo writes goes. */
  readonly folder: string;
  readonly databaseUrl: string;
  /** More environment variables. */
  readonly env?: Record<string, string>;
}

/** Starts the shop in a process of its own; `undefined` when it ended instead of opening. */
export async function startShop(surroundings: Surroundings): Promise<ShopProcess | undefined> {
  const child = fork(fileURLToPath(new URL('shop/main.ts', import.meta.url)), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: environment(surroundings),
  });
  // Whatever becomes of the demo, its shop does not outlive it.
  if (child.pid !== undefined) child.once('exit', guardProcess(child.pid, surroundings.folder));
  for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', shopLog);
  const ended = once(child, 'close').then(() => undefined);
  const opened = once(child, 'message').then(([message]) => (message as { port: number }).port);
  const port = await Promise.race([opened, ended]);
  return port === undefined ? undefined : { url: `http://127.0.0.1:${port}`, stop: () => stop(child, ended) };
}

/** Only what a developer's machine would say: the demo is the same on a CI machine and beside somebody's own settings. */
function environment({ folder, databaseUrl, env }: Surroundings): NodeJS.ProcessEnv {
  const { PATH, TMPDIR, TSX_TSCONFIG_PATH } = process.env;
  return { PATH, TMPDIR, TSX_TSCONFIG_PATH, NODE_ENV: 'development', DATABASE_URL: databaseUrl, SQLITE_DIR: folder, ...env };
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  await ended;
}
