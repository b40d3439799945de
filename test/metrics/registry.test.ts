import * as promClient from 'prom-client';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import type { SnapshotSource } from '../../src/health/snapshot.js';
import { ConfigurationError, type ResilientConfig, type ResilientConnection } from '../../src/index.js';
import { type MetricsOptions, registerMetrics } from '../../src/metrics/index.js';
import { closedPort } from '../support/free-port.js';
import { leakGuard } from '../support/leak-guard.js';
import { parseMetrics } from '../support/metrics-text.js';
import { connectIn } from './measured.js';

leakGuard();

const port = await closedPort();
const METRICS = 16;

/** A connection without PostgreSQL, on a fallback in memory, and its warnings. */
function connect(serviceName = 'shop', config: Partial<ResilientConfig> = {}) {
  const warnings: string[] = [];
  const hear = (text: string): void => {
    if (/metric/i.test(text)) warnings.push(text);
  };
  const logger = { info: () => undefined, warn: hear, error: () => undefined };
  const connection = connectIn('development', { host: '127.0.0.1', port }, { serviceName, logger, ...config });
  return { connection, warnings };
}

const servicesIn = async (register: Registry, name = 'database_fallback_active'): Promise<(string | undefined)[]> =>
  parseMetrics(await register.metrics())
    .get(name)
    ?.lines.map(({ labels }) => labels['service']) ?? [];

const namesIn = (register: Registry): string[] => register.getMetricsAsArray().map(({ name }) => name);

/** Nothing of ours, neither metrics nor what was put on the registry itself. */
function expectUntouched(register: Registry): void {
  expect(namesIn(register)).toEqual([]);
  expect(Reflect.ownKeys(register).sort()).toEqual(Reflect.ownKeys(new Registry()).sort());
}

afterEach(() => promClient.register.clear());

describe('two connections in one registry', () => {
  it('share its metrics, and one that is closed leaves those of the other', async () => {
    const register = new Registry();
    const [one, other] = [connect('one').connection, connect('other').connection];
    registerMetrics(one, { register });
    registerMetrics(other, { register });
    expect(await servicesIn(register)).toEqual(['one', 'other']);
    await one.close();
    expect(await servicesIn(register)).toEqual(['other']);
    await other.close();
    expectUntouched(register);
  });

  it('of the same name: the first one stays, the second says so once', async () => {
    const register = new Registry();
    const [first, second] = [connect(), connect()];
    registerMetrics(first.connection, { register });
    await first.connection.ready;
    const remove = registerMetrics(second.connection, { register });
    expect(second.warnings).toEqual([expect.stringContaining("serviceName 'shop'")]);
    expect(first.warnings).toEqual([]);
    expect(await servicesIn(register)).toEqual(['shop']);
    remove();
    expect(await servicesIn(register)).toEqual(['shop']);
    await second.connection.close();
    expect(await servicesIn(register)).toEqual(['shop']);
    await first.connection.close();
    expectUntouched(register);
  });

  it('of the same name: the second one takes over when the first is closed, or is about to be', async () => {
    const register = new Registry();
    const [first, second, third] = [connect(), connect(), connect()];
    await first.connection.ready;
    registerMetrics(first.connection, { register });
    const closing = first.connection.close();
    registerMetrics(second.connection, { register });
    expect(await servicesIn(register)).toEqual(['shop']);
    await closing;
    expect(await servicesIn(register)).toEqual(['shop']);
    await second.connection.close();
    registerMetrics(third.connection, { register });
    expect(await servicesIn(register)).toEqual(['shop']);
    expect([...second.warnings, ...third.warnings]).toEqual([]);
  });

  it('of the same name: the second one has its metrics when the first is closed after all, as where a service reloads', async () => {
    const register = new Registry();
    const [first, second] = [connect(), connect()];
    registerMetrics(first.connection, { register });
    registerMetrics(second.connection, { register });
    registerMetrics(second.connection, { register });
    expect(second.warnings).toHaveLength(1);
    await first.connection.close();
    expect(await servicesIn(register)).toEqual(['shop']);
    await second.connection.close();
    expectUntouched(register);
  });

  it('are in the very next scrape, also in the same moment as the one before', async () => {
    const register = new Registry();
    registerMetrics(connect('one').connection, { register });
    const before = register.metrics();
    const remove = registerMetrics(connect('other').connection, { register });
    const after = register.metrics();
    remove();
    const last = register.metrics();
    const has = (text: string) => text.includes('service="other"');
    expect([await before, await after, await last].map(has)).toEqual([false, true, false]);
  });
});

describe('registering a connection', () => {
  it('twice does nothing more', async () => {
    const register = new Registry();
    const { connection, warnings } = connect();
    const removes = [registerMetrics(connection, { register }), registerMetrics(connection, { register })];
    expect(await servicesIn(register)).toEqual(['shop']);
    expect(warnings).toEqual([]);
    for (const remove of [...removes, ...removes]) remove();
    expectUntouched(register);
    registerMetrics(connection, { register });
    expect(await servicesIn(register)).toEqual(['shop']);
  });

  it('with two prefixes has its metrics twice, each removed on its own', async () => {
    const register = new Registry();
    const { connection } = connect();
    const remove = registerMetrics(connection, { register, prefix: 'a_' });
    registerMetrics(connection, { register, prefix: 'b_' });
    expect(namesIn(register)).toHaveLength(2 * METRICS);
    remove();
    expect(await servicesIn(register, 'a_database_fallback_active')).toEqual([]);
    expect(await servicesIn(register, 'b_database_fallback_active')).toEqual(['shop']);
    await connection.close();
    expectUntouched(register);
  });

  it('in two registries has them in both, the global one among them', async () => {
    const register = new Registry();
    const { connection } = connect();
    registerMetrics(connection, { register });
    registerMetrics(connection);
    expect(await servicesIn(register)).toEqual(['shop']);
    expect(await servicesIn(promClient.register)).toEqual(['shop']);
    await connection.close();
    expectUntouched(register);
    expectUntouched(promClient.register);
  });

  it('again after register.clear() brings all back', async () => {
    const register = new Registry();
    const { connection } = connect();
    registerMetrics(connection, { register });
    register.clear();
    expect(await register.metrics()).toBe('\n');
    registerMetrics(connection, { register });
    expect(namesIn(register)).toHaveLength(METRICS);
    await connection.close();
    expectUntouched(register);
  });

  it('that is closed does nothing', async () => {
    const register = new Registry();
    const { connection } = connect();
    await connection.close();
    const remove = registerMetrics(connection, { register });
    expectUntouched(register);
    remove();
    expectUntouched(register);
  });

  it('that is closed while it connects, and twice, leaves nothing', async () => {
    const register = new Registry();
    const { connection } = connect();
    registerMetrics(connection, { register });
    await Promise.all([connection.close(), connection.close()]);
    await connection.close();
    expectUntouched(register);
  });

  it('a thousand times leaves nothing behind in the connection', async () => {
    const register = new Registry();
    const { connection } = connect();
    const source = (connection as unknown as Record<symbol, SnapshotSource>)[Symbol.for('sequelize-resilient.snapshots')] as SnapshotSource;
    const whenClosed = source.whenClosed.bind(source);
    let called = 0;
    source.whenClosed = (callback) =>
      whenClosed(() => {
        called += 1;
        callback();
      });
    for (let time = 0; time < 1_000; time += 1) {
      registerMetrics(connection, { register });
      registerMetrics(connection, { register })();
    }
    expectUntouched(register);
    registerMetrics(connection, { register });
    registerMetrics(connection, { register });
    await connection.close();
    expect(called).toBe(1);
  });

  it('fifty connections come and go', async () => {
    const register = new Registry();
    for (let time = 0; time < 5; time += 1) {
      const connections = Array.from({ length: 10 }, (_, at) => connect(`shop-${at}`).connection);
      for (const connection of connections) registerMetrics(connection, { register });
      expect(await servicesIn(register)).toHaveLength(10);
      await Promise.all(connections.map((connection) => connection.close({ timeout: 0 })));
      expectUntouched(register);
    }
  });
});

describe('a metric of somebody else', () => {
  it.each([
    ['gauge', (register: Registry) => new Gauge({ name: 'database_fallback_active', help: 'mine', registers: [register] })],
    ['counter', (register: Registry) => new Counter({ name: 'database_fallback_active', help: 'mine', registers: [register] })],
    ['histogram', (register: Registry) => new Histogram({ name: 'database_fallback_active', help: 'mine', registers: [register] })],
  ])('under one of the names stays what it is, a %s, with one warning', async (type, make) => {
    const register = new Registry();
    const theirs = make(register);
    const { connection, warnings } = connect();
    registerMetrics(connection, { register });
    registerMetrics(connection, { register });
    const families = parseMetrics(await register.metrics());
    expect(families.get('database_fallback_active')).toMatchObject({ type, help: 'mine' });
    expect(families.size).toBe(METRICS);
    expect(warnings).toEqual([expect.stringContaining('database_fallback_active')]);
    await connection.close();
    expect(register.getMetricsAsArray()).toEqual([theirs]);
  });

  it('that is removed makes room again', async () => {
    const register = new Registry();
    new Gauge({ name: 'database_state', help: 'mine', registers: [register] });
    const { connection } = connect();
    registerMetrics(connection, { register });
    register.removeSingleMetric('database_state');
    registerMetrics(connection, { register });
    expect(await servicesIn(register, 'database_state')).toHaveLength(5);
    await connection.close();
    expectUntouched(register);
  });

  it('under one of the names twice is refused as ever', () => {
    const register = new Registry();
    const { connection } = connect();
    registerMetrics(connection, { register });
    const make = () => new Gauge({ name: 'database_state', help: 'mine', registers: [register] });
    make();
    expect(make).toThrow(/already been registered/);
    new Gauge({ name: 'mine', help: 'mine', registers: [register] });
    expect(() => new Gauge({ name: 'mine', help: 'mine', registers: [register] })).toThrow(/already been registered/);
  });
});

describe('an unusual registry', () => {
  it('with a registerMetric of its own keeps it', async () => {
    const register = new Registry();
    const seen: string[] = [];
    const own: Registry['registerMetric'] = (metric) => {
      seen.push((metric as unknown as { name: string }).name);
      Registry.prototype.registerMetric.call(register, metric);
    };
    register.registerMetric = own;
    const { connection } = connect();
    registerMetrics(connection, { register });
    expect(seen).toHaveLength(METRICS);
    await connection.close();
    expect(Object.getOwnPropertyDescriptor(register, 'registerMetric')?.value).toBe(own);
  });

  it('whose registerMetric is wrapped later keeps the wrapper, and it works', async () => {
    const register = new Registry();
    const { connection } = connect();
    registerMetrics(connection, { register });
    const before = register.registerMetric.bind(register);
    const wrapper = vi.fn<(metric: promClient.Metric) => void>((metric) => before(metric));
    register.registerMetric = wrapper;
    await connection.close();
    expect(Object.getOwnPropertyDescriptor(register, 'registerMetric')?.value).toBe(wrapper);
    new Gauge({ name: 'mine', help: 'mine', registers: [register] });
    const { connection: next } = connect();
    registerMetrics(next, { register });
    expect(namesIn(register)).toHaveLength(METRICS + 1);
    expect(wrapper).toHaveBeenCalledTimes(METRICS + 1);
  });

  it('that does not let go of metrics does not keep a connection from being closed', async () => {
    const register = new Registry();
    register.removeSingleMetric = () => {
      throw new Error('never');
    };
    const { connection, warnings } = connect();
    registerMetrics(connection, { register });
    await connection.close();
    expect(connection.getStatus().state).toBe('closed');
    expect(warnings).toEqual([expect.stringContaining('never')]);
  });

  it('that is frozen is refused', () => {
    const { connection } = connect();
    const frozen = Object.freeze(new Registry());
    expect(() => registerMetrics(connection, { register: frozen })).toThrow(/register.*frozen/s);
    expect(namesIn(frozen)).toEqual([]);
  });

  it('of a getStatus() that throws is scraped all the same', async () => {
    const register = new Registry();
    const { connection } = connect();
    registerMetrics(connection, { register });
    connection.getStatus = () => {
      throw new Error('mine');
    };
    expect(await servicesIn(register)).toEqual(['shop']);
  });
});

describe('what can not be used', () => {
  const SECRET = 'secret-pw-9';
  it.each([
    ['an option that is none', { registry: new Registry() }, /registry: is not an option; there are register and prefix/],
    ['no options', null, /options: must be an object.*null/],
    ['a text for options', SECRET, /options: must be an object.*type string/],
    ['null for a registry', { register: null }, /register: must be a Registry of prom-client.*null/],
    ['prom-client itself', { register: promClient }, /register: must be a Registry of prom-client.*type object/],
    ['half a registry', { register: { registerMetric: () => undefined } }, /register: must be a Registry of prom-client/],
    ['a text for a registry', { register: SECRET }, /register: must be a Registry of prom-client.*type string/],
    ['a prefix with a dash', { prefix: 'exprsn-' }, /prefix: must begin like a name.*"exprsn-"/],
    ['a prefix with a digit first', { prefix: '1_' }, /prefix: must begin like a name.*"1_"/],
    ['a prefix of two lines', { prefix: 'a_\n' }, /prefix: must begin like a name/],
    ['a prefix that is a number', { prefix: 7 }, /prefix: must begin like a name.*type number/],
  ])('is refused by name, rule and value: %s', (_, options, message) => {
    const { connection } = connect();
    const call = () => registerMetrics(connection, options as MetricsOptions);
    expect(call).toThrow(ConfigurationError);
    expect(call).toThrow(message);
    expect(call).not.toThrow(SECRET);
    expectUntouched(promClient.register);
  });

  it.each([
    ['nothing', undefined, /undefined/],
    ['null', null, /null/],
    ['a text', `postgres://u:${SECRET}@h/d`, /type string/],
    ['something with a status', { getStatus: () => ({}), password: SECRET }, /type object/],
    ['a promise of one', Promise.resolve(), /type object/],
  ])('is refused for a connection: %s', (_, connection, value) => {
    const call = () => registerMetrics(connection as unknown as ResilientConnection);
    expect(call).toThrow(ConfigurationError);
    expect(call).toThrow(/connection: must come from createResilientConnection\(\) or new ResilientConnection\(\)/);
    expect(call).toThrow(value);
    expect(call).not.toThrow(SECRET);
  });
});

describe('the types', () => {
  it('take a registry of either content type, or none', () => {
    const { connection } = connect();
    const openMetrics = new Registry<promClient.OpenMetricsContentType>();
    const either = new Registry<promClient.RegistryContentType>();
    registerMetrics(connection)();
    registerMetrics(connection, {})();
    registerMetrics(connection, { register: new Registry() })();
    registerMetrics(connection, { register: openMetrics, prefix: 'a_' })();
    registerMetrics(connection, { register: promClient.register, prefix: undefined })();
    registerMetrics(connection, { register: either })();
    expectTypeOf(registerMetrics).returns.toEqualTypeOf<() => void>();
    // @ts-expect-error an option that is misspelt
    expect(() => registerMetrics(connection, { registre: openMetrics })).toThrow();
    // @ts-expect-error there is no connection
    expect(() => registerMetrics({})).toThrow();
  });
});
