import { UnsupportedOnFallbackError } from '../../errors.js';
import type { PgError } from '../pg-error.js';
import type { DataStatement, Expression, SelectStatement, Literal } from './ast.js';
import { canNameColumn, canNameFunction } from './keywords.js';
import { type Token, tokenize } from './lexer.js';
import { isLiteralKind } from './scanner.js';
import { syntaxErrorNear } from './syntax-error.js';

/** The parts of the grammar that contain each other: each file reaches the others' through the stream. */
export interface Grammar {
  /** `first` is its first operand where that was read already. */
  expression(stream: TokenStream, first?: Expression): Expression;
  /** What `DEFAULT`, `BETWEEN` and `POSITION` take: no AND, OR, NOT, IN, LIKE, IS …. */
  restrictedExpression(stream: TokenStream): Expression;
  /** A query without parentheses around it; `first` is its first operand, which stood in parentheses, where that was read already. */
  select(stream: TokenStream, first?: SelectStatement): SelectStatement;
  dataStatement(stream: TokenStream): DataStatement;
}

/** Where the parser is in a text. Words are compared in lower case and only where they are not quoted. */
export class TokenStream {
  readonly text: string;
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  readonly #grammar: Grammar;
  #at = 0;
  #literals: number[] = [];

  /** @throws PgError for an unfinished string or comment */
  constructor(text: string, grammar: Grammar) {
    this.text = text;
    this.#grammar = grammar;
    this.#tokens = tokenize(text);
    this.#end = this.#tokens[this.#tokens.length - 1] as Token;
  }

  get token(): Token {
    return this.peek(0);
  }

  get index(): number {
    return this.#at;
  }

  get atEnd(): boolean {
    return this.token.kind === 'end';
  }

  /** The ordinals of all literals that have become nodes so far. */
  get literals(): readonly number[] {
    return this.#literals;
  }

  peek(ahead: number): Token {
    return this.#tokens[this.#at + ahead] ?? this.#end;
  }

  next(): Token {
    const token = this.token;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  /** Back to where the parser was (`index`): what was read since then is read anew. */
  rewind(index: number): void {
    this.#at = index;
    const { slot } = this.token;
    this.#literals = this.#literals.filter((literal) => literal < slot);
  }

  /** Whether the next tokens are these words. */
  isWord(...words: readonly string[]): boolean {
    return words.every((word, ahead) => {
      const token = this.peek(ahead);
      return token.kind === 'word' && token.text === word;
    });
  }

  /** Which of the words the next token is. */
  oneOf<W extends string>(words: readonly W[]): W | undefined {
    const { kind, text } = this.token;
    return kind === 'word' ? words.find((word) => word === text) : undefined;
  }

  acceptWord(...words: readonly string[]): boolean {
    if (!this.isWord(...words)) return false;
    this.#at += words.length;
    return true;
  }

  acceptOneOf<W extends string>(words: readonly W[]): W | undefined {
    const word = this.oneOf(words);
    if (word !== undefined) this.#at++;
    return word;
  }

  expectWord(...words: readonly string[]): void {
    for (const word of words) if (!this.acceptWord(word)) throw this.syntaxError();
  }

  expectOneOf<W extends string>(words: readonly W[]): W {
    const word = this.acceptOneOf(words);
    if (word === undefined) throw this.syntaxError();
    return word;
  }

  /** Whether the token is this operator or symbol. */
  is(symbol: string, ahead = 0): boolean {
    const { kind, text } = this.peek(ahead);
    return (kind === 'symbol' || kind === 'operator') && text === symbol;
  }

  accept(symbol: string): boolean {
    const found = this.is(symbol);
    if (found) this.#at++;
    return found;
  }

  expect(symbol: string): void {
    if (!this.accept(symbol)) throw this.syntaxError();
  }

  /** What `read` gives, once and again after each comma. */
  list<T>(read: (stream: this) => T): T[] {
    const items = [read(this)];
    while (this.accept(',')) items.push(read(this));
    return items;
  }

  parenthesised<T>(read: (stream: this) => T): T {
    this.expect('(');
    const inner = read(this);
    this.expect(')');
    return inner;
  }

  parenthesisedList<T>(read: (stream: this) => T): T[] {
    return this.parenthesised((stream) => stream.list(read));
  }

  isName(ahead = 0): boolean {
    const { kind, text } = this.peek(ahead);
    return kind === 'quoted' || (kind === 'word' && canNameColumn(text));
  }

  /** The name of a column, table, alias, constraint …. */
  name(): string {
    if (!this.isName()) throw this.syntaxError();
    return this.next().text;
  }

  isFunctionName(): boolean {
    const { kind, text } = this.token;
    return kind === 'quoted' || (kind === 'word' && canNameFunction(text));
  }

  /** After a dot or AS any word can be a name. */
  label(): string {
    const { kind } = this.token;
    if (kind !== 'word' && kind !== 'quoted') throw this.syntaxError();
    return this.next().text;
  }

  /** `name`, `schema.name`. */
  qualifiedName(): string[] {
    const path = [this.name()];
    while (this.accept('.')) path.push(this.label());
    return path;
  }

  /** The value of a string that is part of the structure. */
  string(): string {
    if (this.token.kind !== 'string') throw this.syntaxError();
    return this.next().text;
  }

  /** A literal that becomes a node. */
  literal(of: Literal['of']): Literal {
    const { text, slot } = this.next();
    this.#literals.push(slot);
    return { kind: 'literal', of, text, slot };
  }

  get isLiteral(): boolean {
    return isLiteralKind(this.token.kind);
  }

  expression(first?: Expression): Expression {
    return this.#grammar.expression(this, first);
  }

  restrictedExpression(): Expression {
    return this.#grammar.restrictedExpression(this);
  }

  select(first?: SelectStatement): SelectStatement {
    return this.#grammar.select(this, first);
  }

  dataStatement(): DataStatement {
    return this.#grammar.dataStatement(this);
  }

  /** The text from the token at `index` to the last one read, as it is written. */
  textFrom(index: number): string {
    const first = this.#tokens[index];
    const last = this.#tokens[this.#at - 1];
    return first === undefined || last === undefined ? '' : this.text.slice(first.start, last.end);
  }

  /** An error at the current token, or at the one at `index`. */
  syntaxError(index = this.#at): PgError {
    const { start, end } = this.#tokens[index] ?? this.#end;
    return syntaxErrorNear(this.text.slice(start, end), start);
  }
}

/** PostgreSQL would understand it, the fallback's syntax tree can't say it. */
export function refused(feature: string, workaround = 'Write the statement without it.'): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(feature, workaround);
}
