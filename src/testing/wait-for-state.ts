import type { EventName } from '../events.js';
import type { State } from '../failover/state.js';
import type { Status } from '../health/report.js';
import { oneOf, optionsOf, refuse, wholeNumber } from './checks.js';

export type StateName = State['name'];

/** What `waitFor` needs of a connection; every `ResilientConnection` has it. */
export interface WatchedConnection {
  getStatus(): Status;
  on(event: EventName, listener: () => void): unknown;
  off(event: EventName, listener: () => void): unknown;
}

export interface WaitForOptions {
  /** How long to wait, in milliseconds. @default 10000 */
  readonly timeoutMs?: number;
}

const STATES = Object.keys({
  connecting: true,
  primary: true,
  fallback: true,
  unavailable: true,
  closed: true,
} satisfies Record<StateName, true>) as StateName[];

/** The events at which the state has just changed: one that lasts only some milliseconds is seen too. */
const EVENTS: readonly EventName[] = ['connected', 'disconnected', 'closed'];
/** Some changes have no event, e.g. the end of a start that failed. */
const POLL_MS = 20;
const LONGEST_DELAY_MS = 2_147_483_647;

/**
 * Waits until a connection is in a state, or in one of several, and resolves to its status then; at once if it is already.
 *
 * @throws Error after `timeoutMs`, and at once when the connection is closed, with the state that it is in and the reason
 * @throws TypeError where an argument can't be used
 */
export function waitFor(
  connection: WatchedConnection,
  state: StateName | readonly StateName[],
  options: WaitForOptions = {},
): Promise<Status> {
  return new Promise((resolve, reject) => {
    const wanted = statesIn(state);
    const { timeoutMs = 10_000 } = optionsOf('options', options, ['timeoutMs']);
    const checkedTimeoutMs = wholeNumber('timeoutMs', timeoutMs, { min: 0, max: LONGEST_DELAY_MS });
    if (typeof (connection as Partial<WatchedConnection> | undefined)?.getStatus !== 'function') {
      refuse('connection', 'must be a resilient connection', connection);
    }
    const startedAtMs = performance.now();
    const end = (settle: () => void): void => {
      clearInterval(poll);
      clearTimeout(timeout);
      for (const event of EVENTS) connection.off(event, look);
      settle();
    };
    const look = (): void => {
      const status = connection.getStatus();
      if (wanted.includes(status.state)) end(() => resolve(status));
      else if (status.state === 'closed') end(() => reject(notReached(wanted, status, performance.now() - startedAtMs)));
    };
    const poll = setInterval(look, POLL_MS);
    const timeout = setTimeout(() => {
      end(() => reject(notReached(wanted, connection.getStatus(), checkedTimeoutMs)));
    }, checkedTimeoutMs);
    for (const event of EVENTS) connection.on(event, look);
    look();
  });
}

function statesIn(state: unknown): StateName[] {
  const states: unknown[] = Array.isArray(state) ? state : [state];
  if (states.length === 0) refuse('state', 'must be a state or a list of states', state);
  return states.map((name) => oneOf('state', name, STATES));
}

function notReached(wanted: readonly StateName[], { serviceName, state, reason, warning }: Status, waitedMs: number): Error {
  const asked = wanted.map((name) => `'${name}'`).join(' or ');
  const waited = `waited ${Math.round(waitedMs)} ms for ${asked}`;
  if (state === 'closed') return new Error(`${serviceName} is 'closed', which it stays: ${waited}`);
  const why = [reason && `reason: ${reason}`, warning].filter(Boolean).join('; ');
  return new Error(`${waited}, but ${serviceName} is '${state}'${why && ` (${why})`}`);
}
