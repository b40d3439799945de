import sqlite3 from 'sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exactFloat } from '../../../src/dialect/translate/casts/float-from-text.js';
import { floatText } from '../../../src/dialect/translate/casts/float-to-text.js';
import { keyText } from '../../../src/dialect/translate/casts/key-text.js';
import { raiseSql } from '../../../src/dialect/translate/raise.js';
import { numericCodec } from '../../../src/dialect/types/numeric.js';

let database: sqlite3.Database;

beforeAll(() => {
  database = new sqlite3.Database(':memory:');
});
afterAll(() => new Promise((resolve) => database.close(resolve)));

/** What SQLite makes of each value, which `sql` calls `value`. */
function answers(sql: string, values: readonly unknown[]): Promise<readonly unknown[]> {
  return new Promise((resolve, reject) => {
    database.all<{ answer: unknown }>(`SELECT ${sql} AS answer FROM json_each(?)`, JSON.stringify(values), (error, rows) => {
      if (error) reject(error);
      else resolve(rows.map(({ answer }) => answer));
    });
  });
}

/** The same numbers in each run. */
function numbers(count: number, of: (random: number, power: number) => number): readonly number[] {
  let seed = 7;
  const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  return Array.from({ length: count }, () => of(next() + next() / 2147483648, Math.floor(next() * 18) - 4));
}

describe('numbers in texts', () => {
  const read = (texts: readonly string[]) => answers(exactFloat('value', raiseSql('0A000', 'unread')), texts);

  it('are read as JavaScript reads them, of any number of digits', async () => {
    const all = numbers(5000, (random, power) => (random - 0.5) * 10 ** power);
    for (const texts of [
      all.map(String),
      all.map((number) => number.toPrecision(15)),
      all.map((number) => number.toPrecision(16)),
      all.map((number) => number.toPrecision(17)),
      all.map((number) => String(Math.round(number))),
    ]) {
      const readable = texts.filter((text) => !/e-(?:7|8|9|\d\d)/.test(text));
      expect(await read(readable)).toEqual(readable.map(Number));
    }
  });

  it('that lie between two doubles become the even one', async () => {
    const texts = ['9007199254740993', '9007199254740995', '4503599627370496.5', '4503599627370497.5', '18014398509481986'];
    expect(await read(texts)).toEqual(texts.map(Number));
  });

  it('may have signs, points at the ends and exponents', async () => {
    const texts = ['0', '-0.0', '+7', '.5', '5.', '1e0', '1E+2', '-1.5e-3', '0e5', '100000000000000000000', '1e22', '12345678901234567e4'];
    expect(await read(texts)).toEqual(texts.map(Number));
  });

  it('are not read where they are too long', async () => {
    for (const text of ['12345678901234567891', '1e23', '1.2345678901234567e-10']) await expect(read([text])).rejects.toThrow('unread');
  });
});

describe('the text of a double', () => {
  const written = (values: readonly number[]) => answers(floatText('(value + 0.0)'), values);

  it('has the fewest digits that are read as the same', async () => {
    const sums = [0.1 + 0.2, 1 / 3, 2 / 3, 5e-4, 123456789012345.6, 83785738128330.625, 99999.999999999985, 1e14, -7 / 9, 0.0001];
    const all = numbers(5000, (random) => Math.floor(random * 1e15) / 8);
    for (const values of [sums, all]) expect(await written(values)).toEqual(values.map(String));
  });

  it('is refused where PostgreSQL writes an exponent', async () => {
    await expect(written([1e15])).rejects.toThrow('0A000');
    await expect(written([0.00009])).rejects.toThrow('0A000');
  });
});

describe('the text of a numeric', () => {
  it('is what its codec writes', async () => {
    const codec = numericCodec({ key: 'numeric' });
    const texts = [
      '0',
      '0.00',
      '1.50',
      '-0.0050',
      '100',
      '-100.10',
      '1000000',
      '123456789012345678901234567890.50',
      '0.000001',
      'NaN',
      'Infinity',
    ];
    const keys = texts.map((text) => codec.input(text));
    expect(await answers(keyText('value'), keys)).toEqual(texts);
  });
});
