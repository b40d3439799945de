const QUOTED_OR_EXISTS = /'(?:[^']|'')*'|`(?:[^`]|``)*`|\bEXISTS \(/g;

/**
 * The SQL with each EXISTS behind a plus, which changes nothing of its value: since 3.51 SQLite makes a join of `WHERE EXISTS (…)`, and
 * OFFSET then counts the rows that are found in it (seen in 3.52.0).
 */
export function existsAsValues(sql: string): string {
  return sql.replace(QUOTED_OR_EXISTS, (token) => (token.startsWith('EXISTS') ? `+${token}` : token));
}
