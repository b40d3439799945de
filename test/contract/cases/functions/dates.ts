import { cast, col, fn, literal, Op, QueryTypes, where } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { ofValues, one } from './asking.js';
import { dateArithmeticCases } from './date-arithmetic.js';
import { dateFormatCases } from './date-formats.js';
import { eachOfMoments, forEach, moments, ofAllMoments, ofMoments } from './moments.js';

const chapter = 'Functions';
const farYears = 'parts of dates before the year 1 or after 9999';
const zones = 'time zones that have a history (SQLite knows none)';
const notLiteral = 'a unit that is not a literal';

const UNITS = [
  'microseconds',
  'milliseconds',
  'second',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'year',
  'decade',
  'century',
  'millennium',
];
const FIELDS = [...UNITS, 'dow', 'isodow', 'doy', 'isoyear', 'epoch'];

const now: readonly ContractCase[] = [
  ...feature(chapter, 'now', {
    'is the time of the transaction': ofValues(
      'now() = current_timestamp',
      'now() = transaction_timestamp()',
      'statement_timestamp() >= now()',
      'clock_timestamp() >= statement_timestamp()',
      'localtimestamp = now()::timestamp',
      'current_date = now()::date',
      'localtime = now()::time',
      'now(1)',
    ),
    'in where, through fn': async (site) =>
      (await moments(site)).findAll({ attributes: ['id'], where: { at: { [Op.lt]: fn('now') } }, order: ['id'], raw: true }),
    'less some days': async (site) =>
      (await moments(site)).findAll({
        attributes: ['id'],
        where: { at: { [Op.gt]: literal("now() - interval '1 day' * 100000") } },
        order: ['id'],
        raw: true,
      }),
    'as a date that others are compared with': ofMoments(
      'day < current_date',
      'at < now()',
      'current_date - day > 5',
      "now() - at > interval '1 day'",
    ),
  }),
];

const truncation: readonly ContractCase[] = [
  ...feature(chapter, 'date_trunc', {
    'of timestamps with time zone': ofMoments(...forEach(UNITS, "date_trunc('%', at)")),
    'of timestamps': ofMoments(...forEach(UNITS, "date_trunc('%', plain)")),
    'of dates': ofMoments(...forEach(UNITS.slice(5), "date_trunc('%', day)")),
    'of intervals': eachOfMoments(...forEach([...UNITS, 'dow', 'fortnight'], "date_trunc('%', lasts)::text")),
    'of times': eachOfMoments("date_trunc('hour', clock)", "date_trunc('day', clock)"),
    'in UTC and in zones of one offset': ofMoments(
      "date_trunc('day', at, 'UTC')",
      "date_trunc('day', at, '+02')",
      "date_trunc('hour', at, '-05:30')",
      "date_trunc('month', plain, 'UTC')",
    ),
    'with units in other spellings': eachOfMoments(
      ...forEach(['MONTH', 'Days', 'hours', 'months', 'dow', 'timezone', 'fortnight', ''], "date_trunc('%', at)"),
    ),
    'of infinity and of nothing': ofValues(
      "date_trunc('day', 'infinity'::timestamp)",
      "date_trunc('day', NULL::timestamp)",
      "date_trunc('day', '2020-01-01 10:00')",
      "date_trunc('day', 5)",
      "date_trunc('day')",
    ),
    'in attributes, group and order': async (site) =>
      (await moments(site)).findAll({
        attributes: [
          [fn('date_trunc', 'year', col('plain')), 'year'],
          [fn('count', col('id')), 'n'],
        ],
        group: [fn('date_trunc', 'year', col('plain'))],
        order: [[fn('date_trunc', 'year', col('plain')), 'DESC']],
        raw: true,
      } as object),
    'in where': async (site) =>
      (await moments(site)).findAll({
        attributes: ['id'],
        where: where(fn('date_trunc', 'month', col('at')), Op.eq, new Date('2020-02-01T00:00:00Z')),
        raw: true,
      }),
    'by a column': { refused: notLiteral, run: eachOfRefused('date_trunc(word, at)', "word = 'x'") },
    'in a zone with a history': { refused: zones, run: one("date_trunc('day', timestamptz '2020-01-01 00:00Z', 'Europe/Berlin')") },
    'of years before 1 and after 9999': { refused: farYears, run: one("date_trunc('month', timestamp '0044-03-15 BC')") },
  }),
];

const parts: readonly ContractCase[] = [
  ...feature(chapter, 'extract', {
    'of timestamps with time zone': ofMoments(...forEach([...FIELDS, 'timezone', 'timezone_hour'], 'extract(% from at)')),
    'of timestamps': ofMoments(...forEach(FIELDS, 'extract(% from plain)')),
    'of dates': ofMoments(...forEach([...FIELDS.slice(5)], 'extract(% from day)')),
    'of times': ofMoments(...forEach([...FIELDS.slice(0, 5), 'epoch'], 'extract(% from clock)')),
    'of intervals': ofMoments(...forEach([...UNITS.filter((unit) => unit !== 'week'), 'epoch'], 'extract(% from lasts)')),
    'what a type does not have': eachOfMoments(
      'extract(hour from day)',
      'extract(day from clock)',
      'extract(dow from lasts)',
      'extract(timezone from plain)',
      'extract(fortnight from at)',
      'extract(year from word)',
      'extract(year from n)',
      "extract(year from '2020-01-01')",
    ),
    'further calculated': ofMoments(
      'extract(epoch from at) * 1000',
      'floor(extract(epoch from at))',
      '(extract(epoch from at) * 1000)::bigint',
      'extract(year from at)::int + 1',
      "extract(year from day) || '-' || extract(month from day)",
      'extract(epoch from plain - day)',
      'round(extract(epoch from plain - at) / 3600, 2)',
      'extract(day from plain - day)',
    ),
    'of differences of rows, of sums and of extremes': ofAllMoments([
      'extract(day from max(at) - min(at))',
      'extract(epoch from max(plain) - min(plain))',
      'avg(extract(epoch from plain - day))',
      'sum(extract(hour from at))',
    ]),
    'of the difference to the row before': ofMoments('extract(epoch from plain - lag(plain) OVER (ORDER BY id))'),
    'in group and order': async (site) =>
      (await moments(site)).findAll({
        attributes: [
          [literal('extract(year from plain)'), 'year'],
          [fn('count', col('id')), 'n'],
        ],
        group: ['year'],
        order: [[literal('year'), 'DESC']],
        raw: true,
      } as object),
    'of infinity': ofValues("extract(month from 'infinity'::timestamp)", "extract(hour from '-infinity'::timestamptz)"),
    'of infinity, what grows': { refused: 'infinite parts of infinite dates', run: one("extract(year from 'infinity'::date)") },
    'the Julian day': { refused: 'extract(julian)', run: one("extract(julian from timestamp '2020-01-01')") },
    'of years before 1 and after 9999': { refused: farYears, run: one("extract(year from date '0044-03-15 BC')") },
  }),
  ...feature(chapter, 'date_part', {
    'of moments': ofMoments(...forEach(FIELDS, "date_part('%', at)")),
    'of dates': ofMoments(...forEach(['year', 'hour', 'epoch'], "date_part('%', day)")),
    'of intervals': ofMoments(
      ...forEach(['month', 'hour', 'epoch', 'second'], "date_part('%', lasts)"),
      "date_part('epoch', plain - day) / 60",
    ),
    'what it is not given': ofValues(
      "date_part('year', '2020-01-01')",
      "date_part('year', 5)",
      "date_part('day', date '2020-01-05' - date '2020-01-01')",
    ),
    'through fn, in where': async (site) =>
      (await moments(site)).findAll({
        attributes: ['id'],
        where: where(fn('date_part', 'year', col('day')), '2020'),
        order: ['id'],
        raw: true,
      }),
  }),
];

const made: readonly ContractCase[] = [
  ...feature(chapter, 'age', {
    'of two moments': ofMoments(
      'age(plain, at)',
      'age(at, plain)',
      "age(plain, '2000-02-29')",
      "age('2000-02-29', plain)",
      "age(day, date '2001-05-17')",
    ),
    'of literals': ofValues(
      "age(timestamp '2020-03-01', timestamp '2019-12-31')::text",
      "age(timestamp '2019-03-01', timestamp '2019-01-31')::text",
      "age(timestamp '2020-03-31', timestamp '2020-02-29 12:00')::text",
      "age(timestamp '2020-02-29 12:00', timestamp '2020-03-31')::text",
      "age('2020-01-01', '2020-01-01')::text",
      "age(NULL, timestamp '2020-01-01')",
      'age(5)',
    ),
    'since a moment until today': ofMoments('age(plain) = age(current_date, plain)', 'age(day) = age(current_date, day)'),
    'in years': ofMoments("extract(year from age(date '2024-06-01', day))::int", "date_part('year', age('2024-06-01', day))"),
    'of infinity': { refused: 'age() of infinity', run: one("age(timestamp 'infinity', timestamp '2020-01-01')") },
  }),
  ...feature(chapter, 'make_date', {
    'of literals': ofValues(
      'make_date(2020, 2, 29)',
      'make_date(2019, 2, 29)',
      'make_date(0, 3, 15)',
      'make_date(2020, 13, 1)',
      'make_date(NULL, 1, 1)',
    ),
    'of columns': ofMoments('make_date(2020, n % 12 + 12 - n % 12, 5)'),
    'before the year 1': { refused: farYears, run: one('make_date(-44, 3, 15)') },
  }),
  ...feature(chapter, 'make_time', {
    'of literals': ofValues(
      'make_time(10, 20, 30.5)',
      'make_time(24, 0, 0)',
      'make_time(25, 0, 0)',
      'make_time(1, 60, 0)',
      'make_time(0, 0, 0.0000004)',
    ),
  }),
  ...feature(chapter, 'make_timestamp', {
    'of literals': ofValues(
      'make_timestamp(2020, 2, 29, 10, 20, 30.123456)::text',
      'make_timestamp(2020, 2, 30, 10, 20, 30)',
      'make_timestamp(2020, 2, 29, 25, 20, 30.123456)',
      'make_timestamp(2020, 2, 29, 10, NULL, 30)',
    ),
    'with a zone': ofValues(
      'make_timestamptz(2020, 2, 29, 10, 20, 30.5)',
      "make_timestamptz(2020, 2, 29, 10, 20, 30.5, 'UTC')",
      "make_timestamptz(2020, 2, 29, 10, 20, 30.5, '+02')",
      "make_timestamptz(2020, 2, 29, 10, 20, 30.5, '-03:30')",
    ),
  }),
  ...feature(chapter, 'make_interval', {
    'with names': ofValues(
      'make_interval(days => 5)::text',
      'make_interval(hours => 3, secs => 1.5)::text',
      'make_interval(years := 1, mins := -5)::text',
    ),
    'by position': ofValues(
      'make_interval(1, 2, 3, 4, 5, 6, 7.5)::text',
      'make_interval(0, 0, 0, 4)::text',
      'make_interval()::text',
      'make_interval(0, NULL)',
    ),
    'of columns': ofMoments('make_interval(days => n)', 'plain + make_interval(mins => n)'),
    'too long a one': ofValues('make_interval(days => 2147483647, weeks => 1)'),
  }),
  ...feature(chapter, 'to_timestamp', {
    'of seconds': ofValues(
      'to_timestamp(0)',
      'to_timestamp(1580465430.5)',
      'to_timestamp(1580465430.123457)::text',
      'to_timestamp(-1.5)',
      "to_timestamp('infinity')",
      'to_timestamp(1e15)',
      'to_timestamp(NULL)',
    ),
    'of columns': ofMoments('to_timestamp(n)', 'to_timestamp(extract(epoch from at))'),
    'of a text by a pattern': ofValues(
      "to_timestamp('2020-01-31 10:20:30', 'YYYY-MM-DD HH24:MI:SS')",
      "to_timestamp('2020-01-31T10:20:30.123', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS')",
      "to_timestamp('31.01.2020', 'DD.MM.YYYY')",
      "to_timestamp('2020-02-30', 'YYYY-MM-DD')",
      "to_timestamp(NULL, 'YYYY')",
    ),
    'of a text that looks otherwise': {
      refused: 'a text of another form than the pattern',
      run: one("to_timestamp('2020-1-1', 'YYYY-MM-DD')"),
    },
    'by another pattern': {
      refused: 'to_timestamp() with AM, names of days and the like',
      run: one("to_timestamp('10:20 pm', 'HH12:MI am')"),
    },
  }),
  ...feature(chapter, 'to_date', {
    'of literals': ofValues(
      "to_date('2020-01-31', 'YYYY-MM-DD')",
      "to_date('20200131', 'YYYYMMDD')",
      "to_date('31/01/2020', 'DD/MM/YYYY')",
      "to_date('2020', 'YYYY')",
      "to_date('05 Dec 2000', 'DD Mon YYYY')",
      "to_date('2020-01-31 10:20', 'YYYY-MM-DD')",
      "to_date('2020-02-31', 'YYYY-MM-DD')",
      "to_date('2020-13-01', 'YYYY-MM-DD')",
      "to_date(NULL, 'YYYY-MM-DD')",
    ),
    'of columns': ofMoments("to_date(day::text, 'YYYY-MM-DD')", "to_date(to_char(at, 'DD.MM.YYYY'), 'DD.MM.YYYY')"),
    'of a text that looks otherwise': { refused: 'a text of another form than the pattern', run: one("to_date('', 'YYYY-MM-DD')") },
  }),
];

const others: readonly ContractCase[] = [
  ...feature(chapter, 'justify_days, justify_hours, justify_interval', {
    'of columns': ofMoments('justify_days(lasts)', 'justify_hours(lasts)', 'justify_interval(lasts)'),
    'of literals': ofValues(
      "justify_days('35 days')::text",
      "justify_days('-35 days 2 mons')::text",
      "justify_hours('50 hours')::text",
      "justify_hours('-50 hours 1 day')::text",
      "justify_interval('1 mon -1 hour')::text",
      "justify_interval('-1 mon 1 day 1 hour')::text",
      'justify_days(NULL)',
      'justify_days(5)',
    ),
  }),
  ...feature(chapter, 'date_bin', {
    'of columns': eachOfMoments(
      "date_bin('15 minutes', plain, '2001-01-01')",
      "date_bin('1 day', at, '2001-01-01 02:00')",
      "date_bin('7 days', day, '2020-01-06')",
      "date_bin('1 month', plain, '2001-01-01')",
      "date_bin('-1 hour', plain, '2001-01-01')",
      "date_bin('1 hour', plain, 'infinity')",
      "date_bin(NULL, plain, '2001-01-01')",
    ),
    'in group': ofAllMoments(["date_bin('10 years', plain, '2000-01-01')", 'count(*)'], 'GROUP BY 1 ORDER BY 1'),
  }),
  ...feature(chapter, 'OVERLAPS', {
    'of dates': eachOfMoments(
      "(day, day + 10) OVERLAPS (DATE '2020-02-05', DATE '2020-03-01')",
      "(day, DATE '2020-03-01') OVERLAPS (DATE '2021-02-05', DATE '2000-03-01')",
      '(day, day) OVERLAPS (day, day)',
    ),
    'of moments, with lengths and without an end': eachOfMoments(
      "(plain, interval '10 days') OVERLAPS (timestamp '2020-02-05', interval '1 day')",
      "(at, at) OVERLAPS ('2020-01-01', '2021-01-01')",
      "(plain, NULL) OVERLAPS (timestamp '2020-01-31 10:20:30.5', timestamp '2021-01-01')",
      "(NULL, plain) OVERLAPS (timestamp '2020-01-30', timestamp '2021-01-01')",
      "(clock, clock) OVERLAPS (time '10:00', time '11:00')",
    ),
    'of no dates': ofValues('(1, 2) OVERLAPS (3, 4)'),
  }),
  ...feature(chapter, 'isfinite', {
    'of all types': ofMoments('isfinite(at)', 'isfinite(plain)', 'isfinite(day)', 'isfinite(lasts)'),
    'of infinity': ofValues("isfinite('infinity'::timestamp)", "isfinite('-infinity'::date)", "isfinite('2020-01-01')", 'isfinite(1)'),
  }),
  ...feature(chapter, 'timezone, AT TIME ZONE', {
    UTC: ofMoments(
      "at AT TIME ZONE 'UTC'",
      "plain AT TIME ZONE 'utc'",
      "timezone('UTC', at)",
      "day AT TIME ZONE 'Z'",
      "(plain AT TIME ZONE 'UTC') AT TIME ZONE 'GMT'",
    ),
    'by offsets': ofMoments(
      "at AT TIME ZONE '+02'",
      "at AT TIME ZONE '-05:30'",
      "plain AT TIME ZONE 'UTC+3'",
      "plain AT TIME ZONE '2'",
      "at AT TIME ZONE interval '-03:30'",
    ),
    'by an interval of days': ofValues("timestamptz '2020-01-01 00:00Z' AT TIME ZONE interval '1 day'"),
    'a zone with a history': { refused: zones, run: one("timestamptz '2020-01-01 00:00Z' AT TIME ZONE 'Europe/Berlin'") },
  }),
  ...feature(chapter, 'generate_series', {
    'of integers': ofSeries('1, 5', '5, 1, -2', '1, 0', '1, NULL', '1, 5, 0', '1::bigint, 3'),
    'of days and months': ofSeries(
      "date '2020-01-30', date '2020-02-02', '1 day'",
      "timestamp '2020-01-31', '2020-06-01', '1 month'",
      "timestamptz '2020-01-31 00:00Z', '2020-01-01', '-1 week'",
      "timestamp '2020-01-31', '2020-06-01', '0 days'",
      "date '2020-01-01', date '2020-01-03', interval '1 day' * 2",
    ),
    'joined with what has happened': async (site) => {
      const { tableName } = await moments(site);
      return site.sequelize.query(
        `SELECT day::date AS day, count(m.id) AS n FROM generate_series(date '2020-01-30', date '2020-02-01', '1 day') AS g(day)
         LEFT JOIN "${tableName}" AS m ON m.day = g.day::date GROUP BY 1 ORDER BY 1`,
        { type: QueryTypes.SELECT },
      );
    },
    'of numeric': {
      refused: 'generate_series() of numeric',
      run: (site) => site.sequelize.query('SELECT * FROM generate_series(1.5, 4, 0.5)'),
    },
  }),
  ...feature(chapter, 'casts of dates and times', {
    'between them': ofMoments(
      'day::timestamp',
      'day::timestamptz',
      'at::date',
      'plain::time',
      'at::timestamp',
      'plain::timestamptz',
      'clock::interval',
      'at::timestamp(0)',
      'clock::time(1)',
    ),
    'to text': ofMoments('day::text', 'plain::text', 'at::text', 'clock::text', 'lasts::text'),
    'of texts': ofValues(
      "'2020-01-01'::date",
      "'2020-01-01T10:20:30Z'::timestamptz",
      "'Jan 5 2020'::date",
      "'2020-02-30'::date",
      "'2020-13-01'::date",
      "'foo'::date",
      "''::date",
    ),
    'through cast, in group': async (site) =>
      (await moments(site)).findAll({
        attributes: [
          [cast(col('at'), 'date'), 'date'],
          [fn('count', col('id')), 'n'],
        ],
        group: [cast(col('at'), 'date')],
        order: [[cast(col('at'), 'date'), 'ASC']],
        raw: true,
      } as object),
    'that do not exist': eachOfMoments('day::int', 'n::date', 'n::interval'),
  }),
];

function eachOfRefused(expression: string, condition: string): ContractCase['run'] {
  return async (site) => {
    const { tableName } = await moments(site);
    return site.sequelize.query(`SELECT ${expression} FROM "${tableName}" WHERE ${condition}`);
  };
}

function ofSeries(...args: readonly string[]): ContractCase['run'] {
  return ofValues(...args.map((list) => `ARRAY(SELECT * FROM generate_series(${list}))`));
}

export const dateCases: readonly ContractCase[] = [
  ...now,
  ...truncation,
  ...parts,
  ...made,
  ...others,
  ...dateFormatCases,
  ...dateArithmeticCases,
];
