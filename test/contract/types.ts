import { DataTypes, type DataType } from 'sequelize';

/** A column type with values of each kind that it can hold. */
export interface TypeSamples {
  readonly name: string;
  readonly type: DataType;
  readonly values: readonly unknown[];
  /** No operator `=` or no order for it in PostgreSQL. */
  readonly notComparable?: true;
  /** PostgreSQL orders it and the fallback refuses to: why. What is equal is the same on both. */
  readonly unordered?: string;
  /** Values that PostgreSQL refuses. */
  readonly wrong?: readonly unknown[];
}

const { ARRAY, BIGINT, BLOB, BOOLEAN, CHAR, CIDR, CITEXT, DATE, DATEONLY, DECIMAL, DOUBLE, ENUM, FLOAT, HSTORE, INET, INTEGER } = DataTypes;
const { JSON: Json, JSONB, MACADDR, RANGE, REAL, SMALLINT, STRING, TEXT, TIME, TSVECTOR, UUID } = DataTypes;

const uuids = ['6ecd8c99-4036-403d-bf84-cf8400f67836', '00000000-0000-0000-0000-000000000000', 'FFFFFFFF-4036-403d-bf84-cf8400f67836'];
const instants = [
  new Date(0),
  new Date('2020-02-29T12:34:56.789Z'),
  new Date('1969-12-31T23:59:59.999Z'),
  new Date('9999-12-31T23:59:59.999Z'),
];
const documents = [
  { a: 1 },
  { b: [1, 2, { c: null }], aa: 'x' },
  [],
  {},
  'text',
  5,
  1.5,
  true,
  [null, 'é'],
  { 'quo"te': "it's", emoji: '😀' },
];

/** Each type that Sequelize's PostgreSQL dialect knows, but geometry, which the test server has no extension for. */
export const TYPES: readonly TypeSamples[] = [
  {
    name: 'STRING',
    type: STRING,
    values: ['', 'a', "O'Brien", 'back\\slash', 'tab\tnew\nline', 'é', '😀', '%_', '5', 'NULL', 'null', 'true'],
    wrong: ['x'.repeat(256), 'nul\u0000'],
  },
  { name: 'STRING(3)', type: STRING(3), values: ['', 'abc', '😀é1'], wrong: ['abcd', '😀😀😀😀'] },
  { name: 'CHAR(4)', type: CHAR(4), values: ['', 'ab', 'abcd', ' a'], wrong: ['abcde'] },
  { name: 'TEXT', type: TEXT, values: ['', 'long '.repeat(1000), "'; DROP TABLE x; --", '$1 :name ?', '{"a":1}', '{a,b}'] },
  { name: 'CITEXT', type: CITEXT, values: ['Ada', 'BOB', 'carol', ''] },
  { name: 'BOOLEAN', type: BOOLEAN, values: [true, false], wrong: ['maybe', 2] },
  { name: 'SMALLINT', type: SMALLINT, values: [0, 1, -1, 32767, -32768], wrong: [32768, 1.5, 'x', ''] },
  { name: 'INTEGER', type: INTEGER, values: [0, 1, -1, 2147483647, -2147483648, '42'], wrong: [2147483648, '1.5', 'x', '', true] },
  {
    name: 'BIGINT',
    type: BIGINT,
    values: ['0', '9007199254740993', '-9007199254740993', '9223372036854775807', '-9223372036854775808', 5, '10', '9'],
    wrong: ['9223372036854775808', '1.5', 'x'],
  },
  { name: 'FLOAT', type: FLOAT, values: [0, 1.5, -0.1, 1e300, 5e-324, 123456789.12345679, 1e21], wrong: ['x', ''] },
  { name: 'DOUBLE', type: DOUBLE, values: [0.1, 3, NaN, Infinity, -Infinity, 1 / 3], wrong: ['1e999'] },
  { name: 'REAL', type: REAL, values: [0.1, 3.14, 16777217, NaN, Infinity, -Infinity, 1e-40], wrong: ['1e39'] },
  {
    name: 'DECIMAL',
    type: DECIMAL,
    values: ['0', '1.5', '-1.50', '10', '9', '123456789012345678901234567890.123456789', 0.1, '1e5', '0.00001'],
    wrong: ['x', ''],
  },
  {
    name: 'DECIMAL(10,2)',
    type: DECIMAL(10, 2),
    values: ['0', '1.5', '-1.5', '12345678.99', 10, 9, '2.345', '-2.345', '1e3'],
    wrong: ['123456789', 'x'],
  },
  {
    name: 'DECIMAL(20,4)',
    type: DECIMAL(20, 4),
    values: ['1234567890123456.7891', '-1234567890123456.7891', '0.0001', 10, 9, '-0.0001'],
    wrong: ['12345678901234567'],
  },
  { name: 'UUID', type: UUID, values: uuids, wrong: ['x', '6ecd8c99-4036-403d-bf84', ''] },
  { name: 'ENUM', type: ENUM('sad', 'ok', 'happy day', "it's"), values: ['ok', 'sad', 'happy day', "it's"], wrong: ['angry', ''] },
  { name: 'DATE', type: DATE, values: [...instants, '2021-03-04 05:06:07+02', '2021-03-04'], wrong: [] },
  { name: 'DATE(0)', type: DATE(0), values: [new Date('2020-01-01T00:00:00.499Z'), new Date('2020-01-01T00:00:00.500Z')] },
  { name: 'DATE infinity', type: DATE, values: [Infinity, -Infinity, new Date(0)] },
  {
    name: 'DATEONLY',
    type: DATEONLY,
    values: ['2020-02-29', '1970-01-01', '0001-01-01', '9999-12-31', new Date('2020-05-06T07:08:09Z')],
    wrong: [],
  },
  { name: 'DATEONLY infinity', type: DATEONLY, values: [Infinity, -Infinity, '2020-01-01'] },
  { name: 'TIME', type: TIME, values: ['00:00:00', '23:59:59', '12:34:56.789', '01:02'], wrong: ['25:00', 'x'] },
  { name: 'BLOB', type: BLOB, values: [Buffer.from(''), Buffer.from([0, 255, 39, 92]), Buffer.from('text')] },
  { name: 'JSON', type: Json, values: documents, notComparable: true },
  { name: 'JSONB', type: JSONB, values: documents },
  {
    name: 'HSTORE',
    type: HSTORE,
    values: [{}, { a: '1' }, { b: null, aa: 'x "y"', c: "it's" }],
    unordered: 'PostgreSQL orders them by their bytes in memory; order by a key of theirs',
  },
  {
    name: 'INET',
    type: INET,
    values: ['127.0.0.1', '10.0.0.1/8', '::1', '2001:db8::/32', '192.168.1.10', '9.0.0.1'],
    wrong: ['x', '300.1.1.1', ''],
  },
  { name: 'CIDR', type: CIDR, values: ['10.0.0.0/8', '192.168.0.0/24', '2001:db8::/32', '10.1.2.3'], wrong: ['10.0.0.1/8', 'x'] },
  { name: 'MACADDR', type: MACADDR, values: ['08:00:2b:01:02:03', '08-00-2B-01-02-04', '08002b:010205'], wrong: ['x', '08:00'] },
  {
    name: 'TSVECTOR',
    type: TSVECTOR,
    values: ['a fat cat', "'it''s' b:1A", ''],
    unordered: 'PostgreSQL orders them by their size in memory first',
  },
  {
    name: 'RANGE(INTEGER)',
    type: RANGE(INTEGER),
    values: [
      [1, 5],
      [
        { value: 1, inclusive: false },
        { value: 5, inclusive: true },
      ],
      [null, 3],
      [3, null],
      [null, null],
      [],
      [2, 2],
    ],
    wrong: [[5, 1]],
  },
  {
    name: 'RANGE(BIGINT)',
    type: RANGE(BIGINT),
    values: [
      ['1', '9007199254740993'],
      [1, 2],
    ],
  },
  {
    name: 'RANGE(DECIMAL)',
    type: RANGE(DECIMAL),
    values: [
      ['1.5', '2.25'],
      [1, 10],
      [9, 10],
    ],
  },
  {
    name: 'RANGE(DATE)',
    type: RANGE(DATE),
    values: [
      [new Date(0), new Date('2020-02-29T12:34:56.789Z')],
      [new Date(0), null],
      [-Infinity, Infinity],
    ],
  },
  {
    name: 'RANGE(DATEONLY)',
    type: RANGE(DATEONLY),
    values: [
      ['2020-01-01', '2020-02-01'],
      [
        { value: '2020-01-01', inclusive: true },
        { value: '2020-01-31', inclusive: true },
      ],
    ],
  },
  { name: 'ARRAY(STRING)', type: ARRAY(STRING), values: [[], ['a'], ['', 'NULL', 'a,b', 'q"uote', '{}', "it's", 'back\\'], ['b', null]] },
  { name: 'ARRAY(INTEGER)', type: ARRAY(INTEGER), values: [[], [1, 2, 3], [10], [9, -1]], wrong: [['x'], [1.5]] },
  { name: 'ARRAY(BIGINT)', type: ARRAY(BIGINT), values: [['9007199254740993', '1'], []] },
  { name: 'ARRAY(DECIMAL(10,2))', type: ARRAY(DECIMAL(10, 2)), values: [['1.5', '10'], ['9']] },
  { name: 'ARRAY(DOUBLE)', type: ARRAY(DOUBLE), values: [[1.5, NaN, Infinity], [0.1]] },
  { name: 'ARRAY(BOOLEAN)', type: ARRAY(BOOLEAN), values: [[true, false], []] },
  { name: 'ARRAY(UUID)', type: ARRAY(UUID), values: [[...uuids], []], wrong: [['x']] },
  { name: 'ARRAY(DATE)', type: ARRAY(DATE), values: [[...instants], []] },
  { name: 'ARRAY(DATEONLY)', type: ARRAY(DATEONLY), values: [['2020-02-29', '1970-01-01'], []] },
  { name: 'ARRAY(ENUM)', type: ARRAY(ENUM('x', 'y z')), values: [['x', 'y z'], []], wrong: [['no']] },
  { name: 'ARRAY(JSONB)', type: ARRAY(JSONB), values: [[{ a: 1 }, { b: [2] }], []] },
  { name: 'ARRAY(JSON)', type: ARRAY(Json), values: [[{ a: 1 }, 'x'], []], notComparable: true },
  {
    name: 'ARRAY(RANGE(INTEGER))',
    type: ARRAY(RANGE(INTEGER)),
    values: [
      [
        [1, 5],
        [2, null],
      ],
      [],
    ],
  },
  {
    name: 'ARRAY(ARRAY(INTEGER))',
    type: ARRAY(ARRAY(INTEGER)),
    values: [
      [
        [1, 2],
        [3, 4],
      ],
      [],
    ],
  },
  {
    name: 'ARRAY(ARRAY(STRING))',
    type: ARRAY(ARRAY(STRING)),
    values: [
      [
        ['a', 'b'],
        ['c,d', ''],
      ],
    ],
  },
];
