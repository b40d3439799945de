import { setTimeout as sleep } from 'node:timers/promises';
import type { OutageSide } from './outages-sides.js';

const LOOPS = 10;
const PAUSE_MS = 20;

/** One call of a service, on the clock of `performance.now`. */
export interface Call {
  readonly startedMs: number;
  /** Undefined while it waits for its answer. */
  endedMs?: number;
  /** The name or code of the error it failed with. */
  error?: string;
  /** Whether PostgreSQL answered; known of reads only. */
  fromPostgres?: boolean;
}

/** Loops that read and write with short pauses, and what became of each call. */
export interface Workload {
  readonly calls: readonly Call[];
  /** Begins no more calls, and waits this many milliseconds at most for those under way. */
  stop(waitMs: number): Promise<void>;
}

export function startCalls({ notes, knownId }: OutageSide): Workload {
  const calls: Call[] = [];
  let isOver = false;
  const read = async (call: Call): Promise<void> => {
    call.fromPostgres = (await notes.findByPk(knownId)) !== null;
  };
  const write = () => notes.create({ text: 'written' });
  const loops = Array.from({ length: LOOPS }, async (_, loop) => {
    for (let turn = loop; !isOver; turn += 1) {
      const call: Call = { startedMs: performance.now() };
      calls.push(call);
      await (turn % 2 === 0 ? read(call) : write()).catch((error: unknown) => void (call.error = nameOf(error)));
      call.endedMs = performance.now();
      await sleep(PAUSE_MS);
    }
  });
  return {
    calls,
    stop: async (waitMs) => {
      isOver = true;
      await Promise.race([Promise.all(loops), sleep(waitMs, undefined, { ref: false })]);
    },
  };
}

function nameOf(error: unknown): string {
  const { name, code } = error as Error & { code?: string };
  return code ?? name;
}
