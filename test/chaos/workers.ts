import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from './ledger.js';
import type { Models } from './models.js';
import { type Context, OPERATIONS } from './operations.js';
import { Random } from './random.js';
import type { Side } from './sides.js';

/** What workers are given. */
export interface WorkersOptions {
  readonly seed: number;
  readonly count: number;
  readonly ledger: Ledger;
  readonly models: Models;
  readonly side: Side;
  /** After how long a call is no longer waited for, in milliseconds. */
  readonly giveUpMs: number;
  readonly stopped: () => boolean;
}

/** The pause of a worker after each call, from and to in milliseconds: it keeps the load well below what two cores can do. */
const PAUSE_MS = [5, 70] as const;
/** How many of its rows a worker remembers. */
const REMEMBERED = 20;

/** Runs workers that make one call after the other, chosen by the seed; resolves when they are stopped and their calls answered. */
export async function runWorkers(options: WorkersOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.count }, (_, index) => work(options, index + 1)));
}

async function work({ seed, ledger, models, side, giveUpMs, stopped }: WorkersOptions, number: number): Promise<void> {
  const random = new Random(seed, `worker ${number}`);
  const stored: string[] = [];
  for (let count = 1; !stopped(); count += 1) {
    const { name, work: kind, atomic = false, run } = random.weighted(OPERATIONS);
    const about = { id: `${number}-${count}`, work: kind, operation: name, atomic, giveUpMs };
    // What an operation draws must not depend on how the one before it ended.
    const ownRandom = new Random(seed, `call ${about.id}`);
    await ledger.record(about, async (call) => run({ call, models, side, stored, random: ownRandom } satisfies Context));
    stored.splice(0, stored.length - REMEMBERED);
    await sleep(random.between(...PAUSE_MS));
  }
}
