import { UnsupportedOnFallbackError } from '../../../errors.js';
import { plainWords } from '../../types/composite/plain-words.js';
import { queryOfOperators, queryOfWebsearch, queryOfWords } from '../../types/composite/tsquery-making.js';
import { type TsQuery, tsqueryText } from '../../types/composite/tsquery.js';
import { tsvectorOfWords, withoutPositions, withWeight } from '../../types/composite/tsvector.js';
import type { PgType } from '../../types/pg-type.js';
import { refuseResult } from '../coerce.js';
import { madeOf } from '../made-of.js';
import { lexemeCount } from '../operators/text-search-sql.js';
import { repeated } from '../repeated.js';
import { INT4, isText, TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { refusedSql } from './refusal.js';

const TSVECTOR: PgType = { key: 'tsvector' };
const TSQUERY: PgType = { key: 'tsquery' };

/** `name('simple', text)`, of a text that is known before the statement runs: SQLite has no parser of texts. */
function byConfiguration(name: string, type: PgType, make: (text: string) => string): FunctionRule {
  return ([configuration, text, ...more], context) => {
    if (!configuration || more.length > 0) return undefined;
    if (!text || !isSimple(configuration, context)) throw otherConfiguration(name);
    if (!isText(text.type) && text.type.key !== 'unknown') throw ofOther(name);
    refuseResult(text);
    const sql = madeOf(text, TEXT, (stored) => make(String(stored)), context);
    if (sql === undefined) throw ofOther(name);
    return { sql, type };
  };
}

function isSimple({ pending }: Typed, context: Translation): boolean {
  if (typeof pending !== 'object' || pending.kind !== 'literal') return false;
  return /^(?:pg_catalog\.)?simple$/.test(context.valueOf(pending));
}

function otherConfiguration(name: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `${name}() by a configuration other than 'simple'`,
    `Name the configuration 'simple', which knows no stems and stop words: ${name}('simple', …), or cast a text to tsvector or tsquery.`,
  );
}

function ofOther(name: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `${name}() of a column or an expression`,
    'Store a tsvector that the program makes of a literal or parameter, or search with LIKE or ILIKE.',
  );
}

function queryBy(name: string, make: (text: string) => TsQuery | undefined): FunctionRule {
  return byConfiguration(name, TSQUERY, (text) => tsqueryText(make(text)));
}

/** What is done with a vector that is known before the statement runs. */
function changed(name: string, make: (vector: string, weight: string) => string): FunctionRule {
  return ([vector, weight, ...more], context) => {
    if (vector?.type.key !== 'tsvector' || more.length > 0 || (name === 'setweight') !== Boolean(weight)) return undefined;
    const { pending } = weight ?? {};
    const letter = typeof pending === 'object' && pending.kind === 'literal' ? context.valueOf(pending) : '';
    const sql = weight && letter === '' ? undefined : madeOf(vector, TSVECTOR, (stored) => make(String(stored), letter), context);
    if (sql === undefined) throw ofOther(name);
    return { sql, type: TSVECTOR };
  };
}

const length: FunctionRule = ([vector, ...more]) => {
  if (vector?.type.key !== 'tsvector' || more.length > 0) return undefined;
  const unclear = refusedSql('length() of a tsvector with apostrophes at the ends of lexemes', 'Count its lexemes in the program.');
  return { sql: repeated([vector.sql], (v = '') => lexemeCount(v, unclear)), type: INT4 };
};

const REFUSED = (
  'ts_rank ts_rank_cd ts_headline numnode querytree tsvector_to_array array_to_tsvector ts_delete ts_filter tsquery_phrase ts_rewrite ' +
  'setweight strip json_to_tsvector jsonb_to_tsvector'
).split(' ');

function refused(name: string): FunctionRule {
  return () => {
    throw new UnsupportedOnFallbackError(`The function ${name}`, 'Sort and mark what is found in the program.');
  };
}

const own: NonNullable<Rules['functions']> = {
  to_tsvector: [byConfiguration('to_tsvector', TSVECTOR, (text) => tsvectorOfWords(plainWords(text)))],
  to_tsquery: [queryBy('to_tsquery', queryOfOperators)],
  plainto_tsquery: [queryBy('plainto_tsquery', (text) => queryOfWords(text, 'and'))],
  phraseto_tsquery: [queryBy('phraseto_tsquery', (text) => queryOfWords(text, 'phrase'))],
  websearch_to_tsquery: [queryBy('websearch_to_tsquery', queryOfWebsearch)],
  setweight: [changed('setweight', withWeight), refused('setweight')],
  strip: [changed('strip', withoutPositions), refused('strip')],
  length: [length],
};

export const rules: Rules = {
  functions: { ...Object.fromEntries(REFUSED.map((name) => [name, [refused(name)]])), ...own },
};
