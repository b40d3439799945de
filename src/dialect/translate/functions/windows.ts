import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce, settled } from '../coerce.js';
import { commonType } from '../common-type.js';
import { raiseSql } from '../raise.js';
import { INT4, INT8 } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { aggregateSuffix } from './aggregate-call.js';
import { taken } from './signature.js';

type Arguments = (args: readonly Typed[], context: Translation) => { readonly sql: string; readonly type: PgType } | undefined;

/** A function that looks over the rows of its window. */
function windowFunction(name: string, read: Arguments): FunctionRule {
  return (args, context, call, scope) => {
    if (call.withinGroup)
      throw new UnsupportedOnFallbackError(`${name}() WITHIN GROUP`, 'Count the rows that come before: count(*) with a condition.');
    if (isHypothetical(name) && args.length > 0) {
      throw new PgError('42809', `WITHIN GROUP is required for ordered-set aggregate ${name}`);
    }
    const taken = read(args, context);
    if (!taken) return undefined;
    if (call.over === undefined) throw withoutOver(name);
    return { sql: `${name}(${taken.sql})${aggregateSuffix(call, scope, context)}`, type: taken.type };
  };
}

/** With arguments they say where a row would be: an aggregate. */
function isHypothetical(name: string): boolean {
  return ['rank', 'dense_rank', 'percent_rank', 'cume_dist'].includes(name);
}

function withoutOver(name: string): PgError {
  return new PgError('42809', `window function ${name} requires an OVER clause`);
}

function withoutArguments(type: PgType): Arguments {
  return (args) => (args.length === 0 ? { sql: '', type } : undefined);
}

/** A number of buckets that is NULL makes all of them NULL, which SQLite's doesn't know. */
const ntile: FunctionRule = (args, context, call, scope) => {
  const [count] = taken(args, ['int4'], context) ?? [];
  if (count === undefined) return undefined;
  if (call.over === undefined) throw withoutOver('ntile');
  const positive = `iif(${count} <= 0, ${raiseSql('22014', 'argument of ntile must be greater than zero')}, coalesce(${count}, 1))`;
  return { sql: `iif(${count} IS NULL, NULL, ntile(${positive})${aggregateSuffix(call, scope, context)})`, type: INT4 };
};

const oneValue: Arguments = ([value, ...more], context) => (value && more.length === 0 ? settled(value, context) : undefined);

/** Nothing is at the position NULL, nor at the last that there can be. */
const nthValue: Arguments = ([value, ...more], context) => {
  const [position] = taken(more, ['int4'], context) ?? [];
  if (!value || position === undefined) return undefined;
  const { sql, type } = settled(value, context);
  const zero = raiseSql('22016', 'argument of nth_value must be greater than zero');
  return { sql: `${sql}, iif(${position} <= 0, ${zero}, coalesce(${position}, 2147483647))`, type };
};

/** `lag(value, offset, default)`. */
const neighbour: Arguments = ([value, offset, otherwise, ...more], context) => {
  if (!value || more.length > 0 || (offset && !taken([offset], ['int4'], context))) return undefined;
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
    ntile: [ntile],
    lag: [windowFunction('lag', neighbour)],
    lead: [windowFunction('lead', neighbour)],
    first_value: [windowFunction('first_value', oneValue)],
    last_value: [windowFunction('last_value', oneValue)],
    nth_value: [windowFunction('nth_value', nthValue)],
  },
};
