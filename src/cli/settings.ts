import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DatabaseChoice } from '../migrations/index.js';
import { UsageError } from './usage-error.js';

const CHOICES: readonly DatabaseChoice[] = ['primary', 'fallback', 'both', 'active'];

/** What every command that works with a connection takes. */
export interface ConnectionSettings {
  /** The configuration file, where one was named. */
  readonly config?: string;
  readonly json?: true;
  /** Tell the stack of an error, and each SQL statement. */
  readonly verbose?: boolean;
}

/** Which databases a command works with. */
export interface ForDatabases {
  readonly database: DatabaseChoice;
}

/** What every command of `migrate` takes. */
export interface MigrateSettings extends ConnectionSettings, ForDatabases {
  /** A glob, from the working directory. */
  readonly migrations?: string;
}

/** How far `up` and `down` go. */
export interface RangeSettings {
  readonly to?: string;
  readonly step?: number;
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file (default: sequelize-resilient.config.{mjs,cjs,js,ts} here, else the environment)')
    .option('--json', 'print one JSON document on stdout, all else on stderr')
    .option('--verbose', 'tell the stack of errors, and each SQL statement (DEBUG=1: the stack alone)');
}

export function addMigrateOptions(command: Command): Command {
  const database = new Option('-d, --database <which>', 'which database; active is the one that the connection starts on')
    .choices(CHOICES)
    .default('primary');
  return addConnectionOptions(
    command.addOption(database).option('--migrations <glob>', 'the migration files, in place of those of the configuration'),
  );
}

export function addRangeOptions(command: Command, toText: string, stepText: string): Command {
  return command
    .addOption(new Option('--to <name>', toText).conflicts('step'))
    .addOption(new Option('--step <n>', stepText).argParser(wholeNumber));
}

/** As migrators take it: 0 is all of what can be undone. */
export const rangeOf = ({ to, step }: RangeSettings): { to: string | 0 | undefined; step: number | undefined } => ({
  to: to === '0' ? 0 : to,
  step,
});

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number, at least 1.');
  return Number(text);
}

/**
 * What of the choice there can be here. Production has no fallback: `both` is the primary alone there, so that one script serves all.
 *
 * @throws UsageError where nothing is left
 */
export function choiceHere(choice: DatabaseChoice, env: NodeJS.ProcessEnv = process.env): { choice: DatabaseChoice; note?: string } {
  if (!['production', 'prod'].includes((env.NODE_ENV ?? '').trim().toLowerCase())) return { choice };
  const why = `there is no fallback with NODE_ENV=${env.NODE_ENV}, production never uses SQLite`;
  if (choice === 'fallback') throw new UsageError(`--database fallback: ${why}.`);
  return choice === 'both' ? { choice: 'primary', note: `--database both: ${why}. This is for the primary alone.` } : { choice };
}
