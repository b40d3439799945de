import fc, { type Arbitrary } from 'fast-check';
import { DataTypes, type DataType } from 'sequelize';

/** Random values of one type, as programs hand them to Sequelize. */
export interface RandomType {
  readonly name: string;
  readonly type: DataType;
  readonly values: Arbitrary<unknown>;
  /** PostgreSQL has no order for it. */
  readonly unordered?: true;
  /** PostgreSQL has no operator `=` for it. */
  readonly incomparable?: true;
  /** Sequelize's replacements and binds say the value without knowing the type. */
  readonly isPlain?: true;
  /** False where PostgreSQL or the fallback has no `min()`, or any of several equal values may be the answer (1.5 and 1.50). */
  readonly extremes?: false;
}

/** Letters that make trouble: quotes, backslashes, wildcards, braces, letters of two, three and four bytes, and now and then NUL, which PostgreSQL refuses. */
const text = (maxLength: number) =>
  fc
    .array(
      fc.oneof(
        { weight: 60, arbitrary: fc.constantFrom(...Array.from('abcXYZ019 _%\'"\\{}[],:;$?*-é€ß😀\n\t')) },
        { weight: 20, arbitrary: fc.string({ minLength: 1, maxLength: 1 }) },
        { weight: 1, arbitrary: fc.constant('\0') },
      ),
      {
        maxLength,
      },
    )
    .map((letters) => letters.join(''));

const digits = (max: number) => fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: max }).map((list) => list.join(''));
const decimal = (whole: number, fraction: number) =>
  fc
    .tuple(fc.boolean(), digits(whole), fc.option(digits(fraction)))
    .map(([minus, before, after]) => `${minus ? '-' : ''}${before}${after === null ? '' : `.${after}`}`);
const int4 = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -2147483648, max: 2147483647 }));
const int8 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const date = fc.oneof(
  fc.date({ min: new Date(-1e12), max: new Date(4e12), noInvalidDate: true }),
  fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }),
);
const dateOnly = date.map((value) => value.toISOString().slice(0, 10));
const json = fc.jsonValue({ maxDepth: 3, noUnicodeString: false });
const float = fc.oneof(fc.double({ noNaN: false }), fc.integer(), fc.constantFrom(0.1, 1e21, 1e-7, NaN, Infinity, -Infinity));
const bound = <T>(value: Arbitrary<T>) => fc.oneof({ weight: 5, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) });
const range = <T>(value: Arbitrary<T>, compare: (a: T, b: T) => number) =>
  fc.tuple(bound(value), bound(value), fc.boolean(), fc.boolean()).map(([a, b, low, high]) => {
    const [from, to] = a !== null && b !== null && compare(a, b) > 0 ? [b, a] : [a, b];
    return [
      { value: from, inclusive: low },
      { value: to, inclusive: high },
    ];
  });
const byte = fc.integer({ min: 0, max: 255 });
const ipv4 = fc
  .tuple(byte, byte, byte, byte, fc.option(fc.integer({ min: 0, max: 32 })))
  .map(([a, b, c, d, mask]) => `${a}.${b}.${c}.${d}${mask === null ? '' : `/${mask}`}`);
const array = <T>(value: Arbitrary<T>) =>
  fc.array(fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) }), { maxLength: 5 });

const {
  ARRAY,
  BIGINT,
  BLOB,
  BOOLEAN,
  CHAR,
  CITEXT,
  DATE,
  DATEONLY,
  DECIMAL,
  DOUBLE,
  ENUM,
  HSTORE,
  INET,
  INTEGER,
  JSONB,
  MACADDR,
  RANGE,
  REAL,
} = DataTypes;
const { SMALLINT, STRING, TEXT, TIME, UUID } = DataTypes;

export const RANDOM_TYPES: readonly RandomType[] = [
  { name: 'STRING(12)', isPlain: true, type: STRING(12), values: text(13) },
  { name: 'TEXT', isPlain: true, type: TEXT, values: text(60) },
  { name: 'CHAR(6)', isPlain: true, type: CHAR(6), values: text(7) },
  {
    name: 'CITEXT',
    isPlain: true,
    type: CITEXT,
    values: fc.array(fc.constantFrom(...Array.from('abAB zZ9')), { maxLength: 5 }).map((letters) => letters.join('')),
  },
  { name: 'BOOLEAN', isPlain: true, extremes: false, type: BOOLEAN, values: fc.boolean() },
  { name: 'SMALLINT', isPlain: true, type: SMALLINT, values: fc.integer({ min: -33000, max: 33000 }) },
  { name: 'INTEGER', isPlain: true, type: INTEGER, values: int4 },
  { name: 'BIGINT', isPlain: true, type: BIGINT, values: fc.oneof(int8, fc.integer()) },
  { name: 'DOUBLE', isPlain: true, type: DOUBLE, values: float },
  { name: 'REAL', isPlain: true, type: REAL, values: fc.oneof(fc.float(), fc.constantFrom(0.1, NaN)) },
  {
    name: 'DECIMAL',
    extremes: false,
    isPlain: true,
    type: DECIMAL,
    values: fc.oneof(decimal(20, 10), fc.integer(), fc.constantFrom('NaN', '1e10', '1.50', '1.5')),
  },
  { name: 'DECIMAL(10,2)', isPlain: true, type: DECIMAL(10, 2), values: decimal(9, 4) },
  { name: 'DECIMAL(20,4)', isPlain: true, type: DECIMAL(20, 4), values: decimal(17, 6) },
  { name: 'DECIMAL(30,0)', isPlain: true, type: DECIMAL(30, 0), values: decimal(30, 1) },
  { name: 'UUID', isPlain: true, extremes: false, type: UUID, values: fc.uuid() },
  { name: 'ENUM', isPlain: true, type: ENUM('b', 'a', 'A', "c'd"), values: fc.constantFrom('a', 'b', 'A', "c'd", 'z') },
  { name: 'DATE', isPlain: true, type: DATE, values: date },
  { name: 'DATE(0)', isPlain: true, type: DATE(0), values: date },
  { name: 'DATEONLY', isPlain: true, type: DATEONLY, values: dateOnly },
  { name: 'TIME', isPlain: true, type: TIME, values: date.map((value) => value.toISOString().slice(11, 23)) },
  { name: 'BLOB', isPlain: true, extremes: false, type: BLOB, values: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
  { name: 'JSONB', extremes: false, type: JSONB, values: json },
  { name: 'JSON', type: DataTypes.JSON, values: json, incomparable: true },
  {
    name: 'HSTORE',
    type: HSTORE,
    values: fc.dictionary(fc.stringMatching(/^[a-z "']{1,4}$/), fc.stringMatching(/^[a-z "',=>]{0,5}$/), { noNullPrototype: true }),
    unordered: true,
  },
  { name: 'INET', isPlain: true, type: INET, values: fc.oneof(ipv4, fc.ipV6()) },
  {
    name: 'MACADDR',
    isPlain: true,
    extremes: false,
    type: MACADDR,
    values: fc
      .array(byte, { minLength: 6, maxLength: 6 })
      .map((bytes) => bytes.map((value) => value.toString(16).padStart(2, '0')).join(':')),
  },
  { name: 'RANGE(INTEGER)', extremes: false, type: RANGE(INTEGER), values: range(fc.integer({ min: -100, max: 100 }), (a, b) => a - b) },
  {
    name: 'RANGE(DECIMAL)',
    extremes: false,
    type: RANGE(DECIMAL),
    values: range(
      fc.integer({ min: -100, max: 100 }).map((value) => String(value / 10)),
      (a, b) => Number(a) - Number(b),
    ),
  },
  { name: 'RANGE(DATE)', extremes: false, type: RANGE(DATE), values: range(date, (a, b) => a.getTime() - b.getTime()) },
  { name: 'RANGE(DATEONLY)', extremes: false, type: RANGE(DATEONLY), values: range(dateOnly, (a, b) => (a < b ? -1 : 1)) },
  { name: 'ARRAY(TEXT)', extremes: false, type: ARRAY(TEXT), values: array(text(6)) },
  { name: 'ARRAY(INTEGER)', extremes: false, type: ARRAY(INTEGER), values: array(int4) },
  { name: 'ARRAY(BIGINT)', extremes: false, type: ARRAY(BIGINT), values: array(int8) },
  { name: 'ARRAY(DECIMAL(10,2))', extremes: false, type: ARRAY(DECIMAL(10, 2)), values: array(decimal(6, 2)) },
  { name: 'ARRAY(BOOLEAN)', extremes: false, type: ARRAY(BOOLEAN), values: array(fc.boolean()) },
  { name: 'ARRAY(UUID)', extremes: false, type: ARRAY(UUID), values: fc.array(fc.uuid(), { maxLength: 4 }) },
  { name: 'ARRAY(DATE)', extremes: false, type: ARRAY(DATE), values: fc.array(date, { maxLength: 4 }) },
  {
    name: 'ARRAY(JSONB)',
    extremes: false,
    type: ARRAY(JSONB),
    values: fc.array(fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.integer(), { noNullPrototype: true }), { maxLength: 3 }),
  },
];
