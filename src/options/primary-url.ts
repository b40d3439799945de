import { parse } from 'pg-connection-string';
import { ConfigurationError } from '../errors.js';
import type { TlsOptions } from '../options.js';
import { type HostAddress, hostIn } from './primary-hosts.js';
import { hostName, kindOf, oneOf, RANGES, wholeNumber } from './rules.js';

/** What a connection URL says; what it leaves out is `undefined`. */
export interface ParsedUrl {
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** All of them where there are several; `host` and `port` are the first one's. */
  readonly hosts: readonly HostAddress[] | undefined;
  readonly targetSessionAttrs: 'any' | 'read-write' | undefined;
  readonly database: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly ssl: boolean | TlsOptions | undefined;
  /** The other query parameters, e.g. `application_name`; Sequelize takes those it knows from `dialectOptions`. */
  readonly dialectOptions: Readonly<Record<string, unknown>>;
}

const SHAPE =
  'must be like postgres://user:password@host:5432/database, with other signs than letters and digits percent-encoded in user name and password';
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];
// What is an address, or has been turned into `ssl`, is no dialect option.
const NOT_DIALECT_OPTIONS = new Set([
  'user',
  'password',
  'host',
  'port',
  'database',
  'ssl',
  'sslmode',
  'sslcert',
  'sslkey',
  'sslrootcert',
  'uselibpqcompat',
  'target_session_attrs',
]);

/** Takes a connection URL apart as pg does. No message shows any of it: `name` and the rule are all that is told. */
export function parsePrimaryUrl(name: string, value: unknown): ParsedUrl {
  const { url, hosts } = urlIn(name, value);
  const { searchParams } = asUrl(url);
  refuseStrangeMode(name, searchParams);
  if (hosts !== undefined && (searchParams.has('host') || searchParams.has('port')))
    throw new ConfigurationError(name, 'must not name hosts or ports as parameters too');
  const { host, port, database, user, password, ssl, target_session_attrs: attrs, ...others } = parsedByPg(name, url);
  return {
    host: urlPart(name, () => hostName('host', textIn(host))),
    port: urlPart(name, () => wholeNumber('port', textIn(port) === undefined ? undefined : Number(port), RANGES.port)),
    hosts,
    targetSessionAttrs: urlPart(name, () => oneOf('target_session_attrs', attrs, ['read-write', 'any'])),
    database: databaseIn(database),
    username: textIn(user),
    password: textIn(password),
    ssl: tlsIn(name, ssl),
    dialectOptions: Object.fromEntries(Object.entries(others).filter(([key]) => !NOT_DIALECT_OPTIONS.has(key))),
  };
}

/** The URL with one host, as pg and URL understand it, and all hosts where there are several. */
function urlIn(name: string, value: unknown): { url: string; hosts: HostAddress[] | undefined } {
  if (typeof value !== 'string') throw new ConfigurationError(name, 'must be a string', kindOf(value));
  if (!/^postgres(ql)?:\/\//i.test(value)) throw new ConfigurationError(name, 'must begin with postgres:// or postgresql://');
  const { from, to } = hostsAt(value);
  const list = value.slice(from, to).split(',');
  const hosts = list.length === 1 ? undefined : list.map((entry) => urlPart(name, () => hostIn('host', entry)));
  const url = value.slice(0, from) + String(list[0]) + value.slice(to);
  // pg would take the part of an unencoded password behind '#', '/' or '?' for a fragment, a database or a parameter, and name it in errors.
  if (!URL.canParse(withHost(url)) || isMissplit(asUrl(url))) throw new ConfigurationError(name, SHAPE);
  return { url, hosts };
}

/** Where in the URL the hosts stand: after the last '@' of what lies between '//' and the next '/'. */
function hostsAt(value: string): { from: number; to: number } {
  const authority = value.indexOf('//') + 2;
  const slash = value.indexOf('/', authority);
  const end = slash === -1 ? value.length : slash;
  const from = Math.max(authority, value.lastIndexOf('@', end - 1) + 1);
  const query = value.slice(from, end).search(/[?#]/);
  return { from, to: query === -1 ? end : from + query };
}

function asUrl(value: string): URL {
  return new URL(withHost(value));
}

/** `postgres://user@/database?host=/var/run/postgresql` is right for pg, and wrong for URL. */
function withHost(value: string): string {
  return value.replace('@/', '@localhost/');
}

function isMissplit({ hash, pathname, searchParams }: URL): boolean {
  return hash !== '' || pathname.includes('@') || [...searchParams.keys()].some((key) => key.includes('@'));
}

function refuseStrangeMode(name: string, parameters: URLSearchParams): void {
  const sslMode = parameters.get('sslmode');
  if (sslMode !== null && !SSL_MODES.includes(sslMode))
    throw new ConfigurationError(name, `must have one of these as its sslmode: ${SSL_MODES.join(', ')}`);
}

function parsedByPg(name: string, url: string): ReturnType<typeof parse> {
  try {
    return parse(url);
  } catch (error) {
    // The error itself is not kept as the cause: some versions attach the whole URL to it.
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code.startsWith('E') && !code.startsWith('ERR_')) {
      throw new ConfigurationError(name, `must name readable files as sslcert, sslkey and sslrootcert (${code})`);
    }
    throw new ConfigurationError(name, SHAPE);
  }
}

/** The rules of single options, told without the value, since it is a part of the URL. */
function urlPart<Part>(name: string, check: () => Part): Part {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(name, `its ${error.option} ${error.rule}`);
  }
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** pg leaves those signs encoded that have a meaning in URLs (it uses `decodeURI`), so `/a%40b` would be another database. */
function databaseIn(value: unknown): string | undefined {
  return textIn(value)?.replace(/%(?:3B|2F|3F|3A|40|26|3D|2B|24|2C|23)/gi, decodeURIComponent);
}

function tlsIn(name: string, ssl: unknown): boolean | TlsOptions | undefined {
  if (ssl === undefined || typeof ssl === 'boolean') return ssl;
  if (typeof ssl === 'object' && ssl !== null) return ssl;
  // pg-connection-string leaves the text 'false' as it is, and pg takes any text for a yes.
  if (ssl === 'false') return false;
  if (ssl === 'no-verify') return { rejectUnauthorized: false };
  throw new ConfigurationError(name, 'must have true, false or no-verify as its ssl');
}
