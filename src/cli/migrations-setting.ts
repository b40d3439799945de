import path from 'node:path';
import type { ConfigFile } from './config-file.js';
import type { GivenConnection } from './connect.js';
import type { MigrationsOptions, Role } from '../index.js';
import { isRecord } from './records.js';
import { UsageError } from './usage-error.js';

const WHERE_TO_SAY =
  "Say --migrations 'migrations/*.js', or export migrations: { glob: 'migrations/*.js' } from sequelize-resilient.config.mjs.";

/** Where migrations are looked for, by the precedence of their sources. */
interface Sources {
  /** `--migrations`, from the working directory. */
  readonly glob: string | undefined;
  readonly file: ConfigFile;
  readonly given: GivenConnection;
}

/**
 * The migrations of one database: `--migrations`, else the configuration file's, else those of the connection's `schema`.
 *
 * @throws UsageError where none of them names any
 */
export function migrationsOf(role: Role, { glob, file, given }: Sources, cwd = process.cwd()): MigrationsOptions {
  const configured = configuredMigrations(role, { file, given });
  if (glob !== undefined) return withGlob(configured, glob, cwd);
  if (configured === undefined) throw new UsageError(`No migrations are configured for the ${role} database. ${WHERE_TO_SAY}`);
  return configured;
}

/** Those of the configuration file, else of the connection's `schema`; none where neither names any. */
export function configuredMigrations(role: Role, { file, given }: Pick<Sources, 'file' | 'given'>): MigrationsOptions | undefined {
  const configured = normal(file.contents.migrations) ?? normal(schemaMigrations(role, given));
  return configured?.glob === undefined ? configured : { ...configured, glob: globFrom(file.directory, configured.glob) };
}

/** `schema: { migrations }`, for both or per role. */
function schemaMigrations(role: Role, given: GivenConnection): unknown {
  const schema: unknown = given.kind === 'config' ? given.config.schema : undefined;
  if (!isRecord(schema)) return undefined;
  const step = 'migrations' in schema ? schema : schema[role];
  return isRecord(step) ? step.migrations : undefined;
}

/** A bare glob and a bare list are short for an object with it. What is in it is checked where migrators are made. */
function normal(migrations: unknown): MigrationsOptions | undefined {
  if (migrations === undefined) return undefined;
  if (typeof migrations === 'string') return { glob: migrations };
  if (Array.isArray(migrations)) return { migrations };
  if (isRecord(migrations)) return migrations;
  throw new UsageError('migrations must be { glob } or { migrations: [ … ] }, with table and onUnsupported where they are wanted.');
}

function withGlob(configured: MigrationsOptions | undefined, glob: string, cwd: string): MigrationsOptions {
  const { table, onUnsupported, context } = configured ?? {};
  return { table, onUnsupported, context, glob: [glob, { cwd }] };
}

function globFrom(directory: string, glob: NonNullable<MigrationsOptions['glob']>): NonNullable<MigrationsOptions['glob']> {
  if (typeof glob === 'string') return [glob, { cwd: directory }];
  const [pattern, options] = glob;
  return [pattern, { ...options, cwd: path.resolve(directory, options.cwd ?? '.') }];
}
