import { type CodePoints, intersection, union } from './code-points.js';
import { Effort } from './effort.js';
import { ANY_TEXT, type Glob } from './glob.js';
import { ANY, type AtomGlob, GlobRun } from './glob-run.js';
import type { Atom, Automaton } from './regex-automaton.js';
import { generalizations } from './regex-generalization.js';

/** States and places looked at, all in all. */
const MOST_EFFORT = 200_000;
/** A longer list of limits would be slower than the program's own check. */
const MOST_LIMITS = 20;

/**
 * GLOB patterns that no matched text may have, so that with them the given patterns, which match too much, match what the automaton accepts
 * and nothing else: for each text that they still let through by mistake, one that it has. @returns undefined where there are none
 */
export function limitsOf(automaton: Automaton, globs: readonly Glob[]): readonly Glob[] | undefined {
  const effort = new Effort(MOST_EFFORT);
  const isForbidden = (glob: AtomGlob) => !accepts(automaton, glob, effort);
  const allowed = globs.map((glob) => inAtoms(automaton, glob));
  const limits: AtomGlob[] = [...longest(automaton)];
  while (limits.length <= MOST_LIMITS) {
    const text = difference(automaton, allowed, limits, effort);
    if (text === 'none') return needed(automaton, allowed, limits, effort).map((limit) => inCodePoints(automaton, limit));
    if (text === 'unknown') return undefined;
    const [first, ...others] = generalizations(text, automaton.atoms.length, isForbidden);
    if (first) limits.push(others.reduce(better, first));
  }
  return undefined;
}

/** Without the limits that others have made needless. */
function needed(automaton: Automaton, globs: readonly AtomGlob[], limits: readonly AtomGlob[], effort: Effort): readonly AtomGlob[] {
  return limits.reduce((kept, limit) => {
    const others = kept.filter((other) => other !== limit);
    return difference(automaton, globs, others, effort) === 'none' ? others : kept;
  }, limits);
}

/** What says most of other texts: any text at both ends, then the fewest parts. */
function better(a: AtomGlob, b: AtomGlob): AtomGlob {
  const cost = (glob: AtomGlob) => glob.length + (glob[0] === ANY ? 0 : 2) + (glob.at(-1) === ANY ? 0 : 2);
  return cost(b) < cost(a) ? b : a;
}

function inAtoms({ atoms }: Automaton, glob: Glob): AtomGlob {
  const within = (set: CodePoints) =>
    atoms.reduce((mask, atom, index) => (intersection(atom, set).length > 0 ? mask | (1 << index) : mask), 0);
  return glob.map((part) => (part === ANY_TEXT ? ANY : within(part)));
}

function inCodePoints({ atoms }: Automaton, glob: AtomGlob): Glob {
  return glob.map((mask) => (mask === ANY ? ANY_TEXT : union(...atoms.filter((_, index) => mask & (1 << index)))));
}

/** Whether a text that the automaton accepts may end with one of the characters. */
export function mayEndWith(automaton: Automaton, set: CodePoints): boolean {
  return accepts(automaton, inAtoms(automaton, [ANY_TEXT, set]), new Effort(MOST_EFFORT));
}

/** A text that the patterns let through and the automaton does not. The other way round there is none: they match too much. */
function difference(
  automaton: Automaton,
  globs: readonly AtomGlob[],
  limits: readonly AtomGlob[],
  effort: Effort,
): readonly Atom[] | 'none' | 'unknown' {
  const [allowed, forbidden] = [new GlobRun(globs), new GlobRun(limits)];
  const seen = new Set<string>();
  const queue = [{ state: 0, inside: allowed.first, outside: forbidden.first, text: [] as readonly Atom[] }];
  for (const { state, inside, outside, text } of queue) {
    if (!effort.spend(automaton.atoms.length * (1 + inside.length + outside.length))) return 'unknown';
    const isLetThrough = allowed.accepts(inside) && !forbidden.accepts(outside);
    if (isLetThrough !== (automaton.accepts[state] ?? false)) return text;
    for (const atom of automaton.atoms.keys()) {
      const after = {
        state: automaton.next[state]?.[atom] ?? -1,
        inside: allowed.step(inside, atom),
        outside: forbidden.step(outside, atom),
        text: [...text, atom],
      };
      const key = `${after.state} ${after.inside.join()} ${after.outside.join()}`;
      if (after.inside.length === 0 || seen.has(key)) continue;
      seen.add(key);
      queue.push(after);
    }
  }
  return 'none';
}

/** A character more than there may be at all. */
function longest(automaton: Automaton): readonly AtomGlob[] {
  const every = 2 ** automaton.atoms.length - 1;
  let states: ReadonlySet<number> = new Set([0]);
  for (let length = 0; length <= automaton.next.length; length++) {
    const after = new Set([...states].flatMap((state) => automaton.next[state] ?? []).filter((state) => state >= 0));
    if (after.size === 0) return [[...Array.from({ length: length + 1 }, () => every), ANY]];
    states = after;
  }
  return [];
}

/** Whether the automaton accepts a text of the pattern; true also where it would take too much to know. */
function accepts(automaton: Automaton, glob: AtomGlob, effort: Effort): boolean {
  const run = new GlobRun([glob]);
  const seen = new Set<string>();
  const queue = [{ state: 0, places: run.first }];
  for (const { state, places } of queue) {
    if ((automaton.accepts[state] && run.accepts(places)) || !effort.spend(automaton.atoms.length * (1 + places.length))) return true;
    for (const [atom, next] of (automaton.next[state] ?? []).entries()) {
      const after = next < 0 ? [] : run.step(places, atom);
      const key = `${next} ${after.join()}`;
      if (after.length === 0 || seen.has(key)) continue;
      seen.add(key);
      queue.push({ state: next, places: after });
    }
  }
  return false;
}
