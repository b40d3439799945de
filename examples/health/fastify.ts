import { setTimeout as sleep } from 'node:timers/promises';
import { fastify, type RouteHandlerMethod } from 'fastify';
import { register } from 'prom-client';
import { configFromEnv, type HealthHandlers, healthHandlers, ResilientConnection } from 'sequelize-resilient';
import { registerMetrics } from 'sequelize-resilient/metrics';

// Not `await createResilientConnection()`: the probes of the platform are answered while the databases are still awaited.
const connection = new ResilientConnection({ ...configFromEnv(), serviceName: 'shop' });
let stopping = false;
const health = healthHandlers({ getStatus: () => ({ ...connection.getStatus(), ...(stopping && { state: 'closed' as const }) }) });
registerMetrics(connection);

const app = fastify();
app.get('/health/live', raw(health.live));
app.get('/health/ready', raw(health.ready));
app.get('/health/database', raw(health.database));
app.get('/metrics', async (_request, reply) => reply.type(register.contentType).send(await register.metrics()));
await app.listen({ host: '::', port: Number(process.env['PORT'] ?? 3000) });

process.once('SIGTERM', () => void stop());

/** The handler answers by itself, without Fastify's hooks. */
function raw(handler: HealthHandlers[keyof HealthHandlers]): RouteHandlerMethod {
  return (request, reply) => handler(request.raw, reply.hijack().raw);
}

async function stop(): Promise<void> {
  stopping = true;
  await sleep(Number(process.env['DRAIN_MS'] ?? 5000)); // Until no balancer sends new requests any more.
  await app.close();
  await connection.close();
}
