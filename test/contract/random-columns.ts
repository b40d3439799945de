import fc, { type Arbitrary } from 'fast-check';
import { DataTypes, type DataType } from 'sequelize';

export type Any = Arbitrary<unknown>;

/** What can be asked of a column. */
export type Kind = 'text' | 'boolean' | 'number' | 'date' | 'array' | 'range' | 'json' | 'key' | 'opaque';

/** A column of the wide model; its values come from a small pool, so that rows and conditions meet. */
export interface RandomColumn {
  readonly name: string;
  readonly type: DataType;
  readonly kind: Kind;
  readonly values: Any;
  /** Of arrays and ranges: what they hold. */
  readonly elements?: Any;
  /** Equal values can be written in several ways, and PostgreSQL gives a group any of them. */
  readonly manySpellings?: true;
  /** PostgreSQL has no order for it, or one that nobody can tell from the value. */
  readonly unordered?: true;
}

const one = (...pool: readonly unknown[]): Any => fc.constantFrom(...pool);
const { ARRAY, BIGINT, BLOB, BOOLEAN, CHAR, CIDR, CITEXT, DATE, DATEONLY, DECIMAL, DOUBLE, ENUM, HSTORE, INET, INTEGER } = DataTypes;
const { JSONB, MACADDR, RANGE, REAL, SMALLINT, STRING, TEXT, TIME, TSVECTOR, UUID } = DataTypes;

const words = ['', 'a', 'A', 'ab', 'Ann', 'ann', 'ANN', 'Bob', "O'Neil", '50%', 'a_b', 'x\\y', 'b\\', 'é', '😀a', '10', '9', '1.5', 'true'];
const moods = ['sad', 'ok', 'happy', "it's"];
const uuids = ['6ecd8c99-4036-403d-bf84-cf8400f67836', '00000000-0000-0000-0000-000000000000', 'FFFFFFFF-4036-403d-bf84-cf8400f67836'];
const days = ['2020-02-29', '2024-01-01', '2024-01-31', '2023-12-31', '0001-01-01', '9999-12-31'];
const instants = [
  new Date(0),
  new Date('2020-02-29T12:34:56.789Z'),
  new Date('2020-02-29T12:34:56.788Z'),
  new Date('2024-01-31T00:00:00Z'),
  new Date('1969-12-31T23:59:59.999Z'),
];
const bigs = ['0', '1', '9', '10', '-1', '9007199254740992', '9007199254740993', '9223372036854775807', '-9223372036854775808', 1];
const decimals = ['0', '1.5', '1.50', '-2.25', '10', '9', '9007199254740993.5', '0.00001', '100000000000000000000', 'NaN'];

const text = one(...words);
const integer = one(0, 1, -1, 2, 3, 9, 10, 2147483647, -2147483648);
const big = one(...bigs);
const decimal = one(...decimals);
const mood = one(...moods);
const day = one(...days);
const instant = one(...instants);
const bool = fc.boolean();

const many = (element: Any, holes = true): Any =>
  fc.array(holes ? fc.oneof({ weight: 9, arbitrary: element }, { weight: 1, arbitrary: fc.constant(null) }) : element, { maxLength: 3 });

/** Ranges between values of an ascending pool, open and closed, endless and empty. */
function between(pool: readonly unknown[]): Any {
  const place = fc.nat(pool.length - 1);
  const bound = (index: number, gone: boolean) => (gone ? null : pool[index]);
  const gone = fc.integer({ min: 0, max: 5 }).map((roll) => roll === 0);
  const ends = fc
    .tuple(place, place, gone, gone)
    .map(([a, b, noLow, noHigh]) => [bound(Math.min(a, b), noLow), bound(Math.max(a, b), noHigh)]);
  const inclusive = fc.tuple(ends, fc.boolean(), fc.boolean()).map(([[low, high], from, to]) => [
    { value: low, inclusive: from },
    { value: high, inclusive: to },
  ]);
  return fc.oneof({ weight: 5, arbitrary: ends }, { weight: 3, arbitrary: inclusive }, { weight: 1, arbitrary: fc.constant([]) });
}

const city = one('Rome', 'rome', "L'Aquila", '', null);
/** Documents whose `n` is always a number, so that a cast of it never fails. */
export const profile: Any = fc.record(
  {
    city,
    n: one(1, 2.5, 10, '1', null, 9),
    ok: one(true, false, null),
    o: fc.record({ k: one('v', 'w', null), deep: one([1, 2], {}) }, { requiredKeys: [], noNullPrototype: true }),
    list: one([], [1], [1, 2, 2], ['a', null], [{ a: 1 }]),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const scalar = one(1, 2, 2.5, -1, 'a', 'b', '', true, false, null, 'A');
/** Any document. */
export const document: Any = fc.oneof(
  { weight: 2, arbitrary: scalar },
  { weight: 2, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 2, arbitrary: fc.dictionary(one('a', 'b', 'c') as Arbitrary<string>, scalar, { maxKeys: 2, noNullPrototype: true }) },
  {
    weight: 1,
    arbitrary: one({ a: [1, { b: 2 }] }, { a: { b: 1, c: 2 } }, [[1], [2, 3]], [{ a: 1 }, { a: 2 }], { a: {} }, { a: [] }, [[]], [{}]),
  },
);

const array = (name: string, type: DataType, elements: Any, more: Partial<RandomColumn> = {}): RandomColumn => ({
  name,
  type: ARRAY(type as never),
  kind: 'array',
  values: many(elements, !['moods', 'dates', 'days'].includes(name)),
  elements,
  ...more,
});
const range = (name: string, type: DataType, pool: readonly unknown[]): RandomColumn => ({
  name,
  type: RANGE(type as never),
  kind: 'range',
  values: between(pool),
  elements: one(...pool),
});
const column = (kind: Kind, name: string, type: DataType, values: Any, more: Partial<RandomColumn> = {}): RandomColumn => ({
  name,
  type,
  kind,
  values,
  ...more,
});

const times = instants.toSorted((a, b) => a.getTime() - b.getTime());

/** A column of every kind. */
export const RANDOM_COLUMNS: readonly RandomColumn[] = [
  column('text', 'str', STRING, text),
  column('text', 'fixed', CHAR(4), one('', 'a', 'ab', 'a b', 'A', "it's", '10')),
  column('text', 'cit', CITEXT, one('', 'a', 'A', 'Ann', 'ANN', 'ann', 'b%', 'a_b', 'x\\y', '10'), { manySpellings: true }),
  column('text', 'txt', TEXT, fc.oneof(text, one('{a,b}', '["a"]', 'two\nlines', 'x'.repeat(300)))),
  column('boolean', 'bool', BOOLEAN, bool),
  column('number', 'small', SMALLINT, one(0, 1, -1, 2, 10, 32767, -32768)),
  column('number', 'int', INTEGER, integer),
  column('number', 'big', BIGINT, big),
  column('number', 'real', REAL, one(0, 0.5, 0.1, -1, 1, 10, 1.5, 16777216, NaN, Infinity, -Infinity)),
  column('number', 'dbl', DOUBLE, one(0, 0.5, 0.1, -1, 1, 10, 1.5, 1e300, 1e-7, 9007199254740992, NaN, Infinity, -Infinity)),
  column('number', 'price', DECIMAL(10, 2), one('0', '1.5', '-2.25', '10', '9', '99.99', 3)),
  column('number', 'dec', DECIMAL, decimal, { manySpellings: true }),
  column('key', 'uuid', UUID, one(...uuids)),
  column('key', 'mood', ENUM(...moods), mood),
  column('date', 'born', DATE, instant),
  column('date', 'day', DATEONLY, day),
  column('key', 'time', TIME, one('00:00:00', '23:59:59', '12:34:56.789', '01:02')),
  column('key', 'blob', BLOB, one(Buffer.from(''), Buffer.from([0]), Buffer.from([0, 255, 39, 92]), Buffer.from('a'))),
  column('json', 'data', JSONB, profile),
  column('json', 'doc', JSONB, document),
  column('key', 'ip', INET, one('127.0.0.1', '10.0.0.1/8', '10.0.0.0/8', '::1', '9.0.0.1', '2001:db8::/32')),
  column('key', 'net', CIDR, one('10.0.0.0/8', '192.168.0.0/24', '2001:db8::/32', '10.1.2.3')),
  column('key', 'mac', MACADDR, one('08:00:2b:01:02:03', '08-00-2B-01-02-04', '08002b:010205')),
  array('tags', TEXT, fc.oneof(text, one('NULL', 'a,b', '{}', '"'))),
  array('names', STRING, text),
  array('ints', INTEGER, integer),
  array('bigs', BIGINT, big),
  array('decs', DECIMAL, decimal, { manySpellings: true }),
  array('prices', DECIMAL(10, 2), one('0', '1.5', '-2.25', '10', '9')),
  array('flags', BOOLEAN, bool),
  array('moods', ENUM(...moods), mood),
  array('dates', DATE, instant),
  array('days', DATEONLY, day),
  array('uuids', UUID, one(...uuids)),
  range('span', INTEGER, [-5, 0, 1, 2, 5, 10, 100]),
  range('wide', BIGINT, ['-1', '0', '9007199254740992', '9007199254740993']),
  range('worth', DECIMAL, ['-2.5', '0', '1.5', '9', '10']),
  range('stay', DATE, times),
  range('week', DATEONLY, ['2020-02-28', '2020-02-29', '2020-03-01', '2024-01-01']),
  column('opaque', 'store', HSTORE, one({}, { a: '1' }, { a: null, b: 'x "y"' }, { b: "it's" }), { unordered: true }),
  column('opaque', 'search', TSVECTOR, one('a fat cat', "'it''s' b:1A", ''), { unordered: true }),
];

/** Named columns of a kind. */
export const named = (...kinds: readonly Kind[]): readonly string[] =>
  RANDOM_COLUMNS.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);

/** Values of a JavaScript type that the column is not made for. */
export const wrong: Any = one('x', '', 5, -0.5, '2147483648', true, {}, [], ['a'], new Date(0), Buffer.from('a'), NaN, '1e400', { a: 1 });
