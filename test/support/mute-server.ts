import { createServer, type Socket } from 'node:net';
import { freePort } from './free-port.js';

/** A TCP server that accepts connections and never says anything. */
export interface MuteServer {
  readonly host: string;
  readonly port: number;
  /** How many clients are connected now. */
  readonly connectionCount: number;
  close(): Promise<void>;
}

/** Starts a mute server on 127.0.0.1. */
export async function startMuteServer(): Promise<MuteServer> {
  const host = '127.0.0.1';
  const port = await freePort();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    // Read and thrown away, so that the client's end is noticed.
    socket.resume();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return {
    host,
    port,
    get connectionCount() {
      return sockets.size;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
