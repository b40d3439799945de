import { afterAll, beforeAll, describe, it } from 'vitest';
import { rules as functions } from '../../../src/dialect/translate/functions/ranges.js';
import { rules as hstore } from '../../../src/dialect/translate/operators/hstore.js';
import { rules as network } from '../../../src/dialect/translate/operators/network.js';
import { rules } from '../../../src/dialect/translate/operators/ranges.js';
import { rules as textSearch } from '../../../src/dialect/translate/operators/text-search.js';
import { type Comparison, comparison } from '../types/composite-postgres.js';
import { expectSameCall, expectSameOperator, of, type Operand, unknown } from './same-as-postgres.js';

let postgres: Comparison;

beforeAll(async () => {
  postgres = await comparison();
});
afterAll(() => postgres.end());

const int4range = of('int4range', { key: 'int4range' });
const numrange = of('numrange', { key: 'numrange' });
const tstzrange = of('tstzrange', { key: 'tstzrange' });
const daterange = of('daterange', { key: 'daterange' });
const pairs = (all: readonly Operand[]): (readonly [Operand, Operand])[] => all.flatMap((one) => all.map((other) => [one, other] as const));

const INTEGERS = ['empty', '[1,3)', '[1,5)', '[3,5)', '[2,4)', '[5,9)', '(,3)', '[3,)', '(,)', '[1,2)', '(,1)'].map(int4range);
const NUMBERS = [
  'empty',
  '[1,2]',
  '(1,2)',
  '[1,2)',
  '(1,2]',
  '[2,3]',
  '(2,3)',
  '[1.0,2.00]',
  '(,1]',
  '(,1)',
  '[2,)',
  '(2,)',
  '(,)',
  '[-1.5,-0.5]',
  '[1,1]',
].map(numrange);
const TIMES = ['empty', '[2020-01-01,2020-02-01)', '["2020-01-31 12:00+00",2020-03-01]', '[-infinity,2020-01-01]', '(,infinity)'].map(
  tstzrange,
);
const DAYS = ['empty', '[2020-01-01,2020-02-01)', '[2020-02-01,2020-03-01]', '[-infinity,2020-01-01]', '(,infinity)'].map(daterange);
const OPERATORS = ['@>', '<@', '&&', '<<', '>>', '&<', '&>', '-|-'];

describe('ranges', () => {
  it.each(OPERATORS)('%s', async (name) => {
    for (const ranges of [INTEGERS, NUMBERS, TIMES, DAYS]) await expectSameOperator(postgres, rules, name, pairs(ranges));
    await expectSameOperator(postgres, rules, name, [
      [int4range(null), int4range('[1,2)')],
      [int4range('[1,2)'), unknown('[1,3)')],
      [unknown('[1,2]'), int4range('[1,3)')],
    ]);
  });
  it('contain elements', async () => {
    await expectSameOperator(
      postgres,
      rules,
      '@>',
      INTEGERS.flatMap((range) => [0, 1, 2, 3, 4, 5, 100].map((element) => [range, element] as const)),
    );
    await expectSameOperator(
      postgres,
      rules,
      '<@',
      INTEGERS.flatMap((range) => [0, 3].map((element) => [element, range] as const)),
    );
    const numeric = of('numeric', { key: 'numeric' });
    await expectSameOperator(
      postgres,
      rules,
      '@>',
      NUMBERS.flatMap((range) => ['1', '1.0', '2.00', '1.5', '-1', 'NaN'].map((element) => [range, numeric(element)] as const)),
    );
    const time = of('timestamptz', { key: 'timestamptz' });
    await expectSameOperator(
      postgres,
      rules,
      '@>',
      TIMES.flatMap((range) =>
        ['2020-01-01', '2020-02-01', '2019-01-01', 'infinity', '-infinity'].map((element) => [range, time(element)] as const),
      ),
    );
  });
  it('of numbers are equal whatever the zeros', () => expectSameOperator(postgres, rules, '=', pairs(NUMBERS)));
  it('have bounds', async () => {
    for (const name of ['lower', 'upper', 'isempty', 'lower_inc', 'upper_inc', 'lower_inf', 'upper_inf']) {
      for (const ranges of [INTEGERS, NUMBERS, TIMES, DAYS])
        await expectSameCall(
          postgres,
          functions,
          name,
          ranges.map((range) => [range]),
        );
    }
  });
  it('are constructed', async () => {
    const bounds = [
      [1, 3],
      [3, 1],
      [1, 1],
      [-1, 1],
      [2147483646, 2147483647],
    ] as const;
    const flags = ['[]', '[)', '(]', '()', 'x', '[['];
    const int4 = of('int4', { key: 'int4' });
    const all = bounds.flatMap(([l, u]) => [[l, u], ...flags.map((flag) => [l, u, unknown(flag)])] as Operand[][]);
    await expectSameCall(postgres, functions, 'int4range', [
      ...all,
      [int4(null), 3],
      [1, int4(null)],
      [int4(null), int4(null), unknown('[]')],
    ]);
    await expectSameCall(postgres, functions, 'int8range', all);
    await expectSameCall(postgres, functions, 'numrange', [
      [unknown('1.50'), unknown('1.5'), unknown('[]')],
      [unknown('1.50'), unknown('1.5')],
      [unknown('1.50'), unknown('2.0')],
      [unknown('3'), unknown('2.0')],
    ]);
    await expectSameCall(
      postgres,
      functions,
      'daterange',
      flags.map((flag) => [unknown('2020-01-01'), unknown('infinity'), unknown(flag)]),
    );
    await expectSameCall(
      postgres,
      functions,
      'daterange',
      flags.map((flag) => [unknown('2020-01-01'), unknown('2020-01-02'), unknown(flag)]),
    );
    await expectSameCall(
      postgres,
      functions,
      'tstzrange',
      flags.map((flag) => [unknown('2020-01-01'), unknown('2020-01-02 10:00'), unknown(flag)]),
    );
  });
});

describe('network addresses', () => {
  const inet = of('inet', { key: 'inet' });
  const cidr = of('cidr', { key: 'cidr' });
  const addresses = [
    ...[
      '10.0.0.1',
      '10.0.0.1/8',
      '10.1.2.3/16',
      '10.0.0.0/8',
      '0.0.0.0/0',
      '192.168.100.0/22',
      '192.168.103.1',
      '192.168.104.1',
      '::1',
      '::/0',
      'fe80::1/10',
      'fe90::1',
      '2001:db8::/33',
    ].map(inet),
    cidr('10.0.0.0/8'),
    unknown('10.0.0.0/13'),
  ];
  it.each(['<<', '<<=', '>>', '>>=', '&&'])('%s', (name) => expectSameOperator(postgres, network, name, pairs(addresses).slice(0, -1)));
});

describe('hstore', () => {
  const store = of('hstore', { key: 'hstore' });
  const stores = ['', 'a=>1', 'a=>1,b=>2', 'a=>NULL', 'b=>2,"c d"=>x,a=>1', '"x.y"=>"q\\"u"'].map(store);
  it('has keys and values', async () => {
    for (const name of ['->', '?'])
      await expectSameOperator(
        postgres,
        hstore,
        name,
        stores.flatMap((one) => ['a', 'b', 'c d', 'x.y', 'zz'].map((key) => [one, unknown(key)] as const)),
      );
    for (const name of ['?|', '?&'])
      await expectSameOperator(
        postgres,
        hstore,
        name,
        stores.flatMap((one) => ['{}', '{a,b}', '{NULL}', '{zz,a}'].map((key) => [one, unknown(key)] as const)),
      );
    for (const name of ['@>', '<@', '||']) await expectSameOperator(postgres, hstore, name, pairs(stores));
  });
});

describe('text search', () => {
  const vector = of('tsvector', { key: 'tsvector' });
  it('finds lexemes', () => {
    const vectors = ['', 'fat cat', "fat:1 'x y':2A rat:3", "'it''s' a", "'b ''a' c"].map(vector);
    const queries = ['fat', 'cat & fat', 'cat | dog', '!dog', 'ra:*', "'x y'", "'it''s'", 'a', '', 'x', "'''a'", '!(fat & cat)', "'x':*"];
    return expectSameOperator(
      postgres,
      textSearch,
      '@@',
      vectors.flatMap((one) => queries.map((text) => [one, unknown(text)] as const)),
    );
  });
});
