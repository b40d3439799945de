import { UnsupportedOnFallbackError } from '../../../errors.js';
import { Memory } from './memory.js';
import type { CodePoints } from './code-points.js';
import { ANY_TEXT, globText, type Glob } from './glob.js';
import { automatonOf } from './regex-automaton.js';
import { globsOf } from './regex-globs.js';
import { limitsOf, mayEndWith } from './regex-limits.js';
import { parseRegex } from './regex-parser.js';
import { InvalidRegex, type Regex, sequence } from './regex-syntax.js';

/** More alternatives than these are only written out where there is no shorter way. */
const FEW = 8;
/** Repeats with more choices than these are not written out in patterns that are limited anyway. */
const FEW_REPEATS = 3;
const MOST_LISTED = 128;
const MOST_REMEMBERED = 100;

/** A text matches that one of `any` and none of `none` match. */
export interface TextTest {
  readonly any: readonly string[];
  readonly none: readonly string[];
  /** A pattern of texts of which the answer is not known: PostgreSQL's depends on the database's locale. */
  readonly unsure?: string;
  /** Why the expression is none. */
  readonly error?: string;
  /** The text must end with at least so many of these characters, and all of the above is about what is before them. */
  readonly tail?: { readonly characters: string; readonly least: number };
}

/**
 * The GLOB patterns that say exactly what a regular expression of PostgreSQL does. They are found for text, classes, `.`, anchors, groups,
 * alternatives and repeats as far as the places, neighbours and order of characters tell the matched texts from others.
 * @throws UnsupportedOnFallbackError
 */
export function testOfRegex(pattern: string, ignoreCase: boolean): TextTest {
  try {
    return KNOWN.remembered(`${Number(ignoreCase)}${pattern}`, () => newTest(pattern, ignoreCase));
  } catch (error) {
    if (error instanceof InvalidRegex) return { any: [], none: [], error: error.message };
    throw error;
  }
}

/** Of patterns that come as parameters, again and again. */
const KNOWN = new Memory<TextTest>(MOST_REMEMBERED);

function newTest(pattern: string, ignoreCase: boolean): TextTest {
  const parsed = parseRegex(pattern, ignoreCase);
  const test = parsed && testOf(parsed.regex);
  if (!test) throw notExact(pattern);
  const unsure = parsed.unsure.length > 0 ? { unsure: globText([ANY_TEXT, parsed.unsure, ANY_TEXT]) } : {};
  return { ...test, ...unsure };
}

/** The shortest way is tried first: a few patterns, then patterns with limits, a tail, and at last many patterns. */
function testOf(regex: Regex): TextTest | undefined {
  const found = globsOf(regex);
  const exact = found?.isExact ? found.globs : undefined;
  if (exact && exact.length <= FEW) return written(exact);
  return limited(regex) ?? beforeTail(regex) ?? (exact && written(exact));
}

function limited(regex: Regex): TextTest | undefined {
  const globs = globsOf(regex, FEW_REPEATS)?.globs ?? [[ANY_TEXT]];
  const automaton = automatonOf(regex);
  const limits = automaton && limitsOf(automaton, globs);
  return limits && written(globs, limits);
}

/** Of `…[a-z]+$` where no `[a-z]` may be before the tail: there it is the longest one, which rtrim finds. */
function beforeTail(regex: Regex): TextTest | undefined {
  const parts = flat(regex);
  const [end, tail] = [parts.at(-1), parts.at(-2)];
  if (end?.kind !== 'end' || tail?.kind !== 'repeat' || tail.most !== Infinity || tail.of.kind !== 'character') return undefined;
  const characters = listed(tail.of.set);
  const head = sequence([...parts.slice(0, -2), end]);
  const automaton = automatonOf(head);
  if (characters === undefined || !automaton || mayEndWith(automaton, tail.of.set)) return undefined;
  const test = testOf(head);
  return test && !test.tail ? { ...test, tail: { characters, least: tail.least } } : undefined;
}

function flat(regex: Regex): readonly Regex[] {
  return regex.kind === 'sequence' ? regex.parts.flatMap(flat) : [regex];
}

/** The characters of a small set. */
function listed(set: CodePoints): string | undefined {
  const size = set.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  if (size > MOST_LISTED) return undefined;
  return set.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => String.fromCodePoint(from + index))).join('');
}

function written(any: readonly Glob[], none: readonly Glob[] = []): TextTest {
  const texts = (globs: readonly Glob[]) => [...new Set(globs.map(globText))];
  return { any: texts(any), none: texts(none) };
}

function notExact(pattern: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `The regular expression ${JSON.stringify(pattern)}`,
    'Use LIKE, split the expression into simpler ones that are joined by AND and OR, or match in the program.',
  );
}
