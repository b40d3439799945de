import { PgError } from '../pg-error.js';
import type { Expression } from '../sql/ast.js';
import { some } from './walk.js';

const AGGREGATES = words(
  'count sum avg min max array_agg string_agg json_agg jsonb_agg json_object_agg jsonb_object_agg bool_and bool_or every bit_and bit_or bit_xor ' +
    'stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope ' +
    'regr_sxx regr_sxy regr_syy mode percentile_cont percentile_disc xmlagg range_agg range_intersect_agg st_extent st_collect st_union any_value',
);
const ORDERED_SETS = words('mode percentile_cont percentile_disc');
const WINDOW_FUNCTIONS = words('row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value');

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

export function isAggregateName(name: string): boolean {
  return AGGREGATES.has(name);
}

/** Those that stand before WITHIN GROUP. */
export function isOrderedSetName(name: string): boolean {
  return ORDERED_SETS.has(name);
}

/** Those that need OVER. */
export function isWindowName(name: string): boolean {
  return WINDOW_FUNCTIONS.has(name);
}

export function isAggregate(node: Expression): boolean {
  return node.kind === 'call' && node.over === undefined && isAggregateName(node.path.at(-1) ?? '');
}

export function isWindowCall(node: Expression): boolean {
  return node.kind === 'call' && node.over !== undefined;
}

/** What is reckoned over rows can't say which rows there are. `place` names the clause as PostgreSQL does. */
export function refuseAggregates(node: Expression, place: string): void {
  if (some(node, isAggregate)) throw new PgError('42803', `aggregate functions are not allowed in ${place}`);
  refuseWindows(node, place);
}

export function refuseWindows(node: Expression, place: string): void {
  if (some(node, isWindowCall)) throw new PgError('42P20', `window functions are not allowed in ${place}`);
}
