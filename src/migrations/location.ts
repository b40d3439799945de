import type { QueryInterface, TableName } from 'sequelize';
import { checkQueryInterface, checkWord, namedTable } from './arguments.js';
import { type LocationNames, locationNames } from './location-columns.js';
import { quotedName, quotedTable } from './quoted-table.js';
import { existingTable, type Relation, relationOf } from './relation.js';
import { done, SchemaChangeError, type SchemaChange } from './schema-change.js';
import { inStep, rows, run, type Step, type StepOptions } from './step.js';
import { storedColumns } from './stored-columns.js';

/** What can be said of a location. */
export interface LocationOptions extends StepOptions, LocationNames {
  /**
   * What a PostgreSQL without the extension PostGIS does: `'error'` refuses the columns; `'columns'` leaves PostGIS's column out, so that
   * searches use latitude and longitude, as on SQLite.
   * @default 'error'
   */
  withoutPostgis?: 'error' | 'columns';
}

/**
 * Gives a table a place on earth: two columns, latitude and longitude in degrees (WGS 84), which programs read and write on every
 * database. They are both NULL or both within their ranges. On PostgreSQL with PostGIS a third one is calculated of them, a
 * `geography(Point, 4326)` with a GiST index. Columns that are there stay as they are.
 *
 * @throws ConfigurationError for bad arguments; SchemaChangeError where the table is missing or a column of the name is of another type
 */
export async function addLocationColumns(
  queryInterface: QueryInterface,
  table: TableName,
  options: LocationOptions = {},
): Promise<SchemaChange> {
  checkQueryInterface(queryInterface);
  checkWord('withoutPostgis', options.withoutPostgis, ['error', 'columns']);
  const [named, names] = [namedTable(table), locationNames(options)];
  const subject = `location "${names.name}" of ${named.shown}`;
  return await inStep(queryInterface, options, async (step) => {
    const relation = await existingTable(step, named, subject);
    const point = await pointOf(step, subject, options);
    const columns = await storedColumns(step, relation);
    const isThere = (name: string) => columns.some((column) => column.name === name);
    for (const { name, declared } of columns) if (isCoordinate(name, names)) refuseOtherType(name, declared, subject);
    const parts: readonly Part[] = [...columnParts(names, relation), ...(point ? pointParts(names, relation) : [])];
    const details: string[] = [];
    for (const part of parts) {
      if (part.kind === 'column' ? isThere(part.name) : await hasIndex(step, relation, part.name)) continue;
      await run(step, part.sql(quotedTable(step, relation)));
      details.push(`added ${part.kind} "${part.name}"`);
    }
    return done(details.length === 0 ? 'exists' : details.length === parts.length ? 'created' : 'changed', subject, details);
  });
}

/**
 * Removes the columns of a location with their indexes, where they are there.
 *
 * @throws ConfigurationError for bad arguments
 */
export async function removeLocationColumns(
  queryInterface: QueryInterface,
  table: TableName,
  options: StepOptions & LocationNames = {},
): Promise<SchemaChange> {
  checkQueryInterface(queryInterface);
  const [named, names] = [namedTable(table), locationNames(options)];
  const subject = `location "${names.name}" of ${named.shown}`;
  return await inStep(queryInterface, options, async (step) => {
    const relation = await relationOf(step, named);
    const columns = relation.kind === 'table' ? await storedColumns(step, relation) : [];
    // What is calculated of others goes first; SQLite does not drop a column that the CHECK of another one names.
    const going = [...(await hasPoint(step, relation, names)), names.longitude, names.latitude].filter((name) =>
      columns.some((column) => column.name === name),
    );
    if (going.length === 0) return done('absent', subject);
    for (const name of indexNames(names, relation)) {
      if (await hasIndex(step, relation, name)) await run(step, `DROP INDEX ${quotedTable(step, { ...relation, name })}`);
    }
    for (const name of going) await run(step, `ALTER TABLE ${quotedTable(step, relation)} DROP COLUMN ${quotedName(name)}`);
    return done('removed', subject);
  });
}

interface Part {
  readonly kind: 'column' | 'index';
  readonly name: string;
  readonly sql: (table: string) => string;
}

function columnParts(names: Required<LocationNames>, relation: Relation): readonly Part[] {
  const { latitude, longitude } = names;
  const [index = ''] = indexNames(names, relation);
  const [first, second] = [quotedName(latitude), quotedName(longitude)];
  const column = (name: string, limit: number, also: string) => (table: string) =>
    `ALTER TABLE ${table} ADD COLUMN ${quotedName(name)} double precision CHECK (${quotedName(name)} BETWEEN -${limit} AND ${limit})${also}`;
  return [
    { kind: 'column', name: latitude, sql: column(latitude, 90, '') },
    { kind: 'column', name: longitude, sql: column(longitude, 180, ` CHECK ((${first} IS NULL) = (${second} IS NULL))`) },
    { kind: 'index', name: index, sql: (table) => `CREATE INDEX ${quotedName(index)} ON ${table} (${first}, ${second})` },
  ];
}

/** PostGIS's column: its coordinates are x, y, that is longitude first. */
function pointParts(names: Required<LocationNames>, relation: Relation): readonly Part[] {
  const { name, latitude, longitude } = names;
  const [, index = ''] = indexNames(names, relation);
  const point = `ST_SetSRID(ST_MakePoint(${quotedName(longitude)}, ${quotedName(latitude)}), 4326)::geography`;
  const add = `ADD COLUMN ${quotedName(name)} geography(Point, 4326) GENERATED ALWAYS AS (${point}) STORED`;
  return [
    { kind: 'column', name, sql: (table) => `ALTER TABLE ${table} ${add}` },
    { kind: 'index', name: index, sql: (table) => `CREATE INDEX ${quotedName(index)} ON ${table} USING gist (${quotedName(name)})` },
  ];
}

const indexNames = ({ name, latitude, longitude }: Required<LocationNames>, { name: table }: Relation): readonly string[] => [
  `${table}_${latitude}_${longitude}`,
  `${table}_${name}_gist`,
];

const isCoordinate = (name: string, { latitude, longitude }: Required<LocationNames>): boolean => name === latitude || name === longitude;

function refuseOtherType(name: string, declared: string, subject: string): void {
  if (/^double precision\b/i.test(declared)) return;
  throw new SchemaChangeError(subject, `the column "${name}" is there and of type ${declared}`, 'Choose other names, or change its type.');
}

/** Whether PostGIS's column is to be made. */
async function pointOf(step: Step, subject: string, { withoutPostgis = 'error' }: LocationOptions): Promise<boolean> {
  if (step.engine !== 'postgres') return false;
  const [type] = await rows(step, "SELECT 1 AS there FROM pg_type WHERE typname = 'geography'");
  if (type !== undefined || withoutPostgis === 'columns') return type !== undefined;
  throw new SchemaChangeError(
    subject,
    'this PostgreSQL has not the extension PostGIS in this database',
    "CREATE EXTENSION postgis, or pass withoutPostgis: 'columns' to search by latitude and longitude alone.",
  );
}

/** PostGIS's column, where it is the one of this location: a column of that name may be the program's own. */
async function hasPoint(step: Step, { schema, name: table }: Relation, { name }: Required<LocationNames>): Promise<readonly string[]> {
  if (step.engine !== 'postgres') return [];
  const found = await rows<{ name: string }>(
    step,
    `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = :schema AND table_name = :table
      AND column_name = :name AND udt_name = 'geography' AND is_generated = 'ALWAYS'`,
    { schema, table, name },
  );
  return found.map((column) => column.name);
}

async function hasIndex(step: Step, { schema, name: table }: Relation, name: string): Promise<boolean> {
  const found =
    step.engine === 'sqlite'
      ? await rows(
          step,
          "SELECT 1 AS there FROM sqlite_schema WHERE type = 'index' AND tbl_name = :table COLLATE NOCASE AND name = :name",
          { table, name },
        ) // prettier-ignore
      : await rows(step, 'SELECT 1 AS there FROM pg_indexes WHERE schemaname = :schema AND tablename = :table AND indexname = :name', {
          schema,
          table,
          name,
        }); // prettier-ignore
  return found.length > 0;
}
