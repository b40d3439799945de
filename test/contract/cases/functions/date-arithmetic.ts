import { col, fn, literal, Op, QueryTypes } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { ofValues, one } from './asking.js';
import { eachOfMoments, moments, ofAllMoments, ofMoments } from './moments.js';

const chapter = 'Functions';

const added: readonly ContractCase[] = [
  ...feature(chapter, 'date and time + -', {
    days: ofMoments('day + 1', 'day - 1', '1 + day', 'day + n', "day - date '2020-01-01'", 'day + clock'),
    intervals: ofMoments(
      'at + lasts',
      'plain - lasts',
      "at + interval '1 month'",
      "day + interval '1 month'",
      "plain - interval '1 year 3 months 5 days 3 hours'",
      'clock + lasts',
      'clock - lasts',
      "plain + '1 day'",
    ),
    'the last days of months': ofValues(
      "date '2020-01-31' + interval '1 month'",
      "date '2020-03-31' - interval '1 month'",
      "date '2020-02-29' + interval '1 year'",
      "date '2020-02-29' - interval '4 years'",
      "timestamp '2020-01-31 10:00' + interval '1 month -1 day'",
    ),
    differences: ofMoments('plain - at', 'at - plain', 'plain - day', 'clock - clock', "plain - timestamp '2020-01-01'"),
    'of aggregates': ofAllMoments([
      'max(at) - min(at)',
      "max(plain) + interval '1 day'",
      "max(at) + interval '1 hour' * count(*)",
      'age(max(plain), min(plain))',
    ]),
    'the last day of the month': ofMoments(
      "(date_trunc('month', day) + interval '1 month - 1 day')::date",
      "date_trunc('month', plain) + interval '1 month' - interval '1 day'",
    ),
    'what can not be added': eachOfMoments('day + plain', 'day + 1.5', 'at * 2', 'day * 2', 'lasts + 1', 'plain + n'),
    'beyond the calendar': ofValues(
      "date '5874897-12-31' + 1",
      "timestamp '294246-12-31' + interval '100000 days'",
      "'infinity'::date + 1",
      "timestamp 'infinity' + interval '1 day'",
    ),
    'months in years before 1': {
      refused: 'months added in years before 1 or after 9999',
      run: one("timestamp '0044-03-15 BC' + interval '1 month'"),
    },
    'differences of infinity': { refused: 'infinite intervals', run: one("timestamp 'infinity' - timestamp '2020-01-01'") },
  }),
];

const intervals: readonly ContractCase[] = [
  ...feature(chapter, 'interval + - * /', {
    sums: ofMoments('lasts + lasts', "lasts - interval '1 mon 25:00'", '-lasts', 'lasts + clock'),
    'times a number': ofMoments(
      'lasts * 2',
      '2 * lasts',
      'lasts * -1.5',
      'lasts * n',
      "n * interval '1 day'",
      "interval '1 month' * 0.3",
      "lasts * '2'",
    ),
    'by a number': ofMoments('lasts / 2', 'lasts / 3', 'lasts / 1.7', 'lasts / -7'),
    'what can not be calculated': eachOfMoments(
      'lasts / 0',
      "lasts * 'NaN'::float8",
      'lasts * lasts',
      '2 / lasts',
      'lasts % 2',
      'lasts * 1e10',
      'lasts * NULL',
    ),
    'within others': ofMoments(
      "plain + n * interval '1 hour'",
      '(lasts + lasts) * 2 - lasts',
      'at - lasts * 3',
      'extract(epoch from lasts * 2)',
    ),
    'in where and order': async (site) =>
      (await moments(site)).findAll({
        attributes: ['id'],
        where: literal("lasts * 2 > interval '-1 hour'"),
        order: [[literal('lasts * -1'), 'ASC'], 'id'],
        raw: true,
      }),
    'times infinity': { refused: 'infinite intervals', run: one("interval '1 day' * 'infinity'::float8") },
  }),
  ...feature(chapter, 'interval < = >', {
    'by their length': ofMoments("lasts < '1 day'", "lasts = '24:00:00'", "lasts > interval '1 hour'", "lasts BETWEEN '0' AND '2 months'"),
    'literals with a unit': ofValues(
      "(interval '1' day)::text",
      "interval '-5' hour",
      "timestamp '2020-01-31' + interval '1' month",
      "(interval '90' second)::text",
      "interval '1h30m'::text",
      "interval '- 1 day 2:03'::text",
      "interval '1-2'::text",
      "interval '2:03 27'",
      "interval '3 ago'",
    ),
    'of literals': ofValues(
      "interval '1 day' = interval '24 hours'",
      "interval '1 mon' > interval '29 days'",
      "interval '1 mon' = interval '30 days'",
      "interval '-1 hour' < interval '0'",
    ),
    'in order': async (site) =>
      (await moments(site)).findAll({ attributes: ['id', 'lasts'], order: [['lasts', 'DESC NULLS LAST'], 'id'], raw: true }),
  }),
  ...feature(chapter, 'sum and avg of intervals', {
    'of all rows': ofAllMoments([
      'sum(lasts)',
      'avg(lasts)',
      'sum(plain - day)',
      'avg(at - plain)',
      "sum(n * interval '1 hour')",
      'justify_interval(sum(lasts))',
    ]),
    'of groups': ofAllMoments(['n > 0', 'sum(lasts)', 'avg(lasts)'], 'GROUP BY 1 ORDER BY 1'),
    'through fn': async (site) =>
      (await moments(site)).findAll({ attributes: [[fn('sum', col('lasts')), 'total']], where: { n: { [Op.gt]: 0 } }, raw: true }),
    'over windows': { refused: 'sum() and avg() of intervals with DISTINCT or OVER', run: one("sum(interval '1 day') OVER ()") },
  }),
  ...feature(chapter, 'texts cast to interval', {
    'a number and a unit': ofMoments(
      "(n || ' days')::interval",
      'word::interval',
      "plain - (n || ' hours')::interval",
      "CAST(concat(coalesce(n, 0), ' minutes') AS interval)",
      "(n || 'mons')::interval",
    ),
    'every unit': ofValues(
      ...[
        'us',
        'milliseconds',
        's',
        'secs',
        'm',
        'mins',
        'hr',
        'hours',
        'd',
        'day',
        'weeks',
        'mon',
        'months',
        'y',
        'yrs',
        'decades',
        'centuries',
        'mils',
      ].map((unit) => `('-3'::text || ' ${unit}')::interval::text`),
    ),
    'what is no unit': ofValues(
      "(5 || ' apples')::interval",
      "(NULL::int || ' days')::interval",
      "concat(NULL, ' minutes')::interval",
      "(5 || ' ')::text::interval::text",
      "(' 7 ' || ' DAYS ')::interval::text",
    ),
    'a bound number': async (site) => {
      const { tableName } = await moments(site);
      return site.sequelize.query(
        `SELECT id, plain - ($1 || ' days')::interval AS a, plain + $2 * interval '1 hour' AS b, plain - $3::interval AS c FROM "${tableName}" ORDER BY id`,
        { bind: ['7', 5, '1 mon 2 days'], type: QueryTypes.SELECT },
      );
    },
    'as an interval after now': ofValues("now() - (7 || ' days')::interval < now()"),
    'other forms': {
      refused: 'intervals of other forms that a text of the row says',
      run: one("('1'::text || ' days 3 hours')::interval"),
    },
  }),
];

export const dateArithmeticCases: readonly ContractCase[] = [...added, ...intervals];
