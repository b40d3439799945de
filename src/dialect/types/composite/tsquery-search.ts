import { UnsupportedOnFallbackError } from '../../../errors.js';
import { printLexeme } from './lexeme-reader.js';
import type { TsQuery } from './tsquery.js';

type Lexeme = Extract<TsQuery, { kind: 'lexeme' }>;

/** Lexemes of which one must be at a distance from the first place of a phrase. */
interface Place {
  readonly lexemes: readonly Lexeme[];
  readonly offset: number;
}

/** A phrase; a lexeme alone is one, too. */
type Phrase = readonly Place[];

/** That a phrase is in the vector or is not. */
interface Condition {
  readonly phrase: Phrase;
  readonly isNegated: boolean;
}

/** Of more alternatives than these each row would take long. */
const MOST_ALTERNATIVES = 64;

/**
 * A query as JSON that SQL evaluates for a vector: alternatives, each a list of conditions that must all hold. Of a lexeme without weights
 * `[isNegated, beforePositions, beforeBlank]`, two texts of which one must be in the vector's; else `[isNegated, phrase]`, a phrase having
 * `[lexemes, offset]` for each of its places, a lexeme being `[start, isPrefix, weights]`.
 * @throws UnsupportedOnFallbackError
 */
export function searchOf(query: TsQuery | undefined): string {
  const alternatives = query ? alternativesOf(query, false) : [];
  return JSON.stringify(alternatives.map((conditions) => conditions.map(written)));
}

/** Of a query that is one lexeme: two texts of which one must be in the vector's. */
export function loneLexemeOf(query: TsQuery | undefined): readonly [string, string] | undefined {
  if (query?.kind !== 'lexeme' || query.weights !== '') return undefined;
  const start = startOf(query);
  return query.isPrefix ? [start, start] : [`${start}:`, `${start} `];
}

/** Texts that must all be in a vector's for the query to match: most vectors are told by them at once. */
export function neededBy(query: TsQuery | undefined): readonly string[] {
  const [conditions = [], ...others] = query ? alternativesOf(query, false) : [];
  if (others.length > 0) return [];
  return conditions
    .filter(({ isNegated }) => !isNegated)
    .flatMap(({ phrase }) => phrase.flatMap(({ lexemes: [lexeme, ...more] }) => (lexeme && more.length === 0 ? [startOf(lexeme)] : [])));
}

function written({ phrase, isNegated }: Condition): unknown {
  const [lexeme, ...others] = phrase.flatMap(({ lexemes }) => lexemes);
  if (!lexeme || others.length > 0 || lexeme.weights !== '') {
    return [Number(isNegated), phrase.map(({ lexemes, offset }) => [lexemes.map(writtenLexeme), offset])];
  }
  const start = startOf(lexeme);
  return lexeme.isPrefix ? [Number(isNegated), start, start] : [Number(isNegated), `${start}:`, `${start} `];
}

function writtenLexeme(lexeme: Lexeme): unknown {
  return [startOf(lexeme), Number(lexeme.isPrefix), lexeme.weights];
}

/** How a lexeme begins in a vector's text, with the blank before it; of a prefix the end is open. */
function startOf({ text, isPrefix }: Lexeme): string {
  // Behind a lexeme that ends with a blank or begins with one it could not be told from an end.
  if (/^[\s:]|\s$/.test(text)) throw unsupported('A text search for a lexeme that begins or ends with a blank or a colon');
  const printed = printLexeme(text);
  return ` ${isPrefix ? printed.slice(0, -1) : printed}`;
}

/** Disjunctive normal form. */
function alternativesOf(query: TsQuery, isNegated: boolean): readonly (readonly Condition[])[] {
  switch (query.kind) {
    case 'not':
      return alternativesOf(query.operand, !isNegated);
    case 'and':
    case 'or': {
      const [left, right] = [alternativesOf(query.left, isNegated), alternativesOf(query.right, isNegated)];
      const isEither = (query.kind === 'or') !== isNegated;
      return limited(isEither ? [...left, ...right] : left.flatMap((some) => right.map((more) => [...some, ...more])));
    }
    default:
      return [[{ phrase: phraseOf(query), isNegated }]];
  }
}

function phraseOf(query: TsQuery): Phrase {
  switch (query.kind) {
    case 'lexeme':
      return [{ lexemes: [query], offset: 0 }];
    case 'or':
      return either(phraseOf(query.left), phraseOf(query.right));
    case 'phrase':
      return following(phraseOf(query.left), phraseOf(query.right), query.distance);
    default:
      throw unsupported('A text search for a phrase with & or ! in it');
  }
}

function either([left, ...more]: Phrase, [right, ...others]: Phrase): Phrase {
  if (left && right && more.length === 0 && others.length === 0) return [{ lexemes: [...left.lexemes, ...right.lexemes], offset: 0 }];
  throw unsupported('A text search for a phrase with alternatives that are phrases');
}

function following(left: Phrase, right: Phrase, distance: number): Phrase {
  const start = Math.max(...left.map(({ offset }) => offset)) + distance;
  return [...left, ...right.map(({ lexemes, offset }) => ({ lexemes, offset: offset + start }))];
}

function limited<Item>(items: readonly Item[]): readonly Item[] {
  if (items.length > MOST_ALTERNATIVES) throw unsupported('A text search for so many alternatives');
  return items;
}

function unsupported(feature: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(feature, 'Search in several steps, with LIKE or ILIKE, or in the program.');
}
