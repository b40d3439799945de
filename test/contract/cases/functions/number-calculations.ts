import { cast, col, fn, literal } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { ofValues } from './asking.js';
import { eachOfQuantities, ofAllQuantities, ofQuantities, quantities } from './quantities.js';

const chapter = 'Functions';

export const numberCalculationCases: readonly ContractCase[] = [
  ...feature(chapter, 'casts of numbers', {
    'between them': ofQuantities(
      'i::float8',
      'i::numeric',
      'i::bigint',
      'p::int',
      'p::bigint',
      'p::float8',
      'f::numeric',
      'f::bigint',
      'b::numeric',
      'n::numeric(40,1)',
    ),
    'of halves': ofValues('1.5::int', '2.5::int', '-1.5::int', '0.5::int', '1.5::float8::int', '2.5::float8::int', '-0.5::float8::int'),
    'out of range': eachOfQuantities(
      'b::int',
      'p::smallint',
      'f::int',
      'n::bigint',
      "'99999999999'::int",
      "'1e400'::float8",
      "'1e40'::real",
    ),
    'of texts': ofValues(
      "'5'::int + 1",
      "'5.5'::int",
      "'abc'::int",
      "' 5 '::int",
      "'1e5'::numeric",
      "'1e5'::float8",
      "'NaN'::numeric",
      "'Infinity'::float8",
    ),
    'to text': ofQuantities('i::text', 'b::text', 'p::text'),
    'to text, of floats': ofValues(
      '0.1::float8',
      '1e15::float8',
      '1e14::float8',
      '123456789012345678::float8',
      '1e-7::float8',
      '0.1::real',
      '1e100::float8',
      '(0.1::float8 + 0.2::float8)::text',
    ),
    'through cast': async (site) =>
      (await quantities(site)).findAll({
        attributes: ['id', [cast(col('p'), 'integer'), 'a'], [cast(col('i'), 'text'), 'b']],
        order: [[cast(col('i'), 'text'), 'ASC']],
        raw: true,
      } as object),
  }),
  ...feature(chapter, 'decimals of results', {
    'of quotients': ofValues(
      '1.0 / 3',
      '10 / 4.0',
      '1 / 3.0',
      '100.0 / 7',
      '0.001 / 3',
      '1000000.0 / 3',
      '2.0 / 3 * 3',
      '1 / 3',
      '-7 / 2',
      '7 / 2.00',
    ),
    'of products and sums': ofValues('1.10 + 2.2', '1.5 * 1.50', '1.1 * 1.1', '1.10 - 1.1', '0.1 + 0.2', '2 * 1.50', '10.0 % 3'),
    'of columns': ofQuantities('p + 1', 'p * 1.5', 'p / 3', 'i / 2.0', 'i + p', 'e * 2', 'n + 1', 'n * 2'),
    'of sums and averages': ofAllQuantities(
      'sum(p)',
      'avg(p)',
      'avg(i)',
      'sum(e)',
      'sum(n)',
      'avg(n)',
      'avg(f)',
      'avg(p) * 2',
      'sum(p) / count(p)',
      'sum(i) / count(*)',
    ),
    'over windows': ofQuantities('sum(p) OVER (ORDER BY id)', 'avg(i) OVER (ORDER BY id)', 'sum(b / 4) OVER (ORDER BY id)'),
  }),
  ...feature(chapter, 'errors of numbers', {
    overflow: eachOfQuantities(
      '2147483647 + 1',
      'b + 10',
      'b * 2',
      'i * 2147483647',
      '-2147483648 - i * i - 1',
      'i::smallint * 32767::smallint',
      '10 ^ 400',
      '1e308::float8 * 10',
    ),
    'division by zero': eachOfQuantities('i / 0', 'p / 0', 'f / 0', 'i % 0', '1 / i', 'n / 0', 'p % 0'),
    'not a number': ofValues(
      "'NaN'::float8 + 1",
      "'Infinity'::float8 - 'Infinity'::float8",
      "'NaN'::float8 = 'NaN'::float8",
      "'NaN'::numeric > 1e300",
      "'Infinity'::float8 * 0",
    ),
  }),
  ...feature(chapter, 'sum of bigint', {
    'within 64 bits': ofAllQuantities('sum(b / 2)', 'sum(b / 2) + 1', 'avg(b / 4)'),
    'through fn': async (site) => (await quantities(site)).findAll({ attributes: [[fn('sum', literal('b % 1000')), 'x']], raw: true }),
    'beyond 64 bits': {
      refused: 'sums beyond 64 bits',
      run: (site) => site.sequelize.query('SELECT sum(v) AS x FROM (VALUES (9223372036854775807), (9223372036854775807)) AS t (v)'),
    },
  }),
  ...feature(chapter, 'bits', {
    'of columns': ofQuantities('i & 3', 'i | 8', 'i # 5', '~i', 'i << 2', 'i >> 1', 'b & 255'),
    'of literals': ofValues('1 << 31', '1 << 32', '1::bigint << 63', '-1 >> 1', '5 & 2.0', '~5::smallint'),
  }),
];
