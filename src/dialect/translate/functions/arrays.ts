import { UnsupportedOnFallbackError } from '../../../errors.js';
import { codecFor } from '../../types/codecs.js';
import type { PgType } from '../../types/pg-type.js';
import { dimensions, elementJson, elementKey, elementValue, mappedElements, membersWhere } from '../operators/array-sql.js';
import { compatibleArray } from '../operators/array-types.js';
import { appended, concatenatedArrays, prepended } from '../operators/arrays.js';
import { strict } from '../operators/json-sql.js';
import { raiseAboutSql, raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { INT4, sameType, TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { isGiven } from './array-argument.js';
import { making } from './array-making.js';
import { ofText } from './array-text.js';
import { taken } from './signature.js';

/** The path to the first sub-array of a dimension. */
function firstOf(dimension: string): string {
  return `'$' || substr('[0][0][0][0][0]', 1, 3 * (${dimension} - 1))`;
}

const length: FunctionRule = ([array, dimension, ...others], context) => {
  if (!isGiven(array) || !dimension || others.length > 0) return undefined;
  const [number] = taken([dimension], ['int4'], context) ?? [];
  if (number === undefined) return undefined;
  const sql = repeated([array.sql, number], (a = '', d = '') =>
    strict([a, d], `CASE WHEN ${d} BETWEEN 1 AND ${dimensions(a)} THEN json_array_length(${a}, ${firstOf(d)}) END`),
  );
  return { sql, type: INT4 };
};

const lower: FunctionRule = (args, context, call, scope) => {
  const found = length(args, context, call, scope);
  return found && { sql: `iif(${found.sql} IS NULL, NULL, 1)`, type: INT4 };
};

/** A function of nothing but an array. */
function ofArray(type: PgType, build: (array: string) => string): FunctionRule {
  return ([array, ...others]) => {
    if (!isGiven(array) || others.length > 0) return undefined;
    return { sql: repeated([array.sql], (a = '') => build(a)), type };
  };
}

/** Without a subquery, so that it may stand in a CHECK. */
const cardinality = ofArray(INT4, (a) => {
  const inner = [2, 3, 4, 5, 6].map((n) => `iif(${dimensions(a)} < ${n}, 1, json_array_length(${a}, ${firstOf(String(n))}))`);
  return `(json_array_length(${a}) * ${inner.join(' * ')})`;
});

const ndims = ofArray(INT4, (a) => `nullif(${dimensions(a)}, 0)`);

/** `[1:2][1:3]`. */
const dims = ofArray(TEXT, (a) => {
  const bound = (n: number): string => `iif(${dimensions(a)} < ${n}, '', '[1:' || json_array_length(${a}, ${firstOf(String(n))}) || ']')`;
  return `nullif(${[1, 2, 3, 4, 5, 6].map(bound).join(' || ')}, '')`;
});

/** `trim_array(array, n)`: without its last n members. */
const trim: FunctionRule = ([array, count, ...others], context) => {
  if (!isGiven(array) || !count || others.length > 0) return undefined;
  const [number] = taken([count], ['int4'], context) ?? [];
  const { element } = array.type;
  if (number === undefined || !element) return undefined;
  const sql = repeated([array.sql, number], (a = '', n = '') => {
    const size = `json_array_length(${a})`;
    const wrong = raiseAboutSql('2202E', 'number of elements to trim must be between 0 and ', size, '');
    return strict([a, n], `iif(${n} BETWEEN 0 AND ${size}, ${membersWhere(a, 'e', element, `e.key < ${size} - ${n}`)}, ${wrong})`);
  });
  return { sql, type: array.type };
};

interface Search {
  readonly array: string;
  readonly element: PgType;
  readonly type: PgType;
  readonly value: string;
}

/** An array that keeps its elements, and what is looked for among them. */
function search([array, value]: readonly Typed[], context: Translation): Search | undefined {
  if (!array || !value) return undefined;
  const given = compatibleArray(array, [value], context);
  if (!given) return undefined;
  const own = array.type.element;
  const isOwn = own !== undefined && sameType(own, given.element);
  const type: PgType = isOwn && own.key === 'numeric' ? array.type : given.type;
  return { array: isOwn ? array.sql : given.array, element: given.element, type, value: given.others[0] ?? '' };
}

function isSame(row: string, { element }: Search, value: string): string {
  return `${elementKey(`${row}.atom`, element)} IS ${elementKey(elementText(value, element), element)}`;
}

/** What JSON holds of a value: bytes are hexadecimal digits there. */
function elementText(value: string, element: PgType): string {
  return codecFor(element).affinity === 'BLOB' ? `iif(${value} IS NULL, NULL, lower(hex(${value})))` : value;
}

/** SQL: the result, but an error where the array has several dimensions. */
function ofOneDimension(array: string, doing: string, result: string): string {
  return `iif(${dimensions(array)} > 1, ${raiseSql('0A000', `${doing} elements ${doing === 'removing' ? 'from' : 'in'} multidimensional arrays is not supported`)}, ${result})`;
}

const remove: FunctionRule = (args, context) => {
  const found = args.length === 2 ? search(args, context) : undefined;
  if (!found) return undefined;
  const sql = repeated([found.array, found.value], (a = '', v = '') =>
    strict([a], ofOneDimension(a, 'removing', membersWhere(a, 'e', found.element, `NOT ${isSame('e', found, v)}`))),
  );
  return { sql, type: found.type };
};

const replace: FunctionRule = ([array, value, by, ...others], context) => {
  if (!array || !value || !by || others.length > 0) return undefined;
  const given = compatibleArray(array, [value, by], context);
  if (!given) return undefined;
  const { element, type } = given;
  const [sought = '', replacement = ''] = given.others;
  const sql = repeated([given.array, sought, elementJson(replacement, element)], (a = '', v = '', n = '') => {
    const found = { array: a, element, type, value: v };
    const item = `iif(${isSame('e', found, v)}, ${n}, ${elementJson(elementValue('e.atom', element), element)})`;
    return strict([a], mappedElements(a, 'e', item));
  });
  return { sql, type };
};

const position: FunctionRule = (args, context) => {
  const found = args.length === 2 || args.length === 3 ? search(args, context) : undefined;
  if (!found) return undefined;
  const [start] = args[2] ? (taken([args[2]], ['int4'], context) ?? []) : ['1'];
  if (start === undefined) return undefined;
  const sql = repeated([found.array, found.value, start], (a = '', v = '', from = '') => {
    const first = `(SELECT min(e.key) + 1 FROM json_each(${a}) AS e WHERE e.key + 1 >= ${from} AND ${isSame('e', found, v)})`;
    const checked = args[2] ? `iif(${from} IS NULL, ${raiseSql('22004', 'initial position must not be null')}, ${first})` : first;
    return strict([a], ofOneDimension(a, 'searching for', checked));
  });
  return { sql, type: INT4 };
};

const positions: FunctionRule = (args, context) => {
  const found = args.length === 2 ? search(args, context) : undefined;
  if (!found) return undefined;
  const sql = repeated([found.array, found.value], (a = '', v = '') => {
    const all = `(SELECT json_group_array(e.key + 1 ORDER BY e.key) FROM json_each(${a}) AS e WHERE ${isSame('e', found, v)})`;
    return strict([a], ofOneDimension(a, 'searching for', all));
  });
  return { sql, type: { key: 'array', element: INT4 } };
};

const append: FunctionRule = ([array, element, ...others], context) =>
  array && element && others.length === 0 ? appended(array, element, context) : undefined;
const prepend: FunctionRule = ([element, array, ...others], context) =>
  array && element && others.length === 0 ? prepended(element, array, context) : undefined;
const concatenate: FunctionRule = ([one, other, ...others], context) =>
  one && other && others.length === 0 ? concatenatedArrays(one, other, context) : undefined;

/** PostgreSQL gives them in a random order. */
const SHUFFLED = ['array_sample', 'array_shuffle'];

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
    array_dims: [dims],
    cardinality: [cardinality],
    array_append: [append],
    array_prepend: [prepend],
    array_cat: [concatenate],
    array_remove: [remove],
    array_replace: [replace],
    array_position: [position],
    array_positions: [positions],
    trim_array: [trim],
    ...ofText,
    ...making,
    ...Object.fromEntries(SHUFFLED.map((name) => [name, [refused(name)]])),
  },
};
