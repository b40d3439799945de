import { QueryTypes, Transaction, type QueryInterface, type Sequelize } from 'sequelize';
import type { TransactionInternals } from '../sequelize-internals.js';
import { engineOf, type MigrationEngine } from './engine-of.js';
import { classOf, type Generator, generatorOf, internalsOf } from './generator.js';

/** What can be said to each helper, as to Sequelize's own. */
export interface StepOptions {
  /** The change is made within this transaction, which must be of the same Sequelize. @default one of its own */
  transaction?: Transaction | null;
  /** As in Sequelize's calls. */
  logging?: boolean | ((sql: string, timing?: number) => void);
}

/** One change of the schema, and the transaction that it is made in. */
export interface Step {
  readonly queryInterface: QueryInterface;
  readonly sequelize: Sequelize;
  readonly engine: MigrationEngine;
  readonly generator: Generator;
  readonly transaction: Transaction | undefined;
  /** Whether that is part of a transaction of the caller's. */
  readonly isWithinAnother: boolean;
  /** Whether what it does is taken back in any case. */
  readonly isTrial: boolean;
  readonly logging: Pick<StepOptions, 'logging'>;
}

/** Any number serves that nobody else takes; it is the text `resilient` in base 36, cut to what JavaScript counts exactly. */
const LOCK = 77_189_404_621;

/** Tries after another process made or removed the same thing at the same time. */
const ATTEMPTS = 3;

/**
 * Looks at the schema and changes it as one thing: within the caller's transaction (in a savepoint), or in a transaction of its own. On
 * PostgreSQL a lock, held until the transaction ends, keeps other processes' helpers out; on SQLite the transaction writes from its beginning.
 */
export async function inStep<T>(queryInterface: QueryInterface, options: StepOptions, work: (step: Step) => Promise<T>): Promise<T> {
  const { sequelize } = queryInterface;
  const outer = options.transaction ?? ambient(sequelize);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sequelize.transaction({ ...beginning(outer), ...loggingOf(options) }, async (transaction) => {
        const step = stepIn(queryInterface, options, transaction, outer !== undefined);
        if (step.engine === 'postgres') await run(step, `SELECT pg_advisory_xact_lock(${LOCK})`);
        return await work(step);
      });
    } catch (error) {
      if (attempt === ATTEMPTS || !isRace(error)) throw error;
    }
  }
}

/** For what PostgreSQL refuses within a transaction. */
export function outsideOfTransactions(queryInterface: QueryInterface, options: StepOptions): Step {
  return stepIn(queryInterface, options, undefined, false);
}

const UNDONE = Symbol('undone');

/** Does something, reads what became of it, and takes it back. */
export async function undone<T>(step: Step, work: (step: Step) => Promise<T>): Promise<T> {
  let result: { value: T } | undefined;
  const undo = async (transaction: Transaction): Promise<never> => {
    result = { value: await work({ ...step, transaction, isTrial: true }) };
    throw UNDONE as unknown as Error;
  };
  try {
    return await step.sequelize.transaction({ ...beginning(step.transaction), ...step.logging }, undo);
  } catch (error) {
    if (error !== UNDONE || result === undefined) throw error;
    return result.value;
  }
}

/** Runs a statement. */
export async function run(step: Step, sql: string): Promise<void> {
  if (step.isTrial && step.engine === 'postgres') {
    await serverRows(step, sql);
    return;
  }
  await step.sequelize.query(sql, { ...within(step), ...step.logging, raw: true });
}

/** Asks; `:name` in the text is replaced by a value. */
export async function rows<R extends object>(step: Step, sql: string, replacements: Record<string, unknown> = {}): Promise<R[]> {
  return await step.sequelize.query<R>(sql, { ...within(step), ...step.logging, replacements, raw: true, type: QueryTypes.SELECT });
}

/** pg's client. */
interface Client {
  query(sql: string, values?: readonly unknown[]): Promise<{ rows: object[] }>;
}

/**
 * Asks PostgreSQL's own catalogs, within a transaction; `$1` in the text is the first of the values. Sequelize does not see it: the parity guard
 * of a handle would tell, or refuse, that the fallback has no such catalogs, which is no statement of the program's.
 */
export async function serverRows<R extends object>(step: Step, sql: string, values: readonly unknown[] = []): Promise<R[]> {
  const { connection } = (step.transaction ?? {}) as Partial<TransactionInternals>;
  const client = connection as unknown as Client | undefined;
  if (client === undefined) throw new Error('PostgreSQL is asked within a transaction.');
  try {
    return (await client.query(sql, values)).rows as R[];
  } catch (error) {
    // A lost connection is told as the program's own statements tell it.
    if (!/^[0-9A-Z]{5}$/.test(databaseError(error).code)) await run({ ...step, isTrial: false }, 'SELECT 1');
    throw error;
  }
}

/** The error that the database gave: its code (PostgreSQL's) and text. */
export function databaseError(error: unknown): { readonly code: string; readonly message: string } {
  const given = (error ?? {}) as { original?: object };
  const { code, message } = (given.original ?? given) as { code?: unknown; message?: unknown };
  return { code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : '' };
}

/** Sequelize learns the numbers of new types, so that it reads their arrays. */
export async function learnTypes({ sequelize, transaction }: Step): Promise<void> {
  const refresh = () =>
    (internalsOf(sequelize).connectionManager as unknown as { _refreshDynamicOIDs(): Promise<void> })._refreshDynamicOIDs();
  // It asks on a connection of its own, for which a pool of one would have to wait for this transaction.
  if (transaction === undefined) await refresh();
  else rootOf(transaction).afterCommit(refresh);
}

function rootOf(transaction: Transaction): Transaction {
  const { parent } = transaction as unknown as TransactionInternals;
  return parent == null ? transaction : rootOf(parent);
}

function stepIn(
  queryInterface: QueryInterface,
  options: StepOptions,
  transaction: Transaction | undefined,
  isWithinAnother: boolean,
): Step {
  return {
    queryInterface,
    sequelize: queryInterface.sequelize,
    engine: engineOf(queryInterface),
    generator: generatorOf(queryInterface),
    transaction,
    isWithinAnother,
    isTrial: false,
    logging: loggingOf(options),
  };
}

const within = ({ transaction }: Step) => (transaction === undefined ? {} : { transaction });

const loggingOf = ({ logging }: StepOptions): Pick<StepOptions, 'logging'> => (logging === undefined ? {} : { logging });

/** Sequelize's useCLS(): its queries take that transaction, but transaction() does not begin within it. */
const ambient = (sequelize: Sequelize): Transaction | undefined => classOf(sequelize)._cls?.get('transaction') ?? undefined;

function beginning(outer: Transaction | undefined) {
  return outer === undefined
    ? { type: Transaction.TYPES.IMMEDIATE, isolationLevel: Transaction.ISOLATION_LEVELS.READ_COMMITTED }
    : { transaction: outer };
}

/** PostgreSQL's codes for a relation, column, object or schema that appeared meanwhile, and for one that went. */
const APPEARED_OR_WENT: ReadonlySet<string> = new Set(['42P07', '42701', '42710', '42P06', '42P01', '42703', '42704']);

function isRace(error: unknown): boolean {
  const { code, message } = databaseError(error);
  // A unique index of the catalogs themselves: two processes made the same thing at the same moment.
  return APPEARED_OR_WENT.has(code) || (code === '23505' && message.includes('"pg_'));
}
