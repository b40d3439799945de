import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import type { Call } from '../../sql/ast.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce, settled } from '../coerce.js';
import { elementJson, elementKey } from '../operators/array-sql.js';
import { sameShapes, shapeOf } from '../operators/array-shapes.js';
import { isArray } from '../operators/arrays.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { INT4, withoutModifiers } from '../same-type.js';
import type { FunctionRule, Rules, Scope, Translation, Typed } from '../typed.js';
import { isGiven } from './array-argument.js';
import { aggregateCall } from './aggregate-call.js';
import { sortedWhenDistinct } from './json-values.js';
import { refusedSql } from './refusal.js';

const HINT = { hint: 'Could not choose a best candidate function. You might need to add explicit type casts.' };

const aggregate: FunctionRule = ([value, ...others], context, call, scope) => {
  if (!value || others.length > 0) return undefined;
  if (value.type.key === 'unknown') throw new PgError('42725', 'function array_agg(unknown) is not unique', HINT);
  const given = settled(value, context);
  if (given.type.key === 'record') throw new UnsupportedOnFallbackError('array_agg() of rows', 'Gather their columns one by one.');
  const sorted = sortedWhenDistinct(call);
  if (isArray(given)) return aggregateOfArrays(given, context, sorted, scope);
  const element: PgType = given.type.key === 'numeric' ? { key: 'numeric' } : withoutModifiers(given.type);
  const typed = coerce(given, element, context);
  const gathered = (name: string, sql: string, how: Call): string => aggregateCall(name, sql, how, scope, context);
  const all = `nullif(${gathered('json_group_array', `json(${elementJson(typed.sql, element)})`, sorted)}, '[]')`;
  const sql = call.distinct ? ofDistinct(typed, all, (counted) => gathered('count', counted, { ...call, orderBy: [] })) : all;
  return { sql, type: { key: 'array', element } };
};

/** Of values that are equal and yet not the same (1.0 and 1.00) PostgreSQL keeps any. */
function ofDistinct({ sql, type }: Typed, all: string, count: (sql: string) => string): string {
  const key = elementKey(sql, type);
  if (key === sql) return all;
  const refusal = refusedSql(
    'array_agg(DISTINCT …) of equal values that are written differently',
    'Make them alike first: round() or lower().',
  );
  return `iif(${count(key)} = ${count(sql)}, ${all}, ${refusal})`;
}

/** All must have the same lengths. What is different first is told: so the shapes are gathered in the same order. */
function aggregateOfArrays({ sql, type }: Typed, context: Translation, call: Call, scope: Scope): Typed {
  const all = aggregateCall('json_group_array', `json(${sql})`, call, scope, context);
  const shapes = aggregateCall('group_concat', shapeOf(sql), { ...call, distinct: false }, scope, context);
  return { sql: sameShapes(`nullif(${all}, '[]')`, shapes), type };
}

const fill: FunctionRule = ([value, sizes, bounds, ...others], context) => {
  if (!value || !sizes || others.length > 0) return undefined;
  if (bounds) throw new UnsupportedOnFallbackError('array_fill() with lower bounds', 'Leave them out: an array begins with number 1 then.');
  if (value.type.key === 'unknown') throw new PgError('42804', 'could not determine polymorphic type because input has type unknown');
  const given = settled(value, context);
  const element = given.type.key === 'numeric' ? { key: 'numeric' as const } : withoutModifiers(given.type);
  const item = elementJson(coerce(given, element, context).sql, element);
  const sql = repeated([coerce(sizes, { key: 'array', element: INT4 }, context).sql, item], (d = '', json = '') => {
    const size = `json_extract(${d}, '$[' || (n - 1) || ']')`;
    const wrapped = `'[' || rtrim(replace(hex(zeroblob(${size})), '00', j || ','), ',') || ']'`;
    const steps = `SELECT json_array_length(${d}), ${json} UNION ALL SELECT n - 1, ${wrapped} FROM \`fill\` WHERE n > 0`;
    return (
      `CASE WHEN ${d} IS NULL THEN ${raiseSql('22004', 'dimension array or low bound array cannot be null')}` +
      ` WHEN ${d} GLOB '*null*' THEN ${raiseSql('22004', 'dimension values cannot be null')}` +
      ` WHEN ${d} GLOB '*-*' THEN ${raiseSql('54000', 'array size exceeds the maximum allowed (134217727)')}` +
      ` WHEN EXISTS (SELECT 1 FROM json_each(${d}) WHERE value = 0) OR ${d} = '[]' THEN '[]'` +
      ` ELSE (WITH RECURSIVE \`fill\`(n, j) AS (${steps}) SELECT j FROM \`fill\` WHERE n = 0) END`
    );
  });
  return { sql, type: { key: 'array', element } };
};

/** The same as to_json of an array. */
const toJson: FunctionRule = (args, context, call, scope) => {
  const [array, ...others] = args;
  if (!isGiven(array)) return undefined;
  if (others.length > 0) throw new UnsupportedOnFallbackError('array_to_json() with line ends', 'Leave the second argument out.');
  for (const rule of context.rules.functions.get('to_json') ?? []) {
    const found = rule(args, context, call, scope);
    if (found) return found;
  }
  return undefined;
};

export const making: NonNullable<Rules['functions']> = { array_agg: [aggregate], array_fill: [fill], array_to_json: [toJson] };
