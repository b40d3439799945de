import { DataTypes, Op, type QueryInterface, Sequelize } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addFullTextIndex } from '../../src/migrations/full-text.js';
import {
  addIndexSafe,
  arrayDefault,
  createTableSafe,
  getDialectTypes,
  jsonDefault,
  nowDefault,
  uuidDefault,
} from '../../src/migrations/index.js';
import { addLocationColumns } from '../../src/migrations/location.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { openTwoDatabases, type TwoDatabases } from './two-databases.js';

let server: PostgresServer;
let two: TwoDatabases;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());
beforeEach(async () => {
  two = await openTwoDatabases(server);
});
afterEach(() => two.dispose());

const SAME = 'Both databases are what the models want (primary compared, fallback compared).';

describe('the schema report after migrations', () => {
  it('finds no difference where an equivalent migration has made the tables', async () => {
    await two.both(async (sequelize) => {
      await migrate(sequelize.getQueryInterface());
      defineModels(sequelize);
    });
    expect((await two.report()).toString()).toBe(SAME);
  });

  it('finds what sync() made on one database and a migration otherwise on the other', async () => {
    await migrate(two.primary.getQueryInterface());
    await two.both(defineModels);
    await two.fallback.sync();
    expect((await two.report()).toString()).toBe(SAME);
    await two.primary.getQueryInterface().changeColumn('songs', 'title', { type: DataTypes.STRING(100), allowNull: true });
    const { findings } = await two.report();
    expect(findings.map(({ database, kind, name }) => [database, kind, name])).toEqual([
      ['primary', 'type', 'title'],
      ['primary', 'nullability', 'title'],
    ]);
  });
});

function defineModels(sequelize: Sequelize): void {
  const Band = sequelize.define(
    'Band',
    { id: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4, primaryKey: true }, name: { type: DataTypes.STRING, unique: true } },
    { tableName: 'bands', underscored: true, indexes: [{ fields: ['name', 'created_at'] }] },
  );
  const Song = sequelize.define(
    'Song',
    {
      title: { type: DataTypes.STRING, allowNull: false },
      genre: { type: DataTypes.ENUM('rock', 'jazz'), defaultValue: 'rock' },
      moods: { type: DataTypes.ARRAY(DataTypes.TEXT), defaultValue: [] },
      details: { type: DataTypes.JSONB, defaultValue: {} },
      length: DataTypes.INTEGER,
    },
    {
      tableName: 'songs',
      underscored: true,
      timestamps: false,
      indexes: [
        { unique: true, fields: ['band_id', 'title'] },
        { fields: ['details'], using: 'gin', name: 'songs_details' },
        { fields: ['length'], name: 'long_songs', where: { length: { [Op.gt]: 600 } } },
      ],
    },
  );
  Song.belongsTo(Band, { foreignKey: { name: 'bandId', allowNull: false }, onDelete: 'CASCADE' });
}

/** As a person writes it: other names, keys by addConstraint and addIndex, defaults as texts. */
async function migrate(queryInterface: QueryInterface): Promise<void> {
  const stamps = { type: DataTypes.DATE, allowNull: false };
  await queryInterface.createTable('bands', {
    id: { type: DataTypes.UUID, allowNull: false, primaryKey: true },
    name: { type: DataTypes.STRING(255) },
    created_at: stamps,
    updated_at: stamps,
  });
  await queryInterface.addConstraint('bands', { type: 'unique', fields: ['name'], name: 'bands_name_key' });
  await queryInterface.addIndex('bands', ['name', 'created_at']);
  await queryInterface.createTable('songs', {
    id: { type: DataTypes.INTEGER, allowNull: false, autoIncrement: true, primaryKey: true },
    title: { type: DataTypes.STRING, allowNull: false },
    genre: { type: DataTypes.ENUM('rock', 'jazz'), defaultValue: 'rock' },
    moods: { type: DataTypes.ARRAY(DataTypes.TEXT), defaultValue: queryInterface.sequelize.literal("'{}'") },
    details: { type: DataTypes.JSONB, defaultValue: queryInterface.sequelize.literal("'{ }'::jsonb") },
  });
  await queryInterface.addColumn('songs', 'band_id', {
    type: DataTypes.UUID,
    allowNull: false,
    references: { model: 'bands', key: 'id' },
    onUpdate: 'CASCADE',
    onDelete: 'CASCADE',
  });
  await queryInterface.addColumn('songs', 'length', { type: DataTypes.INTEGER });
  await queryInterface.addIndex('songs', ['band_id', 'title'], { unique: true });
  await queryInterface.sequelize.query('CREATE INDEX songs_details ON songs USING gin (details)');
  await queryInterface.sequelize.query('CREATE INDEX long_songs ON songs (length) WHERE length > 600');
}

describe('the schema report after the helpers of sequelize-resilient/migrations', () => {
  it('finds no difference, and tells of indexes that the fallback has in another way', async () => {
    await two.both(async (sequelize) => {
      const queryInterface = sequelize.getQueryInterface();
      const types = getDialectTypes(queryInterface, Sequelize);
      await createTableSafe(queryInterface, 'docs', {
        id: { type: types.UUID, primaryKey: true, allowNull: false, defaultValue: uuidDefault(queryInterface) },
        title: { type: DataTypes.STRING },
        tags: { type: types.ARRAY_STRING, defaultValue: arrayDefault(queryInterface, []) },
        details: { type: types.JSONB, defaultValue: jsonDefault(queryInterface, { a: 1 }) },
        at: { type: DataTypes.DATE, defaultValue: nowDefault(queryInterface) },
      });
      await addFullTextIndex(queryInterface, 'docs', ['title']);
      await addLocationColumns(queryInterface, 'docs', { withoutPostgis: 'columns' });
      await addIndexSafe(queryInterface, 'docs', ['tags'], { using: 'gin', fallback: 'btree' });
      await addIndexSafe(queryInterface, 'docs', ['details'], { using: 'gin', fallback: 'skip' });
    });
    const { findings, notes } = await two.report();
    expect(findings).toEqual([]);
    expect(notes.map(({ database, kind, expected, found }) => [database, kind, expected, found])).toEqual([
      ['fallback', 'missing-index', 'gin (details)', null],
      ['fallback', 'index', 'gin (tags)', 'btree (tags)'],
    ]);
  });
});

describe('the schema report of tables that no model has', () => {
  const JOIN = `CREATE TABLE tagged (tag text NOT NULL, song integer DEFAULT 0, PRIMARY KEY (tag, song), CHECK (song > 0))`;

  it('compares the fallback with the primary', async () => {
    await two.both((sequelize) => sequelize.query(JOIN));
    expect((await two.report()).toString()).toBe(SAME);
    await two.fallback.query(`ALTER TABLE tagged ALTER COLUMN tag TYPE varchar(20), ADD COLUMN weight integer`);
    await two.fallback.query('CREATE INDEX tagged_song ON tagged (song)');
    const { findings } = await two.report();
    expect(
      findings.map(({ database, comparedWith, kind, table, name, expected }) => ({ database, comparedWith, kind, table, name, expected })),
    ).toEqual([
      { database: 'fallback', comparedWith: 'primary', kind: 'type', table: 'tagged', name: 'tag', expected: 'text' },
      { database: 'fallback', comparedWith: 'primary', kind: 'extra-column', table: 'tagged', name: 'weight', expected: null },
      { database: 'fallback', comparedWith: 'primary', kind: 'extra-index', table: 'tagged', name: 'tagged_song', expected: null },
    ]);
  });

  it('looks into schemas that only migrations have made', async () => {
    await two.both((sequelize) => sequelize.query('CREATE SCHEMA crm; CREATE TABLE crm.notes (a integer)'));
    expect((await two.report()).toString()).toBe(SAME);
  });

  it('finds those that only one database has, unless they are left out', async () => {
    await two.primary.query(`CREATE SCHEMA crm`);
    await two.fallback.query(`CREATE SCHEMA crm`);
    await two.primary.query(`CREATE TABLE legacy (a integer)`);
    await two.fallback.query(`CREATE TABLE crm.notes (a integer)`);
    await two.both((sequelize) => sequelize.query(`CREATE TABLE "SequelizeMeta" (name text PRIMARY KEY)`));
    await two.primary.query(`ALTER TABLE "SequelizeMeta" ADD COLUMN other text`);
    const { findings } = await two.report({ leaveOut: ['SequelizeMeta'] });
    expect(findings.map(({ kind, table, expected, found }) => [kind, table, expected, found])).toEqual([
      ['missing-table', 'legacy', 'a table', null],
      ['extra-table', 'crm.notes', null, 'a table'],
    ]);
    expect((await two.report({ leaveOut: [/^Sequelize/g, 'public.legacy', 'crm.notes'] })).toString()).toBe(SAME);
  });

  it('compares views by their columns, and finds a view in the place of a table', async () => {
    await two.both(async (sequelize) => {
      await sequelize.query('CREATE TABLE songs (id serial PRIMARY KEY, title varchar(9) NOT NULL)');
      await sequelize.query('CREATE VIEW titles AS SELECT id, title FROM songs');
      await sequelize.query('CREATE MATERIALIZED VIEW kept AS SELECT id, title FROM songs');
      await sequelize.query('CREATE UNIQUE INDEX kept_id ON kept (id)');
    });
    expect((await two.report()).toString()).toBe(SAME);
    await two.both((sequelize) => {
      sequelize.define('Title', { title: DataTypes.STRING(9) }, { tableName: 'titles', timestamps: false });
    });
    const asModel = await two.report();
    expect(asModel.same).toBe(true);
    expect(asModel.notes.map(({ database, kind, found }) => [database, kind, found])).toEqual([
      ['primary', 'view', 'a view'],
      ['fallback', 'view', 'a view'],
    ]);
    await two.fallback.query('DROP VIEW titles');
    await two.fallback.query('CREATE TABLE titles (id serial PRIMARY KEY, title varchar(9))');
    expect((await two.report()).findings.map(({ database, kind, found }) => [database, kind, found])).toEqual([
      ['fallback', 'view', 'a table'],
    ]);
  });

  it('leaves out what extensions and partitions bring', async () => {
    await two.primary.query('CREATE EXTENSION pg_stat_statements');
    await two.primary.query('CREATE TABLE logs (day date NOT NULL) PARTITION BY RANGE (day)');
    await two.primary.query(`CREATE TABLE logs_2020 PARTITION OF logs FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')`);
    await two.fallback.query('CREATE TABLE logs (day date NOT NULL)');
    expect((await two.report()).toString()).toBe(SAME);
  });
});

describe('the schema report where a part is missing', () => {
  const define = (sequelize: Sequelize) =>
    sequelize.define('Thing', { name: DataTypes.STRING }, { tableName: 'things', timestamps: false });

  it('says which database was not compared, and why', async () => {
    await two.both(async (sequelize) => {
      define(sequelize);
      await sequelize.sync();
      await sequelize.query('CREATE TABLE more (a integer)');
    });
    const withoutPrimary = await two.report({ lost: 'primary' });
    expect(withoutPrimary).toMatchObject({
      same: false,
      findings: [],
      databases: { primary: 'not compared: The primary is away.', fallback: 'compared' },
    });
    expect(withoutPrimary.notes.map(({ database, kind, table }) => [database, kind, table])).toEqual([['fallback', 'extra-table', 'more']]);
    expect(withoutPrimary.toString()).toMatch(
      /^No difference found, but not everything was compared \(primary not compared: The primary is away\., fallback compared\)\.\n/,
    );
    expect(await two.report({ lost: 'fallback' })).toMatchObject({
      same: false,
      databases: { primary: 'compared', fallback: 'not compared: The fallback is away.' },
    });
  });

  it('wants nothing of a fallback that is not allowed', async () => {
    define(two.primary);
    await two.primary.sync();
    const report = await two.report({ fallbackAllowed: false });
    expect(report).toMatchObject({ same: true, findings: [], notes: [], databases: { primary: 'compared', fallback: 'not allowed here' } });
    expect(report.toString()).toBe('The primary is what the models want (primary compared, fallback not allowed here).');
  });

  it('compares what it can of a model that the fallback refuses, and says what it could not', async () => {
    two.primary.define('Coin', { price: 'money', name: DataTypes.STRING }, { tableName: 'coins', timestamps: false });
    two.primary.define('Odd', { a: DataTypes.STRING, A: DataTypes.STRING }, { tableName: 'odds', timestamps: false });
    await two.primary.sync();
    await two.primary.query('ALTER TABLE coins ALTER COLUMN name TYPE text');
    const { same, findings } = await two.report();
    expect(same).toBe(false);
    expect(findings.map(({ database, kind, table, name }) => [database, kind, table, name])).toEqual([
      ['fallback', 'not-compared', 'coins', 'price'],
      ['fallback', 'not-compared', 'odds', null],
      ['primary', 'type', 'coins', 'name'],
    ]);
    expect(findings[0]?.found).toContain('money');
    const { findings: onPrimary, notes } = await two.report({ fallbackAllowed: false });
    expect(onPrimary.map(({ database, kind, table }) => [database, kind, table])).toEqual([['primary', 'type', 'coins']]);
    expect(notes.map(({ kind, table }) => [kind, table])).toEqual([
      ['not-compared', 'coins'],
      ['not-compared', 'odds'],
    ]);
  });

  it('says it of a model whose statements Sequelize itself can not make', async () => {
    const Odd = define(two.primary);
    const { name } = (Odd as unknown as { tableAttributes: Record<string, { type: object }> }).tableAttributes;
    Object.assign(name ?? {}, {
      type: {
        toString: () => {
          throw new Error('No such type.');
        },
      },
    });
    const { findings } = await two.report();
    expect(findings.map(({ database, kind, found }) => [database, kind, found])).toEqual([
      ['fallback', 'not-compared', "Sequelize can't make the statements of its sync()."],
      ['primary', 'missing-table', null],
    ]);
  });

  it('reads a reference to a table that no model has', async () => {
    await two.both(async (sequelize) => {
      await sequelize.query('CREATE TABLE owners (id serial PRIMARY KEY)');
      const references = { model: 'owners', key: 'id' };
      sequelize.define(
        'Pet',
        { ownerId: { type: DataTypes.INTEGER, references, onDelete: 'SET NULL' } },
        { tableName: 'pets', timestamps: false },
      );
      await sequelize.sync();
    });
    expect((await two.report()).toString()).toBe(SAME);
  });
});
