import type { Clock } from '../clock.js';
import type { DatabaseInstance } from '../databases/database.js';
import type { DatabaseUnavailableError } from '../errors.js';
import type { Events } from '../events.js';
import type { Engine, FailureKind, FailureVerdict, Reason, Role } from '../words.js';
import type { Observation } from './next-state.js';
import type { Settings } from './schedule.js';
import type { State } from './state.js';
import type { WaitingRoom } from './waiting-room.js';

/** What the primary said. `readOnly`: a write would be refused. */
export interface ProbeAnswer {
  readonly durationMs: number;
  readonly readOnly: boolean;
}

/** How the primary is asked. */
export interface Prober {
  /** @param options `stay`: a host is in use, and others are asked only where it fails */
  ask(deadlineMs: number, options: { holdsProcess: boolean; stay?: boolean }): Promise<ProbeAnswer>;
  /** True where the last question found another host that answers as asked. */
  readonly elsewhere?: boolean;
  /** The models' tables that the primary lacks. */
  missingTables(deadlineMs: number): Promise<string[]>;
  drop(): void;
}

/** What the supervisor has done to the databases. */
export interface Switch {
  readonly active: DatabaseInstance | undefined;
  readonly behind: boolean;
  prepare(role: Role): Promise<DatabaseInstance>;
  /** Ends what is being made ready, so that its `prepare` rejects. */
  callOff(): void;
  activate(instance: DatabaseInstance, epoch: number): void;
  discard(instance: DatabaseInstance, reason: unknown): Promise<void>;
  lose(reason: Error): void;
  leave(): void;
  catchUp(onError: (error: unknown) => void): Promise<void>;
  close(timeoutMs: number): Promise<void>;
}

/** What is told of an activation beside its reason. */
export interface ActivationFacts {
  /** The engine that was active before; null where none was. */
  readonly from: Engine | null;
  readonly epoch: number;
  /** The time since the primary, or the process, had a database last. */
  readonly durationMs: number;
}

/** What is told of the way, beside events. */
export interface Narrator {
  starting(): void;
  /** @param attempt which one it was, from 1 */
  attemptFailed(error: Error, failure: FailureKind, nextInMs: number | undefined, attempt: number): void;
  probeFailed(error: Error, failure: FailureKind, consecutive: number, state: State): void;
  recovering(): void;
  recovered(facts: ActivationFacts): void;
  rowsKept(rows: number): void;
  failoverRequested(why: unknown, hold: boolean): void;
  onFallback(reason: Reason, facts: ActivationFacts): void;
  onPrimary(facts: ActivationFacts): void;
  degraded(kind: FailureKind): void;
  unavailable(reason: Reason, error: unknown): void;
  primaryNotReady(error: unknown, isOnFallback: boolean): void;
  fallbackFailed(error: unknown): void;
  modelsNotReady(error: unknown): void;
  closed(): void;
}

/** What looks after COMMITs in doubt. */
export interface Lookups {
  idle(): Promise<void>;
  stop(): void;
}

/** Who has the state. */
export interface StateHolder {
  readonly state: State;
  /** Lets the state follow from what was learnt. */
  observe(observation: Observation): void;
  /** Remembers the latest trouble: a call that finds no database is told of it. */
  blame(error: unknown): void;
  /** What a call is refused with. `why`: why now. */
  unavailable(why: string): DatabaseUnavailableError;
}

export interface Parts {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly prober: Prober;
  readonly activations: Switch;
  readonly lookups: Lookups;
  readonly events: Events;
  readonly room: WaitingRoom;
  readonly narrator: Narrator;
  readonly classify: (error: unknown, verdict: FailureVerdict) => FailureVerdict;
  /** Runs a function outside any unit of work. */
  readonly outside: <T>(call: () => T) => T;
}
