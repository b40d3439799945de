import { DataTypes, type Sequelize } from 'sequelize';
import { internalsOf, type AttributeInternals, type ModelInternals } from '../sequelize-internals.js';

/** lib/dialects/postgres/query-generator.js of sequelize 6.37.8, as lib/model.js (sync) and the query interface use it. */
interface Generator {
  pgEnum(table: unknown, field: string, type: unknown, options: object): string;
  attributesToSQL(attributes: object, options: object): object;
  createTableQuery(table: unknown, attributes: object, options: object): string;
  addIndexQuery(table: unknown, options: object, rawTableName: unknown): string;
}

/** The statements that `sync()` makes a model with, one list of them for each part of it. */
export interface ModelDefinition {
  readonly schema: string | undefined;
  readonly enums: readonly string[];
  readonly table: string;
  readonly indexes: readonly string[];
}

interface SyncedModel {
  readonly tableAttributes: Record<string, AttributeInternals>;
  readonly options: { readonly uniqueKeys?: object };
  readonly uniqueKeys?: object;
  readonly _schema?: string | null;
  readonly _indexes: readonly { readonly fields: unknown }[];
}

/** What a definition is to have of a model. */
interface Choice {
  /** This attribute alone, and no index. */
  readonly only?: string;
  /** Attributes that are to be plain texts. */
  readonly asText?: ReadonlySet<string>;
}

/** Without foreign keys, so that the order of models is no matter. */
export function modelDefinition(sequelize: Sequelize, model: ModelInternals, { only, asText }: Choice = {}): ModelDefinition {
  const internals = internalsOf(sequelize);
  const { queryGenerator: generator } = internals.queryInterface as { queryGenerator: Generator };
  const { tableAttributes, options, uniqueKeys, _schema, _indexes } = model as unknown as SyncedModel;
  const tableName: unknown = model.getTableName();
  const wanted = Object.entries(tableAttributes).filter(([name]) => only === undefined || name === only);
  const columns = Object.fromEntries(
    wanted.map(([name, attribute]) => {
      const chosen = asText?.has(name) ? standIn(attribute) : { ...attribute };
      return [name, internals.normalizeAttribute(chosen) as AttributeInternals];
    }),
  );
  const isWhole = only === undefined;
  const tableOptions = { ...options, uniqueKeys: isWhole ? copied(options.uniqueKeys ?? uniqueKeys) : {} };
  const sql = generator.attributesToSQL(columns, { table: tableName, context: 'createTable', withoutForeignKeyConstraints: true });
  return {
    schema: _schema ?? undefined,
    enums: Object.entries(columns).flatMap(([name, column]) => {
      const type = enumIn(column.type);
      return type === undefined ? [] : [generator.pgEnum(tableName, column.field ?? name, type, tableOptions)];
    }),
    table: generator.createTableQuery(tableName, sql, tableOptions),
    indexes: isWhole ? _indexes.map((index) => generator.addIndexQuery(tableName, { ...options, ...index }, tableName)) : [],
  };
}

const standIn = ({ field, primaryKey }: AttributeInternals): AttributeInternals => ({
  type: DataTypes.TEXT,
  ...(field !== undefined && { field }),
  ...(primaryKey !== undefined && { primaryKey }),
});

interface TypeInternals {
  readonly key?: string;
  readonly type?: TypeInternals;
}

function enumIn(type: unknown): TypeInternals | undefined {
  const { key, type: element } = type as TypeInternals;
  if (key === 'ENUM') return type as TypeInternals;
  return key === 'ARRAY' && element?.key === 'ENUM' ? element : undefined;
}

/** Query interface's createTable() notes in them that they are no index of their own. */
function copied(uniqueKeys: object | undefined): object {
  const entries = Object.entries(uniqueKeys ?? {}) as [string, object][];
  return Object.fromEntries(entries.map(([name, key]) => [name, { customIndex: true, ...key }]));
}
