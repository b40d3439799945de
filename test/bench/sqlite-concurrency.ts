/*
 * Transactions on the fallback: as many a second at concurrency 10 and 50 as one at a time, and libuv's threads stay free.
 *
 *   tsup --no-dts && tsx test/bench/sqlite-concurrency.ts [--rounds 30] [--slice 250] [--stock 5] [--build cjs]
 *
 * The three concurrencies take turns on one fallback. Stock Sequelize has `--stock` seconds at concurrency 1 and at 10 afterwards,
 * because what it has under way at the end (busy handlers asleep in libuv's threads) would hit whoever came next.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { readArguments } from './arguments.js';
import { passingFolder } from './left-behind.js';
import { describeTimes, lookupTimesDuring } from './lookups.js';
import { circumstances, medianRange, tableHead, tableRow, withQuartiles } from './markdown.js';
import { makeOperations } from './operations.js';
import { interleave, type Pace, type Turn } from './rounds.js';
import { loadLibrary, type Library } from './sequelize-copies.js';
import { oursOnSqlite, stockOnSqlite } from './sides.js';
import { ratiosOf, summaryOf } from './statistics.js';

const CONCURRENCY = [1, 10, 50] as const;
const STOCK_CONCURRENCY = [1, 10] as const;
const HEAD = ['two-statement transactions', 'concurrency', 'a second', 'to concurrency 1', '95 % of the median', 'dns.lookup beside them'];

async function main(): Promise<void> {
  const { rounds, slice, stock, build } = readArguments({ rounds: 30, slice: 250, stock: 5, build: 'esm' });
  const library = await loadLibrary(build === 'cjs' ? 'cjs' : 'esm');
  const folder = passingFolder();
  console.log(`${rounds} rounds of ${slice} ms; ${circumstances(['sequelize', 'sqlite3'])}\n`);
  console.log(`dns.lookup with nothing beside it: ${describeTimes(await lookupTimesDuring(() => sleep(1_000)))}\n`);
  console.log(tableHead(HEAD));
  await measureOurs(library, folder, { rounds, sliceMs: slice, collectsGarbage: false });
  await measureStock(folder, stock * 1_000);
  // Stock transactions that wait for a lock would keep the process for a minute.
  process.exit(0);
}

async function measureOurs(library: Library, folder: string, pace: Pace): Promise<void> {
  const ours = await oursOnSqlite(library, folder);
  const { transaction } = await makeOperations(ours.sequelize);
  let turns: Turn[][] = [];
  const times = await lookupTimesDuring(async () => {
    turns = await interleave(
      CONCURRENCY.map((concurrency) => ({ concurrency, operate: transaction })),
      pace,
    );
  });
  const rates = turns.map((side) => side.map(({ perSecond }) => perSecond));
  for (const [index, concurrency] of CONCURRENCY.entries()) {
    const [rate, ratio] = [summaryOf(rates[index] ?? []), summaryOf(ratiosOf(rates[index] ?? [], rates[0] ?? []))];
    console.log(tableRow(['ours', concurrency, withQuartiles(rate, 0), withQuartiles(ratio), medianRange(ratio), describeTimes(times)]));
  }
  await ours.close();
}

async function measureStock(folder: string, windowMs: number): Promise<void> {
  const { sequelize } = stockOnSqlite(folder, 'stock');
  const { transaction } = await makeOperations(sequelize);
  let alone = Number.NaN;
  for (const concurrency of STOCK_CONCURRENCY) {
    let perSecond = 0;
    const times = await lookupTimesDuring(async () => {
      perSecond = await endedPerSecond(transaction, concurrency, windowMs);
    });
    if (concurrency === 1) alone = perSecond;
    const window = `one window of ${windowMs / 1_000} s`;
    console.log(
      tableRow(['stock Sequelize', concurrency, perSecond.toFixed(1), (perSecond / alone).toFixed(3), window, describeTimes(times)]),
    );
  }
}

/** How many ended per second of a window. What is under way at its end is left alone, and one that fails does not count. */
async function endedPerSecond(operate: () => Promise<unknown>, concurrency: number, windowMs: number): Promise<number> {
  const endsAtMs = performance.now() + windowMs;
  let ended = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < endsAtMs) {
      const isDone = await operate().then(
        () => true,
        () => false,
      );
      if (isDone && performance.now() < endsAtMs) ended += 1;
    }
  };
  await Promise.race([Promise.all(Array.from({ length: concurrency }, worker)), sleep(windowMs)]);
  return (ended * 1_000) / windowMs;
}

await main();
