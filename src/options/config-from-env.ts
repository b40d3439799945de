import { ConfigurationError } from '../errors.js';
import type { BehaviourOptions, FallbackOptions, PrimaryOptions, ResilientConfig } from '../options.js';
import { type Environment, refuseFallbackInProduction } from './fallback-permission.js';
import { parsePrimaryUrl } from './primary-url.js';
import { databaseWord, hostName, oneOf, RANGES, refuse, serviceNameIn, wholeNumberRule } from './rules.js';

const ADDRESS = ['DB_HOST', 'DB_PORT', 'DB_NAME', 'DB_USER', 'DB_PASSWORD'] as const;
const YES = ['true', '1', 'yes', 'on'];
const NO = ['false', '0', 'no', 'off'];

/**
 * Reads a configuration from environment variables; an empty one counts as not set.
 *
 * The answer holds only what is set, so that it can be spread and completed: `{ ...configFromEnv(), schema: 'none' }`. Where
 * `SERVICE_NAME` is not set, `serviceName` must be added so, or the configuration is refused.
 *
 * @throws ConfigurationError with the variable's name, its rule and the value received; of `DB_PASSWORD` and `DATABASE_URL` no value.
 */
export function configFromEnv(env: Environment = process.env): ResilientConfig {
  const serviceName = textOf(env, 'SERVICE_NAME');
  if (serviceName !== undefined) serviceNameIn('SERVICE_NAME', serviceName);
  const sections = {
    serviceName,
    primary: withoutUnset<PrimaryOptions>(primaryIn(env)),
    fallback: withoutUnset<FallbackOptions>({ storageDir: textOf(env, 'SQLITE_DIR') }),
    options: withoutUnset<BehaviourOptions>(optionsIn(env)),
  };
  // The one thing that may be missing, the required serviceName, is refused by the resolver, which names SERVICE_NAME.
  return (withoutUnset(sections) ?? {}) as ResilientConfig;
}

function primaryIn(env: Environment): PrimaryOptions {
  const ssl = booleanIn(env, 'DB_SSL');
  const url = textOf(env, 'DATABASE_URL');
  if (url !== undefined) {
    const beside = ADDRESS.filter((name) => textOf(env, name) !== undefined);
    if (beside.length > 0)
      throw new ConfigurationError('DATABASE_URL', `must not be set together with ${beside.join(', ')}: one of them would be ignored`);
    parsePrimaryUrl('DATABASE_URL', url);
    return { url, ssl };
  }
  return {
    host: hostName('DB_HOST', textOf(env, 'DB_HOST')),
    port: numberIn(env, 'DB_PORT', 'port'),
    database: databaseWord('DB_NAME', textOf(env, 'DB_NAME')),
    username: databaseWord('DB_USER', textOf(env, 'DB_USER')),
    password: textOf(env, 'DB_PASSWORD'),
    ssl,
  };
}

function optionsIn(env: Environment): BehaviourOptions {
  const allowSQLiteFallback = booleanIn(env, 'SQLITE_FALLBACK');
  refuseFallbackInProduction('SQLITE_FALLBACK', allowSQLiteFallback, env);
  return {
    allowSQLiteFallback,
    autoReconnect: booleanIn(env, 'DB_AUTO_RECONNECT'),
    connectTimeout: numberIn(env, 'DB_CONNECT_TIMEOUT', 'connectTimeout'),
    maxRetries: numberIn(env, 'DB_MAX_RETRIES', 'maxRetries'),
    retryDelay: numberIn(env, 'DB_RETRY_DELAY', 'retryDelay'),
    healthCheckInterval: numberIn(env, 'DB_HEALTH_CHECK_INTERVAL', 'healthCheckInterval'),
    detection: oneOf('DB_DETECTION', textOf(env, 'DB_DETECTION')?.trim(), ['default', 'fast']),
    maxWait: numberIn(env, 'DB_MAX_WAIT', 'maxWait'),
    maxQueued: numberIn(env, 'DB_MAX_QUEUED', 'maxQueued'),
  };
}

function textOf(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}

function booleanIn(env: Environment, name: string): boolean | undefined {
  const value = textOf(env, name);
  const word = value?.trim().toLowerCase();
  if (word === undefined) return undefined;
  if (YES.includes(word)) return true;
  if (NO.includes(word)) return false;
  return refuse(name, 'must be true or false (or 1, 0, yes, no, on, off)', value);
}

function numberIn(env: Environment, name: string, option: keyof typeof RANGES): number | undefined {
  const value = textOf(env, name);
  if (value === undefined) return undefined;
  const number = /^\d{1,16}$/.test(value.trim()) ? Number(value) : Number.NaN;
  const { min, max } = RANGES[option];
  return number >= min && number <= max ? number : refuse(name, wholeNumberRule(RANGES[option]), value);
}

/** A copy without what is not set; nothing at all where nothing is set. */
function withoutUnset<Section extends object>(section: Section): Section | undefined {
  const set = Object.entries(section).filter(([, value]) => value !== undefined);
  return set.length === 0 ? undefined : (Object.fromEntries(set) as Section);
}
