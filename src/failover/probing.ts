import type { Timer } from '../clock.js';
import { classifyFailure, isRefused, isServerAnswer } from '../databases/connection-failure.js';
import type { FailureKind } from '../words.js';
import { nothingKnown, type PrimaryFacts } from './primary-facts.js';
import { delayToNextProbeMs, probeTerms } from './schedule.js';
import { failuresOf, preparingOf, type State } from './state.js';
import type { Parts, ProbeAnswer, StateHolder } from './supervisor-parts.js';

/** Asks the primary, at its times and when called. Probes are coalesced, so a thousand failing queries cause one. */
export class Probing {
  #underWay: Promise<boolean> | undefined;
  #again = false;
  #byHand = false;
  #timer: Timer | undefined;
  #retryDelayMs: number | undefined;
  #lastFailure: { readonly error: Error; readonly kind: FailureKind } | undefined;
  readonly facts: PrimaryFacts = nothingKnown();

  /** @param begins is called with each probe */
  constructor(
    private readonly parts: Parts,
    private readonly holder: StateHolder,
    private readonly begins: () => void,
  ) {}

  get isUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  /** What the last probe said, where it failed. */
  get lastFailure(): { readonly error: Error; readonly kind: FailureKind } | undefined {
    return this.#lastFailure;
  }

  /** Asks the primary now. Calls that come while a probe is under way share it. Resolves to whether it passed. */
  ask(): Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false);
    this.#underWay ??= this.#once().finally(() => {
      this.#underWay = undefined;
      const again = this.#again && !this.#isClosed;
      this.#again = false;
      if (again) {
        void this.ask();
      } else {
        this.schedule(this.#takeRetryDelay());
      }
    });
    return this.#underWay;
  }

  /** Resolves when the probe that is under way has ended. */
  async idle(): Promise<void> {
    await this.#underWay;
  }

  /** Asks now, and the answer counts without threshold and dwell. One that was asked before must have ended (`idle`). */
  async byHand(): Promise<void> {
    this.#byHand = true;
    try {
      await this.ask();
    } finally {
      this.#byHand = false;
    }
  }

  /** Lets the next probe open a connection: nothing else can be had, and the kept one may be the only one that is served. */
  afresh(): void {
    if (!this.isUnderWay) this.parts.prober.drop();
  }

  /** @param delayMs where it was told already */
  schedule(delayMs = delayToNextProbeMs(this.holder.state, this.parts.settings, this.parts.clock.random())): void {
    this.stop();
    if (delayMs === undefined) return;
    const { holdsProcess } = probeTerms(this.holder.state, this.parts.settings);
    this.#timer = this.parts.clock.setTimer(() => void this.ask(), delayMs, { holdsProcess });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Which of the models' tables the primary lacks. */
  noteMissing(tables: readonly string[]): void {
    this.facts.missingTables = tables;
  }

  /** A probe failed, or what is no more than that. */
  failed(error: Error, startedAtMs: number): void {
    const { clock, events, narrator, activations, prober } = this.parts;
    const kind = this.#kindOf(error);
    const nowMs = clock.nowMs();
    const consecutive = this.facts.consecutiveFailures + 1;
    Object.assign(this.facts, {
      reachable: false,
      lastProbeAtMs: nowMs,
      lastProbeMs: nowMs - startedAtMs,
      consecutiveFailures: consecutive,
      missingTables: [],
    } satisfies PrimaryFacts);
    this.#lastFailure = { error, kind };
    this.holder.blame(error);
    events.emit('healthCheckFailed', { error, consecutive });
    narrator.probeFailed(error, kind, consecutive, this.holder.state);
    const lastAnswerAtMs = activations.active?.inFlight.lastAnswerAtMs ?? Number.NEGATIVE_INFINITY;
    const { elsewhere } = prober;
    const before = this.holder.state;
    const seen = { failure: kind, refused: isRefused(error), startedAtMs, lastAnswerAtMs, elsewhere, manual: this.#byHand };
    this.holder.observe({ kind: 'probe-failed', ...seen });
    if (before.name === 'connecting') this.#attemptFailed(error, kind);
    this.#confirm(before);
  }

  get #isClosed(): boolean {
    return this.holder.state.name === 'closed';
  }

  async #once(): Promise<boolean> {
    this.stop();
    this.begins();
    const { clock, prober, settings } = this.parts;
    const startedAtMs = clock.nowMs();
    const { state } = this.holder;
    const { deadlineMs, holdsProcess } = probeTerms(state, settings);
    try {
      const stay = state.name === 'primary' || preparingOf(state) === 'primary';
      this.#passed(await prober.ask(deadlineMs, { holdsProcess, stay }));
      return true;
    } catch (error) {
      if (!this.#isClosed) this.failed(error as Error, startedAtMs);
      return false;
    }
  }

  #passed({ durationMs, readOnly }: ProbeAnswer): void {
    if (this.#isClosed) return;
    const { clock, events, prober } = this.parts;
    Object.assign(this.facts, { reachable: true, lastProbeAtMs: clock.nowMs(), lastProbeMs: durationMs, consecutiveFailures: 0 });
    this.#lastFailure = undefined;
    events.emit('healthCheckPassed', { durationMs });
    const before = this.holder.state;
    this.holder.observe({ kind: 'probe-passed', readOnly, elsewhere: prober.elsewhere, manual: this.#byHand });
    this.#confirm(before);
  }

  /** The second of the two probes that confirm a failure follows the first at once. */
  #confirm(before: State): void {
    if (failuresOf(before) === 0 && failuresOf(this.holder.state) === 1) this.#again = true;
  }

  /** A failure to reach the server that no table knows is still one: the probe got no answer. */
  #kindOf(error: unknown): FailureKind {
    const { kind } = this.parts.classify(error, classifyFailure(error));
    // A server that answers a connect with a refusal of its own (55000: the database takes no connections, 42501) is not down.
    if (kind === 'statement' && isServerAnswer(error)) return 'missing-database';
    return kind === 'statement' || kind === 'pool-exhausted' ? 'server-down' : kind;
  }

  #attemptFailed(error: Error, kind: FailureKind): void {
    const { state } = this.holder;
    const { narrator, events, settings, clock } = this.parts;
    const delayMs = state.name === 'connecting' ? delayToNextProbeMs(state, settings, clock.random()) : undefined;
    const attempt = state.name === 'connecting' ? state.attempts : this.facts.consecutiveFailures;
    narrator.attemptFailed(error, kind, delayMs, attempt);
    if (state.name !== 'connecting' || delayMs === undefined) return;
    this.#retryDelayMs = delayMs;
    events.emit('retry', { attempt: state.attempts, maxRetries: settings.maxRetries, delayMs, error });
  }

  /** The delay of a retry was told in its event, so it holds. */
  #takeRetryDelay(): number | undefined {
    const delayMs = this.#retryDelayMs;
    this.#retryDelayMs = undefined;
    return this.holder.state.name === 'connecting' ? delayMs : undefined;
  }
}
