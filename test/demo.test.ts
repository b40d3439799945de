import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const DEMO_MS = 150_000;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sr-demo-test-'));
  // PostgreSQL runs as another user where the tests run as root.
  chmodSync(folder, 0o711);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the demo on this checkout's sources, with everything that it writes below `folder`. */
function startDemo(): { demo: ChildProcess; output: () => string } {
  const tsx = createRequire(import.meta.url).resolve('tsx');
  const TSX_TSCONFIG_PATH = path.join(root, 'tsconfig.json');
  const demo = spawn(process.execPath, ['--import', tsx, 'examples/demo/main.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TSX_DISABLE_CACHE: '1', TSX_TSCONFIG_PATH, TMPDIR: folder },
  });
  let output = '';
  demo.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  return { demo, output: () => output };
}

const leftOver = (): string[] => readdirSync(folder).filter((name) => !name.startsWith('tsx-'));

describe('npm run demo', () => {
  it(
    'shows each step, ends by itself and leaves nothing behind',
    async () => {
      const { demo, output } = startDemo();
      const [exitCode] = (await once(demo, 'close')) as [number];
      expect(exitCode, output()).toBe(0);
      const inThisOrder = [
        '⚠️  Using SQLite fallback - Limited features',
        'and is kept in SQLite',
        'Read back: tags (ARRAY) ["web","gift"], details (JSONB) {"wrapping":"blue"}, 2 lines.',
        '✓ PostgreSQL recovered! Switching from SQLite...',
        'after PostgreSQL answered; 0 orders refused',
        'ms after the kill',
        'TransactionLostError',
        'StaleRowError',
        'after the start; 0 orders refused',
        'ms after the freeze',
        'after the thaw; 0 orders refused',
        'ms after the shutdown',
        'ConfigurationError: SQLITE_FALLBACK',
        '0 orders are stored twice',
        'The end, after',
      ];
      const places = inThisOrder.map((line) => output().indexOf(line));
      expect(places).not.toContain(-1);
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(leftOver()).toEqual([]);
    },
    DEMO_MS,
  );

  it(
    'takes everything away when it is interrupted',
    async () => {
      const { demo, output } = startDemo();
      while (!output().includes('Setting up a new, empty PostgreSQL')) await once(demo.stdout ?? demo, 'data');
      demo.kill('SIGINT');
      const [exitCode] = (await once(demo, 'close')) as [number];
      expect(exitCode).toBe(130);
      expect(leftOver()).toEqual([]);
    },
    DEMO_MS,
  );
});
