import { cast, col, DataTypes, fn, literal, type ModelStatic, Op, QueryTypes, where, type WhereOptions } from 'sequelize';
import { type ContractCase, feature, type Row, type Site } from '../../contract-case.js';
import { id } from '../fixtures.js';
import { outcomeOf } from '../../../../src/testing/outcome.js';
import { idsOf, ordered, selections, type SampleName } from './comparison-samples.js';

const chapter = 'Operators';

/** Rows whose columns can be compared with each other. */
async function mixed(site: Site): Promise<ModelStatic<Row>> {
  const things = await site.model('mixed', {
    id,
    small: DataTypes.SMALLINT,
    whole: DataTypes.INTEGER,
    big: DataTypes.BIGINT,
    real: DataTypes.REAL,
    double: DataTypes.DOUBLE,
    price: DataTypes.DECIMAL(10, 2),
    exact: DataTypes.DECIMAL,
    name: DataTypes.STRING(10),
    code: DataTypes.CHAR(4),
    note: DataTypes.TEXT,
    nick: DataTypes.CITEXT,
    at: DataTypes.DATE,
    on: DataTypes.DATEONLY,
    time: DataTypes.TIME,
    yes: DataTypes.BOOLEAN,
    key: DataTypes.UUID,
    net: DataTypes.CIDR,
    ip: DataTypes.INET,
  });
  await things.bulkCreate([
    {
      small: 5,
      whole: 5,
      big: 5,
      real: 5,
      double: 5,
      price: '5.00',
      exact: '5.0',
      name: 'ab',
      code: 'ab',
      note: 'ab',
      nick: 'AB',
      at: new Date('2020-01-01T00:00:00Z'),
      on: '2020-01-01',
      time: '10:00',
      yes: true,
      net: '10.0.0.0/8',
      ip: '10.0.0.0/8',
    },
    {
      small: 5,
      whole: 6,
      big: '9007199254740993',
      real: 0.1,
      double: 0.1,
      price: '0.10',
      exact: '0.1',
      name: 'ab ',
      code: 'ab',
      note: 'AB',
      nick: 'ab',
      at: new Date('2020-01-01T10:00:00Z'),
      on: '2020-01-01',
      time: '00:00',
      yes: false,
      net: '10.0.0.0/16',
      ip: '10.0.0.1',
    },
    { whole: 7, double: 9007199254740992, price: '7.10', exact: '7.1', name: '7', note: '7', on: '2021-01-01' },
    {},
  ]); // prettier-ignore
  return things;
}

/** What each condition selects of them. */
const selecting =
  (...conditions: readonly unknown[]): ContractCase['run'] =>
  async (site) => {
    const things = await mixed(site);
    return await Promise.all(conditions.map((condition) => idsOf(things, condition as WhereOptions)));
  };

/** The same of a condition in SQL. */
const selectingSql = (...conditions: readonly string[]) => selecting(...conditions.map((condition) => literal(condition)));

/** The value of each expression for each row, or its error. */
const calculating =
  (...expressions: readonly string[]): ContractCase['run'] =>
  async (site) => {
    const { tableName } = await mixed(site);
    const ask = (expression: string) =>
      outcomeOf(() => site.sequelize.query(`SELECT ${expression} AS x FROM "${tableName}" ORDER BY id`, { type: QueryTypes.SELECT }));
    return await Promise.all(expressions.map(ask));
  };

const withColumn = (left: string, right: string) => ordered(col(right)).map((condition) => ({ [left]: condition }));

/** Values of JavaScript types that are not the column's. */
const foreign = (name: SampleName, ...values: readonly unknown[]) =>
  selections(
    name,
    values.flatMap((value) => [{ [Op.eq]: value }, { [Op.gt]: value }]),
  );

export const mixedComparisonCases: readonly ContractCase[] = [
  ...feature(chapter, 'values of another type', {
    'numbers beside a text': foreign('STRING', 5, 5.5, 12345678901),
    'booleans beside a text': foreign('TEXT', true),
    'a Date beside a text': foreign('STRING', new Date('2020-01-01T00:00:00Z')),
    'texts beside an integer': foreign('INTEGER', '5', '5.5', '', ' 5 ', 'abc', '1e3', '99999999999'),
    'decimals beside an integer': foreign('INTEGER', 5.5, 5.0, 1e20),
    'a boolean beside an integer': foreign('INTEGER', true),
    'a huge number beside an integer': foreign('INTEGER', 99999999999),
    'texts beside a SMALLINT': foreign('SMALLINT', '5', '40000'),
    'texts beside a BIGINT': foreign('BIGINT', '9007199254740993', '9223372036854775808', '5.0'),
    'texts beside a DECIMAL': foreign('DECIMAL(10,2)', '0.3', 'abc', 'NaN', ''),
    'a sum that is not exact beside a DECIMAL': foreign('DECIMAL(10,2)', 0.1 + 0.2),
    'texts beside a DOUBLE': foreign('DOUBLE', '0.1', 'Infinity', 'x'),
    'numbers beside a boolean': foreign('BOOLEAN', 1, 0),
    'texts beside a boolean': foreign('BOOLEAN', literal(`'t'`), literal(`'maybe'`)),
    'no UUID beside a UUID': foreign('UUID', 'abc', 5),
    'no label beside an ENUM': foreign('ENUM', 'nothing', 5),
    'a Date beside a DATEONLY': foreign('DATEONLY', new Date('2020-02-29T23:30:00Z')),
    'wrong days beside a DATEONLY': foreign('DATEONLY', literal(`'2020-02-30'`), literal(`'2019-13-01'`)),
    'a number beside a DATE': foreign('DATE', literal('5')),
    'no time beside a TIME': foreign('TIME', '25:00', '10:61'),
    'no address beside an INET': foreign('INET', 'abc', '10.0.0.300'),
    'a text beside a BLOB': foreign('BLOB', '5', 'abc'),
  }),
  ...feature(chapter, 'col', {
    'a SMALLINT and an INTEGER': selecting(...withColumn('small', 'whole')),
    'an INTEGER and a BIGINT': selecting(...withColumn('whole', 'big')),
    'an INTEGER and a DECIMAL(10,2)': selecting(...withColumn('whole', 'price')),
    'a BIGINT and a DOUBLE': selecting(...withColumn('big', 'double')),
    'a REAL and a DOUBLE': selecting(...withColumn('real', 'double')),
    'a DECIMAL(10,2) and a DECIMAL': selecting(...withColumn('price', 'exact')),
    'a DECIMAL and a DOUBLE': selecting(...withColumn('exact', 'double')),
    'a STRING and a TEXT': selecting(...withColumn('name', 'note')),
    'a STRING and a CHAR': selecting(...withColumn('name', 'code')),
    'a TEXT and a CHAR': selecting(...withColumn('note', 'code')),
    'a CITEXT and a TEXT': selecting(...withColumn('nick', 'note')),
    'a DATE and a DATEONLY': selecting(...withColumn('at', 'on')),
    'an INET and a CIDR': selecting(...withColumn('ip', 'net')),
    'a column and itself': selecting(...withColumn('whole', 'whole')),
    'types that PostgreSQL does not compare': selecting(
      { whole: { [Op.eq]: col('name') } },
      { name: { [Op.lt]: col('whole') } },
      { yes: { [Op.eq]: col('whole') } },
      { on: { [Op.gte]: col('time') } },
      { key: { [Op.ne]: col('name') } },
      { at: { [Op.gt]: col('whole') } },
    ),
    'a column that is not there': selecting({ whole: { [Op.eq]: col('nothing') } }),
    'in between and in': selecting(
      { whole: { [Op.between]: [col('small'), col('price')] } },
      { whole: { [Op.in]: [col('small'), col('big')] } },
      { whole: { [Op.notIn]: [col('small'), 7] } },
    ),
  }),
  ...feature(chapter, 'where with fn, cast and literal', {
    'fn and a number': selecting(where(fn('char_length', col('name')), 2), where(fn('char_length', col('name')), { [Op.gt]: 2 })),
    'fn and a text': selecting(where(fn('upper', col('note')), 'AB'), where(fn('lower', col('code')), 'ab')),
    'fn and NULL': selecting(where(fn('lower', col('name')), null as never), where(fn('lower', col('name')), { [Op.ne]: null })),
    'fn and a value of another type': selecting(where(fn('lower', col('name')), 5 as never), where(fn('abs', col('whole')), '5')),
    'cast and a text': selecting(where(cast(col('whole'), 'text'), '5'), where(cast(col('price'), 'text'), { [Op.in]: ['5.00', '7.10'] })),
    'cast and a number': selecting(where(cast(col('price'), 'integer'), { [Op.between]: [5, 7] })),
    'a cast that fails': selecting(where(cast(col('name'), 'integer'), 7 as never)),
    'col and in': selecting(where(col('whole'), { [Op.in]: [5, 7] }), where(col('whole'), { [Op.notIn]: [5, null] } as never)),
    'literal and an operator': selecting(
      where(literal('"whole" % 2'), 1 as never),
      where(literal('"whole" + "small"'), Op.gte as never, 10 as never),
    ),
    'coalesce and a number': selecting(where(fn('coalesce', col('small'), 0), 0 as never)),
    'an operator as text': selecting(where(col('whole'), '>=', 6 as never), where(col('whole'), '!=', 6 as never)),
    'fn on both sides': selecting(where(fn('lower', col('name')), fn('lower', col('note')) as never)),
    'and, or, not of several': selecting({
      [Op.or]: [{ [Op.and]: [where(col('whole'), 5 as never), { name: 'ab' }] }, { [Op.not]: { whole: { [Op.lt]: 7 } } }],
    }),
  }),
  ...feature(chapter, 'rows, IS DISTINCT FROM, BETWEEN SYMMETRIC', {
    'rows of two': selectingSql(
      '(whole, price) < (6, 0.1)',
      '(whole, price) >= (6, 0.1)',
      "(whole, name) = (5, 'ab')",
      '(small, whole) <> (5, 6)',
    ),
    'rows with NULL': selectingSql(
      '(small, whole) < (5, NULL)',
      '(whole, small) > (6, NULL)',
      '(whole, small) = (7, NULL)',
      '(whole, small) IS NULL',
      '(whole, price) IS NOT NULL',
    ),
    'rows in lists': selectingSql("(whole, name) IN ((5, 'ab'), (7, '7'))", '(whole, small) NOT IN ((5, 5), (7, NULL))'),
    'rows of different lengths': selectingSql('(whole, small) = (1, 2, 3)', '(whole, name) < (1, 2)'),
    'IS DISTINCT FROM': selectingSql(
      'small IS DISTINCT FROM 5',
      'small IS NOT DISTINCT FROM NULL',
      'whole IS DISTINCT FROM small',
      'name IS DISTINCT FROM 5',
      '(whole, small) IS DISTINCT FROM (7, NULL)',
    ),
    'BETWEEN SYMMETRIC': selectingSql(
      'whole BETWEEN SYMMETRIC 6 AND 5',
      'whole NOT BETWEEN SYMMETRIC 6 AND 5',
      'whole BETWEEN SYMMETRIC NULL AND 6',
    ),
    'chains and precedence': selectingSql(
      'NOT whole = 5 AND whole < 7',
      'whole = 5 OR whole = 6 AND small = 7',
      'whole < 6 = yes',
      '1 < 2 < 3',
    ),
  }),
  ...feature(chapter, 'CASE, COALESCE, GREATEST, LEAST, NULLIF of several types', {
    'CASE of numbers': calculating(
      'CASE WHEN yes THEN whole ELSE price END',
      'CASE WHEN yes THEN 1 ELSE 1.5 END',
      'CASE whole WHEN 5 THEN big ELSE double END',
    ),
    'CASE of a text and a number': calculating(
      `CASE WHEN yes THEN '1' ELSE 2 END`,
      `CASE WHEN yes THEN name ELSE 2 END`,
      `CASE WHEN yes THEN 'x' ELSE 2 END`,
    ),
    'CASE of a number as a condition': calculating(
      'CASE WHEN whole THEN 1 END',
      `CASE whole WHEN 'x' THEN 1 END`,
      `CASE name WHEN 7 THEN 1 END`,
    ),
    'CASE of days and times': calculating('CASE WHEN yes THEN at ELSE "on" END', 'CASE WHEN yes THEN "on" ELSE time END'),
    COALESCE: calculating(
      'coalesce(small, whole, 0)',
      'coalesce(price, 0)',
      'coalesce(small, 1.5)',
      `coalesce(name, 5)`,
      `coalesce(small, '7')`,
      `coalesce(small, 'x')`,
      'coalesce(NULL, NULL)',
    ),
    'GREATEST and LEAST': calculating(
      'greatest(small, whole, NULL)',
      'least(whole, price)',
      'greatest(exact, price)',
      `greatest(name, note)`,
      `least(whole, '6')`,
      `greatest(whole, name)`,
      'greatest(at, "on")',
    ),
    NULLIF: calculating(
      'nullif(whole, 5)',
      'nullif(whole, 5.0)',
      `nullif(name, 'ab')`,
      `nullif(whole, '6')`,
      'nullif(name, 5)',
      'nullif(price, whole)',
      'nullif(NULL, 1)',
    ),
    'CHAR among other texts': calculating(
      `coalesce(code, 'x') = 'x '`,
      `CASE WHEN yes THEN 'x' ELSE code END = code`,
      'nullif(code, name)',
      'nullif(code, note)',
    ),
  }),
];
