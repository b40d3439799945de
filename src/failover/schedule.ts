import { isConfigurationFailure } from '../databases/connection-failure.js';
import type { FailureKind } from '../words.js';
import type { Policy } from './next-state.js';
import type { Fallback, State, Unavailable } from './state.js';

/** While the primary is lost it is probed this often, jittered; `healthCheckInterval` can only make it more often. */
export const LOST_PROBE_INTERVAL_MS = 1_000;
/** A probe of a lost primary needs a fresh connection, name resolution and TLS included; a longer one would delay the next. */
export const LOST_PROBE_DEADLINE_MS = 2_000;
/** No start attempt waits longer than this for its turn. */
export const LONGEST_RETRY_DELAY_MS = 10_000;

export interface Settings extends Policy {
  readonly serviceName: string;
  /** What decided whether a fallback is allowed, as part of a sentence. */
  readonly fallbackDecidedBy: string;
  readonly autoReconnect: boolean;
  readonly connectTimeoutMs: number;
  readonly retryDelayMs: number;
  readonly healthCheckIntervalMs: number;
  readonly maxWaitMs: number;
  readonly maxQueued: number;
  readonly detection: { readonly suspectAfterMs: number; readonly probeDeadlineMs: number };
}

/** When the primary is asked next: in how many milliseconds, or not at all (`undefined`). `random` is from 0 up to 1. */
export function delayToNextProbeMs(state: State, settings: Settings, random: number): number | undefined {
  const lostMs = jitteredMs(Math.min(LOST_PROBE_INTERVAL_MS, settings.healthCheckIntervalMs), random);
  switch (state.name) {
    case 'closed':
      return undefined;
    case 'connecting':
      if (state.preparing === undefined) return retryDelayMs(state.attempts, settings.retryDelayMs, random);
      // The start's deadline holds also where the primary goes away while it is made ready.
      return state.preparing === 'primary' ? settings.connectTimeoutMs : undefined;
    case 'primary':
      return jitteredMs(settings.healthCheckIntervalMs, random);
    case 'fallback':
      if (!settings.autoReconnect) return undefined;
      // While it is held the answer changes nothing, but status and metrics tell of it.
      return waitingHelps(state) && !state.held ? lostMs : jitteredMs(settings.healthCheckIntervalMs, random);
    case 'unavailable':
      return waitingHelps(state) ? lostMs : jitteredMs(settings.healthCheckIntervalMs, random);
  }
}

/** False where waiting does not cure it: asking each second would only flood the server's authentication log, or run a bad migration again. */
const waitingHelps = ({ incurable, reason }: Fallback | Unavailable): boolean =>
  reason !== 'primary-migration-failed' && !isConfigurationFailure((incurable ?? reason) as FailureKind);

/** How long a probe may take. Only at the start does somebody wait for it, so only then does it hold the process. */
export function probeTerms(state: State, settings: Settings): { deadlineMs: number; holdsProcess: boolean } {
  if (state.name === 'connecting') return { deadlineMs: settings.connectTimeoutMs, holdsProcess: true };
  if (state.name === 'primary') return { deadlineMs: settings.detection.probeDeadlineMs, holdsProcess: false };
  return { deadlineMs: Math.min(LOST_PROBE_DEADLINE_MS, settings.connectTimeoutMs), holdsProcess: false };
}

/** Full jitter on a delay that doubles with each failed attempt. */
export function retryDelayMs(attempts: number, baseMs: number, random: number): number {
  return Math.round(Math.min(LONGEST_RETRY_DELAY_MS, baseMs * 2 ** Math.max(0, attempts - 1)) * random);
}

/** The longest wait before a call is made again on a database that is there. */
const LONGEST_REPEAT_DELAY_MS = 500;
/** The second of such waits; the first is none, because mostly only a stale connection has to be replaced. It doubles. */
const FIRST_REPEAT_DELAY_MS = 20;

/** How long a call waits before its `attempt`-th repetition (from 0) on the same database. */
export const repeatDelayMs = (attempt: number): number =>
  attempt === 0 ? 0 : Math.min(LONGEST_REPEAT_DELAY_MS, FIRST_REPEAT_DELAY_MS * 2 ** (attempt - 1));

/** Between 80 % and 120 %, so that many processes don't ask at once. */
export const jitteredMs = (delayMs: number, random: number): number => Math.round(delayMs * (0.8 + 0.4 * random));
