import pg from 'pg';
import sqlite3 from 'sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Stored } from '../../../src/dialect/types/codec.js';
import { codecFor } from '../../../src/dialect/types/codecs.js';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { catalogOfEnums } from './catalog-of-enums.js';
import { writtenType } from './written-type.js';

const catalog = catalogOfEnums({ schema: 'public', name: 'mood', labels: ['sad', 'ok', 'happy', 'a'] });

/** The same numbers on every run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const random = generator(42);
const below = (limit: number): number => Math.floor(random() * limit);
const digits = (most: number): string => Array.from({ length: 1 + below(most) }, () => String(below(10))).join('');
const sign = (): string => (random() < 0.5 ? '-' : '');
const decimal = (whole: number, fraction: number): string => `${sign()}${digits(whole)}${random() < 0.7 ? `.${digits(fraction)}` : ''}`;
const two = (value: number): string => String(value).padStart(2, '0');
const day = (): string => `${String(1 + below(random() < 0.8 ? 2500 : 9999)).padStart(4, '0')}-${two(1 + below(12))}-${two(1 + below(28))}`;
const clock = (): string => `${two(below(24))}:${two(below(60))}:${two(below(60))}${random() < 0.6 ? `.${digits(7)}` : ''}`;
const zone = (): string => (random() < 0.5 ? 'Z' : `${random() < 0.5 ? '-' : '+'}${two(below(15))}:${two(below(60))}`);
const bits = new DataView(new ArrayBuffer(8));
const double = (): string => {
  bits.setUint32(0, below(4294967296));
  bits.setUint32(4, below(4294967296));
  const any = bits.getFloat64(0);
  return String(Number.isFinite(any) && random() < 0.5 ? any : Number(decimal(9, 12)));
};
const single = (): string => {
  bits.setUint32(0, below(4294967296));
  const any = bits.getFloat32(0);
  return String(Number.isFinite(any) && any !== 0 && random() < 0.6 ? any : Math.fround(Number(decimal(6, 6))));
};
const word = (): string =>
  Array.from({ length: below(4) }, () => String.fromCodePoint([97 + below(5), 65 + below(3), 233, 0x1f600, 48][below(5)] ?? 97)).join('');

const TYPES: Readonly<Record<string, () => string>> = {
  integer: () => String(below(4294967296) - 2147483648),
  bigint: () => `${sign()}${digits(18)}`,
  real: single,
  'double precision': double,
  'numeric(10,3)': () => decimal(7, 5),
  'numeric(30,10)': () => decimal(20, 12),
  numeric: () => (random() < 0.1 ? (['NaN', 'Infinity', '-Infinity', '0', '0.00'][below(5)] ?? '0') : decimal(25, 12)),
  text: word,
  'char(4)': word,
  mood: () => ['sad', 'ok', 'happy', 'a'][below(4)] ?? 'ok',
  uuid: () => Array.from({ length: 32 }, () => below(16).toString(16)).join(''),
  bytea: () => `\\x${Array.from({ length: below(5) }, () => below(256).toString(16).padStart(2, '0')).join('')}`,
  date: () => (random() < 0.05 ? (['infinity', '-infinity', '0044-03-15 BC'][below(3)] ?? '') : day()),
  time: clock,
  timestamp: () =>
    random() < 0.05
      ? (['infinity', '-infinity', '0044-03-15 12:00 BC', '200000-01-01 00:00:00.000001'][below(4)] ?? '')
      : `${day()} ${clock()}`,
  'timestamptz(3)': () => `${day()}T${clock()}${zone()}`,
};

let server: PostgresServer;
let client: pg.Client;
const database = new sqlite3.Database(':memory:');

beforeAll(async () => {
  server = await startPostgres({ settings: { timezone: 'UTC' } });
  client = new pg.Client({ connectionString: server.url, types: { getTypeParser: () => String } });
  await client.connect();
  await client.query("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'a')");
});

afterAll(async () => {
  await client.end();
  await server.dispose();
  await new Promise((resolve) => database.close(resolve));
});

describe('random values keep their text and their order', () => {
  it.each(Object.keys(TYPES))('%s', async (type) => {
    const make = TYPES[type] ?? (() => '');
    const texts = Array.from({ length: 400 }, make);
    const array = `ARRAY[${texts.map((text) => pg.escapeLiteral(text)).join(', ')}]`;
    await client.query(
      `DROP TABLE IF EXISTS probe; CREATE TEMP TABLE probe (n serial, value ${type}); INSERT INTO probe (value) SELECT CAST(t AS ${type}) FROM unnest(${array}) AS t`,
    );
    const expected = (
      await client.query<{ value: string }>(`SELECT value FROM probe ORDER BY value ${isText(type) ? 'COLLATE "C"' : ''}, n`)
    ).rows.map(({ value }) => value);
    expect(await sorted(type, texts)).toEqual(expected);
  });
});

function isText(type: string): boolean {
  return type === 'text' || type.startsWith('char');
}

/** The texts stored in SQLite, in the order of their keys, and read again. */
async function sorted(type: string, texts: readonly string[]): Promise<string[]> {
  const codec = codecFor(writtenType(type, catalog));
  const checks = codec.checks?.('value') ?? [];
  await run('DROP TABLE IF EXISTS probe');
  await run(
    `CREATE TABLE probe (n INTEGER PRIMARY KEY, value ${codec.affinity} ${checks.map(({ condition }) => `CHECK (${condition})`).join(' ')})`,
  );
  for (const text of texts) await run(`INSERT INTO probe (value) VALUES (${codec.bind?.('?1') ?? '?1'})`, [codec.input(text)]);
  const rows = await all(
    `SELECT ${codec.select?.('value') ?? 'value'} AS v FROM probe ORDER BY ${codec.orderKey?.('value') ?? 'value'}, n`,
  );
  return rows.map(({ v }) => codec.output(v));
}

function run(sql: string, values: readonly Stored[] = []): Promise<void> {
  return new Promise((resolve, reject) => database.run(sql, [...values], (error) => (error ? reject(error) : resolve())));
}

function all(sql: string): Promise<{ v: Exclude<Stored, null> }[]> {
  return new Promise((resolve, reject) =>
    database.all<{ v: Exclude<Stored, null> }>(sql, (error, rows) => (error ? reject(error) : resolve(rows))),
  );
}
