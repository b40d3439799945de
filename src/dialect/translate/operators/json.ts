import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import { ArrayLiteral, type NestedArray } from '../../types/composite/array-literal.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce } from '../coerce.js';
import { refusedSql } from '../functions/refusal.js';
import { bindText } from '../own-slot.js';
import { repeated } from '../repeated.js';
import { BOOL, INT4, isInteger, isText, TEXT } from '../same-type.js';
import type { OperatorRule, Rules, Translation, Typed } from '../typed.js';
import { concatenated, withoutKey, withoutKeys, withoutPath } from './json-changes.js';
import { containsJson, sameJson } from './json-containment.js';
import {
  cutOut,
  indexPathSql,
  indexStep,
  keyPathSql,
  keyStep,
  pathSql,
  printed,
  spaced,
  strict,
  textAt,
  textOfJson,
  unambiguous,
  unspaced,
  valueAt,
  walked,
} from './json-sql.js';

export const JSONB: PgType = { key: 'jsonb' };
export const TEXTS: PgType = { key: 'array', element: TEXT };

export function isJson({ type, pending }: Typed): boolean {
  return pending === undefined && (type.key === 'json' || type.key === 'jsonb');
}

/** `->`, `->>`: by a key, or by an index where a number is written. */
function member(asText: boolean): OperatorRule {
  return (left, right, context) => {
    if (!isJson(left)) return undefined;
    const path = memberPath(right, context);
    if (path === undefined) return undefined;
    const isIndexed = isInteger(right.type);
    const json = isIndexed && left.type.key === 'jsonb' ? asArray(left.sql) : document(left);
    if (asText) return { sql: repeated([json, path], (j = '', p = '') => `(${textAt(j, p, left.type)})`), type: TEXT };
    if (left.type.key === 'jsonb') return { sql: spaced(`(${json} -> ${path})`), type: left.type };
    return partOf(json, path, left.type);
  };
}

/** A part of json that is only read further: how it is written does not matter then, and it was looked through for keys that are there twice. */
interface Part extends Typed {
  readonly part: string;
}

function isPart(typed: Typed): typed is Part {
  return 'part' in typed;
}

function partOf(json: string, path: string, type: PgType): Part {
  return { sql: repeated([json, path], (j = '', p = '') => valueAt(j, p, type)), type, part: `(${json} -> ${path})` };
}

function document(typed: Typed): string {
  const { sql, type } = typed;
  if (type.key === 'jsonb') return unspaced(sql);
  return isPart(typed) ? typed.part : repeated([sql], (json = '') => unambiguous(json, type));
}

/** A scalar of jsonb has itself at the indexes 0 and -1. */
function asArray(json: string): string {
  return repeated([json], (j = '') => `iif(substr(${j}, 1, 1) IN ('[', '{'), ${j}, '[' || ${j} || ']')`);
}

function memberPath(right: Typed, context: Translation): string | undefined {
  const { pending, type } = right;
  if (pending === 'null') return 'NULL';
  if (isText(type) || type.key === 'unknown') {
    return pending === undefined ? keyPathSql(right.sql) : bindText(pending, (key) => `$${keyStep(key)}`, context);
  }
  if (!isInteger(type) || type.key === 'int8') return undefined;
  return pending === undefined ? indexPathSql(right.sql) : bindText(pending, (index) => `$${indexStep(Number(index))}`, context);
}

const NESTED_PATH = refusedSql('A path of several dimensions that is not a literal', 'Use an array of one dimension.');

/** `#>`, `#>>`. */
function atPath(asText: boolean): OperatorRule {
  return (left, right, context) => {
    if (!isJson(left)) return undefined;
    const elements = pathElements(right, context)?.flat(6) as readonly (string | null)[] | undefined;
    if (elements !== undefined) return valueAtPath(left, elements, asText);
    if (right.type.key !== 'unknown' && right.type.key !== 'array') return undefined;
    const path = repeated([coerce(right, TEXTS, context).sql], (texts = '') => `iif(${texts} GLOB '[[][[]*', ${NESTED_PATH}, ${texts})`);
    return valueAlong(left, path, asText);
  };
}

/** `path` is an array of texts that only the row knows. */
export function valueAlong(left: Typed, path: string, asText: boolean): Typed {
  const found = repeated([document(left)], (json = '') => walked(left.type.key === 'jsonb' ? json : cutOut(json, json, left.type), path));
  return asText
    ? { sql: `(SELECT ${textOfJson('`j`', left.type)} FROM (SELECT ${found} AS \`j\`))`, type: TEXT }
    : { sql: printed(found, left.type), type: left.type };
}

export function valueAtPath(left: Typed, elements: readonly (string | null)[], asText: boolean): Typed {
  const type = asText ? TEXT : left.type;
  if (elements.includes(null)) return { sql: 'NULL', type };
  const sql = repeated([document(left)], (j = '') => {
    const path = pathSql(j, elements as readonly string[]);
    return asText ? `(${textAt(j, path, left.type)})` : valueAt(j, path, left.type);
  });
  return { sql, type };
}

/** The elements of a path that is a literal, of all dimensions in one: its numbers decide how the path is written. */
function pathElements({ pending }: Typed, context: Translation): NestedArray<string> | undefined {
  if (typeof pending !== 'object' || pending.kind !== 'literal') return undefined;
  return ArrayLiteral.parse(context.valueOf(pending), (text) => text);
}

/** The same of what changes a value. @throws PgError 2202E for several dimensions */
export function knownPath(path: Typed, context: Translation): readonly (string | null)[] | undefined {
  const elements = pathElements(path, context);
  if (elements?.some(Array.isArray)) throw new PgError('2202E', 'wrong number of array subscripts');
  return elements as readonly (string | null)[] | undefined;
}

/** The texts of literals; `undefined` where one of the values is none. */
export function knownTexts(values: readonly Typed[], context: Translation): readonly string[] | undefined {
  const texts = values.map(({ pending }) =>
    typeof pending === 'object' && pending.kind === 'literal' ? context.valueOf(pending) : undefined,
  );
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

/** The operand as jsonb, where the other one is. */
function bothJsonb(left: Typed, right: Typed, context: Translation): readonly [string, string] | undefined {
  const isJsonb = ({ type }: Typed): boolean => type.key === 'jsonb';
  const canBe = (typed: Typed): boolean => isJsonb(typed) || typed.type.key === 'unknown';
  if (!(isJsonb(left) || isJsonb(right)) || !canBe(left) || !canBe(right)) return undefined;
  return [coerce(left, JSONB, context).sql, coerce(right, JSONB, context).sql];
}

function ofTwoJsonb(type: PgType, build: (left: string, right: string) => string): OperatorRule {
  return (left, right, context) => {
    const both = bothJsonb(left, right, context);
    return both && { sql: repeated(both, (a = '', b = '') => build(a, b)), type };
  };
}

const hasKey: OperatorRule = (left, right, context) => {
  if (left.type.key !== 'jsonb' || !(isText(right.type) || right.type.key === 'unknown')) return undefined;
  const key = coerce(right, TEXT, context).sql;
  return { sql: strict([left.sql, key], keyExists(left.sql, key)), type: BOOL };
};

/** Keys of an object, strings of an array, or a string itself. */
function keyExists(json: string, key: string): string {
  return `EXISTS (SELECT 1 FROM json_each(${json}) AS \`m\` WHERE iif(json_type(${json}) = 'object', \`m\`.key = ${key}, \`m\`.type = 'text' AND \`m\`.atom = ${key}))`;
}

function hasKeys(build: (exists: string, keys: string) => string): OperatorRule {
  return (left, right, context) => {
    if (left.type.key !== 'jsonb' || !(right.type.key === 'array' || right.type.key === 'unknown')) return undefined;
    const keys = coerce(right, TEXTS, context).sql;
    return {
      sql: strict([left.sql, keys], build(keyExists(left.sql, '`k`.atom'), `json_tree(${keys}) AS \`k\` WHERE \`k\`.type = 'text'`)),
      type: BOOL,
    };
  };
}

const remove: OperatorRule = (left, right, context) => {
  if (left.type.key !== 'jsonb') return undefined;
  const { type } = right;
  if (isInteger(type) && type.key !== 'int8') return { sql: withoutKey(left.sql, coerce(right, INT4, context).sql, true), type: JSONB };
  if (isText(type) || type.key === 'unknown') return { sql: withoutKey(left.sql, coerce(right, TEXT, context).sql, false), type: JSONB };
  return type.key === 'array' ? { sql: withoutKeys(left.sql, coerce(right, TEXTS, context).sql), type: JSONB } : undefined;
};

const removePath: OperatorRule = (left, right, context) => {
  if (left.type.key !== 'jsonb') return undefined;
  const elements = knownPath(right, context);
  if (!elements)
    throw new UnsupportedOnFallbackError('#- with a path that is not a literal', "Write the path as a literal, as in '{a,b}'.");
  return { sql: withoutPath(left.sql, elements), type: JSONB };
};

export const rules: Rules = {
  operators: {
    '->': [member(false)],
    '->>': [member(true)],
    '#>': [atPath(false)],
    '#>>': [atPath(true)],
    '@>': [ofTwoJsonb(BOOL, containsJson)],
    '<@': [ofTwoJsonb(BOOL, (left, right) => containsJson(right, left))],
    '?': [hasKey],
    '?|': [hasKeys((exists, keys) => `EXISTS (SELECT 1 FROM ${keys} AND ${exists})`)],
    '?&': [hasKeys((exists, keys) => `NOT EXISTS (SELECT 1 FROM ${keys} AND NOT ${exists})`)],
    '||': [ofTwoJsonb(JSONB, concatenated)],
    '-': [remove],
    '#-': [removePath],
    '=': [ofTwoJsonb(BOOL, (left, right) => strict([left, right], sameJson(left, right)))],
    '<>': [ofTwoJsonb(BOOL, (left, right) => strict([left, right], `NOT ${sameJson(left, right)}`))],
    'is not distinct from': [ofTwoJsonb(BOOL, (left, right) => `coalesce(${sameJson(left, right)}, ${left} IS ${right})`)],
    'is distinct from': [ofTwoJsonb(BOOL, (left, right) => `(NOT coalesce(${sameJson(left, right)}, ${left} IS ${right}))`)],
  },
};
