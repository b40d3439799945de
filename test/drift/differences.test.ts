import { DataTypes, type Sequelize } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SchemaFinding } from '../../src/index.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { openTwoDatabases, type TwoDatabases } from './two-databases.js';

/*
 * Both databases are what the models want; then one of them is changed.
 */

let server: PostgresServer;
let two: TwoDatabases;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());
beforeEach(async () => {
  two = await openTwoDatabases(server);
  await two.both(async (sequelize) => {
    defineModels(sequelize);
    await sequelize.sync();
  });
});
afterEach(() => two.dispose());

function defineModels(sequelize: Sequelize): void {
  const User = sequelize.define(
    'User',
    {
      email: { type: DataTypes.STRING, unique: true },
      name: { type: DataTypes.STRING(50), allowNull: false },
      age: { type: DataTypes.INTEGER, defaultValue: 18 },
      price: DataTypes.DECIMAL(8, 2),
      role: { type: DataTypes.ENUM('user', 'admin'), defaultValue: 'user' },
      tags: DataTypes.ARRAY(DataTypes.TEXT),
      token: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4 },
    },
    {
      timestamps: false,
      indexes: [
        { name: 'users_name', fields: ['name'] },
        { name: 'users_tags', using: 'gin', fields: ['tags'] },
        { name: 'one_admin', unique: true, fields: ['role'], where: { role: 'admin' } },
      ],
    },
  );
  const Post = sequelize.define(
    'Post',
    { code: { type: DataTypes.STRING(8), primaryKey: true }, day: { type: DataTypes.DATEONLY, allowNull: false } },
    { timestamps: false },
  );
  Post.belongsTo(User, { onDelete: 'CASCADE' });
}

type Difference = Pick<SchemaFinding, 'kind' | 'name' | 'expected' | 'found'> & { readonly table?: string };

const difference = (kind: SchemaFinding['kind'], name: string | null, expected: string | null, found: string | null): Difference => ({
  kind,
  name,
  expected,
  found,
});

const REFERENCE = 'REFERENCES Users (id) ON DELETE CASCADE ON UPDATE CASCADE';

/** What is done to one database, and what is found. */
const CHANGES: readonly (readonly [what: string, sql: string, found: Difference])[] = [
  ['a table is gone', 'DROP TABLE "Posts"', { ...difference('missing-table', null, 'a table', null), table: 'Posts' }],
  ['a column is gone', 'ALTER TABLE "Users" DROP COLUMN age', difference('missing-column', 'age', 'integer', null)],
  [
    'a column more must have a value',
    'ALTER TABLE "Users" ADD COLUMN "must" integer NOT NULL',
    difference('extra-column', 'must', null, 'integer, must have a value and has no default'),
  ],
  [
    'a column has another type',
    'ALTER TABLE "Users" ALTER COLUMN email TYPE text',
    difference('type', 'email', 'character varying(255)', 'text'),
  ],
  [
    'a text may be longer',
    'ALTER TABLE "Users" ALTER COLUMN name TYPE varchar(60)',
    difference('type', 'name', 'character varying(50)', 'character varying(60)'),
  ],
  [
    'a number has other digits',
    'ALTER TABLE "Users" ALTER COLUMN price TYPE numeric(9,2)',
    difference('type', 'price', 'numeric(8,2)', 'numeric(9,2)'),
  ],
  [
    'a value may be missing',
    'ALTER TABLE "Users" ALTER COLUMN name DROP NOT NULL',
    difference('nullability', 'name', 'NOT NULL', 'NULL allowed'),
  ],
  [
    'a value may not be missing',
    'ALTER TABLE "Users" ALTER COLUMN age SET NOT NULL',
    difference('nullability', 'age', 'NULL allowed', 'NOT NULL'),
  ],
  ['a default is another', 'ALTER TABLE "Users" ALTER COLUMN age SET DEFAULT 21', difference('default', 'age', '18', '21')],
  ['a default is gone', 'ALTER TABLE "Users" ALTER COLUMN age DROP DEFAULT', difference('default', 'age', '18', null)],
  [
    'an enum has another name',
    'ALTER TYPE "enum_Users_role" RENAME TO "enum_users_role"',
    difference('type', 'role', '"enum_Users_role"', 'enum_users_role'),
  ],
  [
    'an enum has a label more',
    `ALTER TYPE "enum_Users_role" ADD VALUE 'guest'`,
    difference('enum', 'role', "'user', 'admin'", "'user', 'admin', 'guest'"),
  ],
  ['a key is gone', 'ALTER TABLE "Users" DROP CONSTRAINT "Users_email_key"', difference('missing-unique', 'email', 'UNIQUE (email)', null)],
  ['an index is gone', 'DROP INDEX users_name', difference('missing-index', 'users_name', 'btree (name)', null)],
  [
    'an index is another',
    'DROP INDEX users_name; CREATE INDEX users_name ON "Users" (name DESC)',
    difference('index', 'users_name', 'btree (name)', 'btree (name DESC)'),
  ],
  [
    'a partial index has another condition',
    `DROP INDEX one_admin; CREATE UNIQUE INDEX one_admin ON "Users" (role) WHERE role = 'user'`,
    difference(
      'index',
      'one_admin',
      `UNIQUE btree (role) WHERE (role = 'admin'::"enum_Users_role")`,
      `UNIQUE btree (role) WHERE (role = 'user'::"enum_Users_role")`,
    ),
  ],
  [
    'a foreign key is gone',
    'ALTER TABLE "Posts" DROP CONSTRAINT "Posts_UserId_fkey"',
    { ...difference('missing-foreign-key', 'UserId', REFERENCE, null), table: 'Posts' },
  ],
  [
    'a foreign key does something else',
    'ALTER TABLE "Posts" DROP CONSTRAINT "Posts_UserId_fkey"; ALTER TABLE "Posts" ADD CONSTRAINT "Posts_UserId_fkey" FOREIGN KEY ("UserId") REFERENCES "Users" (id) ON DELETE SET NULL',
    {
      ...difference('foreign-key', 'UserId', 'ON DELETE CASCADE ON UPDATE CASCADE', 'ON DELETE SET NULL ON UPDATE NO ACTION'),
      table: 'Posts',
    },
  ],
  [
    'a second foreign key does something else',
    'ALTER TABLE "Posts" ADD CONSTRAINT zzz FOREIGN KEY ("UserId") REFERENCES "Users" (id) ON DELETE SET NULL',
    {
      ...difference('foreign-key', 'UserId', 'ON DELETE CASCADE ON UPDATE CASCADE', 'ON DELETE SET NULL ON UPDATE NO ACTION'),
      table: 'Posts',
    },
  ],
  [
    'a primary key is gone',
    'ALTER TABLE "Posts" DROP CONSTRAINT "Posts_pkey"',
    { ...difference('primary-key', null, 'code', null), table: 'Posts' },
  ],
  [
    'a primary key is another',
    'ALTER TABLE "Posts" DROP CONSTRAINT "Posts_pkey"; ALTER TABLE "Posts" ADD PRIMARY KEY (code, day)',
    { ...difference('primary-key', null, 'code', 'code, day'), table: 'Posts' },
  ],
];

describe.each(['primary', 'fallback'] as const)('the schema report finds that on the %s', (database) => {
  it.each(CHANGES)('%s', async (_, sql, found) => {
    await two[database].query(sql);
    const report = await two.report();
    expect(report.findings).toEqual([{ database, comparedWith: 'models', table: 'Users', ...found }]);
    expect(report.notes).toEqual([]);
    expect(report.same).toBe(false);
  });
});

describe('the schema report', () => {
  it('finds that a column does not number itself any more', async () => {
    await two.primary.query('ALTER TABLE "Users" ALTER COLUMN id DROP DEFAULT');
    const { findings, notes } = await two.report();
    expect(findings).toEqual([
      { database: 'primary', comparedWith: 'models', table: 'Users', ...difference('auto-increment', 'id', 'numbers itself', null) },
    ]);
    expect(notes).toEqual([]);
  });

  it('finds that only one database takes no other number, which models have no word for', async () => {
    const always = (name: string) =>
      `ALTER TABLE "Users" DROP COLUMN id CASCADE; ALTER TABLE "Users" ADD COLUMN id integer GENERATED ${name} AS IDENTITY PRIMARY KEY`;
    await two.primary.query(always('BY DEFAULT'));
    await two.primary.query('ALTER TABLE "Posts" ADD FOREIGN KEY ("UserId") REFERENCES "Users" (id) ON DELETE CASCADE ON UPDATE CASCADE');
    expect((await two.report()).toString()).toBe('Both databases are what the models want (primary compared, fallback compared).');
    await two.primary.query('ALTER TABLE "Users" ALTER COLUMN id SET GENERATED ALWAYS');
    const { findings, notes } = await two.report();
    const other = difference('auto-increment', 'id', 'numbers itself, takes no other number', 'numbers itself');
    expect(findings).toEqual([{ database: 'fallback', comparedWith: 'primary', table: 'Users', ...other }]);
    expect(notes).toEqual([]);
  });

  it('finds labels in another order', async () => {
    await two.primary.query(`ALTER TYPE "enum_Users_role" ADD VALUE 'guest' BEFORE 'admin'`);
    await two.fallback.query(`ALTER TYPE "enum_Users_role" ADD VALUE 'guest' AFTER 'admin'`);
    const { findings } = await two.report();
    expect(findings.map(({ database, kind, found }) => [database, kind, found])).toEqual([
      ['primary', 'enum', "'user', 'guest', 'admin'"],
      ['fallback', 'enum', "'user', 'admin', 'guest'"],
    ]);
  });

  it('takes what both have beyond the models for no difference', async () => {
    const before = await two.report();
    expect(before.toString()).toBe('Both databases are what the models want (primary compared, fallback compared).');
    await two.both(async (sequelize) => {
      await sequelize.query(`ALTER TABLE "Users" ADD COLUMN note text, ADD COLUMN must integer NOT NULL DEFAULT 1`);
      await sequelize.query(`ALTER TABLE "Users" ADD CONSTRAINT adult CHECK (age >= 18 AND name <> ''), ADD UNIQUE (token)`);
      await sequelize.query(`ALTER TABLE "Users" ALTER COLUMN token SET DEFAULT gen_random_uuid()`);
      await sequelize.query(`CREATE INDEX users_price ON "Users" (price) WHERE price > 10`);
    });
    const { same, findings, notes } = await two.report();
    expect(findings).toEqual([]);
    expect(same).toBe(true);
    const told = (database: string) =>
      notes.filter((note) => note.database === database).map(({ kind, name, found, comparedWith }) => [comparedWith, kind, name, found]);
    expect(told('primary')).toEqual([
      ['models', 'default', 'token', 'gen_random_uuid()'],
      ['models', 'extra-column', 'note', 'text'],
      ['models', 'extra-column', 'must', 'integer'],
      ['models', 'extra-check', 'adult', "((age >= 18) AND ((name)::text <> ''::text))"],
      ['models', 'extra-unique', 'token', 'UNIQUE (token)'],
      ['models', 'extra-index', 'users_price', 'btree (price) WHERE (price > (10)::numeric)'],
    ]);
    expect(told('fallback').map(([, kind, name]) => [kind, name])).toEqual(told('primary').map(([, kind, name]) => [kind, name]));
  });

  it.each([
    ['a key', 'ALTER TABLE "Users" ADD UNIQUE (token)', 'unique', 'token'],
    ['a unique index', 'CREATE UNIQUE INDEX lower_name ON "Users" (lower(name))', 'index', 'lower_name'],
    ['a check', 'ALTER TABLE "Users" ADD CONSTRAINT adult CHECK (age >= 18)', 'check', 'adult'],
    ['a reference', 'ALTER TABLE "Users" ADD FOREIGN KEY (age) REFERENCES "Users" (id)', 'foreign-key', 'age'],
  ])('finds %s beyond the models that only one database has: a row of one would be refused by the other', async (_, sql, what, name) => {
    await two.primary.query(sql);
    const missing = await two.report();
    expect(
      missing.findings.map(({ database, comparedWith, kind, table, name }) => ({ database, comparedWith, kind, table, name })),
    ).toEqual([{ database: 'fallback', comparedWith: 'primary', kind: `missing-${what}`, table: 'Users', name }]);
    expect(missing.notes).toEqual([]);
    await two.fallback.query(sql);
    expect((await two.report()).findings).toEqual([]);
  });

  it.each(['UNIQUE NULLS NOT DISTINCT (email)', 'UNIQUE (email) DEFERRABLE'])('tells the key of a model from %s', async (rule) => {
    await two.primary.query(`ALTER TABLE "Users" DROP CONSTRAINT "Users_email_key", ADD ${rule}`);
    const { findings, notes } = await two.report();
    expect(findings).toEqual([
      { database: 'primary', comparedWith: 'models', table: 'Users', ...difference('missing-unique', 'email', 'UNIQUE (email)', null) },
    ]);
    expect(notes.map(({ database, kind, found }) => [database, kind, found])).toEqual([
      ['primary', 'extra-unique', rule.includes('NULLS') ? rule : 'UNIQUE DEFERRABLE (email)'],
    ]);
  });

  it('takes a unique key of the columns of the primary key for nothing more', async () => {
    await two.primary.query('ALTER TABLE "Posts" ADD UNIQUE (code)');
    expect(await two.report()).toMatchObject({ same: true, findings: [], notes: [] });
  });

  it('finds a default beyond the models that only one database has', async () => {
    await two.primary.query(`ALTER TABLE "Users" ALTER COLUMN price SET DEFAULT 9.5`);
    const { findings } = await two.report();
    expect(findings).toEqual([
      { database: 'fallback', comparedWith: 'primary', table: 'Users', ...difference('default', 'price', '9.5', null) },
    ]);
  });

  it('only tells of columns and indexes beyond the models that one database has', async () => {
    await two.primary.query(`ALTER TABLE "Users" ADD COLUMN note text`);
    await two.fallback.query(`CREATE INDEX users_price ON "Users" (price)`);
    const { same, notes } = await two.report();
    expect(same).toBe(true);
    expect(notes.map(({ database, kind, name }) => [database, kind, name])).toEqual([
      ['primary', 'extra-column', 'note'],
      ['fallback', 'extra-index', 'users_price'],
    ]);
  });

  it('only tells of other names', async () => {
    await two.primary.query(`ALTER INDEX users_name RENAME TO users_by_name`);
    await two.primary.query(`ALTER TABLE "Posts" RENAME CONSTRAINT "Posts_UserId_fkey" TO author`);
    const { same, notes } = await two.report();
    expect(same).toBe(true);
    expect(notes.map(({ database, kind, expected, found }) => [database, kind, expected, found])).toEqual([
      ['primary', 'name', 'users_name', 'users_by_name'],
      ['primary', 'name', 'Posts_UserId_fkey', 'author'],
    ]);
  });

  it('only tells of an index that SQLite has nothing like, where the fallback has another or none', async () => {
    await two.fallback.query('DROP INDEX users_tags');
    const without = await two.report();
    expect(without.same).toBe(true);
    expect(without.notes.map(({ database, kind, name }) => [database, kind, name])).toEqual([['fallback', 'missing-index', 'users_tags']]);
    await two.fallback.query('CREATE INDEX users_tags ON "Users" (tags)');
    const other = await two.report();
    expect(other.same).toBe(true);
    expect(other.notes.map(({ kind, expected, found }) => [kind, expected, found])).toEqual([['index', 'gin (tags)', 'btree (tags)']]);
    await two.primary.query('DROP INDEX users_tags');
    expect((await two.report()).findings.map(({ database, kind }) => [database, kind])).toEqual([['primary', 'missing-index']]);
  });

  it('is a table in words', async () => {
    await two.primary.query('ALTER TABLE "Users" ALTER COLUMN age SET DEFAULT 21, ADD COLUMN note text');
    await two.fallback.query('DROP TABLE "Posts"');
    const report = await two.report();
    expect(`${report.toString()}\n`).toBe(
      `2 differences found (primary compared, fallback compared).

DATABASE  TABLE  WHAT            EXPECTED  FOUND
primary   Users  default of age  18        21
fallback  Posts  table           a table   none

1 note, nothing to mend:
primary  Users  column note  none  text
`,
    );
  });
});
