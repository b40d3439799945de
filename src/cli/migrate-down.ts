import type { Command } from 'commander';
import { runsAnswer } from './migrate-runs.js';
import { onEach } from './migrators.js';
import type { Answer, Output } from './output.js';
import { withConnection } from './session.js';
import { addMigrateOptions, addRangeOptions, type MigrateSettings, type RangeSettings, rangeOf } from './settings.js';
import type { Terminal } from './terminal.js';

type Settings = MigrateSettings & RangeSettings;

export function addMigrateDown(migrate: Command, { output, give }: Terminal): Command {
  const command = migrate.command('down').description('undo the last migration, or more');
  addRangeOptions(addMigrateOptions(command), 'down to this migration, which is undone too; 0 is all', 'the last n');
  return command.action((settings: Settings) => give(migrateDown(settings, output)));
}

function migrateDown(settings: Settings, output: Output): Promise<Answer> {
  return withConnection(settings, output, async (session) => {
    const results = await onEach(session, settings.migrations, async ({ role, migrator }) => {
      const runs = await migrator.down({ database: role, ...rangeOf(settings) });
      return { role, runs, nothing: 'nothing to do, no migration is applied.' };
    });
    return runsAnswer('migrate down', 'undone', results);
  });
}
