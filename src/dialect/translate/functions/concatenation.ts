import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import { coerce } from '../coerce.js';
import { asText } from '../operators/text.js';
import { quoteText } from '../quote.js';
import { TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';

/** A value as its output function writes it: a boolean as `t`, where a cast makes `true`. */
function output(typed: Typed, context: Translation): string {
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

/** `format('%s of %s', a, b)`; the text is a literal that the translation knows. */
const format: FunctionRule = ([template, ...args], context) => {
  if (typeof template?.pending !== 'object' || template.pending.kind !== 'literal') {
    throw new UnsupportedOnFallbackError(
      'format() with a text that is not a literal',
      'Write the text as a literal, or join the parts with ||.',
    );
  }
  const parts = context.valueOf(template.pending).split(/(%.)/s);
  const values = [...args];
  const pieces = parts.map((part) => (/^%./s.test(part) ? formatted(part, values, context) : quoteText(part)));
  return { sql: `(${pieces.join(' || ')})`, type: TEXT };
};

function formatted(specifier: string, values: Typed[], context: Translation): string {
  if (specifier === '%%') return `'%'`;
  if (specifier !== '%s')
    throw new UnsupportedOnFallbackError(`format() with ${specifier}`, 'Only %s and %% can be used: join other parts with ||.');
  const value = values.shift();
  if (!value) throw new PgError('22023', 'too few arguments for format()');
  return `coalesce(${output(value, context)}, '')`;
}

export const rules: NonNullable<Rules['functions']> = { concat: [concat], concat_ws: [concatWithSeparator], format: [format] };
