import { DataTypes, Deferrable, fn, literal, type ModelAttributes, type Sequelize, where, col, Op } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { openTwoDatabases, type TwoDatabases } from './two-databases.js';

/*
 * What sync() makes on PostgreSQL, what it makes on the fallback and what the models say are read in three ways; here they must agree.
 */

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

const extensions = (sequelize: Sequelize): Promise<unknown> =>
  Promise.all(['citext', 'hstore', 'uuid-ossp'].map((name) => sequelize.query(`CREATE EXTENSION IF NOT EXISTS "${name}"`)));

async function expectSame(define: (sequelize: Sequelize) => void): Promise<void> {
  await two.both(async (sequelize) => {
    define(sequelize);
    await sequelize.sync();
  });
  await expectNoDifference();
}

/** The text first: it says what differs. */
async function expectNoDifference(): Promise<void> {
  const report = await two.report();
  expect(report.toString()).toBe('Both databases are what the models want (primary compared, fallback compared).');
  expect(report).toMatchObject({ same: true, findings: [], notes: [], databases: { primary: 'compared', fallback: 'compared' } });
}

/** Each type as it is, required, and with each of its defaults. */
const TYPES: Readonly<Record<string, readonly [type: object | string, ...defaults: unknown[]]>> = {
  string: [DataTypes.STRING, 'x', "it's", '', null],
  string20: [DataTypes.STRING(20), 'abc'],
  char: [DataTypes.CHAR],
  char3: [DataTypes.CHAR(3), 'ab'],
  text: [DataTypes.TEXT, 'a  b', literal("'x' || 'y'"), literal("lower('ABC')")],
  citext: [DataTypes.CITEXT, 'Hi'],
  tsvector: [DataTypes.TSVECTOR],
  integer: [DataTypes.INTEGER, 0, 7, -3],
  smallint: [DataTypes.SMALLINT, 3],
  bigint: [DataTypes.BIGINT, '9007199254740993', -5],
  float: [DataTypes.FLOAT, 0.5, 1, -1.5],
  float7: [DataTypes.FLOAT(7)],
  real: [DataTypes.REAL, 0.1],
  double: [DataTypes.DOUBLE, 1e20, 3.25],
  decimal: [DataTypes.DECIMAL, 1, 1.5, '2.50'],
  decimal102: [DataTypes.DECIMAL(10, 2), 0, '1.5', -2],
  decimal30: [DataTypes.DECIMAL(30, 10), '123.4560'],
  boolean: [DataTypes.BOOLEAN, true, false],
  time: [DataTypes.TIME, '12:34:56'],
  date: [DataTypes.DATE, new Date(0), literal('CURRENT_TIMESTAMP'), fn('now'), DataTypes.NOW, literal("now() + interval '1 day'")],
  date3: [DataTypes.DATE(3), new Date(1.5e12)],
  precise: ['TIMESTAMP(3) WITHOUT TIME ZONE', literal("(now() at time zone 'utc')")],
  dateonly: [DataTypes.DATEONLY, '2020-02-29', literal('CURRENT_DATE')],
  hstore: [DataTypes.HSTORE, { a: '1' }],
  json: [DataTypes.JSON, { b: 1, a: [1, 2] }, []],
  jsonb: [DataTypes.JSONB, {}, [], { b: 1, a: 'x' }],
  blob: [DataTypes.BLOB, Buffer.from('abc')],
  uuid: [DataTypes.UUID, '7d3b1c0e-0000-4000-8000-000000000000', DataTypes.UUIDV4, literal('gen_random_uuid()'), fn('uuid_generate_v4')],
  cidr: [DataTypes.CIDR, '10.0.0.0/8'],
  inet: [DataTypes.INET, '10.0.0.1'],
  macaddr: [DataTypes.MACADDR, '08:00:2b:01:02:03'],
  enumeration: [DataTypes.ENUM('a', "it's", 'C c'), 'a', "it's"],
  enumerations: [DataTypes.ARRAY(DataTypes.ENUM('x', 'y')), ['x'], []],
  strings: [DataTypes.ARRAY(DataTypes.STRING), [], ['a', 'b,c']],
  texts: [DataTypes.ARRAY(DataTypes.TEXT), [], literal("'{}'")],
  integers: [DataTypes.ARRAY(DataTypes.INTEGER), [], [1, -2]],
  matrix: [DataTypes.ARRAY(DataTypes.ARRAY(DataTypes.DECIMAL(8, 3)))],
  dates: [DataTypes.ARRAY(DataTypes.DATE), []],
  documents: [DataTypes.ARRAY(DataTypes.JSONB), [], [{ a: 1 }]],
  range: [DataTypes.RANGE(DataTypes.INTEGER), [1, 5]],
  bigRange: [DataTypes.RANGE(DataTypes.BIGINT)],
  numericRange: [DataTypes.RANGE(DataTypes.DECIMAL)],
  dayRange: [DataTypes.RANGE(DataTypes.DATEONLY)],
  timeRange: [DataTypes.RANGE(DataTypes.DATE)],
  nothing: [DataTypes.VIRTUAL],
};

const attributesOf = (): ModelAttributes =>
  Object.fromEntries(
    Object.entries(TYPES).flatMap(([name, [type, ...defaults]]) => [
      [name, { type }],
      [`${name}Required`, { type, allowNull: false }],
      ...defaults.map((defaultValue, index) => [`${name}Default${index}`, { type, defaultValue }]),
    ]),
  ) as ModelAttributes;

describe('the schema report after sync() on both databases', () => {
  it('finds every type and each kind of default the same in all three', async () => {
    await two.both(extensions);
    await expectSame((sequelize) => {
      sequelize.define('Wide', attributesOf());
      sequelize.define('Big', { id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true } });
      sequelize.define('Identity', {
        id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true, autoIncrementIdentity: true },
      });
    });
  });

  it('reads schemas, underscored names and enums of a schema', async () => {
    await two.both((sequelize) => sequelize.createSchema('crm', {}));
    await expectSame((sequelize) => {
      const attributes = { firstName: DataTypes.STRING, state: { type: DataTypes.ENUM('new', 'old'), defaultValue: 'new' } };
      const Contact = sequelize.define('Contact', attributes, { schema: 'crm', underscored: true });
      const Company = sequelize.define('Company', { mood: DataTypes.ARRAY(DataTypes.ENUM('good', 'bad')) }, { schema: 'crm' });
      const Visit = sequelize.define('Visit', { state: DataTypes.ENUM('planned', 'done') }, { schema: 'crm', tableName: 'select' });
      const Note = sequelize.define('Note', { state: DataTypes.ENUM('n') }, { underscored: true });
      Note.belongsTo(Contact);
      Contact.belongsTo(Company);
      Visit.belongsTo(Contact, { onDelete: 'CASCADE' });
      Company.belongsToMany(Visit, { through: 'company_visits' });
      Visit.belongsToMany(Company, { through: 'company_visits' });
    });
  });

  it('reads generated names that PostgreSQL cuts at 63 bytes', async () => {
    const long = 'a_column_with_a_name_that_is_rather_long_for_a_column';
    await expectSame((sequelize) => {
      sequelize.define(
        'a_table_with_a_name_that_is_rather_long_for_a_table',
        {
          [long]: { type: DataTypes.STRING, unique: true },
          [`${long}_2`]: DataTypes.STRING,
          other: { type: DataTypes.INTEGER, unique: 'pair' },
        },
        { indexes: [{ unique: true, fields: [long, `${long}_2`] }] },
      );
    });
  });

  it('reads functional, partial, ordered and special indexes', async () => {
    await expectSame((sequelize) => {
      sequelize.define(
        'Document',
        {
          title: DataTypes.STRING,
          state: DataTypes.ENUM('draft', 'open', 'closed'),
          weight: DataTypes.INTEGER,
          price: DataTypes.DECIMAL(8, 2),
          deletedAt: DataTypes.DATE,
          tags: DataTypes.ARRAY(DataTypes.TEXT),
          body: DataTypes.JSONB,
          isPublic: DataTypes.BOOLEAN,
        },
        {
          indexes: [
            { name: 'by_lower_title', unique: true, fields: [fn('lower', col('title'))] },
            { name: 'by_expression', fields: [literal('(weight + 1)'), { name: 'title', order: 'DESC' }] },
            { name: 'by_collation', fields: [{ name: 'title', collate: 'C' }] },
            { name: 'by_pattern', fields: [{ name: 'title', operator: 'varchar_pattern_ops' }] },
            { name: 'tags_gin', using: 'gin', fields: ['tags'] },
            { name: 'body_gin', using: 'gin', fields: ['body'], operator: 'jsonb_path_ops' },
            { name: 'created_brin', using: 'brin', fields: ['createdAt'] },
            { name: 'later', concurrently: true, fields: ['price'] },
            { name: 'title_hash', using: 'hash', fields: ['title'] },
            { name: 'open', fields: ['weight'], where: { state: 'open' } },
            { name: 'some', fields: ['weight'], where: { state: { [Op.in]: ['open', 'closed'] }, weight: { [Op.gt]: 5 } } },
            { name: 'living', unique: true, fields: ['title', 'weight'], where: { deletedAt: null, isPublic: true } },
            { name: 'dear', fields: ['price'], where: { price: { [Op.between]: [10.5, 20] } } },
            { name: 'titled', fields: ['title'], where: { title: { [Op.like]: 'a%', [Op.ne]: 'b' } } },
            { name: 'nested', fields: ['body'], where: { [Op.or]: [{ weight: 1 }, { title: ['x', 'y'], weight: { [Op.ne]: null } }] } },
            { name: 'called', fields: ['title'], where: where(fn('length', col('title')), { [Op.gt]: 3 }) as never },
          ],
        },
      );
    });
  });

  it('reads references to itself, in a circle, deferred and to other columns', async () => {
    await expectSame((sequelize) => {
      const Node = sequelize.define('Node', { code: { type: DataTypes.STRING(10), unique: true } });
      Node.belongsTo(Node, { as: 'parent', onDelete: 'RESTRICT', onUpdate: 'NO ACTION' });
      const Leaf = sequelize.define('Leaf', {
        nodeCode: {
          type: DataTypes.STRING(10),
          references: { model: 'Nodes', key: 'code' },
          onDelete: 'SET NULL',
          comment: 'REFERENCES nothing',
        },
        nodeId: { type: DataTypes.INTEGER, references: { model: 'Nodes', key: 'id', deferrable: Deferrable.INITIALLY_DEFERRED } as never },
      });
      expect(Leaf.name).toBe('Leaf');
    });
    await two.both(async (sequelize) => {
      const Egg = sequelize.define('Egg', {});
      const Hen = sequelize.define('Hen', {});
      Egg.belongsTo(Hen);
      Hen.belongsTo(Egg, { as: 'origin' });
      await sequelize.sync();
    });
    await expectNoDifference();
  });

  it('reads tables of several models, and those without a key of their own', async () => {
    await expectSame((sequelize) => {
      sequelize.define('Person', { name: DataTypes.STRING }, { tableName: 'people', timestamps: false });
      const Pair = sequelize.define('Pair', {
        left: { type: DataTypes.INTEGER, primaryKey: true },
        right: { type: DataTypes.STRING, primaryKey: true },
      });
      expect(Pair.primaryKeyAttributes).toEqual(['left', 'right']);
      sequelize.define('Loose', { value: DataTypes.INTEGER }, { timestamps: false }).removeAttribute('id');
    });
  });

  it('looks where the search path leads', async () => {
    const searching = await openTwoDatabases(server, '-c search_path=app,public');
    try {
      await searching.both(async (sequelize) => {
        await sequelize.createSchema('app', {});
        sequelize.define('Thing', { kind: DataTypes.ENUM('a', 'b') }, { timestamps: false });
        await sequelize.sync();
      });
      const report = await searching.report();
      expect(report.toString()).toBe('Both databases are what the models want (primary compared, fallback compared).');
    } finally {
      await searching.dispose();
    }
  });
});
