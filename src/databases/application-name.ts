import { VERSION } from '../version.js';

/** PostgreSQL keeps this much of a name (NAMEDATALEN - 1). */
const MAX_BYTES = 63;

/** The end of the names that are made here. */
const OWN_END = ` sequelize-resilient/${VERSION}`;

/** What a connection is for that the program's statements don't use. */
type Purpose = 'probe' | 'migration lock';

/** Where a program may have said what its connections are called. */
interface NameGiven {
  readonly application_name?: unknown;
  /** A server's command line, as libpq's `options`. */
  readonly options?: unknown;
}

/**
 * What the connections of the pool are called in pg_stat_activity: as the program says, as `PGAPPNAME` says (pg reads it itself where
 * nothing is handed over), else after the service.
 */
export function poolName(
  serviceName: string,
  { application_name: given, options }: NameGiven,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const named = wordOf(given) ?? wordOf(env['PGAPPNAME']) ?? nameIn(wordOf(options) ?? env['PGOPTIONS'] ?? '');
  return named ?? endingWith(serviceName, OWN_END);
}

/** What a connection for something else is called. Where it gets too long it is the service's name that is cut, not what tells the two apart. */
export function nameFor(purpose: Purpose, pool: string): string {
  const isOurs = pool.endsWith(OWN_END);
  return endingWith(isOurs ? pool.slice(0, -OWN_END.length) : pool, `${isOurs ? OWN_END : ''} ${purpose}`);
}

/** Each sign is one byte, so that nothing of the end is lost to others (PostgreSQL 16 writes four signs for a byte that is no ASCII). */
function endingWith(name: string, end: string): string {
  const ascii = name.replaceAll(/[^ -~]/g, '?');
  return ascii.slice(0, MAX_BYTES - end.length).trimEnd() + end;
}

const wordOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** `-c name=value`, `--name=value`; a backslash goes before a blank in a value. */
const APPLICATION_NAME = /(?:^|\s)(?:-c\s*|--)application[-_]name=((?:\\.|[^\s\\])+)/g;

const nameIn = (options: string): string | undefined => [...options.matchAll(APPLICATION_NAME)].at(-1)?.[1]?.replaceAll(/\\(.)/g, '$1');
