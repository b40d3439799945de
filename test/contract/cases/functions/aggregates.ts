import { cast, col, fn, literal, Op, where } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { gatheringCases } from './aggregates-gathering.js';
import { spreadCases } from './aggregates-spread.js';
import { eachOfAll, ofAll, samples } from './asking.js';
import { conditionalCases } from './conditional.js';
import { windowCases } from './windows.js';

const chapter = 'Functions';
const numbers = ['n', 'm', 'f', 'u', 'b'];

/** A call of each column. */
const ofEach = (name: string, columns: readonly string[] = numbers): string[] => columns.map((column) => `${name}(${column})`);

const counts: readonly ContractCase[] = feature(chapter, 'count', {
  'of rows and values': ofAll(['count(*)', 'count(n)', 'count(1)', 'count(NULL)', "count('x')", 'count(ok)']),
  DISTINCT: ofAll([
    'count(DISTINCT n)',
    'count(DISTINCT m)',
    'count(DISTINCT u)',
    'count(DISTINCT s)',
    'count(DISTINCT c)',
    'count(DISTINCT (n, ok))',
  ]),
  FILTER: ofAll(['count(*) FILTER (WHERE n > 0)', 'count(n) FILTER (WHERE ok)', 'count(DISTINCT n) FILTER (WHERE id > 1)']),
  'of no rows': ofAll(['count(*)', 'count(n)'], 'WHERE false'),
  'through Model.count': async (site) => {
    const model = await samples(site);
    return [
      await model.count(),
      await model.count({ col: 'n' }),
      await model.count({ col: 'n', distinct: true }),
      await model.count({ where: { n: { [Op.gt]: 0 } } }),
      ((await model.count({ group: ['n'] })) as unknown as { n: number }[]).sort((a, b) => a.n - b.n),
    ];
  },
  'wrong calls': eachOfAll('count()', 'count(n, m)', 'count(DISTINCT *)', 'count(count(*))', 'count(*) FILTER (WHERE count(*) > 1)'),
});

const sums: readonly ContractCase[] = [
  ...feature(chapter, 'sum', {
    'of each type of number': ofAll([...ofEach('sum'), 'sum(id::smallint)', 'sum(f::real)']),
    'DISTINCT and FILTER': ofAll([
      'sum(DISTINCT n)',
      'sum(DISTINCT m)',
      'sum(DISTINCT f)',
      'sum(n) FILTER (WHERE ok)',
      'sum(m) FILTER (WHERE n > 99)',
    ]),
    'of no rows': ofAll(ofEach('sum'), 'WHERE false'),
    'of other types': eachOfAll('sum(s)', 'sum(ok)', 'sum(day)', "sum('1')", 'sum(bytes)'),
    'through Model.sum': async (site) => {
      const model = await samples(site);
      return [
        await model.sum('n'),
        await model.sum('m'),
        await model.sum('f'),
        await model.sum('b'),
        await model.sum('n', { where: { id: 99 } }),
      ];
    },
    'of floats, one after the other': async (site) => {
      const model = await site.model('floats', { x: 'DOUBLE PRECISION', y: 'REAL' });
      await model.bulkCreate([0.1, 0.2, 0.3, 1e16, -1e16, 1 / 3].map((x) => ({ x, y: x })));
      return [
        await model.sum('x'),
        await model.sum('y'),
        await model.aggregate('x', 'avg', { dataType: 'float' }),
        await model.aggregate('y', 'avg'),
      ];
    },
    'past the largest float': async (site) => {
      const model = await site.model('large', { x: 'DOUBLE PRECISION' });
      await model.bulkCreate([{ x: 1.5e308 }, { x: 1.5e308 }]);
      return model.sum('x');
    },
    'past 64 bits': {
      refused: 'A sum beyond 64 bits',
      run: ofAll(['sum(9223372036854775807 - id)']),
    },
  }),
  ...feature(chapter, 'avg', {
    'of each type of number': ofAll([...ofEach('avg'), 'avg(id::smallint)', 'avg(f::real)']),
    'DISTINCT and FILTER': ofAll(['avg(DISTINCT n)', 'avg(DISTINCT m)', 'avg(DISTINCT f)', 'avg(n) FILTER (WHERE ok)']),
    'of no rows': ofAll(ofEach('avg'), 'WHERE false'),
    'of other types': eachOfAll('avg(s)', 'avg(ok)', 'avg(day)', 'avg(NULL)'),
    'in expressions': ofAll(['round(avg(n), 2)', 'avg(m)::numeric(10,2)', 'avg(n) > 1', 'avg(n)::float']),
    'through Model.aggregate': async (site) => {
      const model = await samples(site);
      return [await model.aggregate('n', 'avg', { dataType: 'float' }), await model.aggregate('m', 'avg', { dataType: 'decimal' })];
    },
  }),
];

const extremes: readonly ContractCase[] = feature(chapter, 'min, max', {
  'of each type': ofAll(['n', 'm', 'f', 'u', 'b', 's', 'v', 'c', 'day'].flatMap((column) => [`min(${column})`, `max(${column})`])),
  'DISTINCT and FILTER': ofAll(['min(DISTINCT n)', 'max(s) FILTER (WHERE id < 3)', 'max(n) FILTER (WHERE false)']),
  'of literals': eachOfAll("min('a')", 'max(1)', 'max(NULL)', 'min(1.5)'),
  'of other types': eachOfAll('min(ok)', 'max(bytes)', 'max(n, b)'),
  'through Model.min and Model.max': async (site) => {
    const model = await samples(site);
    return [
      await model.min('n'),
      await model.max('m'),
      await model.max('s'),
      await model.min('day'),
      await model.max('n', { where: { id: 99 } }),
    ];
  },
});

const groups: readonly ContractCase[] = feature(chapter, 'aggregates with GROUP BY and HAVING', {
  'through Sequelize': async (site) =>
    (await samples(site)).findAll({
      attributes: ['n', [fn('count', col('id')), 'rows'], [fn('sum', col('m')), 'total'], [fn('max', col('s')), 'last']],
      group: ['n'],
      having: where(fn('count', col('id')), { [Op.gte]: 1 }),
      order: [['n', 'ASC']],
      raw: true,
    }),
  'of an expression': async (site) =>
    (await samples(site)).findAll({
      attributes: [
        [fn('date_trunc', 'year', cast(col('day'), 'timestamp')), 'year'],
        [fn('count', literal('*')), 'rows'],
      ],
      group: [literal('1') as never],
      order: [literal('1')],
      raw: true,
    }),
  'HAVING without GROUP BY': ofAll(['count(*)'], 'HAVING count(*) > 1'),
  'HAVING that none fulfils': ofAll(['count(*)'], 'HAVING count(*) > 100'),
  'sorted by an aggregate': ofAll(['n', 'sum(m)'], 'GROUP BY n ORDER BY sum(m) DESC NULLS LAST, n'),
  'expressions of aggregates': ofAll([
    'max(n) - min(n)',
    'count(*) + 1',
    'coalesce(sum(n), 0)',
    'sum(CASE WHEN ok THEN 1 ELSE 0 END)',
    'bool_or(n = 3) AND count(*) > 1',
  ]),
  'columns that are not grouped': eachOfAll('s, count(*)', 'n, max(s)'),
  'ROLLUP, CUBE and GROUPING SETS': {
    refused: 'GROUP BY ROLLUP, CUBE, GROUPING SETS',
    run: ofAll(['n', 'count(*)'], 'GROUP BY ROLLUP (n)'),
  },
  'modifiers of what is no aggregate': eachOfAll('lower(DISTINCT s)', 'lower(s) FILTER (WHERE true)', 'lower(s ORDER BY s)'),
});

const booleans: readonly ContractCase[] = feature(chapter, 'bool_and, bool_or, every', {
  'of columns and conditions': ofAll([
    'bool_and(ok)',
    'bool_or(ok)',
    'every(ok)',
    'bool_and(n > -5)',
    'bool_or(n > 100)',
    'bool_and(NULL)',
  ]),
  'of other types': eachOfAll('bool_and(n)', "bool_or('true')"),
  'of no rows': ofAll(['bool_and(ok)', 'bool_or(ok)'], 'WHERE false'),
});

const bits: readonly ContractCase[] = feature(chapter, 'bit_and, bit_or, bit_xor', {
  'of columns': ofAll(['bit_and(n)', 'bit_or(n)', 'bit_xor(n)', 'bit_or(b)', 'bit_or(DISTINCT n)', 'bit_and(n) FILTER (WHERE n > 0)']),
  'of no rows and other types': eachOfAll('bit_and(n) FILTER (WHERE false)', 'bit_or(m)', 'bit_or(s)'),
  'in an expression': { refused: 'bit_or() in a further expression', run: ofAll(['bit_or(n) + 1']) },
});

export const aggregateCases: readonly ContractCase[] = [
  ...conditionalCases,
  ...counts,
  ...sums,
  ...extremes,
  ...groups,
  ...booleans,
  ...bits,
  ...gatheringCases,
  ...spreadCases,
  ...windowCases,
];
