import { createHash } from 'node:crypto';
import type { DatabaseLock } from './database-lock.js';

/** What is used of a client of pg. */
interface LockClient {
  query(sql: string): Promise<{ rows: unknown[] }>;
}

/** Opens and ends connections outside the pool: a pool of one would wait for itself. */
export interface LockConnections {
  connect(): Promise<object>;
  disconnect(connection: object): Promise<unknown>;
}

/** How long a lock's connection may take to answer that it is still there. */
const CHECK_MS = 10_000;

/**
 * Tries to take an advisory lock in a transaction on a connection of its own.
 *
 * Of a transaction, not of a session: a pooler in transaction mode gives each transaction one server connection and keeps it there.
 * Never waits within PostgreSQL: who waits in a statement has a snapshot, which CREATE INDEX CONCURRENTLY waits for in its turn
 * (src/backend/commands/indexcmds.c of PostgreSQL 17, WaitForOlderSnapshots).
 */
export async function tryPostgresLock(connections: LockConnections, name: string): Promise<DatabaseLock | undefined> {
  const connection = await connections.connect();
  const client = connection as LockClient;
  const end = async (): Promise<void> => {
    await connections.disconnect(connection).catch(() => undefined);
  };
  try {
    await client.query('BEGIN');
    // It is idle for as long as the work takes. Since PostgreSQL 17 there is a limit for whole transactions, too.
    await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await client.query("SELECT set_config(name, '0', true) FROM pg_settings WHERE name = 'transaction_timeout'");
    const { rows } = await client.query(`SELECT pg_try_advisory_xact_lock(${keyOf(name)}) AS taken`);
    if (!(rows[0] as { taken: boolean }).taken) {
      await client.query('ROLLBACK').catch(() => undefined);
      await end();
      return undefined;
    }
  } catch (error) {
    await end();
    throw error;
  }
  return {
    check: () => checked(client),
    release: async () => {
      await client.query('ROLLBACK').catch(() => undefined);
      await end();
    },
  };
}

async function checked(client: LockClient): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_MS} ms`)), CHECK_MS);
  });
  try {
    await Promise.race([client.query('SELECT 1'), late]);
  } catch (cause) {
    throw new Error('The connection that held the lock for migrations was lost.', { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** PostgreSQL knows advisory locks by a number of 64 bits. */
function keyOf(name: string): string {
  return createHash('sha256').update(`sequelize-resilient:${name}`).digest().readBigInt64BE().toString();
}
