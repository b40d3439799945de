/** An expression longer than this is worth a subquery, so that expressions within expressions don't grow with each level. */
const LONGEST_REPEATED = 3000;

/**
 * SQL that needs its operands several times. Where that grows long, a subquery evaluates them once. Not so with window functions, which would see its
 * one row as their window.
 */
export function repeated(operands: readonly string[], build: (...names: readonly string[]) => string): string {
  const inPlace = enclosed(build(...operands));
  if (inPlace.length <= LONGEST_REPEATED || operands.some((operand) => /\bOVER\b/i.test(operand))) return inPlace;
  const names = operands.map((_, index) => `\`v${index}\``);
  const values = operands.map((operand, index) => `${operand} AS ${names[index] ?? ''}`);
  return `(SELECT ${build(...names)} FROM (SELECT ${values.join(', ')} LIMIT 1))`;
}

/** What is built may begin with CASE, which is no operand by itself. */
function enclosed(sql: string): string {
  return sql.startsWith('CASE') ? `(${sql})` : sql;
}
