import { DataTypes, type DataType } from 'sequelize';

/** Lists of one type: the rows that a table holds (NULL and the empty list are added to each), and what they are compared with. */
export interface ListSamples {
  readonly type: DataType;
  readonly rows: readonly unknown[];
  readonly asked: readonly (readonly unknown[])[];
}

const { BIGINT, BLOB, BOOLEAN, CHAR, CIDR, CITEXT, DATE, DATEONLY, DECIMAL, DOUBLE, ENUM, INET, INTEGER, JSONB, REAL } = DataTypes;
const { ARRAY, RANGE, SMALLINT, STRING, TEXT, TIME, UUID } = DataTypes;

const ada = '6ecd8c99-4036-403d-bf84-cf8400f67836';
const none = '00000000-0000-0000-0000-000000000000';
const words = [
  ['a', 'b'],
  ['b', 'a', 'a'],
  ['a'],
  [null, 'a'],
  ['NULL', 'a,b', 'q"x', '{}', 'back\\slash', '', ' blank '],
  ['B'],
  ['é', '😀'],
];
const askedWords = [
  ['a'],
  ['b', 'a'],
  ['NULL'],
  ['a,b', '{}'],
  ['back\\slash'],
  ['q"x', ''],
  [' blank '],
  ['blank'],
  ['A'],
  ['😀'],
  ["it's"],
  [],
];

export const LISTS: Readonly<Record<string, ListSamples>> = {
  STRING: { type: STRING, rows: words, asked: askedWords },
  TEXT: { type: TEXT, rows: words, asked: askedWords },
  'CHAR(4)': { type: CHAR(4), rows: [['ab', 'cd'], ['ab  '], ['abcd']], asked: [['ab'], ['ab  '], ['cd', 'ab'], [' ab'], []] },
  CITEXT: {
    type: CITEXT,
    rows: [['Ada', 'bob'], ['BOB', 'ADA'], ['carol'], [null, 'ada']],
    asked: [['ada'], ['bob', 'ADA'], ['Ada', 'Bob'], ['dan'], []],
  },
  SMALLINT: {
    type: SMALLINT,
    rows: [
      [1, 2],
      [2, 1],
      [-32768, 32767],
    ],
    asked: [[1], [2, 1], [32767], []],
  },
  INTEGER: {
    type: INTEGER,
    rows: [[1, 2, 3], [3, 2, 1], [1], [null, 2, 2], [10], [9, -1], [2147483647]],
    asked: [[1], [3, 1], [2, 2, 2], [1, 2, 3], [-1], [10], [2147483647], []],
  },
  BIGINT: {
    type: BIGINT,
    rows: [['9007199254740993', '1'], ['9007199254740992'], ['-9223372036854775808', '9223372036854775807'], [5, 10]],
    asked: [['9007199254740993'], ['9007199254740992'], [1], ['9223372036854775807'], ['10', '5'], []],
  },
  'DECIMAL(10,2)': {
    type: DECIMAL(10, 2),
    rows: [['1', '2.5'], ['1.00'], ['10', '9'], ['-1.5', '0.1'], [null, '2.50']],
    asked: [['1.0'], ['2.50', '1'], ['1.001'], ['9', '10'], [0.1], ['-1.50'], []],
  },
  DECIMAL: {
    type: DECIMAL,
    rows: [['1.0', '2.50'], ['1.00'], ['10', '9'], ['NaN', '1'], ['123456789012345678901234567890.5'], ['0.1']],
    asked: [['1'], ['2.5'], ['9', '10'], ['NaN'], ['123456789012345678901234567890.50'], [0.1], []],
  },
  DOUBLE: {
    type: DOUBLE,
    rows: [[1.5, 0.1], [0.1 + 0.2], [NaN, Infinity], [-Infinity, 0], [1e300, 5e-324], [-0]],
    asked: [[0.1], [0.3], [NaN], [Infinity], [0], [1e300], []],
  },
  REAL: { type: REAL, rows: [[0.1, 3.14], [16777216], [NaN]], asked: [[0.1], [3.14, 0.1], [16777217], [NaN], []] },
  BOOLEAN: { type: BOOLEAN, rows: [[true, false], [true], [false, false], [null]], asked: [[true], [false], [false, true], []] },
  UUID: { type: UUID, rows: [[ada], [none, ada], [none]], asked: [[ada.toUpperCase()], [none], [ada, none], []] },
  DATE: {
    type: DATE,
    rows: [['2020-01-01 00:00:00.123456+00'], ['2020-01-01 00:00:00.123457+00', '2019-01-01 00:00:00+00'], ['1900-01-01 00:00:00+00']],
    asked: [['2020-01-01 01:00:00.123456+01'], ['2019-01-01 00:00:00+00'], [new Date('1900-01-01T00:00:00Z')], []],
  },
  DATEONLY: {
    type: DATEONLY,
    rows: [['2020-02-29', '1970-01-01'], ['1970-01-01'], ['9999-12-31']],
    asked: [['1970-01-01'], ['2020-02-29'], ['9999-12-31', '1970-01-01'], []],
  },
  TIME: {
    type: TIME,
    rows: [['12:00', '23:59:59.5'], ['00:00:00'], ['12:00:00']],
    asked: [['12:00:00.0'], ['23:59:59.500'], ['00:00'], []],
  },
  ENUM: {
    type: ENUM('sad', 'ok', 'happy day'),
    rows: [['ok', 'sad'], ['happy day'], ['sad'], [null, 'ok']],
    asked: [['ok'], ['happy day', 'ok'], ['sad', 'ok'], []],
  },
  JSONB: {
    type: JSONB,
    rows: [[{ a: 1 }, [1, 2]], [{ b: 2, a: 1 }], ['text', 5], [{ a: null }]],
    asked: [[{ a: 1 }], [[1, 2]], [{ a: 1, b: 2 }], [5], [{ a: null }], []],
  },
  INET: {
    type: INET,
    rows: [['127.0.0.1', '10.0.0.0/8'], ['::1'], ['10.0.0.1/8']],
    asked: [['127.0.0.1/32'], ['10.0.0.0/8'], ['::1'], ['10.0.0.1/8'], []],
  },
  CIDR: { type: CIDR, rows: [['10.0.0.0/8'], ['192.168.0.0/24', '10.0.0.0/8']], asked: [['10.0.0.0/8'], ['192.168.0.0/24'], []] },
  BLOB: {
    type: BLOB,
    rows: [[Buffer.from([0, 255])], [Buffer.from('a'), Buffer.from('')]],
    asked: [[Buffer.from([0, 255])], [Buffer.from('')], []],
  },
  'RANGE(INTEGER)': {
    type: RANGE(INTEGER),
    rows: [
      [[1, 5]],
      [
        [1, 5],
        [2, null],
      ],
      [[null, null]],
    ],
    asked: [[[1, 5]], [[2, null]], [[null, null]], []],
  },
  'ARRAY(INTEGER)': {
    type: ARRAY(INTEGER),
    rows: [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [3, 4],
        [1, 2],
      ],
      [[1, 2]],
      [[1], [2]],
    ],
    asked: [
      [[1, 2]],
      [[4, 3]],
      [
        [1, 2],
        [3, 4],
      ],
      [[1], [2]],
      [],
    ],
  },
  'ARRAY(STRING)': {
    type: ARRAY(STRING),
    rows: [
      [
        ['a', 'b'],
        ['c,d', ''],
      ],
      [['a', 'b']],
    ],
    asked: [[['b', 'a']], [['c,d', '']], []],
  },
};
