import fc, { type Arbitrary } from 'fast-check';
import { DataTypes, fn, literal } from 'sequelize';

/** Plain data, so that fast-check prints what it found. */
export interface RandomColumn {
  readonly name: string;
  readonly type: TypeName;
  readonly allowNull: boolean;
  /** Which of the type's defaults. */
  readonly default?: number;
  readonly unique?: 'alone' | 'pair';
  readonly comment?: string;
  /** The position of another table, or of the table itself. */
  readonly references?: { readonly table: number; readonly onDelete?: string; readonly onUpdate?: string };
}

export interface RandomIndex {
  readonly kind: 'plain' | 'unique' | 'descending' | 'partial' | 'lower' | 'gin' | 'hash';
  readonly column: number;
  readonly other: number;
  readonly isNamed: boolean;
}

export interface RandomTable {
  readonly name: string;
  readonly schema?: 'crm';
  readonly key: 'serial' | 'bigserial' | 'uuid' | 'pair';
  readonly columns: readonly RandomColumn[];
  readonly indexes: readonly RandomIndex[];
  readonly underscored: boolean;
  readonly timestamps: boolean;
  readonly paranoid: boolean;
}

interface RandomType {
  readonly make: () => unknown;
  readonly defaults: readonly unknown[];
  /** A type that a column can have before `changeColumn` gives it this one. */
  readonly before?: () => unknown;
  /** Of values that can be looked up in a GIN index, by `lower`, or not be a key at all. */
  readonly is?: 'gin' | 'text' | 'no key';
}

const { ARRAY, BIGINT, BLOB, BOOLEAN, CHAR, CIDR, CITEXT, DATE, DATEONLY, DECIMAL, DOUBLE, ENUM, FLOAT, HSTORE, INET, INTEGER, JSON } =
  DataTypes;
const { JSONB, MACADDR, RANGE, REAL, SMALLINT, STRING, TEXT, TIME, TSVECTOR, UUID } = DataTypes;
const uuid = '6ecd8c99-4036-403d-bf84-cf8400f67836';

export const TYPES = {
  string: { make: () => STRING, defaults: ['', "it's", null], before: () => STRING(7), is: 'text' },
  'string(40)': { make: () => STRING(40), defaults: ['x', literal("'y'"), null], before: () => TEXT, is: 'text' },
  'char(3)': { make: () => CHAR(3), defaults: ['EUR'] },
  text: { make: () => TEXT, defaults: ['', 'a, b', fn('md5', 'x')], before: () => STRING, is: 'text' },
  citext: { make: () => CITEXT, defaults: ['Ab'] },
  smallint: { make: () => SMALLINT, defaults: [-1, 0] },
  integer: { make: () => INTEGER, defaults: [0, 7, -7, literal('1 + 1')], before: () => SMALLINT },
  bigint: { make: () => BIGINT, defaults: [0, '9007199254740993'], before: () => INTEGER },
  float: { make: () => FLOAT, defaults: [1.5, 0] },
  real: { make: () => REAL, defaults: [0.1] },
  double: { make: () => DOUBLE, defaults: [0, 1e100, literal('0.5')], before: () => REAL },
  decimal: { make: () => DECIMAL, defaults: [10.5, 0] },
  'decimal(10,2)': { make: () => DECIMAL(10, 2), defaults: ['0.10', 0, 5, null], before: () => INTEGER },
  boolean: { make: () => BOOLEAN, defaults: [true, false] },
  date: {
    make: () => DATE,
    defaults: [fn('now'), literal('CURRENT_TIMESTAMP'), DataTypes.NOW, new Date(0), literal("now() + interval '1 day'")],
  },
  'date(3)': { make: () => DATE(3), defaults: [literal('CURRENT_TIMESTAMP(3)'), fn('NOW'), null] },
  dateonly: { make: () => DATEONLY, defaults: ['2024-02-29', literal('CURRENT_DATE')] },
  time: { make: () => TIME, defaults: ['12:30:00'] },
  uuid: { make: () => UUID, defaults: [uuid, fn('gen_random_uuid'), literal('uuid_generate_v4()'), DataTypes.UUIDV4] },
  json: { make: () => JSON, defaults: [{ b: 1, a: [null] }], is: 'no key' },
  jsonb: { make: () => JSONB, defaults: [{}, [], { b: 1, a: "it's" }, literal(`'{}'::jsonb`)], is: 'gin' },
  blob: { make: () => BLOB, defaults: [] },
  enum: { make: () => ENUM('sad', 'ok', "it's"), defaults: ['ok', "it's"] },
  'string[]': { make: () => ARRAY(STRING), defaults: [[], ['a', "b'"], literal(`'{}'`), null], is: 'gin' },
  'text[]': { make: () => ARRAY(TEXT), defaults: [[], ['x'], literal("ARRAY['a', 'b']::text[]")], before: () => ARRAY(STRING), is: 'gin' },
  'integer[]': { make: () => ARRAY(INTEGER), defaults: [[], [1, -2]], before: () => ARRAY(SMALLINT), is: 'gin' },
  // A query interface without a model can't write a default of it.
  'enum[]': { make: () => ARRAY(ENUM('p', 'q')), defaults: [] },
  inet: { make: () => INET, defaults: ['10.0.0.1'], before: () => CIDR },
  cidr: { make: () => CIDR, defaults: ['10.0.0.0/8'] },
  macaddr: { make: () => MACADDR, defaults: ['08:00:2b:01:02:03'] },
  'range(integer)': { make: () => RANGE(INTEGER), defaults: [[1, 5]] },
  'range(date)': { make: () => RANGE(DATE), defaults: [] },
  hstore: { make: () => HSTORE, defaults: [] },
  tsvector: { make: () => TSVECTOR, defaults: [], is: 'gin' },
} satisfies Record<string, RandomType>;

export type TypeName = keyof typeof TYPES;

export const typeOf = (name: TypeName): RandomType => TYPES[name];

const rules = fc.constantFrom(undefined, 'CASCADE', 'SET NULL', 'RESTRICT', 'NO ACTION', 'SET DEFAULT');
const WORDS = ['title', 'orderTotal', 'Name', 'select', 'isActive', 'data', 'kind', 'someValue2', 'user_id', 'URL'];

const given = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;

/** A column, of whose name the position is a part: two can't be the same, in any case. */
const column = (at: number, tables: number): Arbitrary<RandomColumn> =>
  fc
    .record({
      word: fc.constantFrom(...WORDS),
      type: fc.constantFrom(...(Object.keys(TYPES) as TypeName[])),
      allowNull: fc.boolean(),
      default: fc.option(fc.nat(5), { nil: undefined }),
      unique: fc.oneof(
        { weight: 6, arbitrary: fc.constant(undefined) },
        { weight: 2, arbitrary: fc.constantFrom('alone' as const, 'pair' as const) },
      ),
      comment: fc.option(fc.constantFrom('what it is', "it's; so"), { nil: undefined, freq: 4 }),
      references: fc.option(fc.record({ table: fc.nat(tables), onDelete: rules, onUpdate: rules }), { nil: undefined, freq: 4 }),
    })
    .map(({ word, references, ...rest }) => {
      const count = typeOf(rest.type).defaults.length;
      const isKey = typeOf(rest.type).is !== 'no key';
      return given({
        ...rest,
        name: `${word}${at}`,
        unique: isKey ? rest.unique : undefined,
        default: rest.default === undefined || count === 0 || references ? undefined : rest.default % count,
        references: references && given(references),
      }) as RandomColumn;
    });

const index: Arbitrary<RandomIndex> = fc.record({
  kind: fc.constantFrom('plain', 'unique', 'descending', 'partial', 'lower', 'gin', 'hash'),
  column: fc.nat(9),
  other: fc.nat(9),
  isNamed: fc.boolean(),
});

const table = (at: number): Arbitrary<RandomTable> =>
  fc
    .record({
      word: fc.constantFrom('users', 'OrderItems', 'select', 'a_longer_name_of_a_table_than_most_people_would_give_one'),
      schema: fc.option(fc.constant('crm' as const), { nil: undefined, freq: 4 }),
      key: fc.constantFrom('serial', 'serial', 'bigserial', 'uuid', 'pair'),
      columns: fc.integer({ min: 1, max: 7 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, each) => column(each, at)))),
      indexes: fc.array(index, { maxLength: 4 }),
      underscored: fc.boolean(),
      timestamps: fc.boolean(),
      paranoid: fc.boolean(),
    })
    .map(({ word, ...rest }) => given({ ...rest, name: `${word.slice(0, 5)}${at}${word.slice(5)}` }) as RandomTable);

/** One to four tables; each references those before it and itself. */
export const randomDefinition: Arbitrary<readonly RandomTable[]> = fc
  .integer({ min: 1, max: 4 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => table(at))));
