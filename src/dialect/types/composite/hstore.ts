import type { Codec } from '../codec.js';
import { PgError } from '../../pg-error.js';
import type { PgType } from '../pg-type.js';
import { compareKeys } from './json-text.js';

type Entries = ReadonlyMap<string, string | null>;

/** Stored as a JSON object of texts, its keys in hstore's order. */
export function hstoreCodec(type: PgType): Codec {
  return {
    type,
    affinity: 'TEXT',
    input: (text) => storedHstore(new HstoreReader(text).read()),
    output: (stored) => hstoreEntries(String(stored)).map(printEntry).join(', '),
    toJs: (stored) =>
      Object.fromEntries(hstoreEntries(String(stored)).map(([key, value]) => [asPgHstore(key), value === null ? null : asPgHstore(value)])),
  };
}

export function storedHstore(entries: Entries): string {
  const sorted = [...entries].sort(([one], [other]) => compareKeys(one, other));
  return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
}

/** In the order of the text: an object would put keys such as "10" first. */
export function hstoreEntries(stored: string): (readonly [key: string, value: string | null])[] {
  const tokens = stored.match(/"(?:[^"\\]|\\.)*"|null/g) ?? [];
  return tokens.flatMap((token, index) =>
    index % 2 === 1 ? [] : [[JSON.parse(token) as string, JSON.parse(tokens[index + 1] ?? 'null') as string | null] as const],
  );
}

function printEntry([key, value]: readonly [string, string | null]): string {
  return `${quoted(key)}=>${value === null ? 'NULL' : quoted(value)}`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** pg-hstore, which Sequelize reads with, takes two apostrophes for one. */
function asPgHstore(text: string): string {
  return text.replaceAll("''", "'");
}

class HstoreReader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Entries {
    const entries = new Map<string, string | null>();
    for (;;) {
      this.#skipSpaces();
      if (this.#position >= this.#text.length) return entries;
      const key = this.#word(false);
      this.#skipSpaces();
      this.#expectArrow();
      this.#skipSpaces();
      const value = this.#word(true);
      const isNull = !value.isQuoted && value.text.toUpperCase() === 'NULL';
      // Of keys that come twice the first one stays.
      if (!entries.has(key.text)) entries.set(key.text, isNull ? null : value.text);
      this.#skipSpaces();
      if (this.#position >= this.#text.length) return entries;
      if (this.#text[this.#position] !== ',') throw this.#syntaxError();
      this.#position++;
    }
  }

  #expectArrow(): void {
    for (const character of '=>') {
      if (this.#position >= this.#text.length) throw endedEarly();
      if (this.#text[this.#position] !== character) throw this.#syntaxError();
      this.#position++;
    }
  }

  #word(isValue: boolean): { readonly text: string; readonly isQuoted: boolean } {
    const first = this.#text[this.#position];
    if (first === '"') return { text: this.#quotedWord(), isQuoted: true };
    if (first === undefined) throw endedEarly();
    if (first === '=' && !isValue) throw this.#syntaxError();
    return { text: this.#plainWord(isValue), isQuoted: false };
  }

  #quotedWord(): string {
    let text = '';
    for (this.#position++; this.#text[this.#position] !== '"'; this.#position++) text += this.#character();
    this.#position++;
    return text;
  }

  #plainWord(isValue: boolean): string {
    let text = '';
    for (; this.#position < this.#text.length; this.#position++) {
      const character = this.#text[this.#position] ?? '';
      const ends = isValue ? /[\s,]/.test(character) : /[\s=]/.test(character);
      if (ends) break;
      text += this.#character();
    }
    return text;
  }

  #character(): string {
    if (this.#text[this.#position] === '\\') this.#position++;
    const character = this.#text[this.#position];
    if (character === undefined) throw endedEarly();
    return character;
  }

  #skipSpaces(): void {
    while (/\s/.test(this.#text[this.#position] ?? '')) this.#position++;
  }

  #syntaxError(): PgError {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#position) ?? 0);
    const position = Buffer.byteLength(this.#text.slice(0, this.#position));
    return new PgError('42601', `syntax error in hstore, near "${character}" at position ${position}`);
  }
}

function endedEarly(): PgError {
  return new PgError('42601', 'syntax error in hstore: unexpected end of string');
}
