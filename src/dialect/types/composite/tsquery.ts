import { PgError } from '../../pg-error.js';
import type { Codec } from '../codec.js';
import type { PgType } from '../pg-type.js';
import { LexemeReader, printLexeme } from './lexeme-reader.js';

export type TsQuery =
  | { readonly kind: 'lexeme'; readonly text: string; readonly isPrefix: boolean; readonly weights: string }
  | { readonly kind: 'not'; readonly operand: TsQuery }
  | { readonly kind: 'and' | 'or'; readonly left: TsQuery; readonly right: TsQuery }
  | { readonly kind: 'phrase'; readonly left: TsQuery; readonly right: TsQuery; readonly distance: number };

const PRIORITY = { or: 1, and: 2, phrase: 3, not: 4, lexeme: 5 } as const;
const MOST_DISTANCE = 16384;

/** Stored as PostgreSQL prints it. */
export function tsqueryCodec(type: PgType): Codec {
  return {
    type,
    affinity: 'TEXT',
    input: (text) => tsqueryText(parseTsquery(text)),
    output: String,
    toJs: String,
  };
}

/** As PostgreSQL prints it. */
export function tsqueryText(query: TsQuery | undefined): string {
  return query ? printTsquery(query) : '';
}

/** Undefined for the query without lexemes. @throws PgError 42601 */
export function parseTsquery(text: string): TsQuery | undefined {
  const reader = new LexemeReader(text, 'tsquery');
  reader.skipSpaces();
  if (reader.isAtEnd) return undefined;
  const query = readOperators(reader, PRIORITY.or);
  reader.expectEnd();
  return query;
}

/** Operators of the level and those that bind more tightly. */
function readOperators(reader: LexemeReader, level: number): TsQuery {
  if (level > PRIORITY.phrase) return readOperand(reader);
  let query = readOperators(reader, level + 1);
  for (let next = readNext(reader, level, query); next; next = readNext(reader, level, query)) query = next;
  return query;
}

function readNext(reader: LexemeReader, level: number, left: TsQuery): TsQuery | undefined {
  reader.skipSpaces();
  if (level === PRIORITY.phrase) {
    const distance = readDistance(reader);
    return distance === undefined ? undefined : { kind: 'phrase', left, right: readOperators(reader, level + 1), distance };
  }
  if (!reader.takes(level === PRIORITY.or ? '|' : '&')) return undefined;
  return { kind: level === PRIORITY.or ? 'or' : 'and', left, right: readOperators(reader, level + 1) };
}

function readDistance(reader: LexemeReader): number | undefined {
  if (!reader.takes('<')) return undefined;
  const distance = reader.takes('-') ? '1' : reader.takeWhile(/\d/);
  if (distance === '' || !reader.takes('>') || reader.isAtEnd) throw reader.syntaxError();
  if (Number(distance) > MOST_DISTANCE) {
    throw new PgError('22023', `distance in phrase operator must be an integer value between zero and ${MOST_DISTANCE} inclusive`);
  }
  return Number(distance);
}

function readOperand(reader: LexemeReader): TsQuery {
  reader.skipSpaces();
  if (reader.takes('!')) return { kind: 'not', operand: readOperand(reader) };
  if (reader.takes('(')) {
    const inner = readOperators(reader, PRIORITY.or);
    reader.skipSpaces();
    if (!reader.takes(')')) throw reader.syntaxError();
    return inner;
  }
  if (reader.isAtEnd) throw new PgError('42601', `no operand in tsquery: "${reader.text}"`);
  const text = reader.next() ?? '';
  const flags = reader.takes(':') ? reader.takeWhile(/[*a-d]/i).toUpperCase() : '';
  return {
    kind: 'lexeme',
    text,
    isPrefix: flags.includes('*'),
    weights: ['A', 'B', 'C', 'D'].filter((weight) => flags.includes(weight)).join(''),
  };
}

function printTsquery(query: TsQuery, parentPriority = 0, isRightOfPhrase = false): string {
  if (query.kind === 'lexeme') {
    const flags = `${query.isPrefix ? '*' : ''}${query.weights}`;
    return `${printLexeme(query.text)}${flags === '' ? '' : `:${flags}`}`;
  }
  const priority = PRIORITY[query.kind];
  const text = query.kind === 'not' ? `!${printTsquery(query.operand, priority)}` : printBinary(query, priority);
  const needsParentheses = priority < parentPriority || (query.kind === 'phrase' && isRightOfPhrase);
  return needsParentheses ? `( ${text} )` : text;
}

function printBinary(query: Extract<TsQuery, { left: TsQuery }>, priority: number): string {
  const left = printTsquery(query.left, priority);
  const right = printTsquery(query.right, priority, query.kind === 'phrase');
  return `${left} ${operatorOf(query)} ${right}`;
}

function operatorOf(query: Extract<TsQuery, { left: TsQuery }>): string {
  if (query.kind !== 'phrase') return query.kind === 'and' ? '&' : '|';
  return query.distance === 1 ? '<->' : `<${query.distance}>`;
}
