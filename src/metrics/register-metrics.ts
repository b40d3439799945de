import { register as defaultRegister, type Registry } from 'prom-client';
import { ConfigurationError, type Status } from '../index.js';
import type { SnapshotSource } from '../health/snapshot.js';
import { forgetIfEmpty, groupOf } from './groups.js';
import type { AnyRegistry } from './metrics.js';
import { isPrefix, PREFIX_RULE } from './prefix.js';

/** Where a connection has its figures, also one of another copy of the package (an ES module beside a CommonJS one). */
const SNAPSHOTS = Symbol.for('sequelize-resilient.snapshots');

/** A `ResilientConnection`, of this copy of the package or of another one. */
export interface MeasuredConnection {
  getStatus(): Status;
}

export interface MetricsOptions {
  /** The registry of prom-client, of either content type. @default its global one */
  register?: AnyRegistry | undefined;
  /** Stands before each name, e.g. `'exprsn_'` for `exprsn_database_fallback_active`. @default '' */
  prefix?: string | undefined;
}

/**
 * Registers the metrics of a connection with prom-client, until it is closed or the function that is returned is called.
 *
 * Values are read at the scrape from what the connection knows: no database is asked. Calling it again for the same connection does
 * nothing. Several connections share the metrics of a registry, told apart by `service`. A name that something else has registered, before
 * or after, is left to that, with one warning in the connection's log.
 *
 * @throws ConfigurationError for an option that can't be used, and for something that is no connection
 */
export function registerMetrics(connection: MeasuredConnection, options: MetricsOptions = {}): () => void {
  const source = sourceOf(connection);
  const { register, prefix } = checked(options);
  if (source.isClosed) return () => undefined;
  const group = groupOf(register, prefix);
  const remove = (): void => {
    group.remove(source);
    forgetIfEmpty(register, prefix);
  };
  group.add(source, remove);
  return remove;
}

function sourceOf(connection: unknown): SnapshotSource {
  const source = (connection as Partial<Record<symbol, SnapshotSource>> | null | undefined)?.[SNAPSHOTS];
  if (source !== undefined) return source;
  throw new ConfigurationError('connection', 'must come from createResilientConnection() or new ResilientConnection()', kindOf(connection));
}

const KNOWN: readonly string[] = ['register', 'prefix'] satisfies (keyof MetricsOptions)[];
const NEEDED: readonly (keyof Registry)[] = ['registerMetric', 'getSingleMetric', 'removeSingleMetric'];

function checked(options: MetricsOptions): { register: AnyRegistry; prefix: string } {
  if (typeof options !== 'object' || (options as unknown) === null)
    throw new ConfigurationError('options', 'must be an object', kindOf(options));
  for (const name of Object.keys(options)) {
    if (!KNOWN.includes(name)) throw new ConfigurationError(name, `is not an option; there are ${KNOWN.join(' and ')}`);
  }
  const { register = defaultRegister, prefix = '' } = options;
  if (NEEDED.some((name) => typeof (register as Partial<Registry> | null)?.[name] !== 'function')) {
    throw new ConfigurationError('register', 'must be a Registry of prom-client', kindOf(register));
  }
  if (!Object.isExtensible(register)) throw new ConfigurationError('register', 'must be a Registry that is not frozen', 'a frozen one');
  if (typeof prefix !== 'string' || !isPrefix(prefix)) {
    const given = typeof prefix === 'string' ? JSON.stringify(prefix) : kindOf(prefix);
    throw new ConfigurationError('prefix', PREFIX_RULE, given);
  }
  return { register, prefix };
}

function kindOf(value: unknown): string {
  return value === null || value === undefined ? String(value) : `a value of type ${typeof value}`;
}
