import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { DefinitionStatement } from '../sql/ast.js';
import { runAlterTable } from './alter-table.js';
import { writeCatalog } from './catalog-store.js';
import { runComment } from './comment.js';
import { runCreateMaterializedView, runRefresh } from './create-as.js';
import { runCreateTable } from './create-table.js';
import type { Defined, DefinitionContext } from './definition.js';
import { runDrop } from './drop.js';
import { renameIndex, runCreateIndex } from './indexes.js';
import type { SqlSession } from './session.js';
import type { StoredCatalog } from './stored-catalog.js';
import { runAlterSequence } from './sequences.js';
import { isTemporary } from './temporary-schema.js';
import { runTruncate } from './truncate.js';
import { runAlterType, runCreateType } from './types.js';
import { runCreateView } from './views.js';

/**
 * Executes a definition: SQLite's schema and the catalog in the file are changed together. The caller has a transaction or savepoint
 * open that it rolls back where this throws, and keeps the answered catalog where it does not.
 *
 * @throws PgError, UnsupportedOnFallbackError
 */
export async function runDefinition(
  statement: DefinitionStatement,
  session: SqlSession,
  catalog: StoredCatalog,
  nowMicros?: number,
): Promise<Defined> {
  const defined = await run(statement, { session, catalog, nowMicros });
  return { ...defined, catalog: await writeCatalog(session, catalog, defined.catalog) };
}

async function run(statement: DefinitionStatement, context: DefinitionContext): Promise<Defined> {
  switch (statement.kind) {
    case 'create table':
      return await runCreateTable(statement, context);
    case 'create index':
      return await runCreateIndex(statement, context);
    case 'alter table':
      return await runAlterTable(statement, context);
    case 'drop':
      return await runDrop(statement, context);
    case 'create type':
      return runCreateType(statement, context);
    case 'alter type':
      return await runAlterType(statement, context);
    case 'create view':
      return await runCreateView(statement, context);
    case 'create materialized view':
      return await runCreateMaterializedView(statement, context);
    case 'refresh materialized view':
      return await runRefresh(statement, context);
    case 'alter index':
      return { command: 'ALTER INDEX', catalog: renameIndex(statement, context.catalog) };
    case 'alter sequence':
      return await runAlterSequence(statement, context);
    case 'create schema':
      return { command: 'CREATE SCHEMA', catalog: withSchema(statement, context.catalog) };
    case 'create extension':
      return { command: 'CREATE EXTENSION', catalog: withExtension(statement.name, context.catalog) };
    case 'comment':
      return { command: 'COMMENT', catalog: runComment(statement, context.catalog) };
    case 'truncate':
      return await runTruncate(statement, context);
  }
}

/** Drops the temporary tables of a transaction that ends. */
export async function withoutTemporary(session: SqlSession, catalog: StoredCatalog): Promise<StoredCatalog> {
  const names = [...catalog.tables()].filter(isTemporary).map(({ schema, name }) => [schema, name]);
  if (names.length === 0) return catalog;
  return (await runDefinition({ kind: 'drop', what: 'table', names, ifExists: false, cascade: true }, session, catalog)).catalog;
}

export function withSchema({ name, ifNotExists }: { name: string; ifNotExists: boolean }, catalog: StoredCatalog): StoredCatalog {
  if (catalog.hasSchema(name)) {
    if (ifNotExists) return catalog;
    throw new PgError('42P06', `schema "${name}" already exists`);
  }
  if (name.startsWith('pg_')) {
    throw new PgError('42939', `unacceptable schema name "${name}"`, { detail: 'The prefix "pg_" is reserved for system schemas.' });
  }
  return catalog.withSchema(name);
}

/** Extensions whose types and functions the fallback has, as far as it has them, or that are only about indexes. */
const EXTENSIONS = new Set(['uuid-ossp', 'pgcrypto', 'citext', 'hstore', 'pg_trgm', 'btree_gin', 'btree_gist', 'postgis', 'plpgsql']);

export function withExtension(name: string, catalog: StoredCatalog): StoredCatalog {
  if (EXTENSIONS.has(name)) return catalog;
  throw new UnsupportedOnFallbackError(`The extension ${name}`, 'Leave CREATE EXTENSION out on the fallback, and what it gives.');
}
