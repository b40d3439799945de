import type { Command } from 'commander';
import { onEach } from './migrators.js';
import type { Answer, Output } from './output.js';
import { withConnection } from './session.js';
import { addMigrateOptions, type MigrateSettings } from './settings.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

interface Settings extends MigrateSettings {
  readonly applied?: true;
  readonly retry?: true;
}

export function addMigrateResolve(migrate: Command, { output, give }: Terminal): Command {
  const command = migrate
    .command('resolve')
    .description('say how far a migration came that was interrupted')
    .argument('<name>', 'the migration, as `migrate status` names it')
    .option('--applied', 'all of it is done: it counts as run')
    .option('--retry', 'none of it is done, or what was done is undone: it is run again by the next `migrate up`');
  return addMigrateOptions(command).action((name: string, settings: Settings) => give(migrateResolve(name, settings, output)));
}

async function migrateResolve(name: string, settings: Settings, output: Output): Promise<Answer> {
  const { applied = false, retry = false } = settings;
  if (applied === retry) throw new UsageError('migrate resolve needs either --applied or --retry.');
  const decision = applied ? 'applied' : 'retry';
  return await withConnection(settings, output, async (session) => {
    const databases = await onEach(session, settings.migrations, async ({ migrator, role }) => {
      await migrator.resolve(name, decision, { database: role });
      return role;
    });
    const consequence = applied ? 'counts as applied' : 'will be run again by the next `migrate up`';
    return {
      text: databases.map((database) => `${database}: ${name} ${consequence}.`).join('\n'),
      document: { command: 'migrate resolve', name, decision, databases },
    };
  });
}
