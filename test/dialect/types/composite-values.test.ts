import { createRequire } from 'node:module';
import { Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codecFor } from '../../../src/dialect/types/codecs.js';
import { textOfParameter } from '../../../src/dialect/types/parameter-text.js';
import type { PgType } from '../../../src/dialect/types/pg-type.js';
import { type Comparison, comparison } from './composite-postgres.js';

const require = createRequire(import.meta.url);
const { prepareValue } = require('pg/lib/utils') as { prepareValue: (value: unknown) => string | Buffer | null };

let postgres: Comparison;
let sequelize: Sequelize;

beforeAll(async () => {
  postgres = await comparison();
  sequelize = new Sequelize(postgres.server.url, { logging: false });
});
afterAll(async () => {
  await sequelize.close();
  await postgres.end();
});

const array = (element: PgType): PgType => ({ key: 'array', element });

/** What a program gets on PostgreSQL, and from the codec. */
async function expectSameValue(name: string, type: PgType, texts: readonly string[]): Promise<void> {
  const codec = codecFor(type);
  for (const text of texts) {
    const [rows] = await sequelize.query(`SELECT $1::${name} AS value`, { bind: [text] });
    expect({ text, value: codec.toJs(codec.input(text)) }).toEqual({ text, value: (rows as { value: unknown }[])[0]?.value });
  }
}

describe('the values that a program gets', () => {
  it('are parsed JSON', async () => {
    await expectSameValue('jsonb', { key: 'jsonb' }, ['{"b":1,"a":[1.50,null,"x"]}', '1', '"x"', 'null', '[]']);
    await expectSameValue('json', { key: 'json' }, ['{"b": 1, "a": 2}', '1e2']);
  });
  it('are arrays', async () => {
    await expectSameValue('int4[]', array({ key: 'int4' }), ['{}', '{1,NULL,3}', '{{1,2},{3,4}}']);
    await expectSameValue('int8[]', array({ key: 'int8' }), ['{9223372036854775807,-1,NULL}']);
    await expectSameValue('text[]', array({ key: 'text' }), ['{a,NULL,"NULL","","a b","\\"\\\\"}', '{{a},{b}}']);
    await expectSameValue('numeric[]', array({ key: 'numeric' }), ['{1.50,NULL,NaN}']);
    await expectSameValue('bool[]', array({ key: 'bool' }), ['{t,f,NULL}']);
    await expectSameValue('float8[]', array({ key: 'float8' }), ['{1.5,NaN,Infinity,NULL}']);
    await expectSameValue('uuid[]', array({ key: 'uuid' }), ['{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}']);
    await expectSameValue('date[]', array({ key: 'date' }), ['{2020-01-02,infinity,NULL}']);
    await expectSameValue('timestamptz[]', array({ key: 'timestamptz' }), ['{"2020-01-02 03:04:05.678+02",infinity,NULL}']);
    await expectSameValue('timestamp[]', array({ key: 'timestamp' }), ['{"2020-01-02 03:04:05.678"}']);
    await expectSameValue('time[]', array({ key: 'time' }), ['{03:04:05.678}']);
    await expectSameValue('bytea[]', array({ key: 'bytea' }), ['{"\\\\x0102",NULL}']);
    await expectSameValue('jsonb[]', array({ key: 'jsonb' }), ['{"{\\"b\\": 1}",NULL,"null"}']);
    await expectSameValue('json[]', array({ key: 'json' }), ['{"{\\"b\\": 1}"}']);
    await expectSameValue('int4range[]', array({ key: 'int4range' }), ['{"[1,3]",empty,NULL}']);
    await expectSameValue('inet[]', array({ key: 'inet' }), ['{1.2.3.4}']);
    await expectSameValue('cidr[]', array({ key: 'cidr' }), ['{1.2.3.0/24}']);
    await expectSameValue('macaddr[]', array({ key: 'macaddr' }), ['{08:00:2b:01:02:03}']);
    await expectSameValue('macaddr8[]', array({ key: 'macaddr8' }), ['{08:00:2b:01:02:03:04:05}']);
    await expectSameValue('tsvector[]', array({ key: 'tsvector' }), ['{"a b:1"}']);
    await expectSameValue('varchar(5)[]', array({ key: 'varchar', modifiers: [5] }), ['{a,b}']);
    await expectSameValue('bpchar(3)[]', array({ key: 'bpchar', modifiers: [3] }), ['{a,b}']);
    await expectSameValue('name[]', array({ key: 'name' }), ['{a,b}']);
    await expectSameValue('oid[]', array({ key: 'oid' }), ['{1,2}']);
  });
  it('are ranges as Sequelize gives them', async () => {
    await expectSameValue('int4range', { key: 'int4range' }, ['[1,3]', 'empty', '[1,]', '(,3)', '(,)']);
    await expectSameValue('int8range', { key: 'int8range' }, ['[1,9007199254740993]']);
    await expectSameValue('numrange', { key: 'numrange' }, ['[1.50,3)', '(1,2]', '[0,)']);
    await expectSameValue('daterange', { key: 'daterange' }, ['[2020-01-01,2020-01-31]', '[-infinity,infinity]', '[2020-01-01,)']);
    await expectSameValue('tstzrange', { key: 'tstzrange' }, [
      '["2020-01-01 10:00:00.5+02",infinity]',
      '[2020-01-01,)',
      '(-infinity,2020-01-01)',
    ]);
    await expectSameValue('tsrange', { key: 'tsrange' }, ['["2020-01-01 10:00:00","2020-01-02 11:00"]']);
  });
  it('are texts of the other types', async () => {
    await expectSameValue('inet', { key: 'inet' }, ['1.2.3.4', '1.2.3.4/24', '::1']);
    await expectSameValue('cidr', { key: 'cidr' }, ['1.2.3.0/24']);
    await expectSameValue('macaddr', { key: 'macaddr' }, ['08002b:010203']);
    await expectSameValue('tsvector', { key: 'tsvector' }, ['b a:1A']);
    await expectSameValue('tsquery', { key: 'tsquery' }, ['a & b']);
  });
});

describe('the text of a bound value', () => {
  const date = new Date('2020-02-03T04:05:06.007Z');
  const self = { toPostgres: (prepare: (value: unknown) => unknown) => `x${String(prepare(1))}` };
  const values = [
    1,
    1.5,
    -0,
    NaN,
    Infinity,
    'text',
    '',
    true,
    false,
    10n,
    date,
    new Date(-62198755200000),
    new Date(0),
    Buffer.from('ab'),
    new Uint8Array([1, 2, 3]),
    [],
    [1, 2],
    ['a', 'a"b', 'a\\b', null, undefined, ''],
    [
      [1, 2],
      [3, 4],
    ],
    [date],
    [Buffer.from([1, 255])],
    [new Uint8Array([1])],
    [true],
    [{ a: 1 }],
    [10n],
    [self],
    { a: 1, b: [1] },
    {},
    self,
    new Date(NaN),
    ['é', 'NULL'],
    { toPostgres: () => ({ toPostgres: () => 'deep' }) },
    { toJSON: () => 'json' },
  ]; // prettier-ignore
  it.each(values.map((value, index) => [index, value]))('is what pg sends (%i)', (_, value) => {
    expect(textOfParameter(value)).toEqual(prepareValue(value));
  });
});
