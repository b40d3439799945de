/*
 * What a call costs that is nested in a unit of work, compared with one that is a unit by itself and with plain Sequelize.
 *
 *   tsup --no-dts && tsx test/bench/nested-calls.ts [--rounds 30] [--slice 150] [--build cjs] [--database sqlite]
 *
 * Once with `findByPk`, the cheapest real call, and once with a model's own method that does nothing, which leaves only what the
 * library adds.
 */
import type { Sequelize } from 'sequelize';
import { startPostgres } from '../support/postgres-server.js';
import { eachDatabaseApart, endWithParent } from './apart.js';
import { readArguments } from './arguments.js';
import { passingFolder } from './left-behind.js';
import { circumstances, medianRange, tableHead, tableRow, withQuartiles } from './markdown.js';
import { makeOperations } from './operations.js';
import { interleave, type Pace, type Side } from './rounds.js';
import { loadLibrary, type Library } from './sequelize-copies.js';
import { oursOnPostgres, oursOnSqlite, plainOnPostgres, plainOnSqlite, type OwnSubject, type Subject } from './sides.js';
import { ratiosOf, summaryOf } from './statistics.js';

const CONCURRENCY = 20;
/** So many calls make one operation of nothing, else the clock would be measured. */
const NOTHINGS = 500;
const HEAD = [
  ...['database', 'call', 'in a unit ÷ outside', '95 % of the median', 'in a unit ÷ plain', '95 % of the median'],
  ...['µs a call: plain', 'outside a unit', 'in a unit'],
];

interface Nesting {
  readonly label: readonly string[];
  readonly plain: () => Promise<unknown>;
  readonly ours: () => Promise<unknown>;
  readonly unit: (work: () => Promise<void>) => Promise<void>;
  readonly concurrency: number;
  readonly callsPerOperation: number;
}

async function main(): Promise<void> {
  const { rounds, slice, build, database } = readArguments({ rounds: 30, slice: 150, build: 'esm', database: 'each' });
  const pace = { rounds, sliceMs: slice };
  if (database === 'each') {
    console.log(`${rounds} rounds of ${slice} ms a side, ${build}; ${circumstances(['sequelize', 'pg', 'sqlite3'])}\n`);
    console.log(tableHead(HEAD));
    return eachDatabaseApart();
  }
  endWithParent();
  const library = await loadLibrary(build === 'cjs' ? 'cjs' : 'esm');
  await (database === 'sqlite' ? measureOnSqlite : measureOnPostgres)(library, pace);
}

async function measureOnPostgres(library: Library, pace: Pace): Promise<void> {
  const server = await startPostgres({ settings: { autovacuum: 'off' } });
  try {
    await measure('PostgreSQL', await plainOnPostgres(server), await oursOnPostgres(library, server, passingFolder()), pace);
  } finally {
    await server.dispose();
  }
}

async function measureOnSqlite(library: Library, pace: Pace): Promise<void> {
  const folder = passingFolder();
  await measure('SQLite', await plainOnSqlite(folder, 'plain'), await oursOnSqlite(library, folder), pace);
}

async function measure(database: string, plain: Subject, ours: OwnSubject, pace: Pace): Promise<void> {
  const unit = (work: () => Promise<void>): Promise<void> => ours.connection.unit(work);
  const [plainFind, ourFind] = [await makeOperations(plain.sequelize), await makeOperations(ours.sequelize)].map(
    ({ findByPk }) => findByPk,
  );
  const [plainNothing, ourNothing] = [doNothing(plain.sequelize), doNothing(ours.sequelize)];
  for (const concurrency of [1, CONCURRENCY]) {
    const calls = { plain: plainFind as () => Promise<unknown>, ours: ourFind as () => Promise<unknown> };
    const label = [database, `\`findByPk\`, ${concurrency} at a time`];
    console.log(await nestedRow({ label, ...calls, unit, concurrency, callsPerOperation: 1 }, pace));
  }
  const nothing = { plain: plainNothing, ours: ourNothing, unit, concurrency: 1, callsPerOperation: NOTHINGS };
  console.log(await nestedRow({ label: [database, 'a method that does nothing'], ...nothing }, pace));
  await Promise.all([plain.close(), ours.close()]);
}

async function nestedRow(nesting: Nesting, pace: Pace): Promise<string> {
  const { label, plain, ours, unit, concurrency, callsPerOperation } = nesting;
  const sides: Side[] = [
    { concurrency, operate: plain },
    { concurrency, operate: ours },
    { concurrency, operate: ours, around: unit },
  ];
  const rates = (await interleave(sides, pace)).map((turns) => turns.map(({ perSecond }) => perSecond));
  const [plainRates = [], outside = [], inside = []] = rates;
  const [toOutside, toPlain] = [summaryOf(ratiosOf(inside, outside)), summaryOf(ratiosOf(inside, plainRates))];
  const callsUs = rates.map((figures) => (1_000_000 / summaryOf(figures).median / callsPerOperation).toFixed(2));
  return tableRow([...label, withQuartiles(toOutside), medianRange(toOutside), withQuartiles(toPlain), medianRange(toPlain), ...callsUs]);
}

/** A model with an override of its own, which opens units as Sequelize's methods do, and here does nothing at all. */
function doNothing(sequelize: Sequelize): () => Promise<unknown> {
  const { Model, DataTypes } = (sequelize as unknown as { Sequelize: typeof import('sequelize') }).Sequelize;
  class Idle extends Model {
    static override findOne(): Promise<null> {
      return Promise.resolve(null);
    }
  }
  Idle.init({ id: { type: DataTypes.INTEGER, primaryKey: true } }, { sequelize, modelName: 'idle' });
  return async () => {
    for (let call = 0; call < NOTHINGS; call += 1) await Idle.findOne();
  };
}

await main();
