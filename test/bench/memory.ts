/*
 * What a process needs after many mixed calls: the library with its fallback active beside plain Sequelize on SQLite.
 *
 *   npx tsup --no-dts && tsx test/bench/memory.ts [--rounds 3] [--calls 20000]
 *
 * Each figure is of a process of its own that has one side loaded; the sides take turns. Heaps are measured after a collection, before
 * and after the calls, so that what the code itself needs can be told from what grows.
 */
import { fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { readArguments } from './arguments.js';
import { circumstances, tableHead, tableRow, withQuartiles } from './markdown.js';
import { makeOperations, type OperationName } from './operations.js';
import { collectGarbage } from './rounds.js';
import { loadLibrary } from './sequelize-copies.js';
import { oursOnSqlite, plainOnSqlite } from './sides.js';
import { summaryOf } from './statistics.js';

const SIDES = ['plain', 'ours'] as const;
type SideName = (typeof SIDES)[number];

/** Of ten calls. */
const MIX: readonly OperationName[] = [
  ...(['findByPk', 'create', 'findAll', 'findByPk', 'create', 'transaction'] as const),
  ...(['findByPk', 'findAll', 'create', 'findByPk'] as const),
];

interface Memory {
  readonly heapMb: number;
  readonly residentMb: number;
}

interface Figures {
  readonly before: Memory;
  readonly after: Memory;
}

async function main(): Promise<void> {
  const { rounds, calls, side } = readArguments({ rounds: 3, calls: 20_000, side: 'each' });
  if (side !== 'each') {
    process.send?.(await measure(side as SideName, calls), undefined, undefined, () => process.exit(0));
    return;
  }
  console.log(`${calls} mixed calls, ${rounds} processes a side; ${circumstances(['sequelize', 'sqlite3'])}\n`);
  const found: Record<SideName, Figures[]> = { plain: [], ours: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of SIDES) found[name].push(await figuresOf(name, calls));
  }
  console.log(tableHead(['side', 'heap before, MB', 'heap after, MB', 'RSS before, MB', 'RSS after, MB']));
  for (const name of SIDES) console.log(tableRow([name, ...cellsOf(found[name])]));
}

function cellsOf(figures: readonly Figures[]): string[] {
  const cell = (read: (one: Figures) => number) => withQuartiles(summaryOf(figures.map(read)), 1);
  return [
    cell(({ before }) => before.heapMb),
    cell(({ after }) => after.heapMb),
    cell(({ before }) => before.residentMb),
    cell(({ after }) => after.residentMb),
  ];
}

async function measure(side: SideName, calls: number): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-memory-'));
  const subject = side === 'ours' ? await oursOnSqlite(await loadLibrary('esm'), folder) : await plainOnSqlite(folder, 'plain');
  const operations = await makeOperations(subject.sequelize);
  const before = memory();
  for (let call = 0; call < calls; call += 1) await operations[MIX[call % MIX.length] as OperationName]();
  const after = memory();
  await subject.close();
  await rm(folder, { recursive: true, force: true });
  return { before, after };
}

function memory(): Memory {
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapMb: heapUsed / 1e6, residentMb: rss / 1e6 };
}

function figuresOf(side: SideName, calls: number): Promise<Figures> {
  const [, script = ''] = process.argv;
  const child = fork(script, ['--side', side, '--calls', String(calls)]);
  return new Promise((resolve, reject) => {
    child.once('message', (figures) => resolve(figures as Figures));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The process of '${side}' ended with ${String(code)} and no figures.`)));
  });
}

await main();
