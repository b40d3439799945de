/*
 * What a probe of the platform costs: the handlers by themselves, and over HTTP while the databases work, and while PostgreSQL is frozen.
 *
 *   tsx test/bench/health.ts [--seconds 10] [--rate 100]
 *
 * Requests come from processes of their own, at a steady `--rate` a second for each route. `control` is a handler that does nothing but
 * end the response: what it takes is the machine's and Node's. Under load, as many requests again ask the database. While PostgreSQL
 * is frozen, 50 calls and those requests wait for it; the time in which its loss is noticed is part of what is measured.
 */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Sequelize } from 'sequelize';
import { createResilientConnection, type HealthHandlers, healthHandlers, type ResilientConnection } from '../../src/index.js';
import { type LoadResult, startLoad } from '../health/http-load.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { readArguments } from './arguments.js';
import { circumstances, tableHead, tableRow, withQuartiles } from './markdown.js';
import { quantile, summaryOf } from './statistics.js';

const ROUNDS = 30;
const CALLS_A_ROUND = 10_000;
const WAITING_CALLS = 50;
const PROBED = ['live', 'ready', 'control'] as const;

interface Pace {
  readonly seconds: number;
  readonly rate: number;
}

async function main(): Promise<void> {
  const pace = readArguments({ seconds: 10, rate: 100 });
  const server = await startPostgres();
  const connection = await connectTo(server);
  try {
    console.log(`${pace.seconds} s, ${pace.rate} requests a second for each route; ${circumstances(['sequelize', 'pg'])}\n`);
    const handlers = healthHandlers(connection);
    printCalls(handlers);
    await measureHttp(server, connection, handlers, pace);
    console.log(`\n${circumstances([])} at the end`);
  } finally {
    await server.thaw();
    await connection.close({ timeout: 1_000 });
    await server.dispose();
  }
}

async function connectTo({ host, port, user: username, password, database }: PostgresServer): Promise<ResilientConnection> {
  return createResilientConnection({
    serviceName: 'shop',
    primary: { host, port, username, password, database, logging: false },
    options: { allowSQLiteFallback: false, maxWait: 60_000 },
    logger: false,
  });
}

function printCalls(handlers: HealthHandlers): void {
  console.log(tableHead(['handler', 'µs a call, median [quartiles] of 30 rounds']));
  const response = { headersSent: false, writeHead: () => undefined, end: () => undefined };
  for (const name of ['live', 'ready', 'database'] as const) {
    const rounds = Array.from({ length: ROUNDS }, () => microsecondsACall(() => handlers[name]({ method: 'GET' }, response)));
    console.log(tableRow([name, withQuartiles(summaryOf(rounds))]));
  }
}

function microsecondsACall(call: () => void): number {
  const startedAtMs = performance.now();
  for (let count = 0; count < CALLS_A_ROUND; count++) call();
  return ((performance.now() - startedAtMs) * 1_000) / CALLS_A_ROUND;
}

async function measureHttp(postgres: PostgresServer, connection: ResilientConnection, handlers: HealthHandlers, pace: Pace): Promise<void> {
  const server = createServer(routesOf(handlers, connection.sequelize)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Code that was never run is slow.
  await Promise.all([startLoad(planOf(url, PROBED, { ...pace, seconds: 2 })), startLoad(planOf(url, ['work'], pace))].map(resultsOf));
  console.log(
    `\n${tableHead(['PostgreSQL', 'route', 'answers', 'p50, ms', 'p99, ms', 'longest, ms', 'state at the end', "event loop's p99 delay, ms"])}`,
  );
  const print = printer(connection);
  await print('idle', startLoad(planOf(url, PROBED, pace)));
  const working = startLoad(planOf(url, ['work'], { ...pace, seconds: pace.seconds + 2 }));
  await working.begun;
  await print('under load', startLoad(planOf(url, PROBED, pace)));
  await working.results;

  const waiting = startLoad(planOf(url, ['work'], { ...pace, seconds: pace.seconds + 2 }));
  const probing = startLoad(planOf(url, PROBED, pace));
  await Promise.all([waiting.begun, probing.begun]);
  await postgres.freeze();
  const calls = Array.from({ length: WAITING_CALLS }, () => connection.sequelize.query('SELECT 1').catch(() => undefined));
  await print('frozen, under load', probing);
  await waiting.results;
  await postgres.thaw();
  await Promise.all(calls);
  server.close();
  server.closeAllConnections();
}

function routesOf({ live, ready }: HealthHandlers, sequelize: Sequelize): RequestListener {
  return (request, response) => {
    if (request.url === '/live') return live(request, response);
    if (request.url === '/ready') return ready(request, response);
    if (request.url === '/control') return void response.end('{}');
    sequelize.query('SELECT 1 AS one').then(
      () => response.end('{}'),
      () => response.writeHead(503).end(),
    );
  };
}

const planOf = (url: string, routes: readonly string[], { seconds, rate }: Pace) => ({
  forMs: seconds * 1_000,
  routes: routes.map((route) => ({ url: `${url}/${route}`, perSecond: rate })),
});

const resultsOf = ({ results }: ReturnType<typeof startLoad>): Promise<readonly LoadResult[]> => results;

function printer(connection: ResilientConnection) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  return async (situation: string, { begun, results }: ReturnType<typeof startLoad>): Promise<void> => {
    await begun;
    delay.reset();
    delay.enable();
    const measured = await results;
    delay.disable();
    const { state, queued } = connection.getStatus();
    for (const { url, timesMs, codes, unanswered } of measured) {
      const sorted = [...timesMs].sort((a, b) => a - b);
      const times = [quantile(sorted, 0.5), quantile(sorted, 0.99), sorted.at(-1) ?? Number.NaN].map((ms) => ms.toFixed(2));
      const answers = [
        ...Object.entries(codes).map(([code, count]) => `${count} × ${code}`),
        ...(unanswered > 0 ? [`${unanswered} none`] : []),
      ];
      const waiting = queued > 0 ? `${state}, ${queued} calls wait` : state;
      console.log(
        tableRow([situation, new URL(url).pathname, answers.join(', '), ...times, waiting, (delay.percentile(99) / 1e6).toFixed(1)]),
      );
    }
  };
}

await main();
