import { systemClock } from './clock.js';
import type { ResilientConfig } from './options.js';
import { resolveConfig } from './options/resolve-config.js';
import { ConnectionHandle } from './resilient-connection.js';
import { compose } from './composition/compose.js';

/**
 * Connects to PostgreSQL, or where that is allowed and PostgreSQL is away, to the SQLite fallback; then keeps watch.
 *
 * Resolves when a database is active.
 * @throws ConfigurationError for an option that can't be used, before anything is opened
 * @throws PrimaryUnavailableError where PostgreSQL could not be reached and no fallback is allowed or works
 */
export async function createResilientConnection(config: ResilientConfig): Promise<ResilientConnection> {
  const connection = new ResilientConnection(config);
  try {
    return await connection.ready;
  } catch (error) {
    await connection.close({ timeout: 0 });
    throw error;
  }
}

/**
 * A resilient connection that can be used at once: work that is given to its `sequelize` before it has connected waits.
 *
 * For modules without top-level await; elsewhere `createResilientConnection` is the same with the wait at the start.
 */
export class ResilientConnection extends ConnectionHandle {
  /** @throws ConfigurationError for an option that can't be used, before anything is opened */
  constructor(config: ResilientConfig) {
    super(compose(resolveConfig(config), systemClock));
  }
}
