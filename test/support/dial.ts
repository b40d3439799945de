import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A client of TCP, until the test's end. */
export interface Dialled {
  readonly socket: Socket;
  /** All that it has received; its end and its error as `<end>` and `<ECONNRESET>`. */
  readonly seen: () => string;
}

/** Connects, or rejects with the error of the connect. */
export async function dial({ host, port }: { host: string; port: number }): Promise<Dialled> {
  let seen = '';
  const socket = connect({ host, port, allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  socket.on('end', () => (seen += '<end>'));
  await once(socket, 'connect');
  socket.on('error', (error: NodeJS.ErrnoException) => (seen += `<${error.code}>`));
  return { socket, seen: () => seen };
}
