import type { Command } from 'commander';
import { counted, runsAnswer } from './migrate-runs.js';
import { knownMigrations, onEach } from './migrators.js';
import type { Answer, Output } from './output.js';
import { withConnection } from './session.js';
import { addMigrateOptions, addRangeOptions, type MigrateSettings, type RangeSettings, rangeOf } from './settings.js';
import type { Terminal } from './terminal.js';

type Settings = MigrateSettings & RangeSettings;

export function addMigrateUp(migrate: Command, { output, give }: Terminal): Command {
  const command = migrate.command('up').description('run the pending migrations');
  addRangeOptions(addMigrateOptions(command), 'only up to this migration, which is run too', 'only the next n');
  return command.action((settings: Settings) => give(migrateUp(settings, output)));
}

function migrateUp(settings: Settings, output: Output): Promise<Answer> {
  return withConnection(settings, output, async (session) => {
    const results = await onEach(session, settings.migrations, async (migrations) => {
      const { role, migrator } = migrations;
      const runs = await migrator.up({ database: role, ...rangeOf(settings) });
      const nothing =
        runs.length > 0 ? '' : `nothing to do, ${counted((await knownMigrations(migrations)).executed.length)} already applied.`;
      return { role, runs, nothing };
    });
    return runsAnswer('migrate up', 'applied', results);
  });
}
