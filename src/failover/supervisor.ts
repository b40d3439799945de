import type { Timer } from '../clock.js';
import {
  canSwitch,
  classifyFailure,
  isQueryTimeout,
  isRefused,
  isServerAnswer,
  isStorageFailure,
  passesByItself,
} from '../databases/connection-failure.js';
import type { DatabaseInstance } from '../databases/database.js';
import { wasNeverSent } from '../databases/never-sent.js';
import { ConnectionClosedError, DatabaseUnavailableError } from '../errors.js';
import type { Recovery } from '../routing/unit-of-work.js';
import { within } from '../within.js';
import type { Engine, FailureKind, Reason, Role } from '../words.js';
import { announce } from './announce.js';
import { InFlightWatch } from './in-flight-watch.js';
import type { PrimaryFacts } from './primary-facts.js';
import { delayToNextProbeMs, probeTerms, repeatDelayMs } from './schedule.js';
import { FALLBACK_RETRY_MS, type Connecting, initialState, nextState, type Observation, type State } from './state.js';
import type { Parts, ProbeAnswer } from './supervisor-parts.js';
import { lossReason, noDatabase, notReadyReason, PrimarySchemaMissing, startFailed, wasAnswered } from './unavailable-errors.js';

/**
 * The loop: it asks (probes), lets `nextState` judge, and is the only one that stores the answer and acts on it.
 *
 * Probes are coalesced, so a thousand failing queries cause one. What arrives late is dropped by the generation, which grows
 * with every change of what is being prepared.
 */
export class Supervisor {
  #state: State;
  #probing: Promise<boolean> | undefined;
  #probeAgain = false;
  #timer: Timer | undefined;
  #fallbackTimer: Timer | undefined;
  readonly #watch: InFlightWatch;
  #generation = 0;
  #lastError: unknown;
  #missing: readonly string[] = [];
  /** When a database was active last. */
  #lostAtMs: number;
  #primaryLostAtMs: number;
  #leftEngine: Engine | null = null;
  #retryDelayMs: number | undefined;
  #manual = false;
  #checking = false;
  #working: Promise<void> = Promise.resolve();
  /** What the primary's last failed probe said. */
  #probeError: unknown;
  /** What kept a primary that answered from being used. */
  #notReadyError: unknown;
  #settleReady: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #closed: Promise<void> | undefined;
  readonly facts: PrimaryFacts = { reachable: null, lastProbeAtMs: null, lastProbeMs: null, consecutiveFailures: 0 };
  /** Settles with the first activation or when the start has failed. Never an unhandled rejection by itself. */
  readonly ready: Promise<void>;

  constructor(private readonly parts: Parts) {
    const nowMs = parts.clock.nowMs();
    this.#state = initialState(nowMs);
    this.#lostAtMs = this.#primaryLostAtMs = nowMs;
    this.ready = new Promise<void>((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.ready.catch(() => undefined);
    this.#watch = new InFlightWatch(
      parts.clock,
      parts.settings.detection.suspectAfterMs,
      () => parts.activations.active?.inFlight.oldestStartedAtMs,
      () => this.#suspect(),
    );
  }

  get state(): State {
    return this.#state;
  }

  get missingTables(): readonly string[] {
    return this.#missing;
  }

  start(): void {
    this.parts.narrator.starting();
    this.parts.outside(() => void this.probe());
  }

  /** The instance that new work begins on, or `undefined` where it has to wait. */
  open(): DatabaseInstance | undefined {
    const { active, behind } = this.parts.activations;
    return behind || this.#state.name === 'closed' ? undefined : active;
  }

  /** Waits for an instance, within the bounds of the state. */
  async wait(): Promise<DatabaseInstance> {
    this.#refuseClosed();
    const { activations, narrator } = this.parts;
    const instance = this.open() ?? (activations.behind ? activations.active : undefined) ?? (await this.#waitAndTell());
    if (activations.behind) await this.parts.outside(() => activations.catchUp((error) => narrator.modelsNotReady(error)));
    return activations.active ?? instance;
  }

  /** Hears of a statement that failed; one that says the server is away calls a probe. */
  noteFailure(error: unknown, instance: DatabaseInstance): void {
    if (instance !== this.parts.activations.active) return;
    if (instance.role === 'fallback') {
      if (isStorageFailure(error)) this.#fallbackFailed(error);
    } else if (this.#saysAway(error)) {
      if (wasNeverSent(error) && this.#unservedForMs(instance) >= this.parts.settings.detection.suspectAfterMs) this.#askAfresh();
      this.parts.outside(() => void this.probe());
    }
  }

  /** A statement has had no answer for long. */
  #suspect(): void {
    const { activations, clock, settings } = this.parts;
    const { active } = activations;
    const oldestMs = clock.nowMs() - (active?.connects?.oldestStartedAtMs ?? clock.nowMs());
    const { suspectAfterMs } = settings.detection;
    if (active !== undefined && oldestMs >= suspectAfterMs && this.#unservedForMs(active) >= oldestMs) this.#askAfresh();
    void this.probe();
  }

  #unservedForMs(instance: DatabaseInstance): number {
    return this.parts.clock.nowMs() - instance.inFlight.lastAnswerAtMs;
  }

  /** Lets the next probe open a connection: nothing else can be had, and the kept one may be the only one that is served. */
  #askAfresh(): void {
    if (this.#probing === undefined) this.parts.prober.drop();
  }

  /** A full disk or a broken file does not mend itself: the fallback is told as failed, and made anew at the next call. */
  #fallbackFailed(error: unknown): void {
    this.#lastError = error;
    this.parts.outside(() => this.#observe({ kind: 'fallback-failed' }));
  }

  /** Looks whether the fallback's storage is still there. */
  #checkFallback(): void {
    const { active } = this.parts.activations;
    if (active?.role !== 'fallback' || this.#checking || active.check === undefined) return;
    this.#checking = true;
    void active
      .check()
      .catch((error: unknown) => {
        if (active === this.parts.activations.active && active.lost === undefined) this.#fallbackFailed(error);
      })
      .finally(() => {
        this.#checking = false;
      });
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
    const { classify, clock, outside, settings } = this.parts;
    repetition.firstAtMs ??= clock.nowMs();
    const { kind } = classify(error, classifyFailure(error));
    if (instance.role === 'primary' && instance.lost === undefined && canSwitch(kind)) {
      // One probe may call the second that confirms it: after a failed one, or one that found a read-only server.
      do {
        if ((await outside(() => this.probe())) && kind !== 'not-primary') break;
      } while (this.#probing !== undefined);
    }
    if (this.#state.name === 'closed') return 'no';
    if (isLost(instance)) return 'lost';
    // What took the program's own time limit would take it again.
    const mayPass = instance.role === 'primary' && passesByItself(kind) && !isQueryTimeout(error);
    const isLate = repetition.attempt > 0 && clock.nowMs() - repetition.firstAtMs >= settings.maxWaitMs;
    if (!mayPass || isLate) return 'no';
    const delayMs = repeatDelayMs(repetition.attempt);
    await this.#pause(delayMs);
    return isLost(instance) ? 'lost' : 'same';
  }

  #pause(delayMs: number): Promise<void> {
    if (delayMs === 0) return Promise.resolve();
    return new Promise((resolve) => this.parts.clock.setTimer(resolve, delayMs, { holdsProcess: true }));
  }

  #saysAway(error: unknown): boolean {
    return canSwitch(this.parts.classify(error, classifyFailure(error)).kind);
  }

  /** Asks the primary now. Calls that come while a probe is under way share it. Resolves to whether it passed. */
  probe(): Promise<boolean> {
    if (this.#state.name === 'closed') return Promise.resolve(false);
    this.#probing ??= this.#probeOnce().finally(() => {
      this.#probing = undefined;
      const again = this.#probeAgain && this.#state.name !== 'closed';
      this.#probeAgain = false;
      if (again) {
        void this.probe();
      } else {
        this.#schedule(this.#takeRetryDelay());
      }
    });
    return this.#probing;
  }

  /** Probes now and goes over if that is good, without threshold and dwell. Resolves when that is decided. */
  async reconnect(): Promise<void> {
    this.#refuseClosed();
    await this.parts.outside(async () => {
      await this.#probing;
      this.#refuseClosed();
      this.#manual = true;
      try {
        await this.probe();
      } finally {
        this.#manual = false;
      }
      await this.#settled();
    });
  }

  /** Goes over to the fallback by hand. */
  async failover(reason: string, { hold = false }: { hold?: boolean } = {}): Promise<void> {
    const { settings } = this.parts;
    this.#refuseClosed();
    if (!settings.fallbackAllowed)
      throw new DatabaseUnavailableError('failover(): no fallback is allowed here, so there is nowhere to go.', { retryAfterMs: 0 });
    if (this.#state.name !== 'primary')
      throw new DatabaseUnavailableError(`failover(): the primary is not active (state ${this.#state.name}).`, { retryAfterMs: 0 });
    this.#lastError = new Error(reason);
    this.parts.narrator.failoverRequested(reason, hold);
    await this.parts.outside(async () => {
      this.#observe({ kind: 'failover-requested', hold });
      await this.#settled();
    });
    if (this.open()?.role !== 'fallback') throw this.#unavailable('failover(): the fallback can not be used');
  }

  #refuseClosed(): void {
    if (this.#state.name === 'closed') throw new ConnectionClosedError(this.parts.settings.serviceName);
  }

  close(timeoutMs: number): Promise<void> {
    this.#closed ??= this.parts.outside(() => this.#close(timeoutMs));
    return this.#closed;
  }

  async #close(timeoutMs: number): Promise<void> {
    const { activations, room, settings, prober, lookups, events, narrator } = this.parts;
    const closed = () => new ConnectionClosedError(settings.serviceName);
    this.#observe({ kind: 'close-requested' });
    room.refuse(closed);
    this.#settleReady?.reject(closed());
    prober.drop();
    const startedAtMs = this.parts.clock.nowMs();
    await within(timeoutMs, Promise.all([this.#working, lookups.idle()]));
    lookups.stop();
    await activations.close(Math.max(0, timeoutMs - (this.parts.clock.nowMs() - startedAtMs)));
    narrator.closed();
    events.emit('closed', {});
    events.removeAll();
  }

  /** The call that waits hears of it in its own async context. */
  async #waitAndTell(): Promise<DatabaseInstance> {
    const { clock, events } = this.parts;
    const startedAtMs = clock.nowMs();
    let dialect: Engine | null = null;
    try {
      const instance = await this.#waitForActivation();
      dialect = instance.engine;
      return instance;
    } finally {
      events.publish('waited', { dialect, durationMs: Math.round(clock.nowMs() - startedAtMs) });
    }
  }

  async #waitForActivation(): Promise<DatabaseInstance> {
    const { room, settings } = this.parts;
    this.#refuseClosed();
    if (room.size >= settings.maxQueued) throw this.#unavailable(`${room.size} calls wait already (maxQueued)`);
    // Before the start is decided, work waits as long as the start may take.
    const maxWaitMs = this.#state.name === 'connecting' ? undefined : settings.maxWaitMs;
    this.parts.outside(() => this.#wantFallback());
    return await room.wait(maxWaitMs, () => this.#unavailable(`waited ${maxWaitMs ?? 0} ms (maxWait)`));
  }

  /** Again and again while somebody waits: a fallback that failed may be tried once a second. */
  #wantFallback(): void {
    const { clock, room, settings } = this.parts;
    this.#observe({ kind: 'fallback-wanted' });
    if (!settings.fallbackAllowed || this.#state.name !== 'unavailable' || this.#fallbackTimer !== undefined) return;
    this.#fallbackTimer = clock.setTimer(
      () => {
        this.#fallbackTimer = undefined;
        if (room.size > 0) this.#wantFallback();
      },
      FALLBACK_RETRY_MS,
      { holdsProcess: false },
    );
  }

  #unavailable(why: string): DatabaseUnavailableError {
    return noDatabase(this.#state, why, this.#lastError, this.parts.settings);
  }

  /** The one place where the state is stored. */
  #observe(observation: Observation): void {
    const { clock, settings } = this.parts;
    const before = this.#state;
    const after = nextState(before, observation, clock.nowMs(), settings);
    if (after === before) return;
    this.#state = after;
    this.#enact(before, after);
  }

  #enact(before: State, after: State): void {
    if (before.name !== after.name) this.#entered(before, after);
    const degradedBy = degradedByOf(after);
    if (degradedBy !== undefined && degradedBy !== degradedByOf(before)) this.parts.narrator.degraded(degradedBy);
    // A listener that was told just now may have closed the connection.
    if (this.#state !== after) return;
    if (preparingOf(before) !== undefined && preparingOf(before) !== preparingOf(after)) this.parts.activations.callOff();
    const preparing = preparingOf(after);
    if (preparing !== undefined && (preparing !== preparingOf(before) || before.name !== after.name)) this.#prepare(preparing);
    // Not at each change within a state: calls that want a failed fallback would put the next probe off again and again.
    if (before.name !== after.name && after.name !== 'closed' && this.#probing === undefined) this.#schedule();
  }

  #entered(before: State, after: State): void {
    this.#watch.stop();
    if (after.name === 'closed') {
      this.#timer?.cancel();
      this.#fallbackTimer?.cancel();
    }
    if (after.name === 'unavailable') this.#enteredUnavailable(before, after.reason);
    if (after.name === 'primary') this.#watch.start();
  }

  #enteredUnavailable(before: State, reason: Reason): void {
    const { activations, events, narrator, clock } = this.parts;
    const left = activations.active;
    if (left !== undefined) {
      this.#lostAtMs = clock.nowMs();
      if (left.role === 'primary') this.#primaryLostAtMs = this.#lostAtMs;
      this.#leftEngine = left.engine;
      if (reason === 'manual') activations.leave();
      else activations.lose(lossReason(left, reason, this.#lastError));
      events.emit('disconnected', { dialect: left.engine, reason });
    }
    if (preparingOf(this.#state) !== undefined) return;
    narrator.unavailable(reason, this.#lastError);
    if (before.name === 'connecting') this.#startFailed(before, reason);
  }

  #startFailed(before: Connecting, reason: Reason): void {
    const attempts = Math.max(before.attempts, this.facts.consecutiveFailures);
    const facts = { kind: this.#startKind(reason), attempts, primary: this.#probeError ?? this.#notReadyError, last: this.#lastError };
    const error = startFailed(this.parts.settings, facts);
    this.#settleReady?.reject(error);
    this.parts.room.refuse(() => error);
  }

  #startKind(reason: Reason): Reason {
    if (this.#probeError !== undefined) return this.#kindOf(this.#probeError);
    return this.#notReadyError === undefined ? reason : notReadyReason(this.#notReadyError);
  }

  /** Makes a database ready in the background. Its result counts only if nothing else was begun meanwhile. */
  #prepare(role: Role): void {
    const generation = ++this.#generation;
    const current = () => generation === this.#generation && preparingOf(this.#state) === role;
    this.#working = this.parts.outside(async () => {
      const { activations } = this.parts;
      let instance: DatabaseInstance | undefined;
      try {
        instance = await activations.prepare(role);
        if (role === 'primary') await this.#checkTables();
        if (current()) this.#activate(role, instance);
        else await activations.discard(instance, new Error('The switch was called off.'));
      } catch (error) {
        if (instance !== undefined) await activations.discard(instance, error);
        if (current()) this.#notReady(role, error);
      }
    });
  }

  /** A primary without the models' tables would answer every query with 42P01. At the very start there may be none on purpose. */
  async #checkTables(): Promise<void> {
    const missing = this.#state.name === 'fallback' ? await this.parts.prober.missingTables(this.parts.settings.connectTimeoutMs) : [];
    this.#missing = missing;
    if (missing.length > 0) throw new PrimarySchemaMissing(missing);
  }

  #notReady(role: Role, error: unknown): void {
    const { narrator } = this.parts;
    this.#lastError = error;
    // No connection for the pool is no more than a failed probe.
    if (role === 'primary' && !wasAnswered(error) && classifyFailure(error).kind !== 'statement') {
      return this.#failed(error as Error, this.parts.clock.nowMs());
    }
    if (role === 'fallback') {
      narrator.fallbackFailed(error);
      this.#observe({ kind: 'fallback-failed' });
      return;
    }
    narrator.primaryNotReady(error, this.#state.name === 'fallback');
    this.#notReadyError = error;
    this.#observe({
      kind: 'primary-not-ready',
      reason: notReadyReason(error),
    });
  }

  #activate(role: Role, instance: DatabaseInstance): void {
    const { activations, clock, room, narrator, events } = this.parts;
    const before = this.#state;
    const left = activations.active;
    if (left !== undefined) {
      this.#leftEngine = left.engine;
      narrator.recovering();
      activations.leave();
    }
    activations.activate(instance, before.epoch + 1);
    this.#observe({ kind: role === 'primary' ? 'primary-ready' : 'fallback-ready' });
    const durationMs = Math.round(clock.nowMs() - (role === 'primary' ? this.#primaryLostAtMs : this.#lostAtMs));
    announce({ before, active: instance, left, lastEngine: this.#leftEngine, epoch: this.#state.epoch, durationMs }, events, narrator);
    room.admit(instance);
    this.#settleReady?.resolve();
  }

  async #probeOnce(): Promise<boolean> {
    this.#timer?.cancel();
    this.#checkFallback();
    const { clock, prober } = this.parts;
    const startedAtMs = clock.nowMs();
    const { deadlineMs, holdsProcess } = probeTerms(this.#state, this.parts.settings);
    try {
      const stay = this.#state.name === 'primary' || preparingOf(this.#state) === 'primary';
      const answer = await prober.ask(deadlineMs, { holdsProcess, stay });
      this.#passed(answer);
      return true;
    } catch (error) {
      if (this.#state.name !== 'closed') this.#failed(error as Error, startedAtMs);
      return false;
    }
  }

  #passed(answer: ProbeAnswer): void {
    if (this.#state.name === 'closed') return;
    const { clock, events, prober } = this.parts;
    Object.assign(this.facts, { reachable: true, lastProbeAtMs: clock.nowMs(), lastProbeMs: answer.durationMs, consecutiveFailures: 0 });
    this.#probeError = undefined;
    events.emit('healthCheckPassed', { durationMs: answer.durationMs });
    const before = this.#state;
    this.#observe({ kind: 'probe-passed', readOnly: answer.readOnly, elsewhere: prober.elsewhere, manual: this.#manual });
    this.#confirm(before);
  }

  #failed(error: Error, startedAtMs: number): void {
    const { clock, events, narrator, activations, prober } = this.parts;
    const failure = this.#kindOf(error);
    const nowMs = clock.nowMs();
    const consecutive = this.facts.consecutiveFailures + 1;
    Object.assign(this.facts, {
      reachable: false,
      lastProbeAtMs: nowMs,
      lastProbeMs: nowMs - startedAtMs,
      consecutiveFailures: consecutive,
    });
    this.#lastError = this.#probeError = error;
    this.#missing = [];
    events.emit('healthCheckFailed', { error, consecutive });
    narrator.probeFailed(error, failure, consecutive, this.#state);
    const lastAnswerAtMs = activations.active?.inFlight.lastAnswerAtMs ?? Number.NEGATIVE_INFINITY;
    const before = this.#state;
    const { elsewhere } = prober;
    this.#observe({
      kind: 'probe-failed',
      failure,
      refused: isRefused(error),
      startedAtMs,
      lastAnswerAtMs,
      elsewhere,
      manual: this.#manual,
    });
    if (before.name === 'connecting') this.#attemptFailed(error, failure);
    this.#confirm(before);
  }

  /** The second of the two probes that confirm a failure follows the first at once. */
  #confirm(before: State): void {
    if (failuresOf(before) === 0 && failuresOf(this.#state) === 1) this.#probeAgain = true;
  }

  /** A failure to reach the server that no table knows is still one: the probe got no answer. */
  #kindOf(error: unknown): FailureKind {
    const { kind } = this.parts.classify(error, classifyFailure(error));
    // A server that answers a connect with a refusal of its own (55000: the database takes no connections, 42501) is not down.
    if (kind === 'statement' && isServerAnswer(error)) return 'missing-database';
    return kind === 'statement' || kind === 'pool-exhausted' ? 'server-down' : kind;
  }

  #attemptFailed(error: Error, failure: FailureKind): void {
    const state = this.#state;
    const { narrator, events, settings, clock } = this.parts;
    const delayMs = state.name === 'connecting' ? delayToNextProbeMs(state, settings, clock.random()) : undefined;
    const attempt = state.name === 'connecting' ? state.attempts : this.facts.consecutiveFailures;
    narrator.attemptFailed(error, failure, delayMs, attempt);
    if (state.name !== 'connecting' || delayMs === undefined) return;
    this.#retryDelayMs = delayMs;
    events.emit('retry', { attempt: state.attempts, maxRetries: settings.maxRetries, delayMs, error });
  }

  /** The delay of a retry was told in its event, so it holds. */
  #takeRetryDelay(): number | undefined {
    const delayMs = this.#retryDelayMs;
    this.#retryDelayMs = undefined;
    return this.#state.name === 'connecting' ? delayMs : undefined;
  }

  /** @param delayMs where it was told already */
  #schedule(delayMs = delayToNextProbeMs(this.#state, this.parts.settings, this.parts.clock.random())): void {
    this.#timer?.cancel();
    if (delayMs === undefined) return;
    const { holdsProcess } = probeTerms(this.#state, this.parts.settings);
    this.#timer = this.parts.clock.setTimer(() => void this.probe(), delayMs, { holdsProcess });
  }

  /** Resolves when nothing is being prepared any more. */
  async #settled(): Promise<void> {
    for (let work = this.#working; ; work = this.#working) {
      await work;
      if (work === this.#working) return;
    }
  }
}

/** Asked anew after each wait. */
const isLost = (instance: DatabaseInstance): boolean => instance.lost !== undefined;

/** One that may yet be a loss is told by its failed probes. */
const degradedByOf = (state: State): FailureKind | undefined =>
  state.name === 'primary' && state.failures === 0 ? state.degradedBy : undefined;

const failuresOf = (state: State): number | undefined => (state.name === 'primary' ? state.failures : undefined);

const preparingOf = (state: State): Role | undefined => ('preparing' in state ? state.preparing : undefined);
