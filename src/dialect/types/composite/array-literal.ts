import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';

/** An array's elements as text, NULL as null. */
export type ArrayText = readonly (string | null | ArrayText)[];

const MAX_DIMENSIONS = 6;
const SPACE = /[ \t\n\r\v\f]/;

const PUNCTUATION: ReadonlyMap<string, 'open' | 'close' | 'comma'> = new Map([
  ['{', 'open'],
  ['}', 'close'],
  [',', 'comma'],
] as const);

type Token =
  | { readonly kind: 'open' }
  | { readonly kind: 'close' }
  | { readonly kind: 'comma' }
  | { readonly kind: 'element'; readonly text: string | null };

/** Reads PostgreSQL's array literals, as its `array_in` does since version 17. */
export class ArrayLiteral {
  readonly #text: string;
  #position = 0;

  private constructor(text: string) {
    this.#text = text;
  }

  /** `readElement` is called in the text's order, so that the first wrong thing is the one that is told. */
  static parse<T>(text: string, readElement: (text: string) => T): NestedArray<T> {
    return new ArrayLiteral(text).#parse(readElement);
  }

  #parse<T>(readElement: (text: string) => T): NestedArray<T> {
    this.#skipSpaces();
    if (this.#text[this.#position] === '[') this.#refuseBounds();
    if (this.#text[this.#position] !== '{') throw this.#malformed('Array value must start with "{" or dimension information.');
    const result = this.#readLevels(readElement);
    this.#skipSpaces();
    if (this.#position < this.#text.length) throw this.#malformed('Junk after closing right brace.');
    return result;
  }

  #refuseBounds(): never {
    if (!/^\s*(\[\s*[-+]?\d+(\s*:\s*[-+]?\d+)?\s*\]\s*)+=/.test(this.#text)) {
      const isNumbered = /^\s*\[\s*[-+]?\d/.test(this.#text);
      throw this.#malformed(
        isNumbered ? 'Missing "]" after array dimensions.' : '"[" must introduce explicitly-specified array dimensions.',
      );
    }
    throw new UnsupportedOnFallbackError(
      `An array with bounds of its own (${this.#text})`,
      'Write it without them: its first element is number 1 then.',
    );
  }

  #readLevels<T>(readElement: (text: string) => T): NestedArray<T> {
    const shape = new Shape<T>(() => this.#malformed('Multidimensional arrays must have sub-arrays with matching dimensions.'));
    let expectsDelimiter = false;
    do {
      const token = this.#nextToken();
      if (token.kind === 'comma') {
        if (!expectsDelimiter) throw this.#unexpected(',');
        expectsDelimiter = false;
      } else if (token.kind === 'open') {
        if (expectsDelimiter) throw this.#unexpected('{');
        shape.open();
      } else if (token.kind === 'close') {
        if (!expectsDelimiter && !shape.isEmptyLevel) throw this.#unexpected('}');
        shape.close();
        expectsDelimiter = true;
      } else {
        if (expectsDelimiter) throw this.#malformed('Unexpected array element.');
        shape.add(token.text === null ? null : readElement(token.text));
        expectsDelimiter = true;
      }
    } while (shape.isOpen);
    return shape.result;
  }

  #nextToken(): Token {
    this.#skipSpaces();
    const character = this.#text[this.#position];
    if (character === undefined) throw this.#endedEarly();
    if (character === '"') return this.#quotedElement();
    const kind = PUNCTUATION.get(character);
    if (kind === undefined) return this.#plainElement();
    this.#position++;
    return { kind };
  }

  #quotedElement(): Token {
    let text = '';
    for (this.#position++; ; this.#position++) {
      const character = this.#text[this.#position];
      if (character === '"') break;
      text += character === '\\' ? this.#escaped() : (character ?? '');
      if (character === undefined) throw this.#endedEarly();
    }
    this.#position++;
    this.#skipSpaces();
    const next = this.#text[this.#position];
    if (next === undefined) throw this.#endedEarly();
    if (!'{},'.includes(next)) throw this.#malformed('Incorrectly quoted array element.');
    return { kind: 'element', text };
  }

  #plainElement(): Token {
    let text = '';
    let lengthWithoutBlanks = 0;
    let hasEscapes = false;
    for (; ; this.#position++) {
      const character = this.#text[this.#position];
      if (character === undefined) throw this.#endedEarly();
      if (character === ',' || character === '}') break;
      if (character === '{') throw this.#unexpected('{');
      if (character === '"') throw this.#malformed('Incorrectly quoted array element.');
      if (character === '\\') {
        text += this.#escaped();
        hasEscapes = true;
        lengthWithoutBlanks = text.length;
      } else {
        text += character;
        if (!SPACE.test(character)) lengthWithoutBlanks = text.length;
      }
    }
    const element = text.slice(0, lengthWithoutBlanks);
    return { kind: 'element', text: !hasEscapes && element.toUpperCase() === 'NULL' ? null : element };
  }

  #escaped(): string {
    const next = this.#text[++this.#position];
    if (next === undefined) throw this.#endedEarly();
    return next;
  }

  #skipSpaces(): void {
    while (SPACE.test(this.#text[this.#position] ?? '')) this.#position++;
  }

  #malformed(detail: string): PgError {
    return new PgError('22P02', `malformed array literal: "${this.#text}"`, { detail });
  }

  #unexpected(character: string): PgError {
    return this.#malformed(`Unexpected "${character}" character.`);
  }

  #endedEarly(): PgError {
    return this.#malformed('Unexpected end of input.');
  }
}

export type NestedArray<T> = (T | null | NestedArray<T>)[];

/** The levels of braces that are open, and the lengths that the sub-arrays of each level must have. */
class Shape<T> {
  readonly #levels: NestedArray<T>[] = [];
  readonly #lengths: (number | undefined)[] = [];
  readonly #mismatch: () => PgError;
  #dimensions = 0;
  #hasElements = false;
  result: NestedArray<T> = [];

  constructor(mismatch: () => PgError) {
    this.#mismatch = mismatch;
  }

  get isOpen(): boolean {
    return this.#levels.length > 0;
  }

  get isEmptyLevel(): boolean {
    return this.#levels.at(-1)?.length === 0;
  }

  open(): void {
    if (this.#levels.length >= MAX_DIMENSIONS) {
      throw new PgError('54000', `number of array dimensions exceeds the maximum allowed (${MAX_DIMENSIONS})`);
    }
    this.#levels.push([]);
    if (this.#levels.length <= this.#dimensions) return;
    if (this.#hasElements) throw this.#mismatch();
    this.#dimensions = this.#levels.length;
  }

  add(element: T | null): void {
    this.#hasElements = true;
    if (this.#levels.length !== this.#dimensions) throw this.#mismatch();
    this.#levels.at(-1)?.push(element);
  }

  close(): void {
    const closed = this.#levels.pop() ?? [];
    const depth = this.#levels.length;
    if (depth > 0) this.#levels.at(-1)?.push(closed);
    // Braces around nothing are the empty array, which has no dimensions.
    else this.result = this.#hasElements ? closed : [];
    const expected = this.#lengths[depth];
    if (expected !== undefined && expected !== closed.length) throw this.#mismatch();
    this.#lengths[depth] = closed.length;
  }
}

/** Writes an array literal as PostgreSQL's `array_out` does. */
export function printArray(elements: ArrayText): string {
  return `{${elements.map((element) => (Array.isArray(element) ? printArray(element as ArrayText) : printElement(element as string | null))).join(',')}}`;
}

function printElement(element: string | null): string {
  if (element === null) return 'NULL';
  const needsQuotes = element === '' || element.toUpperCase() === 'NULL' || /["\\{}, \t\n\r\v\f]/.test(element);
  return needsQuotes ? `"${element.replace(/["\\]/g, '\\$&')}"` : element;
}
