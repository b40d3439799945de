import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { InstalledCli } from './installed-cli.js';

const CLI_MS = 60_000;
let cli: InstalledCli;
let nothing: string;

beforeAll(async () => {
  cli = await InstalledCli.install();
  nothing = cli.project({});
});

/** No server listens on port 1; what is refused as wrong use never comes so far. */
const CONNECTION = "{ serviceName: 'shop', primary: { host: '127.0.0.1', port: 1 } }";

describe('the command line', { timeout: CLI_MS }, () => {
  it.each([
    [[], ['migrate', 'schema']],
    [['migrate'], ['up', 'down', 'status', 'resolve']],
    [
      ['migrate', 'up'],
      ['--database', 'default: "primary"', '--to', '--step', '--json', '--config'],
    ],
    [['schema', 'diff'], ['--leave-out']],
  ])('tells how it is used, and its version: %j', async (words, told) => {
    const help = await cli.run(nothing, [...words, '--help']);
    expect(help).toMatchObject({ exit: 0, stderr: '' });
    for (const text of told) expect(help.stdout).toContain(text);
    expect(await cli.run(nothing, [...words, '--version'])).toEqual({ exit: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    [['migrat'], 'Did you mean migrate?'],
    [['migrate', 'up', '--databse', 'both'], 'Did you mean --database?'],
    [['migrate', 'up', '--database', 'sqlite'], 'Allowed choices are primary, fallback, both, active.'],
    [['migrate', 'up', '--step', '0'], 'whole number, at least 1'],
    [['migrate', 'down', '--step', '1', '--to', 'x'], 'cannot be used with'],
    [['migrate', 'resolve', 'x'], 'either --applied or --retry'],
    [['migrate', 'resolve', 'x', '--applied', '--retry'], 'either --applied or --retry'],
    [['migrate', 'status', '--config', 'nowhere.mjs'], 'there is no file'],
    [['migrate', 'status'], 'The environment, as there is no sequelize-resilient.config.{mjs,cjs,js,ts} here: serviceName: is required'],
    [[], 'Usage: sequelize-resilient'],
  ])('refuses wrong use with exit code 2 and without a stack: %j', async (args, told) => {
    const { exit, stdout, stderr } = await cli.run(nothing, args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(told);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('answers wrong use as JSON where JSON is asked for', async () => {
    const { exit, document } = await cli.json(nothing, ['migrate', 'up', '--database', 'sqlite']);
    expect(exit).toBe(2);
    expect(document).toEqual({ error: { code: 'USAGE', message: expect.stringContaining('Allowed choices') as unknown } });
  });

  it('has no fallback in production', async () => {
    const refused = await cli.run(nothing, ['migrate', 'up', '--database', 'fallback'], { NODE_ENV: 'production' });
    expect(refused).toMatchObject({ exit: 2, stdout: '' });
    expect(refused.stderr).toContain('production never uses SQLite');
  });
});

describe('docs/cli.md', { timeout: CLI_MS }, () => {
  it.each([['migrate up'], ['migrate down'], ['migrate status'], ['migrate resolve'], ['schema diff']])(
    'knows every option of %s',
    async (command) => {
      const docs = readFileSync(path.join(import.meta.dirname, '../../docs/cli.md'), 'utf8');
      const { stdout } = await cli.run(nothing, [...command.split(' '), '--help']);
      const options = stdout.match(/--[a-z][a-z-]+/g) ?? [];
      expect(options.length).toBeGreaterThan(3);
      expect([command, ...options].filter((option) => !docs.includes(option))).toEqual([]);
    },
  );
});

describe('a configuration file', { timeout: CLI_MS }, () => {
  it.each([
    ['exports something unknown', 'export const conection = {}', 'exports conection'],
    ['has no connection in its connection', 'export const connection = 1', 'must be what createResilientConnection() takes'],
    ['is not JavaScript', 'export const connection = {', "can't be loaded"],
    ['imports what is not there', "import 'not-installed'", "Cannot find package 'not-installed'"],
    ['has models that are no function', 'export const models = {}', 'models must be a function'],
    ['has an unknown option of the connection', "export const connection = { serviceName: 'shop', primry: {} }", 'did you mean primary?'],
    ['names no migrations', `export const connection = ${CONNECTION}`, 'No migrations are configured'],
    [
      'has an unknown option of the migrations',
      `export const connection = ${CONNECTION}; export const migrations = { glb: '*.js' }`,
      'migrations.glb',
    ],
  ])('that %s is refused with exit code 2 and no stack', async (_, source, told) => {
    const folder = cli.project({ 'sequelize-resilient.config.mjs': source });
    const { exit, stdout, stderr } = await cli.run(folder, ['migrate', 'status']);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(told);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('tells the stack of what it threw with --verbose', async () => {
    const folder = cli.project({ 'sequelize-resilient.config.mjs': "export const connection = () => { throw new Error('not today'); };" });
    const short = await cli.run(folder, ['migrate', 'status']);
    expect(short.stderr).toContain('not today');
    expect(short.stderr).not.toMatch(/^\s+at /m);
    const long = await cli.run(folder, ['migrate', 'status', '--verbose']);
    expect(long.stderr).toMatch(/^\s+at .*sequelize-resilient\.config\.mjs:1/m);
  });

  it('in TypeScript needs a process that loads it', async () => {
    const source = `enum Name { shop = 'shop' }
      export const connection: { serviceName: string } = { serviceName: Name.shop, ...{ primary: { host: '127.0.0.1', port: 1 } } };
      export default { migrations: '*.js' };`;
    const folder = cli.project({ 'sequelize-resilient.config.ts': source, '1.js': 'exports.up = () => undefined;' });
    const alone = await cli.run(folder, ['migrate', 'status', '--database', 'fallback']);
    expect(alone).toMatchObject({ exit: 2, stdout: '' });
    expect(alone.stderr).toContain("NODE_OPTIONS='--import tsx'");
    const tsx = createRequire(import.meta.url).resolve('tsx');
    const loaded = await cli.with('--import', tsx).run(folder, ['migrate', 'status', '--database', 'fallback']);
    expect(loaded.exit, loaded.stderr).toBe(0);
    expect(loaded.stdout).toMatch(/fallback: reachable\n\s+executed\s+0\n\s+pending\s+1\n\s+1\.js/);
  });
});
