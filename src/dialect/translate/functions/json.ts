import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce } from '../coerce.js';
import { withValueAt } from '../operators/json-changes.js';
import { knownPath, valueAtPath } from '../operators/json.js';
import { keyOrder, printed, spaced, textOfJson, unspaced, walked } from '../operators/json-sql.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { BOOL, INT4, TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { aggregateCall } from './aggregate-call.js';
import { jsonbValue, jsonValue, memberValue, sortedWhenDistinct } from './json-values.js';

const JSON_TYPE: PgType = { key: 'json' };
const JSONB: PgType = { key: 'jsonb' };

/** The first argument as JSON of the function's kind: a literal becomes it. */
function document(argument: Typed | undefined, key: 'json' | 'jsonb', context: Translation): string | undefined {
  if (!argument || (argument.type.key !== key && argument.type.key !== 'unknown')) return undefined;
  return coerce(argument, { key }, context).sql;
}

function ofDocument(key: 'json' | 'jsonb', type: PgType, build: (json: string) => string): FunctionRule {
  return (args, context) => {
    const json = args.length === 1 ? document(args[0], key, context) : undefined;
    return json === undefined ? undefined : { sql: repeated([unspaced(json)], (j = '') => build(j)), type };
  };
}

function arrayLength(json: string): string {
  const wrong = (what: string): string => raiseSql('22023', `cannot get array length of a ${what}`);
  return `(CASE json_type(${json}) WHEN 'array' THEN json_array_length(${json}) WHEN 'object' THEN ${wrong('non-array')} ELSE iif(${json} IS NULL, NULL, ${wrong('scalar')}) END)`;
}

function typeOf(json: string): string {
  return `(CASE json_type(${json}) WHEN 'integer' THEN 'number' WHEN 'real' THEN 'number' WHEN 'text' THEN 'string' WHEN 'true' THEN 'boolean' WHEN 'false' THEN 'boolean' ELSE json_type(${json}) END)`;
}

function toJson(key: 'json' | 'jsonb'): FunctionRule {
  return ([value, ...others], context) => {
    if (!value || others.length > 0) return undefined;
    if (value.type.key === 'unknown') throw new PgError('42804', 'could not determine polymorphic type because input has type unknown');
    return { sql: key === 'jsonb' ? jsonbValue(value, context) : jsonValue(value, context), type: { key } };
  };
}

/** Pieces joined as `||`; SQLite's expressions can't be nested deeper than a thousand levels, `concat` takes as many arguments. */
function pieces(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] ?? '') : `concat(${parts.join(', ')})`;
}

function buildArray(key: 'json' | 'jsonb'): FunctionRule {
  return (args, context) => {
    const items = args.map((item) => memberValue(item, context));
    const text = pieces(["'['", ...items.flatMap((item, index) => (index === 0 ? [item] : ["', '", item])), "']'"]);
    return { sql: key === 'jsonb' ? spaced(text) : text, type: { key } };
  };
}

function buildObject(key: 'json' | 'jsonb'): FunctionRule {
  return (args, context) => {
    if (args.length % 2 === 1)
      throw new PgError('22023', 'argument list must have even number of elements', {
        hint: `The arguments of ${key}_build_object() must consist of alternating keys and values.`,
      });
    const members = args.flatMap((argument, index) =>
      index % 2 === 0 ? [[keyOf(argument, index, context), memberValue(args[index + 1] ?? argument, context)] as const] : [],
    );
    return key === 'json' ? jsonObject(members) : jsonbObject(members);
  };
}

function keyOf(argument: Typed, index: number, context: Translation): string {
  const missing = raiseSql('22023', `argument ${index + 1}: key must not be null`);
  const key = argument.pending === 'null' ? 'NULL' : coerce(argument, TEXT, context, 'explicit').sql;
  return `ifnull(${key}, ${missing})`;
}

function jsonObject(members: readonly (readonly [string, string])[]): Typed {
  const texts = members.flatMap(([key, value], index) => [...(index === 0 ? [] : ["', '"]), `json_quote(${key} || '')`, "' : '", value]);
  return { sql: pieces(["'{'", ...texts, "'}'"]), type: JSON_TYPE };
}

/** In jsonb's order, of one key the last. */
function jsonbObject(members: readonly (readonly [string, string])[]): Typed {
  if (members.length === 0) return { sql: "'{}'", type: JSONB };
  const rows = members.map(([key, value], index) => `SELECT ${key} AS k, ${value} AS v, ${index} AS n`).join(' UNION ALL ');
  const last = `SELECT k, v, max(n) FROM (${rows}) GROUP BY k`;
  return { sql: spaced(`(SELECT json_group_object(k, json(v) ORDER BY ${keyOrder('k')}) FROM (${last}))`), type: JSONB };
}

/** NULL without rows, as of PostgreSQL. */
function aggregated(key: 'json' | 'jsonb'): FunctionRule {
  return ([value, ...others], context, call, scope) => {
    if (!value || others.length > 0) return undefined;
    const array = `nullif(${aggregateCall('json_group_array', `json(${memberValue(value, context)})`, sortedWhenDistinct(call), scope, context)}, '[]')`;
    return { sql: spaced(array), type: { key } };
  };
}

function extractedPath(key: 'json' | 'jsonb', asText: boolean): FunctionRule {
  return ([value, ...steps], context) => {
    const json = document(value, key, context);
    if (json === undefined || steps.length === 0) return undefined;
    const known = steps.map(({ pending }) =>
      typeof pending === 'object' && pending.kind === 'literal' ? context.valueOf(pending) : undefined,
    );
    if (known.every((step) => step !== undefined)) return valueAtPath({ sql: json, type: { key } }, known, asText);
    const path = `json_array(${steps.map((step) => `${coerce(step, TEXT, context).sql} || ''`).join(', ')})`;
    const found = walked(unspaced(json), path);
    return asText
      ? { sql: `(SELECT ${textOfJson('`j`', { key })} FROM (SELECT ${found} AS \`j\`))`, type: TEXT }
      : { sql: printed(found, { key }), type: { key } };
  };
}

const set: FunctionRule = ([target, path, value, creates], context) => {
  const json = document(target, 'jsonb', context);
  const next = document(value, 'jsonb', context);
  if (json === undefined || next === undefined || !path) return undefined;
  const elements = knownPath(path, context);
  if (!elements)
    throw new UnsupportedOnFallbackError('jsonb_set with a path that is not a literal', "Write the path as a literal, as in '{a,b}'.");
  if (elements.includes(null)) throw new PgError('22004', `path element at position ${elements.indexOf(null) + 1} is null`);
  const create = creates ? coerce(creates, BOOL, context).sql : '1';
  return { sql: repeated([json, next], (j = '', v = '') => withValueAt(j, elements as readonly string[], v, create)), type: JSONB };
};

function refused(name: string): FunctionRule {
  return () => {
    throw new UnsupportedOnFallbackError(`The function ${name}`, 'Read the value and make the change or the JSON in the program.');
  };
}

const REFUSED = (
  'row_to_json json_object jsonb_object json_object_agg jsonb_object_agg json_strip_nulls jsonb_strip_nulls jsonb_insert jsonb_set_lax jsonb_pretty json_populate_record ' +
  'jsonb_populate_record jsonb_path_query jsonb_path_exists jsonb_path_match jsonb_path_query_array jsonb_path_query_first'
).split(' ');

const KINDS = ['json', 'jsonb'] as const;

export const rules: Rules = {
  functions: {
    ...Object.fromEntries(REFUSED.map((name) => [name, [refused(name)]])),
    ...Object.fromEntries(
      KINDS.flatMap((key) => [
        [`${key}_array_length`, [ofDocument(key, INT4, arrayLength)]],
        [`${key}_typeof`, [ofDocument(key, TEXT, typeOf)]],
        [`to_${key}`, [toJson(key)]],
        [`${key}_build_array`, [buildArray(key)]],
        [`${key}_build_object`, [buildObject(key)]],
        [`${key}_agg`, [aggregated(key)]],
        [`${key}_extract_path`, [extractedPath(key, false)]],
        [`${key}_extract_path_text`, [extractedPath(key, true)]],
      ]),
    ),
    jsonb_set: [set],
  },
};
