import fc from 'fast-check';
import { json, literal, Op, where } from 'sequelize';
import { type Any, document, profile, type RandomColumn } from './random-columns.js';
import { asks, weighed } from './random-conditions.js';

/** Conditions of arrays, ranges and JSON. */

const SETS = [Op.contains, Op.contained, Op.overlap] as const;
const SIDES = [Op.adjacent, Op.strictLeft, Op.strictRight, Op.noExtendLeft, Op.noExtendRight] as const;

const elements = (column: RandomColumn): Any => column.elements ?? fc.constant(null);

export function arrayCondition(column: RandomColumn): Any {
  const { name, values } = column;
  const other = fc.constantFrom('tags', 'names', 'ints', 'bigs', 'decs', name, name, name);
  return weighed(
    [6, asks(name, SETS, values)],
    [
      1,
      asks(
        name,
        SETS,
        other.map((given) => literal(`"${given}"`)),
      ),
    ],
    [2, fc.constantFrom('array_length', 'array_upper').map((length) => literal(`${length}("${name}", 1) > 1`))],
    [1, fc.constant(literal(`cardinality("${name}") = 0`))],
    [1, fc.integer({ min: 0, max: 3 }).map((place) => literal(`"${name}"[${place}] IS NULL`))],
    [1, fc.constant(literal(`"${name}"[1] = "${name}"[2]`))],
    [1, fc.constantFrom('ANY', 'ALL').map((quantifier) => literal(`"${name}"[1] = ${quantifier} ("${name}")`))],
    [2, elements(column).map((element) => ({ [name]: { [Op.contains]: [element] } }))],
  );
}

export function rangeCondition(column: RandomColumn): Any {
  const { name, values } = column;
  return weighed(
    [4, asks(name, SETS, values)],
    [4, asks(name, SIDES, values)],
    [3, asks(name, [Op.contains], elements(column))],
    [1, asks(name, SIDES, fc.constant(literal(`"${name}"`)))],
    [1, fc.constantFrom('isempty', 'lower_inc', 'upper_inf').map((test) => literal(`${test}("${name}")`))],
    [1, fc.constantFrom('lower', 'upper').map((end) => literal(`${end}("${name}") IS NULL`))],
  );
}

const LIKES = [Op.like, Op.iLike, Op.startsWith, Op.endsWith] as const;
const BINARY = [Op.eq, Op.ne, Op.gt, Op.gte, Op.lt, Op.lte] as const;
const path = (name: string, operators: readonly symbol[], value: Any): Any =>
  fc.tuple(fc.constantFrom(...operators), value).map(([operator, given]) => ({ data: { [name]: { [operator]: given } } }));
const city = fc.constantFrom('Rome', 'rome', "L'Aquila", '', 'x');
const n = fc.constantFrom(1, 2, 2.5, 10, 9);

/** Paths of the documents that are alike, with the casts that Sequelize writes by the value's type. */
const paths: Any = weighed(
  [2, city.map((given) => ({ data: { city: given } }))],
  [2, path('city', BINARY, city)],
  [1, path('city', LIKES, fc.constantFrom('R', 'r%', '%e', 'L'))],
  [1, path('city', [Op.in, Op.notIn], fc.array(city, { maxLength: 3 }))],
  [1, path('city', [Op.is, Op.not, Op.eq, Op.ne], fc.constant(null))],
  [3, path('n', BINARY, n)],
  [1, path('n', [Op.in], fc.array(n, { minLength: 1, maxLength: 2 }))],
  [1, path('n', [Op.between], fc.tuple(n, n))],
  [1, path('ok', [Op.eq, Op.ne, Op.is], fc.boolean())],
  [1, fc.constantFrom('v', 'w').map((k) => ({ data: { o: { k } } }))],
  [1, fc.constantFrom('v', 'w').map((k) => ({ 'data.o.k': k }))],
  [1, n.map((given) => ({ 'data.n::numeric': { [Op.gte]: given } }))],
  [1, fc.constantFrom('1', '9', '10').map((given) => ({ 'data.n': { [Op.gt]: given } }))],
  [1, city.map((given) => where(json('data.city') as never, given))],
  [
    1,
    fc
      .constantFrom('Rome', "L'Aquila")
      .map((given) => json({ data: { city: given } }) as unknown)
      .filter((given) => !JSON.stringify(given).includes("'")),
  ],
  [1, fc.constantFrom(1, 2).map((given) => ({ data: { list: { [Op.contains]: [given] } } }))],
);

const KEYS = ['a', 'city', 'o', '1'];
const literals = (name: string): Any =>
  fc
    .constantFrom(
      ...KEYS.flatMap((key) => [`"${name}" ? '${key}'`, `"${name}" -> '${key}' IS NULL`, `"${name}" ->> '${key}' IS NOT NULL`]),
      `"${name}" ?| array['a', 'city']`,
      `"${name}" ?& array['a', 'b']`,
      `"${name}" #> '{o,deep}' IS NOT NULL`,
      `"${name}" #>> '{o,deep,0}' = '1'`,
      `"${name}" -> 0 = '1'`,
      `"${name}" -> -1 IS NOT NULL`,
      `jsonb_typeof("${name}") = 'object'`,
      `jsonb_typeof("${name}" -> 'a') = 'number'`,
      `"${name}" = 'null'`,
      `"${name}"::text = '{}'`,
      `"${name}" > '5'`,
      `"${name}" <= '{"a": 1}'`,
    )
    .map((sql) => literal(sql));

export function jsonCondition({ name }: RandomColumn): Any {
  const given = name === 'doc' ? document : profile;
  const containment = given.map((value) => (typeof value === 'object' ? value : JSON.stringify(value)));
  const asText = document.map((value) => literal(`'${JSON.stringify(value).replaceAll("'", "''")}'`));
  return weighed(
    [4, asks(name, [Op.contains, Op.contained], weighed([2, containment], [2, asText]))],
    [2, asks(name, [Op.eq, Op.ne, Op.gt, Op.lt], asText)],
    [1, given.map((value) => ({ [name]: { [Op.eq]: value } }))],
    [name === 'data' ? 8 : 0, paths],
    [3, literals(name)],
  );
}
