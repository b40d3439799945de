import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { isPrefix, PREFIX_RULE } from '../metrics/prefix.js';
import { dashboardFor, rulesFor } from './alerts-files.js';
import type { Answer } from './output.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

interface Settings {
  readonly prefix: string;
  readonly rules?: boolean;
  readonly dashboard?: boolean;
  readonly out?: string;
}

/** A file that is printed or written. */
interface Print {
  readonly name: string;
  readonly text: string;
}

export function addAlerts(program: Command, { give }: Terminal): Command {
  return program
    .command('alerts')
    .description('print the Prometheus alert rules and the Grafana dashboard for the metrics of this library')
    .option('--prefix <prefix>', 'the prefix of the metrics, as in registerMetrics(), e.g. exprsn_', prefixOf, '')
    .addOption(new Option('--rules', 'only the alert rules, as YAML').conflicts('dashboard'))
    .option('--dashboard', 'only the dashboard, as JSON')
    .option('--out <folder>', 'write alerts.yml and dashboard.json there instead of printing them')
    .addHelpText('after', '\nPrints a YAML stream of two documents unless one is chosen. Needs no configuration and no database.')
    .action((settings: Settings) => give(alerts(settings)));
}

function prefixOf(value: string): string {
  if (isPrefix(value)) return value;
  throw new InvalidArgumentError(`It ${PREFIX_RULE}; received ${JSON.stringify(value)}.`);
}

async function alerts({ prefix, rules, dashboard, out }: Settings): Promise<Answer> {
  const prints: Print[] = [];
  if (dashboard !== true) prints.push({ name: 'alerts.yml', text: rulesFor(prefix) });
  if (rules !== true) prints.push({ name: 'dashboard.json', text: dashboardFor(prefix) });
  const document = { command: 'alerts', prefix };
  if (out === undefined) return { text: prints.map(({ text }) => text.trimEnd()).join('\n---\n'), document };
  await writeAll(out, prints);
  return { text: prints.map(({ name }) => `Wrote ${path.join(out, name)}`).join('\n'), document };
}

async function writeAll(folder: string, prints: readonly Print[]): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const { name, text } of prints) await writeFile(path.join(folder, name), text);
  } catch (error) {
    throw new UsageError(`--out: nothing can be written to ${folder}: ${(error as Error).message}`, error);
  }
}
