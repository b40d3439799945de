import { quoteName, quoteText } from '../translate/quote.js';
import { tokenizerOf } from './words.js';

/** A table of FTS5 with the words of another table's rows, which three triggers on that one keep. */
export interface TextIndex {
  /** The name of the table of FTS5. */
  readonly name: string;
  /** The table that is searched. */
  readonly table: string;
  readonly columns: readonly string[];
  /** PostgreSQL's configuration. */
  readonly configuration: string;
}

/** SQLite from 3.43 on need not keep the texts a second time to be able to delete their words. */
export function canLeaveTextsOut(sqliteVersion: string): boolean {
  const [major = 0, minor = 0] = sqliteVersion.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 43);
}

/** The names of the triggers say the configuration and the columns, so that a search by others can be told. */
export function triggerNames({ name, configuration, columns }: Omit<TextIndex, 'table'>): readonly string[] {
  return ['insert', 'update', 'delete'].map((event) => `${name} ${configuration} ${JSON.stringify(columns)} ${event}`);
}

/**
 * The statements that make the index, with the rows that are there. They belong into one transaction.
 *
 * Rows are known by their rowid. VACUUM keeps it in tables that have a key (xferOptimization() in src/insert.c of SQLite 3.52), so a table
 * without one must not be given. A trigger's own conflict clause is overruled by that of the statement which fires it
 * (lang_createtrigger.html), and REPLACE deletes rows without a DELETE trigger: hence each row is deleted before it is inserted.
 */
export function creationOf(index: TextIndex, sqliteVersion: string): readonly string[] {
  const { columns } = index;
  const [name, table] = [quoteName(index.name), quoteName(index.table)];
  const own = columns.map((_, position) => `c${position}`).join(', ');
  const values = (row: string): string => columns.map((column) => `${row}${quoteName(column)}`).join(', ');
  const remove = (row: string): string => `DELETE FROM ${name} WHERE rowid = ${row}._rowid_;`;
  const add = `INSERT INTO ${name} (rowid, ${own}) VALUES (new._rowid_, ${values('new.')});`;
  const isOther = columns.map((column) => `old.${quoteName(column)} IS NOT new.${quoteName(column)}`).join(' OR ');
  const [insert = '', update = '', erase = ''] = triggerNames(index).map(quoteName);
  const options = canLeaveTextsOut(sqliteVersion) ? "content='', contentless_delete=1, " : '';
  return [
    `CREATE VIRTUAL TABLE ${name} USING fts5(${own}, ${options}tokenize="${tokenizerOf(index.configuration)}")`,
    `CREATE TRIGGER ${insert} AFTER INSERT ON ${table} BEGIN ${remove('new')} ${add} END`,
    `CREATE TRIGGER ${update} AFTER UPDATE ON ${table} WHEN old._rowid_ <> new._rowid_ OR ${isOther} BEGIN ${remove('old')} ${remove('new')} ${add} END`,
    `CREATE TRIGGER ${erase} AFTER DELETE ON ${table} BEGIN ${remove('old')} END`,
    `INSERT INTO ${name} (rowid, ${own}) SELECT _rowid_, ${values('')} FROM ${table}`,
  ];
}

/** How the definition of such a table begins. */
export const beginningOf = (name: string): string => `CREATE VIRTUAL TABLE ${quoteName(name)} USING fts5(c0`;

/** The statements that remove it, also what is left of one; `triggers` are the names of those that are there. */
export function removalOf(name: string, triggers: readonly string[]): readonly string[] {
  return [...triggers.map((trigger) => `DROP TRIGGER IF EXISTS ${quoteName(trigger)}`), `DROP TABLE IF EXISTS ${quoteName(name)}`];
}

/** SQL that gives the names of an index's triggers, also where their configuration is not known. */
export function triggersQuery(name: string): string {
  const [start, end] = [quoteText(`${name} `), `length(${quoteText(`${name} `)})`];
  return `SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger' AND substr(name, 1, ${end}) = ${start} AND instr(sql, ${quoteText(quoteName(name))}) > 0`;
}

/**
 * A condition of rows in which a query of FTS5 is found, where nobody sees to it that the index is there and kept. What makes a table anew
 * drops its triggers (Sequelize's own changeColumn on SQLite does): the index is then stale, so each search looks whether they are
 * there, and fails with what to do where they aren't.
 */
export function carefulSearch(index: TextIndex, match: string, rowid: string): string {
  const [name, triggers] = [quoteName(index.name), triggerNames(index).map(quoteText).join(', ')];
  const kept = `SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ${quoteText(index.table)} COLLATE NOCASE AND name IN (${triggers})`;
  const what = `the full-text index ${index.name} on ${index.table} (${index.columns.join(', ')}; ${index.configuration})`;
  // FTS5 has no way to fail with a message, but it names the column that a query looks for and the table has not.
  const lost = `"${`${what} is not there or has lost its triggers: call addFullTextIndex()`.replaceAll('"', '""')}" : x`;
  return `(${rowid} IN (SELECT rowid FROM ${name} WHERE ${name} MATCH iif((${kept}) = 3, ${quoteText(match)}, ${quoteText(lost)})))`;
}

/** Whether SQLite says that it was built without FTS5. */
export const isWithoutFts5 = (error: unknown): boolean => error instanceof Error && /no such module: fts5/i.test(error.message);
