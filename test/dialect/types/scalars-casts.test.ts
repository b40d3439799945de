import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { askPostgres, Fallback, isRefused } from './scalar-engines.js';

const VALUES: Readonly<Record<string, readonly string[]>> = {
  bool: ['true', 'false'],
  int2: ['0', '1', '-1', '32767', '-32768'],
  int4: ['0', '7', '-12', '32768', '100', '2147483647', '-2147483648', '16777217'],
  int8: ['0', '5', '2147483648', '-2147483649', '9223372036854775807', '-9223372036854775808', '9007199254740993', '1000000000000'],
  float4: ['0', '1.5', '2.5', '-0.1', '3e30', '123456.7', 'NaN', 'Infinity', '-Infinity', '1e-20'],
  float8: [
    '0',
    '0.5',
    '1.5',
    '2.5',
    '-2.5',
    '-0.4',
    '0.1',
    '1e300',
    '-1e-300',
    '32767.5',
    '32767.4',
    '2147483647.5',
    '9.3e18',
    '1.005',
    '123456789.987',
    '1e15',
    '4503599627370497.5',
    '2251799813685249.5',
    'NaN',
    'Infinity',
  ],
  'numeric(10,2)': ['0', '1.50', '2.50', '-2.50', '0.49', '-0.50', '99999999.99', '123456.78', 'NaN', '1.05'],
  'numeric(18,0)': ['123456789012345678', '-5', '0', '9007199254740993'],
  'numeric(25,3)': ['1.125', '-1234.567', '12345678901234567890.125', 'NaN'],
  numeric: [
    '0',
    '0.00',
    '1.50',
    '-1.5',
    '2.500',
    '1e20',
    '-123.456',
    '0.0015',
    '-0.005',
    '99.995',
    '1234567890123456789.5',
    '12345678.125',
    'NaN',
    'Infinity',
    '-Infinity',
    '-100',
    '1200.00',
  ],
  text: [
    '1',
    '-5',
    ' 7 ',
    '1.5',
    'abc',
    '',
    'true',
    'OFF',
    '99999999999',
    '99999999999999999999',
    '0.1',
    '1e3',
    '-.5e-2',
    '1e400',
    'NaN',
    'inf',
    '12345.125',
    '2020-02-29',
    '2021-02-29',
    '2020-01-02 03:04:05',
    '2020-01-02T03:04:05.123Z',
    '2020-01-02 03:04:05.1+05:30',
    '2020-01-02 03:04:05-08',
    'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
    '{a0eebc999c0b4ef8bb6d6bb9bd380a11}',
    'x',
    '007',
    '0000000000000000000000012',
    '+2999.995',
    '2020-13-01',
  ],
  'varchar(10)': ['abc', 'abcdefghij', 'ab   '],
  'char(5)': ['ab', 'abcde'],
  date: ['2020-01-31', '1969-12-31', '0001-01-01', '9999-12-31', 'infinity', '-infinity', '0044-03-15 BC', '12000-01-01', '300000-01-01'],
  time: ['00:00:00', '10:20:30', '23:59:59.999999', '24:00:00', '10:20:30.5'],
  timestamp: [
    '2020-01-31 10:20:30',
    '1969-12-31 23:59:59.999999',
    '2000-01-01 00:00:00.0005',
    '1999-12-31 23:59:59.9995',
    'infinity',
    '-infinity',
    '0044-03-15 10:00:00 BC',
    '9999-12-31 23:59:59.999999',
    '0001-01-01 00:00:00',
  ],
  timestamptz: ['2020-01-31 10:20:30.120+02', 'infinity', '1970-01-01 00:00:00+00'],
  interval: ['1 day', '10:20:30'],
  uuid: ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  bytea: ['\\xdeadbeef', '\\x'],
}; // prettier-ignore

const TARGETS = [
  'bool',
  'int2',
  'int4',
  'int8',
  'float4',
  'float8',
  'numeric',
  'numeric(10,2)',
  'numeric(4,1)',
  'numeric(18,4)',
  'numeric(30,5)',
  'text',
  'varchar(3)',
  'char(3)',
  'date',
  'time',
  'time(1)',
  'timestamp',
  'timestamptz',
  'timestamp(3)',
  'timestamptz(0)',
  'uuid',
  'bytea',
  'interval',
]; // prettier-ignore

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

describe('casts of values', () => {
  it.each(Object.keys(VALUES))('from %s', async (from) => {
    const others: string[] = [];
    for (const to of TARGETS) {
      for (const text of VALUES[from] ?? []) {
        const sql = `SELECT CAST(CAST(${pg.escapeLiteral(text)} AS ${from}) AS ${to}) AS x`;
        const [theirs, ours] = [await askPostgres(client, sql), await fallback.ask(sql)];
        if (!isRefused(ours) && JSON.stringify(theirs) !== JSON.stringify(ours))
          others.push(`${sql}: ${JSON.stringify(theirs)} / ${JSON.stringify(ours)}`);
      }
    }
    expect(others).toEqual([]);
  });
});
