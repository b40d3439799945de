import type { DataTypes, QueryInterface, Sequelize } from 'sequelize';
import type { SequelizeClassInternals, SequelizeInternals } from '../sequelize-internals.js';

/*
 * What Sequelize's declarations leave out of the parts that write definitions (lib/dialects/abstract/query-generator.js,
 * lib/dialects/postgres/query-generator.js and lib/data-types.js of sequelize 6.37.8).
 */

/** A data type, as a class or as an object of it. */
export interface DataTypeInternals {
  readonly key?: string;
  /** Of an array: its elements' type. */
  readonly type?: DataTypeInternals;
  /** Of an ENUM. */
  readonly values?: readonly string[];
}

/** A column of a migration. */
export interface Attribute extends Record<string, unknown> {
  type?: unknown;
  field?: string;
  values?: readonly string[];
  defaultValue?: unknown;
  unique?: unknown;
}

export type Attributes = Readonly<Record<string, Attribute>>;

type SequelizeTable = string | { readonly tableName: string; readonly schema: string };

export interface Generator {
  quoteIdentifier(name: string): string;
  quoteTable(table: SequelizeTable): string;
  attributesToSQL(attributes: Attributes, options: { table: SequelizeTable; context: 'createTable' }): Record<string, string>;
  createTableQuery(table: SequelizeTable, attributes: Record<string, string>, options: object): string;
  addColumnQuery(table: SequelizeTable, column: string, attribute: Attribute): string;
  addIndexQuery(table: SequelizeTable, options: object, rawTableName: SequelizeTable): string;
  addConstraintQuery(table: SequelizeTable, options: object): string;
  /** The name of an ENUM column's type, quoted, with its schema; of PostgreSQL's dialect alone. */
  pgEnumName(table: SequelizeTable, column: string): string;
}

/** What writes the statements of a query interface's dialect. */
export const generatorOf = (queryInterface: QueryInterface): Generator =>
  (queryInterface as unknown as { queryGenerator: Generator }).queryGenerator;

/** A Sequelize with the parts that its declarations leave out. */
export const internalsOf = (sequelize: Sequelize): SequelizeInternals => sequelize as unknown as SequelizeInternals;

/** The class that a Sequelize was made of: a program may have several copies of the package. */
export type SequelizeClass = SequelizeClassInternals & {
  readonly DataTypes: typeof DataTypes;
  readonly Utils: { readonly SequelizeMethod: new () => object; underscore(text: string): string };
};

export const classOf = (sequelize: Sequelize): SequelizeClass => sequelize.constructor as unknown as SequelizeClass;
