import { lookup } from 'node:dns/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { closeFixtures, openFixture, type Fixture } from './sqlite-fixture.js';

afterEach(closeFixtures);

const ROUNDS = Number(process.env['SQLITE_ROUNDS'] ?? 5);
const ROUND_MS = Number(process.env['SQLITE_ROUND_MS'] ?? 250);
const CONCURRENCY = [1, 10, 50] as const;

let names = 0;

const insertAndUpdate = ({ sequelize, accounts }: Fixture) =>
  sequelize.transaction(async (transaction) => {
    const row = await accounts.create({ name: `n${(names += 1)}` }, { transaction });
    await accounts.update({ balance: 1 }, { where: { id: row.id }, transaction });
  });

/** Runs transactions for a while and answers how many ended per second. */
async function transactionsPerSecond(fixture: Fixture, concurrency: number): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  const worker = async () => {
    for (; performance.now() - startedAt < ROUND_MS; count += 1) await insertAndUpdate(fixture);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return (count * 1_000) / (performance.now() - startedAt);
}

/** Looks a name up again and again, which needs a free libuv thread, until `isOver`. */
async function lookupTimesMs(isOver: () => boolean): Promise<number[]> {
  const times: number[] = [];
  while (!isOver()) {
    const startedAt = performance.now();
    await lookup('localhost');
    times.push(performance.now() - startedAt);
    await sleep(2);
  }
  return times.sort((a, b) => a - b);
}

const quantile = (sorted: number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const median = (values: number[]): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );

describe('two-statement transactions', () => {
  it('are about as many per second at concurrency 10 and 50 as one at a time, and leave libuv threads free', async () => {
    const fixture = await openFixture();
    const rates = new Map<number, number[]>(CONCURRENCY.map((concurrency) => [concurrency, []]));
    await transactionsPerSecond(fixture, 10);
    let isOver = false;
    const lookups = lookupTimesMs(() => isOver);
    // Interleaved, so that other load on the machine meets all three alike.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const concurrency of CONCURRENCY) rates.get(concurrency)?.push(await transactionsPerSecond(fixture, concurrency));
    }
    isOver = true;
    const times = await lookups;
    const [one = Number.NaN, ten = 0, fifty = 0] = CONCURRENCY.map((concurrency) => median(rates.get(concurrency) ?? []));
    const figures = {
      one,
      ten,
      fifty,
      tenToOne: ten / one,
      fiftyToOne: fifty / one,
      lookups: times.length,
      lookupP50: quantile(times, 0.5),
      lookupP99: quantile(times, 0.99),
      lookupMax: times.at(-1),
    };
    if (process.env['SQLITE_ROUNDS'] !== undefined) console.info(figures);
    expect(figures.tenToOne).toBeGreaterThan(0.6);
    expect(figures.fiftyToOne).toBeGreaterThan(0.6);
    expect(figures.lookupP99).toBeLessThan(200);
  }, 120_000);
});
