import { DataTypes, type ModelStatic, Op, QueryTypes, type WhereOptions } from 'sequelize';
import { type ContractCase, feature, type Row, type Site } from '../../contract-case.js';
import { id } from '../fixtures.js';
import { RANGES, type RangeSamples } from './range-samples.js';

const chapter = 'Operators';

/** A table of the ranges: number 1 has none (NULL), number 2 the empty one; each row has a value of the type, too. */
async function tableOf(site: Site, { type, subtype, ranges, values }: RangeSamples): Promise<ModelStatic<Row>> {
  const model = await site.model('spans', { id, span: type as string, value: subtype as string });
  const rows = [null, [], ...ranges].map((span, nth) => ({ span, value: values[nth % values.length] }));
  for (const row of rows) await model.create(row);
  return model;
}

async function idsWith(model: ModelStatic<Row>, operator: symbol, asked: unknown): Promise<unknown> {
  const rows = await model.findAll({ attributes: ['id'], where: { span: { [operator]: asked } }, order: ['id'] });
  return rows.map((row) => row['id']);
}

/** For each type a case that asks with each of its ranges, or of its values. */
function ofEachType(
  asks: (samples: RangeSamples) => readonly unknown[],
  ...operators: readonly symbol[]
): Record<string, ContractCase['run']> {
  return Object.fromEntries(
    Object.entries(RANGES).map(([name, samples]) => [
      name,
      async (site: Site) => {
        const model = await tableOf(site, samples);
        const found: unknown[] = [];
        for (const asked of asks(samples)) for (const operator of operators) found.push(await idsWith(model, operator, asked));
        return found;
      },
    ]),
  );
}

const withRanges = (...operators: readonly symbol[]) => ofEachType(({ ranges }) => ranges, ...operators);

const asking =
  (sql: string, options: object = {}): ContractCase['run'] =>
  (site) =>
    site.sequelize.query(sql, { type: QueryTypes.SELECT, ...options });

/** Asks a table of ranges of a type with its name in place of `:spans`. */
const askingTable =
  (type: string, sql: string, options: object = {}): ContractCase['run'] =>
  async (site) => {
    const model = await tableOf(site, RANGES[type] as RangeSamples);
    return await site.sequelize.query(sql.replaceAll(':spans', `"${model.tableName}"`), { type: QueryTypes.SELECT, ...options });
  };

/** Each range of a type with each other one. */
const ofPairs = (expression: string, where = 'true'): Record<string, ContractCase['run']> =>
  Object.fromEntries(
    Object.keys(RANGES).map((type) => [
      type,
      askingTable(type, `SELECT x.id, y.id AS other, ${expression} FROM :spans x, :spans y WHERE ${where} ORDER BY 1, 2`),
    ]),
  );

const ofColumn = (sql: string): Record<string, ContractCase['run']> =>
  Object.fromEntries(Object.keys(RANGES).map((type) => [type, askingTable(type, sql)]));

export const rangeCases: readonly ContractCase[] = [
  ...feature(chapter, 'contains on ranges', {
    ...withRanges(Op.contains),
    'the empty range and NULL': asking(
      `SELECT '[1,5)'::int4range @> 'empty' AS a, 'empty'::int4range @> 'empty' AS b, 'empty'::int4range @> '(,)' AS c, NULL::int4range @> '[1,2)' AS d, '(,)'::int4range @> NULL::int AS e`,
    ),
    'of two types': asking(`SELECT '[1,5)'::int4range @> '[1,5)'::int8range AS x`),
    'a literal that is no range': asking(`SELECT '[1,5)'::int4range @> '[5,1)' AS x`),
    'a literal that is malformed': asking(`SELECT '[1,5)'::int4range @> '1,5' AS x`),
  }),
  ...feature(chapter, 'contains a value on ranges', {
    ...ofEachType(({ values }) => values, Op.contains),
    'of its row, on either side': askingTable('DECIMAL', 'SELECT id, span @> value AS a, value <@ span AS b FROM :spans ORDER BY id'),
    'a value in a range that is made': askingTable('INTEGER', 'SELECT id FROM :spans WHERE value <@ int4range(1, 5) ORDER BY id'),
    'days and times': askingTable(
      'DATE',
      `SELECT id, span @> '2020-01-15'::date::timestamptz AS a, span @> timestamptz '2020-01-31 23:59:59.999999+00' AS b FROM :spans ORDER BY id`,
    ),
    'a fraction': asking(`SELECT '[1,5)'::numrange @> 4.999 AS a, '[1,5)'::numrange @> 5.0 AS b, 1.000 <@ '[1,5)'::numrange AS c`),
    'a number that is too narrow': asking(`SELECT '[1,5)'::int8range @> 3 AS a`),
    'a number that is too wide': asking(`SELECT '[1,5)'::int4range @> 3::bigint AS a`),
    'digits beyond those of a double': asking(
      `SELECT '[0.1,0.3)'::numrange @> 0.29999999999999999999 AS a, '[0.1,0.3)'::numrange @> 0.3 AS b, '(0.1,0.3)'::numrange @> 0.10 AS c`,
    ),
    microseconds: asking(
      `SELECT '[2020-01-01 00:00:00.000001,2020-01-01 00:00:00.000002)'::tstzrange @> '2020-01-01 00:00:00.000001'::timestamptz AS a, '[2020-01-01 00:00:00.000001,2020-01-01 00:00:00.000002)'::tstzrange @> '2020-01-01 00:00:00.000002'::timestamptz AS b`,
    ),
    'infinity as a value': asking(
      `SELECT '[2020-01-01,)'::daterange @> 'infinity'::date AS a, '[2020-01-01,infinity)'::tsrange @> 'infinity'::timestamp AS b, '[1,)'::numrange @> 'NaN'::numeric AS c, '(,)'::numrange @> '-Infinity'::numeric AS d`,
    ),
  }),
  ...feature(chapter, 'contained on ranges', {
    ...withRanges(Op.contained),
    'between columns': askingTable(
      'INTEGER',
      'SELECT x.id, y.id AS other FROM :spans x JOIN :spans y ON x.span <@ y.span AND x.id <> y.id ORDER BY 1, 2',
    ),
  }),
  ...feature(chapter, 'overlap on ranges', {
    ...withRanges(Op.overlap),
    'that only touch': asking(
      `SELECT '[1,2]'::numrange && '[2,3]' AS a, '[1,2)'::numrange && '[2,3]' AS b, '[1,2]'::numrange && '(2,3]' AS c, '(,1]'::numrange && '[1,)' AS d`,
    ),
    'in a join': askingTable(
      'DATE',
      'SELECT x.id, y.id AS other FROM :spans x JOIN :spans y ON x.span && y.span AND x.id < y.id ORDER BY 1, 2',
    ),
    'a range that is made of values': askingTable(
      'DATEONLY',
      `SELECT id FROM :spans WHERE span && daterange('2020-01-31', '2020-02-01', '[]') ORDER BY id`,
    ),
    'a parameter': askingTable('INTEGER', 'SELECT id FROM :spans WHERE span && $1 ORDER BY id', { bind: ['[4,6)'] }),
  }),
  ...feature(chapter, 'adjacent', {
    ...withRanges(Op.adjacent),
    'whole numbers and fractions': asking(
      `SELECT '[1,2]'::int4range -|- '[3,4]' AS a, '[1,2]'::numrange -|- '[3,4]' AS b, '[1,2)'::numrange -|- '[2,3)' AS c, '[1,2]'::numrange -|- '[2,3)' AS d, '[1,2)'::numrange -|- '(2,3)' AS e, '[1,2]'::numrange -|- '(2.00,3)' AS f`,
    ),
    'empty, without bounds and NULL': asking(
      `SELECT 'empty'::int4range -|- '[1,2)' AS a, '(,)'::int4range -|- '[1,2)' AS b, '(,1)'::int4range -|- '[1,)' AS c, '[1,2)'::int4range -|- NULL AS d`,
    ),
  }),
  ...feature(chapter, 'strict left and right', {
    ...withRanges(Op.strictLeft, Op.strictRight),
    'empty and without bounds': asking(
      `SELECT 'empty'::int4range << '[1,2)' AS a, '[1,2)'::int4range >> 'empty' AS b, '(,1)'::int4range << '[1,2)' AS c, '(,)'::int4range << '[1,2)' AS d, '[1,2]'::numrange << '(2,3)' AS e, '[1,2]'::numrange << '[2,3)' AS f`,
    ),
  }),
  ...feature(chapter, 'no extend left and right', {
    ...withRanges(Op.noExtendRight, Op.noExtendLeft),
    'empty and equal bounds': asking(
      `SELECT 'empty'::int4range &< '[1,2)' AS a, '[1,2)'::numrange &< '[0,2]' AS b, '[1,2]'::numrange &< '[0,2)' AS c, '(1,2)'::numrange &> '[1,5)' AS d, '[1,2)'::numrange &> '(1,5)' AS e, '(,2)'::int4range &> '(,5)' AS f`,
    ),
  }),
  ...feature(chapter, 'equality and order of ranges', {
    ...withRanges(Op.eq, Op.ne, Op.gt, Op.lte),
    'in a list': askingTable('INTEGER', `SELECT id FROM :spans WHERE span IN ('[1,4]', 'empty', '(,5)') ORDER BY id`),
    'not in a list': askingTable('DECIMAL', `SELECT id FROM :spans WHERE span NOT IN ('[1.50,2.500)', 'empty') ORDER BY id`),
    'IS DISTINCT FROM': askingTable('DECIMAL', `SELECT id FROM :spans WHERE span IS DISTINCT FROM '[1.5,2.50]' ORDER BY id`),
    'forms of one range': asking(
      `SELECT '[1,3]'::int4range = '(0,4)' AS a, '[1.0,2]'::numrange = '[1,2.00]' AS b, '[1,2]'::numrange = '[1,2)' AS c, '[1,1)'::numrange = 'empty' AS d, '(1,2)'::int4range = 'empty' AS e, '[2020-01-01,]'::daterange = '[2020-01-01,)' AS f`,
    ),
    'one by one': asking(
      `SELECT 'empty'::int4range < '(,)' AS a, '(,1)'::int4range < '[0,1)' AS b, '[1,2)'::int4range < '[1,)' AS c, '[1,2]'::numrange > '[1,2)' AS d, '(1,2)'::numrange > '[1,3)' AS e, '[9,10)'::numrange < '[10,11)' AS f`,
    ),
  }),
  ...feature(chapter, 'the order of ranges', {
    ...ofColumn('SELECT id FROM :spans ORDER BY span, id'),
    descending: askingTable('DECIMAL', 'SELECT id FROM :spans ORDER BY span DESC NULLS LAST, id'),
    'groups of equal ranges': askingTable('INTEGER', 'SELECT span, count(*) AS n FROM :spans GROUP BY span ORDER BY span'),
    'distinct ranges': askingTable('INTEGER', 'SELECT DISTINCT span FROM :spans ORDER BY span'),
    rank: askingTable('DATEONLY', 'SELECT id, rank() OVER (ORDER BY span) AS n FROM :spans ORDER BY id'),
  }),
  ...feature(chapter, 'intersection, union and difference of ranges', {
    ...ofPairs('x.span * y.span AS r'),
    ...Object.fromEntries(
      Object.entries(ofPairs('x.span + y.span AS r', 'x.span && y.span OR x.span -|- y.span OR isempty(x.span)')).map(([type, run]) => [
        `union: ${type}`,
        run,
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(
        ofPairs('x.span - y.span AS r', '(x.span &< y.span) OR (x.span &> y.span) OR isempty(x.span) OR isempty(y.span) OR y.span IS NULL'),
      ).map(([type, run]) => [`difference: ${type}`, run]),
    ),
    'a union with a gap': asking(`SELECT '[1,2)'::int4range + '[5,6)' AS r`),
    'a difference with a hole': asking(`SELECT '[1,9)'::int4range - '[5,6)' AS r`),
    'digits of the bounds': asking(
      `SELECT '[1.50,2.0]'::numrange * '[1.5,2]' AS a, '[1.50,2.0]'::numrange + '[1.5,2]' AS b, '[1,5.50)'::numrange - '[2.00,6)' AS c`,
    ),
    'within conditions': askingTable(
      'INTEGER',
      `SELECT id, upper(span * '[0,6)') - lower(span * '[0,6)') AS n FROM :spans WHERE NOT isempty(span * '[0,6)') ORDER BY id`,
    ),
    'in an update': async (site) => {
      const model = await tableOf(site, RANGES['INTEGER'] as RangeSamples);
      const sql = `UPDATE "${model.tableName}" SET span = span * '[2,8)' WHERE span && '[2,8)' RETURNING id, span`;
      const [rows] = await site.sequelize.query(sql);
      return (rows as { id: number }[]).sort((a, b) => a.id - b.id);
    },
  }),
  ...feature(chapter, 'ranges in finders', {
    'a range as a condition': async (site) => {
      const model = await tableOf(site, RANGES['INTEGER'] as RangeSamples);
      const ids = async (where: WhereOptions) =>
        (await model.findAll({ attributes: ['id'], where, order: ['id'] })).map((row) => row['id']);
      const { sequelize } = site;
      return [
        await ids({ span: { [Op.eq]: [1, 5] } }),
        await ids({ span: null }),
        await ids({ span: { [Op.not]: null } }),
        await ids({ span: { [Op.contains]: 4 } }),
        await ids({ span: { [Op.contains]: sequelize.col('value') } }),
        await ids({ value: { [Op.contained]: sequelize.col('span') } }),
        await ids({ value: { [Op.contained]: sequelize.fn('int4range', 1, 5, '[]') } }),
        await ids({ span: { [Op.overlap]: sequelize.literal(`'[4,6)'::int4range`) } }),
        await ids({ [Op.and]: [{ span: { [Op.overlap]: [3, 6] } }, { [Op.not]: { span: { [Op.contains]: 5 } } }] }),
        await ids(sequelize.where(sequelize.fn('upper', sequelize.col('span')), { [Op.gt]: 5 })),
        await ids(sequelize.where(sequelize.fn('isempty', sequelize.col('span')), true as never)),
      ];
    },
    'parts of ranges as attributes': async (site) => {
      const { sequelize } = site;
      const model = await tableOf(site, RANGES['DATE'] as RangeSamples);
      const parts = ['lower', 'upper', 'isempty', 'lower_inc', 'upper_inc', 'lower_inf', 'upper_inf'];
      return await model.findAll({
        attributes: ['id', ...parts.map((name) => [sequelize.fn(name, sequelize.col('span')), name] as [never, string])],
        order: ['id'],
        raw: true,
      });
    },
    'a range that is made in an update': async (site) => {
      const { sequelize } = site;
      const model = await tableOf(site, RANGES['DECIMAL'] as RangeSamples);
      await model.update(
        { span: sequelize.fn('numrange', sequelize.fn('lower', sequelize.col('span')), 99.9, '[]') as never },
        { where: { id: { [Op.lt]: 6 } } },
      );
      return await model.findAll({ attributes: ['id', 'span'], order: ['id'] });
    },
    'a unique range': async (site) => {
      const model = await site.model('unique', { id, span: { type: DataTypes.RANGE(DataTypes.DECIMAL), unique: true } });
      await model.create({ span: ['1.0', '2'] });
      return [await model.create({ span: ['1', '2.5'] }), await model.create({ span: ['1.00', '2.0'] })];
    },
  }),
];
