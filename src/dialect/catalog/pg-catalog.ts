import type { PgType } from '../types/pg-type.js';
import type { Catalog, TableDefinition } from './catalog.js';
import { referencesTo } from './constraints-of.js';
import { DATABASE, type Row } from './information-schema.js';
import { indexesOf } from './shown-definitions.js';

/** A view of a server's own catalogs. */
export interface View {
  readonly columns: Readonly<Record<string, PgType>>;
  readonly rows: (catalog: Catalog) => readonly Row[];
}

const NAME: PgType = { key: 'name' };
const TEXT: PgType = { key: 'text' };
const BOOL: PgType = { key: 'bool' };
const OID: PgType = { key: 'oid' };
const FLOAT: PgType = { key: 'float4' };

/** Where the numbers of schemas, relations and types begin; they hold for one statement, as nothing keeps them. */
const SCHEMA_OIDS = 2200;
const RELATION_OIDS = 16384;
const TYPE_OIDS = 65536;

const relations = (catalog: Catalog, kind: TableDefinition['kind']) => [...catalog.tables()].filter((table) => table.kind === kind);

const schemaOid = (catalog: Catalog, name: string): number => SCHEMA_OIDS + [...catalog.schemas()].indexOf(name);

/** The plain ones: names, and how the numbers of one lead to the other. */
export const PG_CATALOG: Readonly<Record<string, View>> = {
  pg_tables: {
    columns: {
      schemaname: NAME,
      tablename: NAME,
      tableowner: NAME,
      tablespace: NAME,
      hasindexes: BOOL,
      hasrules: BOOL,
      hastriggers: BOOL,
      rowsecurity: BOOL,
    },
    rows: (catalog) => relations(catalog, 'table').map((table) => pgTable(table, catalog)),
  },
  pg_views: {
    columns: { schemaname: NAME, viewname: NAME, viewowner: NAME, definition: TEXT },
    rows: (catalog) => relations(catalog, 'view').map(pgView),
  },
  pg_matviews: {
    columns: {
      schemaname: NAME,
      matviewname: NAME,
      matviewowner: NAME,
      tablespace: NAME,
      hasindexes: BOOL,
      ispopulated: BOOL,
      definition: TEXT,
    },
    rows: (catalog) => relations(catalog, 'materialized view').map(pgMaterializedView),
  },
  pg_indexes: {
    columns: { schemaname: NAME, tablename: NAME, indexname: NAME, tablespace: NAME, indexdef: TEXT },
    rows: (catalog) => [...catalog.tables()].flatMap(pgIndexes),
  },
  pg_namespace: {
    columns: { oid: OID, nspname: NAME },
    rows: (catalog) => [...catalog.schemas()].map((name) => ({ oid: schemaOid(catalog, name), nspname: name })),
  },
  pg_class: {
    columns: { oid: OID, relname: NAME, relnamespace: OID, relkind: TEXT },
    rows: relationRows,
  },
  pg_constraint: {
    columns: {
      oid: OID,
      conname: NAME,
      connamespace: OID,
      contype: TEXT,
      condeferrable: BOOL,
      condeferred: BOOL,
      convalidated: BOOL,
      conrelid: OID,
      confrelid: OID,
    },
    rows: pgConstraints,
  },
  pg_type: {
    columns: { oid: OID, typname: NAME, typnamespace: OID, typtype: TEXT },
    rows: (catalog) =>
      [...catalog.enums()].map(({ name, schema }, index) => ({
        oid: TYPE_OIDS + index,
        typname: name,
        typnamespace: schemaOid(catalog, schema),
        typtype: 'e',
      })),
  },
  pg_enum: {
    columns: { oid: OID, enumtypid: OID, enumsortorder: FLOAT, enumlabel: NAME },
    rows: (catalog) =>
      [...catalog.enums()].flatMap(({ labels }, index) =>
        labels.map((label, order) => ({
          oid: TYPE_OIDS * 2 + index * 1000 + order,
          enumtypid: TYPE_OIDS + index,
          enumsortorder: order + 1,
          enumlabel: label,
        })),
      ),
  },
};

function pgTable(table: TableDefinition, catalog: Catalog): Row {
  return {
    schemaname: table.schema,
    tablename: table.name,
    tableowner: DATABASE,
    tablespace: null,
    hasindexes: indexesOf(table).length > 0,
    hasrules: false,
    // A server checks both sides of a foreign key with triggers.
    hastriggers: table.foreignKeys.length + referencesTo(catalog, table).length > 0,
    rowsecurity: false,
  };
}

const pgView = (view: TableDefinition): Row => ({
  schemaname: view.schema,
  viewname: view.name,
  viewowner: DATABASE,
  definition: ` ${view.select};`,
});

const pgMaterializedView = (view: TableDefinition): Row => ({
  schemaname: view.schema,
  matviewname: view.name,
  matviewowner: DATABASE,
  tablespace: null,
  hasindexes: view.indexes.length > 0,
  ispopulated: true,
  definition: ` ${view.select};`,
});

function pgIndexes(table: TableDefinition): Row[] {
  return indexesOf(table).map(({ name, definition }) => ({
    schemaname: table.schema,
    tablename: table.name,
    indexname: name,
    tablespace: null,
    indexdef: definition,
  }));
}

const RELATION_KINDS = { table: 'r', view: 'v', 'materialized view': 'm' } as const;

function relationRows(catalog: Catalog): Row[] {
  const named = [...catalog.tables()].flatMap((table) => [
    { name: table.name, kind: RELATION_KINDS[table.kind], schema: table.schema },
    ...indexesOf(table).map(({ name }) => ({ name, kind: 'i', schema: table.schema })),
    ...table.columns.flatMap(({ sequence }) => (sequence === undefined ? [] : { name: sequence, kind: 'S', schema: table.schema })),
  ]);
  return named.map(({ name, kind, schema }, index) => ({
    oid: RELATION_OIDS + index,
    relname: name,
    relnamespace: schemaOid(catalog, schema),
    relkind: kind,
  }));
}

const CONSTRAINT_OIDS = TYPE_OIDS * 4;

function pgConstraints(catalog: Catalog): Row[] {
  const oids = new Map(relationRows(catalog).map(({ oid, relname, relnamespace }) => [`${String(relnamespace)}.${String(relname)}`, oid]));
  const relation = (schema: string, name: string) => oids.get(`${schemaOid(catalog, schema)}.${name}`) ?? 0;
  const rows = [...catalog.tables()].flatMap((table) => {
    const { schema, name, primaryKey, uniques, foreignKeys, checks } = table;
    const of = (contype: string, conname: string, key?: TableDefinition['foreignKeys'][number]): Row => ({
      conname,
      connamespace: schemaOid(catalog, schema),
      contype,
      condeferrable: key?.deferrable === true,
      condeferred: key?.initiallyDeferred === true,
      convalidated: true,
      conrelid: relation(schema, name),
      confrelid: key === undefined ? 0 : relation(key.references.schema, key.references.table),
    });
    return [
      ...(primaryKey ? [of('p', primaryKey.name)] : []),
      ...uniques.map((key) => of('u', key.name)),
      ...foreignKeys.map((key) => of('f', key.name, key)),
      ...checks.map((check) => of('c', check.name)),
    ];
  });
  return rows.map((row, index) => ({ oid: CONSTRAINT_OIDS + index, ...row }));
}
