import { UnsupportedOnFallbackError } from '../../../errors.js';
import { plainWords } from './plain-words.js';
import { parseTsquery, type TsQuery } from './tsquery.js';

/*
 * What makes a tsquery of a text by the configuration "simple". Each gives `undefined` for the query without lexemes.
 */

type Joint = 'and' | 'phrase';

/** PostgreSQL's to_tsquery: the words of an operand of several are a phrase. @throws PgError 42601 */
export function queryOfOperators(text: string): TsQuery | undefined {
  const query = parseTsquery(text);
  return query && withWords(query);
}

function withWords(query: TsQuery): TsQuery {
  if (query.kind === 'not') return { ...query, operand: withWords(query.operand) };
  if (query.kind !== 'lexeme') return { ...query, left: withWords(query.left), right: withWords(query.right) };
  const { isPrefix, weights } = query;
  const words = plainWords(query.text).map((text): TsQuery => ({ kind: 'lexeme', text, isPrefix, weights }));
  const joined = joinedQuery(words, 'phrase');
  if (joined) return joined;
  throw new UnsupportedOnFallbackError('A text search with an operand without words', 'Leave it out.');
}

/** plainto_tsquery and phraseto_tsquery. */
export function queryOfWords(text: string, joint: Joint): TsQuery | undefined {
  return joinedQuery(plainWords(text).map(lexeme), joint);
}

/** websearch_to_tsquery, of words, phrases in quotation marks, `or` and `-`. */
export function queryOfWebsearch(text: string): TsQuery | undefined {
  const tokens = text.match(/\S*"[^"]*"|\S+/g) ?? [];
  const alternatives: TsQuery[][] = [[]];
  for (const [index, token] of tokens.entries()) {
    if (/^or$/i.test(token)) {
      if (index === 0 || index === tokens.length - 1 || alternatives.at(-1)?.length === 0) throw unclear();
      alternatives.push([]);
    } else alternatives.at(-1)?.push(operandOf(token));
  }
  const all = alternatives.map((operands) => joinedQuery(operands, 'and'));
  return all.reduce((left, right) => (left && right ? { kind: 'or', left, right } : (left ?? right)), undefined);
}

function operandOf(token: string): TsQuery {
  const [, minus, word, phrase] = /^(-)?(?:([A-Za-z0-9]+)|"([A-Za-z0-9 ]+)")$/.exec(token) ?? [];
  if (word !== undefined && minus !== undefined && /^or$/i.test(word)) throw unclear();
  const operand = joinedQuery(plainWords(word ?? phrase ?? '').map(lexeme), 'phrase');
  if (!operand) throw unclear();
  return minus === undefined ? operand : { kind: 'not', operand };
}

function lexeme(text: string): TsQuery {
  return { kind: 'lexeme', text, isPrefix: false, weights: '' };
}

function joinedQuery([first, ...rest]: readonly TsQuery[], joint: Joint): TsQuery | undefined {
  if (!first) return undefined;
  return rest.reduce(
    (left, right): TsQuery => (joint === 'and' ? { kind: 'and', left, right } : { kind: 'phrase', left, right, distance: 1 }),
    first,
  );
}

function unclear(): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    'websearch_to_tsquery() of a text of more than words, phrases, "or" and "-"',
    'Leave out its other characters, or write the query for to_tsquery().',
  );
}
