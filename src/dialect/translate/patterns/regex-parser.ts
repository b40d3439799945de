import { CASED_LETTERS } from '../letters.js';
import { ALL, type CodePoints, charactersOf, codeOf, complement, has, inLowerCase, isAll, union } from './code-points.js';
import { ALIKE } from './glob.js';
import { characterOfEscape, type NamedSet, namedSet, setOfEscape } from './regex-sets.js';
import { choice, EMPTY, InvalidRegex, type ParsedRegex, type Regex, sequence } from './regex-syntax.js';

/** PostgreSQL's own limit (DUPMAX in src/include/regex/regguts.h). */
const MOST_REPEATS = 255;

const PARENTHESES = 'parentheses () not balanced';
const QUANTIFIER = 'quantifier operand invalid';

/** Reads an advanced regular expression of PostgreSQL. @returns undefined for what is not known here. @throws InvalidRegex */
export function parseRegex(pattern: string, ignoreCase: boolean): ParsedRegex | undefined {
  const isOther = pattern.startsWith('***') || (pattern.startsWith('(?') && !pattern.startsWith('(?:'));
  if (isOther || (ignoreCase && CASED_LETTERS.has(pattern)) || Array.from(pattern).some((one) => has(ALIKE, codeOf(one)))) return undefined;
  const parser = new Parser(pattern, ignoreCase);
  try {
    return { regex: parser.whole(), unsure: parser.unsure };
  } catch (error) {
    if (error instanceof NotRead) return undefined;
    throw error;
  }
}

class NotRead extends Error {}

class Parser {
  readonly #characters: readonly string[];
  readonly #ignoreCase: boolean;
  unsure: CodePoints = [];
  #at = 0;

  constructor(pattern: string, ignoreCase: boolean) {
    this.#characters = Array.from(pattern);
    this.#ignoreCase = ignoreCase;
  }

  whole(): Regex {
    const regex = this.#choice();
    if (this.#at < this.#characters.length) throw new InvalidRegex(PARENTHESES);
    return regex;
  }

  #choice(): Regex {
    const options: Regex[] = [];
    do options.push(this.#sequence());
    while (this.#taken('|'));
    return choice(options);
  }

  #sequence(): Regex {
    const parts: Regex[] = [];
    for (;;) {
      const next = this.#characters[this.#at];
      if (next === undefined || next === '|' || next === ')') return sequence(parts);
      parts.push(this.#repeated(this.#atom()));
    }
  }

  #atom(): Regex {
    const character = this.#next();
    switch (character) {
      case '.':
        return { kind: 'character', set: ALL };
      case '[':
        return this.#character(this.#bracket());
      case '(':
        return this.#group();
      case '\\':
        return this.#anchorEscape() ?? this.#character(this.#escape());
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '*':
      case '+':
      case '?':
        throw new InvalidRegex(QUANTIFIER);
      case '{':
        if (/[0-9]/.test(this.#characters[this.#at] ?? '')) throw new InvalidRegex(QUANTIFIER);
    }
    return this.#character(charactersOf(character));
  }

  #character(set: CodePoints): Regex {
    return { kind: 'character', set: this.#ignoreCase && !isAll(set) ? inLowerCase(set) : set };
  }

  #group(): Regex {
    if (this.#taken('?') && !this.#taken(':')) throw new NotRead();
    const regex = this.#choice();
    if (!this.#taken(')')) throw new InvalidRegex(PARENTHESES);
    // `^*` is none, but `(^)*` may be written.
    return { kind: 'sequence', parts: [regex] };
  }

  /** `\\A` and `\\Z` are the ends of the text, as `^` and `$` are where lines do not count. */
  #anchorEscape(): Regex | undefined {
    if (this.#taken('A')) return { kind: 'start' };
    return this.#taken('Z') ? { kind: 'end' } : undefined;
  }

  #escape(): CodePoints {
    if (this.#at === this.#characters.length) throw new InvalidRegex('invalid escape \\ sequence');
    const character = this.#next();
    const named = setOfEscape(character);
    if (named) return this.#named(named);
    return charactersOf(this.#escaped(character));
  }

  /** What a backslash and this character stand for. */
  #escaped(character: string): string {
    const one = characterOfEscape(character) ?? this.#byCode(character);
    if (one === undefined) throw new NotRead();
    return one;
  }

  /** `\\u00e4` has four digits, `\\x` as many as there are. */
  #byCode(character: string): string | undefined {
    const digits = { u: /^[0-9a-fA-F]{4}/, x: /^[0-9a-fA-F]{1,8}(?![0-9a-fA-F])/ }[character];
    const [found] = digits?.exec(this.#characters.slice(this.#at).join('')) ?? [];
    const code = parseInt(found ?? '', 16);
    if (found === undefined || this.#ignoreCase || !has(ALL, code) || has(ALIKE, code)) return undefined;
    this.#at += found.length;
    return String.fromCodePoint(code);
  }

  #named({ set, unsure }: NamedSet): CodePoints {
    this.unsure = union(this.unsure, unsure);
    return set;
  }

  #bracket(): CodePoints {
    const isNegated = this.#taken('^');
    const parts: CodePoints[] = [];
    do {
      if (this.#at === this.#characters.length) throw new InvalidRegex('brackets [] not balanced');
      parts.push(this.#bracketPart(parts.length === 0));
    } while (!this.#taken(']'));
    const set = this.#ignoreCase ? this.#withoutCase(union(...parts)) : union(...parts);
    return isNegated ? complement(set) : set;
  }

  /** Both cases of the letters in it, which a negated class must not have. */
  #withoutCase(set: CodePoints): CodePoints {
    const small = inLowerCase(set);
    const capitals = small
      .flatMap(([from, to]) => codesWithin(from, to, 0x61, 0x7a))
      .map((code): [number, number] => [code - 0x20, code - 0x20]);
    if (set.some(([from, to]) => to > 0x7f && from !== to)) throw new NotRead();
    return union(small, capitals);
  }

  #bracketPart(isFirst: boolean): CodePoints {
    if (this.#characters[this.#at] === '[' && /[.=:]/.test(this.#characters[this.#at + 1] ?? '')) return this.#posixClass();
    if (this.#characters[this.#at] === '\\') {
      const named = setOfEscape(this.#characters[this.#at + 1] ?? '');
      if (named) return this.#namedInBracket(named);
    }
    const from = this.#bracketCharacter(isFirst);
    if (this.#characters[this.#at] !== '-' || this.#characters[this.#at + 1] === ']') return charactersOf(from);
    this.#at++;
    const to = this.#bracketCharacter(false);
    if (codeOf(from) > codeOf(to)) throw new InvalidRegex('invalid character range');
    return [[codeOf(from), codeOf(to)]];
  }

  /** Opposites and the ends of ranges can't be such classes. */
  #namedInBracket(named: NamedSet): CodePoints {
    this.#at++;
    const letter = this.#next();
    if (letter !== letter.toLowerCase() || (this.#characters[this.#at] === '-' && this.#characters[this.#at + 1] !== ']'))
      throw new NotRead();
    return this.#named(named);
  }

  #posixClass(): CodePoints {
    const [text, name] = /^\[:([a-z]+):\]/.exec(this.#characters.slice(this.#at).join('')) ?? [''];
    const found = name === undefined ? undefined : namedSet(name);
    if (!found) throw new NotRead();
    this.#at += text.length;
    if (this.#characters[this.#at] === '-' && this.#characters[this.#at + 1] !== ']') throw new NotRead();
    return this.#named(found);
  }

  #bracketCharacter(isFirst: boolean): string {
    const character = this.#next();
    if (character === '\\') return this.#escaped(this.#next());
    if (isFirst) return character;
    const isRange = character === '-' && this.#characters[this.#at] !== ']';
    const isClass = character === '[' && /[.=:]/.test(this.#characters[this.#at] ?? '');
    if (character === ']' || isRange || isClass) throw new NotRead();
    return character;
  }

  #repeated(atom: Regex): Regex {
    const bounds = this.#bounds();
    if (!bounds) return atom;
    if (atom.kind === 'start' || atom.kind === 'end') throw new InvalidRegex(QUANTIFIER);
    this.#taken('?');
    if (/[*+?]/.test(this.#characters[this.#at] ?? '') || this.#isBound()) throw new InvalidRegex(QUANTIFIER);
    const [least, most] = bounds;
    if (most === 0) return EMPTY;
    return { kind: 'repeat', of: atom, least, most };
  }

  #bounds(): readonly [number, number] | undefined {
    if (this.#taken('*')) return [0, Infinity];
    if (this.#taken('+')) return [1, Infinity];
    if (this.#taken('?')) return [0, 1];
    if (!this.#isBound()) return undefined;
    const [text, least = '', comma, end = ''] = /^\{([0-9]+)(,?)([0-9]*)\}/.exec(this.#characters.slice(this.#at).join('')) ?? [];
    if (text === undefined) throw new NotRead();
    this.#at += text.length;
    const most = comma === '' ? Number(least) : end === '' ? Infinity : Number(end);
    if (Number(least) > MOST_REPEATS || (most !== Infinity && most > MOST_REPEATS) || most < Number(least))
      throw new InvalidRegex('invalid repetition count(s)');
    return [Number(least), most];
  }

  #isBound(): boolean {
    return this.#characters[this.#at] === '{' && /[0-9]/.test(this.#characters[this.#at + 1] ?? '');
  }

  #next(): string {
    const character = this.#characters[this.#at];
    if (character === undefined) throw new NotRead();
    this.#at++;
    return character;
  }

  #taken(character: string): boolean {
    if (this.#characters[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}

/** The codes of a range that lie between two others. */
function codesWithin(from: number, to: number, first: number, last: number): number[] {
  const start = Math.max(from, first);
  const end = Math.min(to, last);
  return start > end ? [] : Array.from({ length: end - start + 1 }, (_, index) => start + index);
}
