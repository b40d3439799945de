import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../index.js';
import { type BothEnginesOptions, checkedOptions } from './both-engines-options.js';
import { shown } from './checks.js';
import { differencesBetween } from './differences.js';
import { postgresHandle, sqliteHandle } from './engine-handles.js';
import { type OnEngine, runOn } from './engine-run.js';
import type { EngineOutcome } from './outcome.js';
import { makeSchema } from './own-schema.js';

/** What a function gave on each engine, and where the two differ. */
export interface BothEngines {
  /** What it gave on PostgreSQL. */
  readonly postgres: EngineOutcome;
  /** What it gave on the SQLite fallback. */
  readonly sqlite: EngineOutcome;
  /** True where `differences` is empty. A function that fails in the same way on both is the same, too: look at `postgres.error`. */
  readonly same: boolean;
  /**
   * Readable lines, each with the path of what differs, e.g. `[0].price: '1.50' on PostgreSQL, '1.5' on SQLite`; what the fallback
   * refuses reads `SQLite refuses: …`. At most 50, and one that says how many more there are.
   */
  readonly differences: readonly string[];
}

const SERVICE_NAME = 'on-both-engines';

/**
 * Runs a function on PostgreSQL and on the SQLite fallback, and tells where the two give something else.
 *
 * First on PostgreSQL, then on SQLite, each time with a `sequelize` of its own on an empty schema. Never on both at once: a model
 * class (`User.init(…, { sequelize })`) belongs to the object that it was given last. Nothing is left behind: the schema on PostgreSQL
 * and the SQLite file are removed, also where the function throws or takes too long.
 *
 * What is no the same twice on one engine (`now()`, random ids, rows without an order) is not the same on two: return what should be.
 *
 * @throws ConfigurationError in production; where an option can't be used; where the function asked its `sequelize` nothing, or
 *   defined a model with a schema of its own
 * @throws PrimaryUnavailableError where PostgreSQL can't be reached, or is lost meanwhile
 * @throws SQLiteDriverError where sqlite3 can't be loaded
 * @throws Error where the function has not ended within `timeout`
 */
export async function onBothEngines(fn: OnEngine, options: BothEnginesOptions = {}): Promise<BothEngines> {
  const { primary, sequelize, Sequelize, timeoutMs } = checkedOptions(options);
  if (typeof fn !== 'function') throw new ConfigurationError('fn', 'must be a function', shown(fn));
  const folder = await mkdtemp(join(tmpdir(), `${SERVICE_NAME}-`));
  try {
    const schema = await makeSchema(SERVICE_NAME, primary);
    const handle = { serviceName: SERVICE_NAME, primary, sequelize, Sequelize, schema };
    const run = { schema: schema.name, fn, deadline: { atMs: performance.now() + timeoutMs, timeoutMs } };
    try {
      const postgres = await runOn({ ...run, engine: 'postgres', connection: postgresHandle(handle) });
      const sqlite = await runOn({ ...run, engine: 'sqlite', connection: sqliteHandle(handle, folder) });
      const differences = differencesBetween(postgres, sqlite);
      return { postgres, sqlite, same: differences.length === 0, differences };
    } finally {
      await schema.drop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
