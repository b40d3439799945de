import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { requestUnit } from '../../request-unit/request-unit.js';
import { connection, ready, sequelize } from './models/index.js';
import { answerTo } from './routes.js';

/** Starts the shop and resolves to its port. */
export async function startShop(): Promise<number> {
  await ready;
  await sequelize.sync();
  const inOneUnit = requestUnit(connection);
  const server = createServer((request, response) => {
    inOneUnit(request, response, (error) => {
      if (error !== undefined) return send(response, 503, describe(error));
      answerTo(request).then(
        (body) => send(response, 200, body),
        (reason: unknown) => send(response, 503, describe(reason)),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stopOnRequest(async () => {
    server.close();
    server.closeAllConnections();
    await connection.close();
  });
  return (server.address() as AddressInfo).port;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function describe(error: unknown): { error: string; message: string } {
  return error instanceof Error ? { error: error.name, message: error.message } : { error: 'Error', message: String(error) };
}

/** A signal, or the end of the process that started the shop. */
function stopOnRequest(stop: () => Promise<void>): void {
  const once = (): void => {
    for (const signal of signals) process.off(signal, once);
    process.off('disconnect', once);
    void stop().finally(() => process.connected && process.disconnect());
  };
  const signals = ['SIGTERM', 'SIGINT'] as const;
  for (const signal of signals) process.on(signal, once);
  process.on('disconnect', once);
}
