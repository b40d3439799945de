import net from 'node:net';
import { keepAlive } from './keep-alive.js';

/** All sockets that pg opened for one instance. pg calls `stream` for each new client (lib/connection.js of pg 8). */
export class SocketSet {
  readonly #sockets = new Set<net.Socket>();
  #ended: Error | undefined;

  constructor(private readonly isKeptAlive: boolean) {}

  factory(given: unknown): (config: unknown) => net.Socket {
    return (config) => {
      const socket = isFactory(given) ? given(config) : new net.Socket();
      if (this.isKeptAlive) keepAlive(socket);
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
