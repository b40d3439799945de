/*
 * What the library costs while all is well: interleaved with plain Sequelize in one process for each database.
 *
 *   npm run bench -- [--rounds 30] [--slice 150] [--build cjs] [--database sqlite|parity]
 *
 * Three sides take turns of `--slice` milliseconds on each line: two plain ones, each with a copy of Sequelize and a database of
 * its own, and the library. A ratio is made of the figures of one round: the library's throughput to the mean of the two plain
 * ones, and as the control that of one plain side to the other's, which shows what is noise. Processor time for an operation
 * (less is better) is divided alike; it stays true on a machine that others use too.
 *
 * `--database parity` compares the library with itself on PostgreSQL: `parity: 'warn'` to two sides that have it off.
 */
import { startPostgres } from '../support/postgres-server.js';
import { eachDatabaseApart, endWithParent } from './apart.js';
import { readArguments } from './arguments.js';
import { passingFolder } from './left-behind.js';
import { circumstances, medianRange, tableHead, tableRow, withQuartiles } from './markdown.js';
import { makeOperations, OPERATION_NAMES, TITLES, type OperationName, type Operations } from './operations.js';
import { interleave, type Pace } from './rounds.js';
import { loadLibrary, type Library } from './sequelize-copies.js';
import { oursOnPostgres, oursOnSqlite, plainOnPostgres, plainOnSqlite, type Subject } from './sides.js';
import { ratiosOf, summaryOf } from './statistics.js';

const CONCURRENCY = [1, 20] as const;
const HEAD = [
  ...['database', 'line', 'concurrency', 'ours ÷ plain', '95 % of the median', 'plain ÷ plain (control)', 'plain, ops/s'],
  ...['CPU time, ours ÷ plain', '95 % of the median', 'control'],
];

interface Comparison {
  readonly database: string;
  readonly operation: OperationName;
  readonly concurrency: number;
}

async function main(): Promise<void> {
  const { rounds, slice, build, database } = readArguments({ rounds: 30, slice: 150, build: 'esm', database: 'each' });
  const pace = { rounds, sliceMs: slice };
  if (database === 'each') {
    console.log(`${rounds} rounds of ${slice} ms a side, ${build}; ${circumstances(['sequelize', 'pg', 'sqlite3'])}\n`);
    console.log(tableHead(HEAD));
    await eachDatabaseApart();
    console.log(`\n${circumstances([])} at the end`);
    return;
  }
  endWithParent();
  const library = await loadLibrary(build === 'cjs' ? 'cjs' : 'esm');
  await (COMPARISONS[database] ?? compareOnPostgres)(library, pace);
}

const COMPARISONS: Readonly<Record<string, typeof compareOnPostgres>> = { sqlite: compareOnSqlite, parity: compareGuard };

async function compareGuard(library: Library, pace: Pace): Promise<void> {
  const server = await startPostgres({ settings: { autovacuum: 'off' } });
  try {
    const subjects = [];
    for (const parity of ['off', 'off', 'warn'] as const) {
      subjects.push(await oursOnPostgres(library, server, passingFolder(), parity));
    }
    await compareAll("PostgreSQL, parity 'warn' ÷ 'off'", subjects, pace);
  } finally {
    await server.dispose();
  }
}

async function compareOnPostgres(library: Library, pace: Pace): Promise<void> {
  // Its own housekeeping would fall into somebody's turn.
  const server = await startPostgres({ settings: { autovacuum: 'off' } });
  try {
    const subjects = [await plainOnPostgres(server), await plainOnPostgres(server), await oursOnPostgres(library, server, passingFolder())];
    await compareAll('PostgreSQL', subjects, pace);
  } finally {
    await server.dispose();
  }
}

async function compareOnSqlite(library: Library, pace: Pace): Promise<void> {
  const folder = passingFolder();
  const subjects = [await plainOnSqlite(folder, 'plain-a'), await plainOnSqlite(folder, 'plain-b'), await oursOnSqlite(library, folder)];
  await compareAll('SQLite', subjects, pace);
}

async function compareAll(database: string, subjects: readonly Subject[], pace: Pace): Promise<void> {
  const operations = [];
  for (const { sequelize } of subjects) operations.push(await makeOperations(sequelize));
  for (const operation of OPERATION_NAMES) {
    for (const concurrency of CONCURRENCY) console.log(await comparedRow({ database, operation, concurrency }, operations, pace));
  }
  await Promise.all(subjects.map((subject) => subject.close()));
}

async function comparedRow(comparison: Comparison, operations: readonly Operations[], pace: Pace): Promise<string> {
  const { database, operation, concurrency } = comparison;
  const label = [database, TITLES[operation], concurrency];
  if (database === 'SQLite' && operation === 'transaction' && concurrency > 1) {
    return tableRow([
      ...label,
      'not compared: plain Sequelize collapses (about 2 a second), see sqlite-concurrency.ts',
      ...Array<string>(6).fill(''),
    ]);
  }
  const turns = await interleave(
    operations.map((side) => ({ concurrency, operate: side[operation] })),
    pace,
  );
  const rates = turns.map((side) => side.map(({ perSecond }) => perSecond));
  const times = turns.map((side) => side.map(({ cpuUs }) => cpuUs));
  const plainRate = summaryOf(rates.slice(0, 2).flat()).median.toFixed(0);
  return tableRow([...label, ...comparedCells(rates), plainRate, ...comparedCells(times)]);
}

/** Figures of the two plain sides and of ours, as the three cells that say how ours compare. */
function comparedCells([plainA = [], plainB = [], ours = []]: readonly number[][]): string[] {
  const toPlain = summaryOf(ratiosOf(ours, meansOf(plainA, plainB)));
  return [withQuartiles(toPlain), medianRange(toPlain), withQuartiles(summaryOf(ratiosOf(plainB, plainA)))];
}

const meansOf = (some: readonly number[], others: readonly number[]): number[] =>
  some.map((figure, round) => (figure + (others[round] ?? Number.NaN)) / 2);

await main();
