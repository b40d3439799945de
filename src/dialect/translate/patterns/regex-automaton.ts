import { type CodePoints, complement, intersection } from './code-points.js';

import { Effort } from './effort.js';
import type { Regex } from './regex-syntax.js';

const MOST_NODES = 1200;
const MOST_STATES = 300;
/** Nodes looked at while states are made of them. */
const MOST_EFFORT = 300_000;
const MOST_ATOMS = 24;

/** Characters that an expression does not tell apart. */
export type Atom = number;

/** A deterministic automaton: state 0 is the first, `-1` the one that accepts nothing any more. */
export interface Automaton {
  readonly atoms: readonly CodePoints[];
  readonly next: readonly (readonly number[])[];
  readonly accepts: readonly boolean[];
}

/** The texts in which the expression finds a match. @returns undefined where the automaton is too large */
export function automatonOf(regex: Regex): Automaton | undefined {
  const atoms = atomsOf(regex);
  const network = new Network(atoms);
  const isBuilt = atoms.length <= MOST_ATOMS && network.build(regex);
  return isBuilt ? deterministic(network, atoms) : undefined;
}

function atomsOf(regex: Regex): readonly CodePoints[] {
  let atoms: CodePoints[] = [[[1, 0x10ffff]]];
  for (const set of setsOf(regex)) {
    atoms = atoms.flatMap((atom) => [intersection(atom, set), intersection(atom, complement(set))]).filter(({ length }) => length > 0);
    if (atoms.length > MOST_ATOMS) return atoms;
  }
  return atoms;
}

function setsOf(regex: Regex): readonly CodePoints[] {
  switch (regex.kind) {
    case 'character':
      return [regex.set];
    case 'sequence':
      return regex.parts.flatMap(setsOf);
    case 'choice':
      return regex.options.flatMap(setsOf);
    case 'repeat':
      return setsOf(regex.of);
    default:
      return [];
  }
}

interface Node {
  readonly steps: { readonly atoms: ReadonlySet<Atom>; readonly to: number }[];
  readonly jumps: { readonly to: number; readonly only?: 'start' | 'end' }[];
}

/** Thompson's construction: nodes with steps that read a character and jumps that read none. */
class Network {
  readonly nodes: Node[] = [];
  readonly #atoms: readonly CodePoints[];
  first = 0;
  last = 0;

  constructor(atoms: readonly CodePoints[]) {
    this.#atoms = atoms;
  }

  /** @returns whether it is small enough */
  build(regex: Regex): boolean {
    const every = new Set(this.#atoms.keys());
    this.first = this.#node();
    this.last = this.#add(regex, this.first);
    this.nodes[this.first]?.steps.push({ atoms: every, to: this.first });
    this.nodes[this.last]?.steps.push({ atoms: every, to: this.last });
    return this.nodes.length <= MOST_NODES;
  }

  #node(): number {
    return this.nodes.push({ steps: [], jumps: [] }) - 1;
  }

  #jump(from: number, to: number, only?: 'start' | 'end'): number {
    this.nodes[from]?.jumps.push({ to, ...(only && { only }) });
    return to;
  }

  /** Adds what leads from a node through the expression. @returns the node after it */
  #add(regex: Regex, from: number): number {
    if (this.nodes.length > MOST_NODES) return from;
    switch (regex.kind) {
      case 'character':
        return this.#step(regex.set, from);
      case 'sequence':
        return regex.parts.reduce((at, part) => this.#add(part, at), this.#jump(from, this.#node()));
      case 'choice':
        return this.#choice(regex.options, from);
      case 'repeat':
        return this.#repeat(regex, from);
      default:
        return this.#jump(from, this.#node(), regex.kind);
    }
  }

  #step(set: CodePoints, from: number): number {
    const atoms = new Set(this.#atoms.flatMap((atom, index) => (intersection(atom, set).length > 0 ? [index] : [])));
    const to = this.#node();
    this.nodes[from]?.steps.push({ atoms, to });
    return to;
  }

  #choice(options: readonly Regex[], from: number): number {
    const end = this.#node();
    for (const option of options) this.#jump(this.#add(option, this.#jump(from, this.#node())), end);
    return end;
  }

  #repeat({ of, least, most }: Extract<Regex, { kind: 'repeat' }>, from: number): number {
    let at = from;
    for (let count = 0; count < least; count++) at = this.#add(of, this.#jump(at, this.#node()));
    if (most === Infinity) {
      const loop = this.#jump(at, this.#node());
      this.#jump(this.#add(of, this.#jump(loop, this.#node())), loop);
      return this.#jump(loop, this.#node());
    }
    const end = this.#node();
    for (let count = least; count < most; count++) {
      this.#jump(at, end);
      at = this.#add(of, this.#jump(at, this.#node()));
    }
    return this.#jump(at, end);
  }

  /** All nodes that jumps lead to. */
  reached(from: Iterable<number>, where: { readonly start?: boolean; readonly end?: boolean }): ReadonlySet<number> {
    const found = new Set(from);
    for (const node of found) {
      for (const { to, only } of this.nodes[node]?.jumps ?? []) if (only === undefined || where[only]) found.add(to);
    }
    return found;
  }

  after(nodes: ReadonlySet<number>, atom: Atom): ReadonlySet<number> {
    return this.reached(
      [...nodes].flatMap((node) => this.nodes[node]?.steps.flatMap(({ atoms, to }) => (atoms.has(atom) ? [to] : [])) ?? []),
      {},
    );
  }
}

function deterministic(network: Network, atoms: readonly CodePoints[]): Automaton | undefined {
  const states = new Map<string, number>();
  const sets: ReadonlySet<number>[] = [];
  const numberOf = (set: ReadonlySet<number>, mark = ''): number => {
    // Once it has matched, the rest of the text does not matter.
    const key = set.has(network.last) ? 'matched' : mark + [...set].sort((a, b) => a - b).join();
    const known = states.get(key);
    if (known !== undefined) return known;
    states.set(key, sets.length);
    return sets.push(set) - 1;
  };
  numberOf(network.reached([network.first], { start: true }), 'start ');
  const next: number[][] = [];
  const effort = new Effort(MOST_EFFORT);
  for (let state = 0; state < sets.length; state++) {
    const set = sets[state] ?? new Set();
    if (sets.length > MOST_STATES || !effort.spend(set.size * atoms.length)) return undefined;
    next.push([...atoms.keys()].map((atom) => numberOf(network.after(set, atom))));
  }
  const accepts = sets.map((set, state) => network.reached(set, { start: state === 0, end: true }).has(network.last));
  return withDeadEnds({ atoms, next, accepts });
}

/** Leads to -1 what can't come to an accepting state any more. */
function withDeadEnds({ atoms, next, accepts }: Automaton): Automaton {
  const alive = new Set([...accepts.keys()].filter((state) => accepts[state]));
  for (let size = -1; size !== alive.size; ) {
    size = alive.size;
    next.forEach((targets, state) => targets.some((target) => alive.has(target)) && alive.add(state));
  }
  return { atoms, accepts, next: next.map((targets) => targets.map((target) => (alive.has(target) ? target : -1))) };
}
