import { execFile } from 'node:child_process';
import { mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackage } from '../support/install-package.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';

const run = promisify(execFile);
const guide = await readFile(resolve(import.meta.dirname, '../../docs/migrations.md'), 'utf8');

interface Block {
  readonly language: string;
  readonly text: string;
  /** Of commands: what they print, where the guide says it. */
  readonly output: string | undefined;
}

/** The code of the guide in its order. */
const blocks = ((): Block[] => {
  const found = [...guide.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }));
  return found.flatMap(({ language, text }, index) => {
    const next = found[index + 1];
    const output = language === 'sh' && next?.language === 'text' ? next.text : undefined;
    return language === 'text' ? [] : [{ language, text, output }];
  });
})();

let postgres: PostgresServer;
let folder: string;
let database: string;

beforeAll(async () => {
  postgres = await startPostgres();
  database = await postgres.createDatabase();
  folder = tempFolder();
  await installPackage(folder, ['umzug']);
  // npm makes the command.
  mkdirSync(join(folder, 'bin'));
  const cli = join(folder, 'node_modules/sequelize-resilient/dist/cli.js');
  writeFileSync(join(folder, 'bin/npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${cli}" "$@"\n`, { mode: 0o755 });
}, 120_000);
afterAll(() => postgres.dispose());

/** Everything that a line of a shell prints. */
async function printed(line: string): Promise<{ text: string; failed: boolean }> {
  const DATABASE_URL = `postgres://${postgres.user}:${postgres.password}@127.0.0.1:${postgres.port}/${database}`;
  const PATH = [join(folder, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { PATH, DATABASE_URL, NODE_ENV: 'development' };
  // Sequelize's own query log, which the guide leaves out.
  const withoutSql = (text: string) => text.replace(/^Executing \([^)]*\): [^\n]*\n(?:[^[\n][^\n]*\n)*?(?=\[|Executing|on |\d|$)/gms, '');
  try {
    const { stdout } = await run('sh', ['-c', `{ ${line.replace(/ # .*$/, '')}; } 2>&1`], { cwd: folder, env });
    return { text: withoutSql(stdout), failed: false };
  } catch (error) {
    return { text: withoutSql((error as { stdout: string }).stdout), failed: true };
  }
}

/** `…` stands for anything within a line; a line that is `…` for any lines. */
function asPattern(output: string): RegExp {
  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) =>
      line
        .split('…')
        .map((part) => part.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'))
        .join('.*'),
    );
  return new RegExp(lines.join('\\n(?:.*\\n)*?'), 's');
}

describe('docs/migrations.md', () => {
  it('has code to run', () => {
    expect(blocks.filter(({ language }) => language === 'sh').length).toBeGreaterThan(5);
    expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['js', 'sh']));
  });

  for (const [index, { language, text, output }] of blocks.entries()) {
    const [first = ''] = text.split('\n');
    it(`${index + 1}: ${first}`, { timeout: 120_000 }, async () => {
      if (language === 'js') {
        const file = /^\/\/ (\S+)$/.exec(first)?.[1];
        expect(file).toBeDefined();
        const path = join(folder, file ?? '');
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
        return;
      }
      // What it installs is there: the package as it is built here.
      if (first.startsWith('npm install')) return;
      let all = '';
      for (const line of text.trim().split('\n')) {
        const { text: said, failed } = await printed(line);
        expect(failed, said).toBe(line.endsWith('# fails'));
        all += said;
      }
      if (output !== undefined) expect(all).toMatch(asPattern(output));
    });
  }

  it('needs umzug, and says so before it is too late', { timeout: 60_000 }, async () => {
    unlinkSync(join(folder, 'node_modules/umzug'));
    const { text, failed } = await printed('node service.js');
    expect(failed).toBe(true);
    expect(text).toContain('[shop] migrations: need the package umzug, version 3: npm install umzug');
  });
});
