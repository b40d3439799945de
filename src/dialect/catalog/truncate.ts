import { PgError } from '../pg-error.js';
import type { DefinitionStatement } from '../sql/ast.js';
import { quoteName } from '../translate/quote.js';
import type { TableDefinition } from './catalog.js';
import { referencesTo } from './constraints-of.js';
import { type Defined, type DefinitionContext, tableOf } from './definition.js';
import { keyOf, type StoredCatalog } from './stored-catalog.js';

type Truncate = Extract<DefinitionStatement, { kind: 'truncate' }>;

export async function runTruncate(statement: Truncate, { session, catalog }: DefinitionContext): Promise<Defined> {
  const tables = truncated(statement, catalog);
  // Tables that reference each other: the order of the deletes does not matter then.
  if (tables.length > 1) await session.run('PRAGMA defer_foreign_keys = ON');
  for (const { storedName } of tables) await session.run(`DELETE FROM ${quoteName(storedName)}`);
  const numbered = statement.restartIdentity ? tables.filter(({ rowidColumn }) => rowidColumn !== undefined) : [];
  for (const { storedName } of numbered) await session.run('UPDATE sqlite_sequence SET seq = 0 WHERE name = ?1', [storedName]);
  return { command: 'TRUNCATE TABLE', catalog };
}

/** The tables with those that reference them, which come first. @throws PgError where such a one is not named and CASCADE is not said */
function truncated({ names, cascade }: Truncate, catalog: StoredCatalog): TableDefinition[] {
  const tables = new Map(names.map((name) => tableOf(name, catalog)).map((table) => [keyOf(table), table]));
  for (const table of tables.values()) {
    if (table.kind !== 'table') throw new PgError('42809', `"${table.name}" is not a table`);
    for (const { table: child } of referencesTo(catalog, table)) {
      if (tables.has(keyOf(child))) continue;
      if (!cascade) throw referenced(table, child);
      // A map is walked through with what is added on the way.
      tables.set(keyOf(child), child);
    }
  }
  return [...tables.values()].reverse();
}

function referenced(table: TableDefinition, child: TableDefinition): PgError {
  return new PgError('0A000', 'cannot truncate a table referenced in a foreign key constraint', {
    detail: `Table "${child.name}" references "${table.name}".`,
    hint: `Truncate table "${child.name}" at the same time, or use TRUNCATE ... CASCADE.`,
  });
}
