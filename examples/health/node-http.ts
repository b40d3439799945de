import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { register } from 'prom-client';
import { configFromEnv, healthHandlers, ResilientConnection } from 'sequelize-resilient';
import { registerMetrics } from 'sequelize-resilient/metrics';

// Not `await createResilientConnection()`: the probes of the platform are answered while the databases are still awaited.
const connection = new ResilientConnection({ ...configFromEnv(), serviceName: 'shop' });
let stopping = false;
const health = healthHandlers({ getStatus: () => ({ ...connection.getStatus(), ...(stopping && { state: 'closed' as const }) }) });
registerMetrics(connection);
const page = await readFile(new URL('page.html', import.meta.url));

const sendMetrics: RequestListener = (_request, response) =>
  void register.metrics().then(
    (text) => response.writeHead(200, { 'Content-Type': register.contentType }).end(text),
    () => response.writeHead(500).end(),
  );
const routes = new Map<string | undefined, RequestListener>([
  ['/', (_request, response) => void response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page)],
  ['/health/live', health.live],
  ['/health/ready', health.ready],
  ['/health/database', health.database],
  ['/metrics', sendMetrics],
]);
const server = createServer((request, response) => {
  const route = routes.get(request.url?.split('?')[0]);
  if (route === undefined) response.writeHead(404).end();
  else route(request, response);
}).listen(Number(process.env['PORT'] ?? 3000));

process.once('SIGTERM', () => void stop());

async function stop(): Promise<void> {
  stopping = true;
  await sleep(Number(process.env['DRAIN_MS'] ?? 5000)); // Until no balancer sends new requests any more.
  server.close();
  await once(server, 'close');
  await connection.close();
}
