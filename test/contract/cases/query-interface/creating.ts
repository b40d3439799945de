import { DataTypes, Deferrable, fn, literal, type ModelAttributes } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { migration } from './migrating.js';

const chapter = 'The query interface, as migrations use it';

const id = { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true } as const;
const plainId = { type: DataTypes.INTEGER, primaryKey: true } as const;

/** A column of each type, with a default where PostgreSQL has one. */
const TYPES: ModelAttributes = {
  id: plainId,
  string: { type: DataTypes.STRING, allowNull: false, defaultValue: '' },
  short: { type: DataTypes.STRING(7), defaultValue: "it's" },
  binaryString: { type: new DataTypes.STRING(9, true), defaultValue: 'x' },
  char: { type: DataTypes.CHAR(4), defaultValue: 'ab' },
  text: { type: DataTypes.TEXT, defaultValue: 'a; b\\n' },
  citext: { type: DataTypes.CITEXT, defaultValue: 'Ab' },
  small: { type: DataTypes.SMALLINT, defaultValue: -1 },
  int: { type: DataTypes.INTEGER, defaultValue: 0 },
  big: { type: DataTypes.BIGINT, defaultValue: '9007199254740993' },
  tinyint: DataTypes.TINYINT,
  medium: DataTypes.MEDIUMINT,
  float: { type: DataTypes.FLOAT, defaultValue: 1.5 },
  real: { type: DataTypes.REAL, defaultValue: 0.1 },
  double: { type: DataTypes.DOUBLE, defaultValue: 1e100 },
  decimal: { type: DataTypes.DECIMAL, defaultValue: 10.5 },
  price: { type: DataTypes.DECIMAL(10, 2), defaultValue: '0.10' },
  whole: { type: DataTypes.DECIMAL(30), defaultValue: 7 },
  flag: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
  at: { type: DataTypes.DATE, defaultValue: new Date('2024-02-29T12:34:56.789Z') },
  atSecond: { type: DataTypes.DATE(0), defaultValue: literal("'2020-01-01 00:00:00+00'") },
  atThousandth: { type: DataTypes.DATE(3) },
  day: { type: DataTypes.DATEONLY, defaultValue: '2024-02-29' },
  time: { type: DataTypes.TIME, defaultValue: '12:00' },
  blob: DataTypes.BLOB,
  uuid: { type: DataTypes.UUID, defaultValue: '6ecd8c99-4036-403d-bf84-cf8400f67836' },
  json: { type: DataTypes.JSON, defaultValue: { b: 1, a: [null] } },
  jsonb: { type: DataTypes.JSONB, allowNull: false, defaultValue: { b: 1, a: "it's" } },
  jsonList: { type: DataTypes.JSONB, defaultValue: [] },
  hstore: DataTypes.HSTORE,
  mood: { type: DataTypes.ENUM('sad', 'ok', "it's"), defaultValue: 'ok' },
  moods: { type: DataTypes.ARRAY(DataTypes.ENUM('a', 'b')), defaultValue: ['a'] },
  strings: { type: DataTypes.ARRAY(DataTypes.STRING), allowNull: false, defaultValue: [] },
  texts: { type: DataTypes.ARRAY(DataTypes.TEXT), defaultValue: ['a', 'b,c', '"'] },
  shorts: { type: DataTypes.ARRAY(DataTypes.STRING(5)) },
  ints: { type: DataTypes.ARRAY(DataTypes.INTEGER), defaultValue: [1, 2] },
  prices: { type: DataTypes.ARRAY(DataTypes.DECIMAL(5, 1)) },
  matrix: { type: DataTypes.ARRAY(DataTypes.ARRAY(DataTypes.INTEGER)) },
  uuids: { type: DataTypes.ARRAY(DataTypes.UUID), defaultValue: [] },
  documents: { type: DataTypes.ARRAY(DataTypes.JSONB), defaultValue: [] },
  dates: { type: DataTypes.ARRAY(DataTypes.DATE) },
  inet: { type: DataTypes.INET, defaultValue: '10.0.0.1' },
  cidr: { type: DataTypes.CIDR, defaultValue: '10.0.0.0/8' },
  mac: { type: DataTypes.MACADDR, defaultValue: '08:00:2b:01:02:03' },
  span: { type: DataTypes.RANGE(DataTypes.INTEGER), defaultValue: [1, 5] },
  period: { type: DataTypes.RANGE(DataTypes.DATE) },
  days: { type: DataTypes.RANGE(DataTypes.DATEONLY) },
  bigSpan: { type: DataTypes.RANGE(DataTypes.BIGINT) },
  decimalSpan: { type: DataTypes.RANGE(DataTypes.DECIMAL) },
  vector: DataTypes.TSVECTOR,
};

const RAW_TYPES: ModelAttributes = {
  id: 'SERIAL PRIMARY KEY',
  varchar: "VARCHAR(20) NOT NULL DEFAULT 'x'",
  timestamp: "TIMESTAMP WITHOUT TIME ZONE DEFAULT '2020-01-01'",
  timestamptz: 'TIMESTAMPTZ(3)',
  timetz: 'TIME(0)',
  money: 'NUMERIC(12, 4) CHECK (money >= 0)',
  varchars: "CHARACTER VARYING(10)[] DEFAULT '{}'::character varying[]",
  interval: "INTERVAL DEFAULT '1 day'",
  bytes: "BYTEA DEFAULT '\\x00ff'",
  int8: 'INT8 UNIQUE',
  bool: 'BOOL DEFAULT TRUE',
  doc: `JSONB DEFAULT '{"a": 1}'::jsonb`,
  half: 'DOUBLE PRECISION DEFAULT (1 / 2.0)',
  upper: "TEXT GENERATED ALWAYS AS (upper(varchar::text) || '!') STORED",
} as never;

const creating = feature(chapter, 'createTable', {
  'every type, with a default': migration(async ({ queryInterface, name, note, noteRaw, noteTable }) => {
    await note('create', () => queryInterface.createTable(name('t'), TYPES));
    await noteRaw('INSERT INTO $t (id) VALUES (1)');
    await noteTable('t');
  }),
  'types written as texts': migration(async ({ queryInterface, name, note, noteRaw, noteTable }) => {
    await note('create', () => queryInterface.createTable(name('t'), RAW_TYPES));
    await noteRaw("INSERT INTO $t (varchar) VALUES ('a')", 'INSERT INTO $t (money) VALUES (-1)');
    await noteTable('t');
  }),
  'defaults that are calls': migration(async ({ queryInterface, sequelize, name, note, noteRaw, noteTable, raw }) => {
    for (const extension of ['uuid-ossp', 'pgcrypto', 'citext', 'hstore', 'pg_trgm', 'btree_gin'])
      await note(extension, () => sequelize.query(`CREATE EXTENSION IF NOT EXISTS "${extension}"`).then(() => 'done'));
    await note('create', () =>
      queryInterface.createTable(name('t'), {
        id: { type: DataTypes.UUID, primaryKey: true, defaultValue: literal('uuid_generate_v4()') },
        byFn: { type: DataTypes.UUID, allowNull: false, defaultValue: fn('gen_random_uuid') },
        byFn4: { type: DataTypes.UUID, defaultValue: fn('uuid_generate_v4') },
        byText: { type: DataTypes.UUID, defaultValue: literal('public.uuid_generate_v4()') },
        inProgram: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4 },
        inProgram1: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV1 },
        now: { type: DataTypes.DATE, allowNull: false, defaultValue: fn('now') },
        nowUpper: { type: DataTypes.DATE, allowNull: false, defaultValue: fn('NOW') },
        nowInProgram: { type: DataTypes.DATE, defaultValue: DataTypes.NOW },
        current: { type: DataTypes.DATE, allowNull: false, defaultValue: literal('CURRENT_TIMESTAMP') },
        current3: { type: DataTypes.DATE(3), defaultValue: literal('CURRENT_TIMESTAMP(3)') },
        today: { type: DataTypes.DATEONLY, defaultValue: literal('CURRENT_DATE') },
        todayFn: { type: DataTypes.DATEONLY, defaultValue: fn('now') },
        utc: { type: 'TIMESTAMP', defaultValue: literal("(now() at time zone 'utc')") },
        utcFn: { type: 'TIMESTAMP', defaultValue: fn('timezone', 'utc', fn('now')) },
        later: { type: DataTypes.DATE, defaultValue: literal("now() + interval '7 days'") },
        soon: { type: DataTypes.DATE, defaultValue: literal("CURRENT_TIMESTAMP + INTERVAL '1 hour'") },
        list: { type: DataTypes.ARRAY(DataTypes.STRING), defaultValue: literal('ARRAY[]::VARCHAR[]') },
        list2: { type: DataTypes.ARRAY(DataTypes.STRING), defaultValue: literal(`'{}'`) },
        list3: { type: DataTypes.ARRAY(DataTypes.TEXT), defaultValue: literal("ARRAY['a', 'b']::text[]") },
        doc: { type: DataTypes.JSONB, defaultValue: literal(`'{}'::jsonb`) },
        doc2: { type: DataTypes.JSONB, defaultValue: literal(`'{"a": [1, 2]}'`) },
        doc3: { type: DataTypes.JSONB, defaultValue: fn('jsonb_build_object', 'a', 1) },
        number: { type: DataTypes.INTEGER, defaultValue: literal('1 + 1') },
        lower: { type: DataTypes.STRING, defaultValue: fn('lower', 'ABC') },
        random: { type: DataTypes.DOUBLE, defaultValue: fn('random') },
        epoch: { type: DataTypes.BIGINT, defaultValue: literal('extract(epoch from now()) * 1000') },
        token: { type: DataTypes.STRING, defaultValue: literal("encode(gen_random_bytes(16), 'hex')") },
        nothing: { type: DataTypes.INTEGER, defaultValue: null },
        nullText: { type: DataTypes.INTEGER, defaultValue: literal('NULL') },
        nullString: { type: DataTypes.STRING, defaultValue: null },
        nullList: { type: DataTypes.ARRAY(DataTypes.STRING), defaultValue: null },
        nullPrice: { type: DataTypes.DECIMAL(8, 2), defaultValue: literal('NULL') },
        nullDate: { type: DataTypes.DATE, defaultValue: null },
      }),
    );
    await noteTable('t');
    await note('a row', () => raw('INSERT INTO $t DEFAULT VALUES'));
    await noteRaw(
      `SELECT id::text ~ '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' AS id, "byFn" <> "byFn4" AS fresh, ` +
        `"inProgram", now > now() - interval '1 minute' AS now, "nowInProgram", "current" = "now" AS current, later > soon AS later, ` +
        `list, list2, list3, doc, doc2, doc3, number, lower, random BETWEEN 0 AND 1 AS random, epoch > 1700000000000 AS epoch, ` +
        `length(token) AS token, nothing, "nullText", today = "todayFn" AS today FROM $t`,
    );
  }),
  'options of an attribute': migration(async ({ queryInterface, name, note, noteRaw, noteTable }) => {
    await note('create', () =>
      queryInterface.createTable(
        name('t'),
        {
          id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true, allowNull: false, comment: 'a number of its own' },
          email: { type: DataTypes.STRING, allowNull: false, unique: true, validate: { isEmail: true }, comment: "it's; the address" },
          code: { type: DataTypes.STRING(8), unique: 'by_code' },
          code2: { type: DataTypes.STRING(8), unique: { name: name('by_code2'), msg: 'taken' } },
          renamed: { type: DataTypes.INTEGER, field: 'other_name', defaultValue: 1 },
          optional: { type: DataTypes.INTEGER, allowNull: true, unique: false },
          state: { type: DataTypes.ENUM, values: ['on', 'off'], allowNull: false, defaultValue: 'on', comment: 'on or off' },
          createdAt: { type: DataTypes.DATE, allowNull: false },
          updated_at: { type: DataTypes.DATE, allowNull: false },
        },
        {
          comment: 'the table',
          uniqueKeys: { named: { fields: ['code', 'other_name'] }, [name('second')]: { fields: ['code2'] } },
        } as never,
      ),
    );
    await noteTable('t');
    await noteRaw(`INSERT INTO $t (email, "createdAt", updated_at) VALUES ('a', '2020-01-01 00:00:00+00', '2020-01-01 00:00:00+00')`);
    await noteRaw(`INSERT INTO $t (email, "createdAt", updated_at) VALUES ('a', '2020-01-01 00:00:00+00', '2020-01-01 00:00:00+00')`);
    await noteTable('t');
  }),
  'numbers of their own': migration(async ({ queryInterface, name, note, noteRaw, noteTable }) => {
    for (const [suffix, column] of Object.entries({
      serial: { type: DataTypes.INTEGER, autoIncrement: true, primaryKey: true },
      small: { type: DataTypes.SMALLINT, autoIncrement: true, primaryKey: true },
      identity: { type: DataTypes.BIGINT, autoIncrement: true, autoIncrementIdentity: true, primaryKey: true },
      notTheKey: { type: DataTypes.INTEGER, autoIncrement: true, unique: true },
      notUnique: { type: DataTypes.BIGINT, autoIncrement: true, allowNull: false },
    })) {
      await note(suffix, () => queryInterface.createTable(name(suffix), { num: column as never, a: DataTypes.STRING }));
      await noteRaw(`INSERT INTO $${suffix} (a) VALUES ('x'), ('y') RETURNING *`, `INSERT INTO $${suffix} VALUES (10, 'z')`);
      await noteRaw(
        `SELECT setval(pg_get_serial_sequence('$${suffix}', 'num'), 20)`,
        `INSERT INTO $${suffix} (a) VALUES ('x') RETURNING *`,
      );
      await noteTable(suffix);
    }
  }),
  'references to other tables': migration(async ({ queryInterface, name, note, noteRaw, noteTable }) => {
    await note('parent', () =>
      queryInterface.createTable(name('parent'), {
        id: plainId,
        code: { type: DataTypes.STRING, unique: true },
        uuid: { type: DataTypes.UUID, unique: true },
      }),
    );
    await note('child', () =>
      queryInterface.createTable(name('child'), {
        id,
        byModel: { type: DataTypes.INTEGER, references: { model: name('parent'), key: 'id' } },
        byObject: { type: DataTypes.INTEGER, references: { model: { tableName: name('parent') }, key: 'id' }, onDelete: 'cascade' },
        withSchema: {
          type: DataTypes.INTEGER,
          references: { model: { tableName: name('parent'), schema: 'public' }, key: 'id' },
          onDelete: 'SET NULL',
          onUpdate: 'CASCADE',
        },
        byCode: {
          type: DataTypes.STRING,
          references: { model: name('parent'), key: 'code' },
          onUpdate: 'SET DEFAULT',
          defaultValue: 'none',
        },
        byUuid: { type: DataTypes.UUID, references: { model: name('parent'), key: 'uuid' }, onDelete: 'RESTRICT', onUpdate: 'RESTRICT' },
        deferred: {
          type: DataTypes.INTEGER,
          references: { model: name('parent'), key: 'id', deferrable: Deferrable.INITIALLY_DEFERRED() },
          onDelete: 'NO ACTION',
        },
        immediate: {
          type: DataTypes.INTEGER,
          references: { model: name('parent'), key: 'id', deferrable: Deferrable.INITIALLY_IMMEDIATE() },
        },
        itself: { type: DataTypes.INTEGER, references: { model: name('child'), key: 'id' }, onDelete: 'SET NULL' },
        unique: { type: DataTypes.INTEGER, unique: true, allowNull: false, references: { model: name('parent'), key: 'id' } },
      }),
    );
    await noteTable('child');
    await noteRaw(
      `INSERT INTO $parent VALUES (1, 'a', '6ecd8c99-4036-403d-bf84-cf8400f67836'), (2, 'none', NULL), (3, 'c', NULL)`,
      `INSERT INTO $child ("byModel", "byCode", "unique") VALUES (1, 'a', 1)`,
      `INSERT INTO $child ("byObject", "withSchema", "byCode", "itself", "unique") VALUES (3, 2, 'c', 1, 2)`,
      `INSERT INTO $child ("unique") VALUES (9)`,
      `UPDATE $parent SET code = 'd' WHERE id = 3`,
      'DELETE FROM $parent WHERE id = 3',
      'DELETE FROM $parent WHERE id = 1',
      `UPDATE $parent SET id = 22 WHERE id = 2`,
      'DROP TABLE $parent',
    );
    await noteTable('child');
    await note('drop the parent', () => queryInterface.dropTable(name('parent')));
    await note('with cascade', () => queryInterface.dropTable(name('parent'), { cascade: true }));
    await noteTable('child');
  }),
  'references that PostgreSQL refuses': migration(async ({ queryInterface, name, note, noteTable }) => {
    await note('parent', () => queryInterface.createTable(name('parent'), { id: plainId, plain: DataTypes.INTEGER }));
    const child = (reference: object) => () => queryInterface.createTable(name('child'), { id, ref: reference as never });
    await note('no such table', child({ type: DataTypes.INTEGER, references: { model: name('nothing'), key: 'id' } }));
    await note('no such column', child({ type: DataTypes.INTEGER, references: { model: name('parent'), key: 'nothing' } }));
    await note('no key', child({ type: DataTypes.INTEGER, references: { model: name('parent'), key: 'plain' } }));
    await note('another type', child({ type: DataTypes.STRING, references: { model: name('parent'), key: 'id' } }));
    await note('a uuid to a number', child({ type: DataTypes.UUID, references: { model: name('parent'), key: 'id' } }));
    await note('a wider type', child({ type: DataTypes.BIGINT, references: { model: name('parent'), key: 'id' } }));
    await noteTable('child');
  }),
  'a key of several columns': migration(async ({ queryInterface, name, note, noteRaw, noteTable }) => {
    await note('create', () =>
      queryInterface.createTable(
        name('t'),
        {
          a: { type: DataTypes.INTEGER, primaryKey: true },
          b: { type: DataTypes.STRING(3), primaryKey: true, allowNull: false },
          c: { type: DataTypes.INTEGER, allowNull: false },
          d: DataTypes.INTEGER,
        },
        { uniqueKeys: { x: { fields: ['c', 'd'] }, y: { fields: ['d'] } } },
      ),
    );
    await noteRaw("INSERT INTO $t VALUES (1, 'a', 1, NULL), (1, 'b', 1, NULL)", "INSERT INTO $t VALUES (1, 'a', 2, 1)");
    await noteTable('t');
  }),
  'twice, with other columns': migration(async ({ queryInterface, name, note, noteTable }) => {
    await note('create', () => queryInterface.createTable(name('t'), { id, mood: DataTypes.ENUM('a', 'b') }));
    await note('again', () => queryInterface.createTable(name('t'), { id, mood: DataTypes.ENUM('a', 'b', 'c'), more: DataTypes.TEXT }));
    await noteTable('t');
    await note('drop', () => queryInterface.dropTable(name('t')));
    await note('with other labels', () => queryInterface.createTable(name('t'), { id, mood: DataTypes.ENUM('x', 'y') }));
    await noteTable('t');
    await note('drop', () => queryInterface.dropTable(name('t')));
    await note('and the type', () =>
      (queryInterface as never as { dropEnum(name: string): Promise<unknown> }).dropEnum(`enum_${name('t')}_mood`),
    );
    await note('with other labels', () => queryInterface.createTable(name('t'), { id, mood: DataTypes.ENUM('x', 'y') }));
    await noteTable('t');
  }),
  'what PostgreSQL refuses': migration(async ({ queryInterface, name, note, noteRaw }) => {
    const create = (what: string, attributes: object, options = {}) =>
      note(what, () => queryInterface.createTable(name('t'), attributes as never, options));
    await create('a default of the wrong type', { a: { type: DataTypes.INTEGER, defaultValue: 'x' } });
    await create('a default out of range', { a: { type: DataTypes.SMALLINT, defaultValue: 70_000 } });
    await create('a label that is none', { a: { type: DataTypes.ENUM('x'), defaultValue: 'y' } });
    await create('a type that is none', { a: 'NOTHING' });
    await create('a default that is a column', { a: DataTypes.INTEGER, b: { type: DataTypes.INTEGER, defaultValue: literal('a') } });
    await create('a function that is none', { a: { type: DataTypes.INTEGER, defaultValue: fn('nothing') } });
    await create('a key of no column', { a: DataTypes.INTEGER }, { uniqueKeys: { x: { fields: ['nothing'] } } });
    await create('a json key', { a: { type: DataTypes.JSON, unique: true } });
    await create('a schema that is none', { a: DataTypes.INTEGER }, { schema: name('nothing') });
    await create('a default of a serial', { a: { type: DataTypes.INTEGER, autoIncrement: true, defaultValue: 5 } });
    await create('a check of no column', { a: 'INTEGER CHECK (b > 0)' });
    await create('two keys', { a: 'INTEGER PRIMARY KEY, PRIMARY KEY (a)' });
    await noteRaw(`SELECT count(*) FROM information_schema.tables WHERE table_name = '${name('t')}'`);
  }),
});

const dropping = feature(chapter, 'dropTable, renameTable', {
  'a table that others name': migration(async ({ queryInterface, name, note, noteRaw, noteTable }) => {
    await note('tables', async () => {
      await queryInterface.createTable(name('a'), { id: plainId, mood: DataTypes.ENUM('x') });
      await queryInterface.createTable(name('b'), {
        id,
        a: { type: DataTypes.INTEGER, references: { model: name('a'), key: 'id' }, onDelete: 'CASCADE' },
      });
    });
    await noteRaw('INSERT INTO $a (id) VALUES (1), (2)', 'INSERT INTO $b (a) VALUES (1), (2)');
    await note('rename', () => queryInterface.renameTable(name('a'), name('renamed')));
    await noteTable('renamed');
    await noteTable('b');
    await noteRaw('INSERT INTO $b (a) VALUES (3)', 'DELETE FROM $renamed WHERE id = 1', 'SELECT * FROM $b');
    await note('to one that is there', () => queryInterface.renameTable(name('renamed'), name('b')));
    await note('of none', () => queryInterface.renameTable(name('nothing'), name('c')));
    await note('drop', () => queryInterface.dropTable(name('renamed')));
    await note('drop with cascade', () => queryInterface.dropTable(name('renamed'), { cascade: true }));
    await noteTable('b');
    await note('drop none', () => queryInterface.dropTable(name('nothing')));
    await noteRaw('DROP TABLE $nothing', 'DROP TABLE IF EXISTS $nothing, $b CASCADE', 'SELECT * FROM $b');
  }),
  'with its sequence, indexes and enum': migration(async ({ queryInterface, name, note, noteRaw, noteTable }) => {
    await note('create', () =>
      queryInterface.createTable(name('t'), { id, mood: DataTypes.ENUM('x'), n: { type: DataTypes.INTEGER, unique: true } }),
    );
    await note('index', () => queryInterface.addIndex(name('t'), ['mood']));
    await note('rename', () => queryInterface.renameTable(name('t'), name('u')));
    await noteTable('u');
    await note('another of the old name', () =>
      queryInterface.createTable(name('t'), { id, mood: DataTypes.ENUM('x', 'z'), n: { type: DataTypes.INTEGER, unique: true } }),
    );
    await note('the same index', () => queryInterface.addIndex(name('t'), ['mood']));
    await noteTable('t');
    await noteRaw(
      "INSERT INTO $u (mood) VALUES ('x') RETURNING id",
      "INSERT INTO $t (mood) VALUES ('x') RETURNING id",
      "INSERT INTO $t (mood) VALUES ('z')",
    );
    await noteRaw('DROP TABLE $t', 'DROP TABLE $u');
  }),
  'what is left of enums': migration(async ({ queryInterface, name, note, raw }) => {
    const types = () => raw(`SELECT typname FROM pg_type WHERE typname LIKE 'enum_${name('t')}%' ORDER BY 1`);
    await note('create', () =>
      queryInterface.createTable(name('t'), { id, a: DataTypes.ENUM('x'), b: DataTypes.ARRAY(DataTypes.ENUM('y')) }),
    );
    await note('types', types);
    await note('drop', () => queryInterface.dropTable(name('t')));
    await note('types', types);
    await note('drop them', () => raw(`DROP TYPE "enum_${name('t')}_a", "enum_${name('t')}_b"`));
    await note('again', () => raw(`DROP TYPE "enum_${name('t')}_a"`));
    await note('if there', () => raw(`DROP TYPE IF EXISTS "enum_${name('t')}_a" CASCADE`));
    await note('types', types);
  }),
});

export const creatingCases: readonly ContractCase[] = [...creating, ...dropping];
