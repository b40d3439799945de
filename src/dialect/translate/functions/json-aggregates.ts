import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import type { Call } from '../../sql/ast.js';
import { settled } from '../coerce.js';
import { equalKey, hasEquality } from '../comparisons.js';
import { keyOrder, spaced } from '../operators/json-sql.js';
import { raiseSql } from '../raise.js';
import type { FunctionRule, Rules, Scope, Translation, Typed } from '../typed.js';
import { aggregateCall } from './aggregate-call.js';
import { refuseUnknown } from './json-building.js';
import { type JsonTarget, keyText, memberValue, sortedWhenDistinct } from './json-values.js';
import { refusedSql } from './refusal.js';

/** NULL without rows, as of PostgreSQL. */
function arrayOfRows(key: JsonTarget['key']): FunctionRule {
  return ([value, ...others], context, call, scope) => {
    if (!value || others.length > 0) return undefined;
    refuseUnknown(value);
    const type = { key };
    const member = memberValue(value, { key, context, scope });
    if (call.distinct) return { sql: spaced(distinctArray(value, member, call, scope, context)), type };
    if (key === 'jsonb') return { sql: spaced(`nullif(${gathered(member, call, scope, context)}, '[]')`), type };
    const isStructured = value.elements !== undefined || value.type.key === 'array';
    const texts = aggregateCall('group_concat', `${member}, ${isStructured ? "', ' || char(10) || ' '" : "', '"}`, call, scope, context);
    return { sql: `('[' || ${texts} || ']')`, type };
  };
}

function gathered(member: string, call: Call, scope: Scope, context: Translation): string {
  return aggregateCall('json_group_array', `json(${member})`, call, scope, context);
}

/** Of values that are equal and yet not the same (1 and 1.0) PostgreSQL keeps any; JSON's null would be taken for NULL. */
function distinctArray(value: Typed, member: string, call: Call, scope: Scope, context: Translation): string {
  if (value.elements) throw new UnsupportedOnFallbackError('json_agg(DISTINCT …) of rows', 'Leave them out with a subquery.');
  const given = settled(value, context);
  if (!hasEquality(given.type)) throw new PgError('42883', `could not identify an equality operator for type ${given.type.key}`);
  const array = `nullif(${gathered(member, sortedWhenDistinct(call), scope, context)}, '[]')`;
  const key = equalKey(given);
  if (key === given.sql) return array;
  const count = (sql: string): string => aggregateCall('count', sql, { ...call, orderBy: [] }, scope, context);
  const nulls = aggregateCall('max', `${given.sql} IS NULL`, { ...call, distinct: false, orderBy: [] }, scope, context);
  const refusal = refusedSql('json_agg(DISTINCT …) of equal values that are written differently', 'Make them alike first.');
  return `iif(${count(key)} = ${count(given.sql)} AND (NOT ${nulls} OR ${count(`nullif(${given.sql}, 'null')`)} = ${count(given.sql)}), ${array}, ${refusal})`;
}

const textOfPairs: FunctionRule = (args, context, call, scope) => {
  const [name, member] = pair(args, 'json', context, call, scope) ?? [];
  if (name === undefined || member === undefined) return undefined;
  const key = `json_quote(ifnull(${name}, ${raiseSql('22004', 'null value not allowed for object key')}) || '')`;
  const members = aggregateCall('group_concat', `${key} || ' : ' || ${member}, ', '`, call, scope, context);
  return { sql: `('{ ' || ${members} || ' }')`, type: { key: 'json' } };
};

/** All members are gathered first: of one key the last is kept. */
const objectOfPairs: FunctionRule = (args, context, call, scope) => {
  const [name, member] = pair(args, 'jsonb', context, call, scope) ?? [];
  if (name === undefined || member === undefined) return undefined;
  if (call.over !== undefined || scope.sources.length === 0) {
    throw new UnsupportedOnFallbackError('jsonb_object_agg() without rows of a table, or OVER a window', 'Make the object in the program.');
  }
  const key = `json_quote(ifnull(${name}, ${raiseSql('22023', 'field name must not be null')}) || '')`;
  const pairs = aggregateCall(
    'json_group_array',
    `json('[' || ${key} || ',' || ${member} || ']'${ofThisQuery(scope)})`,
    call,
    scope,
    context,
  );
  const last = `SELECT value ->> '$[0]' AS k, value -> '$[1]' AS v, max(key) FROM json_each(nullif(${pairs}, '[]')) GROUP BY 1`;
  const object = `SELECT json_group_object(k, json(v) ORDER BY ${keyOrder('k')}) FROM (${last}) HAVING count(*) > 0`;
  return { sql: spaced(`(${object})`), type: { key: 'jsonb' } };
};

/** Within a subquery an aggregate belongs to the query whose columns it names: the empty text of one makes sure of it. */
function ofThisQuery({ sources: [first] }: Scope): string {
  const column = first?.table?.kind === 'table' ? `${first.sqlAlias}._rowid_` : first?.columns[0]?.sql;
  return column === undefined ? '' : ` || iif(${column} IS NULL, '', '')`;
}

function pair(
  args: readonly Typed[],
  key: JsonTarget['key'],
  context: Translation,
  call: Call,
  scope: Scope,
): readonly [string, string] | undefined {
  const [name, value, ...others] = args;
  if (!name || !value || others.length > 0) return undefined;
  if (call.distinct) throw new UnsupportedOnFallbackError(`${key}_object_agg(DISTINCT …)`, 'Leave duplicates out with a subquery.');
  return [keyText(name, context), memberValue(value, { key, context, scope })];
}

export const rules: Rules = {
  functions: {
    json_agg: [arrayOfRows('json')],
    jsonb_agg: [arrayOfRows('jsonb')],
    json_object_agg: [textOfPairs],
    jsonb_object_agg: [objectOfPairs],
  },
};
