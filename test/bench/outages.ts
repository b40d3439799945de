/*
 * What an outage costs the callers: this library, with and without a fallback, beside plain Sequelize + pg.
 *
 *   npm run bench:outages -- [--rounds 3]
 *
 * One PostgreSQL server, and for each side a database, a pool of five and a proxy of its own. On each side ten loops read and write
 * with pauses of 20 ms. Every fault meets all sides at the same moment; each outage begins with connections that are new. All
 * options are the defaults. A cell is the median of the rounds [least–most].
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { readArguments } from './arguments.js';
import { passingFolder } from './left-behind.js';
import { circumstances, tableHead, tableRow } from './markdown.js';
import { startCalls } from './outages-calls.js';
import { type Fault, FAULTS } from './outages-faults.js';
import { backMs, type Figures, figuresOf, type Moments } from './outages-figures.js';
import { openSide, SIDES } from './outages-sides.js';
import { summaryOf } from './statistics.js';

const WARM_UP_MS = 1_500;
/** How long is waited after the repair for a side to be back on PostgreSQL. */
const BACK_BOUND_MS = 15_000;
/** For failures that come late. */
const AFTERWARDS_MS = 1_000;
const CLOSE_BOUND_MS = 3_000;
const HEAD = [
  'fault',
  'side',
  'noticed after',
  'first good answer after',
  'failed calls',
  'of',
  'failed as',
  'took > 5 s',
  'PostgreSQL again',
];

async function main(): Promise<void> {
  const { rounds } = readArguments({ rounds: 3 });
  console.log(`${rounds} rounds; ${circumstances(['sequelize', 'pg', 'sqlite3'])}\n`);
  console.log(tableHead(HEAD));
  const server = await startPostgres();
  const folder = passingFolder();
  for (const fault of FAULTS) {
    const outages: Figures[][] = [];
    for (let round = 0; round < rounds; round += 1) outages.push(await oneOutage(fault, server, folder));
    for (const [at, side] of SIDES.entries())
      console.log(
        rowOf(
          fault,
          side,
          outages.flatMap((sides) => sides[at] ?? []),
        ),
      );
  }
  await server.dispose();
  console.log(`\n${circumstances([])} at the end`);
  // A plain side may still wait for connections that nobody answers.
  process.exit(0);
}

/** Makes the fault happen to all sides once, and answers with what each did. */
async function oneOutage(fault: Fault, server: PostgresServer, folder: string): Promise<Figures[]> {
  const sides = await Promise.all(SIDES.map((name) => openSide(name, server, folder)));
  const workloads = sides.map(startCalls);
  await sleep(WARM_UP_MS);
  const faultBeganMs = performance.now();
  await fault.strike(server, sides);
  const faultDoneMs = performance.now();
  await sleep(fault.lengthMs - (faultDoneMs - faultBeganMs));
  let repair: Moments['repair'];
  if (fault.repair !== undefined) {
    const beganMs = performance.now();
    await fault.repair(server, sides);
    repair = { beganMs, doneMs: performance.now() };
    const isBack = () => workloads.every(({ calls }) => backMs(calls, { repair }) !== undefined);
    while (!isBack() && performance.now() - repair.doneMs < BACK_BOUND_MS) await sleep(20);
    await sleep(AFTERWARDS_MS);
  }
  const moments = { faultBeganMs, faultDoneMs, repair, endMs: performance.now() };
  const figures = sides.map((side, at) =>
    figuresOf(workloads[at]?.calls ?? [], moments, side.name === 'plain Sequelize' ? 'first error' : side.lostAtMs()),
  );
  await Promise.all(workloads.map((workload) => workload.stop(CLOSE_BOUND_MS)));
  await Promise.race([Promise.allSettled(sides.map((side) => side.close())), sleep(CLOSE_BOUND_MS)]);
  return figures;
}

function rowOf(fault: Fault, side: string, rounds: readonly Figures[]): string {
  const boundMs = Math.min(...rounds.map((round) => round.boundMs));
  const never = fault.repair === undefined ? '–' : `never (> ${(boundMs / 1_000).toFixed(0)} s)`;
  return tableRow([
    ...[fault.title, side],
    seconds(
      rounds.map(({ noticedMs }) => noticedMs),
      never,
    ),
    seconds(
      rounds.map(({ firstGoodMs }) => firstGoodMs),
      `> ${(boundMs / 1_000).toFixed(0)} s`,
    ),
    range(
      rounds.map(({ failed }) => failed),
      0,
    ),
    range(
      rounds.map(({ callsMade }) => callsMade),
      0,
    ),
    [...new Set(rounds.flatMap(({ errors }) => errors))]
      .sort()
      .map((name) => `\`${name}\``)
      .join(', ') || '–',
    range(
      rounds.map(({ long }) => long),
      0,
    ),
    fault.repair === undefined
      ? '–'
      : seconds(
          rounds.map((round) => round.backMs),
          `> ${BACK_BOUND_MS / 1_000} s`,
        ),
  ]);
}

/** Times as seconds; `never` stands for those that did not come. */
function seconds(timesMs: readonly (number | undefined)[], never: string): string {
  const known = timesMs.flatMap((ms) => (ms === undefined ? [] : [ms / 1_000]));
  if (known.length === 0) return never;
  const missing = timesMs.length - known.length;
  return `${range(known, 2)} s${missing === 0 ? '' : `, ${missing} times ${never}`}`;
}

function range(figures: readonly number[], digits: number): string {
  const [median, least, most] = [summaryOf(figures).median, Math.min(...figures), Math.max(...figures)].map((one) => one.toFixed(digits));
  return least === most ? String(median) : `${median} [${least}–${most}]`;
}

await main();
