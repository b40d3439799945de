import { PgError } from '../../pg-error.js';

/** A JSON value as PostgreSQL's jsonb keeps it: numbers as numeric's text, keys in jsonb's order and each of them once. */
export type JsonNode =
  | { readonly type: 'null' }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'number'; readonly text: string }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'array'; readonly items: readonly JsonNode[] }
  | { readonly type: 'object'; readonly entries: readonly (readonly [key: string, value: JsonNode])[] };

type Token = { readonly kind: 'end' | 'string' | 'number' | 'word' | 'punctuation'; readonly text: string };

const WORD = /[A-Za-z0-9_\u0080-\u{10ffff}]*/uy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const LOOSE_NUMBER = /-?(?:0|[1-9]\d*)?(?:\.\d*)?(?:[eE][-+]?\d*)?[A-Za-z0-9_\u0080-\u{10ffff}]*/uy;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Checks a text as `json` does, which keeps escapes as they are. @throws PgError 22P02 */
export function checkJson(text: string): void {
  new JsonReader(text, false).read();
}

/** Reads a text as `jsonb` does. @throws PgError 22P02, 22P05 (\u0000), 22003 (a number that numeric can't hold) */
export function parseJsonb(text: string): JsonNode {
  return new JsonReader(text, true).read();
}

class JsonReader {
  readonly #text: string;
  readonly #decodes: boolean;
  #position = 0;
  #token: Token = { kind: 'end', text: '' };
  #string = '';

  constructor(text: string, decodes: boolean) {
    this.#text = text;
    this.#decodes = decodes;
  }

  read(): JsonNode {
    this.#advance();
    const node = this.#value();
    if (this.#token.kind !== 'end') throw this.#expected('end of input');
    return node;
  }

  #value(): JsonNode {
    const { kind, text } = this.#token;
    if (text === '{') return this.#object();
    if (text === '[') return this.#array();
    if (kind === 'end' || kind === 'punctuation') throw this.#expected('JSON value');
    const node = this.#scalar(kind, text);
    this.#advance();
    return node;
  }

  #scalar(kind: Token['kind'], text: string): JsonNode {
    if (kind === 'string') return { type: 'string', value: this.#string };
    if (kind === 'number') return { type: 'number', text: this.#decodes ? numericText(text) : text };
    return text === 'null' ? { type: 'null' } : { type: 'boolean', value: text === 'true' };
  }

  #array(): JsonNode {
    const items: JsonNode[] = [];
    this.#advance();
    if (this.#token.text !== ']') {
      items.push(this.#value());
      while (this.#token.text === ',') {
        this.#advance();
        items.push(this.#value());
      }
      if (this.#token.text !== ']') throw this.#expected('"," or "]"');
    }
    this.#advance();
    return { type: 'array', items };
  }

  #object(): JsonNode {
    const entries = new Map<string, JsonNode>();
    this.#advance();
    if (this.#token.text !== '}') {
      this.#entry(entries, 'string or "}"');
      while (this.#token.text === ',') {
        this.#advance();
        this.#entry(entries, 'string');
      }
      if (this.#token.text !== '}') throw this.#expected('"," or "}"');
    }
    this.#advance();
    return objectNode(entries);
  }

  #entry(entries: Map<string, JsonNode>, expected: string): void {
    if (this.#token.kind !== 'string') throw this.#expected(expected);
    const key = this.#string;
    this.#advance();
    if (this.#token.text !== ':') throw this.#expected('":"');
    this.#advance();
    entries.set(key, this.#value());
  }

  #advance(): void {
    while (/[ \t\n\r]/.test(this.#text[this.#position] ?? '')) this.#position++;
    this.#token = this.#nextToken();
  }

  #nextToken(): Token {
    const start = this.#position;
    const first = this.#text[start];
    if (first === undefined) return { kind: 'end', text: '' };
    if ('{}[],:'.includes(first)) {
      this.#position++;
      return { kind: 'punctuation', text: first };
    }
    if (first === '"') return this.#stringToken();
    return /[-0-9]/.test(first) ? this.#numberToken() : this.#wordToken();
  }

  #numberToken(): Token {
    const loose = matchAt(LOOSE_NUMBER, this.#text, this.#position);
    if (matchAt(NUMBER, this.#text, this.#position) !== loose) throw invalidToken(loose);
    this.#position += loose.length;
    return { kind: 'number', text: loose };
  }

  #wordToken(): Token {
    const word = matchAt(WORD, this.#text, this.#position);
    if (word !== 'true' && word !== 'false' && word !== 'null') {
      throw invalidToken(word || String.fromCodePoint(this.#text.codePointAt(this.#position) ?? 0));
    }
    this.#position += word.length;
    return { kind: 'word', text: word };
  }

  #stringToken(): Token {
    const start = this.#position;
    let value = '';
    for (this.#position++; ; this.#position++) {
      const character = this.#text[this.#position];
      if (character === undefined) throw invalidToken(this.#text.slice(start));
      if (character === '"') break;
      if (character < ' ') throw invalidJson(`Character with value 0x${hex(character.charCodeAt(0), 2)} must be escaped.`);
      const unit = character === '\\' ? this.#escape(start) : character;
      if (this.#decodes) checkSurrogates(value.at(-1), unit);
      value += unit;
    }
    if (this.#decodes) checkSurrogates(value.at(-1), undefined);
    this.#position++;
    this.#string = value;
    return { kind: 'string', text: this.#text.slice(start, this.#position) };
  }

  #escape(start: number): string {
    const letter = this.#text[++this.#position];
    if (letter === undefined) throw invalidToken(this.#text.slice(start));
    if (letter === 'u') return this.#unicodeEscape();
    const character = SIMPLE_ESCAPES[letter];
    if (character === undefined) throw invalidJson(`Escape sequence "\\${letter}" is invalid.`);
    return character;
  }

  #unicodeEscape(): string {
    const digits = this.#text.slice(this.#position + 1, this.#position + 5);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw invalidJson('"\\u" must be followed by four hexadecimal digits.');
    this.#position += 4;
    if (this.#decodes && digits === '0000') {
      throw new PgError('22P05', 'unsupported Unicode escape sequence', { detail: '\\u0000 cannot be converted to text.' });
    }
    return String.fromCharCode(parseInt(digits, 16));
  }

  #expected(what: string): PgError {
    if (this.#token.kind === 'end') return invalidJson('The input string ended unexpectedly.');
    return invalidJson(`Expected ${what}, but found "${this.#token.text}".`);
  }
}

function matchAt(expression: RegExp, text: string, position: number): string {
  expression.lastIndex = position;
  return expression.exec(text)?.[0] ?? '';
}

function invalidToken(token: string): PgError {
  return invalidJson(`Token "${token}" is invalid.`);
}

function invalidJson(detail: string): PgError {
  return new PgError('22P02', 'invalid input syntax for type json', { detail });
}

/** Two UTF-16 units that follow each other; undefined before and after the string. */
function checkSurrogates(unit: string | undefined, next: string | undefined): void {
  if (isHigh(unit) && isHigh(next)) throw invalidJson('Unicode high surrogate must not follow a high surrogate.');
  if (isHigh(unit) !== isLow(next)) throw invalidJson('Unicode low surrogate must follow a high surrogate.');
}

function isHigh(character: string | undefined): boolean {
  return character !== undefined && character >= '\ud800' && character <= '\udbff';
}

function isLow(character: string | undefined): boolean {
  return character !== undefined && character >= '\udc00' && character <= '\udfff';
}

function hex(number: number, width: number): string {
  return number.toString(16).padStart(width, '0');
}

/** What numeric's output makes of a JSON number: no exponent, the digits after the point kept. */
function numericText(token: string): string {
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(token) ?? [];
  const exponent = Number(exponentText);
  const digits = whole + fraction;
  const scale = Math.max(0, fraction.length - exponent);
  const isZero = /^0*$/.test(digits);
  const wholeDigits = isZero ? 1 : whole.length + exponent - (/^0*/.exec(digits)?.[0].length ?? 0);
  if (wholeDigits > 131072 || scale > 16383) throw new PgError('22003', 'value overflows numeric format');
  if (!/e/i.test(token)) return isZero ? token.replace('-', '') : token;
  const shifted = shiftPoint(digits, whole.length + (isZero ? 0 : exponent), scale);
  return isZero ? shifted : sign + shifted;
}

function shiftPoint(digits: string, pointAt: number, scale: number): string {
  const padded = pointAt < 1 ? '0'.repeat(1 - pointAt) + digits : digits;
  const point = Math.max(pointAt, 1);
  const whole = padded
    .slice(0, point)
    .padEnd(point, '0')
    .replace(/^0+(?=\d)/, '');
  return scale === 0 ? whole : `${whole}.${padded.slice(point).padEnd(scale, '0').slice(0, scale)}`;
}

/** An object with its keys in jsonb's order. */
export function objectNode(entries: ReadonlyMap<string, JsonNode>): JsonNode {
  return { type: 'object', entries: [...entries].sort(([one], [other]) => compareKeys(one, other)) };
}

/** The order of jsonb's and hstore's keys: by length in bytes, then by bytes. */
export function compareKeys(one: string, other: string): number {
  const [bytes, otherBytes] = [Buffer.from(one), Buffer.from(other)];
  return bytes.length - otherBytes.length || bytes.compare(otherBytes);
}

/** jsonb's text. */
export function printJsonb(node: JsonNode): string {
  switch (node.type) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(node.value);
    case 'number':
      return node.text;
    case 'string':
      return JSON.stringify(node.value);
    case 'array':
      return `[${node.items.map(printJsonb).join(', ')}]`;
    case 'object':
      return `{${node.entries.map(([key, value]) => `${JSON.stringify(key)}: ${printJsonb(value)}`).join(', ')}}`;
  }
}
