import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import type { Call, Expression } from '../../sql/ast.js';
import type { Stored } from '../../types/codec.js';
import { formatType } from '../../types/format-type.js';
import { codecFor } from '../../types/codecs.js';
import { equalityKey } from '../../types/numeric-key.js';
import type { PgType, TypeKey } from '../../types/pg-type.js';
import { limitedSql } from '../casts/lengths.js';
import { asBoolean, coerce, type Finished, refuseResult, settled } from '../coerce.js';
import { equalKey, hasEquality, isOrdered, orderKey, textSql } from '../comparisons.js';
import { BOOL, INT8, isText, TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Scope, Translation, Typed } from '../typed.js';
import { aggregateCall } from './aggregate-call.js';
import { rules as bits } from './aggregate-bits.js';
import { rules as orderedSets } from './aggregate-ordered-sets.js';
import { rules as spreads } from './aggregate-spread.js';
import { rules as sums } from './sums.js';

export { aggregateCall };

const count: FunctionRule = (args, context, call, scope) => {
  if (args.length === 0 && !call.star) throw new PgError('42809', 'count(*) must be used to call a parameterless aggregate function');
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
  if (call.distinct && !hasEquality(value.type)) {
    throw new PgError('42883', `could not identify an equality operator for type ${formatType(value.type)}`);
  }
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
    const found = extremeOf(name, value, (key) => aggregateCall(name, key, call, scope, context));
    return showsItsDigits(value.type) && call.over === undefined ? lastOfEqual(found, name, value, call, scope, context) : found;
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
    return { sql: aggregate(value.sql), type: type.key === 'cidr' ? { key: 'inet' } : type };
  throw new UnsupportedOnFallbackError(`${name}() of ${value.type.key} values`, `Sort by them and take the first row instead.`);
}

/** Of which equal values can look differently: 1.0 and 1.00, Foo and FOO. */
function showsItsDigits({ key, scale, modifiers }: PgType): boolean {
  return key === 'citext' || (key === 'numeric' && scale === undefined && modifiers === undefined);
}

/** Of several equal values PostgreSQL keeps the last one, SQLite the first one or any: as a result JavaScript finds it. */
function lastOfEqual(found: Typed, name: 'min' | 'max', value: Typed, call: Call, scope: Scope, context: Translation): Typed {
  const codec = codecFor(value.type);
  const sortKey = value.type.key === 'citext' ? (text: string) => text.toLowerCase() : equalityKey;
  const finished: Finished = {
    ...found,
    inSql: found.sql,
    sql: aggregateCall('json_group_array', value.sql, { ...call, distinct: false }, scope, context),
    decode: (stored) => {
      const last = lastExtreme(JSON.parse(String(stored)) as (string | null)[], name, sortKey);
      return last === undefined ? null : codec.output(last);
    },
    onlyAsResult: `${name}() as it is`,
  };
  return finished;
}

function lastExtreme(values: readonly (string | null)[], name: 'min' | 'max', sortKey: (text: string) => string): string | undefined {
  return values.reduce<string | undefined>((best, value) => {
    if (value === null) return best;
    const [key, bestKey] = [sortKey(value), best === undefined ? undefined : sortKey(best)];
    return bestKey === undefined || key === bestKey || key > bestKey === (name === 'max') ? value : best;
  }, undefined);
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
  if (value.type.key === 'bytea') throw new UnsupportedOnFallbackError('string_agg() of bytea', 'Join the bytes in the program.');
  if (![value, separator].every(({ type }) => isText(type) || type.key === 'unknown')) return undefined;
  if (call.distinct) return distinctStrings(value, separator, call, context, scope);
  const glue = `coalesce(${coerce(separator, TEXT, context).sql}, '')`;
  const sql = aggregateCall('group_concat', `${stringOf(value, context)}, ${glue}`, call, scope, context);
  // Of nothing but an empty text a window makes a text with a NUL behind its end.
  return { sql: call.over === undefined ? sql : `substr(${sql}, 1)`, type: TEXT };
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
  if (value.type.key === 'citext' && call.orderBy.length > 0) {
    throw new UnsupportedOnFallbackError('string_agg(DISTINCT … ORDER BY …) of citext', 'Cast it to text in both places.');
  }
  const [first = pending] = call.args;
  const asText: Expression = { kind: 'cast', operand: first, type: { path: ['text'], modifiers: [], dimensions: 0 } };
  const own = value.type.key === 'citext' ? asText : first;
  const sorted: Call = call.orderBy.length > 0 ? call : { ...call, args: [own], orderBy: [{ expression: own }] };
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

export const rules: Rules = { functions: { ...own, ...sums, ...spreads, ...bits, ...orderedSets } };
