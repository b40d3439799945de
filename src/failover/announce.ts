import type { DatabaseInstance } from '../databases/database.js';
import type { Events } from '../events.js';
import type { Engine } from '../words.js';
import type { State } from './state.js';
import type { Narrator } from './supervisor-parts.js';

/** One activation, as it happened. */
export interface Activation {
  readonly before: State;
  readonly active: DatabaseInstance;
  /** The instance that was left for it, which worked. */
  readonly left: DatabaseInstance | undefined;
  /** The engine that was active last. */
  readonly lastEngine: Engine | null;
  readonly epoch: number;
  /** Of the primary: the time without it; of the fallback: the time without an active database. At a start since its beginning. */
  readonly durationMs: number;
}

/** Tells of an activation in events and log lines, in the order of the contract (design, section 10). */
export function announce(activation: Activation, events: Events, narrator: Narrator): void {
  const { active, before, epoch } = activation;
  if (active.role === 'fallback') announceFailover(activation, events, narrator);
  else if (before.name === 'connecting') narrator.onPrimary({ from: null, epoch, durationMs: activation.durationMs });
  else announceReturn(activation, events, narrator);
  events.emit('connected', { dialect: active.engine, fallback: active.role === 'fallback', epoch });
}

function announceFailover({ before, active, lastEngine, epoch, durationMs }: Activation, events: Events, narrator: Narrator): void {
  const known = before.name === 'unavailable' ? before.lostBy : 'reason' in before ? before.reason : undefined;
  const reason = known ?? 'server-down';
  const from = before.name === 'connecting' ? null : lastEngine;
  narrator.onFallback(reason, { from, epoch, durationMs });
  events.emit('failover', { from, to: active.engine, reason, epoch, durationMs });
}

function announceReturn({ active, left, epoch, durationMs }: Activation, events: Events, narrator: Narrator): void {
  const from = left?.engine ?? null;
  narrator.recovered({ from, epoch, durationMs });
  // Rows that stay behind must not be a surprise.
  left?.rowsWritten?.().then(
    (rows) => narrator.rowsKept(rows),
    () => undefined,
  );
  events.emit('recovered', { from, to: active.engine, epoch, downtimeMs: durationMs });
}
