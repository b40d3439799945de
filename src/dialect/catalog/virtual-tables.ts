import type { PgType } from '../types/pg-type.js';
import type { Catalog } from './catalog.js';
import {
  checkRows,
  columnRows,
  constraintColumnRows,
  constraintRows,
  keyColumnRows,
  referentialRows,
  type Row,
  schemaRows,
  sequenceRows,
  tableRows,
  viewRows,
} from './information-schema.js';
import { PG_CATALOG, type View } from './pg-catalog.js';
import { withSessionNames } from './session-names.js';

/** A view of PostgreSQL's own catalogs, with its rows as they are now. Values are texts, numbers, booleans and null. */
export interface VirtualTable {
  readonly columns: readonly { readonly name: string; readonly type: PgType }[];
  readonly rows: readonly Row[];
}

const NAME: PgType = { key: 'name' };
const TEXT: PgType = { key: 'varchar' };
const INT: PgType = { key: 'int4' };

const CONSTRAINT: Readonly<Record<string, PgType>> = {
  constraint_catalog: NAME,
  constraint_schema: NAME,
  constraint_name: NAME,
  table_catalog: NAME,
  table_schema: NAME,
  table_name: NAME,
};

const INFORMATION_SCHEMA: Readonly<Record<string, View>> = {
  tables: {
    columns: { table_catalog: NAME, table_schema: NAME, table_name: NAME, table_type: TEXT, is_insertable_into: TEXT },
    rows: tableRows,
  },
  schemata: { columns: { catalog_name: NAME, schema_name: NAME, schema_owner: NAME }, rows: schemaRows },
  columns: {
    columns: {
      table_catalog: NAME,
      table_schema: NAME,
      table_name: NAME,
      column_name: NAME,
      ordinal_position: INT,
      column_default: TEXT,
      is_nullable: TEXT,
      data_type: TEXT,
      character_maximum_length: INT,
      numeric_precision: INT,
      numeric_scale: INT,
      datetime_precision: INT,
      udt_schema: NAME,
      udt_name: NAME,
      is_identity: TEXT,
      identity_generation: TEXT,
      is_generated: TEXT,
      generation_expression: TEXT,
      is_updatable: TEXT,
    },
    rows: columnRows,
  },
  table_constraints: {
    columns: { ...CONSTRAINT, constraint_type: TEXT, is_deferrable: TEXT, initially_deferred: TEXT, enforced: TEXT, nulls_distinct: TEXT },
    rows: constraintRows,
  },
  key_column_usage: {
    columns: { ...CONSTRAINT, column_name: NAME, ordinal_position: INT, position_in_unique_constraint: INT },
    rows: keyColumnRows,
  },
  constraint_column_usage: {
    columns: {
      table_catalog: NAME,
      table_schema: NAME,
      table_name: NAME,
      column_name: NAME,
      constraint_catalog: NAME,
      constraint_schema: NAME,
      constraint_name: NAME,
    },
    rows: constraintColumnRows,
  },
  check_constraints: {
    columns: { constraint_catalog: NAME, constraint_schema: NAME, constraint_name: NAME, check_clause: TEXT },
    rows: checkRows,
  },
  referential_constraints: {
    columns: {
      constraint_catalog: NAME,
      constraint_schema: NAME,
      constraint_name: NAME,
      unique_constraint_catalog: NAME,
      unique_constraint_schema: NAME,
      unique_constraint_name: NAME,
      match_option: TEXT,
      update_rule: TEXT,
      delete_rule: TEXT,
    },
    rows: referentialRows,
  },
  views: {
    columns: { table_catalog: NAME, table_schema: NAME, table_name: NAME, view_definition: TEXT, check_option: TEXT, is_updatable: TEXT },
    rows: viewRows,
  },
  sequences: {
    columns: { sequence_catalog: NAME, sequence_schema: NAME, sequence_name: NAME, data_type: TEXT },
    rows: sequenceRows,
  },
};

/** The view that a name in FROM means: information_schema's with their schema, pg_catalog's also without. */
export function virtualTable(name: readonly string[], catalog: Catalog): VirtualTable | undefined {
  const [last = '', schema = 'pg_catalog'] = [...name].reverse();
  const views = schema === 'information_schema' ? INFORMATION_SCHEMA : schema === 'pg_catalog' ? PG_CATALOG : {};
  const view = Object.hasOwn(views, last) ? views[last] : undefined;
  if (view === undefined) return undefined;
  return {
    columns: Object.entries(view.columns).map(([column, type]) => ({ name: column, type })),
    rows: withSessionNames(view.rows(catalog), catalog),
  };
}
