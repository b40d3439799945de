import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commonType } from '../../../src/dialect/translate/common-type.js';
import { rules as functions } from '../../../src/dialect/translate/functions/arrays.js';
import { operate } from '../../../src/dialect/translate/operate.js';
import { arrayConstructor, rules, slice, subscript } from '../../../src/dialect/translate/operators/arrays.js';
import { quantified } from '../../../src/dialect/translate/operators/quantified.js';
import { codecFor } from '../../../src/dialect/types/codecs.js';
import type { PgType } from '../../../src/dialect/types/pg-type.js';
import { type Comparison, comparison } from '../types/composite-postgres.js';
import { ExpressionTranslation, value } from './composite-evaluation.js';
import { expectSameCall, expectSameOperator, of, type Operand, unknown } from './same-as-postgres.js';

let postgres: Comparison;

beforeAll(async () => {
  postgres = await comparison();
});
afterAll(() => postgres.end());

const array = (element: PgType): PgType => ({ key: 'array', element });
const INT4S = array({ key: 'int4' });
const ints = of('int4[]', INT4S);
const texts = of('text[]', array({ key: 'text' }));
const floats = of('float8[]', array({ key: 'float8' }));
const numbers = of('numeric[]', array({ key: 'numeric' }));
const documents = of('jsonb[]', array({ key: 'jsonb' }));
const bytes = of('bytea[]', array({ key: 'bytea' }));
const text = of('text', { key: 'text' });
const pairs = (all: readonly Operand[]): (readonly [Operand, Operand])[] => all.flatMap((one) => all.map((other) => [one, other] as const));

const INTS = ['{}', '{1}', '{1,2}', '{2,1}', '{1,1,2}', '{NULL}', '{1,NULL}', '{3}', '{{1,2},{3,4}}', '{{1},{2}}', '{{3,4}}'].map(ints);
const TEXTS = ['{}', '{a}', '{a,b}', '{"a\\"b","{}"}', '{NULL,a}', '{""}', '{{a,b}}', '{"[1]"}'].map(texts);
const FLOATS = ['{}', '{1}', '{1.0}', '{0.1,NaN}', '{Infinity,-0}', '{0}', '{1e300}'].map(floats);
const NUMBERS = ['{}', '{1}', '{1.0}', '{1.50,2}', '{1.5,2.00,3}', '{NaN}'].map(numbers);
const ALL = [
  INTS,
  TEXTS,
  FLOATS,
  NUMBERS,
  ['{}', '{"{\\"a\\": 1}"}', '{"[]",1}'].map(documents),
  ['{}', '{"\\\\x01"}', '{"\\\\x01","\\\\xff"}'].map(bytes),
];

describe('arrays', () => {
  it.each(['@>', '<@', '&&'])('%s', async (name) => {
    for (const arrays of ALL) await expectSameOperator(postgres, rules, name, pairs(arrays));
    await expectSameOperator(postgres, rules, name, [
      [ints(null), ints('{1}')],
      [ints('{1}'), unknown('{1,2}')],
      [unknown('{1}'), ints('{1,2}')],
      [ints('{1}'), unknown('x')],
    ]);
  });
  it('|| joins arrays and elements', async () => {
    for (const arrays of ALL) await expectSameOperator(postgres, rules, '||', pairs(arrays));
    await expectSameOperator(
      postgres,
      rules,
      '||',
      [...INTS, ints(null)].flatMap(
        (one) =>
          [
            [one, 5],
            [-5, one],
            [one, of('int4', { key: 'int4' })(null)],
            [one, ints(null)],
            [one, unknown('{7}')],
          ] as const,
      ),
    );
    await expectSameOperator(
      postgres,
      rules,
      '||',
      TEXTS.flatMap(
        (one) =>
          [
            [one, text('x"y')],
            [text('{}'), one],
            [one, unknown('{z}')],
            [one, unknown('z')],
          ] as const,
      ),
    );
    await expectSameOperator(
      postgres,
      rules,
      '||',
      FLOATS.flatMap(
        (one) =>
          [
            [one, of('float8', { key: 'float8' })('0.1')],
            [one, of('float8', { key: 'float8' })('NaN')],
            [one, of('float8', { key: 'float8' })('Infinity')],
          ] as const,
      ),
    );
    await expectSameOperator(postgres, rules, '||', [
      [documents('{}'), of('jsonb', { key: 'jsonb' })('{"a": 1}')],
      [bytes('{}'), of('bytea', { key: 'bytea' })('\\x01ff')],
    ]);
  });
  it('of floating numbers are equal by value', () => expectSameOperator(postgres, rules, '=', pairs(FLOATS)));
  it('are sorted as PostgreSQL sorts them', async () => {
    for (const arrays of [INTS, TEXTS, FLOATS, NUMBERS]) {
      const all = pairs(arrays) as [{ text: string; cast: string; type: PgType }, { text: string; cast: string; type: PgType }][];
      for (const [one, other] of all) {
        const key = (operand: { text: string; type: PgType }): string =>
          codecFor(operand.type).orderKey?.(value(operand.type, operand.text).sql) ?? '';
        const context = new ExpressionTranslation();
        const own = await context.evaluate({ sql: `(${key(one)} < ${key(other)})`, type: { key: 'bool' } });
        const { rows } = await postgres.client.query<{ v: boolean }>(`SELECT $1::${one.cast} < $2::${other.cast} AS v`, [
          one.text,
          other.text,
        ]);
        expect([one.text, other.text, own]).toEqual([one.text, other.text, rows[0]?.v ? 't' : 'f']);
      }
    }
  });
  it('have functions', async () => {
    for (const name of ['array_length', 'array_upper', 'array_lower'])
      await expectSameCall(
        postgres,
        functions,
        name,
        INTS.flatMap((one) => [0, 1, 2, 3].map((dimension) => [one, dimension])),
      );
    for (const name of ['cardinality', 'array_ndims'])
      await expectSameCall(
        postgres,
        functions,
        name,
        [...INTS, ...TEXTS, ints(null)].map((one) => [one]),
      );
    const flat = INTS.slice(0, 8);
    await expectSameCall(
      postgres,
      functions,
      'array_append',
      flat.map((one) => [one, 9]),
    );
    await expectSameCall(
      postgres,
      functions,
      'array_prepend',
      flat.map((one) => [9, one]),
    );
    await expectSameCall(
      postgres,
      functions,
      'array_cat',
      flat.map((one) => [one, unknown('{9}')]),
    );
    const none = of('int4', { key: 'int4' })(null);
    for (const name of ['array_remove', 'array_position', 'array_positions'])
      await expectSameCall(
        postgres,
        functions,
        name,
        flat.flatMap((one) => [
          [one, 1],
          [one, 2],
          [one, none],
        ]),
      );
    await expectSameCall(
      postgres,
      functions,
      'array_position',
      flat.map((one) => [one, 1, 2]),
    );
    await expectSameCall(
      postgres,
      functions,
      'array_replace',
      flat.flatMap((one) => [
        [one, 1, 7],
        [one, none, 7],
        [one, 1, none],
      ]),
    );
    await expectSameCall(postgres, functions, 'array_remove', [
      [numbers('{1.0,2}'), of('numeric', { key: 'numeric' })('1.00')],
      [texts('{a,"b c"}'), unknown('b c')],
      [bytes('{"\\\\x01","\\\\x02"}'), of('bytea', { key: 'bytea' })('\\x02')],
    ]);
    await expectSameCall(
      postgres,
      functions,
      'array_to_string',
      [...INTS, ...TEXTS, of('bool[]', array({ key: 'bool' }))('{t,f,NULL}'), of('date[]', array({ key: 'date' }))('{2020-01-02}')].flatMap(
        (one) => [
          [one, unknown(',')],
          [one, unknown(', '), unknown('*')],
        ],
      ),
    );
    await expectSameCall(
      postgres,
      functions,
      'string_to_array',
      ['', 'a', 'a,b', ',a,,b,', 'a, b', 'é😀,x'].flatMap((content) => [
        [text(content), unknown(',')],
        [text(content), unknown(', ')],
        [text(content), unknown('')],
        [text(content), text(null)],
        [text(content), unknown(','), unknown('a')],
        [text(content), unknown(','), unknown('')],
      ]),
    );
  });
});

describe('parts of arrays', () => {
  const context = new ExpressionTranslation();
  const stored = (content: string) => value(INT4S, content);
  it('are found by subscripts', async () => {
    for (const [content, indices] of [
      ['{5,6,7}', [1]],
      ['{5,6,7}', [3]],
      ['{5,6,7}', [0]],
      ['{5,6,7}', [-1]],
      ['{5,6,7}', [4]],
      ['{{1,2},{3,4}}', [1]],
      ['{{1,2},{3,4}}', [2, 1]],
      ['{5,NULL}', [2]],
    ] as const) {
      const { rows } = await postgres.client.query<{ v: string | null }>(
        `SELECT ('${content}'::int[])${indices.map((index) => `[${index}]`).join('')}::text AS v`,
      );
      const typed = subscript(
        stored(content),
        indices.map((index) => ({ sql: `(${index})`, type: { key: 'int4' } })),
        context,
      );
      expect([content, indices, await context.evaluate(typed)]).toEqual([content, indices, rows[0]?.v]);
    }
  });
  it('are slices', async () => {
    for (const [content, lower, upper] of [
      ['{5,6,7}', 1, 2],
      ['{5,6,7}', 2, 9],
      ['{5,6,7}', 3, 1],
      ['{5,6,7}', -3, 1],
      ['{{1,2},{3,4}}', 2, 2],
    ] as const) {
      const { rows } = await postgres.client.query<{ v: string | null }>(`SELECT (('${content}'::int[])[${lower}:${upper}])::text AS v`);
      const bound = (number: number) => ({ sql: `(${number})`, type: { key: 'int4' } }) as const;
      expect([content, lower, upper, await context.evaluate(slice(stored(content), bound(lower), bound(upper), context))]).toEqual([
        content,
        lower,
        upper,
        rows[0]?.v,
      ]);
    }
  });
});

describe('ARRAY[…]', () => {
  it('has the common type of its elements', async () => {
    const context = new ExpressionTranslation();
    const common = (elements: Parameters<typeof arrayConstructor>[0]): PgType => commonType(elements, 'ARRAY');
    const made = arrayConstructor([context.unknown('a'), context.unknown('b"c')], common, context);
    expect([made.type, await context.evaluate(made)]).toEqual([array({ key: 'text' }), '{a,"b\\"c"}']);
    expect(await context.evaluate(arrayConstructor([context.integer(1), context.integer(2)], common, context))).toBe('{1,2}');
    expect(await context.evaluate(arrayConstructor([], common, context, INT4S))).toBe('{}');
    expect(() => arrayConstructor([], common, context)).toThrow('cannot determine type of empty array');
    const long = Array.from({ length: 1200 }, (_, index) => context.integer(index));
    expect(await context.evaluate(arrayConstructor(long, common, context))).toBe(
      `{${Array.from({ length: 1200 }, (_, index) => index).join(',')}}`,
    );
    const nested = arrayConstructor([made, made], common, context);
    expect(await context.evaluate(nested)).toBe('{{a,"b\\"c"},{a,"b\\"c"}}');
  });
});

describe('ANY and ALL', () => {
  it('answer as PostgreSQL does', async () => {
    for (const name of ['=', '<>', '<', '>=']) {
      for (const quantifier of ['any', 'all'] as const) {
        for (const content of ['{}', '{1}', '{1,2}', '{NULL}', '{1,NULL}', '{2,NULL}', '{{1,3},{2,4}}', null]) {
          for (const left of ['1', '2', null]) {
            const context = new ExpressionTranslation();
            const array = content === null ? value(INT4S, null) : left === '2' ? context.unknown(content) : value(INT4S, content);
            const typed = quantified(name, value({ key: 'int4' }, left), array, quantifier, context, operate);
            const { rows } = await postgres.client.query<{ v: boolean | null }>(`SELECT $1::int ${name} ${quantifier} ($2::int[]) AS v`, [
              left,
              content,
            ]);
            const answer = rows[0]?.v;
            const expected = answer === null || answer === undefined ? null : answer ? 't' : 'f';
            expect([name, quantifier, left, content, await context.evaluate(typed)]).toEqual([name, quantifier, left, content, expected]);
          }
        }
      }
    }
  });
});
