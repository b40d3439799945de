import net from 'node:net';
import { Sequelize } from 'sequelize';
import type { Clock } from '../clock.js';
import { internalsOf } from '../sequelize-internals.js';
import type { DatabaseInstance } from './database.js';
import { InFlight } from './in-flight.js';
import { withoutInitHooks } from './private-sequelize.js';

/** What a Sequelize constructor made of its arguments. */
export interface PostgresTemplate {
  readonly options: Record<string, unknown>;
  readonly config: Record<string, unknown>;
}

/** Builds a private Sequelize on PostgreSQL whose sockets can be ended from outside, those still connecting too. */
export function createPostgresInstance(template: PostgresTemplate, clock: Pick<Clock, 'nowMs'>): DatabaseInstance {
  const sockets = new SocketSet();
  const sequelize = withoutInitHooks(() => newSequelize(template, sockets));
  const inFlight = new InFlight(() => clock.nowMs());
  let lost: Error | undefined;
  let closing: Promise<void> | undefined;

  const abort = (reason: Error): void => {
    if (lost !== undefined) return;
    lost = reason;
    const manager = internalsOf(sequelize).connectionManager;
    // As ConnectionManager#close does it (lib/dialects/abstract/connection-manager.js of sequelize 6.37.8).
    manager.getConnection = () => Promise.reject(reason);
    sockets.destroyAll(reason);
  };

  return {
    role: 'primary',
    engine: 'postgres',
    sequelize,
    inFlight,
    get lost() {
      return lost;
    },
    open: () => Promise.resolve(),
    abort,
    close: (timeoutMs) => (closing ??= closeWithin(timeoutMs, sequelize, () => abort(new Error('The connection was closed.')))),
  };
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

/** All sockets that pg opened for one instance. pg calls `stream` for each new client (lib/connection.js of pg 8). */
class SocketSet {
  readonly #sockets = new Set<net.Socket>();
  #ended: Error | undefined;

  factory(given: unknown): (config: unknown) => net.Socket {
    return (config) => {
      const socket = isFactory(given) ? given(config) : new net.Socket();
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      if (this.#ended !== undefined) refuse(socket, this.#ended);
      return socket;
    };
  }

  destroyAll(reason: Error): void {
    this.#ended = reason;
    for (const socket of this.#sockets) socket.destroy(reason);
  }
}

const isFactory = (given: unknown): given is (config: unknown) => net.Socket => typeof given === 'function';

/** Lets a connect fail at once instead of reaching for the network. */
function refuse(socket: net.Socket, reason: Error): void {
  socket.connect = () => {
    process.nextTick(() => socket.destroy(reason));
    return socket;
  };
}
