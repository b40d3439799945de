import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { InstalledCli } from './installed-cli.js';

const CLI_MS = 60_000;
let cli: InstalledCli;
let server: PostgresServer;

beforeAll(async () => {
  [cli, server] = await Promise.all([InstalledCli.install(), startPostgres()]);
});
afterAll(() => server.dispose());

/** The second one makes a table and then takes too long, unless `FAST` is set. */
const FILES = {
  'sequelize-resilient.config.mjs': `export const connection = { serviceName: 'shop', primary: { url: process.env.URL } };
    export const migrations = 'migrations/*.cjs';`,
  'migrations/1-a.cjs': `exports.up = (queryInterface) => queryInterface.sequelize.query('CREATE TABLE a (id int)');`,
  'migrations/2-b.cjs': `exports.up = async (queryInterface) => {
      await queryInterface.sequelize.query('CREATE TABLE IF NOT EXISTS b (id int)');
      if (!process.env.FAST) await queryInterface.sequelize.query('SELECT pg_sleep(60)');
    };`,
};

/** A `migrate up` that has come to the middle of its second migration. */
async function inTheMiddle(args: readonly string[] = []) {
  const folder = cli.project(FILES);
  const database = await server.createDatabase();
  const env = { URL: server.urlOf(database) };
  const { process, ended } = cli.start(folder, ['migrate', 'up', ...args], env);
  const isSleeping =
    "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()";
  await waitFor(async () => (await server.query(isSleeping, [database])).length > 0, { what: 'the migration', timeoutMs: 30_000 });
  return {
    process,
    ended,
    again: (words: string[]) => cli.run(folder, words, { ...env, FAST: '1' }),
    json: (words: string[]) => cli.json(folder, words, { ...env, FAST: '1' }),
  };
}

const RESOLVE = 'sequelize-resilient migrate resolve 2-b.cjs --database primary --applied';

describe('a migration that is stopped in the middle', { timeout: CLI_MS }, () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s ends with code %d and says what to do', async (signal, code) => {
    const { process, ended } = await inTheMiddle();
    process.kill(signal);
    const { exit, stdout, stderr } = await ended;
    expect({ exit, stdout }, stderr).toEqual({ exit: code, stdout: '' });
    expect(stderr).toContain(`Stopped by ${signal}`);
    expect(stderr).toContain('primary: the migration 2-b.cjs (up) was interrupted.');
    expect(stderr).toContain(RESOLVE);
  });

  it('is told as JSON, with what ran before', async () => {
    const { process, ended } = await inTheMiddle(['--json']);
    process.kill('SIGINT');
    const { exit, stdout } = await ended;
    expect(exit).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'STOPPED', signal: 'SIGINT', interrupted: [{ name: '2-b.cjs', database: 'primary' }] },
      migrations: [{ name: '1-a.cjs' }],
    });
  });

  it('keeps everybody from migrating until somebody has said how far it came: --retry runs it again', async () => {
    const { process, ended, again, json } = await inTheMiddle();
    process.kill('SIGKILL');
    expect((await ended).exit).toBe('SIGKILL');
    const status = await json(['migrate', 'status']);
    expect(status).toMatchObject({
      exit: 1,
      document: { databases: [{ executed: ['1-a.cjs'], interrupted: [{ name: '2-b.cjs', direction: 'up' }] }] },
    });
    expect((await again(['migrate', 'status'])).stdout).toContain(RESOLVE);
    const refused = await again(['migrate', 'up']);
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toContain('2-b.cjs (up) was begun on the primary');
    const resolved = await again(['migrate', 'resolve', '2-b.cjs', '--retry']);
    expect(resolved).toMatchObject({ exit: 0, stdout: 'primary: 2-b.cjs will be run again by the next `migrate up`.\n' });
    expect((await again(['migrate', 'up'])).stdout).toMatch(/^primary: 1 migration applied/);
    expect((await again(['migrate', 'status'])).exit).toBe(0);
  });

  it('counts as run after --applied', async () => {
    const { process, ended, again, json } = await inTheMiddle();
    process.kill('SIGKILL');
    await ended;
    expect(await json(['migrate', 'resolve', '2-b.cjs', '--applied'])).toMatchObject({
      exit: 0,
      document: { command: 'migrate resolve', name: '2-b.cjs', decision: 'applied', databases: ['primary'] },
    });
    expect((await again(['migrate', 'up'])).stdout).toBe('primary: nothing to do, 2 migrations already applied.\n');
    const twice = await again(['migrate', 'resolve', '2-b.cjs', '--applied']);
    expect(twice.exit).toBe(2);
    expect(twice.stderr).toContain("'2-b.cjs' was not");
  });
});
