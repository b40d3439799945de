/** A set of characters: ranges of code points in order, with gaps between them. */
export type CodePoints = readonly (readonly [from: number, to: number])[];

const FIRST = 1;
const LAST = 0x10ffff;

/** Every character that a text may have; PostgreSQL's texts have no NUL. */
export const ALL: CodePoints = [[FIRST, LAST]];

/** The set of these ranges, which may overlap. */
export function codePoints(...ranges: CodePoints): CodePoints {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  const merged: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** The set of the characters of a text. */
export function charactersOf(text: string): CodePoints {
  return codePoints(...Array.from(text, (character): readonly [number, number] => [codeOf(character), codeOf(character)]));
}

export function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

export function union(...sets: readonly CodePoints[]): CodePoints {
  return codePoints(...sets.flat());
}

export function complement(set: CodePoints): CodePoints {
  const gaps: [number, number][] = [];
  let next = FIRST;
  for (const [from, to] of set) {
    if (from > next) gaps.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= LAST) gaps.push([next, LAST]);
  return gaps;
}

export function intersection(a: CodePoints, b: CodePoints): CodePoints {
  const parts = a.flatMap(([from, to]) => b.map(([start, end]): [number, number] => [Math.max(from, start), Math.min(to, end)]));
  return codePoints(...parts.filter(([from, to]) => from <= to));
}

export function has(set: CodePoints, code: number): boolean {
  return set.some(([from, to]) => code >= from && code <= to);
}

export function isAll(set: CodePoints): boolean {
  const [range, ...more] = set;
  return more.length === 0 && range?.[0] === FIRST && range[1] === LAST;
}

/** The set with the small letters of its capitals A to Z in their place: what the set is where texts are in lower case. */
export function inLowerCase(set: CodePoints): CodePoints {
  const capitals: CodePoints = [[0x41, 0x5a]];
  const small = intersection(set, capitals).map(([from, to]): [number, number] => [from + 0x20, to + 0x20]);
  return union(intersection(set, complement(capitals)), small);
}
