import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** One of the things that are compared. */
export interface Side {
  /** How many operations are under way at a time. */
  readonly concurrency: number;
  /** Does one operation. */
  readonly operate: () => Promise<unknown>;
  /** Runs all operations of a slice within something, e.g. a unit of work. @default just runs them */
  readonly around?: (operations: () => Promise<void>) => Promise<void>;
}

/** How long sides are compared. */
export interface Pace {
  /** How often each side has its turn. */
  readonly rounds: number;
  /** How long one turn is, in milliseconds. */
  readonly sliceMs: number;
}

/** Turns of each side before the first that counts: code is compiled and caches are filled then. */
const WARM_UP_SLICES = 3;

/**
 * Lets the sides take turns, and answers with the operations per second of each: one list per side, one figure per round.
 *
 * Every order of the sides comes about equally often, so that drift and what a side leaves behind hit all the same.
 */
export async function interleave(sides: readonly Side[], { rounds, sliceMs }: Pace): Promise<number[][]> {
  const rates = sides.map(() => [] as number[]);
  const orders = ordersOf([...sides.keys()]);
  for (let slice = 0; slice < WARM_UP_SLICES; slice += 1) {
    for (const side of sides) await operationsPerSecond(side, sliceMs);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const index of orders[round % orders.length] ?? []) {
      rates[index]?.push(await operationsPerSecond(sides[index] as Side, sliceMs));
    }
  }
  return rates;
}

/** Does operations for a while and says how many ended per second. Begins with a collected heap. */
export async function operationsPerSecond({ concurrency, operate, around = run }: Side, sliceMs: number): Promise<number> {
  collectGarbage();
  const startedAtMs = performance.now();
  let ended = 0;
  const worker = async (): Promise<void> => {
    for (; performance.now() - startedAtMs < sliceMs; ended += 1) await operate();
  };
  await around(async () => void (await Promise.all(Array.from({ length: concurrency }, worker))));
  return (ended * 1_000) / (performance.now() - startedAtMs);
}

const run = (operations: () => Promise<void>): Promise<void> => operations();

/** All orders of a list; of three there are six. */
function ordersOf(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) => ordersOf(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}

/** Node's `gc()`, which a flag of V8 makes known to contexts that are made after it. */
const collectGarbage = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();
