import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataTypes, QueryTypes } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  type Migration,
  MigrationFailedError,
  MigrationInterruptedError,
  type MigrationsOptions,
  ResilientConnection,
  UnsupportedOnFallbackError,
  type ResilientEvents,
} from '../../src/index.js';
import { createMigrator } from '../../src/migrations/index.js';
import { leakGuard } from '../support/leak-guard.js';
import { queryOnce } from '../support/postgres-query.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';

leakGuard();

let postgres: PostgresServer;
let database: string;
let folder: string;
let log: string[];
const connections: ResilientConnection[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
beforeEach(async () => {
  database = await postgres.createDatabase();
  folder = tempFolder();
  log = [];
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
});

async function connected(options: { poolMax?: number; allowSQLiteFallback?: boolean } = {}): Promise<ResilientConnection> {
  const line = (text: string) => void log.push(text);
  const connection = new ResilientConnection({
    serviceName: 'shop',
    primary: {
      host: '127.0.0.1',
      port: postgres.port,
      database,
      username: postgres.user,
      password: postgres.password,
      logging: false,
      ...(options.poolMax !== undefined && { pool: { max: options.poolMax } }),
    },
    fallback: { storageDir: join(folder, 'sqlite') },
    schema: 'none',
    options: { allowSQLiteFallback: options.allowSQLiteFallback ?? true },
    parity: 'off',
    logger: { info: line, warn: line, error: line },
  });
  connections.push(connection);
  return await connection.ready;
}

const users: Migration = {
  name: '1-users',
  up: (queryInterface) =>
    queryInterface.createTable('users', {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      tags: DataTypes.ARRAY(DataTypes.TEXT),
    }),
  down: (queryInterface) => queryInterface.dropTable('users'),
};
const mail: Migration = {
  name: '2-mail',
  up: (queryInterface) => queryInterface.addColumn('users', 'mail', DataTypes.STRING),
  down: (queryInterface) => queryInterface.removeColumn('users', 'mail'),
};

const names = (list: readonly { name: string; database: string }[]) => list.map(({ name, database: role }) => `${role}: ${name}`);

async function tablesOf(connection: ResilientConnection): Promise<string[]> {
  return await connection.sequelize.getQueryInterface().showAllTables();
}

describe('up and down', () => {
  it('runs on the active database what has not run there, and undoes it', async () => {
    const connection = await connected();
    const migrator = createMigrator(connection, { migrations: [users, mail] });
    expect(names(await migrator.pending())).toEqual(['primary: 1-users', 'primary: 2-mail']);
    expect(await tablesOf(connection)).toEqual([]);
    expect(names(await migrator.up())).toEqual(['primary: 1-users', 'primary: 2-mail']);
    expect(await migrator.up()).toEqual([]);
    expect(names(await migrator.executed())).toEqual(['primary: 1-users', 'primary: 2-mail']);
    expect(Object.keys(await connection.sequelize.getQueryInterface().describeTable('users'))).toEqual(['id', 'tags', 'mail']);
    expect(names(await migrator.down())).toEqual(['primary: 2-mail']);
    expect(names(await migrator.down({ to: 0 }))).toEqual(['primary: 1-users']);
    expect((await tablesOf(connection)).sort()).toEqual(['SequelizeMeta', 'SequelizeMeta_started']);
  });

  it('runs on both, each with a record of its own', async () => {
    const connection = await connected();
    const migrator = createMigrator(connection, { migrations: [users, mail] });
    expect(names(await migrator.up({ database: 'fallback', step: 1 }))).toEqual(['fallback: 1-users']);
    expect(names(await migrator.up({ database: 'both' }))).toEqual(['primary: 1-users', 'primary: 2-mail', 'fallback: 2-mail']);
    expect(names(await migrator.executed({ database: 'both' }))).toHaveLength(4);
    expect(names(await migrator.down({ database: 'both', to: '1-users' }))).toEqual([
      'primary: 2-mail',
      'primary: 1-users',
      'fallback: 2-mail',
      'fallback: 1-users',
    ]);
  });

  it('goes as far as it is told', async () => {
    const migrator = createMigrator(await connected(), { migrations: [users, mail] });
    expect(names(await migrator.up({ to: '1-users' }))).toEqual(['primary: 1-users']);
    expect(await migrator.up({ to: '1-users' })).toEqual([]);
    await expect(migrator.up({ to: 'nothing' })).rejects.toThrow(ConfigurationError);
    await expect(migrator.up({ step: 0 })).rejects.toThrow('step');
    await expect(migrator.up({ database: 'other' as never })).rejects.toThrow(
      "database: must be 'active', 'primary', 'fallback' or 'both'; received other",
    );
  });

  it('tells each in an event and a line of the log', async () => {
    const connection = await connected();
    const told: ResilientEvents['migration'][] = [];
    connection.on('migration', (event) => told.push(event));
    await createMigrator(connection, { migrations: [users, mail] }).up();
    expect(told.map(({ name, status, position, count }) => `${name} ${status} ${position}/${count}`)).toEqual([
      '1-users started 1/2',
      '1-users finished 1/2',
      '2-mail started 2/2',
      '2-mail finished 2/2',
    ]);
    expect(told[0]).toMatchObject({ database: 'primary', direction: 'up', durationMs: null });
    expect(told[1]?.durationMs).toBeTypeOf('number');
    expect(log.join('\n')).toMatch(
      /Running 2 migrations \(up\) on the primary\n.*Migration 1-users \(up, primary\) done in \d+ ms \(1 of 2\)/,
    );
  });

  it('works with a pool of one connection', async () => {
    const connection = await connected({ poolMax: 1 });
    expect(await createMigrator(connection, { migrations: [users, mail] }).up()).toHaveLength(2);
  });

  it('refuses the fallback where none is allowed, and takes both for the primary alone', async () => {
    const migrator = createMigrator(await connected({ allowSQLiteFallback: false }), { migrations: [users] });
    await expect(migrator.up({ database: 'fallback' })).rejects.toThrow('no fallback is allowed');
    expect(names(await migrator.up({ database: 'both' }))).toEqual(['primary: 1-users']);
  });
});

describe('files', () => {
  const glob = (pattern: string): MigrationsOptions => ({ glob: [pattern, { cwd: folder }] });
  const file = (name: string, text: string): void => {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  };

  it('runs those of sequelize-cli, of Umzug and of SQL, by name', async () => {
    file(
      '01-cli.js',
      `module.exports = {
      async up(queryInterface, Sequelize) { await queryInterface.createTable('cli', { id: { type: Sequelize.INTEGER, primaryKey: true }, at: { type: Sequelize.DATE, defaultValue: Sequelize.literal('CURRENT_TIMESTAMP') } }); },
      async down(queryInterface) { await queryInterface.dropTable('cli'); } };`,
    );
    file(
      '02-umzug.mjs',
      `export const up = async ({ context, name, path }) => { await context.createTable('umzug', { id: 'INTEGER', [name.replace(/\\W/g, '_')]: 'TEXT', [path.endsWith(name)]: 'TEXT' }); };
      export const down = async ({ context }) => { await context.dropTable('umzug'); };`,
    );
    file(
      '03-sql.sql',
      `CREATE TABLE plain (id SERIAL PRIMARY KEY, tags TEXT[] NOT NULL DEFAULT '{}'); INSERT INTO plain (tags) VALUES ('{a,b}');`,
    );
    file('down/03-sql.sql', 'DROP TABLE plain;');
    file('04-two.up.sql', 'ALTER TABLE plain ADD COLUMN note JSONB;');
    file('04-two.down.sql', 'ALTER TABLE plain DROP COLUMN note;');
    file('package.json', '{"type":"commonjs"}');
    const connection = await connected();
    const migrator = createMigrator(connection, glob('**/*.{js,mjs,sql}'));
    const all = ['01-cli.js', '02-umzug.mjs', '03-sql.sql', '04-two.up.sql'];
    const runs = await migrator.up({ database: 'both' });
    expect(names(runs)).toEqual([...all.map((name) => `primary: ${name}`), ...all.map((name) => `fallback: ${name}`)]);
    expect(runs[0]?.path).toBe(join(folder, '01-cli.js'));
    const columns = Object.keys(await connection.sequelize.getQueryInterface().describeTable('umzug'));
    expect(columns).toEqual(['id', '02_umzug_mjs', 'true']);
    expect(await connection.sequelize.query('SELECT tags FROM plain', { type: QueryTypes.SELECT })).toEqual([{ tags: ['a', 'b'] }]);
    expect(await migrator.down({ database: 'both', to: 0 })).toHaveLength(8);
  });

  it.each([
    [
      'names that Node guesses',
      'module.exports = { up: async (q) => q.createTable("t", { id: "INTEGER" }), down: async (q) => q.dropTable("t") };',
    ],
    ['names one by one', 'exports.up = async (q) => q.createTable("t", { id: "INTEGER" }); exports.down = async (q) => q.dropTable("t");'],
    [
      'what a compiler made of a default export',
      'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = { async up(q) { await q.createTable("t", { id: "INTEGER" }); }, async down(q) { await q.dropTable("t"); } };',
    ],
    [
      'an object that is put together',
      'const up = async (q) => q.createTable("t", { id: "INTEGER" }); module.exports = Object.assign({ up }, { down: (q) => q.dropTable("t") });',
    ],
  ])('finds both directions in CommonJS: %s', async (_, text) => {
    file('1.cjs', text);
    const migrator = createMigrator(await connected(), glob('*.cjs'));
    expect(await migrator.up()).toHaveLength(1);
    expect(await migrator.down()).toHaveLength(1);
  });

  it('refuses a pattern that finds none, which would make a fallback without tables', async () => {
    const migrator = createMigrator(await connected(), glob('migration/*.js'));
    await expect(migrator.up()).rejects.toThrow(
      `migrations.glob: must find at least one migration; received 'migration/*.js' in ${folder}`,
    );
  });

  it('says which file has what is missing', async () => {
    file('1.cjs', 'exports.up = async () => {};');
    file('2.cjs', 'exports.down = async () => {};');
    const migrator = createMigrator(await connected(), glob('*.cjs'));
    await expect(migrator.up()).rejects.toThrow(/2\.cjs exports no function 'up'/);
    await expect(migrator.down()).rejects.toThrow(/1\.cjs.*no 'down', so it can’t be undone/);
  });

  it('refuses CONCURRENTLY in a transaction, and runs it without one', async () => {
    file('1.sql', 'CREATE TABLE t (a INT);');
    file('2.sql', 'CREATE INDEX CONCURRENTLY t_a ON t (a);');
    const migrator = createMigrator(await connected(), glob('*.sql'));
    await expect(migrator.up()).rejects.toThrow('-- no-transaction');
    file('2.sql', '-- no-transaction\nCREATE INDEX CONCURRENTLY t_a ON t (a);');
    expect(await migrator.up({ database: 'both' })).toHaveLength(3);
  });
});

describe('failures', () => {
  const broken: Migration = {
    name: '2-broken',
    up: async (queryInterface) => {
      await queryInterface.createTable('half', { id: DataTypes.INTEGER });
      await queryInterface.sequelize.query("INSERT INTO nowhere VALUES ('a secret')");
    },
  };

  for (const role of ['primary', 'fallback'] as const) {
    it(`reports one on the ${role}, keeps those before it, and runs it again`, async () => {
      const connection = await connected();
      const migrator = createMigrator(connection, { migrations: [users, broken, mail] });
      const failure = await migrator.up({ database: role }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(MigrationFailedError);
      expect(failure).toMatchObject({ migration: '2-broken', database: role, direction: 'up', code: 'MIGRATION_FAILED' });
      expect((failure as Error).message).toMatch(
        /The migration 2-broken \(up\) failed on the \w+ after \d+ ms: relation "nowhere" does not exist\. Its statement: INSERT INTO nowhere VALUES \('…'\)/,
      );
      expect((failure as Error).message).not.toContain('secret');
      expect(names(await migrator.executed({ database: role }))).toEqual([`${role}: 1-users`]);
      expect(await migrator.interrupted({ database: role })).toEqual([]);
      expect(log.join('\n')).toContain(`Migration 2-broken (up, ${role}) failed`);
      const mended = createMigrator(connection, {
        migrations: [users, { name: '2-broken', up: (queryInterface) => queryInterface.dropTable('half') }, mail],
      });
      expect(names(await mended.up({ database: role }))).toEqual([`${role}: 2-broken`, `${role}: 2-mail`]);
    });
  }

  it('names the statement, the reason and the remedy of what the fallback can’t have', async () => {
    const migrator = createMigrator(await connected(), {
      migrations: [
        {
          name: '1',
          up: ({ sequelize }) => sequelize.query('CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$'),
        },
      ],
    });
    const failure = (await migrator.up({ database: 'fallback' }).catch((error: unknown) => error)) as Error;
    expect(failure).toBeInstanceOf(MigrationFailedError);
    expect(failure.message).toMatch(
      /is not available on the SQLite fallback.*Its statement: CREATE FUNCTION f\(\).*onUnsupported: 'skip'/s,
    );
  });
});

describe('what the fallback can’t have', () => {
  const trigger = 'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$';
  const migration: Migration = {
    name: '1',
    up: async ({ sequelize }) => {
      await sequelize.query(`CREATE TABLE a (id INT); ${trigger}; CREATE TABLE b (id INT)`);
      await sequelize.transaction(async (transaction) => {
        await sequelize.query('CREATE TABLE c (id INT)', { transaction });
        await sequelize.query(trigger.replace('f()', 'g()'), { transaction });
        await sequelize.query('CREATE TABLE d (id INT)', { transaction });
      });
    },
  };

  it('is left out where that is wanted, with everything else of its text and transaction kept', async () => {
    const connection = await connected();
    const migrator = createMigrator(connection, { migrations: [migration], onUnsupported: 'skip' });
    await migrator.up({ database: 'both' });
    expect(log.filter((line) => line.includes('a statement was left out on the fallback'))).toHaveLength(2);
    await connection.failover('to look');
    const tables = await connection.sequelize.getQueryInterface().showAllTables();
    expect(tables).toEqual(expect.arrayContaining(['a', 'b', 'c', 'd']));
  });

  it('is left out where a function says so', async () => {
    const asked: string[] = [];
    const migrator = createMigrator(await connected(), {
      migrations: [migration],
      onUnsupported: ({ migration: name, statement, reason, remedy }) => {
        asked.push(name, statement, reason, remedy);
        return statement.includes('g()') ? undefined : 'skip';
      },
    });
    await expect(migrator.up({ database: 'fallback' })).rejects.toThrow(MigrationFailedError);
    expect(asked[1]).toBe(trigger);
    expect(asked).toHaveLength(8);
  });
});

describe('records and locks', () => {
  it('are not seen by the program’s query hooks', async () => {
    const connection = await connected();
    const seen: string[] = [];
    connection.sequelize.addHook('afterQuery', (_: object, query: unknown) => void seen.push(String((query as { sql: unknown }).sql)));
    await createMigrator(connection, { migrations: [users] }).up({ database: 'both' });
    expect(seen.filter((sql) => sql.includes('SequelizeMeta'))).toEqual([]);
    expect(seen.filter((sql) => sql.includes('CREATE TABLE'))).toHaveLength(2);
  });

  it('do not pass over a later migration whose file is gone', async () => {
    const connection = await connected();
    await createMigrator(connection, { migrations: [users, mail] }).up();
    const without = createMigrator(connection, { migrations: [users] });
    expect(names(await without.executed())).toEqual(['primary: 2-mail', 'primary: 1-users']);
    await expect(without.down()).rejects.toThrow('must have 2-mail, which has run after 1-users');
    expect(names(await createMigrator(connection, { migrations: [mail] }).down())).toEqual(['primary: 2-mail']);
  });

  it('record nothing as run that was done after the lock was lost', async () => {
    const connection = await connected();
    const migrator = createMigrator(connection, {
      migrations: [
        {
          name: '1',
          up: async () => {
            await postgres.query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted");
          },
        },
        users,
      ],
    });
    await expect(migrator.up()).rejects.toThrow('The connection that held the lock for migrations was lost.');
    expect(await migrator.executed()).toEqual([]);
    expect(await migrator.interrupted()).toMatchObject([{ name: '1' }]);
  });

  it('keep to a table of another name and schema', async () => {
    const connection = await connected();
    await connection.sequelize.query('CREATE SCHEMA ops');
    const migrator = createMigrator(connection, { migrations: [users], table: { tableName: 'Moves', schema: 'ops' } });
    await migrator.up();
    expect(await queryOnce(postgres.port, database, 'SELECT name FROM ops."Moves"')).toEqual([{ name: '1-users' }]);
    expect(await queryOnce(postgres.port, database, 'SELECT name FROM ops."Moves_started"')).toEqual([]);
  });

  it('count what sequelize-cli has recorded', async () => {
    const connection = await connected();
    await queryOnce(postgres.port, database, 'CREATE TABLE "SequelizeMeta" (name VARCHAR(255) NOT NULL UNIQUE PRIMARY KEY)');
    await queryOnce(postgres.port, database, `INSERT INTO "SequelizeMeta" VALUES ('1-users')`);
    expect(names(await createMigrator(connection, { migrations: [users, mail] }).pending())).toEqual(['primary: 2-mail']);
  });
});

describe('what a migration leaves behind', () => {
  it('are no settings in the sessions of the service', async () => {
    const connection = await connected({ poolMax: 1 });
    const set = createMigrator(connection, {
      migrations: [
        { name: '1', up: ({ sequelize }) => sequelize.query("SET statement_timeout = '300ms'") },
        {
          name: '2',
          up: ({ sequelize }) => sequelize.query("CREATE SCHEMA app; SELECT pg_catalog.set_config('search_path', 'app', false)"),
        },
        users,
      ],
    });
    await set.up();
    expect(
      await connection.sequelize.query("SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS timeout", {
        type: QueryTypes.SELECT,
      }),
    ).toEqual([{ path: '"$user", public', timeout: '0' }]);
    expect(names(await set.executed())).toHaveLength(3);
    expect(await queryOnce(postgres.port, database, `SELECT schemaname FROM pg_tables WHERE tablename = 'SequelizeMeta'`)).toEqual([
      { schemaname: 'public' },
    ]);
  });

  it('is no leave to leave statements out later', async () => {
    const connection = await connected();
    const refused = 'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$';
    let later: Promise<unknown> = Promise.resolve();
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    await connection.failover('to be there', { hold: true });
    const migrator = createMigrator(connection, {
      migrations: [
        {
          name: '1',
          up: ({ sequelize }) => {
            later = ended
              .then(() => sequelize.query(refused))
              .then(
                () => 'left out',
                (error: unknown) => error,
              );
          },
        },
      ],
      onUnsupported: 'skip',
    });
    await migrator.up();
    end();
    expect(await later).toBeInstanceOf(UnsupportedOnFallbackError);
  });

  it('are records even where it has dropped everything', async () => {
    const connection = await connected();
    const drop: Migration = { name: '2', up: (queryInterface) => queryInterface.dropAllTables() };
    const migrator = createMigrator(connection, { migrations: [users, drop] });
    await migrator.up({ database: 'both' });
    expect(names(await migrator.executed({ database: 'both' }))).toEqual(['primary: 2', 'fallback: 2']);
  });
});

describe('strange records', () => {
  it('may have the times that Umzug and sequelize-cli can add', async () => {
    const connection = await connected();
    const create =
      'CREATE TABLE "SequelizeMeta" (name VARCHAR(255) PRIMARY KEY, "createdAt" TIMESTAMPTZ NOT NULL, "updatedAt" TIMESTAMPTZ NOT NULL)';
    await queryOnce(postgres.port, database, create);
    await createMigrator(connection, { migrations: [users] }).up();
    expect(await queryOnce(postgres.port, database, 'SELECT name, "createdAt" = "updatedAt" AS same FROM "SequelizeMeta"')).toEqual([
      { name: '1-users', same: true },
    ]);
  });

  it('of the same migration by another name are told, and nothing is run', async () => {
    const connection = await connected();
    await createMigrator(connection, { migrations: [users] }).up();
    const renamed = createMigrator(connection, { migrations: [{ ...users, name: '1-users.cjs' }] });
    await expect(renamed.up()).rejects.toThrow("'1-users' has run, and '1-users.cjs' seems to be the same");
  });
});

describe('closing', () => {
  it('waits for a migration of the database that is not active', async () => {
    const connection = await connected();
    const begun = new Promise((resolve) => connection.once('migration', resolve));
    const slow: Migration = { name: '1', up: () => new Promise((resolve) => setTimeout(resolve, 300)) };
    const run = createMigrator(connection, { migrations: [slow] }).up({ database: 'fallback' });
    await begun;
    await connection.close({ timeout: 10_000 });
    expect(names(await run)).toEqual(['fallback: 1']);
  });
});

describe('a fallback in memory', () => {
  it('is not migrated while it is not active, for it would be gone at once', async () => {
    const { user: username, password, port } = postgres;
    const connection = await new ResilientConnection({
      serviceName: 'shop',
      primary: { host: '127.0.0.1', port, database, username, password, logging: false },
      fallback: { storage: ':memory:' },
      options: { allowSQLiteFallback: true },
      logger: false,
    }).ready;
    connections.push(connection);
    const migrator = createMigrator(connection, { migrations: [users] });
    await expect(migrator.up({ database: 'fallback' })).rejects.toThrow('The fallback is in memory and not active');
    expect((await connection.schemaReport()).databases.fallback).toContain('in memory and not active');
  });
});

describe('two at once', () => {
  it('wait for each other in one process, in memory too', async () => {
    const connection = new ResilientConnection({
      serviceName: 'shop',
      primary: { host: '127.0.0.1', port: 1 },
      fallback: { storage: ':memory:' },
      schema: 'none',
      options: { allowSQLiteFallback: true, autoReconnect: false },
      logger: false,
    });
    connections.push(connection);
    let runs = 0;
    const slow: Migration = {
      name: '1',
      up: async (queryInterface, Sequelize) => {
        runs += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
        await users.up(queryInterface, Sequelize);
      },
    };
    const migrator = createMigrator(connection, { migrations: [slow] });
    const [first, second] = await Promise.all([migrator.up(), migrator.up()]);
    expect([...first, ...second]).toHaveLength(1);
    expect(runs).toBe(1);
  });

  it('are refused within each other, where one would wait for itself', async () => {
    const connection = await connected();
    const inner = createMigrator(connection, { migrations: [users] });
    const outer = createMigrator(connection, { migrations: [{ name: '0', up: () => inner.up() }] });
    await expect(outer.up()).rejects.toThrow("can't be run on the primary within one of its own migrations");
  });

  it('don’t keep a service waiting that has nothing to run', async () => {
    const connection = await connected();
    await createMigrator(connection, { migrations: [users] }).up();
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const long = createMigrator(connection, { migrations: [users, { name: '2', up: () => ended }] }).up();
    const begun = new Promise((resolve) => connection.once('migration', resolve));
    await begun;
    expect(await createMigrator(connection, { migrations: [users] }).up()).toEqual([]);
    end();
    expect(await long).toHaveLength(1);
  });
});

describe('interrupted migrations', () => {
  for (const role of ['primary', 'fallback'] as const) {
    it(`block the ${role} until somebody has said what became of them`, async () => {
      const connection = await connected();
      const migrator = createMigrator(connection, { migrations: [users, mail] });
      await migrator.up({ database: role, step: 1 });
      // What is left of a process that was killed.
      const left = { name: '2-mail', up: () => undefined };
      await createMigrator(connection, { migrations: [users, left] }).up({ database: role });
      if (role === 'fallback') await connection.failover('to change the record', { hold: true });
      await connection.sequelize.query('DELETE FROM "SequelizeMeta" WHERE name = \'2-mail\'');
      await connection.sequelize.query(
        "INSERT INTO \"SequelizeMeta_started\" VALUES ('2-mail', 'up', 'started', now(), 'elsewhere, process 1')",
      );
      const failure = await migrator.up({ database: role }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(MigrationInterruptedError);
      expect((failure as Error).message).toContain(`2-mail (up) was begun on the ${role}`);
      expect(await migrator.interrupted({ database: role })).toMatchObject([
        { name: '2-mail', database: role, direction: 'up', by: 'elsewhere, process 1' },
      ]);
      await expect(migrator.resolve('1-users', 'applied', { database: role })).rejects.toThrow(ConfigurationError);
      await migrator.resolve('2-mail', 'retry', { database: role });
      expect(names(await migrator.up({ database: role }))).toEqual([`${role}: 2-mail`]);
    });
  }

  it('count as run where that is said', async () => {
    const connection = await connected();
    const migrator = createMigrator(connection, { migrations: [users, mail] });
    await migrator.up({ step: 1 });
    await queryOnce(postgres.port, database, "INSERT INTO \"SequelizeMeta_started\" VALUES ('2-mail', 'up', 'started', now(), 'x')");
    await migrator.resolve('2-mail', 'applied');
    expect(await migrator.up()).toEqual([]);
    expect(await migrator.executed()).toHaveLength(2);
  });
});
