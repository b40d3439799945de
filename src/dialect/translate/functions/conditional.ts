import { coerce } from '../coerce.js';
import { commonType } from '../common-type.js';
import { orderKey } from '../comparisons.js';
import { operate } from '../operate.js';
import { TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';

function unified(args: readonly Typed[], construct: string, context: Translation): readonly Typed[] {
  const type = commonType(args, construct);
  return args.map((argument) => coerce(argument, type, context));
}

const coalesce: FunctionRule = (args, context) => {
  const [first, ...rest] = unified(args, 'COALESCE', context);
  if (!first) return undefined;
  if (rest.length === 0) return { sql: first.sql, type: first.type };
  return { sql: `coalesce(${[first, ...rest].map(({ sql }) => sql).join(', ')})`, type: first.type };
};

/** Its type is the first argument's; the comparison is that of `=`. */
const nullif: FunctionRule = ([left, right, ...more], context) => {
  if (!left || !right || more.length > 0) return undefined;
  const test = operate('=', left, right, context);
  const type = left.type.key === 'varchar' ? TEXT : commonType([left], 'NULLIF');
  return { sql: `(CASE WHEN ${test.sql} THEN NULL ELSE ${coerce(left, type, context).sql} END)`, type };
};

/** PostgreSQL ignores NULLs; SQLite's max(a, b) is NULL where one is. */
function extreme(name: 'max' | 'min', construct: string): FunctionRule {
  return (args, context) => {
    const values = unified(args, construct, context);
    const [first] = values;
    if (!first) return undefined;
    const isKeyed = values.some((value) => orderKey(value) !== value.sql);
    return { sql: isKeyed ? byKeys(values, name === 'max' ? '>=' : '<=') : byValues(values, name), type: first.type };
  };
}

function byValues(values: readonly Typed[], name: 'max' | 'min'): string {
  const all = values.map(({ sql }) => sql);
  if (all.length === 1) return all.join('');
  const filled = all.map((_, index) => `coalesce(${[...all.slice(index), ...all.slice(0, index)].join(', ')})`);
  return `${name}(${filled.join(', ')})`;
}

function byKeys([first, ...rest]: readonly Typed[], operator: string): string {
  if (!first) return 'NULL';
  return rest.reduce((best, value) => {
    const key = orderKey({ sql: best, type: first.type });
    return `(CASE WHEN ${value.sql} IS NULL OR ${key} ${operator} ${orderKey(value)} THEN ${best} ELSE ${value.sql} END)`;
  }, first.sql);
}

export const rules: Rules = {
  functions: {
    coalesce: [coalesce],
    nullif: [nullif],
    greatest: [extreme('max', 'GREATEST')],
    least: [extreme('min', 'LEAST')],
  },
};
