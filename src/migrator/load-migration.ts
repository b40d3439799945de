import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { QueryInterface } from 'sequelize';
import type { MigrationStep } from '../options.js';

/** Both directions of a migration. */
export interface MigrationSteps {
  readonly up: MigrationStep | undefined;
  readonly down: MigrationStep | undefined;
}

/** Which files of a folder belong to another one: what undoes a migration in SQL stands in a file of its own. */
export const isDownFile = (path: string): boolean =>
  path.endsWith('.down.sql') || (path.endsWith('.sql') && basename(dirname(path)) === 'down');

/**
 * Loads a migration's file: CommonJS or an ES module with `up` and `down`, or SQL.
 *
 * @throws Error that names the file where it can't be loaded
 */
export async function loadMigration(path: string): Promise<MigrationSteps> {
  if (extname(path) === '.sql') return { up: sqlStep(path), down: await downOfSql(path) };
  const module = await imported(path);
  const { up, down } = module;
  if (typeof up !== 'function') throw new Error(`${path} exports no function 'up'.`);
  if (down !== undefined && down !== null && typeof down !== 'function') throw new Error(`${path} exports a 'down' that is no function.`);
  // As methods, because they may use `this`.
  return {
    up: (...given) => (module as { up: MigrationStep }).up(...given),
    down: typeof down === 'function' ? (...given) => (module as { down: MigrationStep }).down(...given) : undefined,
  };
}

async function imported(path: string): Promise<Record<string, unknown>> {
  let loaded: Record<string, unknown>;
  try {
    loaded = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    const isForeign = (cause as { code?: unknown }).code === 'ERR_UNKNOWN_FILE_EXTENSION';
    const remedy = isForeign ? ' Run the process with a loader for TypeScript, e.g. node --import tsx, or compile the migrations.' : '';
    throw new Error(`${path} can't be loaded: ${cause instanceof Error ? cause.message : String(cause)}.${remedy}`, { cause });
  }
  // What CommonJS exports is the default as a whole; of its names Node may have guessed only some. A module that was compiled to CommonJS
  // has a default in it.
  const { default: whole } = loaded;
  const inner = isObject(whole) ? whole['default'] : undefined;
  return (
    [inner, whole, loaded].find((each): each is Record<string, unknown> => isObject(each) && typeof each['up'] === 'function') ?? loaded
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** `name.up.sql` has its other half in `name.down.sql`, `name.sql` in `down/name.sql` (as Umzug's own templates). */
async function downOfSql(path: string): Promise<MigrationStep | undefined> {
  const candidates = path.endsWith('.up.sql')
    ? [path.replace(/\.up\.sql$/, '.down.sql')]
    : [path.replace(/\.sql$/, '.down.sql'), join(dirname(path), 'down', basename(path))];
  for (const candidate of candidates) {
    if (
      await readFile(candidate).then(
        () => true,
        () => false,
      )
    )
      return sqlStep(candidate);
  }
  return undefined;
}

/** The line that says that a file can't run within a transaction. */
const NO_TRANSACTION = /^\s*--\s*no[- ]transaction\b/im;
/** It must stand alone, even without a transaction around it: PostgreSQL runs a text of several statements in one. */
const CONCURRENTLY = /\bconcurrently\b/i;

/** All of the file in one transaction, unless it says otherwise. */
function sqlStep(path: string): MigrationStep {
  return async (given) => {
    const { sequelize } = given as QueryInterface;
    const sql = await readFile(path, 'utf8');
    if (sql.trim() === '') return;
    if (NO_TRANSACTION.test(sql)) await sequelize.query(sql);
    else if (CONCURRENTLY.test(sql.replace(/--.*$/gm, ''))) {
      throw new Error(
        `${path} has a statement with CONCURRENTLY, which can't run in a transaction. Put it in a file of its own that begins with the line -- no-transaction`,
      );
    } else await sequelize.transaction((transaction) => sequelize.query(sql, { transaction }));
  };
}
