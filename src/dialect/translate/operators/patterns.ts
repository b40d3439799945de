import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { Like, Literal, Parameter } from '../../sql/ast.js';
import { raiseSql } from '../raise.js';
import { refuseResult, settled } from '../coerce.js';
import { textSql } from '../comparisons.js';
import { CASED_LETTERS, hasLettersSql } from '../letters.js';
import { bindText } from '../own-slot.js';
import { quoteText } from '../quote.js';
import { BOOL, isText } from '../same-type.js';
import type { FunctionRule, OperatorRule, Rules, Translation, Typed } from '../typed.js';
import { BACKSLASH, checkedEscape, globLiteral, globOfLike, globOfLikeSql } from './like-pattern.js';
import { globsOfRegex } from './regex-pattern.js';

interface LikeOptions {
  readonly ignoreCase: boolean;
  readonly escape: string;
}

/**
 * LIKE is said as GLOB, which regards case. ILIKE compares in small letters: A to Z, that is all that SQLite's lower knows, so that other
 * letters in a pattern are refused.
 * @returns undefined for operands that are no strings
 */
function like(operand: Typed, pattern: Typed, options: LikeOptions, context: Translation): Typed | undefined {
  if (!isString(operand) || !isString(pattern)) return undefined;
  const ignoreCase = options.ignoreCase || operand.type.key === 'citext';
  const value = stringSql(operand, context);
  const glob = globSql(pattern, { ...options, ignoreCase }, context);
  return { sql: `(${ignoreCase ? `lower(${value})` : value} GLOB ${glob})`, type: BOOL };
}

function isString({ type }: Typed): boolean {
  return isText(type) || type.key === 'unknown';
}

/** Blanks at the end of a char(n) count here. */
function stringSql(typed: Typed, context: Translation): string {
  refuseResult(typed);
  const value = settled(typed, context);
  return value.type.key === 'bpchar' ? value.sql : textSql(value);
}

function globSql(pattern: Typed, { ignoreCase, escape }: LikeOptions, context: Translation): string {
  const { pending } = pattern;
  if (pending === 'null') return 'NULL';
  if (pending === undefined) return computedGlob(textSql(pattern), ignoreCase, escape);
  return bindText(pending, (text) => globOfLike(ignoreCase ? lowered(text) : text, escape), context);
}

function lowered(pattern: string): string {
  if (!CASED_LETTERS.has(pattern)) return pattern.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  throw lettersRefused();
}

function lettersRefused(): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    'A comparison without regard to case of letters outside ASCII',
    'Use LIKE, or compare with a column that the program keeps in lower case.',
  );
}

/** A pattern that only the database knows: escapes in it are refused when they appear. */
function computedGlob(sql: string, ignoreCase: boolean, escape: string): string {
  const hasEscape = escape === '' ? undefined : `instr(${sql}, ${quoteText(escape)})`;
  const escapes = new UnsupportedOnFallbackError(
    'An escape character in a LIKE pattern that is calculated',
    'Give the pattern as a parameter.',
  );
  const refusals = [
    ...(hasEscape === undefined ? [] : [`WHEN ${hasEscape} THEN ${raiseSql('0A000', escapes.message)}`]),
    ...(ignoreCase ? [`WHEN ${hasLettersSql(sql, CASED_LETTERS)} THEN ${raiseSql('0A000', lettersRefused().message)}`] : []),
  ];
  const glob = globOfLikeSql(ignoreCase ? `lower(${sql})` : sql);
  return refusals.length === 0 ? glob : `CASE ${refusals.join(' ')} ELSE ${glob} END`;
}

function likeRule(ignoreCase: boolean, isNegated: boolean): OperatorRule {
  return (left, right, context) => {
    const found = like(left, right, { ignoreCase, escape: BACKSLASH }, context);
    return found && isNegated ? not(found) : found;
  };
}

function not({ sql }: Typed): Typed {
  return { sql: `(NOT ${sql})`, type: BOOL };
}

/** The escape character of a LIKE, which the translation must know. */
export function escapeOf(escape: Typed | undefined, context: Translation): string {
  if (escape === undefined) return BACKSLASH;
  if (typeof escape.pending === 'object' && escape.pending.kind === 'literal') return checkedEscape(context.valueOf(escape.pending));
  throw new UnsupportedOnFallbackError('LIKE … ESCAPE with anything but a literal', 'Write the escape character as a literal.');
}

/** `x [NOT] LIKE y ESCAPE z`, also ILIKE. @returns undefined for operands that are no strings */
export function likeWithEscape(
  node: Like,
  [operand, pattern, escape]: readonly [Typed, Typed, Typed],
  context: Translation,
): Typed | undefined {
  if (escape.pending === 'null') return { sql: 'NULL', type: BOOL };
  const options = { ignoreCase: node.operator === 'ilike', escape: escapeOf(escape, context) };
  const found = like(operand, pattern, options, context);
  return found && node.negated ? not(found) : found;
}

function regexRule(ignoreCase: boolean, isNegated: boolean): OperatorRule {
  return (left, right, context) => {
    if (!isString(left) || !isString(right)) return undefined;
    const found = regex(left, right, ignoreCase || left.type.key === 'citext', context);
    return isNegated ? not(found) : found;
  };
}

function regex(left: Typed, right: Typed, ignoreCase: boolean, context: Translation): Typed {
  if (right.pending === 'null') return { sql: 'NULL', type: BOOL };
  if (right.pending === undefined) {
    throw new UnsupportedOnFallbackError('A regular expression that is calculated', 'Give the pattern as a literal or a parameter.');
  }
  const text = stringSql(left, context);
  const value = ignoreCase ? `lower(${text})` : text;
  return { sql: matchSql(value, right.pending, ignoreCase, context), type: BOOL };
}

function matchSql(value: string, pattern: Literal | Parameter, ignoreCase: boolean, context: Translation): string {
  if (pattern.kind === 'literal') {
    const globs = globsOfRegex(context.valueOf(pattern), ignoreCase);
    return `(${globs.map((glob) => `${value} GLOB ${context.constant(glob)}`).join(' OR ')})`;
  }
  const globs = bindText(pattern, (text) => JSON.stringify(globsOfRegex(text, ignoreCase)), context);
  return `iif(${value} IS NULL OR ${globs} IS NULL, NULL, EXISTS (SELECT 1 FROM json_each(${globs}) AS g WHERE ${value} GLOB g.value))`;
}

const similarTo: OperatorRule = () => {
  throw new UnsupportedOnFallbackError('SIMILAR TO', 'Use LIKE, or a regular expression with `~`.');
};

/** `starts_with(x, y)` and `x ^@ y`. */
const startsWith: OperatorRule = (left, right, context) => {
  if (!isString(left) || !isString(right)) return undefined;
  const value = stringSql(left, context);
  if (right.pending === 'null') return { sql: 'NULL', type: BOOL };
  if (right.pending !== undefined)
    return { sql: `(${value} GLOB ${bindText(right.pending, (text) => `${globLiteral(text)}*`, context)})`, type: BOOL };
  const start = textSql(right);
  return { sql: `(substr(${value}, 1, length(${start})) = ${start})`, type: BOOL };
};

const startsWithFunction: FunctionRule = ([text, start], context) => text && start && startsWith(text, start, context);

export const rules: Rules = {
  operators: {
    like: [likeRule(false, false)],
    '~~': [likeRule(false, false)],
    'not like': [likeRule(false, true)],
    '!~~': [likeRule(false, true)],
    ilike: [likeRule(true, false)],
    '~~*': [likeRule(true, false)],
    'not ilike': [likeRule(true, true)],
    '!~~*': [likeRule(true, true)],
    'similar to': [similarTo],
    'not similar to': [similarTo],
    '~': [regexRule(false, false)],
    '~*': [regexRule(true, false)],
    '!~': [regexRule(false, true)],
    '!~*': [regexRule(true, true)],
    '^@': [startsWith],
  },
  functions: { starts_with: [startsWithFunction] },
};
