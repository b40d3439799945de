const LEADING = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))*/;
const NOT_CODE = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"/g;
const ENDS = /^(?:commit|end|abort|rollback)\b/i;
const ROLLBACK_TO = /^rollback\s+(?:(?:work|transaction)\s+)?to\b/i;

/** Says whether a text is a COMMIT or ROLLBACK, so that nothing can come after it: it is asked before the text is parsed. */
export function endsTransaction(sql: string): boolean {
  const text = sql.replace(LEADING, '');
  return ENDS.test(text) && !ROLLBACK_TO.test(text.replace(NOT_CODE, ' '));
}
