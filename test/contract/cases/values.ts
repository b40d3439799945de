import { DataTypes, type ModelStatic, QueryTypes } from 'sequelize';
import { type ContractCase, feature, type Row, type Site } from '../contract-case.js';
import { outcomeOf } from '../../../src/testing/outcome.js';
import { id } from './fixtures.js';

const chapter = 'Values';

/** Asks each query in turn; what one is refused with is its answer. */
async function answers(site: Site, ...queries: readonly string[]): Promise<unknown> {
  const seen = [];
  for (const sql of queries) seen.push(await outcomeOf(() => site.sequelize.query(sql, { type: QueryTypes.SELECT })));
  return seen;
}

/** Numbers of all columns that Sequelize has for money, from small to too long for a double. */
async function accounts(site: Site): Promise<ModelStatic<Row>> {
  const model = await site.model('accounts', {
    id,
    big: DataTypes.BIGINT,
    price: DataTypes.DECIMAL(10, 2),
    exact: DataTypes.DECIMAL(20, 4),
    coin: DataTypes.DECIMAL(38, 18),
    free: DataTypes.DECIMAL,
    team: DataTypes.INTEGER,
  });
  await model.bulkCreate([
    {
      big: '9223372036854775806',
      price: '12345678.91',
      exact: '1234567890123456.7891',
      coin: '12345678901234567890.123456789012345678',
      free: '123456789012345678901234567890.123',
      team: 1,
    },
    { big: '9007199254740993', price: '-1.5', exact: '-0.0001', coin: '-3', free: '-1.50', team: 1 },
    { big: '-9007199254740993', price: 0, exact: 0, coin: '0.5', free: '0.000', team: 2 },
    { team: 2 },
    { big: 5, price: '8', exact: '-5.5', coin: '1', free: '-7.25', team: 3 },
  ]);
  return model;
}

const decimals: Readonly<Record<string, ContractCase['run']>> = {
  'increment and decrement': async (site) => {
    const model = await accounts(site);
    for (const field of ['big', 'price', 'exact', 'coin', 'free']) {
      await model.increment({ [field]: 1 }, { where: { id: [2, 3, 4] } });
      await model.decrement(field, { by: 3, where: { id: 5 } });
    }
    const row = await model.findByPk(2);
    await row?.increment({ exact: 1.5, free: 0.25, coin: 2 } as never);
    return model.findAll({ order: ['id'] });
  },
  'an UPDATE that calculates': async (site) => {
    const { tableName } = await accounts(site);
    await site.sequelize.query(
      `UPDATE "${tableName}" SET price = price * 1.075, exact = exact + 1.5, coin = coin * 2 - exact, free = free / 3 WHERE id > 1`,
    );
    await site.sequelize.query(`UPDATE "${tableName}" SET price = price / 7, exact = exact / 3 - price, free = -free, big = big - 1`);
    return answers(site, `SELECT * FROM "${tableName}" ORDER BY id`);
  },
  'an UPDATE with a value too large': async (site) => {
    const { tableName } = await accounts(site);
    return answers(
      site,
      `UPDATE "${tableName}" SET exact = exact * 1000 WHERE id = 1 RETURNING exact`,
      `UPDATE "${tableName}" SET big = big + 2 WHERE id = 1 RETURNING big`,
      `UPDATE "${tableName}" SET price = price * 10 WHERE id = 1 RETURNING price`,
      `UPDATE "${tableName}" SET free = free / 0 WHERE id = 1 RETURNING free`,
    );
  },
  'sum and avg, also within expressions': async (site) => {
    const { tableName } = await accounts(site);
    const sums = ['big', 'price', 'exact', 'coin', 'free'].map(
      (name) => `coalesce(sum(${name}), 0) AS "s_${name}", avg(${name}) AS "a_${name}"`,
    );
    return answers(
      site,
      `SELECT team, ${sums.join(', ')} FROM "${tableName}" WHERE id > 1 GROUP BY team ORDER BY team`,
      `SELECT team FROM "${tableName}" GROUP BY team HAVING sum(exact) > -6 ORDER BY sum(exact) DESC, team`,
      `SELECT round(avg(exact), 2) AS a, round(sum(free) / 3, 5) AS b, sum(exact) - sum(price) AS c FROM "${tableName}" WHERE id > 1`,
      `SELECT id FROM "${tableName}" WHERE exact < (SELECT avg(exact) FROM "${tableName}" WHERE id > 1) ORDER BY id`,
      `SELECT coalesce(sum(exact), 0) AS none FROM "${tableName}" WHERE id > 99`,
      `SELECT max(coin), min(free), count(DISTINCT exact) FROM "${tableName}"`,
      `SELECT array_agg(exact ORDER BY id) AS e, array_agg(price ORDER BY id) AS p FROM "${tableName}"`,
    );
  },
  'conditions with other zeros, more decimals and other columns': async (site) => {
    const { tableName } = await accounts(site);
    const where = (condition: string) => `SELECT id FROM "${tableName}" WHERE ${condition} ORDER BY id`;
    return answers(
      site,
      where('exact = 0.0 OR exact = -5.50'),
      where(`exact IN (-0.00010, '0.00')`),
      where('exact > -5.55555 AND coin >= 0.50'),
      where('price = -1.500 OR price = 8.001'),
      where('free = -1.5'),
      where('exact = ANY(ARRAY[0.0, -5.50])'),
      where('exact = free OR exact < price'),
      where('exact + 1 > 0 AND coin * 2 < 3'),
      where(`big > 9007199254740992 AND big <> '9007199254740993'`),
      where('big BETWEEN -9007199254740993 AND 9007199254740993'),
    );
  },
  'a negative number of many digits': async (site) => {
    const model = await site.model('negative', { id, d: DataTypes.DOUBLE, r: DataTypes.REAL, n: DataTypes.DECIMAL });
    await model.bulkCreate([
      { d: -122.41941550000001, r: -0.1, n: '-0.12345678901234567890' },
      { d: -5e-324, r: -16777217, n: '-1e25' },
    ]);
    return answers(
      site,
      `INSERT INTO "${model.tableName}" (d, r, n) VALUES (-9.007518446907112e-99, -1e-30, -123456789012345678901234.5) RETURNING *`,
      `SELECT id FROM "${model.tableName}" WHERE d = -122.41941550000001 OR n = -123456789012345678901234.50`,
      `SELECT id FROM "${model.tableName}" WHERE d < -0.1 AND r < -0.05 ORDER BY id`,
      `SELECT * FROM "${model.tableName}" ORDER BY d, r`,
    );
  },
  quotients: async (site) =>
    answers(
      site,
      'SELECT (9.99 / 0.03) + 0 AS a, (1.0 / 3) + 0 AS b, (0.0001 / 3) + 0 AS c, (10000 / 3.0) + 0 AS d, (2 / 3.0) * 3 AS e, -7 / 2 AS f',
      'SELECT 1 / 0.0 + 1 AS a',
    ),
};

const jsons = [
  '1',
  '1.0',
  '[]',
  '{}',
  '"a"',
  'null',
  'true',
  'false',
  '[1]',
  '[1.00]',
  '[1,2]',
  '[[]]',
  '[{}]',
  '{"a":1}',
  '{"b":1}',
  '{"aa":1}',
];
const moreJsons = ['{"a":1,"b":2}', '-1.5', '-1.50', '-10', '1e20', '0.001', '"é"', '{"a":[1,"x"]}', '{"a":[1,"y"]}', '""', '[null]'];

async function documents(site: Site): Promise<string> {
  const model = await site.model('documents', { id, value: DataTypes.JSONB });
  const rows = [...jsons, ...moreJsons].map((json) => `('${json}')`);
  await site.sequelize.query(`INSERT INTO "${model.tableName}" (value) VALUES ${rows.join(', ')}, (NULL)`);
  return `"${model.tableName}"`;
}

const equalities: Readonly<Record<string, ContractCase['run']>> = {
  'the order of JSONB, 1 and 1.0 being equal': async (site) => {
    const table = await documents(site);
    return answers(
      site,
      `SELECT id FROM ${table} ORDER BY value, id`,
      `SELECT id FROM ${table} ORDER BY value DESC NULLS LAST, id`,
      `SELECT count(DISTINCT value) AS n FROM ${table}`,
      `SELECT min(id) AS id, count(*) AS n FROM ${table} GROUP BY value ORDER BY 1`,
      `SELECT a.id AS a, b.id AS b FROM ${table} a JOIN ${table} b ON a.value = b.value AND a.id < b.id ORDER BY 1, 2`,
      `SELECT id FROM ${table} WHERE value IN ('1.000', '[1]', '{}') ORDER BY id`,
      `SELECT id FROM ${table} WHERE value > '"a"' ORDER BY id`,
    );
  },
  'the order of intervals, 1 day and 24 hours being equal': async (site) => {
    const table = `"${site.name('spans')}"`;
    await site.sequelize.query(`CREATE TABLE ${table} (id serial PRIMARY KEY, span interval)`);
    const spans = [
      '1 day',
      '24:00:00',
      '-1 month',
      '1 year 2 mons 3 days 04:05:06.789',
      '-1 year +3 days -04:05:06',
      '30 days',
      '1 mon',
      '0',
    ];
    await site.sequelize.query(`INSERT INTO ${table} (span) VALUES ${spans.map((span) => `('${span}')`).join(', ')}, (NULL)`);
    return answers(
      site,
      `SELECT id FROM ${table} ORDER BY span, id`,
      `SELECT id FROM ${table} WHERE span = '1 day' OR span > '1 year' ORDER BY id`,
      `SELECT min(id) AS id, count(*) AS n FROM ${table} GROUP BY span ORDER BY 1`,
      `SELECT (-span)::text AS a, (span + '1 hour')::text AS b, (span - span)::text AS c FROM ${table} ORDER BY id`,
    );
  },
  'CHAR, whose blanks count for nothing': async (site) => {
    const model = await site.model('codes', { id, code: DataTypes.CHAR(4) });
    await model.bulkCreate([{ code: '' }, { code: '\t' }, { code: 'ab' }, { code: ' a' }]);
    return answers(
      site,
      `SELECT id, code FROM "${model.tableName}" ORDER BY code`,
      `SELECT max(code) AS a, min(code) AS b, count(DISTINCT code) AS n FROM "${model.tableName}"`,
      `SELECT id FROM "${model.tableName}" WHERE code > E'\\t' OR code = 'ab  ' ORDER BY id`,
    );
  },
  'ranges of numbers with other zeros': async (site) =>
    answers(
      site,
      `SELECT numrange(1, 2) = numrange(1.0, 2.00) AS a, count(DISTINCT r) AS n FROM (VALUES ('[1,2)'::numrange), ('[1.0,2)')) x (r)`,
    ),
};

const texts: Readonly<Record<string, ContractCase['run']>> = {
  'addresses as text': async (site) => {
    const list = [
      '10.0.0.1',
      '10.0.0.1/8',
      '::2',
      '::',
      '::1',
      '1::',
      '::ffff:1.2.3.4',
      '::1.2.3.4/100',
      '1:0:0:2:0:0:0:3/64',
      '2001:db8::ff00:42:8329',
    ];
    const model = await site.model('hosts', { id, address: DataTypes.INET });
    await model.bulkCreate(list.map((address) => ({ address })));
    return answers(
      site,
      `SELECT address, address::text AS shown FROM "${model.tableName}" ORDER BY id`,
      `SELECT id FROM "${model.tableName}" WHERE address::text LIKE '10.%' ORDER BY id`,
    );
  },
  'REAL numbers between two short ones': async (site) =>
    answers(site, 'SELECT 74384304::real AS a, 16777217::real AS b, 1e10::real AS c, 0.1::real AS d'),
  'arrays of varchar as others': async (site) =>
    answers(
      site,
      `SELECT ARRAY['a','b']::varchar[]::varchar(255)[] AS a, ARRAY['abc']::text[]::varchar(2)[] AS b, '{a,b}'::varchar(1)[] AS c, ARRAY[1.5,2]::int[] AS d`,
    ),
};

const zones: readonly ContractCase[] = feature(chapter, 'time zones', {
  'AT TIME ZONE with a name': {
    refused: "SQLite knows no time zones but UTC: AT TIME ZONE 'UTC' works",
    run: (site) => site.sequelize.query(`SELECT now() AT TIME ZONE 'Europe/Berlin' AS t`),
  },
  'SET TIME ZONE': {
    refused: 'the session is in UTC',
    run: (site) => site.sequelize.query(`SET TIME ZONE 'Europe/Berlin'; SELECT 1; SET TIME ZONE 'UTC'`),
  },
});

export const valueCases: readonly ContractCase[] = [
  ...feature(chapter, 'numbers', decimals),
  ...feature(chapter, 'what is equal, and in which order', equalities),
  ...feature(chapter, 'as text', texts),
  ...zones,
];
