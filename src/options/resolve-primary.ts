import { isDeepStrictEqual } from 'node:util';
import type { PoolOptions } from 'sequelize';
import { ConfigurationError } from '../errors.js';
import type { PasswordFunction, SqlLogging, TlsOptions } from '../options.js';
import { readSection } from './option-names.js';
import { DEFAULT_PORT, type HostAddress, hostsIn } from './primary-hosts.js';
import { type ParsedUrl, parsePrimaryUrl } from './primary-url.js';
import { databaseWord, digitsOrNumber, hostName, isRecord, kindOf, oneOf, RANGES, type Range, refuse, wholeNumber } from './rules.js';

/** Where SQL statements are logged to, with Sequelize's `true` resolved. */
export type ResolvedLogging = Exclude<SqlLogging, true>;

/** PostgreSQL's options with every default filled in; `undefined` leaves the choice to pg (`PGDATABASE`, `PGSSLMODE`, …). */
export interface ResolvedPrimary {
  /** The first host of the list. */
  readonly host: string;
  readonly port: number;
  /** All hosts in the order in which they are wanted; one where `host` was given. */
  readonly hosts: readonly HostAddress[];
  readonly targetSessionAttrs: 'any' | 'read-write';
  readonly database: string | undefined;
  readonly username: string | undefined;
  readonly password: string | PasswordFunction | undefined;
  /** The same value stands in `dialectOptions.ssl`, the only place that Sequelize reads. */
  readonly ssl: boolean | TlsOptions | undefined;
  readonly pool: Readonly<PoolOptions>;
  readonly logging: ResolvedLogging;
  readonly dialectOptions: Readonly<Record<string, unknown>>;
}

type Values = Readonly<Record<string, unknown>>;
type Tls = boolean | TlsOptions | undefined;

const ADDRESS = ['host', 'port', 'database', 'username', 'password'] as const;

type Address = Pick<ResolvedPrimary, (typeof ADDRESS)[number] | 'hosts'>;

/** @param logging what holds where `primary.logging` is not set; Sequelize's own default is `console.log` */
export function resolvePrimary(value: unknown, logging: ResolvedLogging = console.log): ResolvedPrimary {
  const primary = readSection('primary', value);
  const url = primary.url === undefined ? undefined : parsePrimaryUrl('primary.url', primary.url);
  const given = dialectOptionsIn(primary.dialectOptions);
  const ssl = tlsOf(primary.ssl, given.ssl, url?.ssl);
  // Sequelize 6.37.8 hands `dialectOptions.ssl` to pg, never `ssl` itself (lib/dialects/postgres/connection-manager.js, connect).
  const dialectOptions = { ...mergedDialectOptions(given, url), ...(ssl === undefined ? {} : { ssl }) };
  return Object.freeze({
    ...addressOf(primary, url),
    targetSessionAttrs: sessionAttrsOf(primary, url),
    ssl,
    pool: Object.freeze(poolIn(primary.pool)),
    logging: loggingIn('primary.logging', primary.logging) ?? logging,
    dialectOptions: Object.freeze(dialectOptions),
  });
}

/** `true` is `console.log` itself, as in Sequelize, which looks for that very function. */
export function loggingIn(name: string, value: unknown): ResolvedLogging | undefined {
  if (value === undefined || value === false) return value;
  if (value === true) return console.log;
  return isLoggingFunction(value) ? value : refuse(name, 'must be a function, true or false', value);
}

function isLoggingFunction(value: unknown): value is Exclude<SqlLogging, boolean> {
  return typeof value === 'function';
}

/** A copy without what is `undefined`: Sequelize spreads options, so that `timezone: undefined` would replace its default. */
export function definedIn(values: Values): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function addressOf(primary: Values, url: ParsedUrl | undefined): Address {
  const hosts = hostsIn('primary.hosts', primary.hosts);
  if (hosts !== undefined) refuseBeside('primary.hosts', namedIn(primary, ['host', 'port']), url?.host && 'the host in primary.url');
  if (url === undefined) return explicitAddress(primary, hosts);
  // A URL can't hold a function, so that one completes it.
  const isFunctionToo = typeof primary.password === 'function' && url.password === undefined;
  refuseBeside('primary.url', namedIn(primary, isFunctionToo ? ADDRESS.filter((key) => key !== 'password') : ADDRESS));
  const { host = 'localhost', port = DEFAULT_PORT, database, username } = url;
  const password = url.password ?? passwordIn(primary.password);
  return { ...withHosts(hosts ?? url.hosts ?? [{ host, port }]), database, username, password };
}

const namedIn = (primary: Values, keys: readonly string[]): string[] =>
  keys.filter((key) => primary[key] !== undefined).map((key) => `primary.${key}`);

function refuseBeside(name: string, options: readonly string[], more?: string): void {
  const beside = more ? [...options, more] : options;
  if (beside.length > 0)
    throw new ConfigurationError(name, `must not be given together with ${beside.join(', ')}: one of them would be ignored`);
}

/** An empty list never comes here. */
function withHosts(hosts: readonly HostAddress[]): Pick<Address, 'host' | 'port' | 'hosts'> {
  const { host, port } = hosts[0] as HostAddress;
  return { host, port, hosts: Object.freeze(hosts) };
}

function sessionAttrsOf(primary: Values, url: ParsedUrl | undefined): ResolvedPrimary['targetSessionAttrs'] {
  const given = oneOf('primary.targetSessionAttrs', primary.targetSessionAttrs, ['read-write', 'any']);
  const inUrl = url?.targetSessionAttrs;
  if (given !== undefined && inUrl !== undefined && given !== inUrl)
    throw new ConfigurationError('primary.url', 'must not say another target_session_attrs than primary.targetSessionAttrs');
  return given ?? inUrl ?? 'read-write';
}

function explicitAddress(primary: Values, hosts: readonly HostAddress[] | undefined): Address {
  const host = hostName('primary.host', primary.host) ?? 'localhost';
  const port = digitsOrNumber('primary.port', primary.port, RANGES.port) ?? DEFAULT_PORT;
  return {
    ...withHosts(hosts ?? [{ host, port }]),
    database: databaseWord('primary.database', primary.database),
    username: databaseWord('primary.username', primary.username),
    password: passwordIn(primary.password),
  };
}

/** `null` and `''` are no password, as configuration files of sequelize-cli have them. */
function passwordIn(value: unknown): string | PasswordFunction | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string' || isPasswordFunction(value)) return value;
  throw new ConfigurationError('primary.password', 'must be a string or a function that gives one', kindOf(value));
}

function isPasswordFunction(value: unknown): value is PasswordFunction {
  return typeof value === 'function';
}

const POOL_RANGES: Readonly<Record<string, Range>> = {
  max: { min: 1, max: 10_000 },
  min: { min: 0, max: 10_000 },
  idle: { ...RANGES.maxWait },
  acquire: { ...RANGES.maxWait },
  evict: { ...RANGES.maxWait },
  maxUses: { min: 1, max: Number.MAX_SAFE_INTEGER },
};

function poolIn(value: unknown): PoolOptions {
  const pool = definedIn(readSection('primary.pool', value));
  for (const [key, range] of Object.entries(POOL_RANGES)) {
    // Infinity is Sequelize's own default for maxUses.
    if (pool[key] !== Number.POSITIVE_INFINITY || key !== 'maxUses') wholeNumber(`primary.pool.${key}`, pool[key], range);
  }
  const { min = 0, max = 5, validate } = pool;
  if (Number(min) > Number(max)) refuse('primary.pool.min', `must be at most primary.pool.max, which is ${String(max)}`, min);
  if (validate !== undefined && typeof validate !== 'function') refuse('primary.pool.validate', 'must be a function', validate);
  return pool;
}

function dialectOptionsIn(value: unknown): Values {
  if (value === undefined) return {};
  return isRecord(value) ? definedIn(value) : refuse('primary.dialectOptions', 'must be an object', value);
}

function mergedDialectOptions(given: Values, url: ParsedUrl | undefined): Values {
  for (const [key, value] of Object.entries(url?.dialectOptions ?? {})) {
    if (given[key] === undefined || given[key] === value) continue;
    throw new ConfigurationError('primary.url', `must not say ${key} too, since primary.dialectOptions.${key} says something else`);
  }
  return { ...given, ...url?.dialectOptions };
}

/** The three places that may speak of TLS must agree; `true` leaves the details to one that has them. */
function tlsOf(ssl: unknown, dialectSsl: unknown, urlSsl: Tls): Tls {
  const places = [
    { name: 'primary.ssl', tls: tlsIn('primary.ssl', ssl) },
    { name: 'primary.dialectOptions.ssl', tls: tlsIn('primary.dialectOptions.ssl', dialectSsl) },
    { name: 'primary.url', tls: urlSsl },
  ].filter(({ tls }) => tls !== undefined);
  const chosen = places.find(({ tls }) => tls !== true) ?? places[0];
  const other = places.find(({ tls }) => !agree(tls, chosen?.tls));
  if (chosen === undefined || other === undefined) return chosen?.tls;
  throw new ConfigurationError(other.name, `must not say something else about TLS than ${chosen.name}; keep one of the two`);
}

function agree(tls: Tls, chosen: Tls): boolean {
  return (tls === true && chosen !== false) || tls === chosen || isDeepStrictEqual(tls, chosen);
}

function tlsIn(name: string, value: unknown): Tls {
  if (value === undefined || typeof value === 'boolean' || isRecord(value)) return value;
  throw new ConfigurationError(name, 'must be true, false or an object for node:tls', kindOf(value));
}
