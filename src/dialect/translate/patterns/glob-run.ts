import type { Atom } from './regex-automaton.js';

/** A pattern of GLOB over the atoms of an automaton: sets of them as bits, or ANY text. */
export type AtomGlob = readonly number[];

export const ANY = 0;
const END = -1;

/** Where in the patterns one may be after a text: numbers in order. */
export type Places = readonly number[];

/** Follows a text through several patterns at once. */
export class GlobRun {
  readonly first: Places;
  /** All patterns, one behind the other, each with an end. */
  readonly #parts: readonly number[];

  constructor(globs: readonly AtomGlob[]) {
    this.#parts = globs.flatMap((glob) => [...glob, END]);
    const ends = [...this.#parts.keys()].filter((index) => this.#parts[index] === END);
    this.first = this.#reached(globs.map((_, index) => (index === 0 ? 0 : (ends[index - 1] ?? 0) + 1)));
  }

  step(places: Places, atom: Atom): Places {
    const after: number[] = [];
    for (const place of places) {
      const part = this.#parts[place] ?? END;
      if (part === ANY) after.push(place);
      else if (part !== END && part & (1 << atom)) after.push(place + 1);
    }
    return this.#reached(after);
  }

  accepts(places: Places): boolean {
    return places.some((place) => this.#parts[place] === END);
  }

  /** Any text may be none. */
  #reached(places: readonly number[]): Places {
    const found = new Set(places);
    for (const place of found) if (this.#parts[place] === ANY) found.add(place + 1);
    return [...found].sort((a, b) => a - b);
  }
}
