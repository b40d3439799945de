import { createHash } from 'node:crypto';
import type { DatabaseLock } from './database-lock.js';

/** What is used of a client of pg (lib/client.js of pg 8). */
interface LockClient {
  query(sql: string): Promise<{ rows: unknown[] }>;
  readonly connection?: { readonly stream?: { destroy(): unknown } };
}

/** Opens and ends connections outside the pool: a pool of one would wait for itself. */
export interface LockConnections {
  connect(): Promise<object>;
  disconnect(connection: object): Promise<unknown>;
}

/** How long a lock's connection may take for one answer. */
const ANSWER_MS = 10_000;
/** How long its end is waited for. */
const END_MS = 2_000;

/**
 * An advisory lock in a transaction on a connection of its own.
 *
 * Of a transaction, not of a session: a pooler in transaction mode gives each transaction one server connection and keeps it there.
 * Never waits within PostgreSQL: who waits in a statement has a snapshot, which CREATE INDEX CONCURRENTLY waits for in its turn
 * (src/backend/commands/indexcmds.c of PostgreSQL 17, WaitForOlderSnapshots).
 */
export async function openPostgresLock(connections: LockConnections, name: string): Promise<DatabaseLock> {
  const connection = await connections.connect();
  const client = connection as LockClient;
  const ended = async (): Promise<void> => {
    await client.query('ROLLBACK').catch(() => undefined);
    await connections.disconnect(connection).catch(() => undefined);
  };
  return {
    tryTake: () => answered(tryTake(client, name)),
    check: () => checked(client),
    close: async () => {
      await answered(ended(), END_MS).catch(() => client.connection?.stream?.destroy());
    },
  };
}

async function tryTake(client: LockClient, name: string): Promise<boolean> {
  await client.query('BEGIN');
  // It is idle for as long as the work takes. Since PostgreSQL 17 there is a limit for whole transactions, too.
  await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
  await client.query("SELECT set_config(name, '0', true) FROM pg_settings WHERE name = 'transaction_timeout'");
  const { rows } = await client.query(`SELECT pg_try_advisory_xact_lock(${keyOf(name)}) AS taken`);
  const { taken } = rows[0] as { taken: boolean };
  if (!taken) await client.query('ROLLBACK');
  return taken;
}

async function checked(client: LockClient): Promise<void> {
  try {
    await answered(client.query('SELECT 1'));
  } catch (cause) {
    throw new Error('The connection that held the lock for migrations was lost.', { cause });
  }
}

async function answered<T>(answer: Promise<T>, withinMs = ANSWER_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`PostgreSQL gave no answer within ${withinMs} ms.`)), withinMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    // Who comes too late has no other taker.
    answer.catch(() => undefined);
  }
}

/** PostgreSQL knows advisory locks by a number of 64 bits. */
function keyOf(name: string): string {
  return createHash('sha256').update(`sequelize-resilient:${name}`).digest().readBigInt64BE().toString();
}
