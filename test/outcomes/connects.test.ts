import { connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { shopForTest } from './shop.js';

leakGuard({ scope: 'file' });

let postgres: PostgresServer;
let proxy: Server;
let port: number;
let armed = 0;

const text = (code: string): string => `SFATAL\0VFATAL\0C${code}\0Mterminating connection due to administrator command\0\0`;
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** A message of the server's: that it ends this session. */
function fatal(): Buffer {
  const body = Buffer.from(text('57P01'));
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

beforeAll(async () => {
  postgres = await startPostgres();
  port = await freePort();
  proxy = createServer((client) => {
    const upstream = connect({ host: postgres.host, port: postgres.port });
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.pipe(upstream);
    let isNew = true;
    upstream.on('data', (chunk: Buffer) => {
      const letsIn = isNew && chunk.includes(READY);
      if (letsIn) isNew = false;
      if (!letsIn || armed === 0) return void client.write(chunk);
      armed -= 1;
      client.end(Buffer.concat([chunk, fatal()]));
    });
  });
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => proxy.close(resolve));
  await postgres.dispose();
});

it('a session that the server ends in the moment it begins does not end the process', async () => {
  const shop = await shopForTest(postgres, { fallback: false, config: { primary: { port } } });
  armed = 3;
  const reads = Array.from({ length: 5 }, () => shop.sequelize.query('SELECT pg_sleep(0.3)'));
  expect(await Promise.all(reads)).toHaveLength(5);
  expect(armed).toBe(0);
});
