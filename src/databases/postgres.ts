import { Sequelize } from 'sequelize';
import type { Clock } from '../clock.js';
import { type ConnectionManagerInternals, internalsOf, type PostgresConnectConfig } from '../sequelize-internals.js';
import { nameFor } from './application-name.js';
import { classifyFailure } from './connection-failure.js';
import type { DatabaseInstance, MarkResult } from './database.js';
import { fewATurn } from './few-a-turn.js';
import { InFlight } from './in-flight.js';
import { markNeverSent } from './never-sent.js';
import { withoutInitHooks } from './private-sequelize.js';
import { openPostgresLock } from './postgres-lock.js';
import { SocketSet } from './socket-set.js';
import { currentTransactionId, SERVER_FACTS, SERVER_VERSION, type ServerFacts } from './transaction-mark.js';
import { Turns } from './turns.js';
import type { FailureKind } from '../words.js';

/** What a Sequelize constructor made of its arguments. */
export interface PostgresTemplate {
  readonly options: Record<string, unknown>;
  readonly config: Record<string, unknown>;
}

/** So many connects at once: when the server is back, a pool of a hundred does not storm it. */
const CONNECTS_AT_ONCE = 4;

/** So many waiting calls are refused in one turn of the event loop: a millisecond or two of work. */
const REFUSALS_A_TURN = 16;

/** Builds a private Sequelize on PostgreSQL whose sockets can be ended from outside, those still connecting too. */
export function createPostgresInstance(template: PostgresTemplate, clock: Pick<Clock, 'nowMs'>): DatabaseInstance {
  const { keepAlive: isKeptAlive } = (template.options['dialectOptions'] ?? {}) as { keepAlive?: boolean };
  const sockets = new SocketSet(isKeptAlive === true);
  const sequelize = withoutInitHooks(() => newSequelize(template, sockets));
  const inFlight = new InFlight(() => clock.nowMs());
  let lost: Error | undefined;
  let closing: Promise<void> | undefined;
  const servers: Servers = new WeakMap();
  const connects = new InFlight(() => clock.nowMs());
  const manager = internalsOf(sequelize).connectionManager;
  const clients = new Set<PooledClient>();
  watchConnections(manager, { servers, connects, clients });

  const abort = (reason: Error): void => {
    if (lost !== undefined) return;
    lost = reason;
    const refused = (): Promise<never> => {
      const error = Object.assign(new Error(reason.message, { cause: reason }), { code: 'ECONNREFUSED' });
      markNeverSent(error);
      return Promise.reject(error);
    };
    // As ConnectionManager#close does it (lib/dialects/abstract/connection-manager.js of sequelize 6.37.8).
    manager.getConnection = refused;
    // The pool would make a client for each call that waits for a connection, only to hear that there is none. It asks for the next one
    // as soon as one is refused: turns of the event loop between let a thousand waiting calls go without holding up all else.
    const turn = fewATurn(REFUSALS_A_TURN);
    manager.connect = () => turn().then(refused);
    sockets.destroyAll(reason);
  };

  return {
    role: 'primary',
    engine: 'postgres',
    losesAnswers: true,
    sequelize,
    inFlight,
    connects,
    get pool() {
      const { size, available, using, waiting } = manager.pool;
      return { idle: available, used: using, connecting: size - available - using, waiting };
    },
    get lost() {
      return lost;
    },
    // A warm connection, so that the first unit of work does not wait for it, and a pool that can't connect is no working primary.
    open: async () => manager.releaseConnection(await manager.getConnection()),
    markTransaction: (connection) => markTransaction(connection as PgClient, servers.get(connection)),
    renewSessions: () => {
      for (const client of clients) client._invalid = true;
    },
    openLock: (name) =>
      openPostgresLock(
        { connect: () => manager.connect(forLock(manager.config)), disconnect: (connection) => manager.disconnect(connection) },
        name,
      ),
    abort,
    close: (timeoutMs) => (closing ??= closeWithin(timeoutMs, sequelize, () => abort(new Error('The connection was closed.')))),
  };
}

/** The pool's way to connect, under a name of its own. */
function forLock(config: Record<string, unknown>): PostgresConnectConfig {
  const { dialectOptions } = config as unknown as PostgresConnectConfig & { dialectOptions: { application_name?: string } };
  const { application_name: pool } = dialectOptions;
  const name = pool === undefined ? {} : { application_name: nameFor('migration lock', pool) };
  return { ...config, dialectOptions: { ...dialectOptions, ...name } };
}

const ENDS_CONNECTION: ReadonlySet<FailureKind> = new Set(['server-down', 'starting-up']);

/** What is used of a connection, which is a client of pg. */
interface PgClient {
  query(sql: string): Promise<{ rows: unknown[] }>;
}

interface PgModule {
  Client: new (
    config: object,
  ) => {
    on(event: 'error', listener: () => void): unknown;
    /** pg's protocol connection (lib/client.js of pg 8). */
    readonly connection?: { on(event: 'errorMessage', listener: (message: { code?: string }) => void): unknown };
    /** The pool takes no such connection (lib/dialects/abstract/connection-manager.js and postgres of sequelize 6.37.8). */
    _invalid?: boolean;
  };
}

/** After these the server ends the session, but its socket may live on for a moment: whoever got it from the pool would send in vain. */
const ENDS_SESSION = /^(57P0[1-5]|25P0[34])$/;

/**
 * pg, with clients whose errors have a listener from their first moment: Sequelize adds its own a moment after the connect, and
 * a server that goes away between the two would end the process (lib/dialects/postgres/connection-manager.js of sequelize 6.37.8).
 */
function withListener(lib: unknown): unknown {
  const { Client } = lib as PgModule;
  class ListenedClient extends Client {
    constructor(config: object) {
      super(config);
      this.on('error', () => undefined);
      this.connection?.on('errorMessage', ({ code = '' }) => {
        if (ENDS_SESSION.test(code)) this._invalid = true;
      });
    }
  }
  return Object.create(lib as object, { Client: { value: ListenedClient, enumerable: true } }) as unknown;
}

interface Server {
  readonly version: number;
  /** Missing where this role may not read them: then no COMMIT in doubt can be decided. */
  readonly facts: ServerFacts | undefined;
}

/** Which server each connection leads to. */
type Servers = WeakMap<object, Server>;

/** A client of pg as the pool has it. */
interface PooledClient {
  once(event: 'end', listener: () => void): unknown;
  /** The pool takes no such connection (validate() in lib/dialects/postgres/connection-manager.js of sequelize 6.37.8). */
  _invalid?: boolean;
}

interface Watched {
  readonly servers: Servers;
  readonly connects: InFlight;
  /** Those that are open. */
  readonly clients: Set<PooledClient>;
}

function remember(client: PooledClient, clients: Set<PooledClient>): void {
  clients.add(client);
  client.once('end', () => clients.delete(client));
}

/** Notes of each connection which server it leads to, and of each one that could not be had that nothing was sent. */
function watchConnections(manager: ConnectionManagerInternals, { servers, connects, clients }: Watched): void {
  const turns = new Turns(CONNECTS_AT_ONCE);
  manager.lib = withListener(manager.lib);
  const getConnection = manager.getConnection.bind(manager);
  const connect = manager.connect.bind(manager);
  manager.getConnection = (request) =>
    getConnection(request).catch((error: unknown) => {
      markNeverSent(error);
      throw error;
    });
  // lib/dialects/postgres/connection-manager.js of sequelize 6.37.8: the pool's factory calls it for each new connection.
  manager.connect = (config) =>
    turns.run(async () => {
      const ticket = connects.begin();
      try {
        const connection = await connect(config);
        remember(connection as PooledClient, clients);
        const server = await serverOf(connection as PgClient);
        if (server !== undefined) servers.set(connection, server);
        return connection;
      } finally {
        connects.end(ticket, false);
      }
    });
}

/** Never rejects: a connection that can't say it is good enough for everything else. */
async function serverOf(connection: PgClient): Promise<Server | undefined> {
  try {
    const facts = (await connection.query(SERVER_FACTS)).rows[0] as ServerFacts;
    return { version: facts.version, facts };
  } catch {
    const answer = await connection.query(SERVER_VERSION).catch(() => undefined);
    return answer === undefined ? undefined : { version: (answer.rows[0] as { version: number }).version, facts: undefined };
  }
}

async function markTransaction(connection: PgClient, server: Server | undefined): Promise<MarkResult> {
  if (server === undefined) return 'refused';
  try {
    const { rows } = await connection.query(currentTransactionId(server.version));
    return { ...(rows[0] as { id: string; startedAt: string }), facts: server.facts };
  } catch (error) {
    // A program's own time limit (`query_timeout`) ends nothing: what comes after is sent.
    return ENDS_CONNECTION.has(classifyFailure(error).kind) ? 'lost' : 'refused';
  }
}

/** `pool.drain()` waits for work in flight for ever (lib/Pool.js of sequelize-pool), so at the deadline the sockets are ended. */
async function closeWithin(timeoutMs: number, sequelize: Sequelize, end: () => void): Promise<void> {
  const timer = setTimeout(end, timeoutMs);
  try {
    await sequelize.close();
  } finally {
    clearTimeout(timer);
    end();
  }
}

function newSequelize({ options, config }: PostgresTemplate, sockets: SocketSet): Sequelize {
  const { database, username, password, host, port } = config;
  const dialectOptions = options['dialectOptions'] as Record<string, unknown> | undefined;
  return new Sequelize(database as string, username as string, password as string, {
    ...options,
    host: host as string,
    port: port as number,
    dialect: 'postgres',
    // Hooks and models belong to the handle; it shares them with this instance.
    hooks: {},
    dialectOptions: { ...dialectOptions, stream: sockets.factory(dialectOptions?.['stream']) },
  });
}
