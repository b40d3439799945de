import { PgError } from '../pg-error.js';
import { constraintNames, keysOf } from './automatic-names.js';
import type { Catalog, ForeignKeyDefinition, IndexDefinition, TableDefinition } from './catalog.js';

/** @throws PgError where the table has a constraint of this name */
export function refuseConstraintName(table: TableDefinition, name: string | undefined): void {
  if (name === undefined || !constraintNames(table).has(name)) return;
  throw new PgError('42710', `constraint "${name}" for relation "${table.name}" already exists`);
}

/** The names of the constraints of a schema: automatic names keep clear of all of them. */
export function constraintNamesOf(catalog: Catalog, table: TableDefinition): Set<string> {
  const others = [...catalog.tables()].filter(({ schema, name }) => schema === table.schema && name !== table.name);
  return new Set([...others, table].flatMap((each) => [...constraintNames(each)]));
}

/** The foreign keys that reference a table, with the tables that have them. */
export function referencesTo(catalog: Catalog, { schema, name }: TableDefinition): { table: TableDefinition; key: ForeignKeyDefinition }[] {
  return [...catalog.tables()].flatMap((table) =>
    table.foreignKeys.filter(({ references }) => references.schema === schema && references.table === name).map((key) => ({ table, key })),
  );
}

/** Which of a table's keys and unique indexes a foreign key can rest on: those with exactly its columns. */
export function keyFor(table: TableDefinition, columns: readonly string[]): { readonly name: string } | undefined {
  const has = (others: readonly (string | undefined)[]) =>
    others.length === columns.length && columns.every((name) => others.includes(name));
  const isPlain = ({ unique, where }: IndexDefinition) => unique && where === undefined;
  return (
    keysOf(table).find((key) => has(key.columns)) ??
    table.indexes.find((index) => isPlain(index) && has(index.items.map(({ column }) => column)))
  );
}
