import type { Expression } from './ast.js';
import {
  isQuantifier,
  parseBetween,
  parseIn,
  parseIs,
  parseLike,
  parseOperatorName,
  parseQuantified,
  predicateAt,
} from './parse-predicate.js';
import { parsePrimary } from './parse-primary.js';
import { parseType } from './parse-type.js';
import type { TokenStream } from './token-stream.js';

/** PostgreSQL's table, from the loosest to the tightest. */
const OR = 1;
const AND = 2;
const NOT = 3;
const IS = 4;
const COMPARISON = 5;
const PREDICATE = 6;
const OTHER = 7;
const SUM = 8;
const PRODUCT = 9;
const POWER = 10;
const AT = 11;
const COLLATE = 12;
const SIGN = 13;
const CAST = 14;

const OPERATORS: Readonly<Record<string, number>> = {
  '<': COMPARISON,
  '>': COMPARISON,
  '=': COMPARISON,
  '<=': COMPARISON,
  '>=': COMPARISON,
  '<>': COMPARISON,
  '+': SUM,
  '-': SUM,
  '*': PRODUCT,
  '/': PRODUCT,
  '%': PRODUCT,
  '^': POWER,
};

interface Infix {
  readonly precedence: number;
  /** True where another of the same precedence may not follow: `a < b < c` is a syntax error. */
  readonly bars: boolean;
  parse(stream: TokenStream, left: Expression): Expression;
}

export function parseExpression(stream: TokenStream, first?: Expression): Expression {
  return climb(stream, 0, infixAt, first ?? parsePrefixed(stream, false));
}

export function parseRestrictedExpression(stream: TokenStream): Expression {
  return climb(stream, 0, operatorAt, parsePrefixed(stream, true));
}

/** Takes all infix operators that bind at least as tightly as `minimum`. */
function climb(stream: TokenStream, minimum: number, find: (stream: TokenStream) => Infix | undefined, first: Expression): Expression {
  let left = first;
  let barred = -1;
  for (;;) {
    const infix = find(stream);
    if (infix === undefined || infix.precedence < minimum) return left;
    if (infix.precedence === barred) throw stream.syntaxError();
    left = infix.parse(stream, left);
    // `= ANY (…)` ends with a parenthesis, so that anything may follow.
    barred = infix.bars && left.kind !== 'quantified' ? infix.precedence : -1;
  }
}

/** An operand of something that binds less tightly than `minimum`. */
function parseOperand(stream: TokenStream, minimum: number): Expression {
  return climb(stream, minimum, infixAt, parsePrefixed(stream, false));
}

function parsePrefixed(stream: TokenStream, restricted: boolean): Expression {
  if (!restricted && stream.acceptWord('not')) return { kind: 'unary', operator: 'not', operand: parseOperand(stream, NOT) };
  const { kind, text } = stream.token;
  if (kind !== 'operator') return parsePrimary(stream);
  const isSign = text === '-' || text === '+';
  if (!isSign && (Object.hasOwn(OPERATORS, text) || text === '=>')) throw stream.syntaxError();
  stream.next();
  return { kind: 'unary', operator: text, operand: parseOperand(stream, isSign ? SIGN : OTHER + 1) };
}

function infixAt(stream: TokenStream): Infix | undefined {
  if (stream.token.kind !== 'word') return operatorAt(stream);
  return WORDS.get(stream.token.text) ?? predicate(stream) ?? operatorAt(stream);
}

/** What may stand in a restricted expression, too. */
function operatorAt(stream: TokenStream): Infix | undefined {
  const { kind, text } = stream.token;
  if (kind === 'operator') return text === '=>' ? undefined : binary(OPERATORS[text] ?? OTHER);
  if (kind === 'symbol') return text === '::' ? CAST_INFIX : undefined;
  return text === 'operator' && kind === 'word' && stream.is('(', 1) ? binary(OTHER) : undefined;
}

function binary(precedence: number): Infix {
  return {
    precedence,
    bars: precedence === COMPARISON,
    parse(stream, left) {
      const operator = parseOperatorName(stream);
      if (isQuantifier(stream)) return parseQuantified(stream, left, operator);
      return { kind: 'binary', operator, left, right: parseOperand(stream, precedence + 1) };
    },
  };
}

function wordOperator(word: string, precedence: number): Infix {
  return {
    precedence,
    bars: false,
    parse(stream, left) {
      stream.next();
      return { kind: 'binary', operator: word, left, right: parseOperand(stream, precedence + 1) };
    },
  };
}

const CAST_INFIX: Infix = {
  precedence: CAST,
  bars: false,
  parse(stream, operand) {
    stream.next();
    return { kind: 'cast', operand, type: parseType(stream) };
  },
};

const COLLATE_INFIX: Infix = {
  precedence: COLLATE,
  bars: false,
  parse(stream, left) {
    stream.next();
    const index = stream.index;
    const path = stream.qualifiedName();
    return { kind: 'binary', operator: 'collate', left, right: { kind: 'column', path, isQuoted: stream.textFrom(index).endsWith('"') } };
  },
};

const AT_TIME_ZONE: Infix = {
  precedence: AT,
  bars: false,
  parse(stream, left) {
    stream.expectWord('at', 'time', 'zone');
    return { kind: 'binary', operator: 'at time zone', left, right: parseOperand(stream, AT + 1) };
  },
};

const IS_INFIX: Infix = { precedence: IS, bars: false, parse: (stream, left) => parseIs(stream, left, () => parseOperand(stream, IS + 1)) };

const WORDS: ReadonlyMap<string, Infix> = new Map([
  ['or', wordOperator('or', OR)],
  ['and', wordOperator('and', AND)],
  ['is', IS_INFIX],
  ['isnull', IS_INFIX],
  ['notnull', IS_INFIX],
  ['collate', COLLATE_INFIX],
  ['overlaps', wordOperator('overlaps', PREDICATE)],
]);

/** `[NOT] IN`, `LIKE`, `BETWEEN`, …, and AT where it isn't an alias. */
function predicate(stream: TokenStream): Infix | undefined {
  if (stream.isWord('at', 'time')) return AT_TIME_ZONE;
  const what = predicateAt(stream);
  if (what === undefined) return undefined;
  const operand = () => parseOperand(stream, PREDICATE + 1);
  return {
    precedence: PREDICATE,
    bars: what !== 'in',
    parse(_, left) {
      const negated = stream.acceptWord('not');
      if (what === 'in') return parseIn(stream, left, negated);
      return what === 'between' ? parseBetween(stream, left, negated, operand) : parseLike(stream, left, negated, operand);
    },
  };
}
