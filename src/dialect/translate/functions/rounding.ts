import { cast } from '../casts.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';

/** So many decimals leave room for numbers of as many digits before the point. */
const MOST_DECIMALS = 9;

/** `round(avg(x), 2)`: a number of any length becomes one of few decimals, which SQLite can reckon with. */
const round: FunctionRule = ([value, decimals, ...more], context) => {
  if (!value || more.length > 0 || value.pending !== undefined) return undefined;
  if (value.type.key !== 'numeric' || value.type.scale !== undefined || value.onlyAsResult !== undefined) return undefined;
  const scale = decimals ? knownCount(decimals, context) : 0;
  return scale === undefined || scale > MOST_DECIMALS ? undefined : cast(value, { key: 'numeric', scale }, context, 'explicit');
};

function knownCount({ pending, type }: Typed, context: Translation): number | undefined {
  if (typeof pending !== 'object' || pending.kind !== 'literal' || type.key !== 'int4') return undefined;
  return Number(context.valueOf(pending));
}

export const rules: Rules = { functions: { round: [round] } };
