import { cast, col, fn, literal, Op, where } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { ofAllQuantities, ofQuantities, quantities } from './quantities.js';
import { numberCalculationCases } from './number-calculations.js';
import { numberFormatCases } from './number-formats.js';
import { ofValues, one } from './asking.js';

const chapter = 'Functions';
const numericMath = 'sqrt, exp, ln, log and power of numeric (more digits than SQLite reckons with)';

/** Numbers at the edges of rounding. */
const HALVES = ['0.5', '1.5', '2.5', '-0.5', '-1.5', '-2.5', '0.4', '-0.4', '0', '7'];
const halves = (name: string, type: string) => ofValues(...HALVES.map((text) => `${name}('${text}'::${type})`));
const long = (name: string) =>
  ofValues(
    `${name}(123456789012345678901234567890.5)`,
    `${name}(-99999999999999999999.95)`,
    `${name}(0.00000000000000000000000001)`,
    `${name}('NaN'::numeric)`,
    `${name}(NULL)`,
  );

function roundingOf(name: string): readonly ContractCase[] {
  return feature(chapter, name, {
    'of columns': ofQuantities(...['i', 'p', 'e', 'n', 'f', 'b'].map((column) => `${name}(${column})`)),
    'of halves as numeric': halves(name, 'numeric'),
    'of halves as double precision': halves(name, 'float8'),
    'of numbers of any length': long(name),
    'of aggregates': ofAllQuantities(`${name}(avg(p))`, `${name}(sum(e))`, `${name}(avg(f))`, `${name}(count(*) / 2.0)`),
    'of what is no number': ofValues(`${name}(true)`, `${name}(date '2020-01-01')`, `${name}()`),
    'through fn, in where and order': async (site) =>
      (await quantities(site)).findAll({
        attributes: ['id', [fn(name, col('p')), 'x']],
        where: where(fn(name, col('p')), { [Op.ne]: 1 }),
        order: [[fn(name, col('p')), 'DESC'], 'id'],
        raw: true,
      }),
  });
}

function toPlaces(name: string): readonly ContractCase[] {
  return feature(chapter, `${name} to decimals`, {
    'of columns': ofQuantities(
      `${name}(p, 1)`,
      `${name}(p, 0)`,
      `${name}(p, 5)`,
      `${name}(e, 2)`,
      `${name}(n, 2)`,
      `${name}(i, 2)`,
      `${name}(p * 1.19, 2)`,
    ),
    'of ties': ofValues(
      ...['2.345', '-2.345', '0.05', '99.995', '1.005'].flatMap((text) => [`${name}(${text}, 2)`, `${name}(${text}, 1)`]),
    ),
    'before the point': ofValues(
      `${name}(12355, -1)`,
      `${name}(-15, -1)`,
      `${name}(5, -1)`,
      `${name}(4, -1)`,
      `${name}(1234.5, -2)`,
      `${name}(49, -2)`,
    ),
    'to many decimals': ofValues(`${name}(1.23456789, 20)`, `${name}(1.5, 25)`, `${name}(0, 3)`, `${name}(123456789012345678.9, 18)`),
    'of aggregates': ofAllQuantities(
      `${name}(avg(p), 2)`,
      `${name}(avg(i), 1)`,
      `${name}(sum(n), 1)`,
      `${name}(sum(p) / count(*), 3)`,
      `${name}(avg(f)::numeric, 2)`,
    ),
    'of shares': ofAllQuantities(
      `${name}(count(*) FILTER (WHERE i > 0) * 100.0 / count(*), 1)`,
      `${name}(100.0 * count(i) / nullif(count(*), 0), 2)`,
    ),
    'of shares over windows': async (site) => {
      const { tableName } = await quantities(site);
      return site.sequelize.query(
        `SELECT i > 0 AS positive, ${name}(100.0 * count(*) / sum(count(*)) OVER (), 1) AS share, ${name}(avg(sum(p)) OVER (), 2) AS mean
         FROM "${tableName}" GROUP BY 1 ORDER BY 1`,
      );
    },
    'of double precision': ofValues(`${name}(2.5::float8, 1)`, `${name}('2.345', 2)`),
    'to a number of decimals of the row': {
      refused: 'a number of decimals that is not a literal',
      run: (site) => site.sequelize.query(`SELECT ${name}(1.25, v) AS x FROM (VALUES (1)) AS t (v)`),
    },
  });
}

const rounded: readonly ContractCase[] = [
  ...roundingOf('ceil'),
  ...roundingOf('floor'),
  ...roundingOf('round'),
  ...roundingOf('trunc'),
  ...toPlaces('round'),
  ...toPlaces('trunc'),
  ...feature(chapter, 'ceiling', { 'is ceil': ofValues('ceiling(-1.5)', 'ceiling(1.2::float8)', 'ceiling(3)') }),
  ...feature(chapter, 'abs', {
    'of columns': ofQuantities('abs(i)', 'abs(p)', 'abs(e)', 'abs(n)', 'abs(f)', 'abs(b)', '@ i'),
    'of literals': ofValues(
      'abs(-0.50)',
      "abs('-5')",
      "abs('-Infinity'::float8)",
      "abs('NaN'::numeric)",
      'abs(-2147483648::int)',
      'abs(true)',
    ),
    'of numbers of any length': long('abs'),
  }),
  ...feature(chapter, 'sign', {
    'of columns': ofQuantities('sign(i)', 'sign(p)', 'sign(e)', 'sign(n)', 'sign(f)', 'sign(b)'),
    'of numbers of any length': long('sign'),
  }),
];

const divided: readonly ContractCase[] = [
  ...feature(chapter, 'mod', {
    'of columns': ofQuantities('mod(i, 3)', 'mod(b, 10)', 'mod(p, 3)', 'mod(p, 0.7)', 'i % 4', 'p % 1.5'),
    'of literals': ofValues('mod(-7, 3)', 'mod(7, -3)', 'mod(7.5, -2)', 'mod(1, 0)', 'mod(1.5, 0)', 'mod(1::float8, 2)'),
    'in where': async (site) =>
      (await quantities(site)).findAll({ attributes: ['id'], where: where(fn('mod', col('i'), 2), '1'), order: ['id'], raw: true }),
  }),
  ...feature(chapter, 'div', {
    'of numbers': ofValues('div(7, 2)', 'div(-7, 2)', 'div(7.5, 2)', 'div(1, 0)', 'div(-0.5, 1)', 'div(NULL, 1)'),
  }),
  ...feature(chapter, 'gcd, lcm', {
    'of whole numbers': ofValues(
      'gcd(12, 18)',
      'lcm(4, 6)',
      'gcd(0, 0)',
      'lcm(0, 5)',
      'gcd(-12, 18)',
      'lcm(-4, 6)',
      'gcd(12::bigint, 18)',
      'lcm(2147483647, 2147483646)',
      'gcd(NULL, 5)',
    ),
    'of columns': ofQuantities('gcd(i, 21)', 'lcm(i, 3)'),
    'of numeric': { refused: 'gcd() and lcm() of numeric', run: one('gcd(12.5, 5)') },
  }),
  ...feature(chapter, 'width_bucket', {
    'of columns': ofQuantities('width_bucket(i, 0, 100, 7)', 'width_bucket(f, 0, 10, 5)', 'width_bucket(i, 10, -10, 4)'),
    'of literals': ofValues(
      'width_bucket(3, 0, 10, 5)',
      'width_bucket(10, 0, 10, 5)',
      'width_bucket(-1, 0, 10, 5)',
      'width_bucket(1, 0, 10, 0)',
      'width_bucket(1, 5, 5, 3)',
      'width_bucket(NULL, 0, 1, 2)',
    ),
    'by thresholds': { refused: 'width_bucket() by an array', run: one('width_bucket(3, ARRAY[0, 5, 10])') },
    'of numeric': { refused: 'width_bucket() of numeric', run: one('width_bucket(5.35, 0.024, 10.06, 5)') },
  }),
  ...feature(chapter, 'scale, min_scale, trim_scale', {
    'of columns': ofQuantities(
      'scale(p)',
      'min_scale(p)',
      'trim_scale(p)',
      'scale(n)',
      'min_scale(n)',
      'trim_scale(n)',
      'trim_scale(e)',
      'scale(i)',
    ),
    'of literals': ofValues(
      'scale(1.50)',
      'min_scale(100.0100)',
      'trim_scale(-5.500)',
      'trim_scale(0.00)',
      "scale('NaN'::numeric)",
      'scale(1.5::float8)',
    ),
  }),
];

const higher: readonly ContractCase[] = [
  ...feature(chapter, 'power', {
    'of double precision': ofValues(
      'power(2, 10)',
      'power(2::float8, 0.5)',
      '2 ^ 10',
      '(-3) ^ 3',
      '10 ^ -2',
      'power(0, -1)',
      'power(-8::float8, 0.5::float8)',
      'power(10, 400)',
    ),
    'of columns': ofQuantities('power(i, 2)', 'power(f, 2)', 'i ^ 3'),
    'of numeric': { refused: numericMath, run: one('power(1.5, 2)') },
  }),
  ...feature(chapter, 'sqrt', {
    'of double precision': ofValues('sqrt(16)', 'sqrt(2)', '|/ 25', 'sqrt(-1)', "sqrt('2')", "sqrt('NaN'::float8)"),
    'of columns': ofQuantities('sqrt(abs(i))', 'sqrt(f * f)'),
    'of numeric': { refused: numericMath, run: one('sqrt(2.0)') },
  }),
  ...feature(chapter, 'cbrt', { 'a cube root': { refused: 'cbrt() (SQLite has none)', run: one('cbrt(27)') } }),
  ...feature(chapter, 'exp, ln, log', {
    'of double precision': ofValues(
      'exp(1)',
      'exp(0)',
      'exp(-2.5::float8)',
      'exp(1000)',
      'ln(2)',
      'ln(0)',
      'ln(-1)',
      'log(100)',
      'log10(1000)',
      'log(0)',
    ),
    'of columns': ofQuantities('exp(f / 1000000)', 'ln(abs(f) + 1)', 'log(abs(i)::float8 + 1)'),
    'of numeric': { refused: numericMath, run: one('exp(1.0)') },
    'to another base': { refused: numericMath, run: one('log(2, 8)') },
  }),
  ...feature(chapter, 'sin, cos, tan and their like', {
    'of literals': ofValues(
      ...[
        'sin(1)',
        'cos(1)',
        'tan(1)',
        'cot(1)',
        'asin(0.5)',
        'acos(0.5)',
        'atan(1)',
        'atan2(1, 2)',
        'sinh(1)',
        'cosh(1)',
        'tanh(1)',
        'asinh(1)',
        'acosh(2)',
        'atanh(0.5)',
      ],
      'asin(2)',
      'acosh(0.5)',
      'atanh(-2)',
      "sin('Infinity'::float8)",
      "cos('NaN'::float8)",
      'sin(NULL)',
      'sin(true)',
    ),
    'of columns': ofQuantities('sin(f)', 'cos(i)', 'atan(p)', 'tanh(f)'),
    'degrees and radians': ofValues('degrees(0.5)', 'degrees(pi())', 'radians(45)', 'radians(-90)', 'pi()'),
    'a distance on the globe': ofQuantities(
      '6371 * acos(cos(radians(52.52)) * cos(radians(i)) * cos(radians(i + 1) - radians(13.4)) + sin(radians(52.52)) * sin(radians(i)))',
    ),
    'of degrees': { refused: 'sind() and the like', run: one('sind(30)') },
  }),
  ...feature(chapter, 'random', {
    'is from 0 to below 1': ofValues('random() >= 0 AND random() < 1', 'floor(random() * 10)::int BETWEEN 0 AND 9', 'random(1.5)'),
    'in order': async (site) =>
      ((await quantities(site)).findAll({ order: [fn('random')], raw: true }) as Promise<unknown[]>).then((rows) => rows.length),
    'between two numbers': { refused: 'random(min, max)', run: (site) => site.sequelize.query('SELECT random(1, 1) AS x') },
    'with a seed': { refused: 'setseed()', run: one('setseed(0.5)') },
  }),
  ...feature(chapter, 'factorial', { 'a factorial': { refused: 'factorial()', run: one('factorial(5)') } }),
  ...feature(chapter, 'greatest, least', {
    'of columns': ofQuantities(
      'greatest(i, 3)',
      'least(i, 3)',
      'greatest(p, 1.5)',
      'least(i, p)',
      'greatest(f, 1)',
      'greatest(n, 1)',
      'greatest(i, NULL)',
    ),
    'of dates and texts': ofValues(
      "greatest(date '2020-01-01', '2020-06-01')",
      "least(timestamptz '2020-01-01 00:00Z', NULL)",
      "greatest('b', 'a')",
      'least(1, 2.5, 3)',
      "greatest('a', 1)",
    ),
    'through fn': async (site) =>
      (await quantities(site)).findAll({ attributes: [[fn('greatest', col('i'), literal('0')), 'x']], order: ['id'], raw: true }),
    'through cast': async (site) =>
      (await quantities(site)).findAll({ attributes: [[fn('least', cast(col('p'), 'integer'), 5), 'x']], order: ['id'], raw: true }),
  }),
];

export const numberCases: readonly ContractCase[] = [...rounded, ...divided, ...higher, ...numberFormatCases, ...numberCalculationCases];
