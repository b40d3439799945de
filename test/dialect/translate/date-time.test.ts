import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { sameAnswers } from '../types/same-answers.js';
import { Fallback } from '../types/scalar-engines.js';

let server: PostgresServer;
let client: pg.Client;
const fallback = new Fallback();

beforeAll(async () => {
  server = await startPostgres({ settings: { timezone: 'UTC' } });
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await server.dispose();
  await fallback.close();
});

const TIMESTAMPS = [
  '2020-01-31 10:20:30.5',
  '2020-02-29 23:59:59.999999',
  '1969-12-31 23:59:59',
  '2000-01-01',
  '1999-03-31 12:00',
  '0001-01-01 00:00:00',
  '9999-12-31 23:59:59',
  'infinity',
  '-infinity',
  '2024-12-30 01:02:03.000004',
  '2021-01-03 00:00',
];
const DATES = [
  '2020-01-31',
  '2020-02-29',
  '1969-12-31',
  '2000-01-01',
  '0001-01-01',
  '9999-12-31',
  'infinity',
  '2021-01-03',
  '1901-12-31',
  '1900-01-01',
];
const INTERVALS = [
  '1 day',
  '-1 day',
  '1 month',
  '-1 month',
  '1 year 2 mons 3 days 04:05:06.7',
  '-1 year +2 mons -3 days +04:05:06',
  '12 hours',
  '90 minutes',
  '00:00:00.000001',
  '-25:00:00',
  '0',
  '1 mon -1 day',
  '100 years',
]; // prettier-ignore
const FIELDS = [
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
  'dow',
  'isodow',
  'doy',
  'isoyear',
  'epoch',
  'timezone',
  'foo',
]; // prettier-ignore

const literal = (text: string, type: string): string => `'${text}'::${type}`;
const select = (expression: string): string => `SELECT ${expression} AS x`;
const products = (left: readonly string[], operator: string, right: readonly string[]): string[] =>
  left.flatMap((a) => right.map((b) => select(`${a} ${operator} ${b}`)));

const timestamps = TIMESTAMPS.map((text) => literal(text, 'timestamp'));
const withZone = TIMESTAMPS.map((text) => literal(text, 'timestamptz'));
const dates = DATES.map((text) => literal(text, 'date'));
const intervals = INTERVALS.map((text) => literal(text, 'interval'));
const times = ["'00:00:00'::time", "'10:20:30.5'::time", "'23:59:59.999999'::time"];

/** Of what PostgreSQL 17 answers anew, and SQLite's calendar does not reach. */
const isBeyond = (statement: string): boolean => /9999|0001|infinity|100 years/.test(statement);

async function expectSame(statements: readonly string[]): Promise<void> {
  const refused = await sameAnswers(client, fallback, statements);
  expect(refused.filter((statement) => !isBeyond(statement))).toEqual([]);
}

describe('dates and times calculated with', () => {
  it('timestamps and intervals', async () => {
    await expectSame([...products(timestamps, '+', intervals), ...products(timestamps, '-', intervals)]);
    await expectSame([...products(withZone.slice(0, 4), '-', intervals), ...products(intervals, '+', withZone.slice(0, 4))]);
  });

  it('differences', async () => {
    const finite = (all: readonly string[]) => all.filter((text) => !text.includes('infinity'));
    await expectSame([
      ...products(finite(timestamps), '-', finite(timestamps)),
      ...products(finite(withZone).slice(0, 3), '-', finite(timestamps).slice(0, 3)),
    ]);
    await expectSame([...products(dates, '-', dates), ...products(times, '-', times)]);
  });

  it('dates and days, times and intervals', async () => {
    await expectSame([...products(dates, '+', ['1', "'-40'::int4", "'2'::int2", '2147483647']), ...products(dates, '-', ['1', '1000000'])]);
    await expectSame([
      ...products(['1'], '+', dates),
      ...products(dates, '+', intervals),
      ...products(dates, '-', intervals),
      ...products(dates, '+', times),
    ]);
    await expectSame([...products(times, '+', intervals), ...products(times, '-', intervals)]);
  });

  it('untyped operands', async () => {
    await expectSame(
      [
        "'2020-01-31'::timestamp + '1 day'",
        "'2020-01-31'::timestamp - '2020-01-01'",
        "'2020-01-31'::date - '2020-01-01'",
        "'2020-01-31'::timestamp - '1 day'",
      ].map(select),
    );
  });

  it('comparisons', async () => {
    await expectSame(
      ['<', '=', '>='].flatMap((operator) => [
        ...products(dates, operator, timestamps),
        ...products(timestamps, operator, withZone),
        ...products(dates, operator, withZone.slice(0, 3)),
      ]),
    ); // prettier-ignore
  });
});

describe('functions of dates and times', () => {
  it.each(['date_trunc', 'date_part', 'extract'])('%s', async (name) => {
    const call = (field: string, value: string) =>
      name === 'extract' ? `extract(${field} FROM ${value})` : `${name}('${field}', ${value})`;
    const values = [
      ...timestamps,
      ...withZone.slice(0, 3),
      ...dates.slice(0, 6),
      ...(name === 'date_trunc' ? [] : [...times, ...intervals]),
    ];
    const isUnit = (field: string) => name !== 'date_trunc' || !/^(?:iso|do|epoch|timezone|foo)/.test(field);
    await expectSame(
      FIELDS.filter(isUnit).flatMap((field) =>
        values.filter((value) => field !== 'timezone' || !value.includes('infinity')).map((value) => select(call(field, value))),
      ),
    );
  });

  it('to_char', async () => {
    const patterns = [
      'YYYY-MM-DD',
      'YYYY-MM-DD HH24:MI:SS.US',
      'DD Mon YYYY HH12:MI:SS.MS AM',
      'Month DD, "of" YYYY',
      'Dy Day DY',
      'IYYY-IW-ID',
      'DDD Q D',
      'YY/MM',
      'YYYYMMDD',
      'hh',
      'HH24"h"',
    ]; // prettier-ignore
    const refused = await sameAnswers(
      client,
      fallback,
      patterns.flatMap((pattern) => [...timestamps, ...dates.slice(0, 3)].map((value) => select(`to_char(${value}, '${pattern}')`))),
    ); // prettier-ignore
    expect(refused.filter((statement) => !isBeyond(statement) && !statement.includes("'hh'"))).toEqual([]);
  });

  it('others', async () => {
    const statements = [
      'make_date(2020, 2, 29)',
      'make_date(2021, 2, 29)',
      'make_date(2020, 13, 1)',
      'to_timestamp(1577872800)',
      "to_timestamp('1577872800.123456'::float8)",
      "to_timestamp('-1.5'::float8)",
      "date('2020-01-31 10:00'::timestamp)",
      "date('2020-01-31')",
      "'2020-01-31 10:00+02'::timestamptz AT TIME ZONE 'UTC'",
      "'2020-01-31 10:00'::timestamp AT TIME ZONE 'utc'",
      "isfinite('infinity'::timestamp)",
      "isfinite('2020-01-01'::date)",
      'now() - now()',
      'now() = current_timestamp',
      'pg_typeof(current_date)',
      "now() > '2020-01-01'",
      'current_date - current_date',
      "date_trunc('day', now()) = current_date::timestamptz",
      "extract(epoch FROM ('2020-01-02'::timestamp - '2020-01-01 12:00'::timestamp))",
    ]; // prettier-ignore
    await expectSame(statements.filter((text) => !text.startsWith('pg_typeof')).map(select));
  });
});
