import type { QueryInterface, TableName } from 'sequelize';
import { ConfigurationError } from '../index.js';

/** A table as it was named: without a schema it is in the one that PostgreSQL's search path begins with. */
export interface NamedTable {
  readonly name: string;
  readonly schema: string | undefined;
  /** The form that Sequelize takes. */
  readonly forSequelize: string | { readonly tableName: string; readonly schema: string };
  /** For messages. */
  readonly shown: string;
}

/**
 * Reads a table's name; `'app.users'` is `{ schema: 'app', tableName: 'users' }`, as Sequelize's PostgreSQL dialect takes it.
 *
 * @throws ConfigurationError where it is none
 */
export function namedTable(table: TableName, schemaOption?: string): NamedTable {
  const { tableName, schema } = typeof table === 'string' ? partsOf(table) : table;
  const within = schema ?? schemaOption;
  checkName('table', tableName);
  if (within === undefined || within === '')
    return { name: tableName, schema: undefined, forSequelize: tableName, shown: `"${tableName}"` };
  checkName('schema', within);
  return { name: tableName, schema: within, forSequelize: { tableName, schema: within }, shown: `"${within}"."${tableName}"` };
}

function partsOf(table: string): { tableName: string; schema?: string } {
  const [first = '', second, ...more] = table.split('.');
  if (more.length > 0) throw new ConfigurationError('table', 'has at most one dot; name it as { schema, tableName }', `'${table}'`);
  return second === undefined ? { tableName: first } : { tableName: second, schema: first };
}

/**
 * Refuses quotation marks, too: Sequelize takes `"` out of names for PostgreSQL and the backtick out of those for SQLite (removeTicks() in
 * lib/utils.js of sequelize 6.37.8), so that something of another name would be made.
 *
 * @throws ConfigurationError where it is no name that each database keeps as it is
 */
export function checkName(what: string, name: unknown): asserts name is string {
  checkLabel(what, name);
  if (/["`]/.test(name)) throw new ConfigurationError(what, 'must be a name without " and `, which Sequelize takes out', `'${name}'`);
}

/** @throws ConfigurationError where a text is empty, none or longer than PostgreSQL keeps */
export function checkLabel(what: string, name: unknown): asserts name is string {
  const rule = 'must be a name of 1 to 63 bytes';
  if (typeof name !== 'string' || name === '') throw new ConfigurationError(what, rule, shownValue(name));
  if (Buffer.byteLength(name) > 63) throw new ConfigurationError(what, `${rule} (PostgreSQL cuts longer ones)`, `'${name}'`);
}

/** @throws ConfigurationError where a value is none of the words */
export function checkWord<W extends string>(option: string, value: unknown, words: readonly W[]): asserts value is W | undefined {
  if (value !== undefined && !words.includes(value as W)) {
    throw new ConfigurationError(option, `must be ${words.map((word) => `'${word}'`).join(', ')}`, shownValue(value));
  }
}

/** @throws ConfigurationError where it is no query interface, e.g. a Sequelize */
export function checkQueryInterface(queryInterface: unknown): asserts queryInterface is QueryInterface {
  const { sequelize, queryGenerator } = (queryInterface ?? {}) as { sequelize?: unknown; queryGenerator?: unknown };
  if (typeof sequelize !== 'object' || sequelize === null || typeof queryGenerator !== 'object') {
    throw new ConfigurationError(
      'queryInterface',
      "must be Sequelize's query interface: a migration's first argument, or sequelize.getQueryInterface()",
      shownValue(queryInterface),
    );
  }
  const { options } = sequelize as { options?: { quoteIdentifiers?: unknown } };
  // Names in lower case then are other names than those that were given.
  if (options?.quoteIdentifiers === false)
    throw new ConfigurationError('quoteIdentifiers', "must not be off in Sequelize's options", 'false');
}

/** A value for a message: texts in quotes, objects by their kind alone. */
export function shownValue(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
