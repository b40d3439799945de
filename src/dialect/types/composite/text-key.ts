/** SQL: a text's sort key that is never the beginning of another one's. char(1) is the smallest character that PostgreSQL stores: two of them end it, and within it is escaped. */
export function textKey(value: string): string {
  return `(replace(${value}, char(1), char(1) || char(2)) || char(1) || char(1))`;
}
