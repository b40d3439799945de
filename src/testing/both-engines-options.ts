import type { Sequelize } from 'sequelize';
import { ConfigurationError, configFromEnv, type PrimaryOptions, type SharedSequelizeOptions } from '../index.js';
import { shown } from './checks.js';

export interface BothEnginesOptions {
  /**
   * Where PostgreSQL is, as in `createResilientConnection`. The role must be one that may make a schema there.
   *
   * @default what the environment says (`DATABASE_URL`, or `DB_HOST`, `DB_PORT`, …; as `configFromEnv()` reads it)
   */
  readonly primary?: PrimaryOptions | undefined;
  /** Sequelize's options for both runs, as in `createResilientConnection`, but for a schema. @default { logging: false } */
  readonly sequelize?: SharedSequelizeOptions | undefined;
  /** How long the function may take on both engines together, in milliseconds. @default 30000 */
  readonly timeout?: number | undefined;
  /** The Sequelize class to build on, e.g. sequelize-typescript's. @default Sequelize of the package sequelize */
  readonly Sequelize?: typeof Sequelize | undefined;
}

/** The options after their check. What `createResilientConnection` checks by itself is as it was given. */
export interface CheckedOptions {
  readonly primary: PrimaryOptions;
  readonly sequelize: SharedSequelizeOptions;
  readonly timeoutMs: number;
  readonly Sequelize: typeof Sequelize | undefined;
}

const KNOWN: Readonly<Record<keyof BothEnginesOptions, true>> = { primary: true, sequelize: true, timeout: true, Sequelize: true };
const DEFAULT_TIMEOUT_MS = 30_000;
// A longer delay overflows a Node timer, which then fires after 1 ms.
const LONGEST_DELAY_MS = 2_147_483_647;

/** @throws ConfigurationError for a name that is unknown, a value that can't be used, and in production */
export function checkedOptions(options: BothEnginesOptions): CheckedOptions {
  refuseProduction();
  const given = recordIn('options', options);
  const strange = Object.keys(given).find((name) => !Object.hasOwn(KNOWN, name));
  if (strange !== undefined)
    throw new ConfigurationError(strange, `is not an option of onBothEngines(); the options are ${Object.keys(KNOWN).join(', ')}`);
  const sequelize = recordIn('sequelize', given['sequelize'] ?? {});
  refuseSchema('sequelize.schema', sequelize['schema']);
  refuseSchema('sequelize.define.schema', (sequelize['define'] as { schema?: unknown } | null | undefined)?.schema);
  return {
    primary: recordIn('primary', given['primary'] ?? configFromEnv().primary ?? {}),
    sequelize,
    timeoutMs: timeoutIn(given['timeout']),
    Sequelize: options.Sequelize,
  };
}

/** As the library itself decides what production is. */
function refuseProduction(): void {
  const { NODE_ENV } = process.env;
  try {
    configFromEnv({ NODE_ENV, SQLITE_FALLBACK: 'true' });
  } catch {
    throw new ConfigurationError('onBothEngines', `must not be called with NODE_ENV=${NODE_ENV}: production never uses SQLite`);
  }
}

function recordIn(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ConfigurationError(name, 'must be an object', shown(value));
}

function refuseSchema(name: string, value: unknown): void {
  if (value !== undefined && value !== null)
    throw new ConfigurationError(name, 'must not be given: the function runs in a schema that is made for it', shown(value));
}

function timeoutIn(value: unknown = DEFAULT_TIMEOUT_MS): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= LONGEST_DELAY_MS) return value;
  throw new ConfigurationError('timeout', `must be a whole number of milliseconds from 1 to ${LONGEST_DELAY_MS}`, shown(value));
}
