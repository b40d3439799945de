import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { register } from 'prom-client';
import { configFromEnv, healthHandlers, ResilientConnection } from 'sequelize-resilient';
import { registerMetrics } from 'sequelize-resilient/metrics';

// Not `await createResilientConnection()`: the probes of the platform are answered while the databases are still awaited.
const connection = new ResilientConnection({ ...configFromEnv(), serviceName: 'shop' });
let stopping = false;
const health = healthHandlers({ getStatus: () => ({ ...connection.getStatus(), ...(stopping && { state: 'closed' as const }) }) });
registerMetrics(connection);

const app = express();
app.get('/health/live', health.live);
app.get('/health/ready', health.ready);
app.get('/health/database', health.database);
app.get('/metrics', async (_request, response) => void response.type(register.contentType).send(await register.metrics()));
const server = app.listen(Number(process.env['PORT'] ?? 3000));

process.once('SIGTERM', () => void stop());

async function stop(): Promise<void> {
  stopping = true;
  await sleep(Number(process.env['DRAIN_MS'] ?? 5000)); // Until no balancer sends new requests any more.
  server.close();
  await once(server, 'close');
  await connection.close();
}
