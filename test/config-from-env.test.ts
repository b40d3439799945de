import { describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '../src/errors.js';
import { configFromEnv } from '../src/options/config-from-env.js';
import { resolveConfig } from '../src/options/resolve-config.js';

const SECRET = 's3cret-Pa55';

function refusal(env: Record<string, string>): ConfigurationError {
  try {
    configFromEnv(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('The environment was accepted.');
}

describe('what is set', () => {
  it('is nothing in an empty environment', () => {
    expect(configFromEnv({})).toStrictEqual({});
  });

  it('reads every variable', () => {
    const env = {
      SERVICE_NAME: 'exprsn-ca',
      DB_HOST: 'db',
      DB_PORT: '6432',
      DB_NAME: 'ca',
      DB_USER: 'postgres',
      DB_PASSWORD: SECRET,
      DB_SSL: 'true',
      SQLITE_DIR: './data/sqlite',
      SQLITE_FALLBACK: 'true',
      DB_AUTO_RECONNECT: 'false',
      DB_CONNECT_TIMEOUT: '700',
      DB_MAX_RETRIES: '3',
      DB_RETRY_DELAY: '0',
      DB_HEALTH_CHECK_INTERVAL: '1000',
      DB_DETECTION: 'fast',
      DB_MAX_WAIT: '10',
      DB_MAX_QUEUED: '20',
      UNRELATED: 'x',
    };
    const config = {
      serviceName: 'exprsn-ca',
      primary: { host: 'db', port: 6432, database: 'ca', username: 'postgres', password: SECRET, ssl: true },
      fallback: { storageDir: './data/sqlite' },
      options: {
        allowSQLiteFallback: true,
        autoReconnect: false,
        connectTimeout: 700,
        maxRetries: 3,
        retryDelay: 0,
        healthCheckInterval: 1000,
        detection: 'fast',
        maxWait: 10,
        maxQueued: 20,
      },
    };
    expect(configFromEnv(env)).toStrictEqual(config);
    expect(resolveConfig(configFromEnv(env), env, false)).toMatchObject({
      maxRetries: 3,
      primary: { password: SECRET },
      fallback: { allowed: true },
    });
  });

  it('reads DATABASE_URL, also beside DB_SSL', () => {
    const url = `postgres://shop:${SECRET}@db/shop`;
    expect(configFromEnv({ DATABASE_URL: url, DB_SSL: 'true' })).toStrictEqual({ primary: { url, ssl: true } });
  });

  it('holds only what is set, so that it can be spread and completed', () => {
    const config = { ...configFromEnv({ DB_HOST: 'db' }), serviceName: 'shop', fallback: { storage: ':memory:' as const } };
    expect(config).toStrictEqual({ serviceName: 'shop', primary: { host: 'db' }, fallback: { storage: ':memory:' } });
  });

  it('leaves a missing SERVICE_NAME to be refused by its name when the configuration is used', () => {
    expect(() => resolveConfig(configFromEnv({}), {}, false)).toThrow('serviceName: is required (SERVICE_NAME in the environment');
  });

  it.each([
    'SERVICE_NAME',
    'DATABASE_URL',
    'DB_HOST',
    'DB_PORT',
    'DB_NAME',
    'DB_USER',
    'DB_PASSWORD',
    'DB_SSL',
    'SQLITE_DIR',
    'SQLITE_FALLBACK',
    'DB_AUTO_RECONNECT',
    'DB_CONNECT_TIMEOUT',
    'DB_MAX_RETRIES',
    'DB_RETRY_DELAY',
    'DB_HEALTH_CHECK_INTERVAL',
    'DB_DETECTION',
    'DB_MAX_WAIT',
    'DB_MAX_QUEUED',
  ])('takes an empty %s as not set', (name) => {
    expect(configFromEnv({ [name]: '' })).toStrictEqual({});
  });

  it("looks at the process's own environment by default", () => {
    vi.stubEnv('SERVICE_NAME', 'from-process');
    expect(configFromEnv().serviceName).toBe('from-process');
    vi.unstubAllEnvs();
  });

  it.each([
    ...['true', 'TRUE', '1', 'yes', 'Yes', 'on', ' true '].map((text) => [text, true] as const),
    ...['false', 'False', '0', 'no', 'NO', 'off'].map((text) => [text, false] as const),
  ])('reads the boolean %j as %j', (text, expected) => {
    expect(configFromEnv({ SQLITE_FALLBACK: text }).options).toStrictEqual({ allowSQLiteFallback: expected });
  });
});

describe('what is refused', () => {
  const truth = 'must be true or false (or 1, 0, yes, no, on, off)';
  const milliseconds = 'must be a whole number of milliseconds from';
  const hidden = 'a string that is not shown, because it may hold a password';

  it.each([
    [
      'SERVICE_NAME',
      '../shop',
      "must match [a-z0-9][a-z0-9._-]* without '..' and have at most 64 characters, because the fallback's file is named after it",
      '"../shop"',
    ],
    [
      'DB_HOST',
      `postgres://u:${SECRET}@db/x`,
      "must be a host's name or address; a connection string belongs in primary.url or DATABASE_URL",
      'a string with other characters',
    ],
    ['DB_NAME', `postgres://u:${SECRET}@db/x`, 'must be a name; a connection string belongs in primary.url or DATABASE_URL', hidden],
    ['DB_PORT', 'http', 'must be a whole number from 1 to 65535', '"http"'],
    ['DB_PORT', '0', 'must be a whole number from 1 to 65535', '"0"'],
    ['DB_PORT', `tcp://u:${SECRET}@10.0.0.1:5432`, 'must be a whole number from 1 to 65535', hidden],
    ['DB_SSL', 'require', truth, '"require"'],
    ['SQLITE_FALLBACK', 'maybe', truth, '"maybe"'],
    ['DB_AUTO_RECONNECT', '2', truth, '"2"'],
    ['DB_CONNECT_TIMEOUT', '5s', `${milliseconds} 1 to 600000`, '"5s"'],
    ['DB_CONNECT_TIMEOUT', '0', `${milliseconds} 1 to 600000`, '"0"'],
    ['DB_MAX_RETRIES', '-1', 'must be a whole number from 0 to 1000', '"-1"'],
    ['DB_MAX_RETRIES', '1e2', 'must be a whole number from 0 to 1000', '"1e2"'],
    ['DB_MAX_RETRIES', '0x10', 'must be a whole number from 0 to 1000', '"0x10"'],
    ['DB_RETRY_DELAY', '2.5', `${milliseconds} 0 to 600000`, '"2.5"'],
    ['DB_HEALTH_CHECK_INTERVAL', '99', `${milliseconds} 100 to 2147483647`, '"99"'],
    ['DB_DETECTION', 'slow', "must be 'default' or 'fast'", '"slow"'],
    ['DB_MAX_WAIT', 'Infinity', `${milliseconds} 0 to 2147483647`, '"Infinity"'],
    ['DB_MAX_QUEUED', 'many', 'must be a whole number from 0 up', '"many"'],
  ])('is %s=%s', (name, value, rule, received) => {
    const error = refusal({ [name]: value, DB_PASSWORD: SECRET });
    expect(error).toMatchObject({ option: name, rule, message: `${name}: ${rule}; received ${received}` });
    expect(error.message).not.toContain(SECRET);
  });

  it.each([
    [`mysql://u:${SECRET}@db/x`, 'must begin with postgres:// or postgresql://'],
    [`postgres://u:${SECRET}@db:x/x`, 'must be like postgres://user:password@host:5432/database'],
    [`postgres://u:${SECRET}@db/x?sslmode=on`, 'must have one of these as its sslmode'],
  ])('is a bad DATABASE_URL, of which nothing is shown', (url, rule) => {
    const error = refusal({ DATABASE_URL: url });
    expect(error.option).toBe('DATABASE_URL');
    expect(error.rule).toContain(rule);
    expect(error.message).not.toContain(SECRET);
  });

  it('is DATABASE_URL beside the variables that it stands for', () => {
    const error = refusal({ DATABASE_URL: `postgres://u:${SECRET}@db/x`, DB_HOST: 'other', DB_PASSWORD: SECRET });
    expect(error.message).toBe('DATABASE_URL: must not be set together with DB_HOST, DB_PASSWORD: one of them would be ignored');
  });

  it.each(['production', 'Prod'])('is SQLITE_FALLBACK=true with NODE_ENV=%s', (value) => {
    expect(refusal({ NODE_ENV: value, SQLITE_FALLBACK: 'true' }).message).toBe(
      `SQLITE_FALLBACK: must not be true with NODE_ENV=${value}: production never uses SQLite; received true`,
    );
  });

  it('is not SQLITE_FALLBACK=false in production', () => {
    expect(configFromEnv({ NODE_ENV: 'production', SQLITE_FALLBACK: 'false' }).options).toEqual({ allowSQLiteFallback: false });
  });
});
