import type { PgType, TypeKey } from '../../types/pg-type.js';
import { coerce, refuseResult } from '../coerce.js';
import { isImplicit } from '../common-type.js';
import { textSql } from '../comparisons.js';
import { isText } from '../same-type.js';
import type { FunctionRule, Translation, Typed } from '../typed.js';

/** The arguments' SQL as the parameters' types; `undefined` where PostgreSQL would not take them without a cast. */
export function taken(args: readonly Typed[], parameters: readonly TypeKey[], context: Translation): readonly string[] | undefined {
  if (args.length !== parameters.length) return undefined;
  const values = parameters.map((key, index) => takenOne(args[index], key, context));
  return values.every((value) => value !== undefined) ? values : undefined;
}

function takenOne(argument: Typed | undefined, key: TypeKey, context: Translation): string | undefined {
  if (!argument) return undefined;
  if (isText(argument.type)) refuseResult(argument);
  if (argument.pending === undefined && key === 'text' && isText(argument.type)) return textSql(argument);
  if (argument.type.key !== 'unknown' && !isImplicit(argument.type, { key })) return undefined;
  return coerce(argument, { key }, context).sql;
}

/** A function of fixed parameters. */
export function simple(parameters: readonly TypeKey[], result: PgType, sql: (...args: readonly string[]) => string): FunctionRule {
  return (args, context) => {
    const values = taken(args, parameters, context);
    return values && { sql: sql(...values), type: result };
  };
}
