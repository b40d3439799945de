export type { InterruptedMigration, MigrationRecord, MigrationRun } from '../migrator/database-migrations.js';
export type { DatabaseChoice, MigrateOptions, Migrator } from '../migrator/migrator.js';
export { createMigrator } from './create-migrator.js';
