import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce } from '../coerce.js';
import { withInsertedAt, withValueAt } from '../operators/json-changes.js';
import { knownPath } from '../operators/json.js';
import { spaced, unspaced } from '../operators/json-sql.js';
import { repeated } from '../repeated.js';
import { BOOL, TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { refusedSql } from './refusal.js';

const JSONB: PgType = { key: 'jsonb' };

function jsonbOf(argument: Typed | undefined, context: Translation): string | undefined {
  if (!argument || (argument.type.key !== 'jsonb' && argument.type.key !== 'unknown')) return undefined;
  return coerce(argument, JSONB, context).sql;
}

type Change = (json: string, path: readonly string[], value: string, flag: string) => string;

/** jsonb_set and jsonb_insert: `flag` is what the fourth argument is by default. */
function changing(name: string, flag: '0' | '1', change: Change): FunctionRule {
  return ([target, path, value, option, ...others], context) => {
    const [json, next] = [jsonbOf(target, context), jsonbOf(value, context)];
    if (json === undefined || next === undefined || !path || others.length > 0) return undefined;
    const elements = pathElements(name, path, context);
    const chosen = option ? coerce(option, BOOL, context).sql : flag;
    return { sql: repeated([json, next], (j = '', v = '') => change(j, elements, v, chosen)), type: JSONB };
  };
}

function pathElements(name: string, path: Typed, context: Translation): readonly string[] {
  const elements = knownPath(path, context);
  if (!elements) {
    throw new UnsupportedOnFallbackError(`${name} with a path that is not a literal`, "Write the path as a literal, as in '{a,b}'.");
  }
  if (elements[0] === null) throw new PgError('22004', 'path element at position 1 is null');
  // PostgreSQL complains only where the path leads that far.
  if (elements.includes(null)) throw new UnsupportedOnFallbackError(`${name} with NULL in the path`, 'Leave it out.');
  return elements as readonly string[];
}

/** Members that are null are taken out one after the other; those of arrays stay. */
const stripNulls: FunctionRule = ([value, ...others], context) => {
  const json = jsonbOf(value, context);
  if (json === undefined || others.length > 0) return undefined;
  const next = `(SELECT t.fullkey FROM json_tree(j) AS t WHERE t.type = 'null' AND typeof(t.key) = 'text' LIMIT 1)`;
  const steps = `SELECT 0, ${unspaced(json)} UNION ALL SELECT n + 1, json_remove(j, ${next}) FROM \`strip\` WHERE j IS NOT NULL`;
  return {
    sql: spaced(`(WITH RECURSIVE \`strip\`(n, j) AS (${steps}) SELECT j FROM \`strip\` WHERE j IS NOT NULL ORDER BY n DESC LIMIT 1)`),
    type: JSONB,
  };
};

/** PostgreSQL puts a line end into what is empty, too. */
const pretty: FunctionRule = ([value, ...others], context) => {
  const json = jsonbOf(value, context);
  if (json === undefined || others.length > 0) return undefined;
  const refusal = refusedSql('jsonb_pretty with an empty object or array inside', 'Use JSON.stringify in the program.');
  const sql = repeated(
    [json],
    (j = '') =>
      `CASE WHEN ${j} = '[]' THEN '[' || char(10) || ']' WHEN ${j} = '{}' THEN '{' || char(10) || '}'` +
      ` WHEN instr(${j}, '[]') OR instr(${j}, '{}') THEN ${refusal} ELSE json_pretty(${j}, '    ') END`,
  );
  return { sql, type: TEXT };
};

export const rules: Rules = {
  functions: {
    jsonb_set: [changing('jsonb_set', '1', withValueAt)],
    jsonb_insert: [changing('jsonb_insert', '0', withInsertedAt)],
    jsonb_strip_nulls: [stripNulls],
    jsonb_pretty: [pretty],
  },
};
