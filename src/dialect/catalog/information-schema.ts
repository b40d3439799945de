import { formatType } from '../types/format-type.js';
import type { PgType } from '../types/pg-type.js';
import { keysOf } from './automatic-names.js';
import { keyFor } from './constraints-of.js';
import type { Catalog, ColumnDefinition, ForeignKeyDefinition, TableDefinition } from './catalog.js';
import { isTemporary } from './temporary-schema.js';

export type Row = Readonly<Record<string, unknown>>;

/** What the fallback calls its database where nobody says how: PostgreSQL's views name it. */
export const DATABASE = 'postgres';

const SYSTEM_SCHEMAS = ['pg_catalog', 'information_schema'];

/** The standard knows no materialized views. */
const list = (catalog: Catalog): TableDefinition[] => [...catalog.tables()].filter(({ kind }) => kind !== 'materialized view');
const yesNo = (value: boolean): string => (value ? 'YES' : 'NO');

/** information_schema.tables. */
export function tableRows(catalog: Catalog): Row[] {
  return list(catalog).map((table) => ({
    table_catalog: DATABASE,
    table_schema: table.schema,
    table_name: table.name,
    table_type: table.kind === 'view' ? 'VIEW' : isTemporary(table) ? 'LOCAL TEMPORARY' : 'BASE TABLE',
    is_insertable_into: yesNo(table.kind === 'table'),
  }));
}

/** information_schema.schemata. */
export function schemaRows(catalog: Catalog): Row[] {
  return [...catalog.schemas(), ...SYSTEM_SCHEMAS].map((name) => ({ catalog_name: DATABASE, schema_name: name, schema_owner: DATABASE }));
}

/** information_schema.columns. */
export function columnRows(catalog: Catalog): Row[] {
  return list(catalog).flatMap((table) => table.columns.map((column, index) => columnRow(table, column, index + 1)));
}

function columnRow(table: TableDefinition, column: ColumnDefinition, position: number): Row {
  const { type } = column;
  const isIdentity = column.serial !== undefined && column.serial !== 'serial';
  return {
    table_catalog: DATABASE,
    table_schema: table.schema,
    table_name: table.name,
    column_name: column.name,
    ordinal_position: position,
    column_default: column.generated === undefined ? (column.shownDefault ?? column.default ?? null) : null,
    is_nullable: yesNo(!column.notNull),
    data_type: dataType(type),
    character_maximum_length: type.key === 'varchar' || type.key === 'bpchar' ? (type.modifiers?.[0] ?? null) : null,
    numeric_precision: numericPrecision(type),
    numeric_scale: type.key === 'numeric' ? (type.modifiers?.[1] ?? null) : ['int2', 'int4', 'int8'].includes(type.key) ? 0 : null,
    datetime_precision: /^(?:time|timestamp)/.test(type.key) ? (type.modifiers?.[0] ?? 6) : type.key === 'date' ? 0 : null,
    udt_schema: type.enum?.schema ?? (isOfExtension(type) ? 'public' : 'pg_catalog'),
    udt_name: udtName(type),
    is_identity: yesNo(isIdentity),
    identity_generation: isIdentity ? (column.serial === 'identity' ? 'BY DEFAULT' : 'ALWAYS') : null,
    is_generated: column.generated === undefined ? 'NEVER' : 'ALWAYS',
    generation_expression: column.generated ?? null,
    is_updatable: yesNo(table.kind === 'table'),
  };
}

const PRECISIONS: Partial<Record<PgType['key'], number>> = { int2: 16, int4: 32, int8: 64, float4: 24, float8: 53 };

const numericPrecision = (type: PgType): number | string | null =>
  type.key === 'numeric' ? (type.modifiers?.[0] ?? null) : (PRECISIONS[type.key] ?? null);

const isOfExtension = ({ key }: PgType): boolean => ['citext', 'hstore', 'geometry', 'geography'].includes(key);

/** information_schema.columns.data_type. */
function dataType(type: PgType): string {
  if (type.key === 'array') return 'ARRAY';
  if (type.enum !== undefined || isOfExtension(type)) return 'USER-DEFINED';
  return type.key === 'bpchar' ? 'character' : formatType({ key: type.key });
}

const udtName = (type: PgType): string => (type.element === undefined ? (type.enum?.name ?? type.key) : `_${udtName(type.element)}`);

interface Constraint {
  readonly name: string;
  readonly type: 'PRIMARY KEY' | 'UNIQUE' | 'FOREIGN KEY' | 'CHECK';
  readonly columns: readonly string[];
  readonly foreignKey?: ForeignKeyDefinition;
}

function constraintsOf(table: TableDefinition): Constraint[] {
  return [
    ...table.checks.map(({ name }) => ({ name, type: 'CHECK', columns: [] }) as const),
    ...keysOf(table).map(
      (key) => ({ name: key.name, type: key === table.primaryKey ? 'PRIMARY KEY' : 'UNIQUE', columns: key.columns }) as const,
    ),
    ...table.foreignKeys.map((key) => ({ name: key.name, type: 'FOREIGN KEY', columns: key.columns, foreignKey: key }) as const),
  ];
}

/** information_schema.table_constraints; NOT NULL is a CHECK there, with a name made of numbers. */
export function constraintRows(catalog: Catalog): Row[] {
  return list(catalog).flatMap((table, index) =>
    [...constraintsOf(table), ...notNulls(table, index)].map((constraint) => constraintRow(table, constraint)),
  );
}

function notNulls(table: TableDefinition, tableIndex: number): Constraint[] {
  const positions = table.kind === 'view' ? [] : table.columns.flatMap(({ notNull }, index) => (notNull ? index + 1 : []));
  return positions.map((position) => ({ name: `2200_${FIRST_OID + tableIndex}_${position}_not_null`, type: 'CHECK', columns: [] }));
}

/** PostgreSQL's first number of what a user makes. */
const FIRST_OID = 16384;

function constraintRow(table: TableDefinition, { name, type, foreignKey }: Constraint): Row {
  return {
    constraint_catalog: DATABASE,
    constraint_schema: table.schema,
    constraint_name: name,
    table_catalog: DATABASE,
    table_schema: table.schema,
    table_name: table.name,
    constraint_type: type,
    is_deferrable: yesNo(foreignKey?.deferrable === true),
    initially_deferred: yesNo(foreignKey?.initiallyDeferred === true),
    enforced: 'YES',
    nulls_distinct: type === 'UNIQUE' ? 'YES' : null,
  };
}

/** information_schema.key_column_usage. */
export function keyColumnRows(catalog: Catalog): Row[] {
  return list(catalog).flatMap((table) =>
    constraintsOf(table).flatMap(({ name, columns, foreignKey }) =>
      columns.map((column, index) => ({
        ...constraintPlace(table, name),
        column_name: column,
        ordinal_position: index + 1,
        position_in_unique_constraint: foreignKey === undefined ? null : index + 1,
      })),
    ),
  );
}

const constraintPlace = ({ schema, name: table }: TableDefinition, name: string): Row => ({
  constraint_catalog: DATABASE,
  constraint_schema: schema,
  constraint_name: name,
  table_catalog: DATABASE,
  table_schema: schema,
  table_name: table,
});

/** information_schema.constraint_column_usage: of a foreign key the columns that it references. */
export function constraintColumnRows(catalog: Catalog): Row[] {
  return list(catalog).flatMap((table) =>
    constraintsOf(table).flatMap(({ name, columns, foreignKey }) => {
      const place = foreignKey?.references ?? { schema: table.schema, table: table.name, columns };
      return place.columns.map((column) => ({
        table_catalog: DATABASE,
        table_schema: place.schema,
        table_name: place.table,
        column_name: column,
        constraint_catalog: DATABASE,
        constraint_schema: table.schema,
        constraint_name: name,
      }));
    }),
  );
}

/** information_schema.check_constraints. */
export function checkRows(catalog: Catalog): Row[] {
  return list(catalog).flatMap(({ schema, checks }) =>
    checks.map(({ name, text }) => ({
      constraint_catalog: DATABASE,
      constraint_schema: schema,
      constraint_name: name,
      check_clause: `(${text})`,
    })),
  );
}

/** information_schema.referential_constraints. */
export function referentialRows(catalog: Catalog): Row[] {
  return list(catalog).flatMap((table) =>
    table.foreignKeys.map((key) => {
      const parent = catalog.table([key.references.schema, key.references.table]);
      return {
        constraint_catalog: DATABASE,
        constraint_schema: table.schema,
        constraint_name: key.name,
        unique_constraint_catalog: DATABASE,
        unique_constraint_schema: key.references.schema,
        unique_constraint_name: parent === undefined ? null : (keyFor(parent, key.references.columns)?.name ?? null),
        match_option: 'NONE',
        update_rule: (key.onUpdate ?? 'no action').toUpperCase(),
        delete_rule: (key.onDelete ?? 'no action').toUpperCase(),
      };
    }),
  );
}

/** information_schema.views. */
export function viewRows(catalog: Catalog): Row[] {
  const views = list(catalog).filter(({ kind }) => kind === 'view');
  return views.map(({ schema, name, select }) => ({
    table_catalog: DATABASE,
    table_schema: schema,
    table_name: name,
    view_definition: ` ${select};`,
    check_option: 'NONE',
    is_updatable: 'NO',
  }));
}

/** information_schema.sequences: those of identity columns are not in it. */
export function sequenceRows(catalog: Catalog): Row[] {
  return list(catalog).flatMap(({ schema, columns }) =>
    columns.flatMap(({ sequence, type, serial }) =>
      sequence === undefined || serial?.startsWith('identity')
        ? []
        : { sequence_catalog: DATABASE, sequence_schema: schema, sequence_name: sequence, data_type: formatType(type) },
    ),
  );
}
