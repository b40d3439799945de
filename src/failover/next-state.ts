import { canSwitch, isConfigurationFailure } from '../databases/connection-failure.js';
import type { FailureKind, Reason } from '../words.js';
import type { Connecting, Fallback, Primary, State, Unavailable } from './state.js';

/** Why a primary that answers can't be used. */
export type NotReady = 'primary-schema-missing' | 'primary-migration-failed' | 'primary-not-ready';

const NOT_READY: readonly Reason[] = ['primary-schema-missing', 'primary-migration-failed', 'primary-not-ready'] satisfies NotReady[];

/** What was learnt. Probes are dated by their start. */
export type Observation =
  | { readonly kind: 'probe-passed'; readonly readOnly: boolean; readonly elsewhere?: boolean | undefined; readonly manual?: boolean }
  | {
      readonly kind: 'probe-failed';
      readonly failure: FailureKind;
      readonly refused: boolean;
      readonly startedAtMs: number;
      /** When a pooled connection answered last. */
      readonly lastAnswerAtMs: number;
      /** True where another host answers as asked: it is preferred over the fallback. */
      readonly elsewhere?: boolean | undefined;
      /** True where `reconnect()` asked: that ends a hold, whatever the answer. */
      readonly manual?: boolean;
    }
  | { readonly kind: 'primary-ready' }
  | { readonly kind: 'primary-not-ready'; readonly reason: NotReady }
  | { readonly kind: 'fallback-ready' }
  | { readonly kind: 'fallback-failed' }
  | { readonly kind: 'fallback-wanted' }
  | { readonly kind: 'failover-requested'; readonly hold: boolean }
  | { readonly kind: 'close-requested' };

/** What the machine is set to. */
export interface Policy {
  readonly fallbackAllowed: boolean;
  readonly production: boolean;
  /** Attempts after the first at the start, where no fallback is allowed. */
  readonly maxRetries: number;
}

/** How many good probes in a row bring the primary back. */
export const GOOD_PROBES_TO_RETURN = 2;
/** The shortest time on the fallback: a primary that is back for a moment must not cause two switches a second. */
export const DWELL_MS = 1_000;
/** Failovers closer together than this count as flapping; each one doubles the dwell, up to this. */
export const FLAPPING_WINDOW_MS = 60_000;
/** A fallback that failed is tried again at most this often. */
export const FALLBACK_RETRY_MS = 1_000;

/**
 * Decides what an observation makes of a state. The same object comes back where nothing changes.
 *
 * - **connecting**: a good probe prepares the primary. A failed one prepares the fallback where it is allowed; elsewhere it
 *   counts as an attempt, and the state becomes `unavailable` when the attempts are used up, at once for what waiting does not
 *   cure (authentication, TLS, a missing database) in production.
 * - **primary**: left when the failure is confirmed: by two failed probes in a row, or a refused one, while no pooled
 *   connection has answered since the first began. Anything less is degraded. Where another host answers as asked, the primary
 *   is made ready there, and the fallback only if that fails.
 * - **fallback**: left when the primary passed two probes in a row, the dwell is over and the primary was made ready.
 * - **unavailable**: left by one good probe, or by a fallback that was made ready.
 * - **closed**: never left.
 */
export function nextState(state: State, observation: Observation, nowMs: number, policy: Policy): State {
  if (state.name === 'closed') return state;
  if (observation.kind === 'close-requested') return { name: 'closed', ...carried(state), sinceMs: nowMs };
  switch (state.name) {
    case 'connecting':
      return fromConnecting(state, observation, nowMs, policy);
    case 'primary':
      return fromPrimary(state, observation, nowMs, policy);
    case 'fallback':
      return fromFallback(state, observation, nowMs);
    case 'unavailable':
      return fromUnavailable(state, observation, nowMs, policy);
  }
}

/** How long the fallback must have been active before the primary may come back. */
export function dwellMs(failoversAtMs: readonly number[], nowMs: number): number {
  const recent = failoversAtMs.filter((at) => nowMs - at < FLAPPING_WINDOW_MS).length;
  return Math.min(DWELL_MS * 2 ** Math.max(0, recent - 1), FLAPPING_WINDOW_MS);
}

function fromConnecting(state: Connecting, observation: Observation, nowMs: number, policy: Policy): State {
  switch (observation.kind) {
    case 'probe-passed':
      if (observation.readOnly && policy.fallbackAllowed) return failedStart(state, 'not-primary', nowMs, policy);
      return state.preparing === undefined ? { ...state, preparing: 'primary' } : state;
    case 'probe-failed':
      return state.preparing === 'fallback' ? state : failedStart(without(state, 'preparing'), observation.failure, nowMs, policy);
    case 'primary-ready':
      return primary(state, nowMs);
    case 'primary-not-ready':
      return policy.fallbackAllowed
        ? { ...state, preparing: 'fallback', reason: observation.reason }
        : unavailable(state, observation.reason, nowMs);
    case 'fallback-ready':
      return fallback(state, state.reason ?? 'server-down', false, nowMs);
    case 'fallback-failed':
      return { ...unavailable(state, 'fallback-failed', nowMs), lostBy: state.reason ?? 'server-down', fallbackFailedAtMs: nowMs };
    default:
      return state;
  }
}

function failedStart(state: Connecting, reason: FailureKind, nowMs: number, policy: Policy): State {
  const attempts = state.attempts + 1;
  if (policy.fallbackAllowed) return { ...state, attempts, reason, preparing: 'fallback' };
  const hopeless = policy.production && isConfigurationFailure(reason);
  if (attempts > policy.maxRetries || hopeless) return unavailable(state, reason, nowMs);
  return { ...state, attempts, reason };
}

function fromPrimary(state: Primary, observation: Observation, nowMs: number, policy: Policy): State {
  switch (observation.kind) {
    case 'probe-passed':
      if (!observation.readOnly) return state.failures === 0 && state.degradedBy === undefined ? state : healthy(state);
      // Reads still work: without anywhere else to go that is better than nothing.
      if (!policy.fallbackAllowed && !observation.elsewhere) return { ...healthy(state), degradedBy: 'not-primary' };
      return failedProbe(state, { ...READ_ONLY, startedAtMs: nowMs, elsewhere: observation.elsewhere }, nowMs, policy);
    case 'probe-failed':
      return failedProbe(state, observation, nowMs, policy);
    case 'failover-requested':
      return policy.fallbackAllowed ? { ...unavailable(state, 'manual', nowMs), preparing: 'fallback', held: observation.hold } : state;
    default:
      return state;
  }
}

type FailedProbe = Omit<Extract<Observation, { kind: 'probe-failed' }>, 'kind'>;

/** A read-only host fails however well it answers. */
const READ_ONLY = { failure: 'not-primary', refused: false, lastAnswerAtMs: -1 } as const;

function failedProbe(state: Primary, probe: FailedProbe, nowMs: number, policy: Policy): State {
  // What waiting or a switch does not cure is reported as what it is (53300 says that others are served).
  if (!canSwitch(probe.failure)) return { ...healthy(state), degradedBy: probe.failure };
  // An answer on a pooled connection begins the count anew: the server worked until then.
  const answered = state.firstFailureAtMs !== undefined && probe.lastAnswerAtMs >= state.firstFailureAtMs;
  const failures = answered ? 1 : state.failures + 1;
  const firstFailureAtMs = answered ? probe.startedAtMs : (state.firstFailureAtMs ?? probe.startedAtMs);
  const served = probe.lastAnswerAtMs >= firstFailureAtMs;
  if (served || (failures < 2 && !probe.refused)) return { ...state, failures, firstFailureAtMs, degradedBy: probe.failure };
  const lost = unavailable(state, probe.failure, nowMs);
  if (probe.elsewhere) return { ...lost, preparing: 'primary', moving: true };
  return policy.fallbackAllowed ? { ...lost, preparing: 'fallback' } : lost;
}

function fromFallback(state: Fallback, observation: Observation, nowMs: number): State {
  switch (observation.kind) {
    case 'probe-passed': {
      if (observation.readOnly) return state.goodProbes === 0 ? state : { ...state, goodProbes: 0 };
      const goodProbes = state.goodProbes + 1;
      if (observation.manual) return { ...state, goodProbes, held: false, preparing: 'primary' };
      const due = goodProbes >= GOOD_PROBES_TO_RETURN && nowMs - state.sinceMs >= dwellMs(state.failoversAtMs, nowMs);
      return due && !state.held ? { ...state, goodProbes, preparing: 'primary' } : { ...state, goodProbes };
    }
    case 'probe-failed':
      // What is made ready on a primary that is gone again may never end.
      return failedOnFallback(observation.manual === true && state.held ? { ...state, held: false } : state, observation.failure);
    case 'primary-ready':
      return primary(state, nowMs);
    case 'primary-not-ready':
      return { ...without(without(state, 'preparing'), 'incurable'), goodProbes: 0, reason: observation.reason };
    case 'fallback-failed':
      return { ...unavailable(state, 'fallback-failed', nowMs), lostBy: state.reason, fallbackFailedAtMs: nowMs };
    default:
      return state;
  }
}

function failedOnFallback(state: Fallback, failure: FailureKind): Fallback {
  // What kept a primary that answered from coming back is over when it is away again.
  const reason = NOT_READY.includes(state.reason) ? failure : state.reason;
  const next = withIncurable(state, failure);
  if (next.goodProbes === 0 && next.preparing === undefined && next.reason === reason) return next;
  return { ...without(next, 'preparing'), goodProbes: 0, reason };
}

function withIncurable<S extends Fallback | Unavailable>(state: S, failure: FailureKind): S {
  const incurable = isConfigurationFailure(failure) ? failure : undefined;
  if (state.incurable === incurable) return state;
  return incurable === undefined ? without(state, 'incurable') : { ...state, incurable };
}

function fromUnavailable(state: Unavailable, observation: Observation, nowMs: number, policy: Policy): State {
  switch (observation.kind) {
    case 'probe-passed':
      if (observation.readOnly && policy.fallbackAllowed) return state;
      return state.preparing === undefined ? { ...state, preparing: 'primary' } : state;
    case 'probe-failed': {
      const next = state.preparing === 'primary' ? notOnPrimary(state, policy) : state;
      return withIncurable(next, observation.failure);
    }
    case 'primary-ready':
      return primary(state, nowMs);
    case 'primary-not-ready':
      return { ...notOnPrimary(state, policy), reason: observation.reason };
    case 'fallback-ready':
      return fallback(state, state.lostBy, state.held, nowMs);
    case 'fallback-failed':
      return { ...without(state, 'preparing'), reason: 'fallback-failed', fallbackFailedAtMs: nowMs };
    case 'fallback-wanted':
      return policy.fallbackAllowed && state.preparing === undefined && retryDue(state, nowMs)
        ? { ...state, preparing: 'fallback' }
        : state;
    default:
      return state;
  }
}

/** The primary can't be used after all. */
function notOnPrimary(state: Unavailable, { fallbackAllowed }: Policy): Unavailable {
  const next = without(without(state, 'preparing'), 'moving');
  return state.moving && fallbackAllowed ? { ...next, preparing: 'fallback' } : next;
}

const retryDue = (state: Unavailable, nowMs: number): boolean =>
  state.fallbackFailedAtMs === undefined || nowMs - state.fallbackFailedAtMs >= FALLBACK_RETRY_MS;

const carried = ({ epoch, failoversAtMs }: State) => ({ epoch, failoversAtMs });

const primary = (from: State, nowMs: number): Primary => ({
  name: 'primary',
  sinceMs: nowMs,
  epoch: from.epoch + 1,
  failoversAtMs: from.failoversAtMs,
  failures: 0,
});

const fallback = (from: State, reason: Reason, held: boolean, nowMs: number): Fallback => ({
  name: 'fallback',
  sinceMs: nowMs,
  epoch: from.epoch + 1,
  failoversAtMs: [...from.failoversAtMs.filter((at) => nowMs - at < FLAPPING_WINDOW_MS), nowMs],
  reason,
  goodProbes: 0,
  held,
});

const unavailable = (from: State, reason: Reason, nowMs: number): Unavailable => ({
  name: 'unavailable',
  ...carried(from),
  sinceMs: nowMs,
  reason,
  lostBy: reason,
  held: false,
});

const healthy = (state: Primary): Primary => ({ ...without(without(state, 'firstFailureAtMs'), 'degradedBy'), failures: 0 });

function without<T extends object>(value: T, key: keyof T): T {
  const rest: T = { ...value };
  Reflect.deleteProperty(rest, key);
  return rest;
}
