import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import type { Call, Expression, OrderItem } from '../../sql/ast.js';
import type { Stored } from '../../types/codec.js';
import { codecFor } from '../../types/codecs.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce, refuseResult, settled } from '../coerce.js';
import { equalKey } from '../comparisons.js';
import { repeated } from '../repeated.js';
import { isText, TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Scope, Translation, Typed } from '../typed.js';
import { aggregateCall } from './aggregate-call.js';
import { byFloatOrder, floatDigits, floatsOf, floatText } from './aggregate-floats.js';

const FLOAT8: PgType = { key: 'float8' };

/** What stands in WITHIN GROUP (ORDER BY …): one expression. */
interface Ordered {
  readonly item: OrderItem;
  readonly value: Typed;
}

function orderedOf({ withinGroup, over, path }: Call, scope: Scope, context: Translation): Ordered | undefined {
  if (withinGroup && over !== undefined) throw new PgError('0A000', `OVER is not supported for ordered-set aggregate ${path.at(-1) ?? ''}`);
  const [item, ...more] = withinGroup ?? [];
  if (!item || more.length > 0) return undefined;
  const value = settled(context.expression(item.expression, scope), context);
  refuseResult(value);
  return { item, value };
}

/** An aggregate over those rows alone that have a value. */
function gathered(name: string, sql: string, { item }: Ordered, call: Call, scope: Scope, context: Translation): string {
  const hasValue: Expression = { kind: 'is', negated: true, what: 'null', operand: item.expression };
  const filter: Expression = call.filter ? { kind: 'binary', operator: 'and', left: hasValue, right: call.filter } : hasValue;
  return aggregateCall(name, sql, { ...call, filter, orderBy: [item] }, scope, context);
}

/** A fraction that is a literal. @throws PgError 22003 */
function fractionOf(argument: Typed | undefined, name: string, context: Translation): number {
  const { pending } = argument ?? {};
  const fraction = typeof pending === 'object' && pending.kind === 'literal' ? Number(context.valueOf(pending)) : NaN;
  if (Number.isNaN(fraction)) {
    throw new UnsupportedOnFallbackError(`${name}() of a fraction that is not a literal`, 'Write the fraction into the statement.');
  }
  if (fraction > 1) throw new PgError('22003', `percentile value ${fraction} is not between 0 and 1`);
  return fraction;
}

/** Sorted floats, as JavaScript is given them. */
function sortedFloats(stored: Stored, item: OrderItem): readonly number[] {
  const sorted = [...floatsOf(String(stored), false)].sort(byFloatOrder);
  return item.direction === 'desc' ? sorted.reverse() : sorted;
}

function isFloat({ key }: PgType): boolean {
  return key === 'float4' || key === 'float8';
}

const discrete: FunctionRule = ([argument, ...more], context, call, scope) => {
  const ordered = orderedOf(call, scope, context);
  if (!ordered || more.length > 0) return undefined;
  const fraction = fractionOf(argument, 'percentile_disc', context);
  const { item, value } = ordered;
  if (isFloat(value.type)) {
    const pick = (numbers: readonly number[]): number => numbers[Math.max(1, Math.ceil(fraction * numbers.length)) - 1] ?? NaN;
    return ofFloats(ordered, (numbers) => pick(numbers), 'percentile_disc', [call, scope, context]);
  }
  const sql = repeated([gathered('json_group_array', storable(value), { item, value }, call, scope, context)], (all = '') => {
    const place = `CAST(max(1, ceil(${fraction} * json_array_length(${all}))) AS INTEGER) - 1`;
    return `json_extract(${all}, '$[' || (${place}) || ']')`;
  });
  return { sql, type: resultType(value.type) };
};

/** Of floats JSON would have fifteen digits only. */
function ofFloats(
  ordered: Ordered,
  pick: (numbers: readonly number[]) => number,
  name: string,
  [call, scope, context]: readonly [Call, Scope, Translation],
): Typed {
  const { key } = ordered.value.type;
  return {
    sql: gathered('group_concat', floatDigits(ordered.value.sql), ordered, call, scope, context),
    type: ordered.value.type,
    decode: (stored) =>
      stored === null ? null : floatText(pick(sortedFloats(stored, ordered.item)), key === 'float4' ? 'float4' : 'float8'),
    onlyAsResult: `${name}() in a further expression`,
  };
}

/** What JSON gives back as it was: numbers without decimals, and texts. */
function storable({ sql, type }: Typed): string {
  const { affinity } = codecFor(type);
  if (affinity === 'INTEGER' || affinity === 'TEXT') return sql;
  throw new UnsupportedOnFallbackError(`An ordered-set aggregate of ${type.key} values`, 'Sort them and take the one in the program.');
}

function resultType(type: PgType): PgType {
  return isText(type) && type.key !== 'bpchar' ? TEXT : type;
}

const continuous: FunctionRule = ([argument, ...more], context, call, scope) => {
  const ordered = orderedOf(call, scope, context);
  if (!ordered || more.length > 0) return undefined;
  const fraction = fractionOf(argument, 'percentile_cont', context);
  if (ordered.value.type.key === 'interval')
    throw new UnsupportedOnFallbackError('percentile_cont() of intervals', 'Reckon with seconds, or in the program.');
  const value = coerce(ordered.value, FLOAT8, context);
  return ofFloats({ ...ordered, value }, (numbers) => interpolated(numbers, fraction), 'percentile_cont', [call, scope, context]);
};

/** `percentile_cont_final_common` of src/backend/utils/adt/orderedsetaggs.c. */
function interpolated(numbers: readonly number[], fraction: number): number {
  const place = fraction * (numbers.length - 1);
  const [low, high] = [numbers[Math.floor(place)] ?? NaN, numbers[Math.ceil(place)] ?? NaN];
  return Math.floor(place) === Math.ceil(place) ? low : low + (place - Math.floor(place)) * (high - low);
}

/** The most frequent value; of several the first one in the order. */
const mode: FunctionRule = (args, context, call, scope) => {
  const ordered = orderedOf(call, scope, context);
  if (!ordered || args.length > 0) return undefined;
  if (isFloat(ordered.value.type)) return ofFloats(ordered, mostFrequent, 'mode', [call, scope, context]);
  if (equalKey(ordered.value) !== ordered.value.sql) {
    throw new UnsupportedOnFallbackError(`mode() of ${ordered.value.type.key} values`, 'Group by them and count the rows.');
  }
  const all = gathered('json_group_array', storable(ordered.value), ordered, call, scope, context);
  return {
    sql: `(SELECT value FROM json_each(${all}) GROUP BY value ORDER BY count(*) DESC, min(key) LIMIT 1)`,
    type: resultType(ordered.value.type),
  };
};

function mostFrequent(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return numbers.find((number) => counts.get(number) === most) ?? NaN;
}

export const rules: NonNullable<Rules['functions']> = {
  percentile_disc: [discrete],
  percentile_cont: [continuous],
  mode: [mode],
};
