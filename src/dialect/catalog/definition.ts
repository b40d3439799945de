import { PgError } from '../pg-error.js';
import { quoteIdentifier } from '../types/format-type.js';
import { Namer } from './automatic-names.js';
import type { TableDefinition } from './catalog.js';
import type { SqlSession } from './session.js';
import type { StoredCatalog } from './stored-catalog.js';

/** What a definition is executed with. */
export interface DefinitionContext {
  readonly session: SqlSession;
  readonly catalog: StoredCatalog;
  /** What now() is, in microseconds since 1970. */
  readonly nowMicros?: number | undefined;
}

/** PostgreSQL's command tag, and what the catalog has become. */
export interface Defined {
  readonly command: string;
  readonly catalog: StoredCatalog;
  /** Of the rows that a query has given. */
  readonly rowCount?: number;
}

/** Where something new is made. @throws PgError where there is no such schema */
export function placeOf(name: readonly string[], catalog: StoredCatalog): { readonly schema: string; readonly name: string } {
  const [last = '', schema = catalog.creationSchema] = [...name].reverse();
  if (schema === undefined) throw new PgError('3F000', 'no schema has been selected to create in');
  if (!catalog.hasSchema(schema)) throw new PgError('3F000', `schema "${schema}" does not exist`);
  return { schema, name: last };
}

/** A table that must exist and be one. */
export function tableOf(name: readonly string[], catalog: StoredCatalog): TableDefinition {
  const table = catalog.table(name);
  if (table === undefined) throw noSuchRelation(name);
  return table;
}

export const noSuchRelation = (name: readonly string[]): PgError => new PgError('42P01', `relation "${name.join('.')}" does not exist`);

export const namerFor = (catalog: StoredCatalog, schema: string): Namer => new Namer(catalog, schema);

/** PostgreSQL's name of a table in messages about what depends on it: with the schema where the search path doesn't find it. */
export function shownName({ schema, name }: { schema: string; name: string }, catalog: StoredCatalog): string {
  const path = catalog.searchPath.includes(schema) ? [name] : [schema, name];
  return path.map(quoteIdentifier).join('.');
}

/** PostgreSQL's refusal to drop what others need. */
export function dependents(what: string, others: readonly string[], needed = what): PgError {
  return stillNeeded(
    what,
    others.map((other) => `${other} depends on ${needed}`),
  );
}

export function stillNeeded(what: string, details: readonly string[]): PgError {
  return new PgError('2BP01', `cannot drop ${what} because other objects depend on it`, {
    detail: details.join('\n'),
    hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
  });
}
