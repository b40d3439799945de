import type { Command } from 'commander';
import type { Role } from '../index.js';
import { createMigrator } from '../migrations/index.js';
import { configuredMigrations } from './migrations-setting.js';
import { started } from './migrators.js';
import type { Answer, Output } from './output.js';
import { type Session, withConnection } from './session.js';
import { addConnectionOptions, type ConnectionSettings } from './settings.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

interface Settings extends ConnectionSettings {
  readonly leaveOut?: readonly string[];
}

export function addSchemaDiff(schema: Command, { output, give }: Terminal): Command {
  const command = schema
    .command('diff')
    .description('compare both databases with the models; exit code 1 where they differ')
    .option('--leave-out <tables...>', 'tables that are not compared, e.g. those of other programs');
  return addConnectionOptions(command).action((settings: Settings) => give(schemaDiff(settings, output)));
}

function schemaDiff(settings: Settings, output: Output): Promise<Answer> {
  return withConnection({ ...settings, database: 'active' }, output, async (session) => {
    await started(session);
    await defineModels(session);
    knowRecords(session);
    const report = await session.connection.schemaReport({ leaveOut: settings.leaveOut });
    const { same, databases, findings, notes } = report;
    return { text: report.toString(), document: { command: 'schema diff', same, databases, findings, notes }, failed: !same };
  });
}

/** Without models there is nothing to compare with, which would look as if nothing differed. */
async function defineModels({ connection, file }: Session): Promise<void> {
  const { sequelize } = connection;
  await file.contents.models?.(sequelize);
  if (Object.keys(sequelize.models).length > 0) return;
  throw new UsageError(
    `No models are defined. Export models: (sequelize) => { … } from ${file.path ?? 'sequelize-resilient.config.mjs'}, which defines them on that sequelize.`,
  );
}

/** The connection leaves out the tables of its migrators' records: of those it has made. */
function knowRecords(session: Session): void {
  for (const role of ['primary', 'fallback'] satisfies Role[]) {
    const configured = configuredMigrations(role, session);
    if (configured !== undefined) createMigrator(session.connection, configured);
  }
}
