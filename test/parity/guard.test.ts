import { join } from 'node:path';
import { DataTypes, type ModelStatic, Op, QueryTypes } from 'sequelize';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Logger, type ParityFinding, type ResilientConfig, ResilientConnection, UnsupportedOnFallbackError } from '../../src/index.js';
import type { Row } from '../contract/contract-case.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

let postgres: PostgresServer;
let lines: string[];
const connections: ResilientConnection[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
afterEach(async () => {
  for (const connection of connections.splice(0)) {
    await connection.sequelize.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public').catch(() => undefined);
    await connection.close({ timeout: 0 });
  }
});

const logger: Logger = { info: () => undefined, warn: (line: string) => void lines.push(line), error: () => undefined };

async function open(config: Partial<ResilientConfig> = {}): Promise<ResilientConnection> {
  lines = [];
  const connection = new ResilientConnection({
    serviceName: 'guarded',
    primary: { url: postgres.url, logging: false },
    fallback: { storageDir: join(tempFolder(), 'sqlite') },
    options: { allowSQLiteFallback: true, maxRetries: 0, autoReconnect: false },
    logger,
    ...config,
  });
  connections.push(connection);
  return await connection.ready;
}

function defineOrders({ sequelize }: ResilientConnection): ModelStatic<Row> {
  const attributes = { total: { type: DataTypes.DECIMAL(10, 2), field: 'total_amount' }, note: DataTypes.TEXT, lines: DataTypes.JSONB };
  return sequelize.define<Row>('Order', attributes, { timestamps: false, tableName: 'orders' });
}

const parityLines = () => lines.filter((line) => line.includes('is not available on the SQLite fallback'));

const summary = ({ foundIn, model, attribute, feature }: ParityFinding) => ({ foundIn, model, attribute, feature });

describe("parity: 'warn'", () => {
  it('says once what a statement needs that the fallback has not, with model and attribute', async () => {
    const connection = await open();
    const Order = defineOrders(connection);
    await Order.sync();
    const { fn, col } = connection.sequelize;
    const unaccented = () => Order.findAll({ attributes: [[fn('regexp_replace', col('note'), '[a-z]+', 'x'), 'plain']] });
    await unaccented();
    await waitFor(() => parityLines().length > 0, { what: 'a line of the guard' });
    await unaccented();
    await Order.findAll({ attributes: [[fn('regexp_replace', col('note'), '[0-9]+', 'y'), 'other']] });
    expect(connection.parityReport().findings.map(summary)).toEqual([
      { foundIn: 'statement', model: 'Order', attribute: 'note', feature: expect.stringContaining('regexp_replace') as string },
    ]);
    expect(parityLines()).toEqual([
      expect.stringMatching(/^\[guarded\] .*regexp_replace.* \(model Order, attribute note\)\. .* In: SELECT/),
    ]);
  });

  it('finds a type that the fallback has not when its model was defined, and still examines statements on the rest of the model', async () => {
    const connection = await open();
    const { sequelize } = connection;
    const Place = sequelize.define(
      'Place',
      { name: DataTypes.TEXT, price: { type: 'MONEY', field: 'the_price' }, tags: DataTypes.ARRAY(DataTypes.TEXT) },
      { timestamps: false, freezeTableName: true },
    );
    await waitFor(() => parityLines().length > 0, { what: 'a line of the guard' });
    await Place.sync();
    await Place.create({ name: 'x', price: '12.50', tags: ['a'] });
    await Place.findAll({ where: { tags: { [Op.contains]: ['a'] } } });
    await Place.findAll({ where: sequelize.where(sequelize.fn('soundex_of', sequelize.col('name')), 'x') }).catch(() => undefined);
    expect(connection.parityReport()).toMatchObject({ mode: 'warn', examined: { models: 1 } });
    expect(connection.parityReport().findings.map(summary)).toEqual([
      { foundIn: 'definition', model: 'Place', attribute: 'price', feature: expect.stringContaining('money') as string },
    ]);
  });

  it('examines a model again that is changed or made anew', async () => {
    const connection = await open();
    const { sequelize } = connection;
    sequelize.define('Place', { name: DataTypes.TEXT });
    expect(connection.parityReport().findings).toEqual([]);
    await sequelize.query('SELECT 1 FROM "Places"').catch(() => undefined);
    sequelize.define('Place', { name: DataTypes.TEXT, price: 'MONEY' });
    await sequelize.query('SELECT 2 AS x');
    expect(connection.parityReport().findings.map(summary)).toMatchObject([{ foundIn: 'definition', attribute: 'price' }]);
  });

  it('leaves a model alone that Sequelize itself can’t make', async () => {
    const connection = await open();
    const Broken = connection.sequelize.define('Broken', { kind: DataTypes.TEXT });
    const type = {
      toString: () => {
        throw new TypeError('broken type');
      },
    };
    Object.assign((Broken as unknown as { tableAttributes: object }).tableAttributes, { odd: { type } });
    await expect(Broken.sync()).rejects.toThrow('broken type');
    expect(connection.parityReport().findings).toEqual([]);
    await connection.sequelize.query('EXPLAIN SELECT 1');
    expect(connection.parityReport().findings).toMatchObject([{ feature: 'EXPLAIN' }]);
  });

  it('takes nothing for different that the fallback can', async () => {
    const connection = await open();
    const { sequelize } = connection;
    const Order = defineOrders(connection);
    const Line = sequelize.define('Line', { kind: DataTypes.ENUM('a', 'b') }, { indexes: [{ unique: true, fields: ['kind'] }] });
    Order.hasMany(Line, { foreignKey: 'orderId' });
    await sequelize.sync();
    await sequelize.sync({ alter: true });
    await sequelize.transaction(async (transaction) => {
      const row = await Order.create({ total: '1.50', lines: { a: 1 } }, { transaction });
      await row.increment('total', { by: 2, transaction });
    });
    await Order.bulkCreate([{ total: '2' }, { total: '3' }]);
    await Order.findAndCountAll({ where: { total: { [Op.gt]: 1 }, 'lines.a': 1 }, limit: 5, order: [['total', 'DESC']] });
    await Order.count({ group: ['note'] });
    await sequelize.query('SELECT :a::int + 1 AS b, $$x$$ AS c', { replacements: { a: 1 }, type: QueryTypes.SELECT });
    await sequelize.query('SELECT $a::int AS b', { bind: { a: 1 }, type: QueryTypes.SELECT });
    await sequelize.getQueryInterface().showAllTables();
    await sequelize.getQueryInterface().describeTable('orders');
    expect(connection.parityReport().findings).toEqual([]);
    expect(connection.parityReport().examined.statements).toBeGreaterThan(8);
    expect(parityLines()).toEqual([]);
  });

  it('learns of associations and models that are defined later', async () => {
    const connection = await open();
    const { sequelize } = connection;
    const Order = defineOrders(connection);
    await Order.sync();
    await Order.findAll();
    connection.parityReport();
    const Line = sequelize.define<Row>('Line', { kind: DataTypes.TEXT }, { timestamps: false });
    Order.hasMany(Line, { foreignKey: 'orderId' });
    await Line.sync();
    await Order.findAll({ include: Line });
    expect(connection.parityReport().findings).toEqual([]);
  });

  it('says that a table is no model’s, unless the program itself makes it', async () => {
    const connection = await open();
    const { sequelize } = connection;
    await sequelize.query('CREATE TABLE own (id int)');
    await sequelize.query('SELECT * FROM own');
    const elsewhere = new ResilientConnection({
      serviceName: 'elsewhere',
      primary: { url: postgres.url, logging: false },
      options: { allowSQLiteFallback: false },
      logger: false,
    });
    await elsewhere.sequelize.query('CREATE TABLE audit (id int)');
    await elsewhere.close();
    await sequelize.query('SELECT * FROM audit');
    await sequelize.query('SELECT * FROM nowhere').catch(() => undefined);
    expect(connection.parityReport().findings).toMatchObject([
      { model: null, feature: 'relation "audit"', workaround: /No model defines it/ },
    ]);
  });

  it('keeps values out of what it says', async () => {
    const connection = await open();
    await connection.sequelize.query(`SELECT md5('geheim' || version()) AS x, 4711 AS y`);
    const [finding] = connection.parityReport().findings;
    expect(finding?.statement).toContain('md5');
    expect(JSON.stringify([finding, lines])).not.toMatch(/geheim|4711/);
  });

  it('keeps patterns of a statement out of what it says of them', async () => {
    const connection = await open();
    await connection.sequelize.query(`SELECT 'x' ~ '^alice@example\\.com(?=77)' AS a`);
    const [finding] = connection.parityReport().findings;
    expect(finding?.feature).toContain('…');
    expect(JSON.stringify([finding, lines])).not.toContain('alice');
  });

  it('examines the end of statements with many columns', async () => {
    const connection = await open();
    const { sequelize } = connection;
    const attributes = Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`attribute_number_${index}`, DataTypes.TEXT]));
    const Wide = sequelize.define<Row>('Wide', attributes, { timestamps: false });
    await Wide.sync();
    await Wide.findAll({ where: { attribute_number_1: 'a' } });
    await Wide.findAll({ where: sequelize.where(sequelize.fn('regexp_replace', sequelize.col('attribute_number_1'), '[a-z]+', ''), 'a') });
    expect(connection.parityReport().findings).toMatchObject([{ model: 'Wide', attribute: 'attribute_number_1' }]);
  });

  it('reads the values that stand in a statement', async () => {
    const connection = await open();
    await connection.sequelize.query(`SELECT timestamptz '2020-01-01 10:00 PST' AS at`);
    expect(connection.parityReport().findings).toHaveLength(1);
  });

  it('does not claim to know tables that the program makes in ways that are not followed', async () => {
    const connection = await open();
    const { sequelize } = connection;
    await sequelize.query('/* a comment */ CREATE TABLE commented (id int)');
    await sequelize.query('SELECT * FROM commented');
    await sequelize.query('SELECT 1 AS a INTO taken');
    await sequelize.query('SELECT * FROM taken');
    expect(connection.parityReport().findings.filter(({ feature }) => feature.startsWith('relation'))).toEqual([]);
  });

  it('lists what the fallback has refused', async () => {
    const connection = await open({ schema: { fallback: 'none' } });
    await connection.failover('test', { hold: true });
    await expect(connection.sequelize.query('EXPLAIN SELECT 1')).rejects.toThrow(UnsupportedOnFallbackError);
    await connection.reconnect();
    expect(connection.parityReport().findings.map(summary)).toEqual([
      { foundIn: 'fallback', model: null, attribute: null, feature: 'EXPLAIN' },
    ]);
    expect(parityLines()).toEqual([]);
  });

  it('examines what PostgreSQL sees after it was away', async () => {
    const connection = await open({ schema: { fallback: 'none' } });
    await connection.failover('test', { hold: true });
    await connection.reconnect();
    await connection.sequelize.query('EXPLAIN SELECT 1');
    expect(connection.parityReport().findings).toMatchObject([{ foundIn: 'statement', feature: 'EXPLAIN' }]);
  });
});

describe("parity: 'strict'", () => {
  it('refuses a model with a type that the fallback has not, and forgets it', async () => {
    const connection = await open({ parity: 'strict' });
    const define = () => connection.sequelize.define('Place', { price: 'MONEY' });
    expect(define).toThrow(UnsupportedOnFallbackError);
    expect(define).toThrow(/model Place, attribute price/);
    expect(connection.sequelize.modelManager.models).toEqual([]);
  });

  it('refuses a statement each time, before it is sent', async () => {
    const connection = await open({ parity: 'strict', options: { allowSQLiteFallback: false, maxRetries: 0 } });
    const Order = defineOrders(connection);
    await Order.sync();
    await Order.create({ note: 'a' });
    const change = () => connection.sequelize.query(`UPDATE orders SET note = regexp_replace(note, '[a-z]', 'b')`);
    await expect(change()).rejects.toThrow(/model Order, attribute note/);
    await expect(change()).rejects.toThrow(UnsupportedOnFallbackError);
    expect(await Order.findAll({ raw: true, attributes: ['note'] })).toEqual([{ note: 'a' }]);
    expect(connection.parityReport()).toMatchObject({ mode: 'strict', findings: [{ foundIn: 'statement' }] });
  });

  it('refuses a value right after another one was answered', async () => {
    const connection = await open({ parity: 'strict' });
    const matches = (pattern: string) => connection.sequelize.query(`SELECT 'abc' ~ '${pattern}' AS a`);
    await matches('^abc$');
    await expect(matches('a(?=b)')).rejects.toThrow(UnsupportedOnFallbackError);
  });

  it('tells of what the fallback rejects with an error of PostgreSQL', async () => {
    const connection = await open({ parity: 'strict' });
    const { sequelize } = connection;
    await sequelize.query(`CREATE FUNCTION own_function(int) RETURNS int LANGUAGE sql AS 'SELECT 1'`).catch(() => undefined);
    const elsewhere = await open({ parity: 'off' });
    await elsewhere.sequelize.query(`CREATE FUNCTION own_function(int) RETURNS int LANGUAGE sql AS 'SELECT 1'`);
    lines = [];
    await sequelize.query('SELECT own_function(1)');
    await waitFor(() => parityLines().length > 0, { what: 'a line of the guard' });
    expect(parityLines()[0]).toContain('function own_function(integer)');
  });

  it('knows the tables that the program makes', async () => {
    const connection = await open({ parity: 'strict' });
    const { sequelize } = connection;
    await sequelize.query('CREATE TABLE own (name text)');
    await sequelize.query('SELECT name FROM own');
    expect(connection.parityReport().findings).toEqual([]);
    await expect(sequelize.query(`SELECT regexp_replace(name, '[a-z]+', 'b') FROM own`)).rejects.toThrow(UnsupportedOnFallbackError);
  });

  it('leaves PostgreSQL’s own errors to PostgreSQL', async () => {
    const connection = await open({ parity: 'strict' });
    await expect(connection.sequelize.query('SELECT nothing FROM nowhere')).rejects.toThrow('relation "nowhere" does not exist');
    await expect(connection.sequelize.query('SELEC 1')).rejects.toThrow('syntax error at or near "SELEC"');
  });
});

describe("parity: 'off'", () => {
  it('looks at nothing', async () => {
    const connection = await open({ parity: 'off' });
    await connection.sequelize.query('EXPLAIN SELECT 1');
    expect(connection.parityReport()).toEqual({ mode: 'off', findings: [], examined: { models: 0, statements: 0 }, leftOut: 0 });
  });

  it('is the default where there is no fallback', async () => {
    const connection = await open({ options: { allowSQLiteFallback: false } });
    expect(connection.parityReport().mode).toBe('off');
  });
});
