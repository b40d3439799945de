import { PgError } from '../../pg-error.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce, settled } from '../coerce.js';
import { commonType } from '../common-type.js';
import { INT4, INT8 } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { aggregateSuffix } from './aggregate-call.js';

type Arguments = (args: readonly Typed[], context: Translation) => { readonly sql: string; readonly type: PgType } | undefined;

/** A function that looks over the rows of its window. */
function windowFunction(name: string, read: Arguments): FunctionRule {
  return (args, context, call, scope) => {
    const taken = read(args, context);
    if (!taken) return undefined;
    if (call.over === undefined) throw new PgError('42809', `window function ${name} requires an OVER clause`);
    return { sql: `${name}(${taken.sql})${aggregateSuffix(call, scope, context)}`, type: taken.type };
  };
}

function withoutArguments(type: PgType): Arguments {
  return (args) => (args.length === 0 ? { sql: '', type } : undefined);
}

const buckets: Arguments = ([count, ...more], context) => {
  if (!count || more.length > 0) return undefined;
  return { sql: coerce(count, INT4, context).sql, type: INT4 };
};

const oneValue: Arguments = ([value, ...more], context) => (value && more.length === 0 ? settled(value, context) : undefined);

const nthValue: Arguments = ([value, position, ...more], context) => {
  if (!value || !position || more.length > 0) return undefined;
  const taken = settled(value, context);
  return { sql: `${taken.sql}, ${coerce(position, INT4, context).sql}`, type: taken.type };
};

/** `lag(value, offset, default)`. */
const neighbour: Arguments = ([value, offset, otherwise, ...more], context) => {
  if (!value || more.length > 0) return undefined;
  const type = otherwise ? commonType([value, otherwise], 'LAG') : settled(value, context).type;
  const all = [
    coerce(value, type, context),
    ...(offset ? [coerce(offset, INT4, context)] : []),
    ...(otherwise ? [coerce(otherwise, type, context)] : []),
  ];
  return { sql: all.map(({ sql }) => sql).join(', '), type };
};

const FLOAT8: PgType = { key: 'float8' };

export const rules: Rules = {
  functions: {
    row_number: [windowFunction('row_number', withoutArguments(INT8))],
    rank: [windowFunction('rank', withoutArguments(INT8))],
    dense_rank: [windowFunction('dense_rank', withoutArguments(INT8))],
    percent_rank: [windowFunction('percent_rank', withoutArguments(FLOAT8))],
    cume_dist: [windowFunction('cume_dist', withoutArguments(FLOAT8))],
    ntile: [windowFunction('ntile', buckets)],
    lag: [windowFunction('lag', neighbour)],
    lead: [windowFunction('lead', neighbour)],
    first_value: [windowFunction('first_value', oneValue)],
    last_value: [windowFunction('last_value', oneValue)],
    nth_value: [windowFunction('nth_value', nthValue)],
  },
};
