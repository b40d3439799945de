import {
  type BehaviourOptions,
  configFromEnv,
  ConfigurationError,
  type Logger,
  ResilientConnection,
  type ResilientConfig,
} from '../index.js';
import type { ConfigFile } from './config-file.js';
import type { Output } from './output.js';
import { isRecord } from './records.js';
import type { ConnectionSettings, ForDatabases } from './settings.js';
import { StartLog } from './start-log.js';
import { UsageError } from './usage-error.js';

/** What the configuration says of the connection: one that is there already, or what to make it from. */
export type GivenConnection =
  | { readonly kind: 'connection'; readonly connection: ResilientConnection }
  | {
      readonly kind: 'config';
      readonly config: ResilientConfig;
      /** Where it was read, for a message. */
      readonly from: string;
    };

/**
 * Reads the configuration's `connection`; without one, the environment (`DATABASE_URL` and so on).
 *
 * @throws UsageError where it is neither a configuration nor a connection
 */
export async function givenConnection({ contents: { connection: given }, path }: ConfigFile): Promise<GivenConnection> {
  const from = path ?? 'The environment, as there is no sequelize-resilient.config.{mjs,cjs,js,ts} here';
  if (given === undefined) return { kind: 'config', config: configFromEnv(), from };
  const value: unknown = typeof given === 'function' ? await (given as () => unknown)() : given;
  if (isConnection(value)) return { kind: 'connection', connection: value };
  if (isRecord(value)) return { kind: 'config', config: value as unknown as ResilientConfig, from };
  throw new UsageError(
    `${from}: connection must be what createResilientConnection() takes, a ResilientConnection, or a function that gives one of them.`,
  );
}

/**
 * The connection that a command works with. It has begun to connect: `ready` says how that ended.
 *
 * One that is made here prepares no database by itself, is asked for nothing in the background, and never waits for a primary that is
 * away; for a command that is for the primary alone it never opens a fallback.
 * @throws UsageError for an option that can't be used
 */
export function connect(given: GivenConnection, settings: ConnectionSettings & ForDatabases, output: Output): ResilientConnection {
  if (given.kind === 'connection') return given.connection;
  const log = new StartLog(output, settings.verbose ?? false);
  const connection = connectionOf(configFor(given.config, settings, output, log), given.from);
  connection.ready.then(
    () => log.begun(),
    () => log.failed(),
  );
  return connection;
}

function connectionOf(config: ResilientConfig, from: string): ResilientConnection {
  try {
    return new ResilientConnection(config);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(`${from}: ${error.message}`, error);
    throw error;
  }
}

function configFor(
  config: ResilientConfig,
  { database, verbose = false }: ConnectionSettings & ForDatabases,
  output: Output,
  logger: Logger,
): ResilientConfig {
  const { primary, fallback, options, ...others } = config;
  const logging = verbose ? (sql: string) => output.note(sql) : false;
  const behaviour: BehaviourOptions = {
    autoReconnect: false,
    maxRetries: 0,
    ...(database === 'primary' ? { allowSQLiteFallback: false } : {}),
  };
  return {
    ...others,
    primary: completed(primary, { logging }),
    fallback: completed(fallback, { logging }),
    options: completed(options, behaviour),
    schema: 'none',
    parity: 'off',
    logger,
  };
}

/** What is no object is left as it is, so that the connection refuses it by its name. */
function completed<Section extends object>(section: Section | undefined, additions: Section): Section {
  return section === undefined || isRecord(section) ? { ...section, ...additions } : section;
}

/** By its shape: a configuration may have it from another copy of this package, such as the CommonJS build. */
function isConnection(value: unknown): value is ResilientConnection {
  if (!isRecord(value)) return false;
  const { getStatus, close, sequelize } = value as Partial<Record<keyof ResilientConnection, unknown>>;
  return typeof getStatus === 'function' && typeof close === 'function' && isRecord(sequelize);
}
