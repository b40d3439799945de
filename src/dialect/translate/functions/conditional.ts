import type { PgType } from '../../types/pg-type.js';
import { UnsupportedOnFallbackError } from '../../../errors.js';
import { coerce, refuseResult, settled } from '../coerce.js';
import { commonType } from '../common-type.js';
import { comparedText, orderKey } from '../comparisons.js';
import { operate } from '../operate.js';
import { INT4, isInteger, isNumber, isText, TEXT, withoutModifiers } from '../same-type.js';
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

/** The first argument's type as the operator `=` takes it: varchar as text, an integer beside a numeric as numeric. */
function comparedAs(left: Typed, right: Typed): PgType {
  const [a, b] = [left.type, right.type];
  if (a.key === 'unknown') return b.key === 'unknown' || b.key === 'varchar' ? TEXT : ofOperator(withoutModifiers(b));
  if (a.key === 'name') return a;
  if (isText(a) && isText(b)) return withoutModifiers(comparedText(a, b));
  if (a.key === 'varchar') return TEXT;
  if (a.key === 'time' && b.key === 'interval') return b;
  const isWidened = (isInteger(a) && isNumber(b) && !isInteger(b)) || (a.key === 'numeric' && isFloat(b));
  if (!isWidened) return ofOperator(commonType([left], 'NULLIF'));
  return isFloat(b) ? { key: 'float8' } : commonType([left, right], 'NULLIF');
}

/** cidr has no operators of its own. */
function ofOperator(type: PgType): PgType {
  return type.key === 'cidr' ? { key: 'inet' } : type;
}

function isFloat({ key }: PgType): boolean {
  return key === 'float4' || key === 'float8';
}

/** Its type is the first argument's; the comparison is that of `=`. */
const nullif: FunctionRule = ([left, right, ...more], context) => {
  if (!left || !right || more.length > 0) return undefined;
  const test = operate('=', left, right, context);
  const type = comparedAs(left, right);
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

/** `num_nulls(a, b, …)` and `num_nonnulls`. */
function counted(test: string): FunctionRule {
  return (args, context) => {
    if (args.length === 0) return undefined;
    for (const argument of args) refuseResult(argument);
    const tests = args.map((argument) => (argument.pending === 'null' ? `(NULL ${test})` : `(${rowOrValue(argument, context)} ${test})`));
    return { sql: `(${tests.join(' + ')})`, type: INT4 };
  };
}

function rowOrValue(argument: Typed, context: Translation): string {
  if (!argument.elements) return settled(argument, context).sql;
  throw new UnsupportedOnFallbackError('num_nulls() of a row', 'Name its columns.');
}

export const rules: Rules = {
  functions: {
    num_nulls: [counted('IS NULL')],
    num_nonnulls: [counted('IS NOT NULL')],
    coalesce: [coalesce],
    nullif: [nullif],
    greatest: [extreme('max', 'GREATEST')],
    least: [extreme('min', 'LEAST')],
  },
};
