import type { ResilientConnection } from '../index.js';
import type { DatabaseChoice } from '../migrations/index.js';
import { type ConfigFile, readConfigFile } from './config-file.js';
import { connect, givenConnection, type GivenConnection } from './connect.js';
import { MigrationJournal } from './migration-journal.js';
import type { Output } from './output.js';
import { progressTo } from './progress.js';
import { choiceHere, type ConnectionSettings, type ForDatabases } from './settings.js';
import { watchStopSignals } from './stop-signals.js';
import { Stopped } from './stopped.js';

/** The longest that the end of a command waits for what its connection has in flight. */
const CLOSE_TIMEOUT_MS = 2_000;

/** What the work of a command is given. */
export interface Session {
  /** It has begun to connect; `ready` says how that ends. */
  readonly connection: ResilientConnection;
  /** The databases that were asked for, as far as there can be one here. */
  readonly choice: DatabaseChoice;
  readonly given: GivenConnection;
  readonly file: ConfigFile;
  /** What has run so far. */
  readonly journal: MigrationJournal;
}

/**
 * Runs the work of a command on the configured connection, and closes it, also where a signal ends the work.
 *
 * @throws UsageError where the configuration can't be used; nothing was opened then
 * @throws Stopped where SIGINT or SIGTERM came first
 */
export async function withConnection<T>(
  settings: ConnectionSettings & ForDatabases,
  output: Output,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { choice, note } = choiceHere(settings.database);
  if (note !== undefined) output.note(note);
  const file = await readConfigFile(settings.config);
  const given = await givenConnection(file);
  const connection = connect(given, { ...settings, database: choice }, output);
  const journal = new MigrationJournal();
  const progress = progressTo(process.stderr, output.json);
  connection.on('migration', (event) => {
    journal.note(event);
    progress.note(event);
  });
  const close = (): Promise<void> => connection.close({ timeout: CLOSE_TIMEOUT_MS });
  const stop = watchStopSignals();
  try {
    const answer = work({ connection, choice, given, file, journal });
    const signal = await Promise.race([stop.signalled, answer.then(() => undefined)]);
    if (signal === undefined) return await answer;
    progress.stop();
    output.note(`${signal}: closing the connection; once more ends the process at once.`);
    const { running } = journal;
    await close();
    throw new Stopped(signal, journal.unfinished(running), journal.finished);
  } finally {
    progress.stop();
    await close();
    stop.release();
  }
}
