import cluster from 'node:cluster';
import path from 'node:path';
import { Sequelize } from 'sequelize';
import { ConfigurationError } from '../errors.js';
import type { Classify, Logger, ResilientConfig, SchemaMigrations, SchemaStep, SharedSequelizeOptions } from '../options.js';
import { type Environment, environmentName, type FallbackPermission, fallbackPermission, isProduction } from './fallback-permission.js';
import { readSection } from './option-names.js';
import { type ResolvedMigrations, resolveMigrations } from './resolve-migrations.js';
import { definedIn, loggingIn, type ResolvedLogging, type ResolvedPrimary, resolvePrimary } from './resolve-primary.js';
import { isRecord, nonEmptyString, oneOf, RANGES, refuse, serviceNameIn, trueOrFalse, wholeNumber } from './rules.js';

/** SQLite's options with every default filled in, and whether it may be used at all. */
export interface ResolvedFallback extends FallbackPermission {
  /** The file's absolute path, or `':memory:'`. */
  readonly storage: string;
  /** The file's directory as an absolute path, also where it is not used. */
  readonly storageDir: string;
  readonly logging: ResolvedLogging;
  readonly driver: 'auto' | 'sqlite3';
}

/** How soon a hang is noticed. */
export interface Detection {
  readonly name: 'default' | 'fast';
  /** A statement without an answer for this long calls a probe. */
  readonly suspectAfterMs: number;
  /** A probe without an answer for this long has failed. */
  readonly probeDeadlineMs: number;
}

/** How a database is made ready, after the options' one check. */
export type ResolvedStep = Exclude<SchemaStep, SchemaMigrations> | ResolvedMigrations;

/** The configuration after its one check: complete, in one unit, frozen. What it refers to (logger, functions, TLS objects) stays the user's. */
export interface ResolvedConfig {
  readonly serviceName: string;
  readonly primary: ResolvedPrimary;
  readonly fallback: ResolvedFallback;
  readonly autoReconnect: boolean;
  readonly connectTimeoutMs: number;
  readonly maxRetries: number;
  readonly retryDelayMs: number;
  readonly healthCheckIntervalMs: number;
  readonly detection: Detection;
  readonly maxWaitMs: number;
  readonly maxQueued: number;
  /** Without `dialect`, and without what is `undefined`. */
  readonly sequelize: Readonly<Omit<SharedSequelizeOptions, 'dialect' | 'logging'>>;
  readonly schema: { readonly primary: ResolvedStep; readonly fallback: ResolvedStep };
  /** A silent one where the user said `false`. */
  readonly logger: Logger;
  readonly classify: Classify | undefined;
  readonly parity: 'warn' | 'strict' | 'off';
  readonly production: boolean;
  /** `'production'`, `'development'`, … */
  readonly environment: string;
  /** The class to build on where it is not the package's own. */
  readonly Sequelize: typeof Sequelize | undefined;
}

/**
 * A second without an answer only calls a probe, so that a long query costs nothing else, and half a second is far above a round
 * trip to another region; a hang is noticed within about two seconds (one, and two probes).
 */
const DEFAULT_DETECTION: Detection = Object.freeze({ name: 'default', suspectAfterMs: 1000, probeDeadlineMs: 500 });

/** For a server nearby, where a round trip takes milliseconds and waiting costs more than a needless probe: about 0.6 s. */
const FAST_DETECTION: Detection = Object.freeze({ name: 'fast', suspectAfterMs: 200, probeDeadlineMs: 200 });

const SILENT: Logger = Object.freeze({ info: () => undefined, warn: () => undefined, error: () => undefined });

/**
 * Checks a configuration and fills in its defaults. Nothing of the user's is changed or frozen.
 *
 * @throws ConfigurationError for a name that is unknown and for a value that can't be used.
 */
export function resolveConfig(
  config: ResilientConfig,
  env: Environment = process.env,
  isClusterWorker: boolean = cluster.isWorker,
): ResolvedConfig {
  const values = readSection('', config);
  const serviceName = requiredServiceName(values.serviceName);
  const options = readSection('options', values.options);
  const explicit = trueOrFalse('options.allowSQLiteFallback', options.allowSQLiteFallback);
  const number = (key: Exclude<keyof typeof RANGES, 'port'>): number | undefined =>
    wholeNumber(`options.${key}`, options[key], RANGES[key]);
  const { logging: sharedLogging, ...sequelize } = sequelizeOptionsIn(values.sequelize);
  const logging = loggingIn('sequelize.logging', sharedLogging);
  const permission = fallbackPermission(explicit, env, isClusterWorker);
  return Object.freeze({
    serviceName,
    primary: resolvePrimary(values.primary, logging),
    fallback: resolveFallback(values.fallback, serviceName, permission, logging),
    autoReconnect: trueOrFalse('options.autoReconnect', options.autoReconnect) ?? true,
    connectTimeoutMs: number('connectTimeout') ?? 5000,
    maxRetries: number('maxRetries') ?? 5,
    retryDelayMs: number('retryDelay') ?? 2000,
    healthCheckIntervalMs: number('healthCheckInterval') ?? 30_000,
    detection: oneOf('options.detection', options.detection, ['default', 'fast']) === 'fast' ? FAST_DETECTION : DEFAULT_DETECTION,
    maxWaitMs: number('maxWait') ?? 5000,
    maxQueued: number('maxQueued') ?? 1000,
    sequelize: Object.freeze(sequelize),
    schema: Object.freeze(schemaIn(values.schema)),
    logger: loggerIn(values.logger),
    classify: classifyIn(values.classify),
    parity: parityIn(values.parity, permission, env),
    production: isProduction(env),
    environment: environmentName(env, isClusterWorker),
    Sequelize: sequelizeClassIn(values.Sequelize),
  });
}

function requiredServiceName(value: unknown): string {
  if (value !== undefined) return serviceNameIn('serviceName', value);
  throw new ConfigurationError('serviceName', 'is required (SERVICE_NAME in the environment, where configFromEnv() is used)', 'undefined');
}

function resolveFallback(
  value: unknown,
  serviceName: string,
  permission: FallbackPermission,
  logging: ResolvedLogging = false,
): ResolvedFallback {
  const fallback = readSection('fallback', value);
  const storageDir = path.resolve(nonEmptyString('fallback.storageDir', fallback.storageDir) ?? './data/sqlite');
  const inMemory = oneOf('fallback.storage', fallback.storage, [':memory:']);
  return Object.freeze({
    ...permission,
    storage: inMemory ?? path.join(storageDir, `${serviceName}.sqlite`),
    storageDir,
    logging: loggingIn('fallback.logging', fallback.logging) ?? logging,
    driver: driverIn(fallback.driver),
  });
}

function driverIn(value: unknown): 'auto' | 'sqlite3' {
  const isPlanned = value === 'node:sqlite' || value === 'node-sqlite3-wasm';
  if (isPlanned) refuse('fallback.driver', "must be 'auto' or 'sqlite3': others are not available in this version", value);
  return oneOf('fallback.driver', value, ['auto', 'sqlite3']) ?? 'auto';
}

function sequelizeOptionsIn(value: unknown): Omit<SharedSequelizeOptions, 'dialect'> {
  const { dialect, ...options } = definedIn(readSection('sequelize', value));
  oneOf('sequelize.dialect', dialect, ['postgres']);
  for (const key of ['define', 'query', 'sync', 'hooks', 'retry']) {
    if (options[key] !== undefined && !isRecord(options[key])) refuse(`sequelize.${key}`, 'must be an object', options[key]);
  }
  checkTimezone(options.timezone);
  return options;
}

/** PostgreSQL hears of the zone only after it has connected: a wrong one would look like a database that can't be reached. */
function checkTimezone(value: unknown): void {
  if (value === undefined || (typeof value === 'string' && (/^[+-]\d{1,2}:\d{2}$/.test(value) || isZone(value)))) return;
  refuse('sequelize.timezone', "must be an offset such as '+02:00' or the name of a time zone such as 'Europe/Berlin'", value);
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function schemaIn(value: unknown): ResolvedConfig['schema'] {
  if (!isRecord(value) || 'migrations' in value) {
    const both = schemaStepIn('schema', value, ', or an object with primary and fallback');
    return { primary: both ?? 'none', fallback: both ?? 'sync' };
  }
  const schema = readSection('schema', value);
  return {
    primary: schemaStepIn('schema.primary', schema.primary) ?? 'none',
    fallback: schemaStepIn('schema.fallback', schema.fallback) ?? 'sync',
  };
}

function schemaStepIn(name: string, value: unknown, alsoAllowed = ''): ResolvedStep | undefined {
  if (value === undefined || value === 'sync' || value === 'none' || isSchemaFunction(value)) return value;
  if (!isRecord(value) || !('migrations' in value)) {
    return refuse(name, `must be 'sync', 'none', { migrations } or a function${alsoAllowed}`, value);
  }
  const [other] = Object.keys(value).filter((key) => key !== 'migrations');
  if (other !== undefined) refuse(`${name}.${other}`, `can't stand beside ${name}.migrations`, value[other]);
  return resolveMigrations(`${name}.migrations`, value['migrations']);
}

function isSchemaFunction(value: unknown): value is Extract<SchemaStep, (...args: never) => unknown> {
  return typeof value === 'function';
}

function loggerIn(value: unknown): Logger {
  if (value === undefined) return console;
  if (value === false) return SILENT;
  return isLogger(value) ? value : refuse('logger', 'must be an object with the functions info, warn and error, or false', value);
}

function isLogger(value: unknown): value is Logger {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const logger: Partial<Record<keyof Logger, unknown>> = value;
  return [logger.info, logger.warn, logger.error].every((log) => typeof log === 'function');
}

function classifyIn(value: unknown): Classify | undefined {
  if (value === undefined || isClassify(value)) return value;
  return refuse('classify', 'must be a function', value);
}

/** In production there is no fallback to be like; elsewhere a test run on PostgreSQL alone may ask for it. */
function parityIn(value: unknown, { allowed }: FallbackPermission, env: Environment): ResolvedConfig['parity'] {
  const given = oneOf('parity', value, ['warn', 'strict', 'off']);
  return isProduction(env) ? 'off' : (given ?? (allowed ? 'warn' : 'off'));
}

function sequelizeClassIn(value: unknown): typeof Sequelize | undefined {
  if (value === undefined || isSequelizeClass(value)) return value;
  return refuse('Sequelize', "must be the class Sequelize of the package 'sequelize' or one that extends it", value);
}

function isSequelizeClass(value: unknown): value is typeof Sequelize {
  return typeof value === 'function' && (value === Sequelize || value.prototype instanceof Sequelize);
}

function isClassify(value: unknown): value is Classify {
  return typeof value === 'function';
}
