import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from '../bench/arguments.js';
import { tempRoot } from '../support/temp-root.js';
import { FAULT_KINDS } from './plan.js';
import { broken, replayCommand, report } from './report.js';
import { runChaos } from './run.js';
import { MODES, SIDE_NAMES } from './sides.js';

/** A process that is still there so long after the end has something open that `process.getActiveResourcesInfo` does not show. */
const EXIT_MS = 5_000;

const given = readArguments({
  seed: Math.floor(Math.random() * 1_000_000) + 1,
  faults: 30,
  kinds: 'all',
  mode: 'production',
  side: 'resilient',
  workers: 16,
  'max-wait': 5_000,
  ledger: '',
});

const oneOf = <T extends string>(name: string, allowed: readonly T[], value: string): T => {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new Error(`--${name} must be one of: ${allowed.join(', ')}; it is '${value}'.`);
  return found;
};

const storageDir = mkdtempSync(join(tempRoot(), 'sequelize-resilient-chaos-'));
process.on('exit', () => rmSync(storageDir, { recursive: true, force: true }));
console.log(`seed ${given.seed}`);

const result = await runChaos({
  ...{ seed: given.seed, faults: given.faults, workers: given.workers, maxWaitMs: given['max-wait'], storageDir },
  side: oneOf('side', SIDE_NAMES, given.side),
  mode: oneOf('mode', MODES, given.mode),
  ...(given.kinds !== 'all' && { kinds: given.kinds.split(',').map((kind) => oneOf('kinds', FAULT_KINDS, kind)) }),
  log: (line) => console.log(line),
});

console.log(`\n${report(result)}`);
if (given.ledger !== '') writeLedger(given.ledger);
if (result.options.side === 'resilient' && broken(result).length > 0) process.exitCode = 1;

setTimeout(() => {
  console.log(
    `The process does not exit by itself: ${process.getActiveResourcesInfo().join(', ') || 'nothing known'} (${replayCommand(result)})`,
  );
  process.exit(1);
}, EXIT_MS).unref();

function writeLedger(path: string): void {
  const { struck, ledger, judgement } = result;
  writeFileSync(path, JSON.stringify({ struck, violations: judgement.violations, entries: ledger.entries }, undefined, 1));
}
