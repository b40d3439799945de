import { readdirSync } from 'node:fs';
import { DataTypes, Model, type Sequelize } from 'sequelize';
import 'reflect-metadata';
import {
  Column,
  DataType as TypescriptTypes,
  Model as Table,
  Sequelize as TypescriptSequelize,
  Table as asTable,
} from 'sequelize-typescript';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SharedSequelizeOptions } from '../../src/index.js';
import { type BothEnginesOptions, onBothEngines, type OnEngine } from '../../src/testing/index.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

let server: PostgresServer;
let folder: string;

leakGuard();
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());
beforeEach(() => {
  folder = tempFolder();
  vi.stubEnv('TMPDIR', folder);
  vi.stubEnv('CI', 'true');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  expect(readdirSync(folder)).toEqual([]);
  expect(await schemas()).toEqual(['information_schema', 'public']);
});

const schemas = async (): Promise<string[]> =>
  (await server.query<{ nspname: string }>("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1")).map(
    ({ nspname }) => nspname,
  );

const here = (options: BothEnginesOptions = {}): BothEnginesOptions => ({ primary: { url: server.url }, ...options });
const both = (fn: OnEngine, options?: BothEnginesOptions) => onBothEngines(fn, here(options));
const failure = (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined).catch((error: unknown) => error);
const rows = async (sequelize: Sequelize, sql: string): Promise<unknown> => (await sequelize.query(sql))[0];

const defineUser = (sequelize: Sequelize) =>
  sequelize.define(
    'User',
    {
      email: { type: DataTypes.STRING, unique: true },
      role: { type: DataTypes.ENUM('owner', 'guest'), defaultValue: 'guest' },
      price: DataTypes.DECIMAL(10, 2),
      tags: DataTypes.ARRAY(DataTypes.STRING),
      born: DataTypes.DATE,
    },
    { timestamps: false },
  );

describe('a function that both engines answer alike', () => {
  it('gives the same rows, as plain objects', async () => {
    const engines: string[] = [];
    const result = await both(async ({ sequelize, engine }) => {
      engines.push(engine, sequelize.getDialect());
      const User = defineUser(sequelize);
      await User.sync();
      await User.create({ email: 'a@b.c', price: 1.5, tags: ['x', 'y'], born: new Date(0) });
      return User.findAll({ where: { role: 'guest' } });
    });
    const value = [{ id: 1, email: 'a@b.c', role: 'guest', price: '1.50', tags: ['x', 'y'], born: new Date(0) }];
    expect(result).toEqual({ postgres: { value }, sqlite: { value }, same: true, differences: [] });
    expect(engines).toEqual(['postgres', 'postgres', 'sqlite', 'sqlite']);
  });

  it('fails with the same error, told as data', async () => {
    const result = await both(async ({ sequelize }) => {
      const User = defineUser(sequelize);
      await User.sync();
      await User.create({ email: 'twice' });
      await User.create({ email: 'twice' });
    });
    expect(result).toMatchObject({
      same: true,
      differences: [],
      postgres: { error: { name: 'SequelizeUniqueConstraintError', code: '23505', fields: { email: 'twice' } } },
    });
    expect(result.sqlite).toEqual(result.postgres);
  });

  it('may give one model class to both, one after the other', async () => {
    class Note extends Model {}
    const { same, postgres } = await both(async ({ sequelize, engine }) => {
      Note.init({ text: DataTypes.TEXT }, { sequelize, timestamps: false });
      await Note.sync();
      await Note.create({ text: 'kept' });
      return [engine === sequelize.getDialect(), await Note.findAll()];
    });
    expect({ same, postgres }).toEqual({ same: true, postgres: { value: [true, [{ id: 1, text: 'kept' }]] } });
  });

  it('may use the class of sequelize-typescript', async () => {
    class Person extends Table {
      declare name: string;
    }
    (Column(TypescriptTypes.STRING) as PropertyDecorator)(Person.prototype, 'name');
    (asTable({ timestamps: false }) as ClassDecorator)(Person);
    const { same, postgres } = await both(
      async () => {
        await Person.sync();
        await Person.create({ name: 'typed' });
        return Person.findAll();
      },
      { Sequelize: TypescriptSequelize, sequelize: { models: [Person] } as SharedSequelizeOptions },
    );
    expect({ same, postgres }).toEqual({ same: true, postgres: { value: [{ id: 1, name: 'typed' }] } });
  });

  it('may close its sequelize itself, or leave a transaction open', async () => {
    const { same, postgres } = await both(async ({ sequelize }) => {
      const transaction = await sequelize.transaction();
      await sequelize.query('CREATE TABLE open (id integer)', { transaction });
      const answer = await rows(sequelize, 'SELECT 1 AS one');
      if (sequelize.getDialect() === 'postgres') await sequelize.close();
      return answer;
    });
    expect({ same, postgres }).toEqual({ same: true, postgres: { value: [{ one: 1 }] } });
  });

  it('reads of its own tables, types and names as if they were in public', async () => {
    const { differences, postgres } = await both(async ({ sequelize }) => {
      await defineUser(sequelize).sync();
      const wrong = await sequelize.query(`INSERT INTO "Users" (role) VALUES ('nobody')`).catch((error: unknown) => error);
      const column = await rows(sequelize, `SELECT udt_schema, column_default FROM information_schema.columns WHERE column_name = 'role'`);
      return [wrong, column, await rows(sequelize, 'SELECT current_schema() AS schema, current_database() AS database')];
    });
    expect(differences).toEqual([]);
    expect(postgres.value).toEqual([
      { name: 'SequelizeDatabaseError', message: 'invalid input value for enum "enum_Users_role": "nobody"', code: '22P02' },
      [{ udt_schema: 'public', column_default: `'guest'::"enum_Users_role"` }],
      [{ schema: 'public', database: 'postgres' }],
    ]);
  });
});

describe('a function that the engines answer differently', () => {
  it('is told with the path of what differs', async () => {
    const { same, differences } = await both(async ({ sequelize }) => {
      await sequelize.query('CREATE TABLE things (id integer); INSERT INTO things VALUES (7)');
      return rows(sequelize, 'SELECT ctid, id FROM things');
    });
    expect({ same, differences }).toEqual({ same: false, differences: ["[0].ctid: '(0,1)' on PostgreSQL, '1' on SQLite"] });
  });

  it('is told with what the fallback refuses', async () => {
    const { postgres, sqlite, same, differences } = await both(({ sequelize }) =>
      rows(sequelize, "SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00' AT TIME ZONE 'Europe/Berlin' AS local"),
    );
    expect(postgres).toHaveProperty('value');
    expect(sqlite.error).toMatchObject({ name: 'UnsupportedOnFallbackError', code: 'UNSUPPORTED_ON_FALLBACK' });
    expect(same).toBe(false);
    expect(differences).toEqual([expect.stringMatching(/^SQLite refuses: .*Europe\/Berlin. is not available/)]);
  });

  it('is told where it fails on one of them only', async () => {
    const { differences } = await both(async ({ sequelize, engine }) => {
      await sequelize.query('SELECT 1');
      if (engine === 'sqlite') throw new RangeError('not here');
      return [1, { a: 'b' }];
    });
    expect(differences).toEqual(["PostgreSQL answers [ 1, { a: 'b' } ], SQLite fails: RangeError: not here"]);
  });
});

describe('what is there already', () => {
  it('stays as it is on PostgreSQL, also where it has the same names', async () => {
    const database = await server.createDatabase();
    const ask = (sql: string) => server.query(sql, [], database);
    await ask(`CREATE EXTENSION citext; CREATE TYPE "enum_Users_role" AS ENUM ('other'); CREATE TABLE "Users" AS SELECT 'kept' AS email`);
    const { same, postgres } = await onBothEngines(
      async ({ sequelize }) => {
        const User = defineUser(sequelize);
        await User.sync({ force: true });
        await User.create({ email: 'new' });
        await sequelize.query('CREATE TABLE words (word citext)');
        await sequelize.query(`INSERT INTO words VALUES ('Word')`);
        return [await rows(sequelize, 'SELECT email, role FROM "Users"'), await rows(sequelize, `SELECT * FROM words WHERE word = 'wORD'`)];
      },
      { primary: { url: server.urlOf(database) } },
    );
    expect({ same, postgres }).toEqual({ same: true, postgres: { value: [[{ email: 'new', role: 'guest' }], [{ word: 'Word' }]] } });
    expect(await ask('SELECT * FROM "Users"')).toEqual([{ email: 'kept' }]);
    expect(await ask(`SELECT typname, nspname FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace WHERE typtype = 'e'`)).toEqual([
      { typname: 'enum_Users_role', nspname: 'public' },
    ]);
    expect(await ask("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'sr%'")).toEqual([]);
  });

  it('is the environment, where no primary is given', async () => {
    vi.stubEnv('DATABASE_URL', server.url);
    const { postgres } = await onBothEngines(({ sequelize }) => rows(sequelize, 'SELECT current_database() AS name'));
    expect(postgres.value).toEqual([{ name: 'postgres' }]);
  });

  it('is the options of the connection, which keep what they say', async () => {
    const { postgres } = await both(({ sequelize }) => rows(sequelize, 'SHOW work_mem'), {
      primary: { url: `${server.url}?options=-c%20work_mem%3D5MB&application_name=own` },
    });
    expect(postgres.value).toEqual({ work_mem: '5MB' });
  });

  it('is a password that a function gives, and statements that a function is told', async () => {
    const { host, port, user, password, database } = server;
    const told: string[] = [];
    const { same } = await onBothEngines(({ sequelize }) => rows(sequelize, "SELECT 'told' AS word"), {
      primary: { host, port, database, username: user, password: () => Promise.resolve(password) },
      sequelize: { logging: (sql) => void told.push(sql) },
    });
    expect(same).toBe(true);
    expect(told).toEqual([
      "Executing (default): SELECT 'told' AS word -- postgres, epoch 1",
      "Executing (default): SELECT 'told' AS word -- sqlite, epoch 1",
    ]);
  });
});

describe('a function that takes too long', () => {
  it('rejects, and leaves nothing, whatever it holds', async () => {
    const held = failure(
      both(
        ({ sequelize }) =>
          sequelize.transaction(async (transaction) => {
            await sequelize.query('CREATE TABLE held (id integer)', { transaction });
            await sequelize.query('SELECT pg_sleep(60)', { transaction });
          }),
        { timeout: 400 },
      ),
    );
    expect(await held).toMatchObject({
      message: expect.stringContaining('did not end within 400 ms (timeout); it was on PostgreSQL') as string,
    });
  });

  it('counts both engines', async () => {
    const slow = both(
      async ({ sequelize, engine }) => {
        await sequelize.query('SELECT 1');
        await new Promise((resolve) => setTimeout(resolve, engine === 'sqlite' ? 1200 : 10));
      },
      { timeout: 700 },
    );
    expect(await failure(slow)).toMatchObject({ message: expect.stringContaining('it was on SQLite') as string });
  });
});

describe('a PostgreSQL that is away', () => {
  it('is no database to compare with', async () => {
    const fn = vi.fn();
    const error = await failure(onBothEngines(fn, { primary: { host: '127.0.0.1', port: 1, logging: false } }));
    expect(error).toMatchObject({ name: 'PrimaryUnavailableError', code: 'PRIMARY_UNAVAILABLE' });
    expect(fn).not.toHaveBeenCalled();
  });

  it('is told where it goes while the function runs, and what is left there', async () => {
    const error = await failure(
      both(async ({ sequelize }) => {
        await sequelize.query('SELECT 1');
        await server.stop('immediate');
        return rows(sequelize, 'SELECT 2').catch(() => 'caught');
      }),
    );
    await server.start();
    expect(error).toMatchObject({ name: 'PrimaryUnavailableError' });
    const [, left] = /DROP SCHEMA IF EXISTS (sr_both_[0-9a-f]{24}) CASCADE/.exec(String(error)) ?? [];
    expect(await schemas()).toContain(left);
    await server.query(`DROP SCHEMA ${left}`);
  });

  it('is told where its connections are cut under the function', async () => {
    const error = await failure(
      both(async ({ sequelize }) => {
        const endInserts = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'INSERT INTO t %'";
        await sequelize.query('CREATE TABLE t (id integer)');
        const [ended] = await Promise.allSettled([
          sequelize.query('INSERT INTO t SELECT 1 FROM pg_sleep(5)'),
          waitFor(async () => (await server.query(endInserts)).length > 0, { what: 'the insert to be ended' }),
        ]);
        if (ended.status === 'rejected') throw ended.reason;
      }),
    );
    expect(error).toMatchObject({ name: 'PrimaryUnavailableError', message: expect.stringContaining('nothing was compared') as string });
  });
});

describe('what is refused', () => {
  it.each(['production', ' Prod '])('NODE_ENV=%s, before anything is opened', async (environment) => {
    vi.stubEnv('NODE_ENV', environment);
    const error = await failure(onBothEngines(() => 1, { primary: { host: 'nowhere.invalid' } }));
    expect(error).toMatchObject({ name: 'ConfigurationError', rule: expect.stringContaining('production never uses SQLite') as string });
  });

  it.each<[string, string, unknown]>([
    ['an unknown option', 'timeOut', { timeOut: 5 }],
    ['an option that belongs elsewhere', 'fallback', { fallback: {} }],
    ['options that are no object', 'options', 5],
    ['a primary that is no object', 'primary', { primary: 'postgres://here' }],
    ['an unknown option of the primary', 'primary.hots', { primary: { hots: 'here' } }],
    ['an unknown option of Sequelize', 'sequelize.dielect', { sequelize: { dielect: 'postgres' } }],
    ['a schema for all models', 'sequelize.schema', { sequelize: { schema: 'shop' } }],
    ['a schema for all models, by another name', 'sequelize.define.schema', { sequelize: { define: { schema: 'shop' } } }],
    ['a timeout that is none', 'timeout', { timeout: 0 }],
    ['a class that is not Sequelize', 'Sequelize', { Sequelize: Map }],
  ])('%s', async (_, option, options) => {
    const given = typeof options === 'object' ? here(options as BothEnginesOptions) : (options as BothEnginesOptions);
    expect(await failure(onBothEngines(({ sequelize }) => sequelize.query('SELECT 1'), given))).toMatchObject({
      name: 'ConfigurationError',
      option,
    });
  });

  it('a URL in the environment that is none', async () => {
    vi.stubEnv('DATABASE_URL', 'mysql://here');
    expect(await failure(onBothEngines(() => 1))).toMatchObject({ name: 'ConfigurationError', option: 'DATABASE_URL' });
  });

  it.each<[string, unknown]>([
    ['that is none', undefined],
    ['that asks its sequelize nothing', () => 'answered by another object'],
  ])('a function %s', async (_, fn) => {
    expect(await failure(both(fn as OnEngine))).toMatchObject({ name: 'ConfigurationError', option: 'fn' });
  });

  it('a model with a schema of its own, before it reaches PostgreSQL', async () => {
    const error = await failure(
      both(async ({ sequelize }) => {
        const Sale = sequelize.define('Sale', {}, { schema: 'shop' });
        await sequelize.createSchema('shop', {}).catch(() => undefined);
        await Sale.sync().catch(() => undefined);
      }),
    );
    expect(error).toMatchObject({
      name: 'ConfigurationError',
      rule: expect.stringContaining('must define Sale without a schema') as string,
    });
  });

  it('a role that may make no schema', async () => {
    await server.query(`CREATE ROLE visitor LOGIN PASSWORD 'visiting'`);
    const { host, port, database } = server;
    const primary = { host, port, database, username: 'visitor', password: 'visiting' };
    const error = await failure(onBothEngines(({ sequelize }) => sequelize.query('SELECT 1'), { primary }));
    expect(error).toMatchObject({ name: 'ConfigurationError', option: 'primary', rule: expect.stringContaining('GRANT CREATE') as string });
  });

  it('a connection that drops its search path, as poolers do', async () => {
    const afterConnect = (connection: unknown) => (connection as { query(sql: string): Promise<void> }).query('SET search_path TO public');
    const error = await failure(both(({ sequelize }) => sequelize.query('SELECT 1'), { sequelize: { hooks: { afterConnect } } }));
    expect(error).toMatchObject({ name: 'ConfigurationError', option: 'primary', rule: expect.stringContaining('search_path') as string });
  });
});
