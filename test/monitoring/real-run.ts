import { setTimeout as sleep } from 'node:timers/promises';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { Wire } from '../outcomes/wire.js';
import { type Frame, linesOf } from './frame.js';
import { type MeasuredService, startMeasured } from './measured-service.js';

/** What a service answered to scrapes before, in and after an outage. */
interface Outage {
  readonly healthy: Frame;
  readonly lost: Frame;
  readonly returned: Frame;
}

interface Troubles {
  readonly unknown: Frame;
  readonly exhausted: Frame;
  readonly refused: Frame;
  readonly readOnly: Frame;
}

/** Scrapes of services that lived through real faults. */
export interface RealRun {
  /** In staging, where the fallback is allowed; `flapping` after it lost PostgreSQL twice more. */
  readonly staging: Outage & { readonly flapping: Frame };
  /** With a write whose outcome nobody knows, with a pool that is used up, with probes that are refused, on a read-only server. */
  readonly production: Outage & Troubles;
  readonly development: Outage;
  /** On Kubernetes without NODE_ENV, with the fallback allowed. */
  readonly unknown: Outage;
}

const ON_KUBERNETES = '10.0.0.1';

/** Lets four services live through what alerts are about, on a PostgreSQL of their own. */
export async function realRun(): Promise<RealRun> {
  const server = await startPostgres();
  const wire = await Wire.start(server);
  const started: MeasuredService[] = [];
  const start = async (...given: Parameters<typeof startMeasured>): Promise<MeasuredService> => {
    const service = await startMeasured(...given);
    started.push(service);
    return service;
  };
  try {
    await server.query(`CREATE ROLE till LOGIN SUPERUSER PASSWORD 'first'`);
    const till = { host: wire.host, port: wire.port, username: 'till', password: 'first', pool: { max: 1, acquire: 20_000 } };
    const services = {
      staging: await start(server, {
        serviceName: 'shop',
        env: { NODE_ENV: 'staging', KUBERNETES_SERVICE_HOST: ON_KUBERNETES },
        allowSQLiteFallback: true,
      }),
      production: await start(server, { serviceName: 'till', env: { NODE_ENV: 'production', KUBERNETES_SERVICE_HOST: '' }, primary: till }),
      development: await start(server, { serviceName: 'desk', env: { NODE_ENV: '', KUBERNETES_SERVICE_HOST: '' } }),
      unknown: await start(server, {
        serviceName: 'lab',
        env: { NODE_ENV: '', KUBERNETES_SERVICE_HOST: ON_KUBERNETES },
        allowSQLiteFallback: true,
      }),
    };
    const healthy = await scraped(services);
    const troubled = await troubles(services.production, server, wire);
    const lost = await lose(services, server);
    const returned = await restore(services, server);
    for (let losses = 2; losses <= 3; losses += 1) {
      await lose({ staging: services.staging }, server);
      await restore({ staging: services.staging }, server);
    }
    const of = (name: keyof typeof services): Outage => ({ healthy: healthy[name], lost: lost[name], returned: returned[name] });
    return {
      staging: { ...of('staging'), flapping: await services.staging.scrape() },
      production: { ...of('production'), ...troubled },
      development: of('development'),
      unknown: of('unknown'),
    };
  } finally {
    await Promise.all(started.map(({ connection }) => connection.close({ timeout: 500 })));
    await wire.close();
    await server.dispose();
  }
}

type Services = Readonly<Record<string, MeasuredService>>;

async function scraped<Some extends Services>(services: Some): Promise<Record<keyof Some, Frame>> {
  const frames = await Promise.all(Object.entries(services).map(async ([name, { scrape }]) => [name, await scrape()] as const));
  return Object.fromEntries(frames) as Record<keyof Some, Frame>;
}

const untilAll = (services: Services, isThere: (state: string, name: string) => boolean, what: string): Promise<unknown> =>
  waitFor(() => Object.entries(services).every(([name, { connection }]) => isThere(connection.getStatus().state, name)), {
    what,
    timeoutMs: 30_000,
  });

async function lose<Some extends Services>(services: Some, server: PostgresServer): Promise<Record<keyof Some, Frame>> {
  await server.kill();
  const away = (state: string, name: string): boolean => state === (name === 'production' ? 'unavailable' : 'fallback');
  await untilAll(services, away, 'the loss to be noticed');
  for (const { connection, orders } of Object.values(services)) {
    if (connection.getStatus().fallback) await orders.create({ name: 'during' });
  }
  return scraped(services);
}

async function restore<Some extends Services>(services: Some, server: PostgresServer): Promise<Record<keyof Some, Frame>> {
  await server.start();
  await untilAll(services, (state) => state === 'primary', 'the return');
  return scraped(services);
}

/** What befalls a service that stays on PostgreSQL. */
async function troubles({ connection, orders, scrape }: MeasuredService, server: PostgresServer, wire: Wire): Promise<Troubles> {
  const lost = wire.trap(/^INSERT INTO "orders"/, 'lose-reply');
  await Promise.all([orders.create({ name: 'doubtful' }).catch(() => undefined), lost]);
  const unknown = await scrape();

  const long = connection.sequelize.query('SELECT pg_sleep(2)');
  await sleep(100);
  const behind = orders.count();
  const exhausted = await waitFor(
    async () => {
      const frame = await scrape();
      return linesOf(frame).some(({ name, value }) => name === 'database_pool_waiting' && value === '1') ? frame : undefined;
    },
    { what: 'a call to wait for the pool' },
  );
  await Promise.all([long, behind]);

  const endProbes = () =>
    server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'till' AND application_name LIKE '% probe'`);
  await server.query(`ALTER ROLE till PASSWORD 'second'`);
  await endProbes();
  await waitFor(() => connection.getStatus().primary.reachable === false, { what: 'the probe to be refused' });
  const refused = await scrape();
  await server.query(`ALTER ROLE till PASSWORD 'first'`);
  await waitFor(() => connection.getStatus().primary.reachable === true, { what: 'the probe to pass' });

  await server.query('ALTER ROLE till SET default_transaction_read_only = on');
  await endProbes();
  await waitFor(() => connection.getStatus().reason === 'not-primary', { what: 'the server to be read-only' });
  const readOnly = await scrape();
  await server.query('ALTER ROLE till RESET default_transaction_read_only');
  await endProbes();
  await waitFor(() => connection.getStatus().reason === null, { what: 'the server to take writes' });
  return { unknown, exhausted, refused, readOnly };
}
