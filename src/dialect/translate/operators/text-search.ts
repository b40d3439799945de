import { UnsupportedOnFallbackError } from '../../../errors.js';
import { loneLexemeOf, neededBy, searchOf } from '../../types/composite/tsquery-search.js';
import { parseTsquery, type TsQuery } from '../../types/composite/tsquery.js';
import type { PgType } from '../../types/pg-type.js';
import { madeOf } from '../made-of.js';
import { repeated } from '../repeated.js';
import { BOOL, isText } from '../same-type.js';
import type { OperatorRule, Rules, Translation, Typed } from '../typed.js';
import { matchSql, type SearchSql } from './text-search-sql.js';

const TSQUERY: PgType = { key: 'tsquery' };

/** `tsvector @@ tsquery`, where the query is a literal, a parameter or made of one. */
const matches: OperatorRule = (left, right, context) => {
  const [vector, query] = left.type.key === 'tsvector' ? [left, right] : [right, left];
  if (vector.type.key !== 'tsvector' || !(query.type.key === 'tsquery' || query.type.key === 'unknown')) return undefined;
  const search = searchSql(query, context);
  return { sql: repeated([vector.sql], (v = '') => matchSql(v, search)), type: BOOL };
};

function searchSql(query: Typed, context: Translation): SearchSql {
  const made = (make: (query: TsQuery | undefined) => string | undefined): string => {
    const sql = madeOf(query, TSQUERY, (stored) => make(parseTsquery(String(stored))) ?? null, context);
    if (sql !== undefined) return sql;
    throw new UnsupportedOnFallbackError(
      'A text search for a query that is not a literal or parameter',
      'Give the query as a literal or parameter, or search with LIKE or ILIKE.',
    );
  };
  const [whole, one, other, first, second] = [
    made(searchOf),
    made((tree) => loneLexemeOf(tree)?.[0]),
    made((tree) => loneLexemeOf(tree)?.[1]),
    made((tree) => neededBy(tree)[0]),
    made((tree) => neededBy(tree)[1]),
  ];
  return { whole, lone: [one, other], needed: [first, second] };
}

/** PostgreSQL makes a tsvector of the text by its default configuration, with stems and stop words. */
const matchesText: OperatorRule = (left, right) => {
  const isOther = [left, right].some(({ type }) => !isText(type) && type.key !== 'unknown' && type.key !== 'tsquery');
  if (isOther) return undefined;
  throw new UnsupportedOnFallbackError(
    'Text search (@@) in a text',
    'Search in a column of the type TSVECTOR, with LIKE or ILIKE, or in the program.',
  );
};

/** Positions move, and queries are put together: the program can do so before. */
function refused(operator: string, ...keys: readonly string[]): OperatorRule {
  return (left, right) => {
    const key = [left.type.key, right.type.key].find((candidate) => keys.includes(candidate));
    if (key === undefined) return undefined;
    throw new UnsupportedOnFallbackError(`The operator ${operator} of ${key}`, 'Put the values together in the program.');
  };
}

export const rules: Rules = {
  operators: {
    '@@': [matches, matchesText],
    '@@@': [matches, matchesText],
    '||': [refused('||', 'tsvector', 'tsquery')],
    '&&': [refused('&&', 'tsquery')],
    '<->': [refused('<->', 'tsquery')],
    '@>': [refused('@>', 'tsquery')],
    '<@': [refused('<@', 'tsquery')],
  },
};
