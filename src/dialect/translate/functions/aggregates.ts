import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { Call } from '../../sql/ast.js';
import type { Stored } from '../../types/codec.js';
import type { PgType, TypeKey } from '../../types/pg-type.js';
import { limitedSql } from '../casts/lengths.js';
import { asBoolean, coerce, refuseResult, settled } from '../coerce.js';
import { equalKey, hasEquality, isOrdered, orderKey, textSql } from '../comparisons.js';
import { BOOL, INT8, isText, TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Scope, Translation, Typed } from '../typed.js';
import { aggregateCall } from './aggregate-call.js';
import { rules as sums } from './sums.js';

export { aggregateCall };

const count: FunctionRule = (args, context, call, scope) => {
  if (call.star || args.length === 1)
    return { sql: aggregateCall('count', counted(args, call, scope, context), call, scope, context), type: INT8 };
  return undefined;
};

function counted([argument]: readonly Typed[], call: Call, scope: Scope, context: Translation): string {
  if (call.star || !argument) return everyRow(scope);
  if (argument.elements) {
    if (call.distinct) return distinctRow(argument.elements, context);
    if (scope.sources.some(({ alias, nullable }) => nullable && (alias === undefined || alias === argument.name)))
      throw new UnsupportedOnFallbackError('count() of a row of an outer join', 'Count a column that is never NULL, such as its id.');
    return everyRow(scope);
  }
  refuseResult(argument);
  const value = settled(argument, context);
  return call.distinct ? equalKey(value) : value.sql;
}

/**
 * As `*`, which names no column: within a long calculation, which becomes a subquery of its own (`repeated`), SQLite would count that one's
 * single row. What names a column of the query is counted there.
 */
function everyRow({ sources: [first] }: Scope): string {
  const column = first?.table?.kind === 'table' ? `${first.sqlAlias}._rowid_` : first?.columns[0]?.sql;
  return column === undefined ? '*' : `iif(${column} IS NULL, 1, 1)`;
}

/** A row is counted even where all of its fields are NULL. */
function distinctRow(elements: readonly Typed[], context: Translation): string {
  return `json_array(${elements.map((element) => orderKey(settled(element, context))).join(', ')})`;
}

/** PostgreSQL has no max for these. */
const WITHOUT_EXTREMES: ReadonlySet<TypeKey> = new Set<TypeKey>([
  'bool',
  'uuid',
  'bytea',
  'jsonb',
  'tsvector',
  'tsquery',
  'unknown',
  'macaddr',
]);

function extreme(name: 'min' | 'max'): FunctionRule {
  return (args, context, call, scope) => {
    const [argument] = args;
    if (!argument || args.length > 1) return undefined;
    refuseResult(argument);
    const value = settled(argument, context);
    if (WITHOUT_EXTREMES.has(value.type.key) || !isOrdered(value.type) || !hasEquality(value.type)) return undefined;
    return extremeOf(name, value, (key) => aggregateCall(name, key, call, scope, context));
  };
}

/** The largest by its sort key; what has a key of its own must be found again by it. */
function extremeOf(name: 'min' | 'max', value: Typed, aggregate: (key: string) => string): Typed {
  const type: PgType = isText(value.type) && value.type.key !== 'bpchar' && value.type.key !== 'citext' ? TEXT : value.type;
  const { enum: labels } = value.type;
  if (labels) {
    const cases = labels.labels.map((label, index) => `WHEN ${index} THEN '${label.replaceAll("'", "''")}'`);
    return { sql: `(CASE ${aggregate(`(${orderKey(value)})`)} ${cases.join(' ')} END)`, type };
  }
  if (value.type.key === 'bpchar') return { sql: limitedSql(aggregate(orderKey(value)), type, 'explicit'), type };
  if (value.type.key === 'numeric' || orderKey(value) === value.sql || value.type.key === 'citext')
    return { sql: aggregate(value.sql), type };
  throw new UnsupportedOnFallbackError(`${name}() of ${value.type.key} values`, `Sort by them and take the first row instead.`);
}

function ofBooleans(name: 'min' | 'max'): FunctionRule {
  return (args, context, call, scope) => {
    const [argument] = args;
    if (!argument || args.length > 1 || (argument.type.key !== 'bool' && argument.type.key !== 'unknown')) return undefined;
    return { sql: aggregateCall(name, asBoolean(argument, name, context).sql, call, scope, context), type: BOOL };
  };
}

const stringAggregate: FunctionRule = (args, context, call, scope) => {
  const [value, separator] = args;
  if (!value || !separator || args.length > 2) return undefined;
  if (![value, separator].every(({ type }) => isText(type) || type.key === 'unknown')) return undefined;
  if (call.distinct) return distinctStrings(value, separator, call, context, scope);
  const glue = `coalesce(${coerce(separator, TEXT, context).sql}, '')`;
  return { sql: aggregateCall('group_concat', `${stringOf(value, context)}, ${glue}`, call, scope, context), type: TEXT };
};

/** SQLite's DISTINCT leaves no room for a separator, so that JavaScript joins what is left; PostgreSQL sorts it to find the duplicates. */
function distinctStrings(value: Typed, separator: Typed, call: Call, context: Translation, scope: Scope): Typed {
  const { pending } = separator;
  if (typeof pending !== 'object' || pending.kind !== 'literal') {
    throw new UnsupportedOnFallbackError(
      'string_agg(DISTINCT …) with a separator that is not a literal',
      'Write the separator as a literal.',
    );
  }
  const glue = context.valueOf(pending);
  const sql = stringOf(value, context);
  const sorted: Call = call.orderBy.length > 0 ? call : { ...call, orderBy: [{ expression: call.args[0] ?? pending }] };
  return {
    sql: aggregateCall('json_group_array', sql, sorted, scope, context),
    type: TEXT,
    decode: (stored) => joinedTexts(stored, glue),
    onlyAsResult: 'string_agg(DISTINCT …) in a further expression',
  };
}

function joinedTexts(stored: Stored, glue: string): string | null {
  const texts = (JSON.parse(String(stored)) as (string | null)[]).filter((text) => text !== null);
  return texts.length === 0 ? null : texts.join(glue);
}

function stringOf(value: Typed, context: Translation): string {
  return value.pending === undefined ? textSql(value) : coerce(value, TEXT, context).sql;
}

const own: NonNullable<Rules['functions']> = {
  count: [count],
  min: [extreme('min')],
  max: [extreme('max')],
  bool_and: [ofBooleans('min')],
  every: [ofBooleans('min')],
  bool_or: [ofBooleans('max')],
  string_agg: [stringAggregate],
};

export const rules: Rules = { functions: { ...own, ...sums } };
