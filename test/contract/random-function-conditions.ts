import fc from 'fast-check';
import { cast, col, fn, Op, where } from 'sequelize';
import { type Any, named, RANDOM_COLUMNS } from './random-columns.js';
import { weighed } from './random-conditions.js';

const oneOf = (...names: readonly string[]): fc.Arbitrary<ReturnType<typeof col>> => fc.constantFrom(...names).map(col);
const text = oneOf('str', 'txt', 'fixed', 'cit');
const number = oneOf('small', 'int', 'big', 'real', 'dbl', 'price', 'dec');
const integers = oneOf('small', 'int', 'big');
const short = fc.constantFrom('', 'a', 'ann', 'ANN', "o'neil", '10');
const small = fc.constantFrom(0, 1, 2, 3, 10);
const BINARY = fc.constantFrom(Op.eq, Op.ne, Op.gt, Op.gte, Op.lt, Op.lte);

const compared = (expression: Any, value: Any): Any =>
  fc.tuple(expression, BINARY, value).map(([left, operator, right]) => where(left as never, { [operator]: right } as never));

/** `Sequelize.where()` of functions, casts and columns. */
export const ofFunction: Any = weighed(
  [
    2,
    compared(
      fc.tuple(fc.constantFrom('lower', 'upper', 'trim', 'ltrim'), oneOf('str', 'txt')).map(([name, given]) => fn(name, given)),
      short,
    ),
  ],
  [
    2,
    compared(
      fc.tuple(fc.constantFrom('char_length', 'length'), text).map(([name, given]) => fn(name, given)),
      small,
    ),
  ],
  [
    2,
    compared(
      oneOf('str', 'txt').map((given) => fn('coalesce', given, 'none')),
      fc.constantFrom('none', 'a'),
    ),
  ],
  [
    1,
    compared(
      fc.tuple(text, text).map(([a, b]) => fn('concat', a, '-', b)),
      fc.constantFrom('a-a', '-', 'b'),
    ),
  ],
  [
    1,
    compared(
      fc.tuple(oneOf('str', 'txt'), small).map(([given, size]) => fn('left', given, size)),
      short,
    ),
  ],
  [
    1,
    compared(
      fc.tuple(oneOf('str', 'txt'), small).map(([given, from]) => fn('substring', given, from, 2)),
      short,
    ),
  ],
  [
    1,
    compared(
      oneOf('str', 'txt').map((given) => fn('replace', given, 'n', '')),
      short,
    ),
  ],
  [
    1,
    compared(
      fc.tuple(fc.constantFrom('abs', 'floor', 'ceil', 'sign'), oneOf('price', 'dbl', 'dec')).map(([name, given]) => fn(name, given)),
      small,
    ),
  ],
  [
    1,
    compared(
      fc.tuple(oneOf('price', 'dec'), fc.constantFrom(0, 1)).map(([given, places]) => fn('round', given, places)),
      small,
    ),
  ],
  [
    1,
    compared(
      fc.tuple(fc.constantFrom('greatest', 'least'), integers, integers).map(([name, a, b]) => fn(name, a, b)),
      small,
    ),
  ],
  [
    1,
    compared(
      integers.map((given) => fn('nullif', given, 1)),
      small,
    ),
  ],
  [
    1,
    compared(
      integers.map((given) => fn('mod', given, 3)),
      small,
    ),
  ],
  [
    1,
    compared(
      fc.tuple(fc.constantFrom('year', 'month', 'day'), oneOf('born', 'day')).map(([part, given]) => fn('date_part', part, given)),
      fc.constantFrom(29, 2020, 1),
    ),
  ],
  [
    1,
    compared(
      fc.constantFrom('day', 'month', 'year').map((unit) => fn('date_trunc', unit, col('born'))),
      fc.constantFrom(new Date('2020-02-29T00:00:00Z'), new Date('2024-01-01T00:00:00Z')),
    ),
  ],
  [
    1,
    compared(
      fc.constantFrom('YYYY-MM-DD', 'YYYY', 'HH24:MI').map((format) => fn('to_char', col('born'), format)),
      fc.constantFrom('2020-02-29', '2020', '12:34'),
    ),
  ],
  [
    1,
    compared(
      fc.constantFrom(...named('array')).map((name) => fn('cardinality', col(name))),
      small,
    ),
  ],
  [
    1,
    compared(
      oneOf('tags', 'names').map((given) => fn('array_to_string', given, ',')),
      fc.constantFrom('', 'a', 'a,b'),
    ),
  ],
  [
    1,
    compared(
      fc.constantFrom('data', 'doc').map((name) => fn('jsonb_typeof', col(name))),
      fc.constantFrom('object', 'array', 'string'),
    ),
  ],
  [
    1,
    compared(
      oneOf('span').map((given) => fn('lower', given)),
      small,
    ),
  ],
  [
    2,
    compared(
      fc.constantFrom('int', 'bool', 'price', 'uuid', 'mood', 'day', 'born', 'small', 'ip', 'tags').map((name) => cast(col(name), 'text')),
      fc.constantFrom('1', 'true', 'sad', '2020-02-29', '{}'),
    ),
  ],
  [
    1,
    compared(
      number.map((given) => cast(given, 'numeric')),
      small,
    ),
  ],
  [
    1,
    compared(
      oneOf('born').map((given) => cast(given, 'date')),
      fc.constantFrom('2020-02-29', '1970-01-01'),
    ),
  ],
  [
    1,
    compared(
      fc.constantFrom(...RANDOM_COLUMNS).map(({ name }) => col(name)),
      fc.constant(null),
    ),
  ],
  [2, compared(number, small)],
);
