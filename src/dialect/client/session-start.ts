import type { SessionNames } from '../catalog/catalog.js';

/** What each session begins with on PostgreSQL, because the program's connection says so. */
export interface SessionStart {
  readonly names: SessionNames;
  /** Run-time parameters, as SHOW answers them. */
  readonly settings: Readonly<Record<string, string>>;
}

export const DEFAULT_START: SessionStart = { names: { database: 'postgres', user: 'postgres' }, settings: {} };

/** What Sequelize made of the program's configuration of PostgreSQL. */
export interface ConnectionWords {
  readonly database?: unknown;
  readonly username?: unknown;
  readonly dialectOptions?: unknown;
  readonly clientMinMessages?: unknown;
}

export function sessionStart({ database, username, dialectOptions, clientMinMessages }: ConnectionWords): SessionStart {
  const given = (dialectOptions ?? {}) as { options?: unknown; clientMinMessages?: unknown; application_name?: unknown };
  const { options, clientMinMessages: ownMinMessages } = given;
  const name = wordOf(given.application_name);
  const { names } = DEFAULT_START;
  const searchPath = searchPathIn(wordOf(options) ?? '');
  return {
    names: { database: wordOf(database) ?? names.database, user: wordOf(username) ?? names.user },
    settings: {
      ...minMessages(wordOf(ownMinMessages), clientMinMessages),
      ...(searchPath !== undefined && { search_path: searchPath }),
      ...(name !== undefined && { application_name: shownName(name) }),
    },
  };
}

const wordOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** As PostgreSQL 15 shows it: whole letters of at most 63 bytes, each of which is `?` where it is no printable ASCII (src/backend/utils/misc/guc.c, src/common/string.c). */
function shownName(name: string): string {
  const bytes = Buffer.from(name);
  let end = Math.min(63, bytes.length);
  // A byte that goes on with a letter (UTF-8) is not left without its beginning.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes
    .subarray(0, end)
    .toString('latin1')
    .replaceAll(/[^ -~]/g, '?');
}

/** What Sequelize sets at each connect (lib/dialects/postgres/connection-manager.js of sequelize 6.37.8). */
function minMessages(own: string | undefined, given: unknown): Record<string, string> {
  if (own?.toLowerCase() === 'ignore' || given === false) return {};
  return { client_min_messages: (own ?? wordOf(given) ?? 'warning').toLowerCase() };
}

/** A server's command line, as libpq's `options`: `-c name=value`, `--name=value`; a backslash goes before a blank in a value. */
const SEARCH_PATH = /(?:^|\s)(?:-c\s*|--)search[-_]path=((?:\\.|[^\s\\])*)/g;

const searchPathIn = (options: string): string | undefined => [...options.matchAll(SEARCH_PATH)].at(-1)?.[1]?.replace(/\\(.)/g, '$1');
