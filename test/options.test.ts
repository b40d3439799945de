import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '../src/errors.js';
import type { ResilientConfig } from '../src/options.js';
import { resolveConfig } from '../src/options/resolve-config.js';

const SECRET = 's3cret-Pa55';
const DEVELOPMENT = { NODE_ENV: 'development' };

/** A configuration may be anything at run time: these tests hand over what the types forbid. */
function resolve(config: unknown, env: Record<string, string> = DEVELOPMENT, isClusterWorker = false) {
  return resolveConfig(config as ResilientConfig, env, isClusterWorker);
}

function resolveWith(part: object) {
  return resolve({ serviceName: 'shop', ...part });
}

function refusal(config: unknown, env?: Record<string, string>): ConfigurationError {
  try {
    resolve(config, env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('The configuration was accepted.');
}

/** `{ a: { b: value } }` of `'a.b'`, as a part of an otherwise right configuration. */
function configWith(option: string, value: unknown): object {
  const nested = option.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  return { serviceName: 'shop', ...(nested as object) };
}

describe('defaults', () => {
  it('needs a service name only', () => {
    expect(resolve({ serviceName: 'shop' })).toEqual({
      serviceName: 'shop',
      primary: {
        host: 'localhost',
        port: 5432,
        hosts: [{ host: 'localhost', port: 5432 }],
        targetSessionAttrs: 'read-write',
        database: undefined,
        username: undefined,
        password: undefined,
        ssl: undefined,
        pool: {},
        logging: console.log,
        dialectOptions: {},
      },
      fallback: {
        allowed: true,
        decidedBy: 'the default outside production',
        warning: null,
        storage: path.resolve('data/sqlite/shop.sqlite'),
        storageDir: path.resolve('data/sqlite'),
        logging: false,
        driver: 'auto',
      },
      autoReconnect: true,
      connectTimeoutMs: 5000,
      maxRetries: 5,
      retryDelayMs: 2000,
      healthCheckIntervalMs: 30_000,
      detection: { name: 'default', suspectAfterMs: 1000, probeDeadlineMs: 500 },
      maxWaitMs: 5000,
      maxQueued: 1000,
      sequelize: {},
      schema: { primary: 'none', fallback: 'sync' },
      logger: console,
      classify: undefined,
      parity: 'warn',
      production: false,
      environment: 'development',
    });
  });

  it.each(['primary', 'fallback', 'options', 'sequelize', 'schema', 'logger', 'classify'])('takes %s: undefined as not given', (key) => {
    expect(resolveWith({ [key]: undefined })).toEqual(resolveWith({}));
  });
});

describe('the call in the style of the guide', () => {
  it('is taken as written, with the port as environment variables give it', () => {
    const logging = vi.fn();
    const config = {
      host: 'db',
      port: '6432',
      database: 'ca',
      username: 'ca',
      password: SECRET,
      pool: { max: 10, min: 2 },
      ssl: false,
      logging,
    };

    const resolved = resolve({
      serviceName: 'exprsn-ca',
      primary: {
        host: config.host,
        port: config.port,
        database: config.database,
        username: config.username,
        password: config.password,
        pool: config.pool,
        ssl: config.ssl,
        logging: config.logging,
      },
      fallback: { storageDir: './data/sqlite', logging: false },
      options: { allowSQLiteFallback: true, autoReconnect: true, maxRetries: 5, retryDelay: 2000 },
    });

    const reached = { port: 6432, hosts: [{ host: 'db', port: 6432 }], targetSessionAttrs: 'read-write' };
    expect(resolved.primary).toEqual({ ...config, ...reached, dialectOptions: { ssl: false } });
    expect(resolved.fallback).toMatchObject({ allowed: true, storage: path.resolve('data/sqlite/exprsn-ca.sqlite') });
  });

  it('is taken where the shared configuration leaves things out', () => {
    const primary = { host: 'db', port: undefined, password: null, pool: undefined, ssl: undefined, logging: undefined };
    const hosts = [{ host: 'db', port: 5432 }];
    expect(resolveWith({ primary }).primary).toEqual({ ...resolveWith({}).primary, host: 'db', hosts });
  });

  it('is taken as the production configuration of the guide', () => {
    const options = { allowSQLiteFallback: false, autoReconnect: true, maxRetries: 10, retryDelay: 5000 };
    const resolved = resolve({ serviceName: 'exprsn-ca', primary: {}, options }, { NODE_ENV: 'production' });
    expect(resolved).toMatchObject({ production: true, maxRetries: 10, retryDelayMs: 5000, fallback: { allowed: false } });
  });
});

describe('values that are taken', () => {
  const classify = () => undefined;
  const step = () => undefined;
  const validate = () => true;

  it.each<[string, unknown, object]>([
    ['options.autoReconnect', false, { autoReconnect: false }],
    ['options.connectTimeout', 1, { connectTimeoutMs: 1 }],
    ['options.connectTimeout', 600_000, { connectTimeoutMs: 600_000 }],
    ['options.maxRetries', 0, { maxRetries: 0 }],
    ['options.retryDelay', 0, { retryDelayMs: 0 }],
    ['options.healthCheckInterval', 100, { healthCheckIntervalMs: 100 }],
    ['options.detection', 'fast', { detection: { name: 'fast', suspectAfterMs: 200, probeDeadlineMs: 200 } }],
    ['options.maxWait', 0, { maxWaitMs: 0 }],
    ['options.maxQueued', 0, { maxQueued: 0 }],
    ['primary.port', 65_535, { primary: { port: 65_535 } }],
    ['primary.host', '/var/run/postgresql', { primary: { host: '/var/run/postgresql' } }],
    ['primary.host', '::1', { primary: { host: '::1' } }],
    ['primary.password', '', { primary: { password: undefined } }],
    ['primary.logging', true, { primary: { logging: console.log } }],
    ['primary.logging', false, { primary: { logging: false } }],
    ['primary.pool', { max: 9, maxUses: Number.POSITIVE_INFINITY, validate }, { primary: { pool: { max: 9, validate } } }],
    ['fallback.storageDir', '/srv/data', { fallback: { storageDir: '/srv/data', storage: '/srv/data/shop.sqlite' } }],
    ['fallback.storage', ':memory:', { fallback: { storage: ':memory:' } }],
    ['fallback.driver', 'sqlite3', { fallback: { driver: 'sqlite3' } }],
    ['sequelize.timezone', '+02:00', { sequelize: { timezone: '+02:00' } }],
    ['sequelize.timezone', 'Europe/Berlin', { sequelize: { timezone: 'Europe/Berlin' } }],
    ['sequelize.databaseVersion', '15.0.0', { sequelize: { databaseVersion: '15.0.0' } }],
    ['schema', 'none', { schema: { primary: 'none', fallback: 'none' } }],
    ['schema', 'sync', { schema: { primary: 'sync', fallback: 'sync' } }],
    ['schema', step, { schema: { primary: step, fallback: step } }],
    ['schema', { primary: 'sync' }, { schema: { primary: 'sync', fallback: 'sync' } }],
    ['schema', { fallback: step }, { schema: { primary: 'none', fallback: step } }],
    ['classify', classify, { classify }],
  ])('takes %s %j', (option, value, expected) => {
    expect(resolve(configWith(option, value))).toMatchObject(expected);
  });

  it("hands Sequelize's other options on, without the dialect and without what is undefined", () => {
    const define = { underscored: true };
    const resolved = resolveWith({ sequelize: { dialect: 'postgres', define, timezone: undefined, benchmark: true, replication: false } });
    expect(resolved.sequelize).toEqual({ define, benchmark: true, replication: false });
  });

  it('logs nowhere with logger: false', () => {
    const { logger } = resolveWith({ logger: false });
    const write = vi.spyOn(console, 'warn');
    logger.warn('hidden');
    expect(logger.info('hidden')).toBeUndefined();
    expect(logger.error('hidden')).toBeUndefined();
    expect(write).not.toHaveBeenCalled();
    write.mockRestore();
  });

  it("keeps the user's logger itself, since its functions may need their object", () => {
    const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn(), level: 'debug' };
    expect(resolveWith({ logger }).logger).toBe(logger);
  });
});

describe('values that are refused', () => {
  const milliseconds = 'must be a whole number of milliseconds from';
  const serviceName =
    "must match [a-z0-9][a-z0-9._-]* without '..' and have at most 64 characters, because the fallback's file is named after it";
  const host = "must be a host's name or address; a connection string belongs in primary.url or DATABASE_URL";
  const name = 'must be a name; a connection string belongs in primary.url or DATABASE_URL';
  const hidden = 'a string that is not shown, because it may hold a password';
  const url = `postgres://shop:${SECRET}@db/shop`;

  it.each<[string, unknown, string, string]>([
    ['serviceName', '../etc/passwd-', serviceName, hidden],
    ['serviceName', 'a/b', serviceName, '"a/b"'],
    ['serviceName', 'a..b', serviceName, '"a..b"'],
    ['serviceName', '.shop', serviceName, '".shop"'],
    ['serviceName', 'Shop', serviceName, '"Shop"'],
    ['serviceName', 'shop\n', serviceName, '"shop\\n"'],
    ['serviceName', '', serviceName, '""'],
    ['serviceName', 7, serviceName, '7'],
    ['serviceName', 'a'.repeat(65), serviceName, `"${'a'.repeat(65)}"`],
    ['primary', 'localhost', 'must be an object', '"localhost"'],
    ['primary', url, 'must be an object', hidden],
    ['primary.host', '', 'must be a non-empty string', '""'],
    ['primary.host', 7, 'must be a non-empty string', '7'],
    ['primary.host', null, 'must be a non-empty string', 'null'],
    ['primary.host', url, host, 'a string with other characters'],
    ['primary.host', `shop:${SECRET}@db`, host, 'a string with other characters'],
    ['primary.host', 'a,b', 'must be one host; several belong in primary.hosts', '"a,b"'],
    ['primary.port', 0, 'must be a whole number from 1 to 65535', '0'],
    ['primary.port', 65_536, 'must be a whole number from 1 to 65535', '65536'],
    ['primary.port', '65536', 'must be a whole number from 1 to 65535', '65536'],
    ['primary.port', 'http', 'must be a whole number from 1 to 65535', '"http"'],
    ['primary.port', '', 'must be a whole number from 1 to 65535', '""'],
    ['primary.port', '1e3', 'must be a whole number from 1 to 65535', '"1e3"'],
    ['primary.port', 54.32, 'must be a whole number from 1 to 65535', '54.32'],
    ['primary.database', '', 'must be a non-empty string', '""'],
    ['primary.database', url, name, hidden],
    ['primary.username', false, 'must be a non-empty string', 'false'],
    ['primary.username', url, name, hidden],
    ['primary.password', 1234, 'must be a string or a function that gives one', 'a number'],
    ['primary.password', { value: SECRET }, 'must be a string or a function that gives one', 'an object'],
    ['primary.ssl', 'true', 'must be true, false or an object for node:tls', 'a string'],
    ['primary.dialectOptions', 'x', 'must be an object', '"x"'],
    ['primary.dialectOptions.ssl', 'require', 'must be true, false or an object for node:tls', 'a string'],
    ['primary.pool', false, 'must be an object', 'false'],
    ['primary.pool.max', 0, 'must be a whole number from 1 to 10000', '0'],
    ['primary.pool.min', 6, 'must be at most primary.pool.max, which is 5', '6'],
    ['primary.pool.acquire', '60000', `${milliseconds} 0 to 2147483647`, '"60000"'],
    ['primary.pool.maxUses', 0, 'must be a whole number from 1 up', '0'],
    ['primary.pool.validate', true, 'must be a function', 'true'],
    ['primary.logging', 'yes', 'must be a function, true or false', '"yes"'],
    ['fallback', true, 'must be an object', 'true'],
    ['fallback.storageDir', '', 'must be a non-empty string', '""'],
    ['fallback.storageDir', 'a\0b', 'must be a non-empty string', '"a\\u0000b"'],
    ['fallback.storage', './shop.sqlite', "must be ':memory:'", '"./shop.sqlite"'],
    ['fallback.logging', 1, 'must be a function, true or false', '1'],
    ['fallback.driver', 'better-sqlite3', "must be 'auto' or 'sqlite3'", '"better-sqlite3"'],
    ['options', [], 'must be an object', 'an array'],
    ['options.allowSQLiteFallback', 'false', 'must be true or false', '"false"'],
    ['options.autoReconnect', null, 'must be true or false', 'null'],
    ['options.connectTimeout', 0, `${milliseconds} 1 to 600000`, '0'],
    ['options.connectTimeout', 600_001, `${milliseconds} 1 to 600000`, '600001'],
    ['options.connectTimeout', '5000', `${milliseconds} 1 to 600000`, '"5000"'],
    ['options.maxRetries', -1, 'must be a whole number from 0 to 1000', '-1'],
    ['options.maxRetries', Number.POSITIVE_INFINITY, 'must be a whole number from 0 to 1000', 'Infinity'],
    ['options.retryDelay', 1.5, `${milliseconds} 0 to 600000`, '1.5'],
    ['options.healthCheckInterval', 99, `${milliseconds} 100 to 2147483647`, '99'],
    ['options.healthCheckInterval', 2 ** 31, `${milliseconds} 100 to 2147483647`, '2147483648'],
    ['options.detection', 'slow', "must be 'default' or 'fast'", '"slow"'],
    ['options.maxWait', Number.NaN, `${milliseconds} 0 to 2147483647`, 'NaN'],
    ['options.maxQueued', -5, 'must be a whole number from 0 up', '-5'],
    ['sequelize.dialect', 'mysql', "must be 'postgres'", '"mysql"'],
    ['sequelize.define', true, 'must be an object', 'true'],
    ['sequelize.hooks', () => undefined, 'must be an object', 'a function'],
    ['sequelize.timezone', 'Berlin', "must be an offset such as '+02:00' or the name of a time zone such as 'Europe/Berlin'", '"Berlin"'],
    ['schema', 'migrate', "must be 'sync', 'none', { migrations } or a function, or an object with primary and fallback", '"migrate"'],
    ['schema.fallback', true, "must be 'sync', 'none', { migrations } or a function", 'true'],
    ['logger', true, 'must be an object with the functions info, warn and error, or false', 'true'],
    ['logger', { info() {}, warn() {} }, 'must be an object with the functions info, warn and error, or false', 'an object'],
    ['classify', 'never', 'must be a function', '"never"'],
  ])('refuses %s %j', (option, value, rule, received) => {
    const error = refusal(configWith(option, value));
    expect(error).toMatchObject({ option, rule, code: 'CONFIGURATION', message: `${option}: ${rule}; received ${received}` });
    expect(error.message).not.toContain(SECRET);
  });

  it('refuses a configuration without a service name, and says where it may come from', () => {
    expect(refusal({}).message).toBe(
      'serviceName: is required (SERVICE_NAME in the environment, where configFromEnv() is used); received undefined',
    );
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['shop', '"shop"'],
  ])('refuses %j in place of a configuration', (config, received) => {
    expect(refusal(config).message).toBe(`config: must be an object; received ${received}`);
  });

  it('takes sequelize.logging for each database that has no logging of its own', () => {
    const own = vi.fn();
    const shared = vi.fn();
    const resolved = resolveConfig({ serviceName: 'shop', primary: { logging: own }, sequelize: { logging: shared } }, {}, false);
    expect([resolved.primary.logging, resolved.fallback.logging]).toEqual([own, shared]);
    expect(resolved.sequelize).not.toHaveProperty('logging');
  });

  it('refuses a Sequelize that is not the class', () => {
    expect(refusal(configWith('Sequelize', 'sequelize')).message).toContain(
      "Sequelize: must be the class Sequelize of the package 'sequelize'",
    );
  });

  it.each(['carryOver', 'sequelize.replication', 'sequelize.native'])('lets %s be declined with false', (option) => {
    expect(() => resolve(configWith(option, false))).not.toThrow();
  });

  it('cuts a long value short', () => {
    expect(refusal(configWith('options.detection', 'x'.repeat(500))).message.length).toBeLessThan(160);
  });

  it.each(['primary', 'fallback', 'options', 'sequelize'])('refuses %s: null', (section) => {
    expect(refusal(configWith(section, null)).message).toBe(`${section}: must be an object; received null`);
  });
});

describe('parity', () => {
  it.each<[string, string | undefined, Record<string, string>, string]>([
    ['warns by default where the fallback is allowed', undefined, {}, 'warn'],
    ['is off by default where it is not', undefined, { NODE_ENV: 'test' }, 'off'],
    ['can be asked for there', 'strict', { NODE_ENV: 'test' }, 'strict'],
    ['can be off', 'off', {}, 'off'],
    ['is off in production, whatever is asked for', 'strict', { NODE_ENV: 'production' }, 'off'],
  ])('%s', (_what, parity, env, expected) => {
    expect(resolveConfig({ serviceName: 'shop', parity: parity as 'warn' | undefined }, env, false).parity).toBe(expected);
  });

  it.each(['loud', true, {}])('refuses %j', (value) => {
    expect(refusal(configWith('parity', value))).toMatchObject({ option: 'parity', rule: expect.stringContaining("'strict'") as string });
  });
});

describe('what is not available in this version', () => {
  it.each<[string, unknown]>([
    ['carryOver', { models: [] }],
    ['fallback.driver', 'node:sqlite'],
    ['fallback.driver', 'node-sqlite3-wasm'],
  ])('refuses %s %j, so that nobody believes in it', (option, value) => {
    const error = refusal(configWith(option, value));
    expect(error.option).toBe(option);
    expect(error.rule).toContain('not available in this version');
    expect(error.message).not.toContain(SECRET);
  });
});

describe('unknown names', () => {
  it.each([
    ['serviceNam', 'did you mean serviceName?'],
    ['Primary', 'did you mean primary?'],
    ['allowSQLiteFallback', 'did you mean options.allowSQLiteFallback?'],
    ['storageDir', 'did you mean fallback.storageDir?'],
    ['primary.user', 'did you mean primary.username?'],
    ['primary.hots', 'did you mean primary.hosts?'],
    ['primary.define', 'did you mean sequelize.define?'],
    ['primary.pool.maximum', 'the options here are max, min, idle, acquire, evict, maxUses, validate'],
    ['primary.pool.idel', 'did you mean primary.pool.idle?'],
    ['fallback.storagedir', 'did you mean fallback.storageDir?'],
    ['options.allowSqliteFallback', 'did you mean options.allowSQLiteFallback?'],
    ['options.maxRetry', 'did you mean options.maxRetries?'],
    ['options.timeout', 'did you mean options.connectTimeout?'],
    ['options.toString', 'the options here are allowSQLiteFallback, autoReconnect'],
    ['sequelize.timezon', 'did you mean sequelize.timezone?'],
    ['sequelize.storageDir', 'did you mean fallback.storageDir?'],
    ['schema.fallbck', 'did you mean schema.fallback?'],
    ['xyz', 'the options here are serviceName, primary, fallback, options, sequelize, schema, logger, classify'],
  ])('refuses %s with the nearest known name', (option, advice) => {
    expect(refusal(configWith(option, SECRET)).message).toMatch(`${option}: is not an option; ${advice}`);
    expect(refusal(configWith(option, SECRET)).message).not.toContain(SECRET);
  });

  it('refuses an unknown name also where its value is undefined', () => {
    expect(refusal(configWith('options.maxRetrys', undefined)).rule).toBe('is not an option; did you mean options.maxRetries?');
  });

  it.each([
    ['storage', 'fallback.storageDir'],
    ['host', 'primary.host'],
    ['port', 'primary.port'],
    ['database', 'primary.database'],
    ['username', 'primary.username'],
    ['password', 'primary.password'],
    ['ssl', 'primary.ssl'],
    ['pool', 'primary.pool'],
    ['dialectOptions', 'primary.dialectOptions'],
  ])('says where sequelize.%s belongs', (key, place) => {
    expect(refusal(configWith(`sequelize.${key}`, SECRET)).message).toBe(`sequelize.${key}: belongs in ${place}; received a string`);
  });

  it.each([
    ['sequelize.replication', { read: [], write: {} }, 'is not supported: a unit of work runs on one database from start to end'],
    ['sequelize.native', true, 'is not supported: the sockets of pg-native cannot be watched'],
    ['primary.dialect', 'postgres', 'is not an option: the primary is always PostgreSQL'],
    ['fallback.dialect', 'sqlite', 'is not an option: the fallback is always SQLite'],
  ])('refuses %s with the reason', (option, value, rule) => {
    expect(refusal(configWith(option, value))).toMatchObject({ option, rule });
  });
});

describe('primary.url', () => {
  const primaryOf = (url: string, others: object = {}) => resolveWith({ primary: { url, ...others } }).primary;

  it.each<[string, object]>([
    ['postgres://shop:pw@db.example:6432/orders', { host: 'db.example', port: 6432, database: 'orders', username: 'shop', password: 'pw' }],
    ['postgresql://db', { host: 'db', port: 5432, database: undefined, username: undefined, password: undefined }],
    ['POSTGRES://db/x', { host: 'db', database: 'x' }],
    ['postgres://a%40b:p%2Fw%23%3A%25@db/my%20or%2Fders', { username: 'a@b', password: 'p/w#:%', database: 'my or/ders' }],
    ['postgres://u:p@ss@db/x', { host: 'db', password: 'p@ss' }],
    ['postgres://u:100%@db/x', { password: '100%' }],
    ['postgres://[::1]:5433/x', { host: '::1', port: 5433 }],
    ['postgres://%2Fvar%2Frun%2Fpostgresql/x', { host: '/var/run/postgresql', database: 'x' }],
    ['postgres://u:p@/x?host=/var/run/postgresql', { host: '/var/run/postgresql', username: 'u' }],
    ['postgres:///x', { host: 'localhost', database: 'x' }],
    [
      'postgres://u:p,q@a:5433,[::1],b/x?target_session_attrs=any',
      {
        host: 'a',
        port: 5433,
        hosts: [
          { host: 'a', port: 5433 },
          { host: '::1', port: 5432 },
          { host: 'b', port: 5432 },
        ],
        targetSessionAttrs: 'any',
        username: 'u',
        password: 'p,q',
        database: 'x',
        dialectOptions: {},
      },
    ],
    [
      'postgres://db/x?application_name=shop&statement_timeout=500',
      { dialectOptions: { application_name: 'shop', statement_timeout: '500' } },
    ],
    ['postgres://db/x?sslmode=disable', { ssl: false, dialectOptions: { ssl: false } }],
    ['postgres://db/x?sslmode=verify-full', { ssl: {}, dialectOptions: { ssl: {} } }],
    ['postgres://db/x?sslmode=no-verify', { ssl: { rejectUnauthorized: false } }],
    [
      'postgres://db/x?sslmode=require&uselibpqcompat=true',
      { ssl: { rejectUnauthorized: false }, dialectOptions: { ssl: { rejectUnauthorized: false } } },
    ],
    ['postgres://db/x?ssl=true', { ssl: true }],
    ['postgres://db/x?ssl=false', { ssl: false }],
    ['postgres://db/x?ssl=no-verify', { ssl: { rejectUnauthorized: false } }],
  ])('takes %s apart', (url, expected) => {
    expect(primaryOf(url)).toMatchObject(expected);
  });

  const shape =
    'must be like postgres://user:password@host:5432/database, with other signs than letters and digits percent-encoded in user name and password';

  it.each<[string, unknown, string]>([
    ['another scheme', `mysql://u:${SECRET}@db/x`, 'must begin with postgres:// or postgresql://'],
    ['no scheme', `u:${SECRET}@db/x`, 'must begin with postgres:// or postgresql://'],
    ['an empty string', '', 'must begin with postgres:// or postgresql://'],
    ['a number', 7, 'must be a string'],
    ['a port that is none', `postgres://u:${SECRET}@db:http/x`, shape],
    ['a port that is too high', `postgres://u:${SECRET}@db:70000/x`, shape],
    ['a port of 0', `postgres://u:${SECRET}@db:0/x`, 'its port must be a whole number from 1 to 65535'],
    ['a port that is none as a parameter', `postgres://u:${SECRET}@db/x?port=http`, 'its port must be a whole number from 1 to 65535'],
    ["an unencoded '/' in the password", `postgres://u:1/${SECRET}@db/x`, shape],
    ["an unencoded '#' in the password", `postgres://u:1#${SECRET}@db/x`, shape],
    ["an unencoded '?' in the password", `postgres://u:1?${SECRET}@db/x`, shape],
    ['a port of the second host that is none', `postgres://u:${SECRET}@a:1,b:http/x`, 'its host must have a port from 1 to 65535'],
    ['several hosts, named as parameters too', `postgres://u:${SECRET}@a,b/x?host=c`, 'must not name hosts or ports as parameters too'],
    [
      'a strange target_session_attrs',
      `postgres://u:${SECRET}@a/x?target_session_attrs=standby`,
      "its target_session_attrs must be 'read-write' or 'any'",
    ],
    [
      'a misspelt sslmode',
      `postgres://u:${SECRET}@a/x?sslmode=requird`,
      'must have one of these as its sslmode: disable, prefer, require, verify-ca, verify-full, no-verify',
    ],
    ['a strange ssl', `postgres://u:${SECRET}@a/x?ssl=maybe`, 'must have true, false or no-verify as its ssl'],
    [
      'a certificate file that is missing',
      `postgres://u:${SECRET}@a/x?sslrootcert=/no/such/${SECRET}`,
      'must name readable files as sslcert, sslkey and sslrootcert (ENOENT)',
    ],
    ['broken percent signs', `postgres://u:${SECRET}%E0%A4@a/x`, shape],
  ])('refuses %s without showing any of it', (_, url, rule) => {
    const error = refusal(configWith('primary.url', url));
    expect(error).toMatchObject({ option: 'primary.url', rule });
    expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toContain(SECRET);
  });

  it.each([
    ['host', 'db'],
    ['port', 5432],
    ['database', 'x'],
    ['username', 'u'],
    ['password', SECRET],
  ])('refuses primary.%s beside it', (key, value) => {
    const error = refusal({ serviceName: 'shop', primary: { url: `postgres://u:${SECRET}@db/x`, [key]: value } });
    expect(error.message).toBe(`primary.url: must not be given together with primary.${key}: one of them would be ignored`);
  });

  it('takes pool, logging, ssl and dialectOptions beside it', () => {
    const ssl = { rejectUnauthorized: false };
    const resolved = primaryOf('postgres://db/x?application_name=shop', {
      ssl,
      pool: { max: 2 },
      logging: false,
      dialectOptions: { keepAlive: true },
    });
    expect(resolved).toMatchObject({
      pool: { max: 2 },
      logging: false,
      dialectOptions: { keepAlive: true, application_name: 'shop', ssl },
    });
  });

  it('refuses a parameter that contradicts primary.dialectOptions', () => {
    const primary = { url: 'postgres://db/x?application_name=shop', dialectOptions: { application_name: 'store' } };
    expect(refusal({ serviceName: 'shop', primary }).message).toBe(
      'primary.url: must not say application_name too, since primary.dialectOptions.application_name says something else',
    );
  });
});

describe('TLS', () => {
  const details = { rejectUnauthorized: false, require: true };

  it.each<[string, object, unknown]>([
    ['ssl: true', { ssl: true }, true],
    ['ssl: false', { ssl: false }, false],
    ['an object', { ssl: details }, details],
    ['dialectOptions.ssl alone', { dialectOptions: { ssl: details } }, details],
    ['ssl: true with the details in dialectOptions.ssl', { ssl: true, dialectOptions: { ssl: details } }, details],
    ['the same object twice', { ssl: details, dialectOptions: { ssl: { ...details } } }, details],
    ['ssl: true with the details in the URL', { ssl: true, url: 'postgres://db/x?sslmode=no-verify' }, { rejectUnauthorized: false }],
  ])('reaches pg through dialectOptions.ssl with %s', (_, primary, expected) => {
    const resolved = resolveWith({ primary }).primary;
    expect([resolved.ssl, resolved.dialectOptions.ssl]).toEqual([expected, expected]);
  });

  it.each<[string, object, string]>([
    [
      'ssl: false beside dialectOptions.ssl',
      { ssl: false, dialectOptions: { ssl: details } },
      'primary.dialectOptions.ssl: must not say something else about TLS than primary.ssl; keep one of the two',
    ],
    [
      'ssl: true beside dialectOptions.ssl: false',
      { ssl: true, dialectOptions: { ssl: false } },
      'primary.ssl: must not say something else about TLS than primary.dialectOptions.ssl; keep one of the two',
    ],
    [
      'an object beside the sslmode of the URL',
      { ssl: details, url: `postgres://u:${SECRET}@db/x?sslmode=disable` },
      'primary.url: must not say something else about TLS than primary.ssl; keep one of the two',
    ],
  ])('refuses %s', (_, primary, message) => {
    expect(refusal({ serviceName: 'shop', primary }).message).toBe(message);
  });

  it('leaves the choice to pg where nothing is said', () => {
    expect(resolveWith({}).primary.dialectOptions).not.toHaveProperty('ssl');
  });
});

describe('where the fallback is allowed', () => {
  const byDefault = 'the default outside production';
  const option = 'options.allowSQLiteFallback';
  const greenRun = 'a green run may have run on the wrong database';

  it.each<[Record<string, string>, boolean, boolean | undefined, boolean, string, string | null]>([
    // environment, cluster worker, explicit → allowed, decided by, warning
    [{}, false, undefined, true, byDefault, null],
    [{ NODE_ENV: 'development' }, false, undefined, true, byDefault, null],
    [{ NODE_ENV: 'staging' }, false, undefined, true, byDefault, null],
    [{ NODE_ENV: 'staging' }, false, false, false, option, null],
    [{ NODE_ENV: 'staging' }, false, true, true, option, null],
    [{ CI: '' }, false, undefined, true, byDefault, null],
    [{ CI: 'false' }, false, undefined, true, byDefault, null],
    [{ CI: 'False' }, false, undefined, true, byDefault, null],
    [{ CI: '0' }, false, undefined, true, byDefault, null],
    [{ KUBERNETES_SERVICE_HOST: '' }, false, undefined, true, byDefault, null],
    [{ NODE_ENV: 'test' }, false, undefined, false, 'NODE_ENV=test', null],
    [{ NODE_ENV: 'test' }, false, false, false, option, null],
    [{ NODE_ENV: 'test' }, false, true, true, option, `${option} is true although NODE_ENV=test: ${greenRun}`],
    [{ CI: 'true' }, false, undefined, false, 'CI is set', null],
    [{ CI: '1' }, false, true, true, option, `${option} is true although CI is set: ${greenRun}`],
    [{ NODE_ENV: 'test', CI: 'true' }, false, undefined, false, 'NODE_ENV=test and CI is set', null],
    [{ NODE_ENV: 'test', CI: 'true' }, false, true, true, option, `${option} is true although NODE_ENV=test and CI is set: ${greenRun}`],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, false, undefined, false, 'KUBERNETES_SERVICE_HOST is set', null],
    [
      { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
      false,
      true,
      true,
      option,
      `${option} is true although KUBERNETES_SERVICE_HOST is set: each replica has an SQLite file of its own`,
    ],
    [{}, true, undefined, false, 'this process is a cluster worker', null],
    [
      {},
      true,
      true,
      true,
      option,
      `${option} is true although this process is a cluster worker: one worker may use SQLite while another uses PostgreSQL`,
    ],
    [{ NODE_ENV: 'production' }, false, undefined, false, 'NODE_ENV=production', null],
    [{ NODE_ENV: 'production' }, false, false, false, 'NODE_ENV=production', null],
    [{ NODE_ENV: 'production', CI: 'true' }, true, undefined, false, 'NODE_ENV=production', null],
    [{ NODE_ENV: 'PROD' }, false, undefined, false, 'NODE_ENV=PROD', null],
  ])('with %j, cluster worker %j and an explicit %j is it %j by %s', (env, isClusterWorker, explicit, allowed, decidedBy, warning) => {
    const { fallback } = resolve({ serviceName: 'shop', options: { allowSQLiteFallback: explicit } }, env, isClusterWorker);
    expect({ allowed: fallback.allowed, decidedBy: fallback.decidedBy, warning: fallback.warning }).toEqual({
      allowed,
      decidedBy,
      warning,
    });
  });

  it.each(['production', 'Production', 'PRODUCTION', 'prod', 'Prod', 'production '])(
    'refuses an explicit true with NODE_ENV=%s',
    (value) => {
      const config = configWith('options.allowSQLiteFallback', true);
      expect(refusal(config, { NODE_ENV: value }).message).toBe(
        `options.allowSQLiteFallback: must not be true with NODE_ENV=${value}: production never uses SQLite; received true`,
      );
    },
  );

  it.each([
    ['production', true],
    ['Prod', true],
    ['products', false],
    ['', false],
  ])('takes NODE_ENV=%j as production: %j', (value, production) => {
    expect(resolve({ serviceName: 'shop' }, { NODE_ENV: value }).production).toBe(production);
  });
});

describe('without an environment given', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("looks at the process's own for NODE_ENV", () => {
    vi.stubEnv('NODE_ENV', 'production');
    expect(resolveConfig({ serviceName: 'shop' })).toMatchObject({ production: true, fallback: { decidedBy: 'NODE_ENV=production' } });
  });

  it('reads no option from it: that is what configFromEnv is for', () => {
    for (const name of ['DB_HOST', 'DATABASE_URL', 'DB_MAX_RETRIES', 'SQLITE_FALLBACK']) vi.stubEnv(name, 'ignored');
    expect(resolveConfig({ serviceName: 'shop' })).toMatchObject({ primary: { host: 'localhost' }, maxRetries: 5 });
  });
});

describe('the resolved configuration', () => {
  function userConfig() {
    const ssl = { rejectUnauthorized: false };
    return {
      serviceName: 'shop',
      primary: { host: 'db', ssl, pool: { max: 3 }, dialectOptions: { keepAlive: true } },
      fallback: { storageDir: '/srv' },
      options: { maxRetries: 1 },
      sequelize: { define: { underscored: true }, hooks: { beforeDefine: () => undefined } },
      schema: { primary: 'none' as const },
      logger: { info() {}, warn() {}, error() {} },
      classify: () => undefined,
    };
  }

  it('is frozen in every object of its own', () => {
    const resolved = resolveConfig(userConfig(), DEVELOPMENT, false);
    const own = [
      resolved,
      resolved.primary,
      resolved.primary.pool,
      resolved.primary.dialectOptions,
      resolved.fallback,
      resolved.detection,
      resolved.sequelize,
      resolved.schema,
    ];
    expect(own.map((object) => Object.isFrozen(object))).toEqual(own.map(() => true));
  });

  it("refers to the user's objects, and neither freezes nor changes them", () => {
    const config = userConfig();
    const resolved = resolveConfig(config, DEVELOPMENT, false);

    expect(resolved.primary.ssl).toBe(config.primary.ssl);
    expect(resolved.primary.dialectOptions.ssl).toBe(config.primary.ssl);
    expect(resolved.sequelize.define).toBe(config.sequelize.define);
    expect(resolved.sequelize.hooks).toBe(config.sequelize.hooks);
    expect(resolved.logger).toBe(config.logger);
    expect(resolved.classify).toBe(config.classify);

    const { primary, fallback, options, sequelize, schema, logger, classify } = config;
    const theirs = [
      config,
      primary,
      primary.ssl,
      primary.pool,
      primary.dialectOptions,
      fallback,
      options,
      sequelize,
      sequelize.define,
      sequelize.hooks,
      schema,
      logger,
      classify,
    ];
    expect(theirs.filter((object) => Object.isFrozen(object))).toEqual([]);
    expect(primary.dialectOptions).toEqual({ keepAlive: true });
  });

  it('is not changed by what the user does with the configuration afterwards', () => {
    const config = userConfig();
    const resolved = resolveConfig(config, DEVELOPMENT, false);
    config.primary.pool.max = 99;
    config.primary.dialectOptions.keepAlive = false;
    expect(resolved.primary).toMatchObject({ pool: { max: 3 }, dialectOptions: { keepAlive: true } });
  });

  it('can be made from a frozen configuration', () => {
    const config = userConfig();
    Object.freeze(config);
    Object.freeze(config.primary);
    Object.freeze(config.primary.dialectOptions);
    expect(resolveConfig(config, DEVELOPMENT, false).primary.host).toBe('db');
  });
});
