import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { InstalledCli } from './installed-cli.js';

const CLI_MS = 60_000;
let cli: InstalledCli;
let server: PostgresServer;

beforeAll(async () => {
  [cli, server] = await Promise.all([InstalledCli.install(), startPostgres()]);
});
afterAll(() => server.dispose());

/** sequelize-cli's format, Umzug's and SQL; the configuration and the first one print something themselves. */
const MIGRATIONS = {
  'migrations/1-users.cjs': `const up = async (queryInterface, Sequelize) => {
      console.log('making users');
      await queryInterface.createTable('users', {
        id: { type: Sequelize.UUID, primaryKey: true, defaultValue: Sequelize.literal('gen_random_uuid()') },
        tags: Sequelize.ARRAY(Sequelize.STRING),
        prefs: Sequelize.JSONB,
      });
    };
    const down = (queryInterface) => queryInterface.dropTable('users');
    module.exports = { up, down };`,
  'migrations/2-age.mjs': `import { DataTypes } from 'sequelize';
    export const up = ({ context }) => context.addColumn('users', 'age', { type: DataTypes.INTEGER });
    export const down = ({ context }) => context.removeColumn('users', 'age');`,
  'migrations/3-things.sql': 'CREATE TABLE things (id serial PRIMARY KEY, at timestamptz DEFAULT now());',
  'migrations/3-things.down.sql': 'DROP TABLE things;',
};
const CONFIG = `console.log('the configuration is read');
  export const connection = async () => ({
    serviceName: 'shop',
    primary: { url: process.env.URL },
    schema: { migrations: { glob: 'migrations/*.{cjs,mjs,sql}' } },
  });`;
const NAMES = ['1-users.cjs', '2-age.mjs', '3-things.sql'];

/** A service with migrations and an empty database. */
async function service(files: Readonly<Record<string, string>> = {}) {
  const folder = cli.project({ 'sequelize-resilient.config.mjs': CONFIG, ...MIGRATIONS, ...files });
  const database = await server.createDatabase();
  const env = { URL: server.urlOf(database) };
  return {
    folder,
    database,
    run: (args: string[], more: NodeJS.ProcessEnv = {}) => cli.run(folder, args, { ...env, ...more }),
    json: (args: string[], more: NodeJS.ProcessEnv = {}) => cli.json(folder, args, { ...env, ...more }),
    recorded: () =>
      server.query('SELECT name FROM "SequelizeMeta" ORDER BY name', [], database).then((rows) => rows.map(({ name }) => name)),
  };
}

const AWAY = { URL: 'postgres://shop:hunter2@127.0.0.1:1/shop' };
const runOf = (name: string, database: string, direction: string) => ({
  name,
  path: expect.stringContaining(name) as unknown,
  database,
  direction,
  durationMs: expect.any(Number) as unknown,
});

describe('migrate up', { timeout: CLI_MS }, () => {
  it('runs what is pending on the primary, a line for each, and then has nothing to do', async () => {
    const { folder, run, recorded } = await service();
    const first = await run(['migrate', 'up', '--step', '1']);
    expect(first.exit, first.stderr).toBe(0);
    expect(first.stdout).toMatch(/^the configuration is read\nmaking users\nprimary: 1 migration applied in \d+ ms\.\n$/);
    expect(first.stderr).toMatch(/^primary: up 1-users\.cjs \(1\/1\) \d+ ms\n$/);
    const rest = await run(['migrate', 'up']);
    expect(rest.stdout).toMatch(/primary: 2 migrations applied in \d+ ms\.\n$/);
    expect(rest.stderr).toMatch(/^primary: up 2-age\.mjs \(1\/2\) \d+ ms\nprimary: up 3-things\.sql \(2\/2\) \d+ ms\n$/);
    expect(await recorded()).toEqual(NAMES);
    const none = await run(['migrate', 'up']);
    expect(none).toMatchObject({ exit: 0, stdout: 'the configuration is read\nprimary: nothing to do, 3 migrations already applied.\n' });
    expect(existsSync(path.join(folder, 'data'))).toBe(false);
  });

  it('answers with --json in one document, whatever a migration prints', async () => {
    const { json } = await service();
    const { exit, document, stderr } = await json(['migrate', 'up', '--to', '2-age.mjs']);
    expect(exit).toBe(0);
    expect(document).toEqual({
      command: 'migrate up',
      migrations: [runOf('1-users.cjs', 'primary', 'up'), runOf('2-age.mjs', 'primary', 'up')],
    });
    expect(stderr).toContain('making users');
  });

  it('brings both databases to the same place, and down again', async () => {
    const { json, run, recorded } = await service();
    const up = await json(['migrate', 'up', '--database', 'both']);
    const bothUp = ['primary', 'fallback'].flatMap((database) => NAMES.map((name) => runOf(name, database, 'up')));
    expect(up, up.stderr).toMatchObject({ exit: 0, document: { command: 'migrate up', migrations: bothUp } });
    const down = await json(['migrate', 'down', '--to', '0', '--database', 'both']);
    const bothDown = ['primary', 'fallback'].flatMap((database) => [...NAMES].reverse().map((name) => runOf(name, database, 'down')));
    expect(down, down.stderr).toMatchObject({ exit: 0, document: { command: 'migrate down', migrations: bothDown } });
    expect(await recorded()).toEqual([]);
    expect((await run(['migrate', 'down'])).stdout).toContain('primary: nothing to do, no migration is applied.');
  });

  it('tells a migration that failed, with its statement and without its values, and what ran before', async () => {
    const { json, run, recorded } = await service({
      'migrations/2-age.mjs': `export const up = async ({ context }) => void (await context.sequelize.query("INSERT INTO users (nope) VALUES ('hunter2')"));`,
    });
    const failed = await json(['migrate', 'up']);
    expect(failed).toMatchObject({
      exit: 1,
      document: {
        error: { code: 'MIGRATION_FAILED', migration: '2-age.mjs', database: 'primary', direction: 'up' },
        migrations: [{ name: '1-users.cjs', database: 'primary' }],
      },
    });
    const again = await run(['migrate', 'up']);
    expect(again.exit).toBe(1);
    expect(again.stderr).toContain('column "nope" of relation "users" does not exist');
    expect(again.stderr).not.toContain('hunter2');
    expect(again.stderr).not.toMatch(/^\s+at /m);
    expect((await run(['migrate', 'up'], { DEBUG: '1' })).stderr).toMatch(/^caused by [^]*^\s+at .*2-age\.mjs:1/m);
    expect(await recorded()).toEqual(['1-users.cjs']);
  });

  it('says that it waits while another process migrates', async () => {
    const { run } = await service({
      'migrations/2-age.mjs': 'export const up = () => new Promise((resolve) => setTimeout(resolve, 3000));',
    });
    const both = await Promise.all([run(['migrate', 'up']), run(['migrate', 'up'])]);
    expect(both.map(({ exit }) => exit)).toEqual([0, 0]);
    expect(both.filter(({ stderr }) => stderr.includes('waiting for it'))).toHaveLength(1);
    expect(both.filter(({ stdout }) => stdout.includes('nothing to do'))).toHaveLength(1);
  });

  it('refuses a glob that finds nothing, also where migrations are recorded', async () => {
    const { run, folder } = await service();
    for (const command of ['up', 'down', 'status']) {
      const { exit, stderr } = await run(['migrate', command, '--migrations', 'elsewhere/*.cjs']);
      expect(exit).toBe(2);
      expect(stderr).toContain(`must find at least one migration; received 'elsewhere/*.cjs' in ${folder}`);
      if (command === 'up') expect((await run(['migrate', 'up'])).exit).toBe(0);
    }
  });

  it('takes the connection from the environment and the glob from the command line where there is no configuration', async () => {
    const { folder, run, recorded, database } = await service();
    rmSync(path.join(folder, 'sequelize-resilient.config.mjs'));
    const env = { SERVICE_NAME: 'shop', DATABASE_URL: server.urlOf(database) };
    const { exit, stderr } = await run(['migrate', 'up', '--migrations', 'migrations/*.{cjs,mjs,sql}'], env);
    expect(exit, stderr).toBe(0);
    expect(await recorded()).toEqual(NAMES);
  });

  it('counts globs of a configuration from its directory, and takes CommonJS and a connection that is there already', async () => {
    const { run, recorded } = await service({
      'ops/resilient.cjs': `const { ResilientConnection } = require('sequelize-resilient');
        const primary = { url: process.env.URL, logging: false };
        exports.connection = () => new ResilientConnection({ serviceName: 'shop', primary, logger: false });
        exports.migrations = { glob: '../migrations/*.{cjs,mjs,sql}' };`,
    });
    const { exit, stderr } = await run(['migrate', 'up', '--config', 'ops/resilient.cjs']);
    expect(exit, stderr).toBe(0);
    expect(await recorded()).toEqual(NAMES);
  });

  it('ends although the configuration left something open', async () => {
    const { run } = await service({ 'sequelize-resilient.config.mjs': `${CONFIG}\nsetInterval(() => undefined, 1000);` });
    expect((await run(['migrate', 'status'])).exit).toBe(0);
  });
});

describe('without PostgreSQL', { timeout: CLI_MS }, () => {
  it('leaves the fallback alone unless it was asked for, and tells no password', async () => {
    const { run, folder } = await service();
    const { exit, stdout, stderr } = await run(['migrate', 'up'], AWAY);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: 'the configuration is read\n' });
    expect(stderr).toBe('sequelize-resilient: primary: PostgreSQL could not be reached: connect ECONNREFUSED 127.0.0.1:1\n');
    expect(existsSync(path.join(folder, 'data'))).toBe(false);
    const wrong = await run(['migrate', 'up'], { URL: server.url.replace(server.password, 'hunter2') });
    expect(wrong).toMatchObject({ exit: 1 });
    expect(wrong.stderr).toContain('password authentication failed');
    expect(wrong.stderr).not.toContain('hunter2');
  });

  it('migrates the fallback, and tells which database could be reached', async () => {
    const { run, json } = await service();
    const up = await run(['migrate', 'up', '--database', 'fallback'], AWAY);
    expect(up.exit, up.stderr).toBe(0);
    expect(up.stdout).toContain('fallback: 3 migrations applied');
    expect(await json(['migrate', 'status', '--database', 'both'], AWAY)).toMatchObject({
      exit: 1,
      document: {
        command: 'migrate status',
        databases: [
          { database: 'primary', reachable: false, error: { message: 'connect ECONNREFUSED 127.0.0.1:1' } },
          { database: 'fallback', reachable: true, error: null, executed: NAMES, pending: [], missing: [], interrupted: [] },
        ],
      },
    });
  });

  it('does not touch a fallback whose tables were made by sync()', async () => {
    const { run, folder } = await service({
      'make.mjs': `import { createResilientConnection } from 'sequelize-resilient';
        const connection = await createResilientConnection({ serviceName: 'shop', primary: { url: process.env.URL }, logger: false });
        await connection.sequelize.define('Kept', {}).create({});
        await connection.close();`,
    });
    const made = await cli.node(folder, 'make.mjs', AWAY);
    expect(made.exit, made.stderr).toBe(0);
    for (const command of ['status', 'up']) {
      const refused = await run(['migrate', command, '--database', 'fallback'], AWAY);
      expect(refused.exit).toBe(2);
      expect(refused.stderr).toContain("its tables were made by schema.fallback: 'sync'");
    }
    expect(readdirSync(path.join(folder, 'data/sqlite')).filter((name) => name.includes('.bak'))).toEqual([]);
  });
});

describe('in production', { timeout: CLI_MS }, () => {
  it('both databases are the primary alone, and that is said', async () => {
    const { json, folder } = await service();
    const { exit, document, stderr } = await json(['migrate', 'up', '--database', 'both'], { NODE_ENV: 'production' });
    expect({ exit, document }).toEqual({
      exit: 0,
      document: { command: 'migrate up', migrations: NAMES.map((name) => runOf(name, 'primary', 'up')) },
    });
    expect(stderr).toContain('This is for the primary alone.');
    expect(existsSync(path.join(folder, 'data'))).toBe(false);
  });
});

describe('migrate status', { timeout: CLI_MS }, () => {
  it('tells what ran, what is pending and what is recorded but not found', async () => {
    const { run, folder } = await service();
    expect((await run(['migrate', 'up', '--step', '2'])).exit).toBe(0);
    rmSync(path.join(folder, 'migrations/1-users.cjs'));
    const { exit, stdout } = await run(['migrate', 'status']);
    expect(exit).toBe(0);
    expect(stdout.split('\n').slice(1)).toEqual([
      'primary: reachable',
      '  executed     2, the last one is 2-age.mjs',
      '  of these     1 not found as files: 1-users.cjs',
      '  pending      1',
      '    3-things.sql',
      '  interrupted  0',
      '',
    ]);
  });
});
