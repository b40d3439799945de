import * as char from './characters.js';
import { errorAt } from './syntax-error.js';
import { identifierValue, numberValue, quotedIdentifierValue, type StringStyle, stringValue } from './token-value.js';

/** `bits` are B'01' and X'1F'; `symbol` is everything of one fixed meaning: `( ) [ ] , ; . : :: := ..`, and any character that PostgreSQL doesn't know. */
export type TokenKind = 'word' | 'quoted' | 'string' | 'bits' | 'integer' | 'decimal' | 'parameter' | 'operator' | 'symbol' | 'end';

const LITERAL_KINDS: ReadonlySet<TokenKind> = new Set<TokenKind>(['string', 'bits', 'integer', 'decimal']);

export function isLiteralKind(kind: TokenKind): boolean {
  return LITERAL_KINDS.has(kind);
}

const UESCAPE = /(?:\s|--[^\n\r]*)*uescape(?:\s|--[^\n\r]*)*'([^'])'/iy;

/**
 * Goes over a text token by token, by PostgreSQL's lexical rules, without making anything of them: `start` and `end` tell where the
 * current one is, `value()` what it says. The one place that knows what a literal is, so that the plan's key and the parser agree.
 */
export class Scanner {
  readonly #text: string;
  #style: StringStyle = 'plain';
  /** Whether the current string has to be read piece by piece: continued on another line, or with doubled quotes. */
  #isPlainSlice = true;
  #unicodeEscape = '\\';
  kind: TokenKind = 'end';
  start = 0;
  end = 0;
  /** Whether a comment stands before the current token. */
  afterComment = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** @throws PgError for an unfinished string or comment */
  next(): TokenKind {
    const start = this.#skipBlanks(this.end);
    this.start = start;
    this.kind = start >= this.#text.length ? this.#to('end', start) : this.#scan(start, this.#text.charCodeAt(start));
    return this.kind;
  }

  /** What the current token says: folded, unquoted, unescaped. */
  value(): string {
    const source = this.source();
    switch (this.kind) {
      case 'word':
        return identifierValue(source);
      case 'quoted':
        return quotedIdentifierValue(source, this.#style === 'unicode' ? this.#unicodeEscape : undefined, this.start);
      case 'string':
      case 'bits':
        return this.#stringValue(source);
      case 'operator':
        return source === '!=' ? '<>' : source;
      case 'parameter':
        return source.slice(1);
      case 'integer':
      case 'decimal':
        return numberValue(source);
      default:
        return source;
    }
  }

  /** The current token as it is written. */
  source(): string {
    return this.#text.slice(this.start, this.end);
  }

  #stringValue(source: string): string {
    if (this.#style === 'plain' && this.#isPlainSlice) return source.slice(1, -1);
    return stringValue(source, this.#style, this.#unicodeEscape, this.start);
  }

  #to(kind: TokenKind, end: number): TokenKind {
    this.end = end;
    return kind;
  }

  #skipBlanks(from: number): number {
    const text = this.#text;
    this.afterComment = false;
    let at = from;
    for (;;) {
      const code = text.charCodeAt(at);
      if (char.isSpace(code)) at++;
      else if (code === char.MINUS && text.charCodeAt(at + 1) === char.MINUS) at = this.#skip(lineEnd(text, at));
      else if (code === char.SLASH && text.charCodeAt(at + 1) === char.ASTERISK) at = this.#skip(commentEnd(text, at));
      else return at;
    }
  }

  #skip(to: number): number {
    this.afterComment = true;
    return to;
  }

  #scan(start: number, code: number): TokenKind {
    if (char.isNameStart(code)) return this.#scanName(start, code);
    if (char.isDigit(code)) return this.#scanNumber(start);
    if (char.isOperator(code)) return this.#to('operator', operatorEnd(this.#text, start));
    switch (code) {
      case char.QUOTE:
        return this.#scanString(start, 'plain');
      case char.DOUBLE_QUOTE:
      case char.BACKTICK:
        this.#style = 'plain';
        return this.#scanQuotedName(start);
      case char.DOLLAR:
        return this.#scanDollar(start);
      case char.DOT:
        return this.#scanDot(start);
      case char.COLON:
        return this.#scanColon(start);
      default:
        return this.#to('symbol', start + 1);
    }
  }

  #scanName(start: number, code: number): TokenKind {
    const text = this.#text;
    const second = text.charCodeAt(start + 1);
    if (second === char.QUOTE) {
      const letter = code | 0x20;
      if (letter === 0x65) return this.#scanString(start + 1, 'escapes');
      if (letter === 0x6e) return this.#scanString(start + 1, 'prefixed');
      if (letter === 0x62 || letter === 0x78) return this.#scanBits(start);
    } else if (second === char.AMPERSAND && (code | 0x20) === 0x75) {
      const third = text.charCodeAt(start + 2);
      if (third === char.QUOTE) return this.#scanUnicodeString(start + 2);
      if (third === char.DOUBLE_QUOTE) return this.#scanUnicodeName(start + 2);
    }
    return this.#to('word', nameEnd(text, start + 1));
  }

  #scanUnicodeString(open: number): TokenKind {
    this.#scanString(open, 'unicode');
    this.#takeUescape();
    return 'string';
  }

  #scanUnicodeName(open: number): TokenKind {
    this.#style = 'unicode';
    this.#scanQuotedName(open);
    this.#takeUescape();
    return 'quoted';
  }

  #takeUescape(): void {
    UESCAPE.lastIndex = this.end;
    const found = UESCAPE.exec(this.#text);
    this.#unicodeEscape = found?.[1] ?? '\\';
    if (found !== null) this.end = UESCAPE.lastIndex;
  }

  #scanBits(start: number): TokenKind {
    this.#scanString(start + 1, 'bits');
    return 'bits';
  }

  #scanString(open: number, style: StringStyle): TokenKind {
    const text = this.#text;
    this.#style = style;
    this.#isPlainSlice = true;
    let at = open;
    for (;;) {
      at = style === 'escapes' ? escapedStringEnd(text, at + 1) : text.indexOf("'", at + 1);
      if (at < 0) throw unfinished(style === 'bits' ? bitsName(text, this.start) : 'quoted string', text, this.start);
      if (text.charCodeAt(at + 1) === char.QUOTE) {
        at++;
      } else {
        const continued = continuation(text, at + 1);
        if (continued < 0) return this.#to('string', at + 1);
        at = continued;
      }
      this.#isPlainSlice = false;
    }
  }

  #scanQuotedName(open: number): TokenKind {
    const text = this.#text;
    const quote = text.charAt(open);
    let at = open;
    for (;;) {
      at = text.indexOf(quote, at + 1);
      if (at < 0) throw unfinished('quoted identifier', text, this.start);
      if (text.charAt(at + 1) !== quote) break;
      at++;
    }
    if (at === open + 1)
      throw errorAt('42601', `zero-length delimited identifier at or near "${text.slice(this.start, at + 1)}"`, this.start);
    return this.#to('quoted', at + 1);
  }

  #scanNumber(start: number): TokenKind {
    const text = this.#text;
    let end = groupedDigitsEnd(text, start);
    if (end === start + 1 && isRadixLetter(text.charCodeAt(end))) return this.#scanRadix(start);
    let kind: TokenKind = 'integer';
    if (text.charCodeAt(end) === char.DOT && text.charCodeAt(end + 1) !== char.DOT) {
      kind = 'decimal';
      end = groupedDigitsEnd(text, end + 1);
    }
    return this.#finishNumber(start, end, kind);
  }

  /** `0x1F`, `0o17`, `0b1`. */
  #scanRadix(start: number): TokenKind {
    const text = this.#text;
    RADIX.lastIndex = start;
    const end = RADIX.test(text) ? RADIX.lastIndex : start + 2;
    if (end > start + 2 && !char.isNamePart(text.charCodeAt(end))) return this.#to('integer', end);
    const source = text.slice(start, nameEnd(text, end));
    if (!/^0[xob]_?$/i.test(source)) throw errorAt('42601', `trailing junk after numeric literal at or near "${source}"`, start);
    throw errorAt('42601', `invalid ${RADIX_NAMES[source.charAt(1).toLowerCase()]} integer at or near "${source}"`, start);
  }

  #finishNumber(start: number, mantissaEnd: number, kind: TokenKind): TokenKind {
    const text = this.#text;
    const exponent = exponentEnd(text, mantissaEnd);
    if (char.isNameStart(text.charCodeAt(exponent))) {
      const junk = text.slice(start, nameEnd(text, exponent + 1));
      throw errorAt('42601', `trailing junk after numeric literal at or near "${junk}"`, start);
    }
    return this.#to(exponent > mantissaEnd ? 'decimal' : kind, exponent);
  }

  #scanDot(start: number): TokenKind {
    const next = this.#text.charCodeAt(start + 1);
    if (char.isDigit(next)) return this.#finishNumber(start, groupedDigitsEnd(this.#text, start + 1), 'decimal');
    return this.#to('symbol', start + (next === char.DOT ? 2 : 1));
  }

  #scanColon(start: number): TokenKind {
    const next = this.#text.charCodeAt(start + 1);
    return this.#to('symbol', start + (next === char.COLON || next === char.EQUALS ? 2 : 1));
  }

  #scanDollar(start: number): TokenKind {
    const text = this.#text;
    if (char.isDigit(text.charCodeAt(start + 1))) return this.#to('parameter', digitsEnd(text, start + 1));
    const open = dollarTagEnd(text, start);
    if (open < 0) return this.#to('symbol', start + 1);
    const close = text.indexOf(text.slice(start, open), open);
    if (close < 0) throw unfinished('dollar-quoted string', text, start);
    this.#style = 'dollar';
    return this.#to('string', close + open - start);
  }
}

function unfinished(what: string, text: string, start: number) {
  return errorAt('42601', `unterminated ${what} at or near "${text.slice(start)}"`, start);
}

function bitsName(text: string, start: number): string {
  return (text.charCodeAt(start) | 0x20) === 0x62 ? 'bit string literal' : 'hexadecimal string literal';
}

function lineEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) !== char.NEWLINE && text.charCodeAt(at) !== char.CARRIAGE_RETURN) at++;
  return at;
}

function commentEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const next = text.charCodeAt(at + 1);
    if (code === char.SLASH && next === char.ASTERISK) {
      depth++;
      at++;
    } else if (code === char.ASTERISK && next === char.SLASH) {
      at++;
      if (--depth === 0) return at + 1;
    }
  }
  throw unfinished('/* comment', text, start);
}

function digitsEnd(text: string, from: number): number {
  let at = from;
  while (char.isDigit(text.charCodeAt(at))) at++;
  return at;
}

/** Digits with single underscores between them. */
function groupedDigitsEnd(text: string, from: number): number {
  let at = digitsEnd(text, from);
  while (at > from && text.charCodeAt(at) === char.UNDERSCORE && char.isDigit(text.charCodeAt(at + 1))) at = digitsEnd(text, at + 1);
  return at;
}

const RADIX = /0(?:x(?:_?[\da-f])+|o(?:_?[0-7])+|b(?:_?[01])+)/iy;
const RADIX_NAMES: Readonly<Record<string, string>> = { x: 'hexadecimal', o: 'octal', b: 'binary' };
const RADIX_LETTERS: ReadonlySet<number> = new Set(Buffer.from('xXoObB'));

function isRadixLetter(code: number): boolean {
  return RADIX_LETTERS.has(code);
}

function nameEnd(text: string, from: number): number {
  let at = from;
  while (char.isNamePart(text.charCodeAt(at))) at++;
  return at;
}

function exponentEnd(text: string, at: number): number {
  if ((text.charCodeAt(at) | 0x20) !== 0x65) return at;
  const sign = text.charCodeAt(at + 1);
  const digits = sign === char.PLUS || sign === char.MINUS ? at + 2 : at + 1;
  return char.isDigit(text.charCodeAt(digits)) ? groupedDigitsEnd(text, digits) : at;
}

/** Where the closing quote of an E'…' string is; -1 where there is none. */
function escapedStringEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === char.QUOTE) return at;
    if (code === char.BACKSLASH) at++;
  }
  return -1;
}

/** `'a'` and, on a later line, `'b'` are one string: where the next quote opens, or -1. */
function continuation(text: string, from: number): number {
  let sawNewline = false;
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === char.NEWLINE || code === char.CARRIAGE_RETURN) sawNewline = true;
    if (char.isSpace(code)) at++;
    else if (code === char.MINUS && text.charCodeAt(at + 1) === char.MINUS) at = lineEnd(text, at);
    else return sawNewline && code === char.QUOTE ? at : -1;
  }
}

/** Where `$tag$` ends that begins here, or -1. */
function dollarTagEnd(text: string, start: number): number {
  let at = start + 1;
  if (char.isNameStart(text.charCodeAt(at))) {
    while (char.isNamePart(text.charCodeAt(at)) && text.charCodeAt(at) !== char.DOLLAR) at++;
  }
  return text.charCodeAt(at) === char.DOLLAR ? at + 1 : -1;
}

/** Operators are as long as can be, end where a comment begins, and end with + or - only if they have one of `~!@#%^&|?`. */
function operatorEnd(text: string, start: number): number {
  let end = start + 1;
  let hasSpecial = SPECIAL.has(text.charCodeAt(start));
  while (char.isOperator(text.charCodeAt(end)) && !isCommentStart(text, end)) {
    hasSpecial ||= SPECIAL.has(text.charCodeAt(end));
    end++;
  }
  if (!hasSpecial) while (end > start + 1 && isSign(text.charCodeAt(end - 1))) end--;
  return end;
}

const SPECIAL: ReadonlySet<number> = new Set(Buffer.from('~!@#%^&|?'));

function isSign(code: number): boolean {
  return code === char.PLUS || code === char.MINUS;
}

function isCommentStart(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  const next = text.charCodeAt(at + 1);
  return (code === char.MINUS && next === char.MINUS) || (code === char.SLASH && next === char.ASTERISK);
}
