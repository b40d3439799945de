import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import { codecFor } from '../../types/codecs.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce, settled } from '../coerce.js';
import { dimensions, elementJson, elementKey, elementsOf, elementValue } from '../operators/array-sql.js';
import { appended, concatenatedArrays, isArray, prepended, TEXT_ARRAY } from '../operators/arrays.js';
import { strict } from '../operators/json-sql.js';
import { repeated } from '../repeated.js';
import { INT4, isText, TEXT, withoutModifiers } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { aggregateCall } from './aggregate-call.js';
import { sortedWhenDistinct } from './json-values.js';

/** The path to the first sub-array of a dimension. */
function firstOf(dimension: string): string {
  return `'$' || substr('[0][0][0][0][0]', 1, 3 * (${dimension} - 1))`;
}

const length: FunctionRule = ([array, dimension, ...others], context) => {
  if (!array || !isArray(array) || !dimension || others.length > 0) return undefined;
  const sql = repeated([array.sql, coerce(dimension, INT4, context).sql], (a = '', d = '') =>
    strict([a, d], `CASE WHEN ${d} BETWEEN 1 AND ${dimensions(a)} THEN json_array_length(${a}, ${firstOf(d)}) END`),
  );
  return { sql, type: INT4 };
};

const lower: FunctionRule = (args, context, call, scope) => {
  const found = length(args, context, call, scope);
  return found && { sql: `iif(${found.sql} IS NULL, NULL, 1)`, type: INT4 };
};

const cardinality: FunctionRule = ([array, ...others]) => {
  if (!array || !isArray(array) || others.length > 0) return undefined;
  return {
    sql: repeated([array.sql], (a = '') => strict([a], `(SELECT count(*) FROM json_tree(${a}) AS t WHERE t.type <> 'array')`)),
    type: INT4,
  };
};

const ndims: FunctionRule = ([array, ...others]) => {
  if (!array || !isArray(array) || others.length > 0) return undefined;
  return { sql: `nullif(${dimensions(array.sql)}, 0)`, type: INT4 };
};

interface Search {
  readonly array: string;
  readonly element: PgType;
  readonly value: string;
}

function search([array, value]: readonly Typed[], context: Translation): Search | undefined {
  if (!array?.type.element || !value) return undefined;
  const element = withoutModifiers(array.type.element);
  return { array: array.sql, element, value: coerce(value, element, context).sql };
}

function isSame(row: string, { element }: Search, value: string): string {
  return `${elementKey(`${row}.atom`, element)} IS ${elementKey(elementText(value, element), element)}`;
}

/** What JSON holds of a value: bytes are hexadecimal digits there. */
function elementText(value: string, element: PgType): string {
  return codecFor(element).affinity === 'BLOB' ? `lower(hex(${value}))` : value;
}

const remove: FunctionRule = (args, context) => {
  const found = args.length === 2 ? search(args, context) : undefined;
  if (!found) return undefined;
  const sql = repeated([found.array, found.value], (a = '', v = '') =>
    strict(
      [a],
      `(SELECT json_group_array(json(${a} -> e.fullkey) ORDER BY e.key) FROM json_each(${a}) AS e WHERE NOT ${isSame('e', found, v)})`,
    ),
  );
  return { sql, type: { key: 'array', element: found.element } };
};

const replace: FunctionRule = (args, context) => {
  const [array, , by] = args;
  const found = args.length === 3 ? search(args, context) : undefined;
  if (!found || !by || !array) return undefined;
  const item = elementJson(coerce(by, found.element, context).sql, found.element);
  const sql = repeated([found.array, found.value, item], (a = '', v = '', n = '') =>
    strict(
      [a],
      `(SELECT json_group_array(json(iif(${isSame('e', found, v)}, ${n}, ${a} -> e.fullkey)) ORDER BY e.key) FROM json_each(${a}) AS e)`,
    ),
  );
  return { sql, type: { key: 'array', element: found.element } };
};

const position: FunctionRule = (args, context) => {
  const found = args.length === 2 || args.length === 3 ? search(args, context) : undefined;
  if (!found) return undefined;
  const from = args[2] ? coerce(args[2], INT4, context).sql : '1';
  const sql = repeated(
    [found.array, found.value],
    (a = '', v = '') => `(SELECT min(e.key) + 1 FROM json_each(${a}) AS e WHERE e.key + 1 >= ${from} AND ${isSame('e', found, v)})`,
  );
  return { sql, type: INT4 };
};

const positions: FunctionRule = (args, context) => {
  const found = args.length === 2 ? search(args, context) : undefined;
  if (!found) return undefined;
  const sql = repeated([found.array, found.value], (a = '', v = '') =>
    strict([a], `(SELECT json_group_array(e.key + 1 ORDER BY e.key) FROM json_each(${a}) AS e WHERE ${isSame('e', found, v)})`),
  );
  return { sql, type: { key: 'array', element: INT4 } };
};

const toText: FunctionRule = ([array, separator, ofNull, ...others], context) => {
  if (!array?.type.element || !separator || others.length > 0) return undefined;
  const { element } = array.type;
  const alias = '`e`';
  // PostgreSQL's array_to_string writes t and f, as its output does.
  const text =
    element.key === 'bool'
      ? `iif(${alias}.atom, 't', 'f')`
      : coerce({ sql: elementValue(`${alias}.atom`, element), type: element }, TEXT, context, 'explicit').sql;
  const given = ofNull
    ? `coalesce(iif(${alias}.type = 'null', ${coerce(ofNull, TEXT, context).sql}, ${text}), NULL)`
    : `iif(${alias}.type = 'null', NULL, ${text})`;
  const glue = coerce(separator, TEXT, context).sql;
  const { from, where } = elementsOf(array.sql, alias);
  return {
    sql: strict(
      [array.sql, glue],
      `(SELECT coalesce(group_concat(${given}, ${glue} ORDER BY ${alias}.id), '') FROM ${from} WHERE ${where})`,
    ),
    type: TEXT,
  };
};

/** Cuts at each separator; without one (NULL) into characters. */
const fromText: FunctionRule = (args, context) => {
  const [text, separator, ofNull, ...others] = args;
  if (!text || !separator || others.length > 0 || ![text, separator].every(({ type }) => isText(type) || type.key === 'unknown'))
    return undefined;
  const [t, s] = [coerce(text, TEXT, context).sql, coerce(separator, TEXT, context).sql];
  const nothing = ofNull ? coerce(ofNull, TEXT, context).sql : 'NULL';
  const size = `iif(${s} IS NULL, 1, CASE WHEN ${s} = '' OR instr(rest, ${s}) = 0 THEN length(rest) ELSE instr(rest, ${s}) - 1 END)`;
  const isLast = `iif(${s} IS NULL, length(rest) <= 1, ${s} = '' OR instr(rest, ${s}) = 0)`;
  const skipped = `iif(${s} IS NULL, 1, ${size} + length(${s}))`;
  const walk =
    `WITH RECURSIVE \`cut\`(n, part, rest) AS (SELECT 0, NULL, ${t} UNION ALL` +
    ` SELECT n + 1, substr(rest, 1, ${size}), iif(${isLast}, NULL, substr(rest, ${skipped} + 1)) FROM \`cut\` WHERE rest IS NOT NULL AND ${t} <> '')`;
  return {
    sql: strict([t], `(${walk} SELECT json_group_array(nullif(part, ${nothing}) ORDER BY n) FROM \`cut\` WHERE n > 0)`),
    type: TEXT_ARRAY,
  };
};

const aggregate: FunctionRule = ([value, ...others], context, call, scope) => {
  if (!value || others.length > 0) return undefined;
  const given = settled(value, context);
  const typed = coerce(given, withoutModifiers(given.type), context);
  const type: PgType = isArray(typed) ? typed.type : { key: 'array', element: withoutModifiers(typed.type) };
  if (!type.element) throw new PgError('42704', 'could not find array type');
  const item = isArray(typed) ? `json(${typed.sql})` : `json(${elementJson(typed.sql, type.element)})`;
  return { sql: `nullif(${aggregateCall('json_group_array', item, sortedWhenDistinct(call), scope, context)}, '[]')`, type };
};

const append: FunctionRule = ([array, element, ...others], context) =>
  array && element && others.length === 0 ? appended(array, element, context) : undefined;
const prepend: FunctionRule = ([element, array, ...others], context) =>
  array && element && others.length === 0 ? prepended(element, array, context) : undefined;
const concatenate: FunctionRule = ([one, other, ...others], context) =>
  one && other && others.length === 0 ? concatenatedArrays(one, other, context) : undefined;

function refused(name: string): FunctionRule {
  return () => {
    throw new UnsupportedOnFallbackError(`The function ${name}`, 'Change the array in the program.');
  };
}

export const rules: Rules = {
  functions: {
    array_length: [length],
    array_upper: [length],
    array_lower: [lower],
    array_ndims: [ndims],
    cardinality: [cardinality],
    array_append: [append],
    array_prepend: [prepend],
    array_cat: [concatenate],
    array_remove: [remove],
    array_replace: [replace],
    array_position: [position],
    array_positions: [positions],
    array_to_string: [toText],
    string_to_array: [fromText],
    array_agg: [aggregate],
    ...Object.fromEntries(
      ['array_fill', 'array_dims', 'trim_array', 'array_sample', 'array_shuffle', 'array_to_json'].map((name) => [name, [refused(name)]]),
    ),
  },
};
