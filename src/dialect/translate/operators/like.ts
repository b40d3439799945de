import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { Literal, Parameter } from '../../sql/ast.js';
import { refuseResult, settled } from '../coerce.js';
import { textSql } from '../comparisons.js';
import { CASED_LETTERS, lettersRefused, sureOfCase } from '../letters.js';
import { bindText } from '../own-slot.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { BOOL, isText } from '../same-type.js';
import type { OperatorRule, Translation, Typed } from '../typed.js';
import { computedLike } from './like-computed.js';
import { BACKSLASH, BROKEN_OFF, globOfLike, isBrokenOff } from '../patterns/like-pattern.js';

interface LikeOptions {
  readonly ignoreCase: boolean;
  readonly escape: string;
}

/**
 * LIKE is said as GLOB, which regards case. ILIKE compares in small letters: A to Z, that is all that SQLite's lower knows, so that other
 * letters in a pattern are refused.
 * @returns undefined for operands that are no strings
 */
export function like(operand: Typed, pattern: Typed, given: LikeOptions, context: Translation): Typed | undefined {
  if (!isString(operand) || !isString(pattern)) return undefined;
  const options = { ...given, ignoreCase: given.ignoreCase || isWithoutCase(operand, pattern) };
  const text = stringSql(operand, context);
  if (pattern.pending === 'null') return { sql: 'NULL', type: BOOL };
  const test = pattern.pending === undefined ? testOfComputed(pattern, options) : testOfGiven(pattern.pending, options, context);
  return { sql: options.ignoreCase ? sureOfCase(text, test) : test(text), type: BOOL };
}

export function isString({ type }: Typed): boolean {
  return isText(type) || type.key === 'unknown';
}

/** Whether PostgreSQL would take the operator of citext: of `citext` and any string, but not of `text` and `citext`. */
export function isWithoutCase(operand: Typed, pattern: Typed): boolean {
  return operand.type.key === 'citext' || (operand.type.key === 'unknown' && pattern.type.key === 'citext');
}

/** Blanks at the end of a char(n) count here. */
export function stringSql(typed: Typed, context: Translation): string {
  refuseResult(typed);
  const value = settled(typed, context);
  return value.type.key === 'bpchar' ? value.sql : textSql(value);
}

type Test = (text: string) => string;

function testOfComputed(pattern: Typed, options: LikeOptions): Test {
  refuseResult(pattern);
  if (/[%_*?[]/.test(options.escape)) {
    throw new UnsupportedOnFallbackError(
      `A LIKE pattern that is calculated, with the escape character "${options.escape}"`,
      'Give the pattern as a parameter.',
    );
  }
  return (given) => repeated([given, textSql(pattern)], (text = '', sql = '') => computedLike(text, sql, options));
}

function testOfGiven(pattern: Literal | Parameter, { ignoreCase, escape }: LikeOptions, context: Translation): Test {
  const glob = bindText(pattern, (text) => globOfLike(ignoreCase ? lowered(text) : text, escape), context);
  const brokenOff = bindText(pattern, (text) => Number(isBrokenOff(text, escape)), context);
  return (text) => {
    const test = `${text} GLOB ${glob}`;
    if (brokenOff === '0') return `(${test})`;
    // The first part is what an index is looked through for; the second is reached by what it finds.
    return `(${test} AND NOT iif(${brokenOff} AND ${test}, ${raiseSql(BROKEN_OFF.code, BROKEN_OFF.message)}, 0))`;
  };
}

function lowered(pattern: string): string {
  if (!CASED_LETTERS.has(pattern)) return pattern.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  throw lettersRefused();
}

export function likeRule(ignoreCase: boolean, isNegated: boolean): OperatorRule {
  return (left, right, context) => {
    const found = like(left, right, { ignoreCase, escape: BACKSLASH }, context);
    return found && isNegated ? not(found) : found;
  };
}

export function not({ sql }: Typed): Typed {
  return { sql: `(NOT ${sql})`, type: BOOL };
}
