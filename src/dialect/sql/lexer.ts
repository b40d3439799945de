import { isLiteralKind, Scanner, type TokenKind } from './scanner.js';

/** A token of a text. */
export interface Token {
  readonly kind: TokenKind;
  /** Folded, unquoted, unescaped; `''` at the end. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** The ordinal of a literal; the next one's where it is none. */
  readonly slot: number;
}

/** All tokens of a text; the last is of the kind `end`. @throws PgError for an unfinished string or comment */
export function tokenize(sql: string): Token[] {
  const scanner = new Scanner(sql);
  const tokens: Token[] = [];
  let slot = 0;
  for (;;) {
    const kind = scanner.next();
    tokens.push({ kind, text: scanner.value(), start: scanner.start, end: scanner.end, slot });
    if (kind === 'end') return tokens;
    if (isLiteralKind(kind)) slot++;
  }
}

export interface MaskedText {
  /** The text without its comments, and with a placeholder for each literal, which tells the literal's own type. */
  readonly key: string;
  /** The literals' values in order, unescaped; of numbers their text. */
  readonly literals: string[];
}

/** What texts that differ in their literals alone have in common. @throws PgError for an unfinished string or comment */
export function maskText(sql: string): MaskedText {
  const scanner = new Scanner(sql);
  const literals: string[] = [];
  let key = '';
  // What stands before is in the key already.
  let from = 0;
  let previousEnd = 0;
  for (let kind = scanner.next(); ; kind = scanner.next()) {
    if (scanner.afterComment) {
      key += `${sql.slice(from, previousEnd)} `;
      from = scanner.start;
    }
    if (kind === 'end') break;
    previousEnd = scanner.end;
    if (isLiteralKind(kind)) {
      const value = scanner.value();
      key += sql.slice(from, scanner.start) + placeholder(kind, value);
      literals.push(value);
      from = scanner.end;
    }
  }
  return { key: key + sql.slice(from, previousEnd), literals };
}

const MAX_INT4 = '2147483647';
const MAX_INT8 = '9223372036854775807';

/** Numbers are int4, int8 or numeric by their size alone: texts in which they differ are planned apart. */
function placeholder(kind: TokenKind, value: string): string {
  switch (kind) {
    case 'string':
      return "''";
    case 'bits':
      return `${value.charAt(0)}''`;
    case 'decimal':
      return '0.';
    default:
      if (isAtMost(value, MAX_INT4)) return '4';
      return isAtMost(value, MAX_INT8) ? '8' : '9';
  }
}

function isAtMost(digits: string, limit: string): boolean {
  if (digits.length < limit.length) return true;
  const significant = digits.replace(/^0+/, '');
  return significant.length < limit.length || (significant.length === limit.length && significant <= limit);
}
