import { DataTypes, type DataType } from 'sequelize';

/** Ranges of one type as Sequelize takes them, and values of the type. */
export interface RangeSamples {
  readonly type: DataType;
  readonly subtype: DataType;
  /** NULL and the empty range are added. */
  readonly ranges: readonly unknown[];
  readonly values: readonly unknown[];
}

const closed = (from: unknown, to: unknown) => [
  { value: from, inclusive: true },
  { value: to, inclusive: true },
];
const open = (from: unknown, to: unknown) => [
  { value: from, inclusive: false },
  { value: to, inclusive: false },
];

const { BIGINT, DATE, DATEONLY, DECIMAL, INTEGER, RANGE } = DataTypes;

export const RANGES: Readonly<Record<string, RangeSamples>> = {
  INTEGER: {
    type: RANGE(INTEGER),
    subtype: INTEGER,
    ranges: [[1, 5], closed(1, 4), open(0, 5), [5, 10], closed(5, 5), [5, 5], [null, 5], [5, null], [null, null], [-3, 3], [20, 30]],
    values: [1, 4, 5, -1, 2147483647],
  },
  BIGINT: {
    type: RANGE(BIGINT),
    subtype: BIGINT,
    ranges: [
      ['1', '9007199254740993'],
      closed('9007199254740992', '9007199254740993'),
      open('9007199254740992', '9007199254740994'),
      ['9007199254740993', null],
      [null, '1'],
      [1, 2],
    ],
    values: ['9007199254740992', '9007199254740993', '0', 1],
  },
  DECIMAL: {
    type: RANGE(DECIMAL),
    subtype: DECIMAL,
    ranges: [
      ['1.5', '2.5'],
      closed('1.50', '2.500'),
      open('1.5', '2.5'),
      ['2.5', '10'],
      closed('2.50', '2.5'),
      [null, '1.5'],
      ['9', null],
      ['-2.5', '-1'],
    ],
    values: ['1.5', '1.500000000000000000001', '2.50', '2.5', '9', '10', '-1.0'],
  },
  DATE: {
    type: RANGE(DATE),
    subtype: DATE,
    ranges: [
      [new Date('2020-01-01T00:00:00Z'), new Date('2020-02-01T00:00:00Z')],
      closed(new Date('2020-01-01T00:00:00Z'), new Date('2020-02-01T00:00:00Z')),
      [new Date('2020-02-01T00:00:00Z'), new Date('2020-03-01T00:00:00Z')],
      [new Date('2020-01-31T23:59:59.999Z'), new Date('2020-02-01T00:00:00.001Z')],
      [null, new Date('2020-01-01T00:00:00Z')],
      [new Date('2020-03-01T00:00:00Z'), Infinity],
      [-Infinity, Infinity],
      [new Date('1900-01-01T00:00:00Z'), new Date('2300-01-01T00:00:00Z')],
    ],
    values: [
      new Date('2020-01-01T00:00:00Z'),
      new Date('2020-02-01T00:00:00Z'),
      new Date('2020-01-31T23:59:59.999Z'),
      new Date('2299-12-31T23:59:59.999Z'),
    ],
  },
  DATEONLY: {
    type: RANGE(DATEONLY),
    subtype: DATEONLY,
    ranges: [
      ['2020-01-01', '2020-02-01'],
      closed('2020-01-01', '2020-01-31'),
      open('2019-12-31', '2020-02-01'),
      ['2020-02-01', '2020-03-01'],
      [null, '2020-01-01'],
      ['2020-03-01', null],
      closed('2020-02-29', '2020-02-29'),
    ],
    values: ['2020-01-01', '2020-01-31', '2020-02-01', '2020-02-29'],
  },
};
