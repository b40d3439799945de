import { PgError } from '../pg-error.js';
import type { ColumnClause, ConstraintClause, CreateTable } from '../sql/ast.js';
import { keysOf, relationNames } from './automatic-names.js';
import type { TableDefinition } from './catalog.js';
import { type ClauseContext, withColumn } from './column-clauses.js';
import { distinctConstraints, withConstraint } from './constraint-clauses.js';
import { planTableAs, runCreateTableAs } from './create-as.js';
import { type Defined, type DefinitionContext, namerFor, placeOf } from './definition.js';
import { createKeyIndex, createTable } from './storage.js';
import { temporaryPlace } from './temporary.js';
import type { StoredCatalog } from './stored-catalog.js';

const COMMAND = 'CREATE TABLE';

export async function runCreateTable(statement: CreateTable, { session, catalog, nowMicros }: DefinitionContext): Promise<Defined> {
  const planned = planTable(statement, catalog);
  if (planned === undefined) return { command: COMMAND, catalog };
  const { table } = planned;
  if (statement.as) return await runCreateTableAs({ ...statement, as: statement.as }, table, { session, catalog, nowMicros });
  const { catalog: after } = planned;
  await createTable(session, table, after);
  for (const key of keysOf(table)) await createKeyIndex(session, key, table);
  return { command: COMMAND, catalog: after };
}

/** The table that a statement makes and the catalog with it; none where there is one of its name and that is no error. */
export function planTable(
  statement: CreateTable,
  catalog: StoredCatalog,
): { readonly table: TableDefinition; readonly catalog: StoredCatalog } | undefined {
  const { schema, name } = statement.temporary ? temporaryPlace(statement, catalog) : placeOf(statement.name, catalog);
  if (relationNames(catalog, schema).has(name)) {
    if (statement.ifNotExists) return undefined;
    throw new PgError('42P07', `relation "${name}" already exists`);
  }
  if (catalog.enumType([schema, name])) throw takenByType(name);
  if (statement.as) return planTableAs({ ...statement, as: statement.as }, { schema, name }, catalog);
  const table = defineTable(statement, { schema, name }, { catalog, namer: namerFor(catalog, schema) });
  return { table, catalog: catalog.withTables(table) };
}

/** PostgreSQL makes a type for each table's rows. */
function takenByType(name: string): PgError {
  return new PgError('42710', `type "${name}" already exists`, {
    hint: "A relation has an associated type of the same name, so you must use a name that doesn't conflict with any existing type.",
  });
}

function defineTable(statement: CreateTable, place: { schema: string; name: string }, context: ClauseContext): TableDefinition {
  const { namer } = context;
  namer.take(place.name);
  const empty: TableDefinition = {
    ...place,
    storedName: '',
    kind: 'table',
    columns: [],
    uniques: [],
    foreignKeys: [],
    checks: [],
    indexes: [],
  };
  const columns = statement.columns.reduce((table, clause) => withColumn(table, clause, context), empty);
  const clauses = [...statement.columns.flatMap(columnConstraints), ...statement.constraints];
  const table = distinctConstraints(clauses).reduce((done, clause) => withConstraint(done, clause, context), columns);
  return { ...table, storedName: namer.stored(place.name) };
}

/** The constraints that are written behind a column, as constraints of the table. */
export function columnConstraints({ name, constraints }: ColumnClause): ConstraintClause[] {
  return constraints.map((constraint) => ('columns' in constraint ? { ...constraint, columns: [name] } : constraint));
}
