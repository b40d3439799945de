import { ConfigurationError } from '../errors.js';
import { retryAfterMsOf } from '../failover/unavailable-errors.js';
import { nearest } from '../options/option-names.js';
import { isRecord, refuse, trueOrFalse } from '../options/rules.js';
import type { Status } from './report.js';

/** Which states count as ready. Neither changes what `live` and `database` say. */
export interface HealthPolicy {
  /**
   * Whether `ready` says 200 while the SQLite fallback is active.
   *
   * @default true
   */
  readonly fallbackIsReady?: boolean | undefined;
  /**
   * Whether `ready` says 200 while no database is active, so that callers get this service's own answer, with `retryAfterMs`, and not
   * the balancer's for a service without a single ready replica.
   *
   * @default false
   */
  readonly unavailableIsReady?: boolean | undefined;
}

/** What is read of a request: node:http's, Express's, Fastify's `request.raw`, or that of node:http2. */
interface HealthRequest {
  readonly method?: string | undefined;
}

/** What is used of a response: node:http's, Express's, Fastify's `reply.raw`, or that of node:http2. */
interface HealthResponse {
  readonly headersSent?: boolean;
  statusCode?: number;
  writeHead?(statusCode: number, headers: Record<string, string | number>): unknown;
  setHeader?(name: string, value: string | number): unknown;
  end(body: string): unknown;
}

type Handler = (request: HealthRequest | undefined, response: HealthResponse) => void;

/** Handlers for a service's routes. None of them asks a database, waits, or throws. */
export interface HealthHandlers {
  /** 200 with `{ status: 'ok' }` for as long as the process answers. For a liveness probe. */
  readonly live: Handler;
  /** 200 or 503 with `{ ready, state, reason }`, by the state and the policy; 503 with `Retry-After`. For a readiness probe. */
  readonly ready: Handler;
  /** 200 with `{ connected, dialect, fallback, serviceName, retryAttempts, warning }` of the status. For people and dashboards. */
  readonly database: Handler;
}

type Told = Pick<Status, 'connected' | 'dialect' | 'fallback' | 'serviceName' | 'retryAttempts' | 'warning' | 'state' | 'reason'>;
type Read = Omit<Told, 'state'> & { readonly state: Told['state'] | null };

/** Anything that has a status: a `ResilientConnection`, also one of the package's other module format. */
interface Observed {
  getStatus(): Told;
}

const POLICY: Readonly<Record<keyof HealthPolicy, true>> = { fallbackIsReady: true, unavailableIsReady: true };
/** The header counts in whole seconds, and 0 would be no wait at all. A status doesn't tell the interval, so this is the longest one. */
const RETRY_AFTER_SECONDS = Math.max(1, Math.ceil(retryAfterMsOf({ healthCheckIntervalMs: Number.POSITIVE_INFINITY }) / 1000));
/** What is told where `getStatus()` itself failed, which only a wrapper around a connection does. Its error stays untold. */
const UNREADABLE: Read = Object.freeze({
  connected: false,
  dialect: null,
  fallback: false,
  serviceName: '',
  retryAttempts: 0,
  warning: 'The status could not be read',
  state: null,
  reason: null,
});
const ALIVE = JSON.stringify({ status: 'ok' });

/**
 * Makes a connection's health endpoints: plain `(req, res)` functions for node:http, Express and Fastify (`reply.raw`).
 *
 * They read what the connection knows already, so that they answer at once whatever the databases do, and say nothing secret.
 * @throws ConfigurationError for a connection without `getStatus()`, and for a policy that can't be used
 */
export function healthHandlers(connection: Observed, policy: HealthPolicy = {}): HealthHandlers {
  if (!hasStatus(connection)) refuse('connection', 'must be a resilient connection, or an object with getStatus()', connection);
  const readyIn = readinessOf(policy);
  return {
    live: (request, response) => send(request, response, 200, ALIVE),
    ready: (request, response) => {
      const { state, reason } = statusOf(connection);
      // A wrapper in JavaScript may have left it out.
      const ready = readyIn[state ?? 'connecting'];
      send(request, response, ready ? 200 : 503, JSON.stringify({ ready, state, reason }));
    },
    database: (request, response) => {
      const { connected, dialect, fallback, serviceName, retryAttempts, warning } = statusOf(connection);
      send(request, response, 200, JSON.stringify({ connected, dialect, fallback, serviceName, retryAttempts, warning }));
    },
  };
}

/** An error in here would end a process of node:http, and be a page with a stack trace in Express. */
function statusOf(connection: Observed): Read {
  try {
    const status: unknown = connection.getStatus();
    return isRecord(status) ? (status as unknown as Told) : UNREADABLE;
  } catch {
    return UNREADABLE;
  }
}

const hasStatus = (connection: unknown): boolean =>
  typeof connection === 'object' && connection !== null && 'getStatus' in connection && typeof connection.getStatus === 'function';

function readinessOf(policy: unknown): Readonly<Record<Status['state'], boolean>> {
  if (!isRecord(policy)) return refuse('policy', 'must be an object', policy);
  for (const key of Object.keys(policy)) refuseStrangeName(key);
  return {
    connecting: false,
    primary: true,
    fallback: trueOrFalse('policy.fallbackIsReady', policy['fallbackIsReady']) ?? true,
    unavailable: trueOrFalse('policy.unavailableIsReady', policy['unavailableIsReady']) ?? false,
    closed: false,
  };
}

function refuseStrangeName(key: string): void {
  if (Object.hasOwn(POLICY, key)) return;
  const names = Object.keys(POLICY);
  const near = nearest(key, names);
  const advice = near === undefined ? `the options here are ${names.join(', ')}` : `did you mean policy.${near}?`;
  throw new ConfigurationError(`policy.${key}`, `is not an option; ${advice}`);
}

function send(request: HealthRequest | undefined, response: HealthResponse, statusCode: number, body: string): void {
  // Node throws where headers were sent already, also by what has ended; what is written to a client that is gone it drops.
  if (response.headersSent) return;
  writeHead(response, statusCode, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(statusCode === 503 && { 'Retry-After': RETRY_AFTER_SECONDS }),
  });
  // A server may be set to refuse a body here (`rejectNonStandardBodyWrites`).
  response.end(request?.method === 'HEAD' ? '' : body);
}

/** Frameworks put responses of their own around node's, which know one way or the other. */
function writeHead(response: HealthResponse, statusCode: number, headers: Record<string, string | number>): void {
  if (response.writeHead !== undefined) return void response.writeHead(statusCode, headers);
  response.statusCode = statusCode;
  for (const [name, value] of Object.entries(headers)) response.setHeader?.(name, value);
}
