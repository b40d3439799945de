import pg from 'pg';
import {
  ConnectionAcquireTimeoutError,
  ConnectionError,
  ConnectionRefusedError,
  ConnectionTimedOutError,
  DatabaseError,
  HostNotFoundError,
  HostNotReachableError,
  InvalidConnectionError,
  OptimisticLockError,
  TimeoutError,
  UniqueConstraintError,
  ValidationError,
} from 'sequelize';
import { describe, expect, it } from 'vitest';
import { canSwitch, classifyFailure, isConfigurationFailure, isRefused, isServerAnswer } from '../src/databases/connection-failure.js';
import type { FailureKind } from '../src/words.js';

/** An error of the operating system, as node:net makes it. */
const systemError = (code: string, message = `connect ${code} 127.0.0.1:5432`): Error =>
  Object.assign(new Error(message), { code, syscall: 'connect', errno: -1 });

/** What the server sent: pg gives it a severity and the SQLSTATE. */
function serverError(code: string, message: string, severity = 'ERROR'): Error & { sql: string } {
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code, severity, sql: 'SELECT 1' });
}

/** What a failed statement gives: sequelize wraps all that is not a constraint as a DatabaseError. */
const failedStatement = (error: Error): DatabaseError => new DatabaseError(Object.assign(error, { sql: 'SELECT 1' }));

/** A host with two addresses that both refused: node gives an AggregateError whose own message is ''. */
const refusedTwice = (): AggregateError =>
  Object.assign(new AggregateError([systemError('ECONNREFUSED', 'connect ECONNREFUSED ::1:5432'), systemError('ECONNREFUSED')]), {
    code: 'ECONNREFUSED',
  });

type Row = readonly [what: string, error: unknown, kind: FailureKind, notSent: boolean];

const SYSTEM: readonly Row[] = (
  [
    ['ECONNREFUSED', 'server-down', true],
    ['ENOTFOUND', 'server-down', true],
    ['EAI_AGAIN', 'server-down', true],
    ['EHOSTUNREACH', 'server-down', true],
    ['EHOSTDOWN', 'server-down', true],
    ['ENETUNREACH', 'server-down', true],
    ['ENETDOWN', 'server-down', true],
    ['EADDRNOTAVAIL', 'server-down', true],
    ['ENOENT', 'server-down', true],
    ['ECONNRESET', 'server-down', false],
    ['ECONNABORTED', 'server-down', false],
    ['EPIPE', 'server-down', false],
    ['ETIMEDOUT', 'black-hole', false],
  ] as const
).map(([code, kind, notSent]) => [code, systemError(code), kind, notSent]);

const SERVER: readonly Row[] = (
  [
    ['57P03', 'the database system is starting up', 'starting-up', true],
    ['57P03', 'the database system is shutting down', 'starting-up', true],
    ['57P03', 'the database system is not yet accepting connections', 'starting-up', true],
    ['57P01', 'terminating connection due to administrator command', 'server-down', false],
    ['57P02', 'terminating connection because of crash of another server process', 'server-down', false],
    ['08000', 'connection exception', 'server-down', false],
    ['08001', 'unable to establish connection', 'server-down', true],
    ['08003', 'connection does not exist', 'server-down', false],
    ['08004', 'connection rejected', 'server-down', true],
    ['08006', 'connection failure', 'server-down', false],
    ['25006', 'cannot execute INSERT in a read-only transaction', 'not-primary', false],
    ['28P01', 'password authentication failed for user "shop"', 'authentication', true],
    ['28000', 'no pg_hba.conf entry for host "10.0.0.1", user "shop", database "shop", no encryption', 'authentication', true],
    ['3D000', 'database "shop" does not exist', 'missing-database', true],
    ['53300', 'sorry, too many clients already', 'too-many-connections', true],
    ['53300', 'too many connections for role "shop"', 'too-many-connections', true],
  ] as const
).map(([code, message, kind, notSent]) => [`${code} ${message}`, serverError(code, message, 'FATAL'), kind, notSent]);

/** What PgBouncer 1.18 says for itself, FATAL; the cached error is in the words of later ones. */
const POOLER: readonly Row[] = (
  [
    ['server login has been failing, try again later (server_login_retry)', 'server-down', true],
    ['server login has been failing, cached error: connect failed (server_login_retry)', 'server-down', true],
    ['server conn crashed?', 'server-down', false],
    ['query_wait_timeout', 'pool-exhausted', true],
    ['no more connections allowed (max_client_conn)', 'too-many-connections', true],
    ['no such database: shop', 'missing-database', true],
    ['unsupported startup parameter: options', 'statement', false],
    ['invalid frontend message type 0', 'statement', false],
  ] as const
).map(([message, kind, notSent]) => [`08P01 ${message}`, serverError('08P01', message, 'FATAL'), kind, notSent]);

const TLS: readonly Row[] = (
  [
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate'],
    ['CERT_HAS_EXPIRED', 'certificate has expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames"],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number'],
    ['EPROTO', 'write EPROTO'],
  ] as const
).map(([code, message]) => [code, Object.assign(new Error(message), { code }), 'tls', true]);

/** Errors without a code (facts: pg 8.23.1). */
const BY_MESSAGE: readonly Row[] = (
  [
    ['timeout expired', 'black-hole', true],
    ['Query read timeout', 'black-hole', false],
    ['Connection terminated due to connection timeout', 'black-hole', true],
    ['Connection terminated', 'server-down', false],
    ['Connection terminated unexpectedly', 'server-down', false],
    ['Client has encountered a connection error and is not queryable', 'server-down', true],
    ['Client was closed and is not queryable', 'server-down', true],
    ['the database system is in recovery mode', 'starting-up', true],
    ['The server does not support SSL connections', 'tls', true],
    ['SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', 'authentication', true],
    ['password authentication failed for user "shop"', 'authentication', true],
  ] as const
).map(([message, kind, notSent]) => [message, new Error(message), kind, notSent]);

/** As sequelize 6.37.8 wraps what its connection manager gets. */
const WRAPPED: readonly Row[] = [
  ['ConnectionRefusedError', new ConnectionRefusedError(systemError('ECONNREFUSED')), 'server-down', true],
  ['ConnectionRefusedError of two addresses', new ConnectionRefusedError(refusedTwice()), 'server-down', true],
  ['HostNotFoundError', new HostNotFoundError(systemError('ENOTFOUND', 'getaddrinfo ENOTFOUND db.invalid')), 'server-down', true],
  ['HostNotReachableError', new HostNotReachableError(systemError('EHOSTUNREACH')), 'server-down', true],
  ['ConnectionTimedOutError', new ConnectionTimedOutError(systemError('ETIMEDOUT')), 'black-hole', false],
  ['ConnectionError of a mute server', new ConnectionError(new Error('timeout expired')), 'black-hole', true],
  ['ConnectionError of a reset', new ConnectionError(systemError('ECONNRESET', 'read ECONNRESET')), 'server-down', false],
  ['ConnectionError of a server that hangs up', new ConnectionError(new Error('Connection terminated unexpectedly')), 'server-down', false],
  ['ConnectionError 57P03', new ConnectionError(serverError('57P03', 'the database system is starting up', 'FATAL')), 'starting-up', true],
  ['ConnectionError 28P01', new ConnectionError(serverError('28P01', 'password authentication failed', 'FATAL')), 'authentication', true],
  ['ConnectionError 3D000', new ConnectionError(serverError('3D000', 'database "shop" does not exist', 'FATAL')), 'missing-database', true],
  [
    'ConnectionError 53300',
    new ConnectionError(serverError('53300', 'sorry, too many clients already', 'FATAL')),
    'too-many-connections',
    true,
  ],
  ['ConnectionAcquireTimeoutError', new ConnectionAcquireTimeoutError(new Error('Operation timeout')), 'pool-exhausted', true],
  ['DatabaseError 57P01', failedStatement(serverError('57P01', 'terminating connection', 'FATAL')), 'server-down', false],
  ['DatabaseError 25006', failedStatement(serverError('25006', 'cannot execute UPDATE')), 'not-primary', false],
  ['DatabaseError without a code', failedStatement(new Error('Connection terminated unexpectedly')), 'server-down', false],
  [
    'DatabaseError of a dead client',
    failedStatement(new Error('Client has encountered a connection error and is not queryable')),
    'server-down',
    true,
  ],
  ['DatabaseError of query_timeout', failedStatement(new Error('Query read timeout')), 'black-hole', false],
];

const elsewhere = systemError('ECONNRESET');

/** Each way in which an error can hold another one. */
const LINKED: readonly Row[] = [
  ['cause', new Error('outer', { cause: elsewhere }), 'server-down', false],
  ['parent', Object.assign(new Error('outer'), { parent: elsewhere }), 'server-down', false],
  ['original', Object.assign(new Error('outer'), { original: elsewhere }), 'server-down', false],
  ['errors', new AggregateError([new Error('unknown'), elsewhere]), 'server-down', false],
  ['four levels', new Error('1', { cause: new AggregateError([new ConnectionError(elsewhere)]) }), 'server-down', false],
  ['an object that is no Error', { code: 'ECONNRESET' }, 'server-down', false],
];

describe('a failure', () => {
  describe.each([
    ['of the network', SYSTEM],
    ['told by the server', SERVER],
    ['told by PgBouncer', POOLER],
    ['of TLS', TLS],
    ['without a code', BY_MESSAGE],
    ['wrapped by Sequelize', WRAPPED],
    ['held by another error', LINKED],
  ])('%s', (_group, rows) => {
    it.each(rows)('%s', (_what, error, kind, notSent) => {
      expect(classifyFailure(error)).toEqual({ kind, notSent });
    });
  });

  it('is judged by the outermost error that says something', () => {
    const reset = new Error('outer', { cause: Object.assign(systemError('ECONNRESET'), { cause: serverError('28P01', 'no') }) });
    expect(classifyFailure(reset).kind).toBe('server-down');
  });

  it('is judged also where errors hold each other in a circle', () => {
    const one = new Error('one');
    const other = new Error('other', { cause: one });
    one.cause = other;
    expect(classifyFailure(one).kind).toBe('statement');
    other.cause = Object.assign(systemError('EPIPE'), { cause: one });
    expect(classifyFailure(one).kind).toBe('server-down');
  });
});

/** What says nothing about the server's being away. Their statement may have been sent. */
const STATEMENTS: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['a string', 'ECONNREFUSED'],
  ['a number', 57],
  ['an empty object', {}],
  ['a code that is a number', { code: 57 }],
  ['an unknown error', new Error('boom')],
  ['an unknown code', Object.assign(new Error('boom'), { code: 'EWHATEVER' })],
  ['an unknown connection error', new ConnectionError(new Error('boom'))],
  ['an unknown SQLSTATE', failedStatement(serverError('XX000', 'internal error'))],
  ['a syntax error', failedStatement(serverError('42601', 'syntax error at or near "SELEC"'))],
  ['a missing table', failedStatement(serverError('42P01', 'relation "users" does not exist'))],
  ['statement_timeout', failedStatement(serverError('57014', 'canceling statement due to statement timeout'))],
  ['idle_in_transaction_session_timeout', failedStatement(serverError('25P03', 'terminating connection'))],
  ['a deadlock', failedStatement(serverError('40P01', 'deadlock detected'))],
  ['a full disk', failedStatement(serverError('53100', 'could not extend file'))],
  ['a unique violation', new UniqueConstraintError({ parent: serverError('23505', 'duplicate key') })],
  ['a validation', new ValidationError('name can not be null', [])],
  ['TimeoutError', new TimeoutError(serverError('57014', 'canceling statement'))],
  ['InvalidConnectionError', new InvalidConnectionError(new Error('boom'))],
  ['an optimistic lock', new OptimisticLockError({ modelName: 'User' })],
  ['a message that only mentions it', new Error('the log says: Connection terminated unexpectedly')],
];

describe('an error that no table knows', () => {
  it.each(STATEMENTS)('is a matter of its statement, never of the server: %s', (_what, error) => {
    expect(classifyFailure(error)).toEqual({ kind: 'statement', notSent: false });
  });

  it.each([
    ['23505', 'duplicate key value violates unique constraint "users_SASL_key"'],
    ['22P02', 'invalid input syntax for type integer: "the database system is starting up"'],
    ['P0001', 'timeout expired'],
  ])('is not judged by its words where the server gave it a code: %s %s', (code, message) => {
    expect(classifyFailure(failedStatement(serverError(code, message)))).toEqual({ kind: 'statement', notSent: false });
  });
});

describe('what can lead to a switch', () => {
  const kinds: readonly FailureKind[] = [
    'server-down',
    'black-hole',
    'starting-up',
    'not-primary',
    'authentication',
    'password-unavailable',
    'tls',
    'missing-database',
    'too-many-connections',
    'pool-exhausted',
    'statement',
  ];

  it('is a server that is away, mute, starting or read-only', () => {
    expect(kinds.filter(canSwitch)).toEqual(['server-down', 'black-hole', 'starting-up', 'not-primary']);
  });

  it('is never a matter of configuration', () => {
    expect(kinds.filter(isConfigurationFailure)).toEqual(['authentication', 'tls', 'missing-database']);
  });
});

describe('a refusal', () => {
  it.each([
    ['plain', systemError('ECONNREFUSED')],
    ['wrapped', new ConnectionRefusedError(systemError('ECONNREFUSED'))],
    ['of two addresses', refusedTwice()],
    ['of two addresses, wrapped, without a message', new ConnectionRefusedError(refusedTwice())],
    ['held by errors only', new AggregateError([systemError('ECONNREFUSED')])],
  ])('is recognised: %s', (_what, error) => {
    expect(isRefused(error)).toBe(true);
  });

  it.each([
    ['a reset', systemError('ECONNRESET')],
    ['a timeout', systemError('ETIMEDOUT')],
    ['a message without the code', new Error('connect ECONNREFUSED 127.0.0.1:5432')],
    ['undefined', undefined],
    ['a string', 'ECONNREFUSED'],
  ])('is not %s', (_what, error) => {
    expect(isRefused(error)).toBe(false);
  });
});

describe('an answer of the server', () => {
  it.each([
    ['a syntax error', failedStatement(serverError('42601', 'syntax error'))],
    ['a unique violation', new UniqueConstraintError({ parent: serverError('23505', 'duplicate key') })],
    ['statement_timeout', failedStatement(serverError('57014', 'canceling statement due to statement timeout'))],
    ['an error that was not wrapped', serverError('42P01', 'relation does not exist')],
  ])('is %s', (_what, error) => {
    expect(isServerAnswer(error)).toBe(true);
  });

  it.each([
    ['a terminated session', failedStatement(serverError('57P01', 'terminating connection', 'FATAL'))],
    ['a server that starts up', new ConnectionError(serverError('57P03', 'the database system is starting up', 'FATAL'))],
    ['a refused connection', new ConnectionRefusedError(systemError('ECONNREFUSED'))],
    ['a lost connection', failedStatement(new Error('Connection terminated unexpectedly'))],
    ['an error of the program', new ValidationError('name can not be null', [])],
    ['an unknown error', new Error('boom')],
    ['undefined', undefined],
  ])('is not %s', (_what, error) => {
    expect(isServerAnswer(error)).toBe(false);
  });
});
