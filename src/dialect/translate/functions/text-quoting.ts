import { QUOTED_WORDS } from '../../types/format-type.js';
import { asText } from '../operators/text.js';
import { quoteText } from '../quote.js';
import { repeated } from '../repeated.js';
import { TEXT } from '../same-type.js';
import type { FunctionRule, Rules } from '../typed.js';
import { simple } from './signature.js';

/** SQL: a name, in quotation marks where SQL needs them. */
export function identifier(sql: string): string {
  const words = [...QUOTED_WORDS].map(quoteText).join(', ');
  return repeated([sql], (x = '') => {
    const isPlain = `${x} GLOB '[a-z_]*' AND ${x} NOT GLOB '*[^a-z0-9_]*' AND ${x} NOT IN (${words})`;
    return `iif(${x} IS NULL OR (${isPlain}), ${x}, '"' || replace(${x}, '"', '""') || '"')`;
  });
}

/** SQL: a text as a literal; one with backslashes is an escape string. */
export function quotedLiteral(sql: string): string {
  return repeated(
    [sql],
    (x = '') => `iif(instr(${x}, '\\'), 'E', '') || '''' || replace(replace(${x}, '''', ''''''), '\\', '\\\\') || ''''`,
  );
}

function quoting(write: (sql: string) => string): FunctionRule {
  return ([argument, ...more], context) =>
    argument && more.length === 0 ? { sql: `(${write(asText(argument, context).sql)})`, type: TEXT } : undefined;
}

export const rules: NonNullable<Rules['functions']> = {
  quote_ident: [simple(['text'], TEXT, identifier)],
  quote_literal: [quoting(quotedLiteral)],
  quote_nullable: [quoting((sql) => `coalesce(${quotedLiteral(sql)}, 'NULL')`)],
};
