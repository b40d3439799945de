import { UnsupportedOnFallbackError } from '../../../errors.js';
import { CASED_LETTERS } from '../letters.js';
import { globLiteral } from './like-pattern.js';

/** More alternatives than these are not written out. */
const MOST_ALTERNATIVES = 100;
const MOST_REPEATS = 64;

/** What a piece of a pattern matches: one of these GLOB patterns. */
type Globs = readonly string[];

const ANY_TEXT = '*';
const ANY_CHARACTER = '?';
const DIGIT = '[0-9]';
const NO_DIGIT = '[^0-9]';

/**
 * The GLOB patterns of which one matches where a regular expression of PostgreSQL does. Everything that can be said that way is: text,
 * `.`, `.*`, `.+`, `[a-z]`, `\d`, `^`, `$`, groups, alternatives, and repeats with an end such as `?` and `{1,3}`.
 * @throws UnsupportedOnFallbackError
 */
export function globsOfRegex(pattern: string, ignoreCase: boolean): Globs {
  const globs = new RegexReader(pattern, ignoreCase).read();
  return [...new Set(globs.map((glob) => glob.replace(/\*{2,}/g, ANY_TEXT)))];
}

class RegexReader {
  readonly #pattern: string;
  readonly #characters: readonly string[];
  readonly #ignoreCase: boolean;
  #at = 0;

  constructor(pattern: string, ignoreCase: boolean) {
    this.#pattern = pattern;
    this.#characters = Array.from(pattern);
    this.#ignoreCase = ignoreCase;
    if (pattern.startsWith('***') || pattern.startsWith('(?')) throw this.#unsupported();
    if (ignoreCase && CASED_LETTERS.has(pattern)) throw this.#unsupported();
  }

  read(): Globs {
    const globs: string[] = [];
    do globs.push(...this.#anchored());
    while (this.#taken('|'));
    if (this.#at < this.#characters.length) throw this.#unsupported();
    return this.#limited(globs);
  }

  /** One alternative of the whole pattern: without `^` and `$` there may be anything around it. */
  #anchored(): Globs {
    const start = this.#taken('^') ? '' : ANY_TEXT;
    const body = this.#sequence();
    const end = this.#taken('$') ? '' : ANY_TEXT;
    return body.map((glob) => start + glob + end);
  }

  #sequence(): Globs {
    let globs: Globs = [''];
    while (!this.#isAtEnd()) {
      const piece = this.#quantified(this.#atom());
      globs = this.#limited(globs.flatMap((head) => piece.map((tail) => head + tail)));
    }
    return globs;
  }

  #isAtEnd(): boolean {
    const next = this.#characters[this.#at];
    return next === undefined || next === '|' || next === ')' || next === '$';
  }

  #atom(): Globs {
    const character = this.#next();
    switch (character) {
      case '.':
        return [ANY_CHARACTER];
      case '[':
        return [this.#bracket()];
      case '(':
        return this.#group();
      case '\\':
        return [this.#escape()];
      case '*':
      case '+':
      case '?':
      case '{':
      case '^':
        throw this.#unsupported();
      default:
        return [this.#literal(character)];
    }
  }

  #literal(character: string): string {
    return globLiteral(this.#ignoreCase ? lowerAscii(character) : character);
  }

  #group(): Globs {
    if (this.#taken('?') && !this.#taken(':')) throw this.#unsupported();
    const globs: string[] = [];
    do globs.push(...this.#sequence());
    while (this.#taken('|'));
    if (!this.#taken(')')) throw this.#unsupported();
    return this.#limited(globs);
  }

  #escape(): string {
    const character = this.#next();
    if (character === 'd') return DIGIT;
    if (character === 'D') return NO_DIGIT;
    if (/^[^a-zA-Z0-9]$/u.test(character)) return globLiteral(character);
    throw this.#unsupported();
  }

  /** GLOB's classes are those of regular expressions, but for names and escapes in them. */
  #bracket(): string {
    const start = this.#at;
    if (this.#characters[this.#at] === '^') this.#at++;
    if (this.#characters[this.#at] === ']') this.#at++;
    while (this.#next() !== ']') if (this.#at >= this.#characters.length) throw this.#unsupported();
    const inner = this.#characters.slice(start, this.#at - 1).join('');
    if (/\\|\[[.:=]|^\^?-?-|[^^]--/.test(inner) || inner === '' || inner === '^') throw this.#unsupported();
    return `[${this.#ignoreCase ? this.#lowerClass(inner) : inner}]`;
  }

  /** Ranges across the letters' ends (`[A-z]`) hold other characters too. */
  #lowerClass(inner: string): string {
    const isAcross = [...inner.matchAll(/(.)-([^])/gu)].some(([, from = '', to = '']) => kindOf(from) !== kindOf(to));
    if (isAcross) throw this.#unsupported();
    return lowerAscii(inner);
  }

  #quantified(atom: Globs): Globs {
    const next = this.#characters[this.#at] ?? '';
    if (!'*+?{'.includes(next) || next === '') return atom;
    const [least, most] = this.#repeats();
    if (this.#taken('?')) throw this.#unsupported();
    if (most !== Infinity) return this.#between(atom, least, most);
    if (atom.length !== 1 || atom[0] !== ANY_CHARACTER) throw this.#unsupported();
    return [ANY_CHARACTER.repeat(least) + ANY_TEXT];
  }

  #repeats(): readonly [number, number] {
    const quantifier = this.#next();
    if (quantifier === '*') return [0, Infinity];
    if (quantifier === '+') return [1, Infinity];
    if (quantifier === '?') return [0, 1];
    const match = /^(\d+)(,?)(\d*)\}/.exec(this.#characters.slice(this.#at).join(''));
    if (!match) throw this.#unsupported();
    this.#at += match[0].length;
    const [, least = '', comma, most] = match;
    const end = comma === '' ? Number(least) : most === '' || most === undefined ? Infinity : Number(most);
    if (Number(least) > MOST_REPEATS || (end !== Infinity && (end > MOST_REPEATS || end < Number(least)))) throw this.#unsupported();
    return [Number(least), end];
  }

  #between(atom: Globs, least: number, most: number): Globs {
    const all: string[] = [];
    let repeated: Globs = [''];
    for (let count = 0; count <= most; count++) {
      if (count >= least) all.push(...repeated);
      repeated = count < most ? this.#limited(repeated.flatMap((head) => atom.map((tail) => head + tail))) : repeated;
    }
    return this.#limited(all);
  }

  #limited(globs: Globs): Globs {
    if (globs.length > MOST_ALTERNATIVES) throw this.#unsupported();
    return globs;
  }

  #next(): string {
    const character = this.#characters[this.#at];
    if (character === undefined) throw this.#unsupported();
    this.#at++;
    return character;
  }

  #taken(character: string): boolean {
    if (this.#characters[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #unsupported(): UnsupportedOnFallbackError {
    return new UnsupportedOnFallbackError(
      `The regular expression ${JSON.stringify(this.#pattern)}`,
      'Use LIKE, or a pattern of text, `.`, `.*`, `[a-z]`, `^` and `$` without other repeats.',
    );
  }
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function kindOf(character: string): string {
  if (/^[a-z]$/.test(character)) return 'small';
  return /^[A-Z]$/.test(character) ? 'capital' : character < 'A' || character > 'z' ? (character < 'A' ? 'before' : 'after') : 'between';
}
