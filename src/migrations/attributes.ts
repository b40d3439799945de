import type { QueryInterface } from 'sequelize';
import { ConfigurationError } from '../index.js';
import { checkName, shownValue } from './arguments.js';
import { arrayDefault, type Expression, onSqlite, quoted } from './defaults.js';
import { sqliteType, typeKey } from './dialect-types.js';
import { engineOf } from './engine-of.js';
import { type Attribute, type Attributes, classOf, type DataTypeInternals, generatorOf, internalsOf } from './generator.js';

/**
 * The columns as the database behind the query interface takes them: types mapped on plain SQLite, defaults in the database's form, and
 * everything normalized by Sequelize. What was given stays as it is.
 *
 * @throws ConfigurationError for a column without a type, and a default that its type can't have
 */
export function preparedAttributes(queryInterface: QueryInterface, given: unknown): Attributes {
  if (!isRecord(given) || Object.keys(given).length === 0) {
    throw new ConfigurationError('attributes', 'must be an object with a column or more: { name: { type } }', shownValue(given));
  }
  return Object.fromEntries(Object.entries(given).map(([name, attribute]) => [name, preparedAttribute(queryInterface, name, attribute)]));
}

/** As `preparedAttributes`, for one column. */
export function preparedAttribute(queryInterface: QueryInterface, name: string, given: unknown): Attribute {
  checkName('column', name);
  const attribute: Attribute = isRecord(given) && 'type' in given ? { ...given } : { type: given };
  if (attribute.field !== undefined) checkName(`attributes.${name}.field`, attribute.field);
  if (!isDataType(attribute.type)) {
    throw new ConfigurationError(`attributes.${name}.type`, 'must be a data type, e.g. types.STRING', shownValue(attribute.type));
  }
  refuseNamedKey(name, attribute.unique);
  const key = typeKey(attribute.type);
  const defaultValue = preparedDefault(queryInterface, {
    name,
    key,
    elementKey: elementKeyOf(attribute.type),
    value: attribute.defaultValue,
  });
  if (defaultValue !== undefined) attribute.defaultValue = defaultValue;
  if (engineOf(queryInterface) === 'sqlite') {
    attribute.type = key === 'ENUM' ? checkedText(queryInterface, name, attribute) : sqliteType(attribute.type, queryInterface);
  }
  const normalized = internalsOf(queryInterface.sequelize).normalizeAttribute(attribute) as Attribute;
  refuseMisread(name, normalized);
  return normalized;
}

/** Sequelize's createTable leaves such a key out without a word. */
function refuseNamedKey(name: string, unique: unknown): void {
  if (unique === undefined || typeof unique === 'boolean') return;
  throw new ConfigurationError(
    `attributes.${name}.unique`,
    'must be true or false; name keys in options.uniqueKeys, or add them with addIndexSafe()',
    shownValue(unique),
  );
}

/** Sequelize looks for these words of its own anywhere in a column's text (lib/dialects/postgres/query-generator.js, lib/dialects/sqlite/query-generator.js). */
const MISREAD = /PRIMARY KEY|SERIAL|AUTOINCREMENT|REFERENCES|COMMENT /;

function refuseMisread(name: string, { defaultValue }: Attribute): void {
  const { val } = (defaultValue ?? {}) as { val?: unknown };
  const text = val ?? defaultValue;
  const [word] = (typeof text === 'string' && MISREAD.exec(text)) || [];
  if (word === undefined) return;
  throw new ConfigurationError(
    `attributes.${name}.defaultValue`,
    `must not have the word ${word} in it, which Sequelize takes for its own`,
    text as string,
  );
}

/** The labels of an ENUM, or of an array's elements; none for other types. */
export function enumValues({ type, values }: Attribute): readonly string[] | undefined {
  const own = typeKey(type) === 'ARRAY' ? (type as DataTypeInternals).type : (type as DataTypeInternals);
  return typeKey(own) === 'ENUM' ? (values ?? own?.values ?? []) : undefined;
}

interface GivenDefault {
  readonly name: string;
  readonly key: string;
  /** Of an array's elements. */
  readonly elementKey: string;
  readonly value: unknown;
}

/** A migration that asks `isPostgreSQL(queryInterface) ? [] : '[]'` gives the fallback, which has arrays, a JSON text. */
function preparedDefault(queryInterface: QueryInterface, given: GivenDefault): unknown {
  const { key, value } = given;
  const { SequelizeMethod } = classOf(queryInterface.sequelize).Utils;
  if (value === undefined || value === null) return value;
  if (value instanceof SequelizeMethod) return engineOf(queryInterface) === 'sqlite' ? onSqlite(queryInterface, value) : value;
  if (key === 'ARRAY') return arrayValue(queryInterface, given);
  if (key === 'JSON' || key === 'JSONB') return quoted(queryInterface, jsonText(value));
  const isPlain = Array.isArray(value) || isRecord(value);
  // There the type of an array is TEXT.
  return engineOf(queryInterface) === 'sqlite' && isPlain ? quoted(queryInterface, JSON.stringify(value)) : value;
}

function arrayValue(queryInterface: QueryInterface, { name, elementKey, value }: GivenDefault): unknown[] | Expression {
  const parsed = typeof value === 'string' ? parsedJson(value) : value;
  const isSqlite = engineOf(queryInterface) === 'sqlite';
  // Of enums Sequelize writes none: it looks for a model.
  if (Array.isArray(parsed)) return isSqlite || elementKey === 'ENUM' ? arrayDefault(queryInterface, parsed) : (parsed as unknown[]);
  if (typeof value === 'string' && value.startsWith('{') && !isSqlite) return quoted(queryInterface, value);
  throw new ConfigurationError(`attributes.${name}.defaultValue`, 'must be an array, or its JSON text', shownValue(value));
}

const elementKeyOf = (type: unknown): string => typeKey((type as DataTypeInternals | undefined)?.type);

/** A text that is JSON of an object or array means that; any other is a text itself. */
function jsonText(value: unknown): string {
  const parsed = typeof value === 'string' ? parsedJson(value) : undefined;
  return JSON.stringify(typeof parsed === 'object' && parsed !== null ? parsed : value);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** SQLite has no enums: a text that can only be one of the labels. */
function checkedText(queryInterface: QueryInterface, name: string, attribute: Attribute): string {
  const values = enumValues({ ...attribute, type: instanceOf(attribute.type) }) ?? [];
  if (values.length === 0) throw new ConfigurationError(`attributes.${name}.type`, 'ENUM needs values', undefined);
  return `TEXT ${enumCheck(queryInterface, attribute.field ?? name, values)}`;
}

/** The constraint that stands for an ENUM's labels on plain SQLite. */
export function enumCheck(queryInterface: QueryInterface, column: string, values: readonly string[]): string {
  const labels = values.map((value) => queryInterface.sequelize.escape(value)).join(', ');
  return `CHECK (${generatorOf(queryInterface).quoteIdentifier(column)} IN (${labels}))`;
}

/** ENUM without labels may be written plain where `values` stand beside it. */
const instanceOf = (type: unknown): unknown => (typeof type === 'function' ? new (type as new () => object)() : type);

const isDataType = (type: unknown): boolean => (typeof type === 'string' && type !== '') || typeKey(type) !== '';

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // A migration may have been loaded in a context of its own.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
