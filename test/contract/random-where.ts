import fc from 'fast-check';
import { cast, col, fn, literal, Op, where } from 'sequelize';
import { type Any, RANDOM_COLUMNS } from './random-columns.js';
import { arrayCondition, jsonCondition, rangeCondition } from './random-composite-conditions.js';
import { anyColumnComparison, asks, columnComparison, comparison, OF_KIND, weighed, wrongComparison } from './random-conditions.js';
import { expressions } from './random-expressions.js';
import { formCondition } from './random-forms.js';
import { ofFunction } from './random-function-conditions.js';
import { ofLiteral, ofOtherRows } from './random-sql-conditions.js';

const OF_ANY_KIND: typeof OF_KIND = { ...OF_KIND, array: arrayCondition, range: rangeCondition, json: jsonCondition };

const aColumn = fc.constantFrom(...RANDOM_COLUMNS);

/** A condition of one column that no row makes fail. */
const ofColumn: Any = aColumn.chain((column) => {
  const own = OF_ANY_KIND[column.kind]?.(column);
  return weighed([own ? 5 : 0, own ?? fc.constant({})], [4, comparison(column)]);
});

const ofExpression: Any = expressions.bool.map((sql) => literal(`(${sql})`));

/** One condition that runs on every row without failing. */
const simple: Any = weighed([20, ofColumn], [5, ofFunction], [2, ofLiteral], [2, ofOtherRows], [1, columnComparison], [4, ofExpression]);

const isObject = (given: unknown): boolean => Object.getPrototypeOf(given) === Object.prototype;

/** Conditions within AND, OR and NOT. A list has an object in it: else Sequelize takes it for replacements. */
function nested(depth: number): Any {
  if (depth === 0) return simple;
  const inner = nested(depth - 1);
  const list = fc.array(inner, { minLength: 1, maxLength: 3 });
  return weighed(
    [6, simple],
    [1, list.map((all) => ({ [Op.and]: all }))],
    [2, list.map((all) => ({ [Op.or]: all }))],
    [1, inner.map((given) => ({ [Op.not]: given }))],
    [1, list.map((all) => ({ [Op.not]: all }))],
    [
      1,
      fc.tuple(
        ofColumn.filter(isObject),
        inner.filter((given) => !Array.isArray(given)),
      ),
    ],
  );
}

/** Several operators on one column, which are all meant. */
const ofOneColumn: Any = aColumn
  .filter(({ unordered, kind }) => !unordered && kind !== 'json')
  .chain(({ name, values }) =>
    fc
      .tuple(values, values, values)
      .chain(([low, high, other]) =>
        fc.constantFrom(
          { [name]: { [Op.gte]: low, [Op.lt]: high } },
          { [name]: { [Op.or]: [low, other] } },
          { [name]: { [Op.and]: [{ [Op.ne]: low }, { [Op.lte]: high }] } },
          { [name]: { [Op.not]: [low, high] } },
          { [name]: { [Op.or]: { [Op.lt]: low, [Op.eq]: null } } },
        ),
      ),
  );

/** What may fail: it stands alone, for nobody knows which of two conditions is looked at first, and of which rows. */
export const failing: Any = weighed(
  [6, formCondition],
  [3, aColumn.chain(wrongComparison)],
  [1, anyColumnComparison],
  [1, fc.constantFrom('"int" + 1 > 2', '"small" * 2 = 2', '- "int" > 0', '"big" - 1 < 0').map((sql) => literal(sql))],
  [
    1,
    asks(
      'id',
      [Op.gt, Op.eq],
      fc.constantFrom('integer', 'numeric').map((type) => cast(col('str'), type)),
    ),
  ],
  [1, fc.constantFrom(1, 2).map((value) => ({ doc: { a: { [Op.gt]: value } } }))],
  [1, fc.constantFrom('1', 'a').map((value) => ({ doc: { a: value } }))],
  [1, fc.constant(where(fn('jsonb_array_length', col('data')), 1 as never))],
  [1, fc.constantFrom('no_such_function', 'lower', 'cardinality').map((name) => where(fn(name, col('int')), 1 as never))],
  [1, fc.constantFrom(`"doc" - 'a' = '{}'`, `"data" - 'city' = '{}'`, `"data" || "doc" = '{}'`).map((sql) => literal(sql))],
  [1, fc.constant({ noSuchColumn: 1 })],
);

/** Any `where` that no row makes fail. */
export const anyWhere: Any = weighed([8, nested(2)], [1, ofOneColumn]);
