import type { Between, Expression, In, Is, Like, Quantified } from './ast.js';
import { parseParentheses } from './parse-parentheses.js';
import { refused, type TokenStream } from './token-stream.js';

type ReadOperand = () => Expression;

const PREDICATES = ['in', 'between', 'like', 'ilike', 'similar'] as const;
type Predicate = (typeof PREDICATES)[number];

/** Which predicate begins at the current word, with or without NOT. */
export function predicateAt(stream: TokenStream): Predicate | undefined {
  if (!stream.isWord('not')) return stream.oneOf(PREDICATES);
  const { kind, text } = stream.peek(1);
  return kind === 'word' ? PREDICATES.find((word) => word === text) : undefined;
}

/** An operator, or `OPERATOR(schema.op)`. */
export function parseOperatorName(stream: TokenStream): string {
  if (stream.token.kind === 'operator') return stream.next().text;
  stream.expectWord('operator');
  return stream.parenthesised(() => {
    while (stream.isName()) {
      stream.next();
      stream.expect('.');
    }
    if (stream.token.kind !== 'operator') throw stream.syntaxError();
    return stream.next().text;
  });
}

const QUANTIFIERS = ['any', 'some', 'all'] as const;

export function isQuantifier(stream: TokenStream): boolean {
  return stream.oneOf(QUANTIFIERS) !== undefined;
}

export function parseQuantified(stream: TokenStream, left: Expression, operator: string): Quantified {
  const quantifier = stream.expectOneOf(QUANTIFIERS) === 'all' ? 'all' : 'any';
  const index = stream.index;
  const content = parseParentheses(stream);
  if (content.select !== undefined)
    return { kind: 'quantified', operator, quantifier, left, right: { kind: 'subquery', select: content.select } };
  const [right, ...others] = content.expressions;
  if (right === undefined || others.length > 0) throw stream.syntaxError(index + 1);
  return { kind: 'quantified', operator, quantifier, left, right };
}

export function parseIn(stream: TokenStream, operand: Expression, negated: boolean): In {
  stream.expectWord('in');
  const content = parseParentheses(stream);
  return { kind: 'in', negated, operand, list: content.select ?? content.expressions };
}

export function parseBetween(stream: TokenStream, operand: Expression, negated: boolean, readOperand: ReadOperand): Between {
  stream.expectWord('between');
  const symmetric = stream.acceptOneOf(['symmetric', 'asymmetric']) === 'symmetric';
  const low = stream.restrictedExpression();
  stream.expectWord('and');
  return { kind: 'between', negated, symmetric, operand, low, high: readOperand() };
}

export function parseLike(stream: TokenStream, operand: Expression, negated: boolean, readOperand: ReadOperand): Like | Quantified {
  const word = stream.expectOneOf(['like', 'ilike', 'similar']);
  // `substring(x SIMILAR y ESCAPE z)`: elsewhere TO follows.
  if (word === 'similar' && stream.token.kind === 'string') throw refused('substring() by a regular expression');
  if (word === 'similar') stream.expectWord('to');
  if (word !== 'similar' && isQuantifier(stream)) return parseQuantified(stream, operand, negated ? `not ${word}` : word);
  const pattern = readOperand();
  const like: Like = { kind: 'like', operator: word === 'similar' ? 'similar to' : word, negated, operand, pattern };
  return stream.acceptWord('escape') ? { ...like, escape: readOperand() } : like;
}

const IS_WORDS = ['is', 'isnull', 'notnull'] as const;

export function parseIs(stream: TokenStream, operand: Expression, readOperand: ReadOperand): Is | Expression {
  const word = stream.expectOneOf(IS_WORDS);
  if (word !== 'is') return { kind: 'is', negated: word === 'notnull', operand, what: 'null' };
  const negated = stream.acceptWord('not');
  if (stream.acceptWord('distinct', 'from')) {
    const right = readOperand();
    // Alone of them all it ends with an operand, and so may not be followed by another IS.
    if (stream.oneOf(IS_WORDS)) throw stream.syntaxError();
    return { kind: 'binary', operator: negated ? 'is not distinct from' : 'is distinct from', left: operand, right };
  }
  if (stream.oneOf(['document', 'normalized', 'nfc', 'nfd', 'nfkc', 'nfkd'])) throw refused(`IS ${stream.token.text.toUpperCase()}`);
  return { kind: 'is', negated, operand, what: stream.expectOneOf(['null', 'true', 'false', 'unknown']) };
}
