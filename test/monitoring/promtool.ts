import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { prometheusBinaries } from '../support/prometheus-binaries.js';
import { tempFolder } from '../support/temp-folder.js';
import { ruleFile } from './rules.js';
import { type Series, seriesOf, STEP_SECONDS, type Target } from './timeline.js';

/** Which alerts fire, and no others, as `name severity service environment`. */
export interface Checkpoint {
  readonly atMinutes: number;
  readonly firing: readonly string[];
  /** Those that are due but wait for their `for`; not looked at unless given. */
  readonly pending?: readonly string[];
}

const run = promisify(execFile);

/** Runs promtool and gives what it prints; throws that where it fails. */
export async function promtool(args: readonly string[], input?: string): Promise<string> {
  const binaries = await prometheusBinaries();
  if (binaries instanceof Error) throw binaries;
  const running = run(binaries.promtool, [...args], { timeout: 120_000, maxBuffer: 1 << 26 });
  if (input !== undefined) running.child.stdin?.end(input);
  const printed = (end: { stdout: string; stderr: string }): string => `${end.stdout}${end.stderr}`;
  return running.then(printed, (error: unknown) => {
    throw new Error(printed(error as { stdout: string; stderr: string }), { cause: error });
  });
}

/** Lets promtool evaluate the rules over what these targets answered; throws its words where other alerts fire than expected. */
export async function checkAlerts(targets: readonly Target[], checkpoints: readonly Checkpoint[]): Promise<void> {
  const folder = tempFolder();
  writeFileSync(join(folder, 'rules.yml'), stringify(ruleFile()));
  const series: Series[] = targets.flatMap((target) => seriesOf(target));
  const test = {
    rule_files: ['rules.yml'],
    evaluation_interval: `${STEP_SECONDS}s`,
    tests: [{ interval: `${STEP_SECONDS}s`, input_series: series, promql_expr_test: checkpoints.flatMap(expectationsOf) }],
  };
  const file = join(folder, 'test.yml');
  writeFileSync(file, JSON.stringify(test));
  await promtool(['test', 'rules', file]);
}

function expectationsOf({ atMinutes, firing, pending }: Checkpoint): object[] {
  const expect = (state: string, alerts: readonly string[]) => ({
    expr: `ALERTS{alertstate="${state}"}`,
    eval_time: `${atMinutes * 60}s`,
    exp_samples: alerts.map((alert) => ({ labels: labelsOf(alert, state), value: 1 })),
  });
  return [expect('firing', firing), ...(pending === undefined ? [] : [expect('pending', pending)])];
}

function labelsOf(alert: string, state: string): string {
  const [alertname, severity, service, environment] = alert.split(' ');
  const labels = { alertname, alertstate: state, environment, service, severity };
  return `ALERTS{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(', ')}}`;
}
