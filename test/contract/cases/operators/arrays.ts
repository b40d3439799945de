import { DataTypes, type ModelStatic, Op, QueryTypes, type WhereOptions } from 'sequelize';
import { type ContractCase, feature, type Row, type Site } from '../../contract-case.js';
import { id } from '../fixtures.js';
import { anyAllCases } from './any-all.js';
import { LISTS, type ListSamples } from './array-samples.js';

const chapter = 'Operators';

/** A table of the lists: number 1 has none (NULL), number 2 an empty one. */
async function tableOf(site: Site, { type, rows }: ListSamples): Promise<ModelStatic<Row>> {
  const model = await site.model('lists', { id, list: DataTypes.ARRAY(type as never) });
  for (const list of [null, [], ...rows]) await model.create({ list });
  return model;
}

async function idsWhere(model: ModelStatic<Row>, where: WhereOptions): Promise<unknown> {
  const rows = await model.findAll({ attributes: ['id'], where, order: ['id'] });
  return rows.map((row) => row['id']);
}

/** For each type a case that asks with each of its values. */
function ofEachType(ask: (model: ModelStatic<Row>, asked: readonly unknown[]) => Promise<unknown>): Record<string, ContractCase['run']> {
  return Object.fromEntries(
    Object.entries(LISTS).map(([name, samples]) => [
      name,
      async (site: Site) => {
        const model = await tableOf(site, samples);
        const found: unknown[] = [];
        for (const asked of samples.asked) found.push(await ask(model, asked));
        return found;
      },
    ]),
  );
}

const where =
  (...operators: readonly symbol[]) =>
  async (model: ModelStatic<Row>, asked: readonly unknown[]): Promise<unknown> => {
    const found: unknown[] = [];
    for (const operator of operators) found.push(await idsWhere(model, { list: { [operator]: asked } }));
    return found;
  };

const texts = (site: Site) => tableOf(site, LISTS['TEXT'] as ListSamples);

const asking =
  (sql: string, options: object = {}): ContractCase['run'] =>
  (site) =>
    site.sequelize.query(sql, { type: QueryTypes.SELECT, ...options });

/** Asks a table of lists of a type with its name in place of `:lists`. */
const askingTable =
  (type: string, sql: string, options: object = {}): ContractCase['run'] =>
  async (site) => {
    const model = await tableOf(site, LISTS[type] as ListSamples);
    return await site.sequelize.query(sql.replaceAll(':lists', `"${model.tableName}"`), { type: QueryTypes.SELECT, ...options });
  };

const orders = ofEachType(async (model) => {
  const sorted = async (...order: [string, string][]) => (await model.findAll({ attributes: ['id'], order })).map((row) => row['id']);
  return [await sorted(['list', 'ASC'], ['id', 'ASC']), await sorted(['list', 'DESC NULLS LAST'], ['id', 'DESC'])];
});

const groups = ofEachType((model) =>
  model.findAll({
    attributes: ['list', [model.sequelize?.fn('count', model.sequelize.col('id')) ?? '', 'n']],
    group: ['list'],
    order: ['list'],
    raw: true,
  }),
);

export const arrayCases: readonly ContractCase[] = [
  ...feature(chapter, 'contains on arrays', {
    ...ofEachType(where(Op.contains)),
    'NULL elements are never contained': askingTable(
      'INTEGER',
      `SELECT id FROM :lists WHERE list @> '{NULL}' OR list @> '{2,NULL}' ORDER BY id`,
    ),
    'each of both sides': asking(
      `SELECT ARRAY[1,2] @> ARRAY[]::int[] AS a, ARRAY[]::int[] @> ARRAY[1] AS b, ARRAY[1,NULL] @> ARRAY[1] AS c, '{{1,2},{3,4}}'::int[] @> '{4,1}' AS d, NULL::int[] @> '{1}' AS e, '{1}'::int[] @> NULL AS f`,
    ),
    'beside other conditions': async (site) => {
      const model = await texts(site);
      const either = { [Op.or]: [{ list: { [Op.contains]: ['b'] } }, { list: { [Op.contains]: ['NULL'] } }] };
      const neither = { [Op.not]: { list: { [Op.contains]: ['a'] } } };
      return [await idsWhere(model, either), await idsWhere(model, neither), await idsWhere(model, { id: { [Op.gt]: 4 }, ...either })];
    },
    'text[] and character varying[]': askingTable('STRING', `SELECT id FROM :lists WHERE list @> ARRAY['a']`),
    'integer[] and bigint[]': askingTable('INTEGER', 'SELECT id FROM :lists WHERE list @> ARRAY[1::bigint]'),
    'numeric[] and integer[]': askingTable('DECIMAL', 'SELECT id FROM :lists WHERE list @> ARRAY[1]'),
    'a malformed literal': askingTable('INTEGER', `SELECT id FROM :lists WHERE list @> '{1,x}'`),
    'a parameter': askingTable('TEXT', 'SELECT id FROM :lists WHERE list @> $1 ORDER BY id', { bind: [['a', 'b']] }),
    replacements: askingTable('TEXT', 'SELECT id FROM :lists WHERE list @> ARRAY[:words]::text[] ORDER BY id', {
      replacements: { words: ['a,b', 'q"x'] },
    }),
  }),
  ...feature(chapter, 'contained on arrays', {
    ...ofEachType(where(Op.contained)),
    'duplicates and NULL': asking(
      `SELECT ARRAY[1,1,2] <@ ARRAY[2,1] AS a, ARRAY[1,NULL] <@ ARRAY[1,NULL] AS b, '{}'::text[] <@ '{}'::text[] AS c, ARRAY['a'] <@ ARRAY['A','a'] AS d, NULL::text[] <@ '{a}' AS e`,
    ),
    'a column in a list of another table': async (site) => {
      const [one, other] = [await texts(site), await site.model('allowed', { id, words: DataTypes.ARRAY(DataTypes.TEXT) })];
      await other.bulkCreate([{ words: ['a', 'b', 'c'] }, { words: ['B'] }, { words: [] }]);
      return await site.sequelize.query(
        `SELECT l.id, a.id AS allowed FROM "${one.tableName}" l JOIN "${other.tableName}" a ON l.list <@ a.words ORDER BY 1, 2`,
        { type: QueryTypes.SELECT },
      );
    },
  }),
  ...feature(chapter, 'overlap on arrays', {
    ...ofEachType(where(Op.overlap)),
    'NULL and nothing': asking(
      `SELECT ARRAY[1,NULL] && ARRAY[NULL]::int[] AS a, '{}'::int[] && '{}'::int[] AS b, NULL::int[] && '{1}' AS c, '{{1,2},{3,4}}'::int[] && '{{4,9}}'::int[] AS d`,
    ),
    'not overlapping': async (site) => idsWhere(await texts(site), { [Op.not]: { list: { [Op.overlap]: ['a', 'B'] } } }),
    'integer[] and text[]': asking(`SELECT '{1}'::int[] && '{1}'::text[] AS x`),
  }),
  ...feature(chapter, 'array equality and comparison', {
    ...ofEachType(where(Op.eq, Op.ne, Op.gt, Op.gte, Op.lt, Op.lte)),
    'in a list of arrays': askingTable('INTEGER', `SELECT id FROM :lists WHERE list IN ('{1}', ARRAY[3,2,1], '{}') ORDER BY id`),
    'not in a list of arrays': askingTable('DECIMAL', `SELECT id FROM :lists WHERE list NOT IN ('{1}', ARRAY[0.10]) ORDER BY id`),
    'in a subquery': askingTable('CITEXT', `SELECT id FROM :lists WHERE list IN (SELECT list FROM :lists WHERE id > 3) ORDER BY id`),
    'IS DISTINCT FROM': askingTable('TEXT', `SELECT id FROM :lists WHERE list IS DISTINCT FROM '{a}' ORDER BY id`),
    'IS NOT DISTINCT FROM': askingTable(
      'TEXT',
      `SELECT id FROM :lists WHERE list IS NOT DISTINCT FROM NULL OR list IS NOT DISTINCT FROM '{}' ORDER BY id`,
    ),
    between: askingTable('INTEGER', `SELECT id FROM :lists WHERE list BETWEEN '{1,2}' AND '{9}' ORDER BY id`),
    'element by element': asking(
      `SELECT '{1,2}'::int[] < '{1,2,3}'::int[] AS a, '{1,3}'::int[] > '{1,2,3}'::int[] AS b, '{{1,2}}'::int[] > '{1,2}'::int[] AS c, '{NULL}'::int[] > '{1}'::int[] AS d, '{}'::int[] < '{NULL}'::int[] AS e`,
    ),
    'of texts': asking(
      `SELECT '{a,b}'::text[] < '{a,B}'::text[] AS a, '{é}'::text[] > '{z}'::text[] AS b, '{aa}'::text[] > '{a,z}'::text[] AS c, '{"a b"}'::text[] < '{ab}'::text[] AS d, '{""}'::text[] < '{a}'::text[] AS e`,
    ),
    'of numbers that are written differently': asking(
      `SELECT '{1.10}'::numeric[] = '{1.1}'::numeric[] AS a, '{-0}'::float8[] = '{0}'::float8[] AS b, '{NaN}'::float8[] > '{Infinity}'::float8[] AS c, '{NaN}'::numeric[] = '{NaN}'::numeric[] AS d, '{10}'::numeric[] > '{9}'::numeric[] AS e`,
    ),
    'of documents that are written differently': asking(
      `SELECT ARRAY['{"a":1,"b":2}'::jsonb] = ARRAY['{"b": 2.0, "a": 1}'::jsonb] AS a, ARRAY['1'::jsonb] @> ARRAY['1.00'::jsonb] AS b`,
    ),
    'arrays of different types': asking(`SELECT '{1}'::int[] = '{1}'::bigint[] AS x`),
    'json has no equality': asking(`SELECT ARRAY['1'::json] = ARRAY['1'::json] AS x`),
    'coalesce, nullif, greatest and least': asking(
      `SELECT coalesce(NULL::int[], '{}') AS a, nullif('{1}'::int[], '{1}') AS b, greatest('{1,2}'::int[], '{1}', NULL) AS c, least('{1,2}'::int[], '{1}') AS d`,
    ),
  }),
  ...feature(chapter, 'the order of arrays', orders),
  ...feature(chapter, 'groups and distinct arrays', {
    ...groups,
    'distinct rows': askingTable('CITEXT', 'SELECT count(DISTINCT list) AS n FROM :lists'),
    'distinct floats from two ways': askingTable(
      'DOUBLE',
      'SELECT count(*) AS n FROM (SELECT list FROM :lists UNION SELECT ARRAY(SELECT x FROM unnest(list) WITH ORDINALITY AS t(x, n) ORDER BY n) FROM :lists WHERE list IS NOT NULL) AS u',
    ),
  }),
  ...feature(chapter, 'arrays in finders', {
    'a list as a condition': async (site) => {
      const model = await texts(site);
      return [
        await idsWhere(model, { list: ['a', 'b'] }),
        await idsWhere(model, { list: [] }),
        await idsWhere(model, { list: null }),
        await idsWhere(model, { list: { [Op.not]: null } }),
        await idsWhere(model, { list: { [Op.ne]: ['a'] } }),
      ];
    },
    'IN and NOT IN': async (site) => {
      const model = await tableOf(site, LISTS['INTEGER'] as ListSamples);
      return [
        await idsWhere(model, { list: { [Op.in]: [[1], [3, 2, 1], []] } }),
        await idsWhere(model, { list: { [Op.notIn]: [[1], [10]] } }),
      ];
    },
    'a column, a literal and a function': async (site) => {
      const { sequelize } = site;
      const model = await texts(site);
      return [
        await idsWhere(model, { list: { [Op.contains]: sequelize.col('list') } }),
        await idsWhere(model, { list: { [Op.overlap]: sequelize.literal(`ARRAY['a,b']`) } }),
        await idsWhere(model, { list: { [Op.eq]: sequelize.fn('string_to_array', 'b a a', ' ') } }),
        await idsWhere(model, { list: { [Op.contained]: sequelize.cast('{a,b}', 'text[]') } }),
      ];
    },
    'conditions on what is calculated': async (site) => {
      const { sequelize } = site;
      const model = await texts(site);
      const size = sequelize.fn('cardinality', sequelize.col('list'));
      return await model.findAll({
        attributes: [
          [size, 'size'],
          [sequelize.fn('count', sequelize.col('id')), 'n'],
        ],
        group: [size as never],
        having: sequelize.where(sequelize.fn('count', sequelize.col('id')), '>', 0 as never),
        order: [[size, 'DESC NULLS LAST']],
        raw: true,
      });
    },
    'text of a list': async (site) => {
      const { sequelize } = site;
      const model = await texts(site);
      const text = sequelize.cast(sequelize.col('list'), 'text');
      return [await idsWhere(model, sequelize.where(text, { [Op.like]: '%a%' })), await idsWhere(model, sequelize.where(text, '{b,a,a}'))];
    },
    'findOrCreate, upsert and bulkCreate': async (site) => {
      const model = await site.model('kept', {
        id,
        name: { type: DataTypes.STRING, unique: true },
        list: DataTypes.ARRAY(DataTypes.STRING),
      });
      const [first, made] = await model.findOrCreate({ where: { name: 'a', list: ['x', 'y'] } });
      const [again, madeAgain] = await model.findOrCreate({ where: { list: ['x', 'y'] }, defaults: { name: 'b' } });
      await model.upsert({ name: 'a', list: ['z', 'q"'] } as never);
      await model.bulkCreate(
        [
          { name: 'a', list: [] },
          { name: 'c', list: ['é', null] },
        ],
        { updateOnDuplicate: ['list'] },
      );
      return [first['list'], made, again['name'], madeAgain, await model.findAll({ order: ['id'] })];
    },
    'through an association': async (site) => {
      const model = await texts(site);
      const owners = await site.model('owners', { id, listId: DataTypes.INTEGER, words: DataTypes.ARRAY(DataTypes.TEXT) });
      owners.belongsTo(model, { as: 'of', foreignKey: 'listId', constraints: false });
      await owners.bulkCreate([
        { listId: 3, words: ['b'] },
        { listId: 4, words: ['z'] },
        { listId: 2, words: [] },
      ]);
      return await owners.findAll({
        where: { [Op.or]: [{ words: { [Op.overlap]: ['b', 'c'] } }, { '$of.list$': { [Op.contains]: ['b'] } }] } as never,
        include: [{ association: 'of', where: { list: { [Op.contains]: ['a'] } }, required: false }],
        order: ['id'],
      });
    },
    'a check that PostgreSQL writes as = ANY': async (site) => {
      const { sequelize } = site;
      const table = site.name('states');
      await sequelize.query(
        `CREATE TABLE "${table}" (id int PRIMARY KEY, state text CHECK (state = ANY (ARRAY['on'::text, 'off'::text])), tags text[] CHECK (cardinality(tags) <= 2))`,
      );
      await sequelize.query(`INSERT INTO "${table}" VALUES (1, 'on', '{a,b}'), (2, NULL, NULL)`);
      const wrong = await sequelize.query(`INSERT INTO "${table}" VALUES (3, 'else', NULL)`).catch((error: unknown) => String(error));
      const long = await sequelize.query(`INSERT INTO "${table}" VALUES (3, 'off', '{a,b,c}')`).catch((error: unknown) => String(error));
      return [wrong, long, await sequelize.query(`SELECT * FROM "${table}" ORDER BY id`, { type: QueryTypes.SELECT })];
    },
    'a unique list of texts': async (site) => {
      const model = await site.model('unique', { id, list: { type: DataTypes.ARRAY(DataTypes.STRING), unique: true } });
      await model.bulkCreate([{ list: ['a'] }, { list: ['a', 'b'] }]);
      return [await model.create({ list: ['A'] }), await model.create({ list: ['a'] })];
    },
    'a unique list of decimals': {
      refused: 'a unique key of numeric[], citext[], double precision[], …',
      run: async (site) => {
        await site.model('unique', { id, list: { type: DataTypes.ARRAY(DataTypes.DECIMAL), unique: true } });
        return 'made';
      },
    },
  }),
  ...anyAllCases,
];
