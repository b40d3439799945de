import fc from 'fast-check';
import { cast, col, literal, Op } from 'sequelize';
import { type Any, type Kind, RANDOM_COLUMNS, type RandomColumn, wrong } from './random-columns.js';

/** Conditions that any type knows, and those of texts, numbers and dates. */

const BINARY = [Op.eq, Op.ne, Op.gt, Op.gte, Op.lt, Op.lte] as const;
const EQUAL = [Op.eq, Op.ne] as const;

/** `{ [column]: { [operator]: value } }` for one of the operators. */
export function asks(column: string, operators: readonly symbol[], value: Any): Any {
  return fc.tuple(fc.constantFrom(...operators), value).map(([operator, given]) => ({ [column]: { [operator]: given } }));
}

/** How a condition is worth being tried. */
export const weighed = (...list: readonly (readonly [number, Any])[]): Any =>
  fc.oneof(...list.map(([weight, arbitrary]) => ({ weight, arbitrary })));

const orNull = (value: Any): Any => weighed([8, value], [1, fc.constant(null)]);
const list = (value: Any, minLength = 0): Any => fc.array(value, { minLength, maxLength: 3 });

/** What each type that can be compared is asked. */
export function comparison({ name, values, unordered, kind }: RandomColumn): Any {
  const binary = unordered ? EQUAL : BINARY;
  // In a list Sequelize writes a range as a bound of it, and PostgreSQL takes a list of arrays as one of more dimensions.
  const listed = kind === 'array' || kind === 'range' ? 0 : 1;
  const quantifiable = kind === 'json' ? 0 : listed;
  const pair = fc.tuple(orNull(values), orNull(values));
  const quantified = fc
    .tuple(fc.constantFrom(Op.any, Op.all), list(orNull(values), 1))
    .map(([quantifier, given]) => ({ [quantifier]: given }));
  return weighed(
    [6, asks(name, binary, values)],
    // An object is a list of paths, whose casts may fail.
    [kind === 'json' ? 0 : 2, values.map((value) => ({ [name]: value }))],
    [3 * listed, asks(name, [Op.in, Op.notIn], list(orNull(values)))],
    [2, fc.constantFrom(Op.is, Op.not, Op.eq, Op.ne).map((operator) => ({ [name]: { [operator]: null } }))],
    [1, asks(name, [Op.not], values)],
    [unordered ? 0 : 2, asks(name, [Op.between, Op.notBetween], pair)],
    [unordered ? 0 : 1, pair.map(([low, high]) => ({ [name]: { [Op.or]: [{ [Op.lt]: low }, { [Op.gt]: high }, null] } }))],
    [2 * quantifiable, asks(name, binary, quantified)],
  );
}

/** The same with a value of another type: both engines refuse it in the same words, or take it alike. */
export function wrongComparison({ name, values, unordered }: RandomColumn): Any {
  const binary = unordered ? EQUAL : BINARY;
  const alone = (value: Any): Any => value.map((given) => [given]);
  return weighed(
    [1, asks(name, [Op.in, Op.notIn], list(values))],
    [
      1,
      asks(
        name,
        binary,
        alone(values).map((given) => ({ [Op.any]: given })),
      ),
    ],
    [5, asks(name, binary, wrong)],
    [1, asks(name, [Op.in, Op.notIn], alone(wrong))],
    [1, asks(name, [Op.is], fc.constantFrom(true, 'x', 5))],
    [1, asks(name, [Op.like, Op.contains, Op.overlap, Op.adjacent, Op.regexp, Op.startsWith], wrong)],
  );
}

/** Columns that PostgreSQL compares with each other. */
const ALIKE: readonly (readonly string[])[] = [
  ['small', 'int', 'big', 'price', 'dec', 'real', 'dbl'],
  ['str', 'txt', 'cit', 'fixed'],
  ['born', 'day'],
  ['data', 'doc'],
  ['ip', 'net'],
  ['tags', 'tags'],
  ['decs', 'prices'],
];

/** A column compared with one of the given columns, in the ways of Sequelize. */
function comparedWith(name: string, others: readonly string[]): Any {
  const other = fc.constantFrom(...others);
  return weighed(
    [
      3,
      asks(
        name,
        BINARY,
        other.map((given) => col(given)),
      ),
    ],
    [
      1,
      asks(
        name,
        BINARY,
        other.map((given) => ({ [Op.col]: `random_rows.${given}` })),
      ),
    ],
    [
      1,
      asks(
        name,
        [Op.in],
        other.map((given) => literal(`("${given}", "${name}")`)),
      ),
    ],
  );
}

const COMPARABLE = RANDOM_COLUMNS.filter(({ unordered }) => !unordered);

/** A column compared with one of a type like it. */
export const columnComparison: Any = fc
  .constantFrom(...COMPARABLE)
  .chain(({ name }) => comparedWith(name, ALIKE.find((list) => list.includes(name)) ?? [name]));

/** Any column compared with any. */
export const anyColumnComparison: Any = fc.constantFrom(...RANDOM_COLUMNS).chain(({ name }) => {
  const all = RANDOM_COLUMNS.map((other) => other.name);
  return weighed(
    [4, comparedWith(name, all)],
    [
      1,
      asks(
        name,
        BINARY,
        fc.constantFrom(...all).map((given) => cast(col(given), 'text')),
      ),
    ],
  );
});

const LIKES = [Op.like, Op.notLike, Op.iLike, Op.notILike] as const;
const REGEXPS = [Op.regexp, Op.notRegexp, Op.iRegexp, Op.notIRegexp] as const;
const bits = fc.constantFrom('', 'a', 'A', 'nn', "O'", '%', '_', '50%', 'a_b', 'x\\\\y', '\\%', '\\_', 'é', '1', '.', 'x\\y', '*');
const pattern = fc.tuple(fc.constantFrom('', '%', '_'), bits, fc.constantFrom('', '%', '_', '%b')).map((parts) => parts.join(''));
const regexp = fc.constantFrom('^a', 'n$', 'a.*n', '^[A-Z]', '[0-9]+', "'", '^[^a]', 'o', 'b$', '^ann$', '', 'a|b', '_', '%', 'a.b', '\\d');

const LIKED_BY = fc.constantFrom(Op.any, Op.all);

function textCondition(column: RandomColumn): Any {
  const { name, values } = column;
  const texts = fc.array(pattern, { minLength: 1, maxLength: 3 });
  return weighed(
    [5, asks(name, LIKES, pattern)],
    [3, asks(name, [Op.startsWith, Op.endsWith, Op.substring], weighed([3, bits], [2, values]))],
    [
      2,
      asks(
        name,
        LIKES,
        fc.tuple(LIKED_BY, texts).map(([quantifier, given]) => ({ [quantifier]: given })),
      ),
    ],
    [2, asks(name, REGEXPS, regexp)],
    [1, asks(name, [Op.like, Op.notLike], fc.constantFrom('cit', 'fixed').map(col))],
  );
}

function numberCondition({ name }: RandomColumn): Any {
  const number = fc.constantFrom(0, 1, 0.1, 1.5, -1, 10, 9.99, '10', 1e10, 9007199254740993n, '9007199254740993', 1e300, 2.005);
  const expression = fc.constantFrom(
    `"${name}" * 0.5`,
    `"${name}" - 0.5`,
    `"${name}" + 1.25`,
    `"${name}"::float8 / 3`,
    `abs("${name}"::numeric)`,
  );
  return weighed(
    [3, asks(name, BINARY, number)],
    [1, asks(name, [Op.in, Op.notIn], fc.array(number, { maxLength: 4 }))],
    [
      2,
      fc
        .tuple(expression, fc.constantFrom('>', '=', '<='), fc.constantFrom('0', '1', '2.5', '10'))
        .map((parts) => literal(parts.join(' '))),
    ],
    [
      1,
      asks(
        name,
        BINARY,
        fc.constantFrom('"int" % 5', '"small" / 2', '"price"', 'NULL', '(SELECT max("int") FROM "random_rows")').map((sql) => literal(sql)),
      ),
    ],
  );
}

function dateCondition({ name }: RandomColumn): Any {
  const given = fc.constantFrom<unknown>(
    '2020-02-29',
    '2024-01-01',
    new Date('2020-02-29T12:34:56.789Z'),
    '2020-02-29 12:34:56.789+00',
    new Date(0),
  );
  const interval = fc.constantFrom('1 day', '1 month', '2 hours', '1 year');
  return weighed(
    [4, asks(name, BINARY, given)],
    [
      2,
      asks(
        name,
        BINARY,
        interval.map((size) => literal(`timestamptz '2020-02-28 12:34:56.789Z' + interval '${size}'`)),
      ),
    ],
    [
      1,
      fc
        .tuple(fc.constantFrom('year', 'month', 'day'), fc.constantFrom(29, 2020, 1))
        .map(([part, value]) => literal(`extract(${part} FROM "${name}") = ${value}`)),
    ],
  );
}

const booleanCondition = ({ name }: RandomColumn): Any =>
  fc.constantFrom(
    { [name]: true },
    { [name]: false },
    { [name]: { [Op.is]: true } },
    { [name]: { [Op.is]: false } },
    { [name]: { [Op.not]: true } },
    { [name]: { [Op.not]: false } },
    { [name]: 'true' },
    { [name]: 1 },
    literal(`"${name}"`),
    literal(`NOT "${name}"`),
    literal(`"${name}" IS NOT TRUE`),
  );

/** What is asked of a kind beside comparisons. */
export const OF_KIND: Partial<Record<Kind, (column: RandomColumn) => Any>> = {
  text: textCondition,
  number: numberCondition,
  date: dateCondition,
  boolean: booleanCondition,
};
