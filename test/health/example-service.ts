import { type ChildProcess, spawn } from 'node:child_process';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { PostgresServer } from '../support/postgres-server.js';
import { freePort } from '../support/free-port.js';
import { guardProcess } from '../support/process-guard.js';
import { tempFolder } from '../support/temp-folder.js';

const root = path.resolve(import.meta.dirname, '../..');

/** What a route answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One of examples/health, running in a process of its own. */
export interface ExampleService {
  readonly url: string;
  readonly ask: (route: string, method?: string) => Promise<Answer>;
  readonly terminate: () => void;
  /** Resolves to how the process ended. */
  readonly ended: Promise<Ending>;
  /** What it has printed. */
  readonly output: () => string;
}

/** Starts an example on this checkout's sources; it is killed at the end of the running test. */
export async function startExample(
  file: string,
  server: PostgresServer,
  env: Readonly<Record<string, string>> & { readonly NODE_ENV: string },
): Promise<ExampleService> {
  const storageDir = tempFolder();
  const [port, database] = [await freePort(), env['DATABASE_URL'] ?? server.urlOf(await server.createDatabase())];
  const child = spawn(process.execPath, ['--import', createRequire(import.meta.url).resolve('tsx'), `examples/health/${file}`], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...{ PATH: process.env['PATH'], TSX_DISABLE_CACHE: '1', TSX_TSCONFIG_PATH: path.join(root, 'tsconfig.json') },
      ...{ PORT: String(port), DATABASE_URL: database, SQLITE_DIR: storageDir, DB_HEALTH_CHECK_INTERVAL: '300', DRAIN_MS: '1500' },
      ...env,
    },
  });
  const unguard = child.pid === undefined ? () => undefined : guardProcess(child.pid, storageDir);
  const url = `http://localhost:${port}`;
  const ended = new Promise<Ending>((resolve) => void child.once('close', (code, signal) => resolve({ code, signal })));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    unguard();
  });
  const output = outputOf(child);
  const terminate = () => void child.kill('SIGTERM');
  return { url, ended, output, terminate, ask: (route, method) => ask(`${url}${route}`, method) };
}

function outputOf(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  return () => output;
}

/** Asks on a connection of its own. */
export function ask(url: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, agent: false, timeout: 5_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asked.once('timeout', () => asked.destroy(new Error(`${url} did not answer within 5 s`)));
    asked.once('error', reject);
    asked.end();
  });
}
