import { PgError } from '../pg-error.js';
import type { AlterTableAction, ConstraintClause } from '../sql/ast.js';
import { quoteName } from '../translate/quote.js';
import { quoteIdentifier } from '../types/format-type.js';
import { translateExpressionText } from '../translate/stand-alone.js';
import type { Stored } from '../types/codec.js';
import { refuseNulls } from './alter-column.js';
import { constraintNames, keysOf } from './automatic-names.js';
import type { Catalog, ForeignKeyDefinition, KeyDefinition, TableDefinition } from './catalog.js';
import { withConstraint } from './constraint-clauses.js';
import { keyFor, referencesTo, refuseConstraintName } from './constraints-of.js';
import { type DefinitionContext, dependents, namerFor, shownName } from './definition.js';
import { dropForeignKey } from './drop-tables.js';
import type { SqlSession } from './session.js';
import { createKeyIndex, dropStoredIndex, redefineTable, shownValue } from './storage.js';
import type { StoredCatalog } from './stored-catalog.js';

type Action<T extends AlterTableAction['type']> = Extract<AlterTableAction, { type: T }>;

/** Adds a constraint that all rows already fulfil. @throws PgError where one does not */
export async function addConstraint(
  table: TableDefinition,
  clause: ConstraintClause,
  { session, catalog }: DefinitionContext,
): Promise<StoredCatalog> {
  const changed = withConstraint(table, clause, { catalog, namer: namerFor(catalog, table.schema) });
  if (changed === table) return catalog;
  const after = catalog.withTables(changed);
  if (clause.type === 'primary key') await refuseNulls(table, clause.columns, session);
  for (const key of keysOf(changed).filter((each) => !keysOf(table).includes(each))) await createKeyIndex(session, key, changed);
  for (const { name, text } of changed.checks.slice(table.checks.length)) await refuseFailingRows(session, changed, name, text, after);
  for (const key of changed.foreignKeys.slice(table.foreignKeys.length)) await refuseOrphans(session, changed, key, after);
  if (clause.type !== 'unique') await redefineTable(session, changed, after);
  return after;
}

async function refuseFailingRows(
  session: SqlSession,
  table: TableDefinition,
  constraint: string,
  text: string,
  catalog: Catalog,
): Promise<void> {
  const condition = translateExpressionText(text, catalog, table);
  const [row] = await session.all(`SELECT 1 FROM ${quoteName(table.storedName)} WHERE NOT (${condition}) LIMIT 1`);
  if (row === undefined) return;
  throw new PgError('23514', `check constraint "${constraint}" of relation "${table.name}" is violated by some row`, {
    schema: table.schema,
    table: table.name,
    constraint,
  });
}

async function refuseOrphans(session: SqlSession, table: TableDefinition, key: ForeignKeyDefinition, catalog: Catalog): Promise<void> {
  const { schema, table: parentName, columns } = key.references;
  const parent = catalog.table([schema, parentName]);
  if (parent === undefined) return;
  const filled = key.columns.map((name) => `c.${quoteName(name)} IS NOT NULL`).join(' AND ');
  const equal = columns.map((name, index) => `p.${quoteName(name)} = c.${quoteName(key.columns[index] ?? '')}`).join(' AND ');
  const [row] = await session.all(
    `SELECT ${key.columns.map((name) => `c.${quoteName(name)}`).join(', ')} FROM ${quoteName(table.storedName)} c ` +
      `WHERE ${filled} AND NOT EXISTS (SELECT 1 FROM ${quoteName(parent.storedName)} p WHERE ${equal}) LIMIT 1`,
  );
  if (row === undefined) return;
  const values = key.columns.map((name) => shownValue(table, name, row[name] as Stored)).join(', ');
  throw new PgError('23503', `insert or update on table "${table.name}" violates foreign key constraint "${key.name}"`, {
    detail: `Key (${key.columns.join(', ')})=(${values}) is not present in table "${parent.name}".`,
    schema: table.schema,
    table: table.name,
    constraint: key.name,
  });
}

export async function dropConstraint(
  table: TableDefinition,
  { name, ifExists, cascade }: Action<'drop constraint'>,
  { session, catalog }: DefinitionContext,
): Promise<StoredCatalog> {
  if (!constraintNames(table).has(name)) {
    if (ifExists) return catalog;
    throw new PgError('42704', `constraint "${name}" of relation "${table.name}" does not exist`);
  }
  const key = keysOf(table).find((each) => each.name === name);
  if (key !== undefined) return await dropKey(table, key, cascade, { session, catalog });
  const changed = {
    ...table,
    checks: table.checks.filter((check) => check.name !== name),
    foreignKeys: table.foreignKeys.filter((each) => each.name !== name),
  };
  const after = catalog.withTables(changed);
  await redefineTable(session, changed, after);
  return after;
}

/** The columns of a primary key stay NOT NULL, as in PostgreSQL. */
async function dropKey(
  table: TableDefinition,
  key: KeyDefinition,
  cascade: boolean,
  { session, catalog }: DefinitionContext,
): Promise<StoredCatalog> {
  const { primaryKey, ...rest } = table;
  const changed = {
    ...rest,
    ...(primaryKey && primaryKey !== key && { primaryKey }),
    uniques: table.uniques.filter((each) => each !== key),
  };
  const resting = referencesTo(catalog, table).filter((reference) => keyFor(changed, reference.key.references.columns) === undefined);
  if (resting.length > 0 && !cascade) {
    const others = resting.map(
      (reference) => `constraint ${quoteIdentifier(reference.key.name)} on table ${shownName(reference.table, catalog)}`,
    );
    throw dependents(
      `constraint ${quoteIdentifier(key.name)} on table ${shownName(table, catalog)}`,
      others,
      `index ${quoteIdentifier(key.name)}`,
    );
  }
  let after = catalog;
  for (const reference of resting) after = await dropForeignKey(reference.key, reference.table, { session, catalog: after });
  const current = after.table([table.schema, table.name]) ?? table;
  await dropStoredIndex(session, key);
  return after.withTables({ ...changed, foreignKeys: current.foreignKeys });
}

export async function renameConstraint(
  table: TableDefinition,
  { name, to }: Action<'rename constraint'>,
  { session, catalog }: DefinitionContext,
): Promise<StoredCatalog> {
  if (!constraintNames(table).has(name)) throw new PgError('42704', `constraint "${name}" for table "${table.name}" does not exist`);
  refuseConstraintName(table, to);
  if (keysOf(table).some((key) => key.name === name)) namerFor(catalog, table.schema).take(to);
  const renamed = <T extends { readonly name: string }>(each: T): T => (each.name === name ? { ...each, name: to } : each);
  const { primaryKey } = table;
  const changed: TableDefinition = {
    ...table,
    ...(primaryKey && { primaryKey: renamed(primaryKey) }),
    uniques: table.uniques.map(renamed),
    checks: table.checks.map(renamed),
    foreignKeys: table.foreignKeys.map(renamed),
  };
  const after = catalog.withTables(changed);
  await redefineTable(session, changed, after);
  return after;
}
