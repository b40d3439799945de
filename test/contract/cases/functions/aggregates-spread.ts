import { col, fn } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { eachOfAll, ofAll, samples } from './asking.js';

const chapter = 'Functions';
const names = ['stddev', 'stddev_pop', 'stddev_samp', 'variance', 'var_pop', 'var_samp'];

export const spreadCases: readonly ContractCase[] = [
  ...names.flatMap((name) =>
    feature(chapter, name, {
      'of each type of number': ofAll(['n', 'm', 'f', 'u', 'b', 'id::smallint', 'f::real'].map((column) => `${name}(${column})`)),
      'of one row and of none': ofAll([
        `${name}(n) FILTER (WHERE id = 1)`,
        `${name}(f) FILTER (WHERE id = 1)`,
        `${name}(n) FILTER (WHERE false)`,
      ]),
      'DISTINCT, and of equal numbers': ofAll([`${name}(DISTINCT n)`, `${name}(DISTINCT f)`, `${name}(7)`, `${name}(id * 0)`]),
      'of other types': eachOfAll(`${name}(s)`, `${name}('1')`, `${name}(ok)`),
      'by groups': async (site) =>
        (await samples(site)).findAll({ attributes: ['n', [fn(name, col('m')), 'x']], group: ['n'], order: ['n'], raw: true }),
      'in an expression': { refused: `${name}() in a further expression`, run: ofAll([`${name}(n) + 1`]) },
    }),
  ),
  ...feature(chapter, 'mode', {
    'of each type': ofAll(['n', 'm', 'f', 's', 'day', 'ok', 'b'].map((column) => `mode() WITHIN GROUP (ORDER BY ${column})`)),
    'descending and FILTER': ofAll(['mode() WITHIN GROUP (ORDER BY n DESC)', 'mode() WITHIN GROUP (ORDER BY n) FILTER (WHERE n < 3)']),
    'wrong calls': eachOfAll('mode() OVER ()', 'mode() WITHIN GROUP (ORDER BY n) OVER ()'),
  }),
  ...feature(chapter, 'percentile_disc', {
    'of each type': ofAll(['n', 'm', 'f', 's', 'day', 'ok', 'b'].map((column) => `percentile_disc(0.5) WITHIN GROUP (ORDER BY ${column})`)),
    'of each fraction': ofAll([0, 0.25, 0.3, 0.75, 1].map((fraction) => `percentile_disc(${fraction}) WITHIN GROUP (ORDER BY m DESC)`)),
    'in an expression': ofAll(['percentile_disc(0.5) WITHIN GROUP (ORDER BY n) + 1']),
    'a fraction that is none': eachOfAll('percentile_disc(2) WITHIN GROUP (ORDER BY n)'),
  }),
  ...feature(chapter, 'percentile_cont', {
    'of each type of number': ofAll(['n', 'm', 'f', 'b'].map((column) => `percentile_cont(0.5) WITHIN GROUP (ORDER BY ${column})`)),
    'of each fraction': ofAll([0, 0.1, 0.25, 0.9, 1].map((fraction) => `percentile_cont(${fraction}) WITHIN GROUP (ORDER BY n)`)),
    'of no rows': ofAll(['percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE false)']),
    'several fractions': {
      refused: 'a fraction that is no literal number',
      run: ofAll(['percentile_cont(ARRAY[0.25, 0.5]) WITHIN GROUP (ORDER BY n)']),
    },
  }),
  ...feature(chapter, 'corr, covar_pop, regr_slope', {
    'of columns': { refused: 'aggregates of two numbers', run: ofAll(['corr(n, f)']) },
  }),
];
