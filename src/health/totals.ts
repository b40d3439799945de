import type { EventName, ResilientEvents } from '../events.js';
import type { PrimaryFacts } from '../failover/primary-facts.js';
import type { State } from '../failover/state.js';
import type { Engine, Outcome, Reason } from '../words.js';
import { Tally, type Distribution } from './distribution.js';

/** What is left or gone over to; `none` where no database is active. */
export type SwitchEnd = Engine | 'none';

/** Why a switch was made: as told in events, or `recovered` for a way back. */
export type SwitchReason = Reason | 'recovered';

export interface SwitchCount {
  readonly from: SwitchEnd;
  readonly to: SwitchEnd;
  readonly reason: SwitchReason;
  readonly count: number;
}

/** What has happened since the connection was made. */
export interface TotalFigures {
  readonly switches: readonly SwitchCount[];
  /** Failed attempts to reach the primary. */
  readonly failedAttempts: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** The time on the fallback, the current stay included, in seconds. */
  readonly fallbackSeconds: number;
  readonly probes: { readonly passed: Distribution; readonly failed: Distribution };
  /** How long the primary was away, each time until it was active again. */
  readonly outages: Distribution;
}

/** From a server next door to one that is given up. In seconds. */
const PROBE_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** From a restart to a day. In seconds. */
const OUTAGE_BOUNDS = [1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400];

/** What a loss of a primary that was active is made of most often: a counter that begins at its first event is not seen to grow. */
const EXPECTED_REASONS: readonly Reason[] = ['server-down', 'black-hole', 'starting-up', 'not-primary', 'manual'];

interface Parts {
  readonly fallbackAllowed: boolean;
  readonly nowMs: () => number;
  readonly state: () => State;
  readonly primary: PrimaryFacts;
}

type Ears = { readonly [K in EventName]?: (payload: ResilientEvents[K]) => void };

/** Counts what the events tell, from the first one on. */
export class Totals {
  readonly #startedAtMs: number;
  readonly #switches = new Map<string, SwitchCount>();
  readonly #outcomes: Record<Outcome, number> = { 'not-sent': 0, unknown: 0, 'rolled-back': 0, committed: 0 };
  readonly #passed = new Tally(PROBE_BOUNDS);
  readonly #failed = new Tally(PROBE_BOUNDS);
  readonly #outages = new Tally(OUTAGE_BOUNDS);
  /** A loss of which it is not known yet whether the fallback takes over at once. */
  #left: { readonly from: Engine; readonly reason: Reason } | undefined;
  #fallbackMs = 0;
  #fallbackSinceMs: number | undefined;
  #outageSinceMs: number | undefined;

  readonly #ears: Ears = {
    healthCheckPassed: ({ durationMs }) => this.#passed.add(durationMs / 1000),
    healthCheckFailed: () => this.#probeFailed(),
    outcome: ({ outcome }) => void (this.#outcomes[outcome] += 1),
    disconnected: ({ dialect, reason }) => this.#disconnected(dialect, reason),
    failover: ({ from, to, reason }) => this.#failedOver(from, to, reason),
    recovered: ({ from, to, epoch }) => this.#recovered(from, to, epoch === 1),
    connected: ({ fallback }) => this.#connected(fallback),
    closed: () => this.#leaveFallback(),
  };

  constructor(private readonly parts: Parts) {
    this.#startedAtMs = parts.nowMs();
    const away = parts.fallbackAllowed ? 'sqlite' : 'none';
    for (const reason of EXPECTED_REASONS) this.#countSwitch('postgres', away, reason, 0);
    this.#countSwitch(away, 'postgres', 'recovered', 0);
  }

  /** Hears an event. */
  note<K extends EventName>(event: K, payload: ResilientEvents[K]): void {
    this.#settleLoss();
    this.#ears[event]?.(payload);
  }

  figures(): TotalFigures {
    const staysMs = this.#fallbackSinceMs === undefined ? 0 : this.parts.nowMs() - this.#fallbackSinceMs;
    this.#settleLoss();
    return {
      switches: [...this.#switches.values()],
      failedAttempts: this.#failed.count,
      outcomes: { ...this.#outcomes },
      fallbackSeconds: (this.#fallbackMs + staysMs) / 1000,
      probes: { passed: this.#passed, failed: this.#failed },
      outages: this.#outages,
    };
  }

  #probeFailed(): void {
    this.#failed.add((this.parts.primary.lastProbeMs ?? 0) / 1000);
    // Before the first activation the primary is missed from the beginning.
    if (this.parts.state().epoch === 0) this.#outageSinceMs ??= this.#startedAtMs;
  }

  #disconnected(from: Engine, reason: Reason): void {
    this.#leaveFallback();
    this.#left = { from, reason };
    // Where the primary was left by hand, an outage begins when its stand-in is lost.
    if (reason !== 'manual') this.#outageSinceMs ??= this.parts.nowMs();
    this.#settleLoss();
  }

  #failedOver(from: Engine | null, to: Engine, reason: Reason): void {
    // The event names the engine that was active last, also where none has been since.
    this.#countSwitch(this.#left?.from ?? 'none', to, reason);
    this.#left = undefined;
    if (from === null) this.#outageSinceMs ??= this.#startedAtMs;
  }

  #recovered(from: Engine | null, to: Engine, isFirst: boolean): void {
    this.#settleLoss(true);
    // At a start that no probe has failed, e.g. because of a migration.
    if (isFirst) this.#outageSinceMs ??= this.#startedAtMs;
    this.#leaveFallback();
    this.#countSwitch(from ?? 'none', to, 'recovered');
  }

  #connected(fallback: boolean): void {
    if (fallback) {
      this.#fallbackSinceMs = this.parts.nowMs();
      return;
    }
    if (this.#outageSinceMs !== undefined) this.#outages.add((this.parts.nowMs() - this.#outageSinceMs) / 1000);
    this.#outageSinceMs = undefined;
  }

  /** A loss leads to none where no fallback is being made ready, or is so only after one has failed. */
  #settleLoss(isOver = false): void {
    const left = this.#left;
    if (left === undefined || !(isOver || leadsToNone(this.parts.state()))) return;
    this.#left = undefined;
    this.#countSwitch(left.from, 'none', left.reason);
  }

  #leaveFallback(): void {
    if (this.#fallbackSinceMs === undefined) return;
    this.#fallbackMs += this.parts.nowMs() - this.#fallbackSinceMs;
    this.#fallbackSinceMs = undefined;
  }

  #countSwitch(from: SwitchEnd, to: SwitchEnd, reason: SwitchReason, by = 1): void {
    const key = `${from} ${to} ${reason}`;
    const count = (this.#switches.get(key)?.count ?? 0) + by;
    this.#switches.set(key, { from, to, reason, count });
  }
}

function leadsToNone(state: State): boolean {
  if (state.name !== 'unavailable') return state.name === 'closed';
  return state.preparing === undefined || state.fallbackFailedAtMs !== undefined;
}
