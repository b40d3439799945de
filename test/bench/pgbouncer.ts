/*
 * What this library does behind PgBouncer: which connections there are, what an outage behind it looks like, what it refuses.
 *
 *   npx tsx test/bench/pgbouncer.ts
 *
 * Needs /usr/sbin/pgbouncer. One PostgreSQL server; a pool of five, all other options are the defaults.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataTypes, type Model, type ModelStatic, type QueryInterface, QueryTypes } from 'sequelize';
import { createResilientConnection, type ResilientConfig, type ResilientConnection } from '../../src/index.js';
import { startProxy } from '../support/fault-proxy.js';
import { freePort } from '../support/free-port.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { passingFolder } from './left-behind.js';
import { circumstances, tableHead, tableRow } from './markdown.js';

const MODES = ['session', 'transaction'] as const;
type Mode = (typeof MODES)[number];

const POOL_MAX = 5;
const BACK_BOUND_MS = 40_000;

interface Bouncer {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** PgBouncer in front of one database. `settings` are lines of its section `[pgbouncer]`. */
async function startBouncer(server: PostgresServer, database: string, mode: Mode, settings: readonly string[] = []): Promise<Bouncer> {
  const port = await freePort();
  const folder = passingFolder();
  chmodSync(folder, 0o755);
  const file = join(folder, 'pgbouncer.ini');
  const { user, password } = server;
  const lines = [
    '[databases]',
    `${database} = host=${server.host} port=${server.port} user=${user} password=${password}`,
    '[pgbouncer]',
    ...['listen_addr=127.0.0.1', `listen_port=${port}`, 'unix_socket_dir=', 'auth_type=any', `pool_mode=${mode}`],
    ...settings,
  ];
  writeFileSync(file, lines.join('\n'));
  // It refuses to run as root.
  const child = spawn('/usr/sbin/pgbouncer', ['-q', '-u', 'nobody', file], { stdio: 'ignore' });
  await sleep(500);
  return {
    port,
    stop: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

const connect = ({ port }: Bouncer, database: string, config: Partial<ResilientConfig> = {}): Promise<ResilientConnection> =>
  createResilientConnection({
    serviceName: 'shop',
    logger: false,
    ...config,
    primary: {
      host: '127.0.0.1',
      port,
      database,
      username: 'app',
      password: 'any',
      logging: false,
      pool: { max: POOL_MAX },
      ...config.primary,
    },
    fallback: { storageDir: passingFolder() },
    options: { allowSQLiteFallback: true, ...config.options },
  });

const itemsOf = ({ sequelize }: ResilientConnection): ModelStatic<Model> =>
  sequelize.define('items', { number: DataTypes.INTEGER }, { timestamps: false });

/** The most connections that the server had at once of each name, while some work runs. */
async function mostDuring(server: PostgresServer, database: string, work: () => Promise<unknown>): Promise<string> {
  const most = new Map<string, number>();
  let isOver = false;
  const watch = async (): Promise<void> => {
    while (!isOver) {
      const rows = await server.query<{ name: string; n: number }>(
        'SELECT application_name AS name, count(*)::int AS n FROM pg_stat_activity WHERE datname = $1 GROUP BY 1',
        [database],
      );
      for (const { name, n } of rows) most.set(name, Math.max(most.get(name) ?? 0, n));
      await sleep(5);
    }
  };
  const watching = watch();
  try {
    await work();
  } finally {
    isOver = true;
    await watching;
  }
  return [...most]
    .sort()
    .map(([name, n]) => `${n} × \`${name}\``)
    .join(', ');
}

async function load(connection: ResilientConnection, items: ModelStatic<Model>): Promise<void> {
  for (let round = 0; round < 10; round++) {
    await Promise.all(
      Array.from({ length: 40 }, (_, number) =>
        connection.sequelize.transaction(async (transaction) => {
          await items.create({ number }, { transaction });
          await items.count({ transaction });
        }),
      ),
    );
  }
}

/** How long until a condition holds. */
async function msUntil(isSo: () => boolean): Promise<number> {
  const startedAtMs = performance.now();
  while (!isSo()) {
    if (performance.now() - startedAtMs > BACK_BOUND_MS) return Number.NaN;
    await sleep(10);
  }
  return Math.round(performance.now() - startedAtMs);
}

/** PostgreSQL stops behind PgBouncer and comes back. */
async function outage(server: PostgresServer, connection: ResilientConnection, items: ModelStatic<Model>): Promise<string[]> {
  await server.stop('fast');
  const startedAtMs = performance.now();
  const calls = await Promise.allSettled(Array.from({ length: 10 }, () => items.count()));
  const answeredMs = Math.round(performance.now() - startedAtMs);
  const { state, reason } = connection.getStatus();
  await sleep(3_000);
  await server.start();
  const backMs = await msUntil(() => connection.getStatus().state === 'primary');
  const failed = calls.filter(({ status }) => status === 'rejected').length;
  return [`${failed} of ${calls.length} reads`, `${answeredMs} ms`, `${state}, ${reason ?? 'none'}`, `${backMs} ms`];
}

/** Statements that last longer than the probes' patience, as many as PgBouncer has connections to the server. */
async function saturated(server: PostgresServer, database: string, mode: Mode, reserve: readonly string[]): Promise<string> {
  const bouncer = await startBouncer(server, database, mode, ['default_pool_size=3', ...reserve]);
  const connection = await connect(bouncer, database);
  const switches: string[] = [];
  connection.on('failover', ({ reason }) => void switches.push(reason));
  await Promise.allSettled(Array.from({ length: 3 }, () => connection.sequelize.query('SELECT pg_sleep(4)')));
  await connection.close();
  await bouncer.stop();
  return switches.length === 0 ? 'stays on PostgreSQL' : `fails over (${switches.join(', ')})`;
}

/** What the library says of a transaction that PostgreSQL committed and whose reply was lost before PgBouncer's client had it. */
async function commitInDoubt(server: PostgresServer, database: string, mode: Mode): Promise<string> {
  const bouncer = await startBouncer(server, database, mode);
  const proxy = await startProxy({ host: '127.0.0.1', port: bouncer.port });
  const connection = await connect({ ...bouncer, port: proxy.port }, database);
  const items = itemsOf(connection);
  await items.sync();
  const outcomes: string[] = [];
  connection.on('outcome', ({ kind, outcome }) => void outcomes.push(`${kind} ${outcome}`));
  const before = await items.count();
  await proxy.lostCommitReply();
  const done = connection.sequelize.transaction((transaction) => items.create({ number: 1 }, { transaction }));
  const answer = await done.then(
    () => 'the caller has its result',
    (error: unknown) => String(error),
  );
  await proxy.restore();
  const rows = (await server.query<{ n: number }>('SELECT count(*)::int AS n FROM items', [], database))[0]?.n ?? 0;
  await connection.close();
  await proxy.close();
  await bouncer.stop();
  return `${answer}; ${outcomes.join(', ')}; ${rows - before} row stored`;
}

/** Three connections, as three replicas have them, that find the same migration to run at once. */
async function migrations(server: PostgresServer, mode: Mode): Promise<string> {
  const database = await server.createDatabase();
  const bouncer = await startBouncer(server, database, mode);
  let runs = 0;
  const up = async ({ context }: { context: QueryInterface }): Promise<void> => {
    runs += 1;
    await sleep(500);
    await context.createTable('rooms', { id: { type: DataTypes.INTEGER, primaryKey: true } });
  };
  const schema: ResilientConfig['schema'] = { primary: { migrations: [{ name: '1-rooms', up }] } };
  const connections = await Promise.all([0, 1, 2].map(() => connect(bouncer, database, { schema })));
  const states = connections.map((connection) => connection.getStatus().state);
  await Promise.all(connections.map((connection) => connection.close()));
  await bouncer.stop();
  return `${states.join(', ')}; run ${runs} time`;
}

/** What becomes of startup parameters that PgBouncer does not know. */
async function withParameter(
  server: PostgresServer,
  database: string,
  dialectOptions: object,
  settings: readonly string[],
): Promise<string> {
  const bouncer = await startBouncer(server, database, 'transaction', settings);
  try {
    const connection = await connect(bouncer, database, {
      primary: { dialectOptions },
      options: { allowSQLiteFallback: false, maxRetries: 0 },
    });
    const [row] = await connection.sequelize.query<{ path: string }>("SELECT current_setting('search_path') AS path", {
      type: QueryTypes.SELECT,
    });
    await connection.close();
    return `connects; search_path is ${row?.path ?? ''}`;
  } catch (error) {
    return (error as Error & { cause?: Error }).cause?.message ?? String(error);
  } finally {
    await bouncer.stop();
  }
}

async function measured(server: PostgresServer, mode: Mode, settings: readonly string[] = []): Promise<void> {
  const database = await server.createDatabase();
  const bouncer = await startBouncer(server, database, mode, settings);
  const connection = await connect(bouncer, database);
  const items = itemsOf(connection);
  await items.sync();
  const most = await mostDuring(server, database, () => load(connection, items));
  const figures = await outage(server, connection, items);
  await connection.close();
  await bouncer.stop();
  console.log(tableRow([[mode, ...settings].join(', '), most, ...figures]));
}

async function main(): Promise<void> {
  const server = await startPostgres();
  try {
    console.log(`${circumstances(['sequelize', 'pg'])}\n`);
    console.log(tableHead(['mode', 'most connections under load', 'failed', 'answered after', 'state then', 'PostgreSQL again']));
    for (const mode of MODES) await measured(server, mode);
    await measured(server, 'transaction', ['server_login_retry=1']);
    const database = await server.createDatabase();
    console.log(`\n${tableHead(['three statements of 4 s, default_pool_size=3', 'seen'])}`);
    for (const mode of MODES) console.log(tableRow([mode, await saturated(server, database, mode, [])]));
    const reserve = ['reserve_pool_size=1', 'reserve_pool_timeout=0.1'];
    console.log(tableRow([`transaction, ${reserve.join(', ')}`, await saturated(server, database, 'transaction', reserve)]));
    console.log(`\n${tableHead(['a COMMIT without a reply', 'seen'])}`);
    for (const mode of MODES) console.log(tableRow([mode, await commitInDoubt(server, database, mode)]));
    console.log(`\n${tableHead(['three connections with one migration', 'seen'])}`);
    for (const mode of MODES) console.log(tableRow([mode, await migrations(server, mode)]));
    console.log(`\n${tableHead(['startup parameter', 'seen'])}`);
    const path = { options: '-c search_path=other' };
    console.log(tableRow(['options', await withParameter(server, database, path, [])]));
    console.log(tableRow(['options, ignored', await withParameter(server, database, path, ['ignore_startup_parameters=options'])]));
    console.log(tableRow(['statement_timeout', await withParameter(server, database, { statement_timeout: 5000 }, [])]));
  } finally {
    await server.dispose();
  }
}

await main();
