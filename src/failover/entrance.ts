import type { Timer } from '../clock.js';
import type { DatabaseInstance } from '../databases/database.js';
import { ConnectionClosedError } from '../errors.js';
import type { Engine } from '../words.js';
import { FALLBACK_RETRY_MS } from './next-state.js';
import type { StateHolder, Parts } from './supervisor-parts.js';

/** Where new work begins: on the active database, or after a wait for one. */
export class Entrance {
  #fallbackTimer: Timer | undefined;

  constructor(
    private readonly parts: Parts,
    private readonly holder: StateHolder,
  ) {}

  /** The instance that new work begins on, or `undefined` where it has to wait. */
  open(): DatabaseInstance | undefined {
    const { active, behind } = this.parts.activations;
    return behind || this.holder.state.name === 'closed' ? undefined : active;
  }

  /** Waits for an instance, within the bounds of the state. */
  async wait(): Promise<DatabaseInstance> {
    this.refuseClosed();
    const { activations, narrator } = this.parts;
    const instance = this.open() ?? (activations.behind ? activations.active : undefined) ?? (await this.#waitAndTell());
    if (activations.behind) await this.parts.outside(() => activations.catchUp((error) => narrator.modelsNotReady(error)));
    return activations.active ?? instance;
  }

  /** @throws ConnectionClosedError */
  refuseClosed(): void {
    if (this.holder.state.name === 'closed') throw new ConnectionClosedError(this.parts.settings.serviceName);
  }

  stop(): void {
    this.#fallbackTimer?.cancel();
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
    this.refuseClosed();
    if (room.size >= settings.maxQueued) throw this.holder.unavailable(`${room.size} calls wait already (maxQueued)`);
    // Before the start is decided, work waits as long as the start may take.
    const maxWaitMs = this.holder.state.name === 'connecting' ? undefined : settings.maxWaitMs;
    this.parts.outside(() => this.#wantFallback());
    return await room.wait(maxWaitMs, () => this.holder.unavailable(`waited ${maxWaitMs ?? 0} ms (maxWait)`));
  }

  /** Again and again while somebody waits: a fallback that failed may be tried once a second. */
  #wantFallback(): void {
    const { clock, room, settings } = this.parts;
    this.holder.observe({ kind: 'fallback-wanted' });
    if (!settings.fallbackAllowed || this.holder.state.name !== 'unavailable' || this.#fallbackTimer !== undefined) return;
    this.#fallbackTimer = clock.setTimer(
      () => {
        this.#fallbackTimer = undefined;
        if (room.size > 0) this.#wantFallback();
      },
      FALLBACK_RETRY_MS,
      { holdsProcess: false },
    );
  }
}
