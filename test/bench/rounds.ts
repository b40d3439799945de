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

/** What one side did in one turn. */
export interface Turn {
  readonly perSecond: number;
  /** Processor time of the whole process for each operation, in microseconds. Other programs on the machine hardly change it. */
  readonly cpuUs: number;
}

/** How long sides are compared. */
export interface Pace {
  /** How often each side has its turn. */
  readonly rounds: number;
  /** How long one turn is, in milliseconds. */
  readonly sliceMs: number;
  /** Whether each turn begins with a collected heap, which takes some 20 ms in which nothing else can run. @default true */
  readonly collectsGarbage?: boolean;
}

/** Turns of each side before the first that counts: code is compiled and caches are filled then. */
const WARM_UP_SLICES = 3;

/**
 * Lets the sides take turns, and answers with what each did: one list per side, one turn per round.
 *
 * Every order of the sides comes about equally often, so that drift and what a side leaves behind hit all the same.
 */
export async function interleave(sides: readonly Side[], pace: Pace): Promise<Turn[][]> {
  const turns = sides.map((): Turn[] => []);
  const orders = ordersOf([...sides.keys()]);
  for (let slice = 0; slice < WARM_UP_SLICES; slice += 1) {
    for (const side of sides) await takeTurn(side, pace);
  }
  for (let round = 0; round < pace.rounds; round += 1) {
    for (const index of orders[round % orders.length] ?? []) turns[index]?.push(await takeTurn(sides[index] as Side, pace));
  }
  return turns;
}

/** Does operations for a while. Those that are under way at the end are waited for and count. */
export async function takeTurn({ concurrency, operate, around = run }: Side, { sliceMs, collectsGarbage = true }: Pace): Promise<Turn> {
  if (collectsGarbage) collectGarbage();
  const startedAtMs = performance.now();
  const cpuAtStart = process.cpuUsage();
  let ended = 0;
  const worker = async (): Promise<void> => {
    for (; performance.now() - startedAtMs < sliceMs; ended += 1) await operate();
  };
  await around(async () => {
    await Promise.all(Array.from({ length: concurrency }, worker));
  });
  const { user, system } = process.cpuUsage(cpuAtStart);
  return { perSecond: (ended * 1_000) / (performance.now() - startedAtMs), cpuUs: (user + system) / ended };
}

const run = (operations: () => Promise<void>): Promise<void> => operations();

/** All orders of a list; of three there are six. */
function ordersOf(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) => ordersOf(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}

/** Node's `gc()`, which a flag of V8 makes known to contexts that are made after it. */
export const collectGarbage = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();
