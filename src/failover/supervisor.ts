import { classifyFailure } from '../databases/connection-failure.js';
import type { DatabaseInstance } from '../databases/database.js';
import { ConnectionClosedError, DatabaseUnavailableError } from '../errors.js';
import { within } from '../within.js';
import type { Engine, Reason, Role } from '../words.js';
import { announce } from './announce.js';
import { Entrance } from './entrance.js';
import { FallbackCheck } from './fallback-check.js';
import { nextState, type Observation } from './next-state.js';
import type { PrimaryFacts } from './primary-facts.js';
import { Probing } from './probing.js';
import { type Connecting, degradedByOf, initialState, preparingOf, type State } from './state.js';
import { StatementWatch } from './statement-watch.js';
import type { StateHolder, Parts } from './supervisor-parts.js';
import { lossReason, noDatabase, notReadyReason, PrimarySchemaMissing, startFailed, wasAnswered } from './unavailable-errors.js';

/**
 * The loop: probes ask, `nextState` judges, and this is the only one that stores the answer and acts on it.
 *
 * What arrives late is dropped by the generation, which grows with every change of what is being prepared.
 */
export class Supervisor implements StateHolder {
  #state: State;
  #generation = 0;
  #lastError: unknown;
  /** What kept a primary that answered from being used. */
  #notReadyError: unknown;
  /** When a database was active last. */
  #lostAtMs: number;
  #primaryLostAtMs: number;
  #leftEngine: Engine | null = null;
  #working: Promise<void> = Promise.resolve();
  #settleReady: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #closed: Promise<void> | undefined;
  readonly #probing: Probing;
  /** Settles with the first activation or when the start has failed. Never an unhandled rejection by itself. */
  readonly ready: Promise<void>;
  /** Where new work begins. */
  readonly entrance: Entrance;
  /** Hears how statements fare. */
  readonly statements: StatementWatch;

  constructor(private readonly parts: Parts) {
    const nowMs = parts.clock.nowMs();
    this.#state = initialState(nowMs);
    this.#lostAtMs = this.#primaryLostAtMs = nowMs;
    this.ready = new Promise<void>((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.ready.catch(() => undefined);
    const fallback = new FallbackCheck(parts.activations, (error) => this.#fallbackFailed(error));
    this.#probing = new Probing(parts, this, () => fallback.look());
    this.entrance = new Entrance(parts, this);
    this.statements = new StatementWatch(parts, this.#probing, {
      isClosed: () => this.#state.name === 'closed',
      fallbackFailed: (error) => this.#fallbackFailed(error),
    });
  }

  get state(): State {
    return this.#state;
  }

  get facts(): Readonly<PrimaryFacts> {
    return this.#probing.facts;
  }

  start(): void {
    this.parts.narrator.starting();
    this.parts.outside(() => void this.probe());
  }

  /** Asks the primary now. Resolves to whether it answered. */
  probe(): Promise<boolean> {
    return this.#probing.ask();
  }

  /** Probes now and goes over if that is good, without threshold and dwell. Resolves when that is decided. */
  async reconnect(): Promise<void> {
    this.entrance.refuseClosed();
    await this.parts.outside(async () => {
      await this.#probing.idle();
      this.entrance.refuseClosed();
      await this.#probing.byHand();
      await this.#settled();
    });
  }

  /** Goes over to the fallback by hand. */
  async failover(reason: string, { hold = false }: { hold?: boolean } = {}): Promise<void> {
    const { narrator, outside, settings } = this.parts;
    this.entrance.refuseClosed();
    if (!settings.fallbackAllowed)
      throw new DatabaseUnavailableError('failover(): no fallback is allowed here, so there is nowhere to go.', { retryAfterMs: 0 });
    if (this.#state.name !== 'primary')
      throw new DatabaseUnavailableError(`failover(): the primary is not active (state ${this.#state.name}).`, { retryAfterMs: 0 });
    this.blame(new Error(reason));
    narrator.failoverRequested(reason, hold);
    await outside(async () => {
      this.observe({ kind: 'failover-requested', hold });
      await this.#settled();
    });
    if (this.entrance.open()?.role !== 'fallback') throw this.unavailable('failover(): the fallback can not be used');
  }

  close(timeoutMs: number): Promise<void> {
    this.#closed ??= this.parts.outside(() => this.#close(timeoutMs));
    return this.#closed;
  }

  unavailable(why: string): DatabaseUnavailableError {
    return noDatabase(this.#state, why, this.#lastError, this.parts.settings);
  }

  blame(error: unknown): void {
    this.#lastError = error;
  }

  /** The one place where the state is stored. */
  observe(observation: Observation): void {
    const { clock, settings } = this.parts;
    const before = this.#state;
    const after = nextState(before, observation, clock.nowMs(), settings);
    if (after === before) return;
    this.#state = after;
    this.#enact(before, after);
  }

  async #close(timeoutMs: number): Promise<void> {
    const { activations, room, settings, prober, lookups, events, narrator } = this.parts;
    const closed = () => new ConnectionClosedError(settings.serviceName);
    this.observe({ kind: 'close-requested' });
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

  /** A full disk or a broken file does not mend itself: the fallback is told as failed, and made anew at the next call. */
  #fallbackFailed(error: unknown): void {
    this.blame(error);
    this.parts.outside(() => this.observe({ kind: 'fallback-failed' }));
  }

  #enact(before: State, after: State): void {
    const { activations, narrator } = this.parts;
    if (before.name !== after.name) this.#entered(before, after);
    const degradedBy = degradedByOf(after);
    if (degradedBy !== undefined && degradedBy !== degradedByOf(before)) narrator.degraded(degradedBy);
    // A listener that was told just now may have closed the connection.
    if (this.#state !== after) return;
    if (preparingOf(before) !== undefined && preparingOf(before) !== preparingOf(after)) activations.callOff();
    const preparing = preparingOf(after);
    if (preparing !== undefined && (preparing !== preparingOf(before) || before.name !== after.name)) this.#prepare(preparing);
    // Not at each change within a state: calls that want a failed fallback would put the next probe off again and again.
    if (before.name !== after.name && after.name !== 'closed' && !this.#probing.isUnderWay) this.#probing.schedule();
  }

  #entered(before: State, after: State): void {
    this.statements.stop();
    if (after.name === 'closed') {
      this.#probing.stop();
      this.entrance.stop();
    }
    if (after.name === 'unavailable') this.#enteredUnavailable(before, after.reason);
    if (after.name === 'primary') this.statements.start();
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
    const { facts, lastFailure } = this.#probing;
    const error = startFailed(this.parts.settings, {
      kind: lastFailure?.kind ?? (this.#notReadyError === undefined ? reason : notReadyReason(this.#notReadyError)),
      attempts: Math.max(before.attempts, facts.consecutiveFailures),
      primary: lastFailure?.error ?? this.#notReadyError,
      last: this.#lastError,
    });
    this.#settleReady?.reject(error);
    this.parts.room.refuse(() => error);
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
    this.#probing.noteMissing(missing);
    if (missing.length > 0) throw new PrimarySchemaMissing(missing);
  }

  #notReady(role: Role, error: unknown): void {
    const { clock, narrator } = this.parts;
    this.blame(error);
    if (role === 'fallback') {
      narrator.fallbackFailed(error);
      this.observe({ kind: 'fallback-failed' });
    } else if (!wasAnswered(error) && classifyFailure(error).kind !== 'statement') {
      // No connection for the pool is no more than a failed probe.
      this.#probing.failed(error as Error, clock.nowMs());
    } else {
      narrator.primaryNotReady(error, this.#state.name === 'fallback');
      this.#notReadyError = error;
      this.observe({ kind: 'primary-not-ready', reason: notReadyReason(error) });
    }
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
    this.observe({ kind: role === 'primary' ? 'primary-ready' : 'fallback-ready' });
    const durationMs = Math.round(clock.nowMs() - (role === 'primary' ? this.#primaryLostAtMs : this.#lostAtMs));
    announce({ before, active: instance, left, lastEngine: this.#leftEngine, epoch: this.#state.epoch, durationMs }, events, narrator);
    room.admit(instance);
    this.#settleReady?.resolve();
  }

  /** Resolves when nothing is being prepared any more. */
  async #settled(): Promise<void> {
    for (let work = this.#working; ; work = this.#working) {
      await work;
      if (work === this.#working) return;
    }
  }
}
