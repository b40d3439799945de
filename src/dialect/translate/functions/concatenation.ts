import { coerce } from '../coerce.js';
import { asText } from '../operators/text.js';
import { TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';

/** A value as its output function writes it: a boolean as `t`, where a cast makes `true`, and `char(4)` with its blanks. */
export function output(typed: Typed, context: Translation): string {
  if (typed.type.key === 'bpchar' && typed.pending === undefined) return typed.sql;
  if (typed.type.key === 'bool') return `iif(${typed.sql}, 't', iif(${typed.sql} IS NULL, NULL, 'f'))`;
  return asText(typed, context).sql;
}

const concat: FunctionRule = (args, context) => {
  if (args.length === 0) return undefined;
  return { sql: `concat(${args.map((argument) => output(argument, context)).join(', ')})`, type: TEXT };
};

const concatWithSeparator: FunctionRule = ([separator, ...args], context) => {
  if (!separator || args.length === 0) return undefined;
  const values = [coerce(separator, TEXT, context).sql, ...args.map((argument) => output(argument, context))];
  return { sql: `concat_ws(${values.join(', ')})`, type: TEXT };
};

export const rules: NonNullable<Rules['functions']> = { concat: [concat], concat_ws: [concatWithSeparator] };
