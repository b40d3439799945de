import pg from 'pg';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { StatementProxy } from './statement-proxy.js';

/** The role that the service logs in as: no superuser, so that it can be limited. */
export const SERVICE_ROLE = 'chaos_service';
const PASSWORD = 'chaos-pw-51c8';

/** A PostgreSQL server, and what stands between it and the service. */
export interface Site {
  readonly server: PostgresServer;
  readonly database: string;
  /** Where the service connects to. It leads to `statements`, which leads to the server. */
  readonly wire: FaultProxy;
  readonly statements: StatementProxy;
  /** How the service logs in. */
  readonly login: {
    readonly host: string;
    readonly port: number;
    readonly username: string;
    readonly password: string;
    readonly database: string;
  };
  /** Runs statements past all proxies as superuser, in one session that may write also where that is not the default. */
  readonly admin: (...statements: string[]) => Promise<void>;
  /** Whether a login through the proxies gets an answer within 500 ms. */
  readonly answers: () => Promise<boolean>;
  readonly dispose: () => Promise<void>;
}

export async function openSite(): Promise<Site> {
  const server = await startPostgres();
  await server.query(`CREATE ROLE ${SERVICE_ROLE} LOGIN PASSWORD '${PASSWORD}'`);
  const database = await server.createDatabase();
  await server.query(`ALTER DATABASE ${database} OWNER TO ${SERVICE_ROLE}`);
  await server.query(`ALTER SCHEMA public OWNER TO ${SERVICE_ROLE}; CREATE TABLE elsewhere (id serial)`, [], database);
  const statements = await StatementProxy.start(server);
  const wire = await startProxy({ host: statements.host, port: statements.port });
  return {
    ...{ server, database, wire, statements },
    login: { host: wire.host, port: wire.port, username: SERVICE_ROLE, password: PASSWORD, database },
    admin: (...statements) =>
      withClient({ connectionString: server.urlOf(database), options: '-c default_transaction_read_only=off' }, statements),
    answers: () =>
      withClient({ host: wire.host, port: wire.port, database, user: server.user, password: server.password }, ['SELECT 1'], 500).then(
        () => true,
        () => false,
      ),
    dispose: async () => {
      await wire.close();
      await statements.close();
      await server.dispose();
    },
  };
}

async function withClient(config: pg.ClientConfig, statements: readonly string[], timeoutMs = 20_000): Promise<void> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs });
  // A connection that breaks while idle has no other taker of its error.
  client.on('error', () => undefined);
  try {
    await client.connect();
    for (const statement of statements) await client.query(statement);
  } finally {
    // The goodbye of a connection through a black hole is never answered.
    void client.end().catch(() => undefined);
  }
}

/** Resolves when no session of the service is left, so that nothing can still be committed. */
export async function sessionsEnded({ server, database }: Site): Promise<void> {
  const sql = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE usename = '${SERVICE_ROLE}'`;
  const ended = async (): Promise<boolean> => (await server.query<{ count: number }>(sql, [], database))[0]?.count === 0;
  await waitFor(ended, { what: 'the sessions of the service to end', timeoutMs: 15_000 }).catch(async () => {
    await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${SERVICE_ROLE}'`);
    await waitFor(ended, { what: 'the sessions of the service to be terminated' });
  });
}
