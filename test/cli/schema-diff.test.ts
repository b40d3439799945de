import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { InstalledCli } from './installed-cli.js';

const CLI_MS = 60_000;
let cli: InstalledCli;
let server: PostgresServer;
let folder: string;
let env: { URL: string };

const CONFIG = `import { DataTypes } from 'sequelize';
  export const connection = { serviceName: 'shop', primary: { url: process.env.URL } };
  export const migrations = { glob: 'migrations/*.sql', table: 'done' };`;
const MODELS = `export const models = async (sequelize) => {
  sequelize.define('Thing', { title: { type: DataTypes.STRING, allowNull: false }, price: DataTypes.INTEGER }, { tableName: 'things', timestamps: false });
};`;

beforeAll(async () => {
  [cli, server] = await Promise.all([InstalledCli.install(), startPostgres()]);
  folder = cli.project({
    'sequelize-resilient.config.mjs': `${CONFIG}\n${MODELS}`,
    'without-models.mjs': CONFIG,
    'migrations/1-things.sql': 'CREATE TABLE things (id serial PRIMARY KEY, title varchar(255) NOT NULL, price integer);',
  });
  env = { URL: server.urlOf(await server.createDatabase()) };
  const { exit, stderr } = await cli.run(folder, ['migrate', 'up', '--database', 'both'], env);
  expect(exit, stderr).toBe(0);
}, 120_000);
afterAll(() => server.dispose());

it('schema diff finds nothing where migrations made both databases as the models want them', { timeout: CLI_MS }, async () => {
  const { exit, document, stderr } = await cli.json(folder, ['schema', 'diff'], env);
  expect({ exit, document }, stderr).toEqual({
    exit: 0,
    document: { command: 'schema diff', same: true, databases: { primary: 'compared', fallback: 'compared' }, findings: [], notes: [] },
  });
});

it('schema diff ends with code 1 and names what was changed by hand, but not in tables that are left out', {
  timeout: CLI_MS,
}, async () => {
  const database = new URL(env.URL).pathname.slice(1);
  await server.query('ALTER TABLE things ALTER price TYPE text', [], database);
  const told = await cli.run(folder, ['schema', 'diff'], env);
  expect(told.exit, told.stderr).toBe(1);
  expect(told.stdout).toMatch(/primary\s+things\s+.*price/);
  const { exit, document } = await cli.json(folder, ['schema', 'diff'], env);
  expect(exit).toBe(1);
  expect(document).toMatchObject({ same: false, findings: [{ database: 'primary', kind: 'type', table: 'things', name: 'price' }] });
  expect((await cli.run(folder, ['schema', 'diff', '--leave-out', 'things'], env)).exit).toBe(0);
});

it('schema diff without models is refused: nothing could differ', { timeout: CLI_MS }, async () => {
  const { exit, stderr } = await cli.run(folder, ['schema', 'diff', '--config', 'without-models.mjs'], env);
  expect(exit).toBe(2);
  expect(stderr).toContain('No models are defined');
});
