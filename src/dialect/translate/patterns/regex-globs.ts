import { isAll } from './code-points.js';
import { ANY_TEXT, type Glob } from './glob.js';
import { EMPTY, type Regex, sequence } from './regex-syntax.js';

/** More alternatives than these are not written out. */
const MOST_ALTERNATIVES = 100;

/** What a regular expression says as alternatives of GLOB. */
export interface Globs {
  readonly globs: readonly Glob[];
  /** False where they also match other texts: `a*` has become any text. */
  readonly isExact: boolean;
}

type Item = Glob[number] | 'start' | 'end';

interface Path {
  readonly items: readonly Item[];
  readonly isExact: boolean;
}

/**
 * The alternatives of an expression that may match anywhere in a text. A repeat of which more than `mostChoices` lengths are possible is
 * only said by its least. @returns undefined where there are too many
 */
export function globsOf(regex: Regex, mostChoices = Infinity): Globs | undefined {
  try {
    const paths = pathsOf(trimmed(regex), mostChoices).flatMap((path) => anchored(path) ?? []);
    return { globs: paths.map(({ items }) => items as Glob), isExact: paths.every(({ isExact }) => isExact) };
  } catch (error) {
    if (error instanceof TooMany) return undefined;
    throw error;
  }
}

class TooMany extends Error {}

/** With any text on both sides, repeats at the ends need not be longer than they must. */
function trimmed(regex: Regex): Regex {
  return trimmedAt('end', trimmedAt('start', regex));
}

function trimmedAt(side: 'start' | 'end', regex: Regex): Regex {
  switch (regex.kind) {
    case 'sequence':
      return trimmedSequence(side, regex.parts);
    case 'choice':
      return { kind: 'choice', options: regex.options.map((option) => trimmedAt(side, option)) };
    case 'repeat':
      if (regex.least === 0) return EMPTY;
      return trimmedSequence(
        side,
        Array.from({ length: regex.least }, () => regex.of),
      );
    default:
      return regex;
  }
}

function trimmedSequence(side: 'start' | 'end', parts: readonly Regex[]): Regex {
  const outer = side === 'start' ? parts[0] : parts.at(-1);
  if (outer === undefined) return EMPTY;
  const rest = side === 'start' ? parts.slice(1) : parts.slice(0, -1);
  const inner = trimmedAt(side, outer);
  if (inner.kind === 'sequence' && inner.parts.length === 0) return trimmedSequence(side, rest);
  return sequence(side === 'start' ? [inner, ...rest] : [...rest, inner]);
}

function pathsOf(regex: Regex, mostChoices: number): readonly Path[] {
  switch (regex.kind) {
    case 'character':
      return [{ items: [regex.set], isExact: true }];
    case 'sequence':
      return product(regex.parts.map((part) => pathsOf(part, mostChoices)));
    case 'choice':
      return limited(regex.options.flatMap((option) => pathsOf(option, mostChoices)));
    case 'repeat':
      return pathsOfRepeat(regex, mostChoices);
    default:
      return [{ items: [regex.kind], isExact: true }];
  }
}

function pathsOfRepeat({ of, least, most }: Extract<Regex, { kind: 'repeat' }>, mostChoices: number): readonly Path[] {
  const once = pathsOf(of, mostChoices);
  const times = (count: number) => product(Array.from({ length: count }, () => once));
  if (most - least < mostChoices && most !== Infinity)
    return limited(Array.from({ length: most - least + 1 }, (_, index) => index).flatMap((more) => times(least + more)));
  const isAny = most === Infinity && of.kind === 'character' && isAll(of.set);
  return product([times(least), [{ items: [ANY_TEXT], isExact: isAny }]]);
}

function product(factors: readonly (readonly Path[])[]): readonly Path[] {
  return factors.reduce<readonly Path[]>(
    (heads, tails) =>
      limited(
        heads.flatMap((head) => tails.map((tail) => ({ items: [...head.items, ...tail.items], isExact: head.isExact && tail.isExact }))),
      ),
    [{ items: [], isExact: true }],
  );
}

function limited(paths: readonly Path[]): readonly Path[] {
  if (paths.length > MOST_ALTERNATIVES) throw new TooMany();
  return paths;
}

/** With any text where there is no anchor. @returns undefined for a path that matches nothing: `a^` */
function anchored({ items, isExact }: Path): Path | undefined {
  const start = items.lastIndexOf('start');
  const end = items.includes('end') ? items.indexOf('end') : items.length;
  const isPossible = [...items.slice(0, Math.max(start, 0)), ...items.slice(end)].every((item) => !Array.isArray(item));
  if (!isPossible) return undefined;
  const inner = items.slice(start + 1, Math.max(end, start + 1)).filter((item): item is Glob[number] => item !== 'start' && item !== 'end');
  return { items: [...(start < 0 ? [ANY_TEXT] : []), ...inner, ...(end === items.length ? [ANY_TEXT] : [])] as Glob, isExact };
}
