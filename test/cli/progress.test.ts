import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { durationText } from '../../src/cli/durations.js';
import { barLine } from '../../src/cli/progress.js';
import { outputOf } from '../support/output-of.js';
import { InstalledCli } from './installed-cli.js';

const event = {
  database: 'primary',
  name: '0003-orders.js',
  direction: 'up',
  status: 'started',
  position: 3,
  count: 4,
  durationMs: null,
} as const;

describe('the progress bar', () => {
  it('counts what is done, and tells what runs and for how long', () => {
    expect(barLine(event, 4_900, 200)).toBe('primary [##########----------] 3/4 0003-orders.js 4 s');
    expect(barLine({ ...event, position: 1 }, 0, 200)).toBe('primary [--------------------] 1/4 0003-orders.js 0 s');
  });

  it('stays on one line of the terminal', () => {
    expect(barLine(event, 0, 30)).toHaveLength(29);
    expect(barLine({ ...event, name: 'x'.repeat(200) }, 0, 0)).toHaveLength(79);
  });

  it.skipIf(outputOf('script', ['--version']) === '')(
    'is shown on a terminal, below what a migration prints, and is gone at the end',
    async () => {
      const cli = await InstalledCli.install();
      const folder = cli.project({
        'sequelize-resilient.config.mjs': "export const connection = { serviceName: 'shop', primary: { host: '127.0.0.1', port: 1 } };",
        'migrations/1-a.cjs': "exports.up = async () => console.log('half of it');",
        'migrations/2-b.cjs': 'exports.up = () => new Promise((resolve) => setTimeout(resolve, 400));',
      });
      const { words, env } = cli.commandOf(['migrate', 'up', '--database', 'fallback', '--migrations', 'migrations/*.cjs']);
      const command = words.map((word) => `'${word}'`).join(' ');
      const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], {
        cwd: folder,
        env: { ...env, TERM: 'xterm', SHELL: '/bin/sh' },
        encoding: 'utf8',
        input: '',
      });
      expect(status, stdout).toBe(0);
      expect(stdout).toContain('\r\u001b[Kfallback [--------------------] 1/2 1-a.cjs');
      expect(stdout).toContain('\r\u001b[Khalf of it\r\n');
      expect(stdout).toContain('\r\u001b[Kfallback [##########----------] 2/2 2-b.cjs');
      expect(stdout).toMatch(/fallback: up 2-b\.cjs \(2\/2\) \d+ ms\r\n/);
      expect(stdout.trimEnd()).toMatch(/fallback: 2 migrations applied in \d+ ms\.$/);
    },
    60_000,
  );
});

describe('a duration', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_234, '1.2 s'],
    [59_940, '59.9 s'],
    [125_000, '2 min 5 s'],
  ])('of %d ms is told as %s', (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text);
  });
});
