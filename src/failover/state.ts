import type { FailureKind, Reason, Role } from '../words.js';

/** What is being made ready in the background. Until it is, the state stays. */
type Preparing = { readonly preparing?: Role };

interface Common {
  /** When the state was entered. */
  readonly sinceMs: number;
  /** Counts activations. */
  readonly epoch: number;
  /** When the latest failovers happened: those within a minute lengthen the dwell. */
  readonly failoversAtMs: readonly number[];
}

export interface Connecting extends Common, Preparing {
  readonly name: 'connecting';
  /** Failed attempts so far. */
  readonly attempts: number;
  readonly reason?: Reason;
}

export interface Primary extends Common {
  readonly name: 'primary';
  /** Failed probes in a row. */
  readonly failures: number;
  readonly firstFailureAtMs?: number;
  /** Set while the primary answers, but not as it should. */
  readonly degradedBy?: FailureKind;
}

export interface Fallback extends Common, Preparing {
  readonly name: 'fallback';
  readonly reason: Reason;
  readonly goodProbes: number;
  /** What the last probe failed with, where waiting does not cure it. */
  readonly incurable?: FailureKind;
  /** A manual switch that stays until `reconnect()`. */
  readonly held: boolean;
}

export interface Unavailable extends Common, Preparing {
  readonly name: 'unavailable';
  readonly reason: Reason;
  /** Why the primary was lost, also when the fallback has failed since. */
  readonly lostBy: Reason;
  readonly held: boolean;
  readonly incurable?: FailureKind;
  /** When making the fallback ready failed last. */
  readonly fallbackFailedAtMs?: number;
  /** The primary is made ready on another host; the fallback has its turn where that fails. */
  readonly moving?: true;
}

export interface Closed extends Common {
  readonly name: 'closed';
}

export type State = Connecting | Primary | Fallback | Unavailable | Closed;

/** The state before anything was learnt. */
export const initialState = (nowMs: number): Connecting => ({
  name: 'connecting',
  sinceMs: nowMs,
  epoch: 0,
  failoversAtMs: [],
  attempts: 0,
});

/** What is being made ready. */
export const preparingOf = (state: State): Role | undefined => ('preparing' in state ? state.preparing : undefined);

/** Of the primary: its failed probes in a row. */
export const failuresOf = (state: State): number | undefined => (state.name === 'primary' ? state.failures : undefined);

/** One that may yet be a loss is told by its failed probes. */
export const degradedByOf = (state: State): FailureKind | undefined =>
  state.name === 'primary' && state.failures === 0 ? state.degradedBy : undefined;
