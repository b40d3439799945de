import { type PgResult, pgField } from '../client/pg-result.js';
import { oidOf } from '../types/type-names.js';
import type { PgType } from '../types/pg-type.js';
import type { Catalog, TableDefinition } from './catalog.js';
import { columnRows, constraintColumnRows, constraintRows, keyColumnRows, type Row, schemaRows, tableRows } from './information-schema.js';
import { withSessionNames } from './session-names.js';
import { byName, foreignKeyDefinition, indexesOf } from './shown-definitions.js';
import { typeRows } from './type-rows.js';

/*
 * Sequelize's postgres dialect asks PostgreSQL's catalogs with texts that never change but for names. They are known here by how they
 * begin and where the names stand (lib/dialects/postgres/query-generator.js and connection-manager.js of sequelize 6.37.8), and
 * answered as PostgreSQL 15 does. Any other question about the catalogs goes through the translation and `virtualTable`.
 */

interface Question {
  /** Cheap to ask of every text. */
  readonly beginning: string;
  readonly pattern: RegExp;
  readonly fields: Readonly<Record<string, PgType>>;
  readonly answer: (catalog: Catalog, names: readonly (string | undefined)[]) => readonly Row[];
}

const NAME: PgType = { key: 'name' };
const VARCHAR: PgType = { key: 'varchar' };
const TEXT: PgType = { key: 'text' };
const BOOL: PgType = { key: 'bool' };
const OID: PgType = { key: 'oid' };
const NAMES: PgType = { key: 'array', element: NAME };

/** A name in quotes: PostgreSQL's doubled ones stay for `unquoted`. */
const N = "'((?:[^']|'')*)'";

const QUESTIONS: readonly Question[] = [
  {
    // showTablesQuery
    beginning: 'SELECT table_name FROM information_schema.tables WHERE table_schema = ',
    pattern: new RegExp(`= ${N} AND table_type LIKE '%TABLE' AND table_name != 'spatial_ref_sys';?$`),
    fields: { table_name: NAME },
    answer: (catalog, [schema]) =>
      tableRows(catalog)
        .filter((row) => row['table_schema'] === schema && row['table_type'] === 'BASE TABLE')
        .map(tableName),
  },
  {
    // tableExistsQuery
    beginning: 'SELECT table_name FROM information_schema.tables WHERE table_schema = ',
    pattern: new RegExp(`= ${N} AND table_name = ${N};?$`),
    fields: { table_name: NAME },
    answer: (catalog, [schema, table]) =>
      tableRows(catalog)
        .filter((row) => row['table_schema'] === schema && row['table_name'] === table)
        .map(tableName),
  },
  {
    // describeTableQuery
    beginning: 'SELECT pk.constraint_type as "Constraint",c.column_name as "Field", c.column_default as "Default"',
    pattern: new RegExp(` WHERE c.table_name = ${N} AND c.table_schema = ${N};?$`),
    fields: { Constraint: VARCHAR, Field: NAME, Default: VARCHAR, Null: VARCHAR, Type: TEXT, special: NAMES, Comment: TEXT },
    answer: (catalog, [table, schema]) => described(catalog, schema ?? '', table ?? ''),
  },
  {
    // showIndexesQuery
    beginning: 'SELECT i.relname AS name, ix.indisprimary AS primary, ix.indisunique AS unique, ix.indkey AS indkey, array_agg(a.attnum)',
    pattern:
      /t\.relkind = 'r' and t\.relname = '(.*?)'(?: AND s\.oid = t\.relnamespace AND s\.nspname = '(.*?)')? GROUP BY i\.relname, .* ORDER BY i\.relname;?$/s,
    fields: {
      name: NAME,
      primary: BOOL,
      unique: BOOL,
      indkey: TEXT,
      column_indexes: { key: 'array', element: { key: 'int2' } },
      column_names: NAMES,
      definition: TEXT,
    },
    answer: (catalog, [table, schema]) =>
      tablesNamed(catalog, table, schema)
        .flatMap(indexRows)
        .sort((a, b) => byName(a as { name: string }, b as { name: string })),
  },
  {
    // getForeignKeysQuery
    beginning: 'SELECT conname as constraint_name, pg_catalog.pg_get_constraintdef(r.oid, true) as condef FROM pg_catalog.pg_constraint r',
    pattern: /WHERE relname = '(.*?)' LIMIT 1\) AND r\.contype = 'f' ORDER BY 1;?$/s,
    fields: { constraint_name: NAME, condef: TEXT },
    answer: (catalog, [table]) => foreignKeyRows(tablesNamed(catalog, table, undefined).slice(0, 1)),
  },
  {
    // getForeignKeyReferencesQuery
    beginning: 'SELECT DISTINCT tc.constraint_name as constraint_name, tc.constraint_schema as constraint_schema',
    pattern:
      /WHERE constraint_type = 'FOREIGN KEY' AND tc\.table_name = '(.*?)'(?: AND tc\.table_catalog = '(.*?)')?(?: AND tc\.table_schema = '(.*?)')?;?$/s,
    fields: referenceFields(),
    answer: (catalog, [table, database, schema]) => references(catalog, { table, schema, database }),
  },
  {
    // getForeignKeyReferenceQuery
    beginning: 'SELECT DISTINCT tc.constraint_name as constraint_name, tc.constraint_schema as constraint_schema',
    pattern:
      /WHERE constraint_type = 'FOREIGN KEY' AND tc\.table_name='(.*?)' AND {2}kcu\.column_name = '(.*?)'(?: AND tc\.table_schema = '(.*?)')?;?$/s,
    fields: referenceFields(),
    answer: (catalog, [table, column, schema]) => references(catalog, { table, schema, column }),
  },
  {
    // showConstraintsQuery
    beginning: 'SELECT constraint_catalog AS "constraintCatalog", constraint_schema AS "constraintSchema"',
    pattern: /from INFORMATION_SCHEMA\.table_constraints WHERE table_name='(.*?)';?$/s,
    fields: {
      constraintCatalog: NAME,
      constraintSchema: NAME,
      constraintName: NAME,
      tableCatalog: NAME,
      tableSchema: NAME,
      tableName: NAME,
      constraintType: VARCHAR,
      isDeferrable: VARCHAR,
      initiallyDeferred: VARCHAR,
    },
    answer: (catalog, [table]) =>
      withSessionNames(constraintRows(catalog), catalog)
        .filter((row) => row['table_name'] === table)
        .map(camelized),
  },
  {
    // pgListEnums
    beginning: 'SELECT t.typname enum_name, array_agg(e.enumlabel ORDER BY enumsortorder) enum_value FROM pg_type t',
    pattern: /WHERE n\.nspname = '(.*?)'(?: AND t\.typname='(.*?)')? GROUP BY 1;?$/s,
    fields: { enum_name: NAME, enum_value: NAMES },
    answer: (catalog, [schema, name]) => enumRows(catalog, schema, name),
  },
  {
    // showSchemasQuery
    beginning: 'SELECT schema_name FROM information_schema.schemata WHERE schema_name <> ',
    pattern:
      /^SELECT schema_name FROM information_schema\.schemata WHERE schema_name <> 'information_schema' AND schema_name != 'public' AND schema_name !~ E'\^pg_';?$/,
    fields: { schema_name: NAME },
    answer: (catalog) =>
      schemaRows(catalog)
        .map((row) => ({ schema_name: String(row['schema_name']) }))
        .filter(({ schema_name }) => schema_name !== 'information_schema' && schema_name !== 'public' && !schema_name.startsWith('pg_')),
  },
  {
    // _refreshDynamicOIDs
    beginning: 'WITH ranges AS (  SELECT pg_range.rngtypid, pg_type.typname AS rngtypname',
    pattern: /WHERE \(pg_type\.typtype IN\('b', 'e'\)\);?$/,
    fields: { typname: NAME, typtype: TEXT, oid: OID, typarray: OID, rngtypname: NAME, rngtypid: OID, rngtyparray: OID },
    answer: typeRows,
  },
];

/** The answer to a question of Sequelize's about tables, columns, indexes, constraints and types; `undefined` for any other text. */
export function answerCatalogQuestion(sql: string, catalog: Catalog): PgResult | undefined {
  for (const question of QUESTIONS) {
    if (!sql.startsWith(question.beginning)) continue;
    const match = question.pattern.exec(sql);
    if (match === null) continue;
    const rows = question.answer(catalog, match.slice(1).map(unquoted));
    const fields = Object.entries(question.fields).map(([name, type]) => pgField(name, oidOf(type)));
    return { command: 'SELECT', rowCount: rows.length, oid: null, rows: [...rows], fields };
  }
  return undefined;
}

const unquoted = (name: string | undefined): string | undefined => name?.replaceAll("''", "'");

const tableName = (row: Row): Row => ({ table_name: row['table_name'] });

/** Without a schema all tables of the name, as the question says. */
function tablesNamed(catalog: Catalog, name: string | undefined, schema: string | undefined): TableDefinition[] {
  return [...catalog.tables()].filter(
    (table) => table.kind === 'table' && table.name === name && (schema === undefined || table.schema === schema),
  );
}

function described(catalog: Catalog, schema: string, name: string): Row[] {
  const table = catalog.table([schema, name]);
  if (table === undefined || table.kind === 'materialized view') return [];
  const rows = columnRows(catalog).filter((row) => row['table_schema'] === schema && row['table_name'] === name);
  return table.columns.map((column, index) => {
    const row = rows[index] ?? {};
    const length = row['character_maximum_length'] as number | null;
    const dataType = column.type.key === 'hstore' ? 'hstore' : String(row['data_type']);
    return {
      Constraint: table.primaryKey?.columns.includes(column.name) ? 'PRIMARY KEY' : null,
      Field: column.name,
      Default: row['column_default'],
      Null: row['is_nullable'],
      Type: length === null ? dataType : `${dataType}(${length})`,
      special: column.type.enum === undefined ? null : arrayText(labelsNamed(catalog, column.type.enum.name)),
      Comment: column.comment ?? null,
    };
  });
}

/** The question looks for the type's name alone, so that types of other schemas add their labels. */
function labelsNamed(catalog: Catalog, name: string): string[] {
  return [...catalog.enums()].filter((type) => type.name === name).flatMap(({ labels }) => labels);
}

/** `pg` has no parser for arrays of names, so that they stay PostgreSQL's text. */
function arrayText(elements: readonly string[]): string {
  return `{${elements.map(arrayElement).join(',')}}`;
}

function arrayElement(element: string): string {
  if (element !== '' && !/[{}",\\\s]/.test(element) && !/^null$/i.test(element)) return element;
  return `"${element.replaceAll(/["\\]/g, '\\$&')}"`;
}

const SYSTEM_COLUMNS = ['tableoid', 'cmax', 'xmax', 'cmin', 'xmin', 'ctid'];

/** The question joins each index with all columns of its table, those that every table has among them. */
function indexRows(table: TableDefinition): Row[] {
  const numbers = [...SYSTEM_COLUMNS.map((_, index) => index - SYSTEM_COLUMNS.length), ...table.columns.map((_, index) => index + 1)];
  const names = arrayText([...SYSTEM_COLUMNS, ...table.columns.map(({ name }) => name)]);
  return indexesOf(table).map(({ name, isPrimary, unique, positions, definition }) => ({
    name,
    primary: isPrimary,
    unique,
    indkey: positions.join(' '),
    column_indexes: numbers,
    column_names: names,
    definition,
  }));
}

function foreignKeyRows(tables: readonly TableDefinition[]): Row[] {
  const keys = tables.flatMap(({ foreignKeys }) => foreignKeys).sort(byName);
  return keys.map((key) => ({ constraint_name: key.name, condef: foreignKeyDefinition(key) }));
}

function referenceFields(): Readonly<Record<string, PgType>> {
  return {
    constraint_name: NAME,
    constraint_schema: NAME,
    constraint_catalog: NAME,
    table_name: NAME,
    table_schema: NAME,
    table_catalog: NAME,
    initially_deferred: VARCHAR,
    is_deferrable: VARCHAR,
    column_name: NAME,
    referenced_table_schema: NAME,
    referenced_table_catalog: NAME,
    referenced_table_name: NAME,
    referenced_column_name: NAME,
  };
}

interface Wanted {
  readonly table: string | undefined;
  readonly schema: string | undefined;
  readonly column?: string | undefined;
  readonly database?: string | undefined;
}

/** The question joins by the constraint's name alone, so that a key of two columns gives four rows. */
function references(catalog: Catalog, { table, schema, column, database }: Wanted): Row[] {
  const constraints = withSessionNames(constraintRows(catalog), catalog).filter(
    (row) =>
      row['constraint_type'] === 'FOREIGN KEY' &&
      row['table_name'] === table &&
      (schema === undefined || row['table_schema'] === schema) &&
      (database === undefined || row['table_catalog'] === database),
  );
  const isOf = (constraint: Row) => (row: Row) => row['constraint_name'] === constraint['constraint_name'];
  const rows = constraints.flatMap((constraint) =>
    keyColumnRows(catalog)
      .filter(isOf(constraint))
      .filter((row) => column === undefined || row['column_name'] === column)
      .flatMap((key) =>
        constraintColumnRows(catalog)
          .filter(isOf(constraint))
          .map((used) => referenceRow(constraint, key, used)),
      ),
  );
  const distinct = new Map(rows.map((row) => [JSON.stringify(row), row]));
  return [...distinct].sort(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([, row]) => row);
}

function referenceRow(constraint: Row, key: Row, used: Row): Row {
  return {
    constraint_name: constraint['constraint_name'],
    constraint_schema: constraint['constraint_schema'],
    constraint_catalog: constraint['constraint_catalog'],
    table_name: constraint['table_name'],
    table_schema: constraint['table_schema'],
    table_catalog: constraint['table_catalog'],
    initially_deferred: constraint['initially_deferred'],
    is_deferrable: constraint['is_deferrable'],
    column_name: key['column_name'],
    referenced_table_schema: used['table_schema'],
    referenced_table_catalog: constraint['table_catalog'],
    referenced_table_name: used['table_name'],
    referenced_column_name: used['column_name'],
  };
}

function camelized(row: Row): Row {
  const wanted = [
    'constraint_catalog',
    'constraint_schema',
    'constraint_name',
    'table_catalog',
    'table_schema',
    'table_name',
    'constraint_type',
    'is_deferrable',
    'initially_deferred',
  ]; // prettier-ignore
  return Object.fromEntries(wanted.map((name) => [name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), row[name]]));
}

function enumRows(catalog: Catalog, schema: string | undefined, name: string | undefined): Row[] {
  return [...catalog.enums()]
    .filter((type) => type.schema === schema && (name === undefined || type.name === name))
    .sort(byName)
    .map((type) => ({ enum_name: type.name, enum_value: arrayText(type.labels) }));
}
