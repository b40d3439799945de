import { type PrimaryOptions, ResilientConnection } from '../index.js';
import type { CheckedOptions } from './both-engines-options.js';
import type { OwnSchema } from './own-schema.js';
import { refusingSocket } from './refusing-socket.js';

/** What a handle for one run is made of. */
export interface HandleOptions extends Pick<CheckedOptions, 'primary' | 'sequelize' | 'Sequelize'> {
  readonly serviceName: string;
  /** The schema that all of the run's tables and types are made in. */
  readonly schema: Pick<OwnSchema, 'name' | 'searchPath'>;
}

/** A handle that is on PostgreSQL, and goes nowhere else. */
export function postgresHandle({ primary, ...options }: HandleOptions): ResilientConnection {
  return new ResilientConnection({
    ...sharedConfig(options),
    primary: withSearchPath(primary, options.schema.searchPath),
    options: { allowSQLiteFallback: false, maxRetries: 0 },
  });
}

/**
 * A handle that is on its fallback as in an outage: PostgreSQL is the same, and each connect to it is refused before it reaches for
 * the network.
 */
export function sqliteHandle({ primary, ...options }: HandleOptions, folder: string): ResilientConnection {
  const { dialectOptions, ...others } = withSearchPath(primary, options.schema.searchPath);
  return new ResilientConnection({
    ...sharedConfig(options),
    // Nobody asks for the password, so that a function of the program's need not be called.
    primary: { ...others, password: undefined, dialectOptions: { ...dialectOptions, stream: refusingSocket } },
    fallback: { storageDir: folder },
    options: { allowSQLiteFallback: true, autoReconnect: false, maxRetries: 0 },
  });
}

/**
 * With its schema as Sequelize's own, what Sequelize makes is named with it: it writes `"public"."enum_…"` otherwise, and looks for a
 * table in `public` before it makes it (lib/dialects/postgres/query-generator.js of sequelize 6.37.8).
 */
const sharedConfig = ({ serviceName, sequelize, Sequelize, schema }: Omit<HandleOptions, 'primary'>) => ({
  serviceName,
  Sequelize,
  sequelize: { logging: false, ...sequelize, schema: schema.name },
  schema: 'none' as const,
  logger: false as const,
});

/** The primary with a search path as the last of its connections' `options`, for raw SQL, after those that it has. */
function withSearchPath(primary: PrimaryOptions, searchPath: string): PrimaryOptions {
  const { url, options: inUrl } = withoutOptions(primary.url);
  const given = primary.dialectOptions as { options?: unknown } | undefined;
  // A backslash goes before a blank in a value (pg_split_opts in src/backend/utils/init/postinit.c).
  const path = `-c search_path=${searchPath.replace(/[\s\\]/g, '\\$&')}`;
  const before = given?.options ?? inUrl;
  const options = typeof before === 'string' ? `${before} ${path}` : path;
  return { ...primary, url, dialectOptions: { ...given, options } };
}

/** A URL may hold `options`, too, and must not say something else than `dialectOptions`. */
function withoutOptions(url: string | undefined): { url: string | undefined; options: string | undefined } {
  const [base = '', query] = url?.split('?', 2) ?? [];
  const parameters = new URLSearchParams(query);
  const options = parameters.get('options');
  if (options === null) return { url, options: undefined };
  parameters.delete('options');
  return { url: parameters.size === 0 ? base : `${base}?${parameters.toString()}`, options };
}
