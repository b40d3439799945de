import { VIOLATIONS, type Finding, type InDoubt, type Violation } from './judge.js';
import type { Entry } from './ledger.js';
import { FAULT_KINDS } from './plan.js';
import type { RunResult } from './run.js';
import { tableHead, tableRow } from '../bench/markdown.js';

/** How many findings of one kind are printed in full. */
const SHOWN = 12;

/** The violations' names, of which there is at least one finding. */
export const broken = ({ judgement }: RunResult): Violation[] =>
  (Object.keys(VIOLATIONS) as Violation[]).filter((name) => judgement.violations[name].length > 0);

/** The command that runs the same again. */
export function replayCommand({ options }: RunResult): string {
  const { seed, faults, side, mode, workers, maxWaitMs, kinds } = options;
  const onlyKinds = kinds === undefined ? '' : ` --kinds '${kinds.join()}'`;
  return `npm run test:chaos -- --seed ${seed} --faults ${faults} --side ${side} --mode ${mode} --workers ${workers} --max-wait ${maxWaitMs}${onlyKinds}`;
}

/** The figures of a run, as Markdown. */
export function report(result: RunResult): string {
  return [figures(result), faultTable(result), rejectionTable(result), outcomeLine(result), findings(result), replayCommand(result)]
    .filter(Boolean)
    .join('\n\n');
}

function figures(result: RunResult): string {
  const { options, ledger, judgement, struck, durationMs } = result;
  const of = (...works: Entry['work'][]) => ledger.entries.filter(({ work }) => works.includes(work));
  const [transactions, calls] = [of('transaction'), of('read', 'write', 'transaction', 'unit')];
  const duringFaults = of('read').filter((entry) => meets(entry, result));
  const rows: [string, string | number][] = [
    ['run', `${options.side}, ${options.side === 'resilient' ? options.mode : 'PostgreSQL only'}, ${(durationMs / 1000).toFixed(0)} s`],
    ['faults', struck.length],
    ['calls', `${calls.length} (${((calls.length * 1000) / durationMs).toFixed(0)} per second)`],
    ['transactions', transactions.length],
    ['reads · writes · units', `${of('read').length} · ${of('write').length} · ${of('unit').length}`],
    ...Object.entries(VIOLATIONS).map(([name, title]): [string, number] => [title, judgement.violations[name as Violation].length]),
    ['failed reads, outage about maxWait · longer', `${judgement.excusedReads.border} · ${judgement.excusedReads.long}`],
    [
      'failed calls of which something is there: without an outcome · `unknown`',
      `${judgement.failedButThere.withoutOutcome} · ${judgement.failedButThere.unknown}`,
    ],
    ['COMMITs in doubt, decided: outage shorter than maxWait', share(judgement.inDoubt.short)],
    ['COMMITs in doubt, decided: longer', share(judgement.inDoubt.longer)],
    ['reads during faults, median · 99 % · longest', latencies(duringFaults)],
    ['longest call', `${calls.reduce((longest, entry) => Math.max(longest, lengthOf(entry)), 0).toFixed(0)} ms`],
  ];
  return [tableHead(['', `seed ${options.seed}`]), ...rows.map(tableRow)].join('\n');
}

const lengthOf = ({ startedMs, endedMs }: { startedMs: number; endedMs: number }): number => endedMs - startedMs;

const meets = (entry: Entry, { struck }: RunResult): boolean =>
  struck.some(({ startedMs, endedMs }) => startedMs <= entry.endedMs && endedMs >= entry.startedMs);

const share = ({ decided, undecided }: InDoubt): string => {
  const all = decided + undecided;
  return all === 0 ? 'none' : `${decided} of ${all} (${((100 * decided) / all).toFixed(1)} %)`;
};

function latencies(entries: readonly Entry[]): string {
  const sorted = entries.map(lengthOf).sort((one, other) => one - other);
  const at = (part: number): string => `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(0)} ms`;
  return `${at(0.5)} · ${at(0.99)} · ${at(1)}`;
}

function faultTable({ struck }: RunResult): string {
  const rows = FAULT_KINDS.flatMap((kind) => {
    const lengths = struck.filter((fault) => fault.kind === kind).map(lengthOf);
    if (lengths.length === 0) return [];
    const sorted = lengths.sort((one, other) => one - other);
    const [shortest, median, longest] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((ms) => (ms ?? 0).toFixed(0));
    return [tableRow([kind, lengths.length, `${shortest} · ${median} · ${longest}`])];
  });
  return [tableHead(['fault', 'times', 'until PostgreSQL answered again: shortest · median · longest, ms']), ...rows].join('\n');
}

function rejectionTable({ ledger }: RunResult): string {
  const counts = new Map<string, number>();
  for (const { work, answer } of ledger.entries) {
    if (answer.said !== 'rejected') continue;
    const key = tableRow([work, answer.className, answer.outcome ?? '–', answer.sqlState ?? answer.code ?? '–']);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = [...counts].sort(([, one], [, other]) => other - one).map(([key, count]) => `${key} ${count} |`);
  return [tableHead(['rejected', 'class', 'outcome', 'code', 'times']), ...rows].join('\n');
}

const outcomeLine = ({ outcomes }: RunResult): string =>
  outcomes.size === 0 ? '' : `Told by the event: ${[...outcomes].map(([name, count]) => `${name} ${count}`).join(', ')}`;

function findings(result: RunResult): string {
  return broken(result)
    .map((name) => {
      const all = result.judgement.violations[name];
      const shown = all.slice(0, SHOWN).map((finding) => `- ${describe(finding, result)}`);
      return [`${VIOLATIONS[name]}: ${all.length}`, ...shown].join('\n');
    })
    .join('\n\n');
}

function describe({ what, entry }: Finding, { struck }: RunResult): string {
  if (entry === undefined) return what;
  const last = struck.filter(({ startedMs }) => startedMs <= entry.endedMs).at(-1);
  const fault =
    last === undefined ? 'no fault before' : `last fault '${last.kind}' ${last.startedMs.toFixed(0)}–${last.endedMs.toFixed(0)} ms`;
  return `${entry.id} ${entry.operation} ${entry.startedMs.toFixed(0)}–${entry.endedMs.toFixed(0)} ms: ${what} (${fault})`;
}
