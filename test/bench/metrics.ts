/*
 * What the metrics cost: on the healthy path of PostgreSQL, and for a scrape while all is busy.
 *
 *   npm run bench:metrics -- [--rounds 14] [--slice 1000] [--every 1000]
 *
 * Three connections of the library take turns, each with a database of its own: two without metrics, whose ratio is the control, and
 * one with `registerMetrics()` whose registry is scraped in the middle of each second. What the library counts it counts on all three.
 * With `--every 10` a scrape comes each 10 ms instead: a hundred times the cost, which is seen where noise hides the usual one.
 */
import type { Registry } from 'prom-client';
import { nothingKnown } from '../../src/failover/primary-facts.js';
import { Events } from '../../src/events.js';
import { initialState } from '../../src/failover/state.js';
import { Totals } from '../../src/health/totals.js';
import type { registerMetrics } from '../../src/metrics/index.js';
import { startPostgres } from '../support/postgres-server.js';
import { readArguments } from './arguments.js';
import { passingFolder } from './left-behind.js';
import { circumstances, medianRange, tableHead, tableRow, withQuartiles } from './markdown.js';
import { makeOperations, type OperationName, type Operations, TITLES } from './operations.js';
import { interleave, type Pace, type Side } from './rounds.js';
import { loadLibrary } from './sequelize-copies.js';
import { oursOnPostgres } from './sides.js';
import { quantile, ratiosOf, summaryOf } from './statistics.js';

const LINES: readonly OperationName[] = ['findByPk', 'create', 'transaction'];
const CONCURRENCY = [1, 10] as const;
const HEAD = [
  ...['line', 'concurrency', 'with ÷ without', '95 % of the median', 'without ÷ without (control)', 'without, ops/s'],
  ...['CPU time, with ÷ without', '95 % of the median', 'control'],
];
async function main(): Promise<void> {
  const { rounds, slice, every } = readArguments({ rounds: 14, slice: 1_000, every: 1_000 });
  const library = await loadLibrary('esm');
  const metrics = (await import(new URL('../../dist/metrics.js', import.meta.url).href)) as { registerMetrics: typeof registerMetrics };
  const { Registry: RegistryClass } = await import('prom-client');
  console.log(`${rounds} rounds of ${slice} ms a side, a scrape each ${every} ms; ${circumstances(['sequelize', 'pg', 'prom-client'])}\n`);
  const server = await startPostgres({ settings: { autovacuum: 'off' } });
  try {
    const subjects = [];
    for (let side = 0; side < 3; side += 1) subjects.push(await oursOnPostgres(library, server, passingFolder()));
    const register = new RegistryClass();
    const measured = subjects[2];
    if (measured !== undefined) metrics.registerMetrics(measured.connection, { register, prefix: 'exprsn_' });
    const operations = [];
    for (const { sequelize } of subjects) operations.push(await makeOperations(sequelize));
    const scraping = (run: () => Promise<void>): Promise<void> => whileScraping(register, every, run);
    await compareAll(operations, scraping, { rounds, sliceMs: slice });
    await timeScrapes(operations[2] as Operations, register);
    priceOfCounting();
    await Promise.all(subjects.map((subject) => subject.close()));
  } finally {
    await server.dispose();
  }
  console.log(`\n${circumstances([])} at the end`);
}

async function compareAll(operations: readonly Operations[], around: NonNullable<Side['around']>, pace: Pace): Promise<void> {
  console.log(tableHead(HEAD));
  for (const operation of LINES) {
    for (const concurrency of CONCURRENCY) {
      const sides: Side[] = operations.map((side) => ({ concurrency, operate: side[operation] }));
      const [plainA, plainB, scraped] = sides as [Side, Side, Side];
      const turns = await interleave([plainA, plainB, { ...scraped, around }], pace);
      const rates = turns.map((side) => side.map(({ perSecond }) => perSecond));
      const times = turns.map((side) => side.map(({ cpuUs }) => cpuUs));
      const without = summaryOf(rates.slice(0, 2).flat()).median.toFixed(0);
      console.log(tableRow([TITLES[operation], concurrency, ...cellsOf(rates), without, ...cellsOf(times)]));
    }
  }
}

/** Scrapes in the middle of each interval, and waits for none that has not begun. */
async function whileScraping(register: Registry, everyMs: number, run: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const scrapeAfter = (delayMs: number): void => {
    timer = setTimeout(() => {
      void register.metrics();
      scrapeAfter(everyMs);
    }, delayMs);
  };
  scrapeAfter(everyMs / 2);
  try {
    await run();
  } finally {
    clearTimeout(timer);
  }
}

function cellsOf([plainA = [], plainB = [], measured = []]: readonly number[][]): string[] {
  const means = plainA.map((figure, round) => (figure + (plainB[round] ?? Number.NaN)) / 2);
  const toPlain = summaryOf(ratiosOf(measured, means));
  return [withQuartiles(toPlain, 3), medianRange(toPlain, 3), withQuartiles(summaryOf(ratiosOf(plainB, plainA)), 3)];
}

/** Ten callers work without a pause, and some five hundred scrapes come in between, 10 ms apart. */
async function timeScrapes({ findByPk }: Operations, register: Registry): Promise<void> {
  let goesOn = true;
  const callers = Array.from({ length: 10 }, async () => {
    while (goesOn) await findByPk();
  });
  const [synchronous, all, cpu]: [number[], number[], number[]] = [[], [], []];
  for (let scrape = 0; scrape < 600; scrape += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const cpuAtStart = process.cpuUsage();
    const startedAtMs = performance.now();
    const text = register.metrics();
    const readAtMs = performance.now();
    await text;
    const { user, system } = process.cpuUsage(cpuAtStart);
    // Code is compiled during the first ones.
    if (scrape < 100) continue;
    synchronous.push((readAtMs - startedAtMs) * 1000);
    all.push((performance.now() - startedAtMs) * 1000);
    cpu.push(user + system);
  }
  goesOn = false;
  await Promise.all(callers);
  console.log(`\n${tableHead(['a scrape while ten callers work', 'median [quartiles], µs', '99 %, µs'])}`);
  console.log(scrapeRow('the reading of all values, which is synchronous', synchronous));
  console.log(scrapeRow('until the text is there', all));
  console.log(scrapeRow('processor time of the whole process until then', cpu));
}

function scrapeRow(title: string, timesUs: readonly number[]): string {
  const sorted = [...timesUs].sort((one, other) => one - other);
  return tableRow([title, withQuartiles(summaryOf(timesUs), 0), quantile(sorted, 0.99).toFixed(0)]);
}

/** What an event costs with and without the one who counts. On the healthy path there is one each `healthCheckInterval`. */
function priceOfCounting(): void {
  const state = initialState(0);
  const primary = { ...nothingKnown(), reachable: true };
  const totals = new Totals({ fallbackAllowed: true, nowMs: () => performance.now(), state: () => state, primary });
  const [bare, counted] = [new Events(() => undefined), new Events(() => undefined)];
  counted.witnessedBy((event, payload) => totals.note(event, payload));
  const nanosecondsOf = (events: Events): number => {
    const startedAtMs = performance.now();
    for (let time = 0; time < 200_000; time += 1) events.emit('healthCheckPassed', { durationMs: time % 7 });
    return ((performance.now() - startedAtMs) * 1e6) / 200_000;
  };
  const rounds = Array.from({ length: 12 }, () => [nanosecondsOf(bare), nanosecondsOf(counted)] as const).slice(2);
  const [without, withIt] = [0, 1].map((side) => summaryOf(rounds.map((round) => round[side as 0 | 1])));
  if (without === undefined || withIt === undefined) return;
  console.log(`\nAn event that nobody listens to: ${withQuartiles(without, 0)} ns, and with the counting ${withQuartiles(withIt, 0)} ns`);
}

await main();
