import { UnsupportedOnFallbackError } from '../../../errors.js';
import { printLexeme } from '../../types/composite/lexeme-reader.js';
import { parseTsquery, type TsQuery } from '../../types/composite/tsquery.js';
import { quoteText } from '../quote.js';
import { BOOL } from '../same-type.js';
import type { OperatorRule, Rules, Translation, Typed } from '../typed.js';
import { strict } from './json-sql.js';

/** `tsvector @@ tsquery`, where the query is a literal. */
const matches: OperatorRule = (left, right, context) => {
  const [vector, query] = left.type.key === 'tsvector' ? [left, right] : [right, left];
  if (vector.type.key !== 'tsvector' || !(query.type.key === 'tsquery' || query.type.key === 'unknown')) return undefined;
  const parsed = parseTsquery(textOf(query, context));
  // A query without lexemes finds nothing.
  return { sql: strict([vector.sql], parsed ? condition(vector.sql, parsed) : '0'), type: BOOL };
};

function textOf({ pending }: Typed, context: Translation): string {
  if (typeof pending === 'object' && pending.kind === 'literal') return context.valueOf(pending);
  throw unsupported('A text search for a query that is not a literal');
}

function condition(vector: string, query: TsQuery): string {
  switch (query.kind) {
    case 'not':
      return `(NOT ${condition(vector, query.operand)})`;
    case 'and':
      return `(${condition(vector, query.left)} AND ${condition(vector, query.right)})`;
    case 'or':
      return `(${condition(vector, query.left)} OR ${condition(vector, query.right)})`;
    case 'phrase':
      throw unsupported('A text search for a phrase');
    case 'lexeme':
      return lexeme(vector, query);
  }
}

/** Lexemes are in apostrophes, with blanks between them and a colon before positions; within one an apostrophe is doubled. */
function lexeme(vector: string, { text, isPrefix, weights }: Extract<TsQuery, { kind: 'lexeme' }>): string {
  if (weights !== '') throw unsupported('A text search by weights');
  const printed = printLexeme(text);
  const has = (piece: string): string => `instr(' ' || ${vector} || ' ', ${quoteText(` ${piece}`)}) > 0`;
  return isPrefix ? `(${has(printed.slice(0, -1))})` : `(${has(`${printed} `)} OR ${has(`${printed}:`)})`;
}

function unsupported(feature: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(feature, 'Search with LIKE or ILIKE, or for single words joined by & and |.');
}

export const rules: Rules = { operators: { '@@': [matches] } };
