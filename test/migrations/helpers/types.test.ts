import { DataTypes, QueryTypes, Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addColumnSafe,
  createExtensionSafe,
  createTableSafe,
  type DialectTypes,
  getDialectTypes,
  isPostgreSQL,
  isSQLite,
} from '../../../src/migrations/index.js';
import { Databases, KINDS } from './kinds.js';

let databases: Databases;
beforeAll(async () => {
  databases = await Databases.start();
}, 60_000);
afterAll(async () => {
  await databases.dispose();
}, 60_000);

/** A column of each type that needs no extension. */
const columnsOf = (types: DialectTypes) => ({
  id: { type: types.BIGINT, primaryKey: true, autoIncrement: true },
  uuid: types.UUID,
  json: { type: types.JSON, defaultValue: [1] },
  jsonb: { type: types.JSONB, defaultValue: '[]' },
  strings: { type: types.ARRAY_STRING, defaultValue: [] },
  integers: { type: types.ARRAY_INTEGER, defaultValue: '[1, 2]' },
  uuids: { type: types.ARRAY_UUID, allowNull: false, defaultValue: [] },
  documents: types.ARRAY(types.JSONB),
  matrix: {
    type: types.ARRAY(types.ARRAY(types.INTEGER)),
    defaultValue: [
      [1, 2],
      [3, 4],
    ],
  },
  state: { type: types.ENUM('a', 'b'), defaultValue: 'b' },
  states: { type: types.ARRAY(types.ENUM({ values: ['x', 'y'] })), defaultValue: ['x'] },
  decimal: { type: types.DECIMAL(10, 2), defaultValue: '1.50' },
  big: types.BIGINT,
  vector: types.TSVECTOR,
  inet: types.INET,
  cidr: types.CIDR,
  mac: types.MACADDR,
  range: types.RANGE(types.INTEGER),
  short: types.STRING(10),
  text: types.TEXT,
  char: types.CHAR(3),
  yes: { type: types.BOOLEAN, allowNull: false, defaultValue: true },
  double: { type: types.DOUBLE, defaultValue: 1.5 },
  real: types.REAL,
  small: types.SMALLINT,
  at: types.DATE(3),
  day: types.DATEONLY,
  time: types.TIME,
  blob: types.BLOB,
  none: { type: types.TEXT, defaultValue: null as unknown as string },
});

describe.each(KINDS)('getDialectTypes (%s)', (kind) => {
  it('gives types that tables are made of, and that compare as the same afterwards', async () => {
    const { queryInterface } = await databases.open(kind);
    const columns = columnsOf(getDialectTypes(queryInterface, Sequelize));
    expect(await createTableSafe(queryInterface, 'all_types', columns)).toMatchObject({ did: 'created' });
    expect(await createTableSafe(queryInterface, 'all_types', columns, { onDifference: 'error' })).toMatchObject({ did: 'exists' });
    for (const [name, column] of Object.entries(columns)) {
      expect(await addColumnSafe(queryInterface, 'all_types', name, column, { onDifference: 'error' })).toMatchObject({ did: 'exists' });
    }
  });

  it("takes Sequelize's own types as they are written, the class, its DataTypes or nothing", async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const own = columnsOf({
      ...DataTypes,
      ARRAY_STRING: DataTypes.ARRAY(DataTypes.STRING),
      ARRAY_INTEGER: DataTypes.ARRAY(DataTypes.INTEGER),
      ARRAY_UUID: DataTypes.ARRAY(DataTypes.UUID),
    });
    expect(await createTableSafe(queryInterface, 'all_types', own)).toMatchObject({ did: 'created' });
    for (const types of [
      getDialectTypes(queryInterface, Sequelize),
      getDialectTypes(queryInterface, DataTypes),
      getDialectTypes(queryInterface),
    ]) {
      expect(await createTableSafe(queryInterface, 'all_types', columnsOf(types))).toMatchObject({ did: 'exists', differences: [] });
    }
    await sequelize.query('INSERT INTO all_types (uuid) VALUES (NULL)');
    const [row] = await sequelize.query<Record<string, unknown>>('SELECT * FROM all_types', { type: QueryTypes.SELECT });
    const isSqlite = kind === 'plain SQLite';
    expect(row?.['integers']).toEqual(isSqlite ? '[1,2]' : [1, 2]);
    expect(row?.['matrix']).toEqual(
      isSqlite
        ? '[[1,2],[3,4]]'
        : [
            [1, 2],
            [3, 4],
          ],
    );
    expect(row?.['states']).toEqual(isSqlite ? '["x"]' : ['x']);
    expect(row?.['state']).toBe('b');
  });

  it('has CITEXT and HSTORE where their extensions are', async () => {
    const { queryInterface } = await databases.open(kind);
    const types = getDialectTypes(queryInterface);
    for (const name of ['citext', 'hstore']) {
      const did = kind === 'plain SQLite' ? 'skipped' : kind === 'handle on its fallback' ? 'exists' : 'created';
      expect(await createExtensionSafe(queryInterface, name)).toMatchObject({ did });
    }
    const columns = { name: types.CITEXT, pairs: types.HSTORE };
    expect(await createTableSafe(queryInterface, 'extended', columns)).toMatchObject({ did: 'created' });
    expect(await createTableSafe(queryInterface, 'extended', columns)).toMatchObject({ did: 'exists', differences: [] });
  });

  it('knows the engine', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    expect(isPostgreSQL(queryInterface)).toBe(kind.endsWith('PostgreSQL'));
    expect(isSQLite(queryInterface)).toBe(!kind.endsWith('PostgreSQL'));
    expect(() => isPostgreSQL(sequelize as never)).toThrow('queryInterface: must be');
  });
});

describe('getDialectTypes on SQLite', () => {
  it('has GeoJSON for geometries on plain SQLite, and what PostgreSQL takes on the fallback', async () => {
    const plain = await databases.open('plain SQLite');
    const fallback = await databases.open('handle on its fallback');
    const geometry = (queryInterface: typeof plain.queryInterface) => getDialectTypes(queryInterface).GEOMETRY('POINT', 4326);
    expect(String(geometry(plain.queryInterface))).toBe('JSON');
    for (const { queryInterface } of [plain, fallback]) {
      expect(await createTableSafe(queryInterface, 'places', { at: geometry(queryInterface) })).toMatchObject({ did: 'created' });
      expect(await createTableSafe(queryInterface, 'places', { at: geometry(queryInterface) })).toMatchObject({
        did: 'exists',
        differences: [],
      });
    }
  });
});
