import type { EnumType, PgType } from '../types/pg-type.js';
import type { TableDefinition } from './catalog.js';
import { introspected } from './introspection.js';
import type { SqlSession } from './session.js';
import { keyOf, StoredCatalog } from './stored-catalog.js';

export { StoredCatalog } from './stored-catalog.js';

/** The table that keeps what PostgreSQL knows of tables, types and schemas, as JSON, with a row that counts its changes. */
export const CATALOG_TABLE = 'sequelize_resilient_catalog';

type Kind = 'table' | 'enum' | 'schema';

const VERSION = "SELECT value AS version FROM `sequelize_resilient_catalog` WHERE kind = 'version'";

/** The number that changes whenever the file's catalog is changed, by any process; 0 where nothing was defined yet. */
export async function catalogVersion(session: SqlSession): Promise<number> {
  try {
    const [row] = await session.all(VERSION);
    return Number(row?.['version'] ?? 0);
  } catch (error) {
    if (isNoSuchTable(error)) return 0;
    throw error;
  }
}

/** Reads what the file says of itself. Tables that something else has made are described as well as SQLite's own types can. */
export async function readCatalog(session: SqlSession): Promise<StoredCatalog> {
  const version = await catalogVersion(session);
  const rows = version === 0 ? [] : await session.all(`SELECT kind, value FROM \`${CATALOG_TABLE}\` ORDER BY rowid`);
  const definitions = (kind: Kind) => rows.filter((row) => row['kind'] === kind).map((row) => JSON.parse(String(row['value'])) as unknown);
  let catalog = StoredCatalog.empty.withVersion(version);
  for (const schema of definitions('schema') as string[]) catalog = catalog.withSchema(schema);
  for (const type of definitions('enum') as EnumType[]) catalog = catalog.withEnum(type);
  const tables = (definitions('table') as TableDefinition[]).map((table) => revived(table, catalog));
  return catalog.withTables(...tables, ...(await introspected(session, tables)));
}

/** Writes what a definition has changed, and answers the catalog with its new version. */
export async function writeCatalog(session: SqlSession, before: StoredCatalog, after: StoredCatalog): Promise<StoredCatalog> {
  const changes = [
    ...changedEntries('schema', schemaEntries(before), schemaEntries(after)),
    ...changedEntries('enum', enumEntries(before), enumEntries(after)),
    ...changedEntries('table', tableEntries(before), tableEntries(after)),
  ]; // prettier-ignore
  if (changes.length === 0) return after;
  await session.run(
    `CREATE TABLE IF NOT EXISTS \`${CATALOG_TABLE}\` (kind TEXT NOT NULL, key TEXT NOT NULL, value NOT NULL, UNIQUE (kind, key))`,
  );
  for (const { kind, key, value } of changes) {
    if (value === undefined) await session.run(`DELETE FROM \`${CATALOG_TABLE}\` WHERE kind = ?1 AND key = ?2`, [kind, key]);
    else await session.run(UPSERT, [kind, key, JSON.stringify(value, withoutLabels)]);
  }
  await session.run(UPSERT_VERSION);
  return after.withVersion(await catalogVersion(session));
}

const UPSERT = `INSERT INTO \`${CATALOG_TABLE}\` (kind, key, value) VALUES (?1, ?2, ?3) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value`;
const UPSERT_VERSION = `INSERT INTO \`${CATALOG_TABLE}\` (kind, key, value) VALUES ('version', '', 1) ON CONFLICT (kind, key) DO UPDATE SET value = value + 1`;

interface Change {
  readonly kind: Kind;
  readonly key: string;
  readonly value?: unknown;
}

function changedEntries(kind: Kind, before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): Change[] {
  const gone = [...before.keys()].filter((key) => !after.has(key)).map((key) => ({ kind, key }));
  const written = [...after].filter(([key, value]) => before.get(key) !== value).map(([key, value]) => ({ kind, key, value }));
  return [...gone, ...written];
}

const named = <T extends { schema: string; name: string }>(list: Iterable<T>): Map<string, T> =>
  new Map([...list].map((each) => [`${each.schema}.${each.name}`, each]));
const tableEntries = (catalog: StoredCatalog) => named(catalog.tables());
const enumEntries = (catalog: StoredCatalog) => named(catalog.enums());
const schemaEntries = (catalog: StoredCatalog) => new Map([...catalog.schemas()].map((name) => [name, name]));

/** A column's enum is kept by its name; what is read is committed. */
function withoutLabels(key: string, value: unknown): unknown {
  if (key === 'uncommitted') return undefined;
  if (key !== 'enum') return value;
  const { schema, name } = value as EnumType;
  return { schema, name };
}

function revived(table: TableDefinition, catalog: StoredCatalog): TableDefinition {
  return { ...table, columns: table.columns.map((column) => ({ ...column, type: revivedType(column.type, catalog) })) };
}

function revivedType(type: PgType, catalog: StoredCatalog): PgType {
  if (type.element !== undefined) return { ...type, element: revivedType(type.element, catalog) };
  if (type.enum === undefined) return type;
  const found = catalog.enumType([type.enum.schema, type.enum.name]);
  if (found === undefined) throw new Error(`The fallback's catalog has no enum ${keyOf(type.enum).replace('\0', '.')}.`);
  return { ...type, enum: found };
}

const isNoSuchTable = (error: unknown): boolean => /no such table/.test((error as Error).message);
