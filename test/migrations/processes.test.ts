import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { QueryTypes } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MigrationInterruptedError, ResilientConnection, type Role } from '../../src/index.js';
import { createMigrator } from '../../src/migrations/index.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';

/** A process that migrates one of its databases when it is time. */
const PROGRAM = `
  import { ResilientConnection } from './src/index.ts';
  import { createMigrator } from './src/migrations/index.ts';
  const { URL: url, FOLDER: folder, ROLE: database, START_AT } = process.env;
  const connection = new ResilientConnection({
    serviceName: 'shop',
    primary: { url, logging: false, pool: { max: 1 } },
    fallback: { storageDir: folder + '/sqlite' },
    schema: 'none',
    options: { allowSQLiteFallback: true },
    parity: 'off',
    logger: false,
  });
  await connection.ready;
  await new Promise((resolve) => setTimeout(resolve, START_AT - Date.now()));
  const runs = await createMigrator(connection, { glob: ['*.{cjs,sql}', { cwd: folder + '/migrations' }] }).up({ database });
  await connection.close();
  console.log(JSON.stringify(runs.map(({ name }) => name)));
`;
const ARGUMENTS = ['--import', 'tsx', '--input-type=module', '--eval', PROGRAM];
const cwd = fileURLToPath(new URL('../..', import.meta.url));

let postgres: PostgresServer;
let database: string;
let folder: string;
let connection: ResilientConnection | undefined;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
beforeEach(async () => {
  database = await postgres.createDatabase();
  folder = tempFolder();
  mkdirSync(join(folder, 'migrations'));
});
afterEach(async () => {
  await connection?.close();
  connection = undefined;
});

const url = () => `postgres://${postgres.user}:${postgres.password}@127.0.0.1:${postgres.port}/${database}`;
const migration = (name: string, text: string) => writeFileSync(join(folder, 'migrations', name), text);
const environment = (role: Role, startAt: number) => ({
  PATH: process.env['PATH'],
  URL: url(),
  FOLDER: folder,
  ROLE: role,
  START_AT: String(startAt),
});

async function migrator() {
  connection ??= await new ResilientConnection({
    serviceName: 'shop',
    primary: { url: url(), logging: false },
    fallback: { storageDir: join(folder, 'sqlite') },
    schema: 'none',
    options: { allowSQLiteFallback: true },
    logger: false,
  }).ready;
  return createMigrator(connection, { glob: ['*.{cjs,sql}', { cwd: join(folder, 'migrations') }] });
}

async function rowsOn(role: Role, sql: string): Promise<unknown[]> {
  await migrator();
  if (role === 'fallback') await connection?.failover('to look', { hold: true });
  return (await connection?.sequelize.query(sql, { type: QueryTypes.SELECT })) ?? [];
}

describe.each(['primary', 'fallback'] as const)('processes that migrate the %s', (role) => {
  it('run each migration once, ten of them that start at the same time', { timeout: 240_000 }, async () => {
    migration(
      '1.cjs',
      `exports.up = async ({ sequelize }) => {
      await sequelize.query('CREATE TABLE runs (name TEXT NOT NULL)');
      await new Promise((resolve) => setTimeout(resolve, 300));
      await sequelize.query("INSERT INTO runs VALUES ('1')");
    };`,
    );
    // Whoever waited for the lock within a transaction of PostgreSQL would keep this one waiting for ever.
    migration('2.sql', '-- no-transaction\nCREATE INDEX CONCURRENTLY runs_name ON runs (name);');
    for (const name of ['3', '4', '5']) migration(`${name}.sql`, `INSERT INTO runs VALUES ('${name}');`);
    const run = async (): Promise<string[]> => {
      const { stdout } = await promisify(execFile)(process.execPath, ARGUMENTS, { cwd, env: environment(role, startAt) });
      return JSON.parse(stdout) as string[];
    };
    const startAt = Date.now() + 8_000;
    const runs = await Promise.all(Array.from({ length: 10 }, run));
    expect(runs.flat().sort()).toEqual(['1.cjs', '2.sql', '3.sql', '4.sql', '5.sql']);
    expect(runs.filter((names) => names.length > 0)).toHaveLength(1);
    expect(await rowsOn(role, 'SELECT name FROM runs ORDER BY name')).toEqual([{ name: '1' }, { name: '3' }, { name: '4' }, { name: '5' }]);
  });

  it('leave a migration that a kill -9 cut off named and blocking, and go on when that was resolved', { timeout: 120_000 }, async () => {
    migration('1.sql', 'CREATE TABLE runs (name TEXT NOT NULL);');
    migration(
      '2.cjs',
      `exports.up = async ({ sequelize }) => {
      await sequelize.query("INSERT INTO runs VALUES ('half')");
      if (process.env.ROLE) { console.log('in the middle'); await new Promise(() => setInterval(() => undefined, 1000)); }
      await sequelize.query("INSERT INTO runs VALUES ('whole')");
    };`,
    );
    const child = spawn(process.execPath, ARGUMENTS, { cwd, env: environment(role, 0), stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    try {
      const [text] = (await Promise.race([once(child.stdout, 'data'), ended])) as [unknown];
      expect(String(text)).toContain('in the middle');
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
    const migrating = await migrator();
    // The lock of the killed one went with it, so that nothing waits here.
    await expect(migrating.up({ database: role })).rejects.toThrow(MigrationInterruptedError);
    expect((await migrating.executed({ database: role })).map(({ name }) => name)).toEqual(['1.sql']);
    expect(await migrating.interrupted({ database: role })).toMatchObject([
      { name: '2.cjs', database: role, by: expect.stringContaining(String(child.pid)) as string },
    ]);
    await migrating.resolve('2.cjs', 'retry', { database: role });
    expect((await migrating.up({ database: role })).map(({ name }) => name)).toEqual(['2.cjs']);
    expect(await rowsOn(role, 'SELECT name FROM runs ORDER BY name')).toEqual([{ name: 'half' }, { name: 'half' }, { name: 'whole' }]);
  });
});
