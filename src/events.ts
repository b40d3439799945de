import { channel } from 'node:diagnostics_channel';
import EventEmitter from 'eventemitter3';
import type { Engine, Outcome, Reason, Role } from './words.js';

/**
 * Everything a connection tells. The order at a loss is `healthCheckFailed`, `disconnected`, `failover`, `connected`; at a
 * return `healthCheckPassed`, `recovered`, `connected`.
 */
export interface ResilientEvents {
  /** A database became active. A listener added later is told the current one once, in a microtask. */
  connected: { readonly dialect: Engine; readonly fallback: boolean; readonly epoch: number };
  /** The active database was lost or left. */
  disconnected: { readonly dialect: Engine; readonly reason: Reason };
  /** The fallback took over; `from` is null at a start on it. `durationMs` is the time without an active database. */
  failover: {
    readonly from: Engine | null;
    readonly to: Engine;
    readonly reason: Reason;
    readonly epoch: number;
    readonly durationMs: number;
  };
  /** The primary is active again, from the fallback or (`from: null`) from having none. */
  recovered: { readonly from: Engine | null; readonly to: Engine; readonly epoch: number; readonly downtimeMs: number };
  /** An attempt at the start failed and another one follows. */
  retry: { readonly attempt: number; readonly maxRetries: number; readonly delayMs: number; readonly error: Error };
  /** A probe of the primary passed. */
  healthCheckPassed: { readonly durationMs: number };
  /** A probe of the primary failed, for the `consecutive`-th time in a row. */
  healthCheckFailed: { readonly error: Error; readonly consecutive: number };
  /** A rung of the SQLite drivers' ladder was skipped. */
  driverFallback: { readonly from: string; readonly to: string | null; readonly reason: string; readonly remedy: string };
  /** What became of work that was in flight when its database was lost. */
  outcome: { readonly kind: 'read' | 'write' | 'transaction'; readonly outcome: Outcome };
  /** A migration was begun, has ended or has failed: the `position`-th of the `count` of this run. `durationMs` is null at its beginning. */
  migration: {
    readonly database: Role;
    readonly name: string;
    readonly direction: 'up' | 'down';
    readonly status: 'started' | 'finished' | 'failed';
    readonly position: number;
    readonly count: number;
    readonly durationMs: number | null;
  };
  /** The connection is closed. */
  closed: Record<string, never>;
}

/** What is told of one call, on `node:diagnostics_channel` alone. */
interface CallMessages {
  /** A call that had to wait for a database goes on, on `dialect`; where that is null it was refused. */
  waited: { readonly dialect: Engine | null; readonly durationMs: number };
  /** A call whose database or connection was lost is made once more, on `dialect`: see `outcome`, too. */
  repeated: { readonly kind: 'read' | 'write' | 'transaction'; readonly dialect: Engine };
}

/** The messages of the channels `sequelize-resilient:<name>` of `node:diagnostics_channel`. `serviceName` says which connection it is. */
export type DiagnosticMessages = {
  readonly [Name in EventName | keyof CallMessages]: (ResilientEvents & CallMessages)[Name] & { readonly serviceName: string };
};

export type EventName = keyof ResilientEvents;
export type Listener<K extends EventName> = (payload: ResilientEvents[K]) => void;

/** One who hears of every event, before the listeners, and whom `off` does not remove. */
export type Witness = <K extends EventName>(event: K, payload: ResilientEvents[K]) => void;

type AnyListener = (payload: never) => void;

/** How messages are published. */
interface Publishing {
  readonly serviceName: string;
  /** Runs a function in the async context that it is called in, but in no unit of work: what a subscriber does belongs to none. */
  readonly apart: (call: () => void) => void;
}

/** Keeps listeners, calls each of them on its own, and publishes the same facts on `node:diagnostics_channel`. */
export class Events {
  readonly #emitter = new EventEmitter<Record<string, (payload: unknown) => void>>();
  readonly #guarded = new Map<EventName, Map<AnyListener, ((payload: unknown) => void)[]>>();
  #witness: Witness | undefined;

  /**
   * @param onThrow hears of a listener that threw or rejected; the event goes on to the others
   * @param outside runs a function outside any unit of work: what a listener does belongs to none
   */
  constructor(
    private readonly onThrow: (event: EventName, error: unknown) => void,
    private readonly outside: (call: () => void) => void = (call) => call(),
    private readonly publishing: Publishing = { serviceName: '', apart: (call) => call() },
  ) {}

  /** Lets the library itself hear of every event. */
  witnessedBy(witness: Witness): void {
    this.#witness = witness;
  }

  emit<K extends EventName>(event: K, payload: ResilientEvents[K]): void {
    this.#witness?.(event, payload);
    this.#publish(event, payload);
    this.outside(() => void this.#emitter.emit(event, payload));
  }

  /** Tells subscribers what happens to a call. */
  publish<K extends keyof CallMessages>(name: K, message: CallMessages[K]): void {
    this.#publish(name, message);
  }

  /** Adds a listener; `replay` is what it is told at once (in a microtask) if it is still there then. */
  on<K extends EventName>(
    event: K,
    listener: Listener<K>,
    { once = false, replay }: { once?: boolean; replay?: ResilientEvents[K] } = {},
  ): void {
    let heard = false;
    const guarded = (payload: unknown): void => {
      heard = true;
      if (once) this.#forget(event, listener, guarded);
      this.#call(event, listener, payload as ResilientEvents[K]);
    };
    this.#remember(event, listener, guarded);
    this.#emitter.on(event, guarded);
    if (replay === undefined) return;
    queueMicrotask(() => {
      // A switch that is being told just now reaches the listener by itself.
      if (!heard && this.#emitter.listeners(event).includes(guarded)) this.outside(() => guarded(replay));
    });
  }

  /** Removes a listener however often it was added; without one, all of the event's. */
  off<K extends EventName>(event: K, listener?: Listener<K>): void {
    if (listener === undefined) {
      this.#emitter.removeAllListeners(event);
      this.#guarded.delete(event);
      return;
    }
    const listeners = this.#guarded.get(event);
    for (const guarded of listeners?.get(listener) ?? []) this.#emitter.off(event, guarded);
    listeners?.delete(listener);
  }

  /** Subscribers hear it in the async context of whoever tells it, so that a tracer finds the span of the call it is about. */
  #publish(name: keyof DiagnosticMessages, message: object): void {
    const { apart, serviceName } = this.publishing;
    const published = channel(`sequelize-resilient:${name}`);
    if (published.hasSubscribers) apart(() => published.publish({ ...message, serviceName }));
  }

  #forget(event: EventName, listener: AnyListener, guarded: (payload: unknown) => void): void {
    this.#emitter.off(event, guarded);
    const listeners = this.#guarded.get(event);
    const others = (listeners?.get(listener) ?? []).filter((other) => other !== guarded);
    if (others.length > 0) listeners?.set(listener, others);
    else listeners?.delete(listener);
  }

  removeAll(): void {
    this.#emitter.removeAllListeners();
    this.#guarded.clear();
  }

  #remember(event: EventName, listener: AnyListener, guarded: (payload: unknown) => void): void {
    const listeners = this.#guarded.get(event) ?? new Map<AnyListener, ((payload: unknown) => void)[]>();
    listeners.set(listener, [...(listeners.get(listener) ?? []), guarded]);
    this.#guarded.set(event, listeners);
  }

  #call<K extends EventName>(event: K, listener: Listener<K>, payload: ResilientEvents[K]): void {
    try {
      const result: unknown = listener(payload);
      // An async listener's rejection would end the process.
      if (result instanceof Promise) result.catch((error: unknown) => this.onThrow(event, error));
    } catch (error) {
      this.onThrow(event, error);
    }
  }
}
