import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rules as functions } from '../../../src/dialect/translate/functions/json.js';
import { rules } from '../../../src/dialect/translate/operators/json.js';
import { type Comparison, comparison } from '../types/composite-postgres.js';
import { call, ExpressionTranslation, operator, value } from './composite-evaluation.js';
import { expectSameCall, expectSameOperator, of, type Operand, unknown } from './same-as-postgres.js';

let postgres: Comparison;

beforeAll(async () => {
  postgres = await comparison();
});
afterAll(() => postgres.end());

const expectSame = (name: string, pairs: readonly (readonly [Operand, Operand])[]): Promise<void> =>
  expectSameOperator(postgres, rules, name, pairs);

const jsonb = of('jsonb', { key: 'jsonb' });
const json = of('json', { key: 'json' });
const text = of('text', { key: 'text' });
const texts = of('text[]', { key: 'array', element: { key: 'text' } });

const DOCUMENTS = [
  '{"a": 1, "b": {"c": [1, 2.50, {"d": "x"}]}, "e": null, "f": "te\\"x\\n\\u0001t", "g": true, "h": 1.50, "0": "zero", "": "empty", "i j": {"k": [], "l": {}}}',
  '[1, "a", null, [2, 3], {"a": 1}, false, 1.0]',
  '1',
  '"a"',
  'null',
  'true',
  '[]',
  '{}',
  '{"a": [0, 1, [2]], "é": "ü"}',
  '{"a": {"0": {"1": "deep"}}, "1": [[5]]}',
  '{"q\\"u": 1, "back\\\\": 2, "x.y": 3, "[0]": 4, "$": 5, "#-1": 6}',
]; // prettier-ignore
const KEYS = ['a', 'b', 'e', 'f', 'g', 'h', '0', '', 'i j', 'é', 'zz', 'q"u', 'back\\', 'x.y', '[0]', '$', '#-1'];

describe('members of JSON', () => {
  for (const name of ['->', '->>']) {
    it(`${name} takes keys and indexes`, async () => {
      await expectSame(
        name,
        DOCUMENTS.flatMap((document) =>
          KEYS.flatMap(
            (key) =>
              [
                [jsonb(document), unknown(key)],
                [jsonb(document), text(key)],
              ] as const,
          ),
        ),
      );
      await expectSame(
        name,
        DOCUMENTS.flatMap((document) => [0, 1, 4, 6, 7, -1, -2, -9].map((index) => [jsonb(document), index] as const)),
      );
      await expectSame(name, [
        [jsonb(null), unknown('a')],
        [jsonb('{"a":1}'), text(null)],
      ]);
      await expectSame(
        name,
        ['{"a":1e5,"b":"\\u0041","c":[1,{"d":2.50}],"e":null}'].flatMap((document) =>
          ['a', 'b', 'c', 'e'].map((key) => [json(document), unknown(key)] as const),
        ),
      );
    });
  }
  for (const name of ['#>', '#>>']) {
    const paths = [
      '{}',
      '{a}',
      '{b,c}',
      '{b,c,1}',
      '{b,c,2,d}',
      '{b,c,-1,d}',
      '{0}',
      '{1}',
      '{3,0}',
      '{a,0,1}',
      '{a,2,0}',
      '{1,0,0}',
      '{"i j",k}',
      '{e}',
      '{x,y}',
      '{3,"1"}',
      '{ a }',
      '{NULL}',
      '{-1}',
      '{é}',
      '{a,0}',
      '{a,x}',
      '{""}',
      '{01}',
      '{"q\\"u"}',
      '{$}',
    ];
    it(`${name} takes paths`, async () => {
      await expectSame(
        name,
        DOCUMENTS.flatMap((document) =>
          paths.flatMap(
            (path) =>
              [
                [jsonb(document), unknown(path)],
                [jsonb(document), texts(path)],
              ] as const,
          ),
        ),
      );
    });
  }
});

describe('containment of jsonb', () => {
  const values = [
    '1',
    '1.0',
    '2',
    '"a"',
    'null',
    'true',
    'false',
    '[]',
    '{}',
    '[1]',
    '[1, 2]',
    '[1, 1.0]',
    '[[1]]',
    '[[1], [2]]',
    '[[1, 2]]',
    '["a"]',
    '[{"a": 1}]',
    '[{"a": 1, "b": 2}]',
    '{"a": 1}',
    '{"a": 1.00}',
    '{"a": 1, "b": 2}',
    '{"a": {"b": 1}}',
    '{"a": {"b": 1, "c": [1, 2]}}',
    '{"a": {}}',
    '{"a": []}',
    '{"a": [1]}',
    '{"a": [1, 2]}',
    '{"a": null}',
    '{"b": 2}',
    '{"a": [{"b": 1}, {"c": 2}]}',
    '{"a": [{"b": 1, "c": 2}]}',
    '[null]',
    '["1"]',
    '{"a": "1"}',
    '[true]',
    '[{}]',
    '[[]]',
    '[1, [1, 2, [3]]]',
    '[[[3]]]',
    '[[2, [3]]]',
    '{"x": {"y": {"z": [1, {"w": 1.5}]}}}',
    '{"x": {"y": {"z": [{"w": 1.50}]}}}',
    '12345678901234567890',
    '12345678901234567891',
    '0.1',
    '[0.10]',
    '{"a\\"b": 1}',
    '{"": {"x.y": 1.0}}',
    '{"": {"x.y": 1}}',
  ];
  it('says what PostgreSQL says of each pair', async () => {
    await expectSame(
      '@>',
      values.flatMap((outer) => values.map((inner) => [jsonb(outer), unknown(inner)] as const)),
    );
    await expectSame('<@', [
      [jsonb('1'), jsonb('[1,2]')],
      [unknown('[1]'), jsonb('[1,2]')],
      [jsonb(null), jsonb('1')],
      [jsonb('[3]'), jsonb('[1,2]')],
    ]);
    await expectSame(
      '=',
      values.flatMap((outer) => values.map((inner) => [jsonb(outer), jsonb(inner)] as const)),
    );
    await expectSame('<>', [
      [jsonb('1'), unknown('1.0')],
      [jsonb('1'), unknown('2')],
      [jsonb(null), unknown('1')],
    ]);
    await expectSame('is distinct from', [
      [jsonb('1'), unknown('1.0')],
      [jsonb('1'), unknown('2')],
      [jsonb(null), unknown('1')],
      [jsonb(null), jsonb(null)],
    ]);
  }, 60_000);
  it('knows keys', async () => {
    for (const name of ['?'])
      await expectSame(
        name,
        DOCUMENTS.flatMap((document) => [...KEYS, 'null', '1', 'true'].map((key) => [jsonb(document), unknown(key)] as const)),
      );
    for (const name of ['?|', '?&'])
      await expectSame(
        name,
        DOCUMENTS.flatMap((document) =>
          ['{}', '{a}', '{a,b}', '{a,zz}', '{NULL}', '{NULL,a}', '{0,""}', '{zz}', '{{a,b},{e,f}}'].map(
            (keys) => [jsonb(document), unknown(keys)] as const,
          ),
        ),
      );
  });
});

describe('changed jsonb', () => {
  it('|| merges and appends', async () => {
    const values = [
      '1',
      '"a"',
      'null',
      '[]',
      '{}',
      '[1, 2]',
      '[[1]]',
      '{"a": 1.50}',
      '{"bb": 1, "a": {"x": [1]}}',
      '{"a": null, "ccc": "x", "é": 1, "zz": 2}',
      '[{"a": 1}]',
    ];
    await expectSame(
      '||',
      values.flatMap((one) => values.map((other) => [jsonb(one), jsonb(other)] as const)),
    );
    await expectSame('||', [
      [jsonb(null), jsonb('1')],
      [jsonb('1'), jsonb(null)],
      [jsonb('{"a":1}'), unknown('{"b":2}')],
    ]);
  });
  it('- and #- leave out', async () => {
    await expectSame(
      '-',
      DOCUMENTS.flatMap((document) =>
        [...KEYS, '1'].flatMap(
          (key) =>
            [
              [jsonb(document), unknown(key)],
              [jsonb(document), text(key)],
            ] as const,
        ),
      ),
    );
    await expectSame(
      '-',
      DOCUMENTS.flatMap((document) => [0, 1, 6, 7, -1, -7, -8].map((index) => [jsonb(document), index] as const)),
    );
    await expectSame(
      '-',
      DOCUMENTS.flatMap((document) => ['{}', '{a,b}', '{zz,0}', '{NULL,a}'].map((keys) => [jsonb(document), texts(keys)] as const)),
    );
    await expectSame(
      '#-',
      DOCUMENTS.flatMap((document) =>
        ['{}', '{a}', '{b,c,1}', '{1}', '{-1}', '{3,0}', '{a,0}', '{zz,1}', '{i j,k}', '{99}'].map(
          (path) => [jsonb(document), unknown(path)] as const,
        ),
      ),
    );
  });
});

describe('functions of JSON', () => {
  const all = DOCUMENTS.map((document) => [jsonb(document)]);
  it('say what a value is', async () => {
    await expectSameCall(postgres, functions, 'jsonb_typeof', [...all, [jsonb(null)]]);
    await expectSameCall(postgres, functions, 'jsonb_array_length', [...all, [jsonb(null)]]);
    await expectSameCall(postgres, functions, 'json_typeof', [[json('1e5')], [json('{"a":1}')]]);
  });
  it('extract', async () => {
    for (const name of ['jsonb_extract_path', 'jsonb_extract_path_text']) {
      await expectSameCall(
        postgres,
        functions,
        name,
        DOCUMENTS.flatMap((document) => [
          [jsonb(document), unknown('b'), unknown('c')],
          [jsonb(document), text('a'), unknown('0')],
          [jsonb(document), unknown('3'), unknown('0')],
          [jsonb(document), text('0')],
        ]),
      );
    }
  });
  it('set', async () => {
    const paths = [
      '{a}',
      '{b,c,1}',
      '{b,c,9}',
      '{b,c,-9}',
      '{b,new}',
      '{new}',
      '{zzzz,x}',
      '{1}',
      '{-1}',
      '{99}',
      '{a,0}',
      '{x y}',
      '{}',
      '{0}',
      '{"i j",k,0}',
    ];
    await expectSameCall(
      postgres,
      functions,
      'jsonb_set',
      DOCUMENTS.flatMap((document) => paths.map((path) => [jsonb(document), unknown(path), unknown('{"n": 1.50}')])),
    );
    await expectSameCall(
      postgres,
      functions,
      'jsonb_set',
      paths.map((path) => [jsonb(DOCUMENTS[0] ?? ''), unknown(path), unknown('[]'), of('bool', { key: 'bool' })('f')]),
    );
  });
  it('make JSON', async () => {
    const values: Operand[] = [
      of('text', { key: 'text' })('a "b"\n{}'),
      of('int4', { key: 'int4' })('5'),
      of('int8', { key: 'int8' })('9223372036854775807'),
      of('numeric(10,2)', { key: 'numeric', scale: 2, modifiers: [10, 2] })('-1.50'),
      of('bool', { key: 'bool' })('t'),
      of('bool', { key: 'bool' })(null),
      of('date', { key: 'date' })('2020-01-02'),
      of('timestamptz', { key: 'timestamptz' })('2020-01-02 03:04:05.6+01'),
      of('timestamptz', { key: 'timestamptz' })('infinity'),
      of('timestamp', { key: 'timestamp' })('2020-01-02 03:04:05'),
      of('uuid', { key: 'uuid' })('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
      jsonb('{"a": [1, 2]}'),
      jsonb('"x"'),
      of('int4[]', { key: 'array', element: { key: 'int4' } })('{1,2,NULL}'),
      of('text[]', { key: 'array', element: { key: 'text' } })('{{a,b},{c,d}}'),
      of('hstore', { key: 'hstore' })('a=>1,b=>NULL'),
      of('time', { key: 'time' })('01:02:03'),
    ]; // prettier-ignore
    await expectSameCall(
      postgres,
      functions,
      'to_jsonb',
      values.map((one) => [one]),
    );
    await expectSameCall(
      postgres,
      functions,
      'to_json',
      values.filter((_, index) => index !== 15).map((one) => [one]),
    );
    await expectSameCall(postgres, functions, 'jsonb_build_array', [[], values, [1, unknown('x'), -3]]);
    await expectSameCall(postgres, functions, 'json_build_array', [[], [values[0] ?? 1, 2, values[5] ?? 1]]);
    await expectSameCall(postgres, functions, 'jsonb_build_object', [
      [],
      [unknown('b'), 1, unknown('aa'), values[0] ?? 1, unknown('a'), values[5] ?? 1, unknown('b'), values[11] ?? 1],
      [unknown('a')],
      [text(null), 1],
    ]);
    await expectSameCall(postgres, functions, 'json_build_object', [
      [],
      [unknown('b'), 1, unknown('aa'), values[0] ?? 1, unknown('b'), values[5] ?? 1],
      [1, 2],
    ]);
  });
});

describe('members of members', () => {
  it('are found through chains of ->', async () => {
    const context = new ExpressionTranslation();
    const inner = operator(rules, '->', value({ key: 'jsonb' }, '{"a": {"b": {"c": [1.50, "x"]}}}'), context.unknown('a'), context);
    const next = operator(rules, '->', inner, context.unknown('b'), context);
    expect(await context.evaluate(next)).toBe('{"c": [1.50, "x"]}');
    expect(
      await context.evaluate(
        operator(rules, '->>', operator(rules, '->', next, context.unknown('c'), context), context.integer(1), context),
      ),
    ).toBe('x');
    expect(await context.evaluate(call(functions, 'jsonb_agg', [next], context))).toBe('[{"c": [1.50, "x"]}]');
  });
});
