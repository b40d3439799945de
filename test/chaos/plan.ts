import { Random } from './random.js';

interface FaultTraits {
  /** How long it lasts where it is drawn short: from and to, in milliseconds. */
  readonly shortMs: readonly [number, number];
  /** Whether nothing is answered while it lasts. */
  readonly isOutage?: boolean;
}

const FAULTS = {
  refuse: { shortMs: [100, 2500], isOutage: true },
  cut: { shortMs: [0, 0] },
  blackhole: { shortMs: [200, 2500], isOutage: true },
  'half-open': { shortMs: [1500, 4000] },
  slow: { shortMs: [1000, 3000] },
  'lost reply of COMMIT': { shortMs: [0, 0] },
  'lost COMMIT': { shortMs: [0, 0] },
  'lost reply of a write': { shortMs: [0, 0] },
  'kill -9': { shortMs: [0, 1200], isOutage: true },
  'kill -9 at COMMIT': { shortMs: [0, 300], isOutage: true },
  'immediate stop': { shortMs: [0, 1500], isOutage: true },
  'fast restart': { shortMs: [0, 500], isOutage: true },
  freeze: { shortMs: [200, 2500], isOutage: true },
  'terminate backends': { shortMs: [0, 0] },
  'read-only': { shortMs: [500, 2500] },
  'connection limit': { shortMs: [500, 2500] },
} as const satisfies Record<string, FaultTraits>;

/** The share of outages that is drawn longer than `maxWait`. */
const LONG_SHARE = 0.15;

export type FaultKind = keyof typeof FAULTS;

/** The kinds of faults. */
export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];

/** Whether nothing is answered while such a fault lasts; if not, no call may fail for its sake, however long it is. */
export const isOutage = (kind: FaultKind): boolean => 'isOutage' in FAULTS[kind];

/** One fault that is planned. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** How long the workers go on undisturbed before it. */
  readonly pauseMs: number;
  /** How long it lasts, a server's start not counted. */
  readonly lengthMs: number;
  /** How hard it hits, 0 to 1; what that means is the kind's matter. */
  readonly strength: number;
  /** Whether the next one may come before the service is back on PostgreSQL. */
  readonly hasty: boolean;
}

export interface PlanOptions {
  readonly seed: number;
  /** How many faults. Each kind comes as often as any other, or once more. */
  readonly faults: number;
  /** The kinds to draw from. */
  readonly kinds: readonly FaultKind[];
  /** The longest time that a call waits for a database, in milliseconds; a long fault lasts longer. */
  readonly maxWaitMs: number;
}

/** The faults of a run: the same for the same seed. */
export function makePlan({ seed, faults, kinds, maxWaitMs }: PlanOptions): PlannedFault[] {
  const random = new Random(seed, 'faults');
  const rounds = Math.ceil(faults / kinds.length);
  return Array.from({ length: rounds }, () => random.shuffled(kinds))
    .flat()
    .slice(0, faults)
    .map((kind) => {
      const traits: FaultTraits = FAULTS[kind];
      const pauseMs = random.between(700, 1800);
      const long = random.chance(LONG_SHARE) && traits.isOutage === true;
      const [shortestMs, longestMs] = traits.shortMs;
      // Half of maxWait is left for a server's start.
      const shortMs = random.between(shortestMs, traits.isOutage ? Math.max(shortestMs, Math.min(longestMs, maxWaitMs / 2)) : longestMs);
      const lengthMs = long ? maxWaitMs + random.between(1000, 3000) : shortMs;
      return { kind, pauseMs, lengthMs, strength: random.next(), hasty: random.chance(0.15) };
    });
}
