import { isAbsolute, resolve } from 'node:path';
import type { Migration, MigrationsOptions, OnUnsupported } from '../options.js';
import { nonEmptyString, isRecord, oneOf, refuse } from './rules.js';

/** Migrations after their options' one check. */
export interface ResolvedMigrations {
  readonly kind: 'migrations';
  readonly source: { readonly glob: readonly [string, GlobOptions] } | { readonly list: readonly Migration[] };
  readonly table: RecordTable;
  readonly onUnsupported: OnUnsupported;
  /** `undefined`: the query interface. */
  readonly context: unknown;
}

export interface GlobOptions {
  readonly cwd: string;
  readonly ignore?: string[];
}

/** The table that records what has run. */
export interface RecordTable {
  readonly tableName: string;
  /** None: where the connection's search path leads. */
  readonly schema: string | undefined;
}

const NAMES = ['glob', 'migrations', 'table', 'onUnsupported', 'context'];
/** PostgreSQL cuts longer names, and the second table's is this one's with `_started`. */
const LONGEST_TABLE_NAME = 55;

/** @throws ConfigurationError for a name that is unknown and for a value that can't be used */
export function resolveMigrations(name: string, value: unknown): ResolvedMigrations {
  const options = Array.isArray(value) ? { migrations: value } : value;
  if (!isRecord(options)) return refuse(name, 'must be a list of migrations or an object with glob or migrations', value);
  for (const key of Object.keys(options)) {
    if (!NAMES.includes(key)) refuse(`${name}.${key}`, `is not an option; the options here are ${NAMES.join(', ')}`, options[key]);
  }
  const { glob, migrations, table, onUnsupported, context } = options as Record<keyof MigrationsOptions, unknown>;
  if ((glob === undefined) === (migrations === undefined)) {
    return refuse(name, 'must have either glob or migrations', glob === undefined ? undefined : 'both');
  }
  return Object.freeze({
    kind: 'migrations',
    source: glob === undefined ? { list: listIn(`${name}.migrations`, migrations) } : { glob: globIn(`${name}.glob`, glob) },
    table: tableIn(`${name}.table`, table),
    onUnsupported: onUnsupportedIn(`${name}.onUnsupported`, onUnsupported),
    context,
  });
}

/** The working directory is the one of the moment when the options were given. */
function globIn(name: string, value: unknown): readonly [string, GlobOptions] {
  const [pattern, options = {}] = (Array.isArray(value) ? value : [value]) as [unknown, unknown?];
  const text = nonEmptyString(name, pattern);
  if (text === undefined || !isRecord(options)) {
    return refuse(name, "must be a pattern such as 'migrations/*.js', or a pattern and an object with cwd and ignore", value);
  }
  const { cwd, ignore } = options;
  const patterns = typeof ignore === 'string' ? [ignore] : ignore;
  if (patterns !== undefined && !(Array.isArray(patterns) && patterns.every((each) => typeof each === 'string'))) {
    return refuse(`${name}.ignore`, 'must be a pattern or a list of patterns', ignore);
  }
  const directory = nonEmptyString(`${name}.cwd`, cwd) ?? '.';
  const base = isAbsolute(directory) ? directory : resolve(directory);
  return [text, patterns === undefined ? { cwd: base } : { cwd: base, ignore: patterns }];
}

function listIn(name: string, value: unknown): readonly Migration[] {
  if (!Array.isArray(value)) return refuse(name, 'must be a list of migrations: { name, up, down }', value);
  const seen = new Set<string>();
  return (value as unknown[]).map((each, index) => {
    const migration = migrationIn(`${name}[${index}]`, each);
    if (seen.has(migration.name)) refuse(`${name}[${index}].name`, 'must differ from the others’', migration.name);
    seen.add(migration.name);
    return migration;
  });
}

function migrationIn(name: string, value: unknown): Migration {
  if (!isRecord(value)) return refuse(name, 'must be an object with name, up and down', value);
  const { up, down } = value;
  const label = value['name'];
  if (typeof label !== 'string' || label === '' || label.length > 255)
    refuse(`${name}.name`, 'must be a text of 1 to 255 characters', label);
  if (typeof up !== 'function') refuse(`${name}.up`, 'must be a function', up);
  if (down !== undefined && typeof down !== 'function') refuse(`${name}.down`, 'must be a function', down);
  // Not a copy: `up` may use `this`.
  return value as unknown as Migration;
}

function tableIn(name: string, value: unknown): RecordTable {
  const { tableName, schema } = isRecord(value) ? value : { tableName: value ?? 'SequelizeMeta', schema: undefined };
  const table = nonEmptyString(`${name}.tableName`, tableName);
  if (table === undefined || Buffer.byteLength(table) > LONGEST_TABLE_NAME || table.includes('\0')) {
    return refuse(name, `must be a table's name of at most ${LONGEST_TABLE_NAME} bytes, or { tableName, schema }`, tableName);
  }
  return { tableName: table, schema: nonEmptyString(`${name}.schema`, schema) };
}

function onUnsupportedIn(name: string, value: unknown): OnUnsupported {
  if (typeof value === 'function') return value as OnUnsupported;
  if (typeof value !== 'string' && value !== undefined) return refuse(name, `must be 'error', 'skip' or a function`, value);
  return oneOf(name, value, ['error', 'skip']) ?? 'error';
}
