import fc, { type Arbitrary } from 'fast-check';
import { cast, col, fn, type FindOptions, json, literal, Op, where } from 'sequelize';
import { type Any, named, RANDOM_COLUMNS } from './random-columns.js';
import { formValue } from './random-forms.js';
import { expressions } from './random-expressions.js';
import { weighed } from './random-conditions.js';
import { anyWhere, failing } from './random-where.js';

/** A call on the wide model, the same for both engines. */
export interface RandomFinder {
  readonly method: 'findAll' | 'findOne' | 'findAndCountAll' | 'count' | 'sum' | 'min' | 'max' | 'update' | 'destroy';
  /** Of the aggregates. */
  readonly column?: string;
  readonly options: FindOptions & Record<string, unknown>;
}

const all = RANDOM_COLUMNS.map(({ name }) => name);
const ordered = RANDOM_COLUMNS.filter(({ unordered }) => !unordered).map(({ name }) => name);
const direction = fc.constantFrom('ASC', 'DESC', 'ASC NULLS FIRST', 'DESC NULLS LAST', 'NULLS FIRST', 'NULLS LAST');
const numbers = named('number');

/** What is ordered by beside columns. */
const expression: Any = fc.oneof(
  fc.constantFrom('str', 'txt', 'fixed').chain((name) => fc.constantFrom(fn('lower', col(name)), fn('char_length', col(name)))),
  fc.constantFrom(...numbers).map((name) => fn('coalesce', col(name), 0)),
  fc.constantFrom('int', 'price', 'day', 'bool').map((name) => cast(col(name), 'text')),
  fc.constantFrom('"data" -> \'n\'', '"data" ->> \'city\'', '"data" #>> \'{o,k}\'', '"doc" -> 0').map((sql) => literal(sql)),
  fc
    .constantFrom('"int" % 3', '"bool" IS NULL', '- "small"', '"int" > 1', 'lower("span")', '"ints"[1]', '"born"::date')
    .map((sql) => literal(sql)),
  fc.constantFrom('data.city', 'data.o.k'),
  fc.constantFrom(...named('array')).map((name) => fn('cardinality', col(name))),
);

const calculated = fc.oneof(expressions.number, expressions.text, expressions.bool, expressions.date, expressions.array, expressions.json);

const orderItem: Any = weighed(
  [
    1,
    fc.tuple(
      calculated.map((sql) => literal(`(${sql})`)),
      direction,
    ),
  ],
  [4, fc.tuple(fc.constantFrom(...ordered), direction)],
  [2, fc.tuple(expression, direction)],
  [1, fc.constantFrom(...ordered)],
);

/** Columns with aliases, calculated columns. */
const extra: Arbitrary<[unknown, string]> = fc.oneof(
  fc.constantFrom(...all).map((name): [unknown, string] => [name, 'renamed']),
  fc
    .constantFrom('upper', 'lower', 'char_length')
    .chain((name) => fc.constantFrom('str', 'txt').map((of): [unknown, string] => [fn(name, col(of)), 'x'])),
  fc
    .constantFrom('int', 'price', 'dec', 'dbl', 'bool', 'born', 'uuid', 'tags', 'data')
    .map((of): [unknown, string] => [cast(col(of), 'text'), 'y']),
  fc.constantFrom(...numbers).map((of): [unknown, string] => [literal(`"${of}" - 0.5`), 'z']),
  fc.constantFrom('data.city', 'data.o', 'data.n').map((path): [unknown, string] => [json(path), 'j']),
  fc
    .constantFrom(
      '"data" -> \'o\'',
      '"data" -> \'list\' -> 0',
      '"doc" #> \'{a}\'',
      '"tags"[1]',
      'upper("span")',
      '"born"::date',
      '"int" = ANY ("ints")',
    )
    .map((sql): [unknown, string] => [literal(sql), 'l']),
  fc
    .constantFrom(
      '"int" IN (1, 2)',
      '"str" LIKE \'a%\'',
      '"price" * 2',
      '"day" + 1',
      '"tags" || "names"',
      '"data" || \'{"z": 1}\'',
      'concat("str", \'/\', "int")',
    )
    .map((sql): [unknown, string] => [literal(sql), 'm']),
);

const attributes: Any = fc.oneof(
  fc.array(calculated, { minLength: 1, maxLength: 3 }).map((list) => ['id', ...list.map((sql, index) => [literal(sql), `e${index}`])]),
  fc.subarray(all, { minLength: 1 }).map((names) => ['id', ...names]),
  fc
    .tuple(fc.subarray(all, { maxLength: 3 }), extra, extra)
    .map(([names, one, other]) => ['id', ...names, one, ...(other[1] === one[1] ? [] : [other])]),
  extra.map((one) => ({ include: [one] })),
  fc.subarray(all, { minLength: 30 }).map((names) => ({ exclude: names })),
);

/** Finders that list rows. They mostly ask for the ids alone: which rows in which order is the question. */
const listing: Arbitrary<RandomFinder> = fc
  .record(
    {
      method: fc.constantFrom('findAll', 'findAll', 'findAll', 'findAll', 'findOne', 'findAndCountAll', 'count', 'update', 'destroy'),
      where: anyWhere,
      order: fc.array(orderItem, { maxLength: 3 }),
      attributes: weighed([2, fc.constant(['id'])], [1, attributes]),
      limit: fc.integer({ min: 0, max: 8 }),
      offset: fc.integer({ min: 0, max: 3 }),
      raw: fc.constant(true),
    },
    { requiredKeys: ['method', 'where'], noNullPrototype: true },
  )
  .map(({ method, order, ...options }) => ({
    method,
    options: (['update', 'destroy', 'count'].includes(method)
      ? { where: options.where }
      : { ...options, order: [...(order ?? []), 'id'] }) as RandomFinder['options'],
  }));

/** What may fail with the first row that it meets. */
const failingListing: Arbitrary<RandomFinder> = fc
  .tuple(fc.constantFrom('findAll' as const, 'count' as const, 'update' as const, 'destroy' as const), failing)
  .map(([method, given]) => ({
    method,
    options: (method === 'findAll' ? { where: given, order: ['id'] } : { where: given }) as RandomFinder['options'],
  }));

const formListing: Arbitrary<RandomFinder> = formValue.map((value) => ({
  method: 'findAll',
  options: { attributes: ['id', value], where: { id: 1 } } as RandomFinder['options'],
}));

/** Columns whose equal values are all written alike: of others PostgreSQL gives a group any. */
const grouped = RANDOM_COLUMNS.filter(({ manySpellings, unordered }) => !manySpellings && !unordered).map(({ name }) => name);
/** Of equal values PostgreSQL gives the one that it comes to last. */
const unambiguous = RANDOM_COLUMNS.filter(({ manySpellings }) => !manySpellings).map(({ name }) => name);
const AGGREGATES: readonly (readonly [string, readonly string[]])[] = [
  ['sum', ['small', 'int', 'price', 'big', 'dec']],
  ['avg', ['small', 'int', 'price']],
  ['min', ['str', 'int', 'big', 'dbl', 'price', 'born', 'day', 'real']],
  ['max', ['str', 'int', 'big', 'dbl', 'price', 'born', 'day', 'time']],
  ['count', all.filter((name) => name !== 'search')],
  ['bool_and', ['bool']],
  ['bool_or', ['bool']],
  ['min', unambiguous],
  ['max', unambiguous],
];
const AGGREGATED = ['int', 'str', 'bool', 'born', 'day', 'mood', 'uuid', 'price', 'dbl', 'data', 'time'];
const WRITTEN = [
  'array_agg("int" ORDER BY "id")',
  'array_agg("str" ORDER BY "id")',
  `string_agg("str", ',' ORDER BY "id")`,
  'jsonb_agg("int" ORDER BY "id")',
  'count(*) FILTER (WHERE "bool")',
  'count(DISTINCT "str")',
  'count(DISTINCT "dec")',
  'sum("int") FILTER (WHERE "int" < 100)',
];
const aggregate: Any = weighed(
  [3, fc.constantFrom(...AGGREGATES).chain(([name, columns]) => fc.constantFrom(...columns).map((of) => fn(name, col(of)) as unknown))],
  [1, fc.constantFrom(...WRITTEN).map((sql) => literal(sql) as unknown)],
  [
    1,
    fc
      .tuple(
        fc.constantFrom('array_agg', 'jsonb_agg', 'json_agg'),
        fc.constantFrom(...AGGREGATED),
        fc.constantFrom('"id"', '"id" DESC', '"small", "id"'),
      )
      .map(([name, of, order]) => literal(`${name}("${of}" ORDER BY ${order})`) as unknown),
  ],
  [
    1,
    fc
      .tuple(fc.constantFrom('sum', 'avg', 'min', 'max', 'count'), expressions.number)
      .map(([name, of]) => literal(`${name}((${of})::numeric)`) as unknown),
  ],
  [1, fc.tuple(fc.constantFrom('min', 'max', 'count'), expressions.text).map(([name, of]) => literal(`${name}((${of})::text)`) as unknown)],
  [
    1,
    fc
      .tuple(fc.constantFrom('bool_and', 'bool_or', 'every', 'count'), expressions.bool)
      .map(([name, of]) => literal(`${name}(${of})`) as unknown),
  ],
);
const having = fc.oneof(
  fc.integer({ min: 0, max: 3 }).map((least) => where(fn('count', literal('*')), { [Op.gt]: least })),
  fc.constant(where(fn('max', col('int')), { [Op.ne]: null } as never)),
  fc.constantFrom('sum("int") > 3', 'min("str") < \'b\'', 'count("price") = count(*)').map((sql) => literal(sql)),
);

const groups: Arbitrary<RandomFinder> = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(...grouped), { minLength: 1, maxLength: 2 }),
    fc.option(anyWhere, { freq: 2, nil: {} }),
    aggregate,
    fc.option(having, { freq: 1 }),
  )
  .map(([by, filter, value, limit]) => ({
    method: 'findAll',
    options: {
      where: filter,
      attributes: [...by, [value, 'value'], [fn('count', literal('*')), 'n']],
      group: [...by],
      order: by.map((name) => [name, 'ASC']),
      raw: true,
      ...(limit !== null && { having: limit }),
    } as unknown as RandomFinder['options'],
  }));

/** Each value once. */
const distinct: Arbitrary<RandomFinder> = fc
  .tuple(fc.uniqueArray(fc.constantFrom(...grouped), { minLength: 1, maxLength: 2 }), fc.option(anyWhere, { freq: 2, nil: {} }), direction)
  .map(([[first = 'id', second], filter, how]) => ({
    method: 'findAll',
    options: {
      where: filter,
      attributes: [[fn('DISTINCT', col(first)), 'first'], ...(second === undefined ? [] : [second])],
      order: [[literal('1'), how], ...(second === undefined ? [] : [[second, how]])],
      raw: true,
    } as unknown as RandomFinder['options'],
  }));

const single: Arbitrary<RandomFinder> = fc
  .tuple(
    fc.constantFrom('sum' as const, 'min' as const, 'max' as const, 'count' as const),
    fc.constantFrom('small', 'int', 'big', 'price', 'dec'),
    fc.option(anyWhere, { freq: 2, nil: {} }),
    fc.boolean(),
  )
  .map(([method, column, filter, distinct]) => ({
    method,
    ...(method !== 'count' && { column }),
    options: { where: filter, ...(method === 'count' && { distinct, col: column }) } as unknown as RandomFinder['options'],
  }));

/** Any finder of one table. */
export const randomFinder: Arbitrary<RandomFinder> = fc.oneof(
  { weight: 8, arbitrary: listing },
  { weight: 2, arbitrary: failingListing },
  { weight: 1, arbitrary: formListing },
  { weight: 2, arbitrary: groups },
  { weight: 1, arbitrary: single },
  { weight: 1, arbitrary: distinct },
);
