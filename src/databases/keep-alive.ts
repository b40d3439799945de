import type net from 'node:net';

/** How long a connection is idle before TCP asks whether the other side is still there. The system's own default is two hours. */
export const KEEP_ALIVE_MS = 10_000;

/** Turns TCP keepalive on once a socket is connected. Sequelize does not hand pg's `keepAliveInitialDelayMillis` on. */
export function keepAlive(socket: Partial<Pick<net.Socket, 'setKeepAlive'>> & Pick<net.Socket, 'once'>): void {
  // A program's own `stream` may be no socket.
  socket.once('connect', () => socket.setKeepAlive?.(true, KEEP_ALIVE_MS));
}
