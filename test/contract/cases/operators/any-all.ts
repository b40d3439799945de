import { DataTypes, type ModelStatic, Op, QueryTypes, type WhereOptions } from 'sequelize';
import { type ContractCase, feature, type Row, type Site } from '../../contract-case.js';
import { id } from '../fixtures.js';

const chapter = 'Operators';

const ada = '6ecd8c99-4036-403d-bf84-cf8400f67836';
const zeros = '00000000-0000-0000-0000-000000000000';

/** Scalars beside lists of theirs; number 4 has nothing but NULLs. */
async function things(site: Site): Promise<ModelStatic<Row>> {
  const { ARRAY, BIGINT, CITEXT, DATEONLY, DECIMAL, DOUBLE, ENUM, INTEGER, STRING, UUID, DATE } = DataTypes;
  const mood = () => ENUM('sad', 'ok', 'happy day');
  const model = await site.model('things', {
    id,
    word: STRING,
    words: ARRAY(STRING),
    label: CITEXT,
    labels: ARRAY(CITEXT),
    n: INTEGER,
    ns: ARRAY(INTEGER),
    big: BIGINT,
    bigs: ARRAY(BIGINT),
    price: DECIMAL(10, 2),
    prices: ARRAY(DECIMAL(10, 2)),
    dec: DECIMAL,
    decs: ARRAY(DECIMAL),
    float: DOUBLE,
    floats: ARRAY(DOUBLE),
    key: UUID,
    keys: ARRAY(UUID),
    day: DATEONLY,
    days: ARRAY(DATEONLY),
    at: DATE,
    ats: ARRAY(DATE),
    mood: mood(),
    moods: ARRAY(mood()),
  });
  await model.bulkCreate([
    {
      ...{ word: 'a', words: ['a', 'b'], label: 'Ada', labels: ['ADA'], n: 1, ns: [1, 2, 3], big: '9007199254740993' },
      ...{ bigs: ['9007199254740993', '1'], price: '1.00', prices: ['1', '2.5'], dec: '1.0', decs: ['1.00', '2.50'], float: 0.1 },
      ...{ floats: [0.1, 1.5], key: ada, keys: [ada, zeros], day: '2020-01-01', days: ['2020-01-01', '2020-02-01'] },
      ...{ at: '2020-01-01 00:00:00.123456+00', ats: ['2020-01-01 00:00:00.123456+00'], mood: 'ok', moods: ['sad', 'ok'] },
    },
    {
      ...{ word: 'NULL', words: [null, 'NULL', 'a,b', ''], label: 'bob', labels: ['carol', null], n: 2, ns: [null, 2, 2, -5] },
      ...{ big: '9007199254740992', bigs: ['9007199254740992', '9223372036854775807'], price: '10', prices: [null, '1', '10.00'] },
      ...{ dec: '1.000', decs: [null, 'NaN', '1'], float: 1.5, floats: [NaN, Infinity, 0], key: zeros, keys: [null], day: '2020-02-01' },
      ...{ days: ['1970-01-01'], at: '2020-01-01 00:00:00.123457+00', ats: [], mood: 'happy day', moods: [null, 'happy day'] },
    },
    {
      ...{ word: '', words: [], label: '', labels: [], n: 0, ns: [], big: 0, bigs: [], price: 0, prices: [], dec: 'NaN', decs: [] },
      ...{ float: NaN, floats: [], key: null, keys: [], day: null, days: [], at: null, ats: [], mood: null, moods: [] },
    },
    {},
    {
      ...{ word: 'b', words: ['b', 'B', 'é'], label: 'ADA', labels: ['bob', 'ada'], n: -5, ns: [-5], big: 1, bigs: [1] },
      ...{ price: '2.50', prices: ['2.50'], dec: '2.5', decs: ['123456789012345678901234567890.5'], float: Infinity, floats: [-0, 1e300] },
      ...{
        key: ada.toUpperCase(),
        keys: [zeros],
        day: '1970-01-01',
        days: ['9999-12-31'],
        at: '1900-01-01 00:00:00+00',
        mood: 'sad',
        moods: ['sad'],
      },
    },
  ]);
  return model;
}

async function idsWhere(model: ModelStatic<Row>, where: WhereOptions): Promise<unknown> {
  return (await model.findAll({ attributes: ['id'], where, order: ['id'] })).map((row) => row['id']);
}

const where =
  (...conditions: readonly WhereOptions[]): ContractCase['run'] =>
  async (site) => {
    const model = await things(site);
    const found: unknown[] = [];
    for (const condition of conditions) found.push(await idsWhere(model, condition));
    return found;
  };

/** As `sequelize.where(col, …)`, which does not know the column's type: a model's own attribute of a number would make a text of the list. */
const whereColumn =
  (...conditions: readonly (readonly [column: string, condition: object])[]): ContractCase['run'] =>
  async (site) => {
    const { sequelize } = site;
    const model = await things(site);
    const found: unknown[] = [];
    for (const [column, condition] of conditions)
      found.push(await idsWhere(model, sequelize.where(sequelize.col(column), condition as never)));
    return found;
  };

const asking =
  (sql: string, options: object = {}): ContractCase['run'] =>
  async (site) => {
    const model = await things(site);
    return await site.sequelize.query(sql.replaceAll(':things', `"${model.tableName}"`), { type: QueryTypes.SELECT, ...options });
  };

const PAIRS = [
  ['word', 'words'],
  ['label', 'labels'],
  ['word', 'labels'],
  ['n', 'ns'],
  ['n', 'bigs'],
  ['n', 'decs'],
  ['n', 'floats'],
  ['big', 'bigs'],
  ['big', 'ns'],
  ['price', 'prices'],
  ['price', 'decs'],
  ['price', 'ns'],
  ['dec', 'decs'],
  ['dec', 'prices'],
  ['float', 'floats'],
  ['float', 'ns'],
  ['key', 'keys'],
  ['day', 'days'],
  ['day', 'ats'],
  ['at', 'ats'],
  ['at', 'days'],
] as const;

/** Each scalar with each list, by each comparison. */
const ofColumns = Object.fromEntries(
  PAIRS.map(([one, many]) => {
    const tests = ['=', '<>', '<', '<=', '>', '>='].flatMap((operator, nth) =>
      ['any', 'all'].map((quantifier) => `x."${one}" ${operator} ${quantifier}(y."${many}") AS "${quantifier}${nth}"`),
    );
    return [`${one} with ${many}`, asking(`SELECT x.id, y.id AS other, ${tests.join(', ')} FROM :things x, :things y ORDER BY 1, 2`)];
  }),
);

const any = (list: unknown): object => ({ [Op.any]: list });
const all = (list: unknown): object => ({ [Op.all]: list });

export const anyAllCases: readonly ContractCase[] = [
  ...feature(chapter, 'any and all', {
    'any of integers': whereColumn(['n', any([1, 2, 7])], ['n', any([0])], ['n', { [Op.eq]: any([-5, 1]) }]),
    'any of texts': where({ word: any(['a', 'NULL', '']) }, { word: { [Op.eq]: any(["it's", 'b']) } }),
    'any of texts that a list is written with': where({ word: any(['a,b', '{}', 'q"x', 'back\\slash', 'a']) }),
    'any of CITEXT': where({ label: any(['ADA', 'carol']) }),
    'any of bigints': whereColumn(['big', any([1, 0])], ['big', any([9007199254740991, 1])]),
    'any of decimals': whereColumn(['price', any([1, 2.5])], ['price', any([10, 1.001])], ['dec', any([1, 2.5])]),
    'any of doubles': whereColumn(['float', any([0.1, 1.5])], ['float', { [Op.gt]: all([0.1, 1]) }]),
    'any of texts beside UUIDs': whereColumn(['key', any([ada])]),
    'any of texts beside an ENUM': whereColumn(['mood', any(['ok', 'happy day'])]),
    'a list of a model attribute that is a number': where({ n: any([1, 2]) }),
    'greater than any': whereColumn(['n', { [Op.gt]: any([0, 1]) }], ['price', { [Op.gte]: any([2.5, 9]) }]),
    'less than all': whereColumn(['n', { [Op.lt]: all([1, 2]) }], ['word', { [Op.lte]: all(['a', 'b']) }]),
    'not equal to all': whereColumn(['n', { [Op.ne]: all([1, 2]) }], ['word', { [Op.ne]: all(['a', '']) }]),
    'not equal to any': whereColumn(['n', { [Op.ne]: any([1]) }], ['n', { [Op.ne]: any([1, 2]) }]),
    'all of one': whereColumn(['n', all([1])], ['n', { [Op.gte]: all([0]) }]),
    'of nothing': whereColumn(['n', any([])], ['n', { [Op.gt]: all([]) }]),
    'any of values': where(
      { n: any({ [Op.values]: [1, 2] }) },
      { word: any({ [Op.values]: ['a', 'NULL'] }) },
      { price: any({ [Op.values]: [1, 2.5] }) },
      { big: any({ [Op.values]: [1, 2] }) },
      { float: any({ [Op.values]: [0.1] }) },
    ),
    'all of values': where({ n: all({ [Op.values]: [1] }) }, { n: all({ [Op.values]: [1, 2] }) }, { word: all({ [Op.values]: ['a'] }) }),
    'values with NULL': where({ n: any({ [Op.values]: [1, null] }) }, { [Op.not]: { n: any({ [Op.values]: [1, null] }) } }),
    'with NULL among them': whereColumn(['n', any([1, null])], ['n', { [Op.ne]: all([1, null]) }]),
    'a literal as the list': async (site) => {
      const model = await things(site);
      const list = (sql: string) => site.sequelize.literal(sql);
      return [
        await idsWhere(model, { n: any(list('ARRAY[1,2]')) }),
        await idsWhere(model, { key: any(list(`ARRAY['${ada}']::uuid[]`)) }),
        await idsWhere(model, { at: any(list(`ARRAY['2020-01-01 01:00:00.123456+01']::timestamptz[]`)) as never }),
        await idsWhere(model, { price: { [Op.gt]: all(list('ARRAY[1, 2.49]')) } }),
        await idsWhere(model, { mood: any(list('ARRAY[mood]')) }),
        await idsWhere(model, { n: any(site.sequelize.col('ns')) }),
      ];
    },
    negated: async (site) => {
      const model = await things(site);
      const test = site.sequelize.where(site.sequelize.col('n'), any([1, 2]) as never);
      return [await idsWhere(model, { [Op.not]: test }), await idsWhere(model, { [Op.not]: { word: { [Op.lt]: any(['b']) } } })];
    },
    'beside others': where({ [Op.or]: [{ n: 1 }, { word: { [Op.eq]: any(['b']) } }], id: { [Op.lt]: 10 } }),
    'a column in a list of its row': asking('SELECT id FROM :things WHERE word = ANY (words) OR n = ANY (ns) ORDER BY id'),
    'a literal in a list of the row': asking(
      `SELECT id, 'a' = ANY (words) AS a, '1' = ANY (ns) AS b, 1.0 = ANY (decs) AS c, 'NaN' = ANY (floats) AS d, NULL = ANY (ns) AS e FROM :things ORDER BY id`,
    ),
    'where() with any': async (site) => {
      const { sequelize } = site;
      const model = await things(site);
      const condition = sequelize.where(sequelize.literal(`'a'`), '=', sequelize.fn('any', sequelize.col('words')) as never);
      return idsWhere(model, condition);
    },
    'a literal as a condition': async (site) => idsWhere(await things(site), site.sequelize.literal('2 = ANY (ns)')),
    'a bound list': asking('SELECT id FROM :things WHERE n = ANY ($1) ORDER BY id', { bind: [[1, -5]] }),
    'a bound list with a cast': asking('SELECT id FROM :things WHERE word = ANY ($1::text[]) AND n <> ALL ($2::int[]) ORDER BY id', {
      bind: [
        ['a', 'b', "q'x"],
        [7, 1],
      ],
    }),
    'a bound list of UUIDs': asking('SELECT id FROM :things WHERE key = ANY ($1::uuid[]) ORDER BY id', { bind: [[ada]] }),
    'a bound empty list': asking('SELECT id FROM :things WHERE n = ANY ($1) OR word = ANY ($2::text[]) ORDER BY id', { bind: [[], []] }),
    'a bound list with NULL': asking('SELECT id, n = ANY ($1) AS a, n <> ALL ($1) AS b FROM :things ORDER BY id', { bind: [[1, null]] }),
    'a bound NULL': asking('SELECT id, n = ANY ($1::int[]) AS a FROM :things ORDER BY id', { bind: [null] }),
    'a bound list with a wrong element': asking('SELECT id FROM :things WHERE n = ANY ($1)', { bind: [['x']] }),
    replacements: asking('SELECT id FROM :things WHERE n = ANY (ARRAY[:numbers]) AND word = ANY (ARRAY[:texts]::text[]) ORDER BY id', {
      replacements: { numbers: [1, 2], texts: ['a', 'NULL'] },
    }),
    'a literal list': asking(`SELECT id FROM :things WHERE n = ANY ('{1,2}') AND price <> ALL ('{10.00}') ORDER BY id`),
    'a literal list that is longer than the scale': asking(`SELECT id FROM :things WHERE price = ANY ('{1.001,2.500}') ORDER BY id`),
    'a malformed list': asking(`SELECT id FROM :things WHERE n = ANY ('1,2')`),
    'of another type': asking(`SELECT id FROM :things WHERE n = ANY (ARRAY['1'])`),
    'no list at all': asking('SELECT id FROM :things WHERE n = ANY (n)'),
    'a list of all dimensions': asking(`SELECT 4 = ANY ('{{1,2},{3,4}}'::int[]) AS a, 0 < ALL ('{{1,2},{3,4}}'::int[]) AS b`),
    'NULL, nothing and NULL elements': asking(
      `SELECT 1 = ANY (NULL::int[]) AS a, 1 = ALL ('{}'::int[]) AS b, 1 <> ANY ('{}'::int[]) AS c, 1 = ANY ('{NULL,1}'::int[]) AS d, 2 = ANY ('{NULL,1}'::int[]) AS e, 1 <> ALL ('{NULL,1}'::int[]) AS f, 2 <> ALL ('{NULL,1}'::int[]) AS g`,
    ),
    SOME: asking('SELECT id FROM :things WHERE n = SOME (ARRAY[1,2]) ORDER BY id'),
    'in the order and in the result': asking(`SELECT id, 'a' = ANY (words) AS a FROM :things ORDER BY 2 DESC NULLS LAST, id`),
    'in a CASE': asking(`SELECT id, CASE WHEN n = ANY ('{1,2}') THEN 'yes' ELSE 'no' END AS a FROM :things ORDER BY id`),
    'of an aggregate': asking('SELECT 1 = ANY (array_agg(n)) AS a, 7 > ALL (array_agg(n) FILTER (WHERE n > 0)) AS b FROM :things'),
    'in a join': asking('SELECT x.id, y.id AS other FROM :things x JOIN :things y ON x.n = ANY (y.ns) ORDER BY 1, 2'),
    'in an update and a delete': async (site) => {
      const model = await things(site);
      const changed = await model.update({ word: 'new' }, { where: { word: any(['a', 'NULL']) } });
      const gone = await model.destroy({ where: { word: { [Op.gt]: all(['a', 'b']) } } });
      return [changed, gone, await model.findAll({ attributes: ['id', 'word'], order: ['id'] })];
    },
  }),
  ...feature(chapter, 'any and all of columns', ofColumns),
  ...feature(chapter, 'any and all of subqueries', {
    '= ANY': asking('SELECT id FROM :things WHERE n = ANY (SELECT n FROM :things WHERE id < 3) ORDER BY id'),
    '<> ALL': asking('SELECT id FROM :things WHERE n <> ALL (SELECT n FROM :things WHERE id < 3) ORDER BY id'),
    '<> ALL with NULL': asking('SELECT id FROM :things WHERE n <> ALL (SELECT n FROM :things) ORDER BY id'),
    '<> ANY': asking('SELECT id FROM :things WHERE n <> ANY (SELECT n FROM :things WHERE id < 3) ORDER BY id'),
    '> ALL, of nothing too': asking(
      'SELECT id, n > ALL (SELECT n FROM :things WHERE id IN (3, 5)) AS a, n > ALL (SELECT n FROM :things WHERE id > 99) AS b, n > ANY (SELECT n FROM :things WHERE id > 99) AS c FROM :things ORDER BY id',
    ),
    'with decimals': asking('SELECT id FROM :things WHERE dec = ANY (SELECT unnest(decs) FROM :things) ORDER BY id'),
    'with the row outside': asking(
      'SELECT id FROM :things x WHERE n >= ALL (SELECT y.n FROM :things y WHERE y.id <= x.id AND y.n IS NOT NULL) ORDER BY id',
    ),
    'of lists': asking(`SELECT id FROM :things WHERE ns = ANY (SELECT ns FROM :things WHERE id < 3) ORDER BY id`),
    'a list where its elements are asked': asking('SELECT id FROM :things WHERE n = ANY (SELECT ns FROM :things)'),
    'one list of a subquery': asking('SELECT id FROM :things WHERE n = ANY ((SELECT ns FROM :things WHERE id = 1)::int[]) ORDER BY id'),
    'ARRAY of a subquery': asking('SELECT id FROM :things WHERE n = ANY (ARRAY(SELECT n FROM :things WHERE id < 3)) ORDER BY id'),
    'too many columns': asking('SELECT id FROM :things WHERE n = ANY (SELECT n, id FROM :things)'),
    "Sequelize's own": async (site) => {
      const model = await things(site);
      const inner = site.sequelize.literal(`(SELECT n FROM "${model.tableName}" WHERE id < 3)`);
      return [await idsWhere(model, { n: { [Op.any]: inner } }), await idsWhere(model, { n: { [Op.in]: inner } })];
    },
  }),
];
