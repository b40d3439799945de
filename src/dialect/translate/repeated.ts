import { isOverRows } from './casts/key-parts.js';

/** An expression longer than this is worth a subquery, so that expressions within expressions don't grow with each level. */
const LONGEST_REPEATED = 3000;

/**
 * SQL that needs its operands several times. Where that grows long, a subquery evaluates them once. Not so with what would see its one row as all
 * rows: window functions, and aggregates of constants.
 */
export function repeated(operands: readonly string[], build: (...names: readonly string[]) => string): string {
  const inPlace = enclosed(build(...operands));
  if (inPlace.length <= LONGEST_REPEATED && !isAggregateInFrom(inPlace, operands)) return inPlace;
  if (operands.some(isOverRows)) return inPlace;
  const names = operands.map((_, index) => `\`v${index}\``);
  const values = operands.map((operand, index) => `${operand} AS ${names[index] ?? ''}`);
  return `(SELECT ${build(...names)} FROM (SELECT ${values.join(', ')} LIMIT 1))`;
}

/** An aggregate can't be an argument of a function in FROM, but a subquery can hand it on. */
function isAggregateInFrom(built: string, operands: readonly string[]): boolean {
  return /\bjson_(?:each|tree)\(/.test(built) && operands.some((operand) => /\b(?:json_group_array|group_concat)\(/.test(operand));
}

/** What is built may begin with CASE, which is no operand by itself. */
function enclosed(sql: string): string {
  return sql.startsWith('CASE') ? `(${sql})` : sql;
}
