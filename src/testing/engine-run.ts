import { type Model, type ModelStatic, QueryTypes, type Sequelize } from 'sequelize';
import { ConfigurationError, PrimaryUnavailableError, type ResilientConnection } from '../index.js';
import type { Engine } from '../words.js';
import { asInPublic } from './as-in-public.js';
import { type EngineOutcome, outcomeOf } from './outcome.js';

/** What a function is given that is run on both engines. */
export interface EngineSite {
  /** A resilient object for this run alone, on an empty schema: models are defined and made on it. It is closed after the run. */
  readonly sequelize: Sequelize;
  /** The engine behind it. */
  readonly engine: Engine;
}

/** What is run on both engines. What it returns, or what its promise resolves to, is compared. */
export type OnEngine = (site: EngineSite) => unknown;

/** One run of a function. */
export interface Run {
  readonly connection: ResilientConnection;
  readonly engine: Engine;
  /** The name of the schema that the connection makes everything in. */
  readonly schema: string;
  readonly fn: OnEngine;
  /** When the function must have ended, on the clock of `performance`. */
  readonly deadline: { readonly atMs: number; readonly timeoutMs: number };
}

const NAMES: Readonly<Record<Engine, string>> = { postgres: 'PostgreSQL', sqlite: 'SQLite' };
/** How long statements may go on that the function did not wait for. */
const CLOSE_MS = 1_000;
/** The library's own statements are not the program's. */
const QUIET = { hooks: false, logging: false } as const;
/** What the library makes of work that lost its database: it says nothing of the engine. */
const LOST = ['DATABASE_UNAVAILABLE', 'OUTCOME_UNKNOWN', 'TRANSACTION_LOST', 'UNIT_LOST'];

/** Runs a function on one engine to its outcome, and closes the connection. */
export async function runOn(run: Run): Promise<EngineOutcome> {
  const { connection, engine, fn } = run;
  const { sequelize } = connection;
  let ended = false;
  try {
    await ready(run);
    await PREPARED[engine](sequelize, run.schema);
    const { epoch } = connection.getStatus();
    const seen = watched(run);
    const outcome = await beforeDeadline(
      run,
      outcomeOf(() => fn({ sequelize, engine })),
    );
    ended = true;
    if (engine === 'postgres') refuseLost(connection, epoch, outcome);
    refuseStrange(run, seen, outcome);
    return asInPublic(outcome, run.schema);
  } finally {
    // Whoever is late is not waited for, and a transaction that was left open ends at the latest here.
    await connection.close({ timeout: ended ? CLOSE_MS : 0 });
  }
}

/** A fallback that can't start is told as a primary that can't be reached, which nobody wanted here. */
async function ready({ connection, engine }: Run): Promise<void> {
  await connection.ready.catch((error: unknown) => {
    throw engine === 'sqlite' && error instanceof PrimaryUnavailableError ? error.cause : error;
  });
}

const PREPARED: Readonly<Record<Engine, (sequelize: Sequelize, schema: string) => Promise<unknown>>> = {
  postgres: async (sequelize, schema) => {
    const [row] = await sequelize.query<{ schema: string }>('SELECT current_schema() AS schema', { ...QUIET, type: QueryTypes.SELECT });
    if (row?.schema === schema) return;
    throw new ConfigurationError('primary', "must lead to PostgreSQL itself: a pooler dropped the connection's options (search_path)");
  },
  sqlite: (sequelize, schema) => sequelize.query(`CREATE SCHEMA ${schema}`, QUIET),
};

/** What a run did that makes its outcome worthless. */
interface Seen {
  statements: number;
  strange: ConfigurationError | undefined;
}

/** Hooks of definitions can stop nothing, for Sequelize doesn't wait for them: the next statement is what is refused. */
function watched({ connection: { sequelize }, schema }: Run): Seen {
  const seen: Seen = { statements: 0, strange: undefined };
  const look = (model: ModelStatic<Model>): void => {
    const table = model.getTableName();
    if (typeof table !== 'object' || table.schema !== schema) seen.strange ??= ownSchema(model.name);
  };
  Object.values(sequelize.models).forEach(look);
  sequelize.addHook('afterDefine', look);
  sequelize.addHook('beforeQuery', () => {
    seen.statements += 1;
    if (seen.strange !== undefined) throw seen.strange;
  });
  return seen;
}

const ownSchema = (model: string): ConfigurationError =>
  new ConfigurationError(
    'fn',
    `must define ${model} without a schema: tables outside the one that is made for the run would be left behind on PostgreSQL`,
  );

function refuseStrange({ engine }: Run, { strange, statements }: Seen, { error }: EngineOutcome): void {
  if (strange !== undefined) throw strange;
  if (error === undefined && statements === 0)
    throw new ConfigurationError('fn', `must ask the sequelize that it is given; on ${NAMES[engine]} that was asked nothing`);
}

function refuseLost(connection: ResilientConnection, epoch: number, { error }: EngineOutcome): void {
  const { epoch: epochNow, state, reason } = connection.getStatus();
  const stayed = epochNow === epoch && (state === 'primary' || state === 'closed');
  if (stayed && !LOST.includes(String(error?.['code']))) return;
  const why = [reason, error?.['message']].filter((part) => typeof part === 'string').join('; ');
  throw new PrimaryUnavailableError(`onBothEngines: PostgreSQL was lost while the function ran there (${why}); nothing was compared.`, {
    attempts: 1,
  });
}

async function beforeDeadline<T>({ engine, deadline: { atMs, timeoutMs } }: Run, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`onBothEngines: the function did not end within ${timeoutMs} ms (timeout); it was on ${NAMES[engine]} then.`);
    timer = setTimeout(() => reject(error), Math.max(0, atMs - performance.now()));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
