import { Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codecFor } from '../../../src/dialect/types/codecs.js';
import { arrayOidOf, formatType, oidOf } from '../../../src/dialect/types/type-names.js';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { writtenType } from './written-type.js';

const VALUES: Readonly<Record<string, readonly string[]>> = {
  boolean: ['t', 'f'],
  smallint: ['-5'],
  integer: ['12'],
  bigint: ['9007199254740993'],
  oid: ['7'],
  real: ['0.1', 'NaN', '1e10'],
  'double precision': ['0.1', 'Infinity', '1e300'],
  'numeric(10,2)': ['1.5'],
  numeric: ['1.50', 'NaN'],
  text: ['a'],
  'varchar(5)': ['ab'],
  'character(3)': ['a'],
  uuid: ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  bytea: ['\\x0102ff', '\\x'],
  date: ['2020-01-31', 'infinity', '-infinity', '0044-03-15 BC'],
  time: ['10:20:30.5'],
  'timestamp with time zone': [
    '2020-01-31 10:20:30.123999+02',
    '1969-12-31 23:59:59.9995',
    'infinity',
    '-infinity',
    '0044-03-15 10:00:00+00 BC',
    '0050-01-01',
    '20000-01-01',
  ],
  'timestamp without time zone': ['2020-01-31 10:20:30.123', 'infinity'],
  interval: ['1 year 2 days 03:04:05.6'],
}; // prettier-ignore

let server: PostgresServer;
let sequelize: Sequelize;

beforeAll(async () => {
  server = await startPostgres({ settings: { timezone: 'UTC' } });
  sequelize = new Sequelize(server.url, { logging: false });
});

afterAll(async () => {
  await sequelize.close();
  await server.dispose();
});

describe('a scalar', () => {
  it.each(Object.keys(VALUES))('%s comes to JavaScript as Sequelize has it from PostgreSQL', async (spelling) => {
    const codec = codecFor(writtenType(spelling));
    for (const text of VALUES[spelling] ?? []) {
      const [rows] = await sequelize.query(`SELECT CAST($1 AS ${spelling}) AS value`, { bind: [text] });
      expect(codec.toJs(codec.input(text)), text).toEqual((rows[0] as { value: unknown }).value);
    }
  });

  it('takes JavaScript values at once where its text says the same', () => {
    for (const [spelling, value] of [
      ['integer', 5],
      ['bigint', 7],
      ['double precision', 1.5],
      ['boolean', true],
      ['text', 'x'],
      ['varchar(3)', 'abc'],
      ['timestamptz', new Date(1234)],
    ] as const) {
      // prettier-ignore
      const codec = codecFor(writtenType(spelling));
      const text = value instanceof Date ? value.toISOString() : String(value);
      expect(codec.fromJs?.(value), spelling).toEqual(codec.input(text));
    }
    expect(codecFor(writtenType('integer')).fromJs?.(2 ** 40)).toBeUndefined();
    expect(codecFor(writtenType('varchar(3)')).fromJs?.('abcd')).toBeUndefined();
  });

  it('is named as PostgreSQL does, under its OID', async () => {
    for (const spelling of [
      ...Object.keys(VALUES),
      'timestamp(3)',
      'timestamptz(0)',
      'time(2)',
      'char',
      'float(10)',
      'float',
      'decimal(5)',
      'int[]',
      'varchar(3)[]',
      'numeric(10,2)[][]',
      '_int4',
      'jsonb',
      'int4range',
      'inet',
      'dec',
      'bool',
      'int2',
      'character varying',
      'double precision[]',
      'name',
      'interval(2)',
    ]) {
      const type = writtenType(spelling);
      await sequelize.query(`DROP TABLE IF EXISTS named; CREATE TABLE named (x ${spelling})`);
      const [found] = await sequelize.query(
        "SELECT format_type(a.atttypid, a.atttypmod) AS name, t.oid::int AS oid, t.typarray::int AS array FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE attrelid = 'named'::regclass AND attname = 'x'",
      ); // prettier-ignore
      expect({ name: formatType(type), oid: oidOf(type), array: type.key === 'array' ? 0 : arrayOidOf(type) }, spelling).toEqual(found[0]);
    }
  });

  it('of no known name is an error as in PostgreSQL', async () => {
    for (const spelling of [
      'blob',
      'foo[]',
      'nowhere.foo',
      'public.int4',
      'integer(3)',
      'varchar(0)',
      'numeric(0)',
      'numeric(1001)',
      'float(0)',
      'float(54)',
      'varchar(99999999)',
      'uuid(3)',
    ]) {
      // prettier-ignore
      const theirs = await createError(spelling);
      let ours = 'created';
      try {
        writtenType(spelling);
      } catch (error) {
        const { code, message } = error as { code: string; message: string };
        ours = `${code} ${message}`;
      }
      expect(ours, spelling).toBe(theirs);
    }
  });
});

async function createError(spelling: string): Promise<string> {
  try {
    await sequelize.query(`CREATE TABLE never (x ${spelling})`);
    return 'created';
  } catch (error) {
    const { code, message } = (error as { original: { code: string; message: string } }).original;
    return `${code} ${message}`;
  }
}
