import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Requests at a steady rate, whatever becomes of the ones before. */
export interface LoadPlan {
  readonly forMs: number;
  readonly routes: readonly { readonly url: string; readonly perSecond: number }[];
}

/** What became of the requests of one route; times are from sending to the answer's end. */
export interface LoadResult {
  readonly url: string;
  /** How often each status code came. */
  readonly codes: Readonly<Record<string, number>>;
  /** Without an answer when all was over, or failed. */
  readonly unanswered: number;
  readonly timesMs: readonly number[];
}

/** Load that is under way. */
export interface Load {
  /** Resolves when the first request is sent. */
  readonly begun: Promise<unknown>;
  readonly results: Promise<readonly LoadResult[]>;
}

/** Sends requests from a process of its own, so that what is measured does not measure itself. */
export function startLoad(plan: LoadPlan): Load {
  const script = fileURLToPath(new URL('http-load-process.ts', import.meta.url));
  const child = fork(script, [JSON.stringify(plan)], { execArgv: ['--import', createRequire(import.meta.url).resolve('tsx')] });
  return { begun: messageOf(child, 'begun'), results: messageOf(child, 'results') as Promise<readonly LoadResult[]> };
}

function messageOf(child: ChildProcess, name: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: Record<string, unknown>) => {
      if (name in message) resolve(message[name]);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The load ended (exit code ${code}) without '${name}'.`)));
  });
}
