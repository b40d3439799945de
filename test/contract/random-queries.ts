import fc, { type Arbitrary } from 'fast-check';
import { cast, col, fn, literal, Op, where, type FindOptions } from 'sequelize';

/** A call of a finder, the same for both engines: associations are named by their aliases. */
export interface RandomQuery {
  readonly model: 'author' | 'book';
  readonly method: 'findAll' | 'findOne' | 'findAndCountAll' | 'count' | 'sum' | 'min' | 'max' | 'groups';
  /** Of the aggregates. */
  readonly column?: string;
  readonly options: FindOptions & Record<string, unknown>;
}

type Any = Arbitrary<unknown>;
const words = ['', 'a', 'Ann', 'ann', 'Bob', "O'Neil", '50%', 'a_b', 'x\\y', 'é'];
export const text = fc.constantFrom(...words);
export const int = fc.oneof(fc.integer({ min: -3, max: 12 }), fc.constantFrom(2147483));
/** Of equal numbers PostgreSQL gives a group's digits as it likes: each number is written in one way. */
export const decimal = fc.constantFrom('0', '1.5', '-2.25', '10', '99.99');
export const float = fc.constantFrom(0, 0.5, -1.25, 1e10, 3);
export const date = fc.constantFrom('2020-02-29', '2024-01-01', '2024-01-31', '2023-12-31').map((day) => new Date(`${day}T10:20:30.400Z`));
export const day = fc.constantFrom('2020-02-29', '2024-01-01', '2024-01-31', '2023-12-31');
export const mood = fc.constantFrom('sad', 'ok', 'happy');
export const texts = fc.array(fc.constantFrom('a', 'b', 'c,d', ''), { maxLength: 3 });
export const ints = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
export const json = fc.record(
  {
    city: fc.constantFrom('Rome', 'rome', null),
    n: fc.constantFrom(1, 2.5, 10, '1'),
    o: fc.record({ k: fc.constantFrom('v', 'w', null) }),
  },
  { requiredKeys: [], noNullPrototype: true },
);
export const range = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 5, max: 10 })).map(([low, high]) => [low, high]);

/** The columns of a model by what can be asked of them. */
interface Columns {
  readonly ordered: Readonly<Record<string, Any>>;
  readonly texts: readonly string[];
  readonly numbers: readonly string[];
  readonly special: readonly Any[];
}

const op = (column: string, operator: symbol, value: Any): Any => value.map((given) => ({ [column]: { [operator]: given } }));

const COLUMNS: Readonly<Record<RandomQuery['model'], Columns>> = {
  author: {
    ordered: { id: int, name: text, age: int, rating: float, balance: decimal, mood, born: date, day, active: fc.boolean() },
    texts: ['name'],
    numbers: ['age', 'rating', 'balance'],
    special: [
      ...[Op.contains, Op.contained, Op.overlap, Op.eq].flatMap((operator) => [op('tags', operator, texts), op('nums', operator, ints)]),
      op('span', Op.contains, fc.integer({ min: 0, max: 10 })),
      ...[Op.contains, Op.contained, Op.overlap, Op.adjacent, Op.strictLeft, Op.strictRight, Op.noExtendLeft, Op.noExtendRight].map(
        (operator) => op('span', operator, range),
      ),
      op('data', Op.contains, json),
      op('data', Op.eq, json),
      json.map(({ o }) => ({ data: { o: o ?? null } })),
      fc.constantFrom('Rome', 'x').map((city) => ({ data: { city } })),
      fc.constantFrom('Rome', 'x').map((city) => ({ 'data.city': { [Op.iLike]: `${city}%` } })),
      fc.constantFrom(1, 2, 2.5).map((n) => ({ data: { n: { [Op.gt]: n } } })),
      fc.constantFrom('v', 'w').map((k) => ({ 'data.o.k': k })),
      fc.constant({ data: { city: { [Op.is]: null } } }),
      fc.constantFrom('Rome', null).map((city) => where(fn('coalesce', col('author.email'), ''), Op.ne as never, city as never)),
      text.map((name) => where(fn('lower', col('author.name')), name.toLowerCase()) as unknown),
      fc.integer({ min: 0, max: 6 }).map((length) => where(fn('char_length', col('author.name')), { [Op.gte]: length })),
    ],
  },
  book: {
    ordered: { id: int, authorId: int, title: text, pages: int, price: decimal, published: date },
    texts: ['title'],
    numbers: ['pages', 'price', 'authorId'],
    special: [
      fc.constantFrom(1, 2).map((n) => ({ meta: { n } })),
      op('meta', Op.contains, json),
      fc.constantFrom(2019, 2024).map((year) => where(fn('date_part', 'year', col('book.published')), year as never) as unknown),
      fc.constant({ pages: { [Op.gt]: col('authorId') } }),
      fc.constant({ [Op.and]: [literal('"book"."pages" % 2 = 1')] }),
      fc.constant({ id: { [Op.in]: literal('(SELECT max("id") FROM "book" GROUP BY "authorId")') } }),
    ],
  },
};

const patternOf = (value: string) => fc.constantFrom(`%${value}%`, `${value}%`, `%${value}`, value, `_${value}`);

function comparison(columns: Columns): Any {
  const named = Object.entries(columns.ordered);
  const simple = fc.constantFrom(...named).chain(([column, value]): Any => {
    const isBoolean = column === 'active';
    const binary = isBoolean ? [Op.eq, Op.ne] : [Op.eq, Op.ne, Op.gt, Op.gte, Op.lt, Op.lte];
    const many = fc.array(value, { maxLength: 3 });
    const pair = fc.tuple(value, value);
    return fc.oneof(
      fc.constantFrom(...binary).chain((operator) => op(column, operator, value)),
      op(column, Op.in, many),
      op(column, Op.notIn, many),
      value.map((given) => ({ [column]: given })),
      fc.constantFrom(Op.is, Op.not, Op.eq, Op.ne).map((operator) => ({ [column]: { [operator]: null } })),
      value.map((given) => ({ [column]: { [Op.not]: given } })),
      pair.map(([low, high]) => ({ [column]: { [Op.between]: [low, high] } })),
      pair.map(([low, high]) => ({ [column]: { [Op.notBetween]: [low, high] } })),
      pair.map(([low, high]) => ({ [column]: { [Op.or]: [{ [Op.lt]: low }, { [Op.gt]: high }, null] } })),
    );
  });
  const ofText = fc.constantFrom(...columns.texts).chain((column) =>
    fc.oneof(
      text
        .chain(patternOf)
        .chain((pattern) =>
          fc.constantFrom(Op.like, Op.notLike, Op.iLike, Op.notILike).map((operator) => ({ [column]: { [operator]: pattern } })),
        ),
      text.chain((value) =>
        fc.constantFrom(Op.startsWith, Op.endsWith, Op.substring).map((operator) => ({ [column]: { [operator]: value } })),
      ),
      fc
        .constantFrom('^a', 'n$', 'a.*n', '^[A-Z]', 'o|n', '[0-9]+', "'")
        .chain((pattern) =>
          fc.constantFrom(Op.regexp, Op.notRegexp, Op.iRegexp, Op.notIRegexp).map((operator) => ({ [column]: { [operator]: pattern } })),
        ),
      fc.array(text.chain(patternOf), { minLength: 1, maxLength: 2 }).map((list) => ({ [column]: { [Op.like]: { [Op.any]: list } } })),
      fc.array(text.chain(patternOf), { minLength: 1, maxLength: 2 }).map((list) => ({ [column]: { [Op.iLike]: { [Op.all]: list } } })),
    ),
  );
  return fc.oneof(
    { weight: 5, arbitrary: simple },
    { weight: 2, arbitrary: ofText },
    { weight: 3, arbitrary: fc.oneof(...columns.special) },
  );
}

/** Conditions within AND, OR and NOT. */
function condition(model: RandomQuery['model']): Any {
  const one = comparison(COLUMNS[model]);
  const list = fc.array(one, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    { weight: 4, arbitrary: one },
    { weight: 1, arbitrary: list.map((all) => ({ [Op.and]: all })) },
    { weight: 1, arbitrary: list.map((all) => ({ [Op.or]: all })) },
    { weight: 1, arbitrary: one.map((inner) => ({ [Op.not]: inner })) },
    { weight: 1, arbitrary: fc.tuple(one, list).map(([a, all]) => ({ [Op.or]: [{ [Op.and]: all }, a] })) },
  );
}

const direction = fc.constantFrom('ASC', 'DESC', 'ASC NULLS FIRST', 'DESC NULLS LAST', 'NULLS FIRST');

function orderItem(model: RandomQuery['model']): Any {
  const { ordered, texts: textColumns, numbers } = COLUMNS[model];
  return fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...Object.keys(ordered)), direction) },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constantFrom(...textColumns).map((column) => fn('lower', col(`${model}.${column}`))),
        direction,
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constantFrom(...numbers).map((column) => fn('coalesce', col(`${model}.${column}`), 0)),
        direction,
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom(...numbers).map((column) => cast(col(`${model}.${column}`), 'text')) },
  );
}

const INCLUDES: Readonly<Record<string, { readonly model: RandomQuery['model'] | 'label'; readonly many: boolean }>> = {
  books: { model: 'book', many: true },
  author: { model: 'author', many: false },
  labels: { model: 'label', many: true },
};
const ASSOCIATIONS: Readonly<Record<RandomQuery['model'] | 'label', readonly string[]>> = {
  author: ['books'],
  book: ['author', 'labels'],
  label: [],
};

interface Include {
  readonly association: string;
  readonly include?: readonly Include[];
  readonly separate?: boolean;
}

function include(alias: string, depth: number): Arbitrary<Include> {
  const { model, many } = INCLUDES[alias] as (typeof INCLUDES)[string];
  const inner = ASSOCIATIONS[model].filter((other) => other !== 'author' || alias !== 'books');
  return fc
    .record(
      {
        association: fc.constant(alias),
        required: fc.boolean(),
        where: model === 'label' ? fc.constantFrom({ word: 'x' }, { word: { [Op.ne]: 'y' } }) : comparison(COLUMNS[model]).filter(isPlain),
        attributes: model === 'label' ? fc.constant(['id', 'word']) : attributes(model).filter(Array.isArray),
        separate: fc.constant(many && alias !== 'labels'),
        order: fc.constant(['id']),
        ...(alias === 'labels' && { through: fc.constant({ attributes: [] }) }),
        ...(depth > 0 &&
          inner.length > 0 && { include: fc.constantFrom(...inner).chain((other) => include(other, depth - 1).map((one) => [one])) }),
      },
      { requiredKeys: ['association'], noNullPrototype: true },
    )
    .map((given) => tidy(given as unknown as Include));
}

/** Conditions that name a table don't fit where Sequelize gives it another alias. */
const isPlain = (given: unknown): boolean =>
  typeof given === 'object' &&
  given !== null &&
  Object.getPrototypeOf(given) === Object.prototype &&
  !Object.getOwnPropertySymbols(given).includes(Op.and);

/** `order` is for `separate` alone, which needs the foreign key and can't be `required`. */
function tidy(given: Include): Include {
  const { separate, required, attributes: columns, association, where: filter, through, include: inner } = given as Include & Given;
  const key = association === 'books' ? ['authorId'] : [];
  const names = columns?.filter((name) => association === 'books' || name !== 'authorId');
  const rest = Object.entries({
    association,
    where: filter,
    through,
    include: inner,
    attributes: names && [...new Set(['id', ...key, ...names])],
  });
  const own = separate === true ? { separate, order: ['id', ...orderOfIncludes(inner ?? [])] } : { required };
  return Object.fromEntries([...rest, ...Object.entries(own)].filter(([, value]) => value !== undefined)) as unknown as Include;
}

interface Given {
  readonly required?: boolean;
  readonly attributes?: readonly string[];
  readonly where?: unknown;
  readonly through?: unknown;
}

/** An order that leaves nothing open: included rows are told apart, too. */
function orderOfIncludes(list: readonly Include[], path: readonly string[] = []): unknown[] {
  return list.flatMap((one) =>
    one.separate === true ? [] : [[...path, one.association, 'id'], ...orderOfIncludes(one.include ?? [], [...path, one.association])],
  );
}

function attributes(model: RandomQuery['model']): Any {
  const { ordered, numbers, texts: textColumns } = COLUMNS[model];
  const names = Object.keys(ordered);
  const named = fc.subarray(names, { minLength: 1 });
  const extra = fc.oneof(
    fc.constantFrom(...textColumns).map((column) => [fn('upper', col(`${model}.${column}`)), 'x']),
    fc.constantFrom(...numbers).map((column) => [cast(col(`${model}.${column}`), 'text'), 'y']),
    fc.constantFrom(...numbers).map((column) => [literal(`"${model}"."${column}" + 1`), 'z']),
    fc.constantFrom(...names).map((column) => [column, 'renamed']),
    fc.constantFrom(...numbers).map((column) => [literal(`CASE WHEN "${model}"."${column}" > 1 THEN 'many' ELSE 'few' END`), 'size']),
    fc.constant([literal(`(SELECT count(*) FROM "book" AS "b" WHERE "b"."authorId" = "${model}"."id")`), 'written']),
  );
  return fc.oneof(
    named.map((list) => [...new Set(['id', ...list])]),
    fc
      .array(extra, { minLength: 1, maxLength: 2 })
      .map((list) => ({ include: list.filter(([, alias], index) => index === 0 || alias !== list[0]?.[1]) })),
    named.map((list) => ({ exclude: list.filter((name) => name !== 'id') })),
  );
}

function listing(model: RandomQuery['model']): Arbitrary<RandomQuery> {
  const includes = fc.oneof(
    fc.subarray([...ASSOCIATIONS[model]], { minLength: 1 }).chain((aliases) => fc.tuple(...aliases.map((alias) => include(alias, 1)))),
  );
  return fc
    .record(
      {
        where: condition(model),
        order: fc.array(orderItem(model), { maxLength: 2 }),
        attributes: attributes(model),
        include: includes,
        limit: fc.integer({ min: 0, max: 5 }),
        offset: fc.integer({ min: 0, max: 3 }),
        paranoid: fc.boolean(),
        raw: fc.constant(true),
        nest: fc.boolean(),
        subQuery: fc.constant(false),
        distinct: fc.boolean(),
        joined: fc.constantFrom('order', 'where'),
        method: fc.constantFrom('findAll', 'findAll', 'findAll', 'findOne', 'findAndCountAll', 'count'),
      },
      { requiredKeys: ['method'], noNullPrototype: true },
    )
    .map(({ method, ...options }) => ({ model, method: method, options: settled(options as never) }));
}

function settled(options: FindOptions & Record<string, unknown>): RandomQuery['options'] {
  const included = (options.include ?? []) as unknown as readonly Include[];
  const { raw, joined, ...others } = options;
  const alias = included.find(({ separate, association }) => separate !== true && association !== 'labels')?.association;
  const byJoined = alias !== undefined && joined === 'order' ? [[alias, alias === 'author' ? 'name' : 'title', 'DESC']] : [];
  const order = [...byJoined, ...((options.order ?? []) as unknown[]), ['id'], ...orderOfIncludes(included)];
  const isFiltered = joined === 'where' && alias === 'author';
  const rest = isFiltered
    ? { ...others, where: { [Op.and]: [options.where ?? {}, { '$author.age$': { [Op.or]: [{ [Op.gt]: 1 }, null] } }] } }
    : others;
  // Sequelize can't nest raw rows of separate queries.
  return { ...rest, ...(raw === true && !included.some(({ separate }) => separate === true) && { raw }), order } as RandomQuery['options'];
}

function aggregate(model: RandomQuery['model']): Arbitrary<RandomQuery> {
  const { ordered, numbers } = COLUMNS[model];
  const column = fc.constantFrom(...numbers);
  const grouped = fc.constantFrom(...Object.keys(ordered).filter((name) => name !== 'id'));
  const filter = fc.option(condition(model), { nil: {} });
  const groups = fc
    .tuple(grouped, column, filter, fc.constantFrom('sum', 'avg', 'min', 'max', 'count'), fc.boolean())
    .map(([by, of, given, name, having]) => ({
      model,
      method: 'groups' as const,
      options: {
        where: given,
        attributes: [by, [fn(name, col(of)), 'value'], [fn('count', literal('*')), 'n'], [fn('count', fn('DISTINCT', col(of))), 'd']],
        group: [by],
        order: [[by, 'ASC']],
        raw: true,
        ...(having && { having: where(fn('count', literal('*')), { [Op.gt]: 1 }) }),
      } as RandomQuery['options'],
    }));
  const plain = fc
    .tuple(fc.constantFrom('sum', 'min', 'max', 'count'), column, filter, fc.option(grouped), fc.boolean())
    .map(([method, of, given, by, distinct]) => ({
      model,
      method: method,
      column: of,
      options: {
        where: given,
        ...(method === 'count' ? { distinct, col: of } : {}),
        ...(by !== null && method !== 'count' && { attributes: [by], group: [by], order: [[by, 'ASC']], plain: false }),
        ...(by !== null && method === 'count' && { attributes: [by], group: [by], order: [[by, 'ASC']], distinct: false }),
      } as unknown as RandomQuery['options'],
    }));
  return fc.oneof(groups, plain);
}

const models = ['author', 'book'] as const;

/** Any finder that services use. */
export const randomQuery: Arbitrary<RandomQuery> = fc.oneof(
  ...models.map((model) => ({ weight: 4, arbitrary: listing(model) })),
  ...models.map((model) => ({ weight: 1, arbitrary: aggregate(model) })),
);
