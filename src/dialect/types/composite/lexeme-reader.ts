import { PgError } from '../../pg-error.js';

/** Reads the words of tsvector and tsquery texts: plain ones, or in apostrophes; a backslash takes the next character as it is. */
export class LexemeReader {
  readonly text: string;
  readonly #type: 'tsvector' | 'tsquery';
  #position = 0;

  constructor(text: string, type: 'tsvector' | 'tsquery') {
    this.text = text;
    this.#type = type;
  }

  /** Undefined at the end. */
  next(): string | undefined {
    this.skipSpaces();
    if (this.isAtEnd) return undefined;
    const lexeme = this.takes("'") ? this.#quoted() : this.#plain();
    if (lexeme === '') throw this.syntaxError();
    return lexeme;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.text.length;
  }

  takes(character: string): boolean {
    if (this.text[this.#position] !== character) return false;
    this.#position++;
    return true;
  }

  takeWhile(allowed: RegExp): string {
    const start = this.#position;
    while (allowed.test(this.text[this.#position] ?? '')) this.#position++;
    return this.text.slice(start, this.#position);
  }

  skipSpaces(): void {
    this.takeWhile(/\s/);
  }

  expectEnd(): void {
    if (!this.isAtEnd) throw this.syntaxError();
  }

  expectSpace(): void {
    if (!this.isAtEnd && !/\s/.test(this.text[this.#position] ?? '')) throw this.syntaxError();
  }

  syntaxError(): PgError {
    return new PgError('42601', `syntax error in ${this.#type}: "${this.text}"`);
  }

  #quoted(): string {
    let lexeme = '';
    for (;;) {
      const character = this.#character();
      if (character.isEscaped || character.text !== "'") lexeme += character.text;
      else if (this.takes("'")) lexeme += "'";
      else return lexeme;
    }
  }

  #plain(): string {
    const ends = this.#type === 'tsquery' ? /[\s:!&|()<]/ : /[\s:]/;
    // A colon ends a word, but may begin one of a vector.
    let lexeme = this.#type === 'tsvector' && this.takes(':') ? ':' : '';
    while (!this.isAtEnd && !ends.test(this.text[this.#position] ?? '')) lexeme += this.#character().text;
    return lexeme;
  }

  #character(): { readonly text: string; readonly isEscaped: boolean } {
    const isEscaped = this.takes('\\');
    const text = this.text[this.#position++];
    if (text === undefined) throw this.syntaxError();
    return { text, isEscaped };
  }
}

export function printLexeme(lexeme: string): string {
  return `'${lexeme.replace(/['\\]/g, '$&$&')}'`;
}
