import { col, fn, literal, Op, where } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { eachOfRows, found, ofRows, ofValues, samples } from './asking.js';

const chapter = 'Functions';

export const conditionalCases: readonly ContractCase[] = [
  ...feature(chapter, 'coalesce', {
    'of literals': ofValues(
      'coalesce(NULL, 1)',
      'coalesce(NULL, NULL)',
      "coalesce(NULL, 'a')",
      'coalesce(1, 1/0)',
      'coalesce(1)',
      'coalesce()',
    ),
    'of columns': ofRows("coalesce(s, 'none')", 'coalesce(n, 0)', 'coalesce(m, 0)', 'coalesce(m, 1.5)', 'coalesce(f, n)', 'coalesce(v, c)'),
    'of types that do not match': eachOfRows('coalesce(s, 1)', "coalesce(n, 'x')", "coalesce(n, '5')", 'coalesce(day, n)'),
    'in where and order': found(() => ({
      where: where(fn('coalesce', col('n'), 7), { [Op.gt]: 2 }),
      order: [[fn('coalesce', col('v'), 'zz'), 'DESC']],
    })),
    'in group': async (site) =>
      (await samples(site)).findAll({
        attributes: [
          [fn('coalesce', col('n'), 0), 'k'],
          [fn('count', literal('*')), 'rows'],
        ],
        group: ['k'],
        order: [[literal('"k"'), 'ASC']],
        raw: true,
      }),
  }),
  ...feature(chapter, 'nullif', {
    'of literals': ofValues(
      'nullif(1, 1)',
      'nullif(1, 2)',
      'nullif(NULL, 1)',
      'nullif(1, NULL)',
      "nullif('a', 'a')",
      'nullif(1, 1.0)',
      "nullif(1, 'a')",
    ),
    'of columns': ofRows("nullif(s, '')", 'nullif(n, 0)', 'nullif(m, 10.5)', "nullif(c, 'ab')", 'nullif(n, 5.0)', 'nullif(f, 0.1)'),
    'guards a division': ofRows('10 / nullif(n, 0)'),
  }),
  ...feature(chapter, 'greatest, least', {
    'of literals': ofValues(
      'greatest(1, NULL, 3)',
      'greatest(NULL, NULL)',
      "least('a', 'B')",
      'greatest(1, 2.5)',
      'least(1.50, 1.5)',
      "least(date '2020-01-01', '2019-01-01')",
      "greatest(1, 'x')",
      'greatest()',
    ),
    'of columns': ofRows(
      'greatest(n, id)',
      'least(n, 1)',
      'greatest(m, 1)',
      'greatest(f, n)',
      'least(s, v)',
      'least(b, n)',
      "greatest(day, '2020-01-01')",
    ),
    'of NaN': ofRows("greatest(f, 'NaN')", "least(f, 'NaN')"),
    'in an update': async (site) => {
      const model = await samples(site);
      await model.update({ n: fn('greatest', col('n'), 1) }, { where: {} });
      return model.findAll({ attributes: ['id', 'n'], order: ['id'], raw: true });
    },
  }),
  ...feature(chapter, 'num_nulls, num_nonnulls', {
    'of literals': ofValues('num_nulls(1, NULL)', "num_nonnulls(1, NULL, 'a')", 'num_nulls(NULL)', 'num_nulls()'),
    'of columns': ofRows('num_nulls(s, n, ok)', 'num_nonnulls(s, n, ok)'),
    'in where': found(() => ({ where: where(fn('num_nulls', col('s'), col('ok')), { [Op.gt]: 0 }) })),
  }),
  ...feature(chapter, 'CASE', {
    'of conditions': ofRows(
      "CASE WHEN n > 0 THEN 'more' WHEN n < 0 THEN 'less' ELSE 'zero' END",
      'CASE WHEN ok THEN m ELSE n END',
      'CASE WHEN n = 0 THEN 0 ELSE 10 / n END',
    ),
    'of values': ofRows("CASE n WHEN 3 THEN 'three' WHEN -2 THEN 'less' END", "CASE s WHEN NULL THEN 'null' ELSE 'other' END"),
    'of types that do not match': eachOfRows('CASE WHEN n > 0 THEN n ELSE s END', 'CASE WHEN n THEN 1 END', "CASE n WHEN 'a' THEN 1 END"),
    'is evaluated as far as it must': ofValues('CASE WHEN true THEN 1 ELSE 1/0 END', 'CASE WHEN NULL THEN 1/0 END'),
    'in order, through literal': found(() => ({ order: [[literal(`CASE WHEN "n" = 0 THEN 0 ELSE 1 END`), 'ASC'], 'id'] })),
  }),
];
