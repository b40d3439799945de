import type { FailureKind, FailureVerdict } from '../words.js';

/** Only these can lead to a switch, and only when a probe confirms. */
const SWITCHING: ReadonlySet<FailureKind> = new Set(['server-down', 'black-hole', 'starting-up', 'not-primary']);

/** Configuration errors: waiting does not cure them. */
const CONFIGURATION: ReadonlySet<FailureKind> = new Set(['authentication', 'tls', 'missing-database']);

export const canSwitch = (kind: FailureKind): boolean => SWITCHING.has(kind);
/** Whether a connection may be had in a moment: the server is away for a moment only, or has too many. A read-only one stays so. */
export const passesByItself = (kind: FailureKind): boolean =>
  (SWITCHING.has(kind) && kind !== 'not-primary') || kind === 'too-many-connections';
export const isConfigurationFailure = (kind: FailureKind): boolean => CONFIGURATION.has(kind);

/** SQLSTATE (PostgreSQL documentation, appendix A) and errno. `true`: no connection was had, so nothing was sent. */
const BY_CODE: Readonly<Record<string, readonly [FailureKind, boolean]>> = {
  '57P03': ['starting-up', true], // cannot_connect_now: starting up, shutting down, recovering
  '57P01': ['server-down', false], // admin_shutdown
  '57P02': ['server-down', false], // crash_shutdown
  '08000': ['server-down', false], // connection_exception
  '08001': ['server-down', true], // sqlclient_unable_to_establish_sqlconnection
  '08003': ['server-down', false], // connection_does_not_exist
  '08004': ['server-down', true], // sqlserver_rejected_establishment_of_sqlconnection
  '08006': ['server-down', false], // connection_failure
  '25006': ['not-primary', false], // read_only_sql_transaction
  '28P01': ['authentication', true], // invalid_password
  '28000': ['authentication', true], // invalid_authorization_specification
  '3D000': ['missing-database', true], // invalid_catalog_name
  '53300': ['too-many-connections', true],
  PASSWORD_UNAVAILABLE: ['password-unavailable', true],
  STRANGE_CLUSTER: ['not-primary', true],
  ECONNREFUSED: ['server-down', true],
  ENOTFOUND: ['server-down', true],
  EAI_AGAIN: ['server-down', true],
  EHOSTUNREACH: ['server-down', true],
  EHOSTDOWN: ['server-down', true],
  ENETUNREACH: ['server-down', true],
  ENETDOWN: ['server-down', true],
  EADDRNOTAVAIL: ['server-down', true],
  ENOENT: ['server-down', true], // a socket directory without a server
  ECONNRESET: ['server-down', false],
  ECONNABORTED: ['server-down', false],
  EPIPE: ['server-down', false],
  ETIMEDOUT: ['black-hole', false],
};

type Rows = readonly (readonly [RegExp, FailureKind, boolean])[];

/** Errors that carry no code (facts: pg 8.23.1, sequelize 6.37.8). */
const BY_MESSAGE: Rows = [
  [/^timeout expired$/, 'black-hole', true], // pg: connectionTimeoutMillis
  [/^Query read timeout$/, 'black-hole', false], // pg: query_timeout
  [/^Connection terminated due to connection timeout$/, 'black-hole', true],
  [/^Connection terminated( unexpectedly)?$/, 'server-down', false],
  [/^Client has encountered a connection error and is not queryable$/, 'server-down', true],
  [/^Client was closed and is not queryable$/, 'server-down', true],
  [/the database system is (starting up|shutting down|in recovery mode|not yet accepting)/, 'starting-up', true],
  [/^The server does not support SSL connections$|^There was an error establishing an SSL connection$/, 'tls', true],
  [/^password authentication failed|^no pg_hba\.conf entry|SASL/, 'authentication', true],
];

/**
 * What PgBouncer says for itself, as FATAL with the code 08P01 (src/client.c, src/objects.c and src/janitor.c of PgBouncer 1.18). Who waits
 * for one of its connections to the server, or may not come in, has sent nothing to the server.
 */
const BY_POOLER: Rows = [
  [/^server login has been failing/, 'server-down', true],
  [/^server conn crashed\?/, 'server-down', false],
  [/^query_wait_timeout/, 'pool-exhausted', true],
  [/^no more connections allowed/, 'too-many-connections', true],
  [/^no such database/, 'missing-database', true],
];

/** TLS failures of Node's own (node:tls and OpenSSL). */
const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO)/;

/** Judges an error by the first link of its `cause`, `parent`, `original` and `errors` that the tables know. */
export function classifyFailure(error: unknown): FailureVerdict {
  const links = [...linksOf(error)];
  const known = firstOf(links, byCode);
  if (known !== undefined) return known;
  // The server's words quote the program's data, and Sequelize's wrapper repeats them.
  const told = links.some((link) => 'severity' in link);
  return (told ? undefined : firstOf(links, byMessage)) ?? { kind: 'statement', notSent: false };
}

/** True where the server's host said that nothing listens there. */
export const isRefused = (error: unknown): boolean => hasCode(error, 'ECONNREFUSED');

/** True where the server did not take the password: 28P01, or 28000 where it asks somebody else (PAM, as clouds do for tokens). */
export const isPasswordRefused = (error: unknown): boolean => hasCode(error, '28P01') || hasCode(error, '28000');

/** True where a link of the error has this code. */
export function hasCode(error: unknown, code: string): boolean {
  return [...linksOf(error)].some((link) => link.code === code);
}

/** True where the error is the server's own answer to a statement: pg gives those a severity. */
export function isServerAnswer(error: unknown): boolean {
  return classifyFailure(error).kind === 'statement' && [...linksOf(error)].some((link) => 'severity' in link);
}

/** pg's word for a statement that it did not give to its socket, because that was closed already (lib/client.js of pg 8). */
const NOT_QUERYABLE = /^Client (has encountered a connection error|was closed) and is not queryable$/;

/** True where pg refused the statement itself. */
export function isNotQueryable(error: unknown): boolean {
  return [...linksOf(error)].some(({ message }) => typeof message === 'string' && NOT_QUERYABLE.test(message));
}

/** True where the time for an answer that the program set (`query_timeout`) is over: the connection lives on, and so does the statement. */
export function isQueryTimeout(error: unknown): boolean {
  return [...linksOf(error)].some(({ message }) => message === 'Query read timeout');
}

/** What SQLite says of a file that can't be used as it is (result codes, sqlite.org/rescode.html). */
const STORAGE_CODES: ReadonlySet<unknown> = new Set([
  ...['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_READONLY', 'SQLITE_CANTOPEN'],
]);

/** True where the error says that the fallback's file can't be used as it is. */
export function isStorageFailure(error: unknown): boolean {
  return [...linksOf(error)].some((link) => STORAGE_CODES.has(link.code));
}

interface ErrorLink {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly severity?: unknown;
}

function firstOf(links: readonly ErrorLink[], judge: (link: ErrorLink) => FailureVerdict | undefined): FailureVerdict | undefined {
  for (const link of links) {
    const verdict = judge(link);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

function byCode(link: ErrorLink): FailureVerdict | undefined {
  // A waiter that the pool turned away (lib/errors/connection/connection-acquire-timeout-error.js).
  if (link.name === 'SequelizeConnectionAcquireTimeoutError') return { kind: 'pool-exhausted', notSent: true };
  const code = typeof link.code === 'string' ? link.code : '';
  // A function that reaches for another server (dblink) or raises a code of its own: this server is well, and says so.
  if (link.severity === 'ERROR' && code !== '25006') return { kind: 'statement', notSent: false };
  if (code === '08P01') return rowFor(BY_POOLER, link);
  const known = BY_CODE[code];
  if (known !== undefined) return { kind: known[0], notSent: known[1] };
  return TLS_CODE.test(code) ? { kind: 'tls', notSent: true } : undefined;
}

const byMessage = (link: ErrorLink): FailureVerdict | undefined => rowFor(BY_MESSAGE, link);

function rowFor(table: Rows, { message }: ErrorLink): FailureVerdict | undefined {
  const row = table.find(([pattern]) => pattern.test(typeof message === 'string' ? message : ''));
  return row === undefined ? undefined : { kind: row[1], notSent: row[2] };
}

function* linksOf(error: unknown, seen = new Set<unknown>()): Generator<ErrorLink> {
  if (typeof error !== 'object' || error === null || seen.has(error)) return;
  seen.add(error);
  yield error;
  const { cause, parent, original, errors } = error as Record<string, unknown>;
  for (const next of [cause, parent, original, ...(Array.isArray(errors) ? (errors as unknown[]) : [])]) yield* linksOf(next, seen);
}
