import { Command } from 'commander';
import { addAlerts } from './alerts.js';
import { addMigrateDown } from './migrate-down.js';
import { addMigrateResolve } from './migrate-resolve.js';
import { addMigrateStatus } from './migrate-status.js';
import { addMigrateUp } from './migrate-up.js';
import { addSchemaDiff } from './schema-diff.js';
import { VERSION } from '../version.js';
import type { Terminal } from './terminal.js';

const NOTES = `
Exit codes: 0 done; 1 failed, or what was looked at is not as it should be; 2 wrong use or configuration; 130 and 143 stopped by a signal.
The connection and the migrations are those of sequelize-resilient.config.{mjs,cjs,js,ts}, see docs/cli.md.`;

/** All commands, each of which prints to the terminal that is given. */
export function programOf(terminal: Terminal): Command {
  const program = new Command('sequelize-resilient')
    .description('Migrations, schema and monitoring of a service on PostgreSQL and its fallback.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.output.result(text.trimEnd()),
      writeErr: (text) => terminal.output.note(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, 'sequelize-resilient: ')),
    })
    .helpCommand(false)
    .addHelpText('after', NOTES);
  withVersion(program);
  const migrate = groupOf(program, 'migrate', 'run, undo and look at migrations');
  for (const add of [addMigrateUp, addMigrateDown, addMigrateStatus, addMigrateResolve]) withVersion(add(migrate, terminal));
  const schema = groupOf(program, 'schema', 'look at tables, columns and indexes');
  withVersion(addSchemaDiff(schema, terminal));
  withVersion(addAlerts(program, terminal));
  return program;
}

/** A word that only has commands below it. */
function groupOf(program: Command, name: string, description: string): Command {
  return withVersion(program.command(name).description(description).helpCommand(false));
}

const withVersion = (command: Command): Command => command.version(VERSION, '-V, --version', 'print the version');
