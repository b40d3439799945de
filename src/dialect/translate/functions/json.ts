import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce } from '../coerce.js';
import { tryOperator } from '../operate.js';
import { knownTexts, valueAlong, valueAtPath } from '../operators/json.js';
import { unspaced } from '../operators/json-sql.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { INT4, TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { rules as aggregates } from './json-aggregates.js';
import { rules as building } from './json-building.js';
import { rules as editing } from './json-editing.js';

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

function extractedPath(key: 'json' | 'jsonb', asText: boolean): FunctionRule {
  return ([value, ...steps], context) => {
    const json = document(value, key, context);
    if (json === undefined) return undefined;
    const left: Typed = { sql: json, type: { key } };
    const known = knownTexts(steps, context);
    if (known) return valueAtPath(left, known, asText);
    return valueAlong(left, `json_array(${steps.map((step) => `${coerce(step, TEXT, context).sql} || ''`).join(', ')})`, asText);
  };
}

/** The function that an operator of jsonb calls. */
function asOperator(operator: string): FunctionRule {
  return ([left, right, ...others], context) => {
    if (!left || !right || others.length > 0) return undefined;
    const given = left.type.key === 'unknown' ? coerce(left, { key: 'jsonb' }, context) : left;
    return given.type.key === 'jsonb' ? tryOperator(operator, given, right, context) : undefined;
  };
}

function refused(name: string): FunctionRule {
  return () => {
    throw new UnsupportedOnFallbackError(`The function ${name}`, 'Read the value and make the change or the JSON in the program.');
  };
}

const REFUSED = (
  'json_object jsonb_object json_strip_nulls jsonb_set_lax json_populate_record json_scalar json_serialize ' +
  'jsonb_populate_record jsonb_path_query jsonb_path_exists jsonb_path_match jsonb_path_query_array jsonb_path_query_first'
).split(' ');

const KINDS = ['json', 'jsonb'] as const;

const OPERATORS: Readonly<Record<string, string>> = {
  jsonb_exists: '?',
  jsonb_exists_any: '?|',
  jsonb_exists_all: '?&',
  jsonb_contains: '@>',
  jsonb_contained: '<@',
  jsonb_concat: '||',
  jsonb_delete: '-',
  jsonb_delete_path: '#-',
};

export const rules: Rules = {
  functions: {
    ...Object.fromEntries(REFUSED.map((name) => [name, [refused(name)]])),
    ...Object.fromEntries(
      KINDS.flatMap((key) => [
        [`${key}_array_length`, [ofDocument(key, INT4, arrayLength)]],
        [`${key}_typeof`, [ofDocument(key, TEXT, typeOf)]],
        [`${key}_extract_path`, [extractedPath(key, false)]],
        [`${key}_extract_path_text`, [extractedPath(key, true)]],
      ]),
    ),
    ...Object.fromEntries(Object.entries(OPERATORS).map(([name, operator]) => [name, [asOperator(operator)]])),
    ...aggregates.functions,
    ...building.functions,
    ...editing.functions,
  },
};
