import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { copyToServerFolder, giveToServerUser } from './postgres-data.js';
import { type PostgresOptions, type PostgresServer, startPostgresIn } from './postgres-server.js';
import { waitFor } from './wait-for.js';

/** A hot standby that follows a primary by streaming: it answers reads until it is promoted. Of the same cluster: one system identifier. */
export interface Standby extends PostgresServer {
  /** Makes it a primary and resolves when it can be written to. */
  promote(): Promise<void>;
  /** Resolves when everything that the primary has committed until now can be read here. */
  caughtUp(): Promise<void>;
}

/**
 * Makes a standby of a running server (PostgreSQL 15 or later) and resolves when it answers; that costs about two seconds.
 *
 * Dispose both. After `promote()` the two servers go on independently, so one can be killed before or after the other is promoted.
 */
export async function startStandby(primary: PostgresServer, options: PostgresOptions = {}): Promise<Standby> {
  const { host, port, user, password } = primary;
  const server = await startPostgresIn(() => copyOf(primary), {
    ...options,
    settings: {
      primary_conninfo: `host=${host} port=${port} user=${user} password=${password}`,
      // Often enough that a standby whose primary comes back does not hold up a test.
      wal_retrieve_retry_interval: '100ms',
      ...options.settings,
    },
  });
  return Object.assign(server, {
    promote: () => promote(server),
    caughtUp: () => caughtUp(primary, server),
  });
}

/** A base backup by hand: the embedded binaries bring no pg_basebackup. The backup lasts as long as the session that began it. */
async function copyOf({ host, port, user, password, database }: PostgresServer): Promise<string> {
  const client = new pg.Client({ host, port, user, password, database });
  // The error of a connection that breaks while idle has no other taker and would end the test process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    await client.query("SELECT pg_backup_start('standby', fast => true)");
    const folder = await copyToServerFolder(String(rows[0]?.data_directory));
    const stopped = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)');
    await makeStandby(join(folder, 'data'), String(stopped.rows[0]?.labelfile));
    return folder;
  } finally {
    await client.end();
  }
}

async function makeStandby(data: string, label: string): Promise<void> {
  for (const name of ['postmaster.pid', 'postmaster.opts']) await rm(join(data, name), { force: true });
  for (const [name, content] of [['backup_label', label] as const, ['standby.signal', ''] as const]) {
    await writeFile(join(data, name), content, { mode: 0o600 });
    await giveToServerUser(join(data, name));
  }
}

async function promote(standby: PostgresServer): Promise<void> {
  await standby.query('SELECT pg_promote(true, 30)');
  await waitFor(async () => !(await asks<boolean>(standby, 'SELECT pg_is_in_recovery() AS answer')), {
    what: `the standby on port ${standby.port} to be promoted`,
  });
}

async function caughtUp(primary: PostgresServer, standby: PostgresServer): Promise<void> {
  const until = await asks<string>(primary, 'SELECT pg_current_wal_flush_lsn() AS answer');
  await waitFor(() => asks<boolean>(standby, 'SELECT pg_last_wal_replay_lsn() >= $1 AS answer', [until]), {
    what: `the standby on port ${standby.port} to catch up with ${until}`,
  });
}

async function asks<T>(server: PostgresServer, sql: string, params: readonly unknown[] = []): Promise<T> {
  const [row] = await server.query<{ answer: T }>(sql, params);
  return row?.answer as T;
}
