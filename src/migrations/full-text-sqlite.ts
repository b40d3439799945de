import type { Sequelize, TableName } from 'sequelize';
import {
  beginningOf,
  carefulSearch,
  creationOf,
  isWithoutFts5,
  removalOf,
  type TextIndex,
  triggersQuery,
} from '../dialect/full-text/fts5.js';
import { matchOf } from '../dialect/full-text/words.js';
import { ConfigurationError } from '../index.js';
import { namedTable } from './arguments.js';
import { fullTextName, takenName } from './full-text-name.js';
import { quotedName } from './quoted-table.js';
import { done, SchemaChangeError, type SchemaChange } from './schema-change.js';
import { databaseError, rows, run, type Step } from './step.js';

/** Makes the table of FTS5 and its triggers, unless all of it is there as it would be made. */
export async function addToSqlite(step: Step, index: TextIndex, subject: string): Promise<SchemaChange> {
  await refuseUnfit(step, index, subject);
  const [version] = await rows<{ version: string }>(step, 'SELECT sqlite_version() AS version');
  const statements = creationOf(index, version?.version ?? '');
  const found = await partsOf(step, index, subject);
  const parts = statements.filter((sql) => sql.startsWith('CREATE'));
  if (parts.every((sql) => found.some((part) => part.sql === sql)) && found.length === parts.length) return done('exists', subject);
  await remove(step, index);
  try {
    for (const sql of statements) await run(step, sql);
  } catch (error) {
    if (!isWithoutFts5(new Error(databaseError(error).message))) throw error;
    throw new SchemaChangeError(subject, 'this build of SQLite has no FTS5', 'Install a package sqlite3 that has it.', { cause: error });
  }
  return done(found.length === 0 ? 'created' : 'changed', subject);
}

/** Whether there was something to remove. */
export async function removeFromSqlite(step: Step, index: TextIndex, subject: string): Promise<boolean> {
  const found = await partsOf(step, index, subject);
  await remove(step, index);
  return found.length > 0;
}

async function remove(step: Step, { name }: TextIndex): Promise<void> {
  const triggers = await rows<{ name: string }>(step, triggersQuery(name));
  const names = triggers.map((trigger) => trigger.name);
  for (const sql of removalOf(name, names)) await run(step, sql);
}

interface Part {
  readonly sql: string;
}

/** What of an index is there. @throws SchemaChangeError where something else has its name */
async function partsOf(step: Step, { name }: TextIndex, subject: string): Promise<readonly Part[]> {
  const named = "SELECT sql FROM sqlite_schema WHERE type <> 'trigger' AND name = :name COLLATE NOCASE";
  const tables = await rows<{ sql: string | null }>(step, named, { name });
  if (tables.some(({ sql }) => sql?.startsWith(beginningOf(name)) !== true)) throw takenName(subject, name);
  const triggers = await rows<{ name: string }>(step, triggersQuery(name));
  const texts = await rows<Part>(step, "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name IN (:names)", {
    names: ['', ...triggers.map((trigger) => trigger.name)],
  });
  return [...tables.map(({ sql }) => ({ sql: sql ?? '' })), ...texts];
}

async function refuseUnfit(step: Step, { table, columns }: TextIndex, subject: string): Promise<void> {
  const stored = await rows<{ name: string; type: string; pk: number }>(step, 'SELECT name, type, pk FROM pragma_table_info(:table)', {
    table,
  });
  const keys = await rows(step, 'SELECT 1 AS one FROM pragma_index_list(:table)', { table });
  for (const name of columns) {
    const column = stored.find((each) => each.name === name);
    if (column === undefined) throw new SchemaChangeError(subject, `there is no column "${name}"`, 'Create the column first.');
    if (!/char|text|clob/i.test(column.type)) {
      throw new SchemaChangeError(subject, `the column "${name}" is of type ${column.type}`, 'Search in columns of texts.');
    }
  }
  if (keys.length === 0 && stored.every(({ pk }) => pk === 0)) {
    throw new SchemaChangeError(subject, 'the table has no key by which its rows are known', 'Give it a primary key first.');
  }
  if (stored.some(({ name }) => name.toLowerCase() === '_rowid_')) {
    throw new SchemaChangeError(
      subject,
      'a column has the name that SQLite has for its own number of a row (_rowid_)',
      'Rename the column.',
    );
  }
}

/** What is searched for on plain SQLite, and where. */
export interface SqliteSearch {
  readonly columns: readonly string[];
  readonly configuration: string;
  readonly query: string;
  readonly table?: TableName;
  readonly alias?: string;
  readonly name?: string;
}

/** A condition that FTS5 answers. */
export function matchOnSqlite(sequelize: Sequelize, { columns, configuration, query, alias, ...search }: SqliteSearch): string {
  const { name: tableName, schema } = namedTable(search.table ?? onlyTableWith(sequelize, columns));
  const table = schema === undefined ? tableName : `${schema}.${tableName}`;
  const index = { name: search.name ?? fullTextName(table, columns), table, columns, configuration };
  return carefulSearch(index, matchOf(query, configuration), `${alias === undefined ? '' : `${quotedName(alias)}.`}_rowid_`);
}

function onlyTableWith(sequelize: Sequelize, columns: readonly string[]): TableName {
  const tables = new Map<string, TableName>();
  for (const model of Object.values(sequelize.models)) {
    const fields = Object.values(model.getAttributes()).map(({ field }) => field);
    const table = model.getTableName() as TableName;
    if (columns.every((column) => fields.includes(column))) tables.set(JSON.stringify(table), table);
  }
  const [table, ...more] = tables.values();
  if (table !== undefined && more.length === 0) return table;
  throw new ConfigurationError(
    'table',
    `must be said for a search on plain SQLite: fullTextMatch(queryInterface, columns, query, { table: 'articles' })`,
    `none, and ${tables.size === 0 ? 'no model has' : 'several models have'} the columns ${columns.join(', ')}`,
  );
}
