import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackage } from '../support/install-package.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const example = path.join(root, 'examples/testing');
const page = await readFile(path.join(root, 'docs/testing.md'), 'utf8');

describe('the example of docs/testing.md', () => {
  let postgres: PostgresServer;
  let app: string;

  beforeAll(async () => {
    app = tempFolder();
    postgres = await startPostgres();
    await cp(example, app, { recursive: true });
    await writeFile(path.join(app, 'package.json'), '{ "type": "module" }');
    await installPackage(app, ['vitest']);
  });
  afterAll(() => postgres.dispose());

  it.each([
    ['models/index.ts', 0],
    ['outage.test.ts', 1],
    ['same-answers.test.ts', 2],
  ])('is examples/testing/%s', async (file, position) => {
    const block = [...page.matchAll(/```ts\n([\s\S]*?)```/g)][position]?.[1];
    expect(block).toBe(await readFile(path.join(example, file), 'utf8'));
  });

  it('passes with the package as it is published', async () => {
    const env = { PATH: process.env['PATH'], HOME: app, DATABASE_URL: postgres.url, NO_COLOR: '1' };
    const vitest = path.join(app, 'node_modules/vitest/vitest.mjs');
    const { stdout } = await run(process.execPath, [vitest, 'run'], { cwd: app, env });
    expect(stdout).toMatch(/Tests {2}4 passed \(4\)/);
  }, 90_000);
});
