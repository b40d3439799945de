import type { Clock, Timer } from '../clock.js';
import { canSwitch, classifyFailure, isRefused } from '../databases/connection-failure.js';
import type { DatabaseInstance } from '../databases/database.js';
import { ConnectionClosedError, DatabaseUnavailableError, PrimaryUnavailableError } from '../errors.js';
import { textOf } from '../error-text.js';
import type { Events } from '../events.js';
import { within } from '../within.js';
import type { PrimaryFacts } from './primary-facts.js';
import { delayToNextProbeMs, LOST_PROBE_INTERVAL_MS, probeTerms, type Settings } from './schedule.js';
import { initialState, nextState, type Observation, type State } from './state.js';
import type { WaitingRoom } from './waiting-room.js';
import type { Engine, FailureKind, FailureVerdict, Reason, Role } from '../words.js';

/** The shortest advice to a caller that was turned away. */
const SHORTEST_RETRY_AFTER_MS = 100;

/** What the primary said. `readOnly`: a write would be refused. */
export interface ProbeAnswer {
  readonly durationMs: number;
  readonly readOnly: boolean;
}

/** How the primary is asked. */
export interface Prober {
  ask(deadlineMs: number, options: { holdsProcess: boolean }): Promise<ProbeAnswer>;
  /** The models' tables that the primary lacks. */
  missingTables(deadlineMs: number): Promise<string[]>;
  drop(): void;
}

/** What the supervisor has done to the databases. */
export interface Switch {
  readonly active: DatabaseInstance | undefined;
  readonly behind: boolean;
  prepare(role: Role): Promise<DatabaseInstance>;
  activate(instance: DatabaseInstance): void;
  discard(instance: DatabaseInstance, reason: unknown): Promise<void>;
  lose(reason: Error): void;
  leave(): void;
  catchUp(onError: (error: unknown) => void): Promise<void>;
  close(timeoutMs: number): Promise<void>;
}

/** What is told of the way, beside events. */
export interface Narrator {
  starting(): void;
  attemptFailed(error: Error, failure: FailureKind, nextInMs: number | undefined): void;
  probeFailed(error: Error, failure: FailureKind, consecutive: number, state: State): void;
  recovering(): void;
  recovered(): void;
  rowsKept(rows: number): void;
  onFallback(reason: Reason): void;
  onPrimary(): void;
  unavailable(reason: Reason, error: unknown): void;
  primaryNotReady(error: unknown): void;
  fallbackFailed(error: unknown): void;
  modelsNotReady(error: unknown): void;
}

export interface Parts {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly prober: Prober;
  readonly activations: Switch;
  readonly events: Events;
  readonly room: WaitingRoom;
  readonly narrator: Narrator;
  readonly classify: (error: unknown, verdict: FailureVerdict) => FailureVerdict;
  /** Runs a function outside any unit of work. */
  readonly outside: <T>(call: () => T) => T;
}

/** The primary's tables are not all there; `tables` names those that the models need. */
export class PrimarySchemaMissing extends Error {
  constructor(readonly tables: readonly string[]) {
    super(`PostgreSQL has no ${tables.length === 1 ? 'table' : 'tables'} ${tables.join(', ')}`);
  }
}

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
  #watch: Timer | undefined;
  #generation = 0;
  #lastError: unknown;
  #missing: readonly string[] = [];
  #lostAtMs: number;
  #leftEngine: Engine | null = null;
  #retryDelayMs: number | undefined;
  #manual = false;
  #working: Promise<void> = Promise.resolve();
  /** What the primary's last failed probe said. */
  #probeError: unknown;
  #settleReady: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #suspectedAtMs = Number.NEGATIVE_INFINITY;
  #closed: Promise<void> | undefined;
  readonly facts: PrimaryFacts = { reachable: null, lastProbeAtMs: null, lastProbeMs: null, consecutiveFailures: 0 };
  /** Settles with the first activation or when the start has failed. Never an unhandled rejection by itself. */
  readonly ready: Promise<void>;

  constructor(private readonly parts: Parts) {
    const nowMs = parts.clock.nowMs();
    this.#state = initialState(nowMs);
    this.#lostAtMs = nowMs;
    this.ready = new Promise<void>((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.ready.catch(() => undefined);
  }

  get state(): State {
    return this.#state;
  }

  /** Failed attempts since the primary last answered. */
  get retryAttempts(): number {
    return this.facts.consecutiveFailures;
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
    return behind ? undefined : active;
  }

  /** Waits for an instance, within the bounds of the state. */
  async wait(): Promise<DatabaseInstance> {
    const { activations, narrator } = this.parts;
    const instance = activations.active ?? (await this.#waitForActivation());
    if (activations.behind) await this.parts.outside(() => activations.catchUp((error) => narrator.modelsNotReady(error)));
    return activations.active ?? instance;
  }

  /** Hears of a statement that failed; one that says the server is away calls a probe. */
  noteFailure(error: unknown, instance: DatabaseInstance): void {
    if (instance !== this.parts.activations.active || instance.role !== 'primary') return;
    if (this.#saysAway(error)) this.parts.outside(() => void this.probe());
  }

  /** Resolves to whether an instance is lost, now that work on it failed: asks the primary where the error says that it is away. */
  async isLost(instance: DatabaseInstance, error: unknown): Promise<boolean> {
    if (instance.role === 'primary' && instance.lost === undefined && this.#saysAway(error)) {
      // One failed probe may call the second that confirms it.
      while (!(await this.parts.outside(() => this.probe())) && this.#state.name === 'primary' && this.#state.failures === 1);
    }
    return instance.lost !== undefined && this.#state.name !== 'closed';
  }

  #saysAway(error: unknown): boolean {
    return canSwitch(this.parts.classify(error, classifyFailure(error)).kind);
  }

  /** Asks the primary now. Calls that come while a probe is under way share it. Resolves to whether it passed. */
  probe(): Promise<boolean> {
    this.#probing ??= this.#probeOnce().finally(() => {
      this.#probing = undefined;
      if (this.#probeAgain) {
        this.#probeAgain = false;
        void this.probe();
      } else {
        this.#schedule(this.#takeRetryDelay());
      }
    });
    return this.#probing;
  }

  /** Probes now and goes over if that is good, without threshold and dwell. Resolves when that is decided. */
  async reconnect(): Promise<void> {
    if (this.#state.name === 'closed') throw new ConnectionClosedError(this.parts.settings.serviceName);
    await this.parts.outside(async () => {
      await this.#probing;
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
    if (this.#state.name === 'closed') throw new ConnectionClosedError(settings.serviceName);
    if (!settings.fallbackAllowed)
      throw new DatabaseUnavailableError('failover(): no fallback is allowed here, so there is nowhere to go.', { retryAfterMs: 0 });
    if (this.#state.name !== 'primary')
      throw new DatabaseUnavailableError(`failover(): the primary is not active (state ${this.#state.name}).`, { retryAfterMs: 0 });
    this.#lastError = new Error(reason);
    await this.parts.outside(async () => {
      this.#observe({ kind: 'failover-requested', hold });
      await this.#settled();
    });
  }

  close(timeoutMs: number): Promise<void> {
    this.#closed ??= this.parts.outside(() => this.#close(timeoutMs));
    return this.#closed;
  }

  async #close(timeoutMs: number): Promise<void> {
    const { activations, room, settings, prober, events } = this.parts;
    const closed = () => new ConnectionClosedError(settings.serviceName);
    this.#observe({ kind: 'close-requested' });
    room.refuse(closed);
    this.#settleReady?.reject(closed());
    prober.drop();
    await within(timeoutMs, this.#working);
    await activations.close(timeoutMs);
    events.emit('closed', {});
    events.removeAll();
  }

  async #waitForActivation(): Promise<DatabaseInstance> {
    const { room, settings } = this.parts;
    if (this.#state.name === 'closed') throw new ConnectionClosedError(settings.serviceName);
    if (room.size >= settings.maxQueued) throw this.#unavailable(`${room.size} calls wait already (maxQueued)`);
    // Before the start is decided, work waits as long as the start may take.
    const maxWaitMs = this.#state.name === 'connecting' ? undefined : settings.maxWaitMs;
    this.parts.outside(() => this.#observe({ kind: 'fallback-wanted' }));
    return await room.wait(maxWaitMs, () => this.#unavailable(`waited ${maxWaitMs ?? 0} ms (maxWait)`));
  }

  #unavailable(why: string): DatabaseUnavailableError {
    const { settings } = this.parts;
    const reason = 'reason' in this.#state ? (this.#state.reason ?? 'unknown') : 'unknown';
    const retryAfterMs = Math.max(SHORTEST_RETRY_AFTER_MS, Math.min(LOST_PROBE_INTERVAL_MS, settings.healthCheckIntervalMs));
    return new DatabaseUnavailableError(
      `${settings.serviceName} has no database: PostgreSQL is away (${reason}); ${why}. Nothing was sent. Try again in ${retryAfterMs} ms.`,
      { retryAfterMs, cause: this.#lastError },
    );
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
    const preparing = preparingOf(after);
    if (preparing !== undefined && (preparing !== preparingOf(before) || before.name !== after.name)) this.#prepare(preparing);
    if (after.name !== 'closed' && this.#probing === undefined) this.#schedule();
  }

  #entered(before: State, after: State): void {
    this.#watch?.cancel();
    if (after.name === 'closed') this.#timer?.cancel();
    if (after.name === 'unavailable') this.#enteredUnavailable(before, after.reason);
    if (after.name === 'primary') this.#watchInFlight();
  }

  #enteredUnavailable(before: State, reason: Reason): void {
    const { activations, events, narrator, clock } = this.parts;
    const left = activations.active;
    if (left !== undefined) {
      this.#lostAtMs = clock.nowMs();
      this.#leftEngine = left.engine;
      if (reason === 'manual') activations.leave();
      else activations.lose(lossOf(left, reason, this.#lastError));
      events.emit('disconnected', { dialect: left.engine, reason });
    }
    if (preparingOf(this.#state) !== undefined) return;
    narrator.unavailable(reason, this.#lastError);
    if (before.name === 'connecting') this.#startFailed(before, reason);
  }

  #startFailed(before: Extract<State, { name: 'connecting' }>, reason: Reason): void {
    const { serviceName } = this.parts.settings;
    const attempts = Math.max(before.attempts, this.facts.consecutiveFailures);
    const made = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
    const fallback = reason === 'fallback-failed' ? ` The SQLite fallback failed too: ${textOf(this.#lastError)}` : '';
    const error = new PrimaryUnavailableError(
      `${serviceName} could not reach PostgreSQL (${this.#probeError === undefined ? reason : this.#kindOf(this.#probeError)}, ${made}): ` +
        `${textOf(this.#probeError ?? this.#lastError)}.${fallback}`,
      { attempts, cause: this.#lastError },
    );
    this.#settleReady?.reject(error);
    this.parts.room.refuse(() => error);
  }

  /** Makes a database ready in the background. Its result counts only if nothing else was begun meanwhile. */
  #prepare(role: Role): void {
    const generation = ++this.#generation;
    const current = () => generation === this.#generation && this.#state.name !== 'closed';
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
    if (role === 'fallback') {
      narrator.fallbackFailed(error);
      this.#observe({ kind: 'fallback-failed' });
      return;
    }
    narrator.primaryNotReady(error);
    this.#observe({
      kind: 'primary-not-ready',
      reason: error instanceof PrimarySchemaMissing ? 'primary-schema-missing' : 'primary-not-ready',
    });
  }

  #activate(role: Role, instance: DatabaseInstance): void {
    const { activations, clock, room, narrator } = this.parts;
    const before = this.#state;
    const left = activations.active;
    if (left !== undefined) {
      this.#leftEngine = left.engine;
      narrator.recovering();
      activations.leave();
    }
    activations.activate(instance);
    this.#observe({ kind: role === 'primary' ? 'primary-ready' : 'fallback-ready' });
    this.#tell(role, before, left, clock.nowMs());
    room.admit(instance);
    this.#settleReady?.resolve();
  }

  #tell(role: Role, before: State, left: DatabaseInstance | undefined, nowMs: number): void {
    const { events, narrator } = this.parts;
    const { epoch } = this.#state;
    const to = this.parts.activations.active?.engine ?? 'postgres';
    const durationMs = Math.round(nowMs - this.#lostAtMs);
    if (role === 'fallback') {
      const reason = ('reason' in before ? before.reason : undefined) ?? 'server-down';
      narrator.onFallback(reason);
      events.emit('failover', { from: before.name === 'connecting' ? null : this.#leftEngine, to, reason, epoch, durationMs });
    } else if (before.name !== 'connecting') {
      narrator.recovered();
      this.#tellRowsKept(left);
      events.emit('recovered', { from: left?.engine ?? null, to, epoch, downtimeMs: durationMs });
    } else narrator.onPrimary();
    events.emit('connected', { dialect: to, fallback: role === 'fallback', epoch });
  }

  /** Rows that stay behind must not be a surprise. */
  #tellRowsKept(left: DatabaseInstance | undefined): void {
    left?.rowsWritten?.().then(
      (rows) => this.parts.narrator.rowsKept(rows),
      () => undefined,
    );
  }

  async #probeOnce(): Promise<boolean> {
    this.#timer?.cancel();
    const { clock, prober } = this.parts;
    const startedAtMs = clock.nowMs();
    const { deadlineMs, holdsProcess } = probeTerms(this.#state, this.parts.settings);
    try {
      const answer = await prober.ask(deadlineMs, { holdsProcess });
      this.#passed(answer);
      return true;
    } catch (error) {
      if (this.#state.name !== 'closed') this.#failed(error as Error, startedAtMs);
      return false;
    }
  }

  #passed(answer: ProbeAnswer): void {
    if (this.#state.name === 'closed') return;
    const { clock, events } = this.parts;
    Object.assign(this.facts, { reachable: true, lastProbeAtMs: clock.nowMs(), lastProbeMs: answer.durationMs, consecutiveFailures: 0 });
    events.emit('healthCheckPassed', { durationMs: answer.durationMs });
    this.#observe({ kind: 'probe-passed', readOnly: answer.readOnly, manual: this.#manual });
  }

  #failed(error: Error, startedAtMs: number): void {
    const { clock, events, narrator, activations } = this.parts;
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
    events.emit('healthCheckFailed', { error, consecutive });
    narrator.probeFailed(error, failure, consecutive, this.#state);
    const lastAnswerAtMs = activations.active?.inFlight.lastAnswerAtMs ?? Number.NEGATIVE_INFINITY;
    const before = this.#state;
    this.#observe({ kind: 'probe-failed', failure, refused: isRefused(error), startedAtMs, lastAnswerAtMs });
    if (before.name === 'connecting') this.#attemptFailed(error, failure);
    // The second of the two that confirm a failure follows at once.
    else if (this.#state.name === 'primary' && this.#state.failures === 1) this.#probeAgain = true;
  }

  /** A failure to reach the server that no table knows is still one: the probe got no answer. */
  #kindOf(error: unknown): FailureKind {
    const { kind } = this.parts.classify(error, classifyFailure(error));
    return kind === 'statement' || kind === 'pool-exhausted' ? 'server-down' : kind;
  }

  #attemptFailed(error: Error, failure: FailureKind): void {
    const state = this.#state;
    const { narrator, events, settings, clock } = this.parts;
    const delayMs = state.name === 'connecting' ? delayToNextProbeMs(state, settings, clock.random()) : undefined;
    narrator.attemptFailed(error, failure, delayMs);
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

  /** Looks at the oldest unanswered statement. A probe that passes clears the suspicion: a long query is no outage. */
  #watchInFlight(): void {
    const { clock, settings, activations } = this.parts;
    const { suspectAfterMs } = settings.detection;
    const look = (): void => {
      const nowMs = clock.nowMs();
      const oldest = activations.active?.inFlight.oldestStartedAtMs;
      if (oldest !== undefined && nowMs - Math.max(oldest, this.#suspectedAtMs) >= suspectAfterMs) {
        this.#suspectedAtMs = nowMs;
        void this.probe();
      }
      this.#watch = clock.setTimer(look, suspectAfterMs / 4, { holdsProcess: false });
    };
    this.#watch = clock.setTimer(look, suspectAfterMs / 4, { holdsProcess: false });
  }

  /** Resolves when nothing is being prepared any more. */
  async #settled(): Promise<void> {
    for (let work = this.#working; ; work = this.#working) {
      await work;
      if (work === this.#working) return;
    }
  }
}

const preparingOf = (state: State): Role | undefined => ('preparing' in state ? state.preparing : undefined);

const lossOf = (left: DatabaseInstance, reason: Reason, cause: unknown): Error =>
  Object.assign(new Error(`The ${left.role} database (${left.engine}) was lost: ${reason}`, { cause }), { code: 'ECONNRESET' });
