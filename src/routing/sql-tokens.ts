const SPACE = /[ \t\n\r\f\v]+/y;
const LINE_COMMENT = /--[^\n\r]*/y;
const NAME = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /\d[\w.]*/y;
const STRING = /'[^']*(?:''[^']*)*'/y;
const QUOTED_NAME = /"[^"]*(?:""[^"]*)*"/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
/** Backslashes escape in these, and they go on after a line break. */
const ESCAPE_STRING = /[eE]'/y;

/** A longer text is not worth the time. */
const LONGEST = 100_000;

/**
 * The words, signs and brackets of a text of SQL, by PostgreSQL's lexical rules (documentation, 4.1): names in small letters,
 * quoted names as `"`, strings as `'`, comments left out. `undefined` where the text can't be read for certain.
 */
export function tokensOf(sql: string): string[] | undefined {
  if (sql.length > LONGEST) return undefined;
  const tokens: string[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(sql)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  while (at < sql.length) {
    if (take(SPACE) !== undefined || take(LINE_COMMENT) !== undefined) continue;
    if (sql.startsWith('/*', at)) {
      const end = endOfComment(sql, at);
      if (end === undefined) return undefined;
      at = end;
      continue;
    }
    if (take(ESCAPE_STRING) !== undefined) return undefined;
    if (take(STRING) !== undefined) tokens.push("'");
    else if (take(QUOTED_NAME) !== undefined) tokens.push('"');
    else if (take(NUMBER) !== undefined) tokens.push('0');
    else if (sql[at] === "'" || sql[at] === '"') return undefined;
    else {
      const name = take(NAME);
      const tag = name === undefined ? take(DOLLAR_TAG) : undefined;
      if (tag !== undefined) {
        const end = sql.indexOf(tag, at);
        if (end < 0) return undefined;
        at = end + tag.length;
        tokens.push("'");
      } else {
        tokens.push(name?.toLowerCase() ?? (sql[at++] as string));
      }
    }
  }
  return tokens;
}

/** Comments nest. */
function endOfComment(sql: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < sql.length; at += 1) {
    if (sql.startsWith('/*', at)) {
      depth += 1;
      at += 1;
    } else if (sql.startsWith('*/', at)) {
      depth -= 1;
      at += 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}
