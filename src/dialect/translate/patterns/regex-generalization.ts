import { ANY, type AtomGlob } from './glob-run.js';
import type { Atom } from './regex-automaton.js';

type Loosened = (glob: AtomGlob, at: number) => AtomGlob | undefined;

/**
 * The widest patterns of a text that are found step by step, while they stay forbidden: what is dropped first decides whether neighbours
 * or the order of characters is what they are about.
 */
export function generalizations(text: readonly Atom[], atoms: number, isForbidden: (glob: AtomGlob) => boolean): readonly AtomGlob[] {
  const given = text.map((atom) => 1 << atom);
  return ORDERS.map((steps) => {
    const loose = steps.reduce<AtomGlob>((glob, loosened) => loosenedAsFarAs(glob, loosened, isForbidden), given);
    return loose.reduce<AtomGlob>((wide, part, at) => (part === ANY ? wide : widened(wide, at, atoms, isForbidden)), loose);
  });
}

function loosenedAsFarAs(given: AtomGlob, loosened: Loosened, isForbidden: (glob: AtomGlob) => boolean): AtomGlob {
  let glob = given;
  for (let at = 0; at <= glob.length; ) {
    const wider = loosened(glob, at);
    if (wider && isForbidden(wider)) glob = wider;
    else at++;
  }
  return glob;
}

const withoutStart: Loosened = (glob, at) => (at > 0 ? undefined : loosenedStart(glob));
const withoutEnd: Loosened = (glob, at) => (at > 0 ? undefined : loosenedStart([...glob].reverse())?.reverse());

/** Any text before the first character; where that is so already, in its place as well. */
function loosenedStart(glob: AtomGlob): number[] | undefined {
  if (glob[0] !== ANY) return [ANY, ...glob];
  return glob.length === 1 ? undefined : [ANY, ...glob.slice(2)];
}

/** Any text between two characters. */
const withGap: Loosened = (glob, at) =>
  at === 0 || at >= glob.length || glob[at] === ANY || glob[at - 1] === ANY ? undefined : [...glob.slice(0, at), ANY, ...glob.slice(at)];

/** Any text for a character, and for what is around it. */
const withoutPart: Loosened = (glob, at) => {
  if (at >= glob.length || glob[at] === ANY) return undefined;
  const [before, after] = [glob.slice(0, at), glob.slice(at + 1)];
  return [...(before.at(-1) === ANY ? before.slice(0, -1) : before), ANY, ...(after[0] === ANY ? after.slice(1) : after)];
};

const ORDERS: readonly (readonly Loosened[])[] = [
  [withoutStart, withoutEnd, withGap, withoutPart],
  [withGap, withoutPart, withoutStart, withoutEnd],
];

/** With all the other characters that may stand at the place while the pattern stays forbidden. */
function widened(glob: AtomGlob, at: number, atoms: number, isForbidden: (glob: AtomGlob) => boolean): AtomGlob {
  const withPart = (part: number): AtomGlob => glob.map((other, index) => (index === at ? part : other));
  const given = glob[at] ?? 0;
  const bits = Array.from({ length: atoms }, (_, index) => 1 << index);
  const others = bits.filter((bit) => (given & bit) === 0 && isForbidden(withPart(bit)));
  return withPart(others.reduce((mask, bit) => mask | bit, given));
}
