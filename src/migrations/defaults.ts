import type { QueryInterface } from 'sequelize';
import { ConfigurationError } from '../index.js';
import { checkQueryInterface, shownValue } from './arguments.js';
import { engineOf } from './engine-of.js';

/** An expression that the database works out for each row. */
export type Expression = ReturnType<QueryInterface['sequelize']['literal']>;

/** Version 4 (the third group begins with 4), variant 1 (the fourth with 8, 9, a or b); random() is called anew for each row. */
const UUID_OF_SQLITE =
  "(lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' || " +
  "substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))))";

/**
 * A default that gives each row a random UUID (version 4): `gen_random_uuid()` on PostgreSQL, where it is built in since version 13 and comes
 * with the extension pgcrypto before (`createExtensionSafe(queryInterface, 'pgcrypto')`), and on the fallback; an expression on SQLite.
 */
export function uuidDefault(queryInterface: QueryInterface): Expression {
  return literal(queryInterface, 'gen_random_uuid()', UUID_OF_SQLITE);
}

/** A default that is the moment of the INSERT; on SQLite in the form that Sequelize stores dates in, so that both sort together. */
export function nowDefault(queryInterface: QueryInterface): Expression {
  return literal(queryInterface, 'CURRENT_TIMESTAMP', "(strftime('%Y-%m-%d %H:%M:%f +00:00', 'now'))");
}

/**
 * A default for JSON and JSONB columns, also where the value is a text, a number or null.
 *
 * @throws ConfigurationError where JSON has no such value
 */
export function jsonDefault(queryInterface: QueryInterface, value: unknown): Expression {
  checkQueryInterface(queryInterface);
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new ConfigurationError('jsonDefault value', 'must be one that JSON has', shownValue(value));
  return quoted(queryInterface, text);
}

/**
 * A default for ARRAY columns of any element type: PostgreSQL's array literal; on plain SQLite the JSON text.
 *
 * @throws ConfigurationError where `values` is no array
 */
export function arrayDefault(queryInterface: QueryInterface, values: readonly unknown[]): Expression {
  checkQueryInterface(queryInterface);
  if (!Array.isArray(values)) throw new ConfigurationError('arrayDefault values', 'must be an array', shownValue(values));
  return quoted(queryInterface, engineOf(queryInterface) === 'sqlite' ? JSON.stringify(values) : arrayLiteral(values));
}

/** Functions for defaults that migrations for PostgreSQL name most. */
const FUNCTION = /^\(?(now|gen_random_uuid|uuid_generate_v4)\(\)\)?$/i;

/** On plain SQLite, what stands for `fn('now')`, `literal('uuid_generate_v4()')` and the like. */
export function onSqlite(queryInterface: QueryInterface, given: object): object {
  const { fn, args, val } = given as { fn?: unknown; args?: unknown[]; val?: unknown };
  const text = typeof fn === 'string' && args?.length === 0 ? `${fn}()` : val;
  const [, name] = (typeof text === 'string' && FUNCTION.exec(text.trim())) || [];
  if (name === undefined) return given;
  return name.toLowerCase() === 'now' ? nowDefault(queryInterface) : uuidDefault(queryInterface);
}

/** A text as a literal of the database's language. */
export const quoted = ({ sequelize }: QueryInterface, text: string): Expression => sequelize.literal(sequelize.escape(text));

function literal(queryInterface: QueryInterface, postgres: string, sqlite: string): Expression {
  checkQueryInterface(queryInterface);
  return queryInterface.sequelize.literal(engineOf(queryInterface) === 'sqlite' ? sqlite : postgres);
}

/** PostgreSQL's text form of an array (its manual, 8.15.2). */
function arrayLiteral(values: readonly unknown[]): string {
  return `{${values.map(elementText).join(',')}}`;
}

function elementText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return arrayLiteral(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : value instanceof Date ? value.toISOString() : JSON.stringify(value);
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
