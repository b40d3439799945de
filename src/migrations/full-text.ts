import type { QueryInterface, TableName } from 'sequelize';
import { documentSql } from '../dialect/full-text/document.js';
import type { TextIndex } from '../dialect/full-text/fts5.js';
import { searchedWords, SEPARATORS } from '../dialect/full-text/words.js';
import { ConfigurationError } from '../index.js';
import { checkName, checkQueryInterface, checkWord, namedTable, shownValue } from './arguments.js';
import type { Expression } from './defaults.js';
import { engineOf } from './engine-of.js';
import { columnList, fullTextName, languageName, takenName } from './full-text-name.js';
import { addToSqlite, matchOnSqlite, removeFromSqlite } from './full-text-sqlite.js';
import { quotedName, quotedTable } from './quoted-table.js';
import { existingTable, type Relation, relationOf } from './relation.js';
import { done, SchemaChangeError, type SchemaChange } from './schema-change.js';
import { inStep, rows, run, type Step, type StepOptions } from './step.js';

/** What can be said of a full-text index. */
export interface FullTextIndexOptions extends StepOptions {
  /**
   * A text search configuration of PostgreSQL. `'simple'` takes words as they are, in small letters, and finds the same rows on both
   * databases. All others have stems, and some leave out stop words.
   * @default 'simple'
   */
  language?: string;
  /**
   * What SQLite does where PostgreSQL has stems: `'error'` refuses the index; `'nearest'` takes Porter's stems for `'english'`, which are
   * others for some words, and words as they are for all other languages.
   * @default 'error'
   */
  fallback?: 'error' | 'nearest';
  /** @default made of the names of the table and columns */
  name?: string;
}

/** Which index is removed. */
export interface RemoveFullTextIndexOptions extends StepOptions {
  /** @default made of the names of the table and columns */
  name?: string;
}

/** What a search must know of its index. */
export interface FullTextMatchOptions {
  /** That of the index. @default 'simple' */
  language?: string;
  /** The table, which plain Sequelize on SQLite must know; there the only defined model that has the columns is taken where none is said. */
  table?: TableName;
  /** How the query names the table, where columns of several could be meant: in Sequelize's queries the name of the model or association. */
  alias?: string;
  /** The name of the index, if it was given one; plain SQLite must know it. */
  name?: string;
}

/**
 * Makes an index for searches in the words of columns of texts, also of the rows that are there, unless it exists: on PostgreSQL a GIN index
 * of a tsvector, on SQLite a table of FTS5 that triggers keep. An index of the name that has other columns or another language is made anew.
 *
 * @param columns - A search takes the words of all of them together.
 * @throws ConfigurationError for bad arguments; SchemaChangeError where the database can't have it; on the fallback UnsupportedOnFallbackError
 */
export async function addFullTextIndex(
  queryInterface: QueryInterface,
  table: TableName,
  columns: string | readonly string[],
  options: FullTextIndexOptions = {},
): Promise<SchemaChange> {
  checkQueryInterface(queryInterface);
  checkWord('fallback', options.fallback, ['error', 'nearest']);
  const named = namedTable(table);
  const [list, configuration] = [columnList(columns), languageName(options.language)];
  const subject = subjectOf(named.shown, list);
  const isStemmed = configuration !== 'simple' && engineOf(queryInterface) !== 'postgres';
  if (isStemmed && options.fallback !== 'nearest') throw otherStems(subject, configuration);
  return await inStep(queryInterface, options, async (step) => {
    const relation = await existingTable(step, named, subject);
    const index = indexOf(relation, list, configuration, options.name);
    return step.engine === 'sqlite' ? await addToSqlite(step, index, subject) : await addToPostgres(step, index, relation, subject);
  });
}

/**
 * Removes such an index, if it is there.
 *
 * @throws ConfigurationError for bad arguments
 */
export async function removeFullTextIndex(
  queryInterface: QueryInterface,
  table: TableName,
  columns: string | readonly string[],
  options: RemoveFullTextIndexOptions = {},
): Promise<SchemaChange> {
  checkQueryInterface(queryInterface);
  const [named, list] = [namedTable(table), columnList(columns)];
  const subject = subjectOf(named.shown, list);
  return await inStep(queryInterface, options, async (step) => {
    const relation = await relationOf(step, named);
    const index = indexOf(relation, list, 'simple', options.name);
    const isRemoved =
      step.engine === 'sqlite' ? await removeFromSqlite(step, index, subject) : await removeFromPostgres(step, index, relation, subject);
    return done(isRemoved ? 'removed' : 'absent', subject);
  });
}

/**
 * A condition for `where`: all words of a text occur in the columns of an index that `addFullTextIndex` has made, in any order and in whichever
 * of them. Small and capital letters are the same, everything but letters and digits separates, and a text without words is found nowhere. Any
 * text can be given: nothing in it is an operator.
 *
 * `Article.findAll({ where: fullTextMatch(queryInterface, ['title', 'body'], 'cats dogs') })`
 *
 * @param columns - Those of the index, in the same order.
 * @throws ConfigurationError for bad arguments
 */
export function fullTextMatch(
  queryInterface: QueryInterface,
  columns: string | readonly string[],
  query: string,
  options: FullTextMatchOptions = {},
): Expression {
  checkQueryInterface(queryInterface);
  if (typeof query !== 'string') throw new ConfigurationError('query', 'must be a text', shownValue(query));
  if (options.alias !== undefined) checkName('alias', options.alias);
  const [list, configuration] = [columnList(columns), languageName(options.language)];
  const { sequelize } = queryInterface;
  if (engineOf(queryInterface) === 'sqlite') {
    return sequelize.literal(matchOnSqlite(sequelize, { columns: list, configuration, query, ...options }));
  }
  const prefix = options.alias === undefined ? '' : `${quotedName(options.alias)}.`;
  const document = documentSql({ configuration, columns: list.map((column) => `${prefix}${quotedName(column)}`) });
  return sequelize.literal(`(${document} @@ plainto_tsquery('${configuration}', '${searchedWords(query).join(' ')}'))`);
}

const subjectOf = (table: string, columns: readonly string[]): string => `full-text index on ${table} (${columns.join(', ')})`;

function indexOf({ name: table }: Relation, columns: readonly string[], configuration: string, name?: string): TextIndex {
  if (name !== undefined) checkName('name', name);
  return { name: name ?? fullTextName(table, columns), table, columns, configuration };
}

function otherStems(subject: string, configuration: string): SchemaChangeError {
  return new SchemaChangeError(
    subject,
    `SQLite has not PostgreSQL's stems and stop words for '${configuration}', so a search would find other rows`,
    "Leave the language out ('simple' is the same on both), or pass fallback: 'nearest' to take what comes nearest.",
  );
}

async function addToPostgres(step: Step, index: TextIndex, relation: Relation, subject: string): Promise<SchemaChange> {
  const { name, columns, configuration } = index;
  const found = await definitionOf(step, index, relation, subject);
  if (found !== undefined && isOf(found, index)) return done('exists', subject);
  if (found !== undefined) await removeFromPostgres(step, index, relation, subject);
  const document = documentSql({ configuration, columns: columns.map(quotedName) });
  await run(step, `CREATE INDEX ${quotedName(name)} ON ${quotedTable(step, relation)} USING gin (${document})`);
  return done(found === undefined ? 'created' : 'changed', subject);
}

async function removeFromPostgres(step: Step, index: TextIndex, relation: Relation, subject: string): Promise<boolean> {
  if ((await definitionOf(step, index, relation, subject)) === undefined) return false;
  await run(step, `DROP INDEX ${quotedTable(step, { ...relation, name: index.name })}`);
  return true;
}

/** @throws SchemaChangeError where another index has the name */
async function definitionOf(
  step: Step,
  { name }: TextIndex,
  { schema, name: table }: Relation,
  subject: string,
): Promise<string | undefined> {
  const [found] = await rows<{ definition: string }>(
    step,
    'SELECT indexdef AS definition FROM pg_indexes WHERE schemaname = :schema AND tablename = :table AND indexname = :name',
    { schema, table, name },
  );
  if (found !== undefined && !found.definition.includes(SEPARATORS)) throw takenName(subject, name);
  return found?.definition;
}

const COLUMN = /coalesce\(+("(?:[^"]|"")+"|[^\s"(),:]+)/gi;

/** Whether a full-text index, as PostgreSQL prints it, is over these columns. */
function isOf(definition: string, { columns, configuration }: TextIndex): boolean {
  const [, found] = /to_tsvector\('(\w+)'/.exec(definition) ?? [];
  const named = [...definition.matchAll(COLUMN)].map(([, name = '']) =>
    name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name,
  );
  return found === configuration && JSON.stringify(named) === JSON.stringify(columns);
}
