import { Socket } from 'node:net';

/** A socket that reaches for no network: its connect is refused, as a stopped server refuses it. */
export function refusingSocket(): Socket {
  const socket = new Socket();
  const refused = Object.assign(new Error('PostgreSQL is not asked here (ECONNREFUSED)'), { code: 'ECONNREFUSED', syscall: 'connect' });
  socket.connect = () => {
    process.nextTick(() => socket.destroy(refused));
    return socket;
  };
  return socket;
}
