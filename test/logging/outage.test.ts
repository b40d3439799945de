import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { guardProcess } from '../support/process-guard.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

const root = path.resolve(import.meta.dirname, '../..');
const PROGRAM = fileURLToPath(new URL('./printing-service.ts', import.meta.url));
let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
afterEach(() => postgres.start());

/** A process that prints the library's lines, and nothing else. */
class PrintingService {
  #printed = '';
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (this.#printed += text));
  }

  static async start(environment: string): Promise<PrintingService> {
    const storageDir = tempFolder();
    const child = spawn(process.execPath, ['--import', createRequire(import.meta.url).resolve('tsx'), PROGRAM], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...{ PATH: process.env['PATH'], TSX_DISABLE_CACHE: '1', TSX_TSCONFIG_PATH: path.join(root, 'tsconfig.json') },
        ...{ DATABASE_URL: postgres.urlOf(await postgres.createDatabase()), SQLITE_DIR: storageDir, NODE_ENV: environment },
      },
    });
    const unguard = child.pid === undefined ? () => undefined : guardProcess(child.pid, storageDir);
    const ended = once(child, 'close');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await ended;
      unguard();
    });
    const service = new PrintingService(child);
    expect(await service.#answer(), service.#printed).toBe('ready');
    return service;
  }

  /** What it has printed since this was asked last, line by line. */
  takeLines(): string[] {
    const lines = this.#printed.split('\n').filter(Boolean);
    this.#printed = '';
    return lines;
  }

  async does(what: 'state' | 'calls' | 'close'): Promise<string> {
    const answer = this.#answer();
    this.#child.send(what);
    return await answer;
  }

  async isIn(state: string): Promise<void> {
    await waitFor(async () => (await this.does('state')) === state, { timeoutMs: 20_000, what: `the state ${state}` });
  }

  async #answer(): Promise<string> {
    const [answer] = (await once(this.#child, 'message')) as [string];
    return answer;
  }
}

/** The beginnings of lines, without what differs from run to run. */
const kindsOf = (lines: string[]): string[] =>
  [...new Set(lines.map((line) => /^\[shop\] [^(:/0-9]*/.exec(line)?.[0].trim() ?? line))].sort();

const LOST = ['[shop] PostgreSQL health check failed'];
const FALLBACK = [
  '[shop] Data is not synchronized with PostgreSQL; it is kept in',
  '[shop] Production deployment requires PostgreSQL',
  '[shop] ⚠️  Using SQLite fallback - Limited features',
];

describe.each([
  ['development', 'fallback', [...LOST, ...FALLBACK]],
  ['production', 'unavailable', [...LOST, '[shop] No database is available']],
])('in %s, a PostgreSQL that is killed under 500 concurrent calls, four times over', (environment, lostState, lost) => {
  it('writes lines that can be counted on the fingers', async () => {
    const service = await PrintingService.start(environment);
    expect(await service.does('calls')).toBe('0 rejected');
    const before = service.takeLines();
    expect(before.map((line) => line.replace(/ at .*/, ''))).toEqual([
      '[shop] Connecting to PostgreSQL',
      '[shop] ✓ Connected to PostgreSQL',
    ]);

    const calls = service.does('calls');
    await postgres.kill();
    await calls;
    await service.isIn(lostState);
    for (let round = 1; round <= 3; round++) await service.does('calls');
    const during = service.takeLines();
    expect(kindsOf(during)).toEqual([...lost].sort());
    // One of each, one more for another failure (57P03, a reset), and one for each minute that a slow machine takes.
    expect(during.length, during.join('\n')).toBeLessThanOrEqual(lost.length + 3);

    await postgres.start();
    await service.isIn('primary');
    expect(await service.does('close')).toBe('closed');
    const after = service.takeLines();
    expect(after).toContain('[shop] Full PostgreSQL functionality restored');
    expect(after.length, after.join('\n')).toBeLessThanOrEqual(6);
  });
});
