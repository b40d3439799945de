import type { SessionNames } from '../catalog/catalog.js';

/** What each session begins with on PostgreSQL, because the program's connection says so. */
export interface SessionStart {
  readonly names: SessionNames;
  /** As it is written; `undefined` where nothing says it. */
  readonly searchPath: string | undefined;
}

export const DEFAULT_START: SessionStart = { names: { database: 'postgres', user: 'postgres' }, searchPath: undefined };

/** What the program's configuration of PostgreSQL says of its sessions. */
export interface ConnectionWords {
  readonly database?: unknown;
  readonly username?: unknown;
  readonly dialectOptions?: unknown;
}

export function sessionStart({ database, username, dialectOptions }: ConnectionWords): SessionStart {
  const { options } = (dialectOptions ?? {}) as { options?: unknown };
  const { names } = DEFAULT_START;
  return {
    names: { database: wordOf(database) ?? names.database, user: wordOf(username) ?? names.user },
    searchPath: typeof options === 'string' ? searchPathIn(options) : undefined,
  };
}

const wordOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** A server's command line, as libpq's `options`: `-c name=value`, `--name=value`; a backslash goes before a blank in a value. */
const SEARCH_PATH = /(?:^|\s)(?:-c\s*|--)search[-_]path=((?:\\.|[^\s\\])*)/g;

const searchPathIn = (options: string): string | undefined => [...options.matchAll(SEARCH_PATH)].at(-1)?.[1]?.replace(/\\(.)/g, '$1');
