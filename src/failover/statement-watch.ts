import { canSwitch, classifyFailure, isQueryTimeout, isStorageFailure, passesByItself } from '../databases/connection-failure.js';
import type { DatabaseInstance } from '../databases/database.js';
import { wasNeverSent } from '../databases/never-sent.js';
import type { Recovery } from '../routing/unit-of-work.js';
import type { FailureKind } from '../words.js';
import { InFlightWatch } from './in-flight-watch.js';
import type { Probing } from './probing.js';
import { repeatDelayMs } from './schedule.js';
import type { Parts } from './supervisor-parts.js';

/** What the watch has to know and to tell. */
export interface StatementEars {
  isClosed(): boolean;
  fallbackFailed(error: unknown): void;
}

/** Hears of statements that fail or have no answer, and asks the primary where they say that it is away. */
export class StatementWatch {
  readonly #watch: InFlightWatch;

  constructor(
    private readonly parts: Parts,
    private readonly probing: Probing,
    private readonly ears: StatementEars,
  ) {
    const { activations, clock, settings } = parts;
    this.#watch = new InFlightWatch(
      clock,
      settings.detection.suspectAfterMs,
      () => activations.active?.inFlight.oldestStartedAtMs,
      () => this.#suspect(),
    );
  }

  start(): void {
    this.#watch.start();
  }

  stop(): void {
    this.#watch.stop();
  }

  /** Hears of a statement that failed; one that says the server is away calls a probe. */
  noteFailure(error: unknown, instance: DatabaseInstance): void {
    const { activations, outside, settings } = this.parts;
    if (instance !== activations.active) return;
    if (instance.role === 'fallback') {
      if (isStorageFailure(error)) this.ears.fallbackFailed(error);
    } else if (canSwitch(this.#kindOf(error))) {
      if (wasNeverSent(error) && this.#unservedForMs(instance) >= settings.detection.suspectAfterMs) this.probing.afresh();
      outside(() => void this.probing.ask());
    }
  }

  /**
   * Finds out what a failure means for a call that may be made again: asks the primary where the error says that it is away, and
   * waits a little, longer with each attempt, where only the connection was lost.
   */
  async recover(
    instance: DatabaseInstance,
    error: unknown,
    repetition: { attempt: number; firstAtMs: number | undefined },
  ): Promise<Recovery> {
    const { clock, outside, settings } = this.parts;
    repetition.firstAtMs ??= clock.nowMs();
    const kind = this.#kindOf(error);
    if (instance.role === 'primary' && instance.lost === undefined && canSwitch(kind)) {
      // One probe may call the second that confirms it: after a failed one, or one that found a read-only server.
      do {
        if ((await outside(() => this.probing.ask())) && kind !== 'not-primary') break;
      } while (this.probing.isUnderWay);
    }
    if (this.ears.isClosed()) return 'no';
    if (isLost(instance)) return 'lost';
    // What took the program's own time limit would take it again.
    const mayPass = instance.role === 'primary' && passesByItself(kind) && !isQueryTimeout(error);
    const isLate = repetition.attempt > 0 && clock.nowMs() - repetition.firstAtMs >= settings.maxWaitMs;
    if (!mayPass || isLate) return 'no';
    await this.#pause(repeatDelayMs(repetition.attempt));
    return isLost(instance) ? 'lost' : 'same';
  }

  /** A statement has had no answer for long. */
  #suspect(): void {
    const { activations, clock, settings } = this.parts;
    const { active } = activations;
    const oldestMs = clock.nowMs() - (active?.connects?.oldestStartedAtMs ?? clock.nowMs());
    const { suspectAfterMs } = settings.detection;
    if (active !== undefined && oldestMs >= suspectAfterMs && this.#unservedForMs(active) >= oldestMs) this.probing.afresh();
    void this.probing.ask();
  }

  #unservedForMs(instance: DatabaseInstance): number {
    return this.parts.clock.nowMs() - instance.inFlight.lastAnswerAtMs;
  }

  #kindOf(error: unknown): FailureKind {
    return this.parts.classify(error, classifyFailure(error)).kind;
  }

  #pause(delayMs: number): Promise<void> {
    if (delayMs === 0) return Promise.resolve();
    return new Promise((resolve) => this.parts.clock.setTimer(resolve, delayMs, { holdsProcess: true }));
  }
}

/** Asked anew after each wait. */
const isLost = (instance: DatabaseInstance): boolean => instance.lost !== undefined;
