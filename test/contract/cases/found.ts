import { col, DataTypes, fn, literal, type ModelStatic, Op, QueryTypes, where } from 'sequelize';
import { type ContractCase, feature, type Row, type Site } from '../contract-case.js';

const chapter = 'Found by the generators';
const { ARRAY, BIGINT, CHAR, CIDR, CITEXT, DECIMAL, DOUBLE, INET, INTEGER, JSONB, RANGE, SMALLINT, TEXT } = DataTypes;

/** Rows with what the generators came upon. */
async function things(site: Site): Promise<ModelStatic<Row>> {
  const model = await site.model('things', {
    id: { type: INTEGER, primaryKey: true },
    fixed: CHAR(4),
    word: TEXT,
    name: CITEXT,
    small: SMALLINT,
    big: BIGINT,
    dbl: DOUBLE,
    ip: INET,
    net: CIDR,
    span: RANGE(INTEGER),
    bigs: ARRAY(BIGINT),
    decs: ARRAY(DECIMAL),
    tags: ARRAY(TEXT),
    names: ARRAY(DataTypes.STRING),
    doc: JSONB,
  });
  await model.bulkCreate([
    {
      id: 1,
      fixed: 'a',
      word: 'two\nlines',
      name: 'Ann',
      small: 0,
      big: '9223372036854775807',
      dbl: 0.5,
      ip: '10.0.0.1/8',
      net: '10.0.0.0/8',
      span: [1, 5],
      bigs: ['1', '2'],
      decs: ['1', '2'],
      tags: ['a'],
      names: ['a', 'b'],
      doc: { a: [1] },
    },
    {
      id: 2,
      fixed: 'a b',
      word: null,
      name: 'ann',
      small: -3,
      big: '9223372036854775807',
      dbl: null,
      ip: '::1',
      net: '10.1.2.3',
      span: null,
      bigs: [],
      decs: null,
      tags: [],
      names: null,
      doc: 5,
    },
    {
      id: 3,
      fixed: null,
      word: 'Ann',
      name: null,
      small: null,
      big: '1',
      dbl: NaN,
      ip: null,
      net: null,
      span: [],
      bigs: null,
      decs: ['NaN'],
      tags: null,
      names: [],
      doc: null,
    },
  ]);
  return model;
}

/** The ids of the rows that the condition selects. */
const ids =
  (condition: unknown): ContractCase['run'] =>
  async (site) => {
    const model = await things(site);
    return (await model.findAll({ where: condition as never, order: ['id'] })).map((row) => row.get('id'));
  };

/** One column of each row. */
const values =
  (expression: unknown): ContractCase['run'] =>
  async (site) => {
    const model = await things(site);
    return await model.findAll({ attributes: ['id', [expression as never, 'value']], order: ['id'], raw: true });
  };

/** `'x' || 'x' || …` */
const chain = (links: number): string => Array.from({ length: links }, () => `'x'`).join(' || ');

export const foundCases: readonly ContractCase[] = [
  ...feature(chapter, 'char(n) in concat()', {
    'keeps its blanks in a condition': ids(where(fn('concat', col('fixed'), '-', col('word')), { [Op.lte]: 'a-a' })),
    'keeps its blanks in the result': values(fn('concat_ws', '-', col('fixed'), col('fixed'))),
    'loses them behind ||': values(literal(`"fixed" || '-'`)),
  }),
  ...feature(chapter, 'CIDR compared as INET', {
    'a host of the network is no error': ids({ net: '10.0.0.1/8' }),
    'a network and its bounds': ids({ net: { [Op.between]: ['10.0.0.0/8', '10.1.2.3'] } }),
    'with a column of type INET': ids({ net: { [Op.gt]: col('ip') } }),
    'a text that is neither': ids({ net: { [Op.ne]: 'x' } }),
    'max() is an INET': values(literal(`(SELECT max(o.net) FROM (SELECT "net") AS o)`)),
  }),
  ...feature(chapter, 'lists of constants', {
    'of a number and a text beyond the column': ids({ small: { [Op.in]: ['70000', 0] } }),
    'of texts alone': ids({ small: { [Op.in]: ['70000', '0'] } }),
    'without NULL': ids({ small: { [Op.notIn]: ['70000', 0] } }),
    'with NULL': ids({ small: { [Op.notIn]: [0, null] } }),
    'of bounds where a range is asked': ids({ span: { [Op.notIn]: [5, 10] } }),
    'of arrays of another type': ids({ bigs: { [Op.in]: literal('("decs", "bigs")') } }),
  }),
  ...feature(chapter, 'the first of several errors', {
    'a bad literal before a missing operator': ids({ span: { [Op.in]: [literal(`'x'::int4`), 5] } }),
    'a missing function in the columns before the condition': async (site) => {
      const model = await things(site);
      return await model.findAll({ attributes: [[fn('no_such_function', col('small')), 'x']], where: { noSuchColumn: 1 } as never });
    },
    'a bad literal before an ungrouped column': async (site) => {
      const model = await things(site);
      return await model.findAll({ attributes: ['id', [fn('max', col('small')), 'x']], where: { ip: 'x' } });
    },
  }),
  ...feature(chapter, 'arrays of like elements', {
    'text[] || varchar[]': values(literal('"tags" || "names"')),
    'text[] @> varchar[]': ids({ tags: { [Op.contains]: literal('"names"') } }),
    'bigint[] = numeric[]': ids({ bigs: { [Op.eq]: col('decs') } }),
  }),
  ...feature(chapter, 'digits of a MACADDR', {
    'ten of them': values(literal(`'2147483648'::macaddr`)),
    'twelve of them': values(literal(`'214748364801'::macaddr`)),
    'one for a byte': values(literal(`'8:0:2b:1:2:3'::macaddr`)),
    'pairs with blanks': values(literal(`'08 0 2b:1 02 3'::macaddr`)),
  }),
  ...feature(chapter, 'zero with a sign', {
    'of REAL': values(literal('-(0::real)')),
    'of DOUBLE': values(literal('-(0::float8)')),
  }),
  ...feature(chapter, 'hstore has no order', {
    'beside a bad literal': ids({
      small: { [Op.gt]: literal(`(SELECT count(*) FROM (SELECT 'a=>1'::hstore AS h) AS x WHERE h > '=>1')`) },
    }),
  }),
  ...feature(chapter, 'sums beyond 64 bits', {
    'of BIGINT': { refused: 'a sum of integers that 64 bits do not hold', run: async (site) => await (await things(site)).sum('big') },
    'of BIGINT that fit': async (site) => await (await things(site)).sum('big', { where: { id: 1 } as never }),
  }),
  ...feature(chapter, 'EXISTS and OFFSET', {
    'a row with several matches counts once': async (site) => {
      const model = await things(site);
      const table = `"${model.tableName}"`;
      const found = literal(`EXISTS (SELECT 1 FROM ${table} AS o WHERE o.big > ${table}.small)`);
      return await model.findAndCountAll({ attributes: ['id'], where: { [Op.and]: [found] }, order: ['id'], limit: 1, offset: 1 });
    },
    'in a subquery': async (site) => {
      const { tableName } = await things(site);
      const inner = `SELECT id FROM "${tableName}" AS t WHERE EXISTS (SELECT 1 FROM "${tableName}" AS o WHERE o.big > t.small)`;
      return await site.sequelize.query(`SELECT * FROM (${inner}) AS x ORDER BY id OFFSET 1`, { type: QueryTypes.SELECT });
    },
    'in a view': async (site) => {
      const { tableName } = await things(site);
      const view = `"${site.name('found')}"`;
      await site.sequelize.query(
        `CREATE VIEW ${view} AS SELECT id FROM "${tableName}" AS t WHERE EXISTS (SELECT 1 FROM "${tableName}" AS o WHERE o.big > t.small)`,
      );
      return await site.sequelize.query(`SELECT * FROM ${view} ORDER BY id OFFSET 1`, { type: QueryTypes.SELECT });
    },
  }),
  ...feature(chapter, 'very deep expressions', {
    'in an UPDATE': {
      refused: 'an expression of more than 1000 levels',
      run: async (site) => await (await things(site)).update({ word: literal(chain(1200)) }, { where: { id: 1 } }),
    },
    'in a query': { refused: 'an expression of more than 1000 levels', run: values(literal(chain(1200))) },
    'of 500 levels': values(literal(chain(500))),
  }),
];
