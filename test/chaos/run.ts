import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../support/wait-for.js';
import { readContents } from './contents.js';
import { strike } from './faults.js';
import { type Judgement, judge } from './judge.js';
import { Ledger } from './ledger.js';
import { watchResources } from './leaks.js';
import { defineModels } from './models.js';
import type { Outage } from './outages.js';
import { FAULT_KINDS, type FaultKind, isOutage, makePlan, type PlannedFault } from './plan.js';
import { type Mode, openSide, type Side, type SideName } from './sides.js';
import { openSite, sessionsEnded, type Site } from './site.js';
import { runWorkers } from './workers.js';

/** What decides a run. */
export interface RunOptions {
  readonly seed: number;
  readonly faults: number;
  /** @default all kinds */
  readonly kinds?: readonly FaultKind[];
  readonly side: SideName;
  readonly mode: Mode;
  readonly workers: number;
  readonly maxWaitMs: number;
  /** An empty folder for the fallback's file. */
  readonly storageDir: string;
  /** Hears of each fault. @default nobody */
  readonly log?: (line: string) => void;
}

/** A fault that happened, from its begin until PostgreSQL answered again, as seen from outside the service. */
export interface Struck extends Outage {
  readonly kind: FaultKind;
}

export interface RunResult {
  readonly options: RunOptions;
  readonly durationMs: number;
  readonly struck: readonly Struck[];
  readonly ledger: Ledger;
  /** What the library said of work in flight, and how often. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly judgement: Judgement;
}

/** A call that had no answer for so long is given up. */
const GIVE_UP_MS = 30_000;
const CLOSE_MS = 10_000;
/** Undisturbed time before the first fault and after the last. */
const CALM_MS = 1_000;

/** Runs the workers and the faults, closes everything, and judges. */
export async function runChaos(options: RunOptions): Promise<RunResult> {
  const resources = watchResources();
  const notes: string[] = [];
  const unhandled = (error: unknown): number => notes.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.on('unhandledRejection', unhandled);
  const site = await openSite();
  try {
    const run = await attack(site, options);
    await sessionsEnded(site);
    const contents = await readContents(site, options.storageDir);
    await site.dispose();
    const { ledger, struck, outcomes, foundCommittedAtMs, closing } = run;
    const judgement = judge({
      ...{ entries: ledger.entries, hooks: ledger.hooks, contents, foundCommittedAtMs, maxWaitMs: options.maxWaitMs },
      ...{ outages: struck.filter(({ kind }) => isOutage(kind)), hasFallback: options.mode === 'fallback' },
      ...{ unhandled: notes, leaks: [...closing, ...(await resources.left())] },
    });
    return { options, durationMs: ledger.nowMs(), struck, ledger, outcomes, judgement };
  } finally {
    process.off('unhandledRejection', unhandled);
    await site.dispose();
  }
}

async function attack(site: Site, options: RunOptions) {
  const { seed, maxWaitMs, mode, storageDir } = options;
  const side = await openSide(options.side, { site, mode, maxWaitMs, storageDir });
  const ledger = new Ledger();
  const models = defineModels(side.sequelize, ledger);
  await side.sequelize.sync();
  const outcomes = new Map<string, number>();
  const foundCommittedAtMs: number[] = [];
  side.onOutcome((outcome) => {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (outcome === 'transaction committed') foundCommittedAtMs.push(ledger.nowMs());
  });
  let stopped = false;
  const workers = runWorkers({ seed, ledger, models, side, count: options.workers, giveUpMs: GIVE_UP_MS, stopped: () => stopped });
  const struck: Struck[] = [];
  try {
    await sleep(CALM_MS);
    for (const fault of makePlan({ seed, maxWaitMs, faults: options.faults, kinds: options.kinds ?? FAULT_KINDS })) {
      await sleep(fault.pauseMs);
      struck.push(await strikeAndWait(site, side, ledger, fault));
      options.log?.(describe(struck.length, struck.at(-1), ledger));
    }
    await sleep(CALM_MS);
  } finally {
    stopped = true;
    await workers;
  }
  return { ledger, struck, outcomes, foundCommittedAtMs, closing: await closeWithin(side) };
}

async function strikeAndWait(site: Site, side: Side, ledger: Ledger, fault: PlannedFault): Promise<Struck> {
  let startedMs = ledger.nowMs();
  await strike[fault.kind](site, fault, () => (startedMs = ledger.nowMs()));
  await waitFor(() => site.answers(), { timeoutMs: 30_000, what: `PostgreSQL to answer after '${fault.kind}'` });
  const endedMs = ledger.nowMs();
  if (!fault.hasty) await side.recovered();
  return { kind: fault.kind, startedMs, endedMs };
}

const describe = (number: number, fault: Struck | undefined, { entries }: Ledger): string =>
  fault === undefined ? '' : `${number}. ${fault.kind}: ${Math.round(fault.endedMs - fault.startedMs)} ms; ${entries.length} calls so far`;

/** What is wrong with the closing of a side. */
async function closeWithin(side: Side): Promise<string[]> {
  const stop = new AbortController();
  const late = sleep(CLOSE_MS, ['close() takes longer than 10 s'], { signal: stop.signal }).catch(() => []);
  const closed = side.close().then(
    () => [],
    (error: unknown) => [`close() rejects: ${String(error)}`],
  );
  const answer = await Promise.race([closed, late]);
  stop.abort();
  return answer;
}
