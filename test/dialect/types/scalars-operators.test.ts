import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { sameAnswers } from './same-answers.js';
import { Fallback } from './scalar-engines.js';

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

const OPERANDS = [
  "'7'::int2",
  "'-3'::int2",
  "'32767'::int2",
  "'12'::int4",
  "'-5'::int4",
  "'2147483647'::int4",
  "'0'::int4",
  "'9223372036854775807'::int8",
  "'-9223372036854775808'::int8",
  "'3'::int8",
  "'1.5'::float4",
  "'2.5'::float8",
  "'-0.1'::float8",
  "'0'::float8",
  "'1e308'::float8",
  "'NaN'::float8",
  "'Infinity'::float8",
  "'1e-308'::float8",
  "'1.50'::numeric(10,2)",
  "'-2.25'::numeric(8,2)",
  "'0'::numeric(4,1)",
  "'1234567890.1234'::numeric(18,4)",
  "'3.10'::numeric",
  "'123456789012345678901234567890'::numeric",
  '4',
  '1.25',
  '0.10',
  '5000000000',
  'NULL::int4',
  'NULL::numeric(5,2)',
  "'-1'::int4",
]; // prettier-ignore

describe('arithmetic of numbers', () => {
  it.each(['+', '-', '*', '/', '%'])('%s', async (operator) => {
    const statements = OPERANDS.flatMap((left) => OPERANDS.map((right) => `SELECT ${left} ${operator} ${right} AS x`));
    const refused = await sameAnswers(client, fallback, statements);
    expect(refused.length).toBeLessThan(statements.length / 6);
  });

  it('bits, powers and signs', async () => {
    const integers = OPERANDS.filter((operand) => /int\d|^\d+$/.test(operand));
    const statements = ['&', '|', '#'].flatMap((operator) =>
      integers.flatMap((left) => integers.map((right) => `SELECT ${left} ${operator} ${right} AS x`)),
    );
    const shifts = ['<<', '>>'].flatMap((operator) =>
      integers.flatMap((left) => [0, 1, 5, 31].map((right) => `SELECT ${left} ${operator} ${right} AS x`)),
    );
    const powers = [
      '2 ^ 10',
      '2.5::float8 ^ 2',
      '0::float8 ^ -1',
      '(-8)::float8 ^ 0.5::float8',
      '10::float8 ^ 400',
      '2::int4 ^ 3::int8',
    ].map((text) => `SELECT ${text} AS x`);
    const signs = OPERANDS.flatMap((operand) => [`SELECT -(${operand}) AS x`, `SELECT +(${operand}) AS x`]);
    expect(
      await sameAnswers(client, fallback, [
        ...statements,
        ...shifts,
        ...powers,
        ...signs,
        ...integers.map((operand) => `SELECT ~(${operand}) AS x`),
      ]),
    ).toEqual([]);
  });

  it('untyped operands', async () => {
    expect(
      await sameAnswers(client, fallback, [
        "SELECT 1::int4 + '2' AS x",
        "SELECT '3' * 2.5::float8 AS x",
        "SELECT '1.5'::numeric(5,2) + '2.25' AS x",
        "SELECT 1::int4 + 'a' AS x",
        "SELECT 2::int8 - '1.5' AS x",
      ]),
    ).toEqual([]);
  });

  it('expressions within expressions', async () => {
    const nested = Array.from({ length: 14 }).reduce<string>((inner) => `(${inner} * 2 - 1)`, "'3'::int4");
    const floats = Array.from({ length: 8 }).reduce<string>((inner) => `(${inner} * 1.5::float8 - 1)`, "'3'::float8");
    const decimals = Array.from({ length: 6 }).reduce<string>((inner) => `(${inner} + 1.25)`, "'3.5'::numeric(10,2)");
    expect(
      await sameAnswers(
        client,
        fallback,
        [nested, floats, decimals].map((text) => `SELECT ${text} AS x`),
      ),
    ).toEqual([]);
  });
});

describe('functions of numbers', () => {
  const ONE = ['abs', 'ceil', 'ceiling', 'floor', 'round', 'trunc', 'sign', 'sqrt', 'exp', 'ln', 'log'];
  it.each(ONE)('%s', async (name) => {
    const values = [
      ...OPERANDS,
      "'2.5'::float8",
      "'3.5'::float8",
      "'-2.5'::float8",
      "'2.50'::numeric(5,2)",
      "'-2.50'::numeric(5,2)",
      "'-2.51'::numeric(5,2)",
      "'4'",
      "'4'::float8",
    ].filter(
      (value) =>
        !(/^(?:exp|ln|log|sqrt)$/.test(name) && /numeric|\d\.\d+$/.test(value)) && !(name === 'round' && value.startsWith("'-0.1")),
    ); // -0 is 0
    const refused = await sameAnswers(
      client,
      fallback,
      values.map((value) => `SELECT ${name}(${value}) AS x`),
    ); // prettier-ignore
    expect(refused.length).toBeLessThan(4);
  });

  it('of two numbers', async () => {
    const statements = [
      'round(2.345::numeric(8,3), 2)',
      'round(-2.345::numeric(8,3), 2)',
      'round(2.345, 1)',
      'round(5, 2)',
      "round('1.5'::float8, 1)",
      'trunc(2.349::numeric(8,3), 2)',
      'trunc(-2.349, 1)',
      'mod(7, 3)',
      'mod(-7, 3)',
      'mod(7.5, 2)',
      'mod(7, 0)',
      'power(2, 3)',
      "power('2'::float8, 0.5::float8)",
      'div(7, 2)',
      'div(-7.5, 2)',
      'div(1, 0)',
      "mod('7'::int2, 2)",
      'pi()',
    ]; // prettier-ignore
    expect(
      await sameAnswers(
        client,
        fallback,
        statements.map((text) => `SELECT ${text} AS x`),
      ),
    ).toEqual([]); // prettier-ignore
  });
});
