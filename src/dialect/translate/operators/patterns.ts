import { textSql } from '../comparisons.js';
import { asText } from './text.js';
import { bindText } from '../own-slot.js';
import { BOOL } from '../same-type.js';
import type { FunctionRule, OperatorRule, Rules } from '../typed.js';
import { isString, likeRule } from './like.js';
import { BACKSLASH, globOfStart } from '../patterns/like-pattern.js';
import { regexRule, similarTo } from './regex.js';

function similarRule(isNegated: boolean): OperatorRule {
  return (left, right, context) => similarTo(left, right, BACKSLASH, isNegated, context);
}

/** `starts_with(x, y)` and `x ^@ y`: of texts alone, so that blanks at the end of a char(n) don't count. */
const startsWith: OperatorRule = (left, right, context) => {
  if (!isString(left) || !isString(right)) return undefined;
  const value = asText(left, context).sql;
  if (right.pending === 'null') return { sql: 'NULL', type: BOOL };
  if (right.pending !== undefined) return { sql: `(${value} GLOB ${bindText(right.pending, globOfStart, context)})`, type: BOOL };
  const start = textSql(right);
  return { sql: `(substr(${value}, 1, length(${start})) = ${start})`, type: BOOL };
};

const operators = {
  like: likeRule(false, false),
  '~~': likeRule(false, false),
  'not like': likeRule(false, true),
  '!~~': likeRule(false, true),
  ilike: likeRule(true, false),
  '~~*': likeRule(true, false),
  'not ilike': likeRule(true, true),
  '!~~*': likeRule(true, true),
  'similar to': similarRule(false),
  'not similar to': similarRule(true),
  '~': regexRule(false, false),
  '~*': regexRule(true, false),
  '!~': regexRule(false, true),
  '!~*': regexRule(true, true),
  '^@': startsWith,
} as const;

/** The functions that PostgreSQL's operators stand for. */
const functions: Readonly<Record<string, OperatorRule>> = {
  starts_with: startsWith,
  like: operators.like,
  notlike: operators['not like'],
  textlike: operators.like,
  textnlike: operators['not like'],
  texticlike: operators.ilike,
  texticnlike: operators['not ilike'],
  textregexeq: operators['~'],
  textregexne: operators['!~'],
  texticregexeq: operators['~*'],
  texticregexne: operators['!~*'],
};

function ofTwo(rule: OperatorRule): FunctionRule {
  return ([left, right, ...others], context) => (left && right && others.length === 0 ? rule(left, right, context) : undefined);
}

export const rules: Rules = {
  operators: Object.fromEntries(Object.entries(operators).map(([name, rule]) => [name, [rule]])),
  functions: Object.fromEntries(Object.entries(functions).map(([name, rule]) => [name, [ofTwo(rule)]])),
};
