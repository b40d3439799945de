import { PgError } from '../pg-error.js';
import type { DefinitionStatement } from '../sql/ast.js';
import type { TableDefinition } from './catalog.js';
import { tableOf } from './definition.js';
import type { StoredCatalog } from './stored-catalog.js';
import { without } from './without.js';

type Comment = Extract<DefinitionStatement, { kind: 'comment' }>;

export function runComment({ on, name, text }: Comment, catalog: StoredCatalog): StoredCatalog {
  if (on === 'table') return catalog.withTables(commented(tableOf(name, catalog), text));
  const table = tableOf(name.slice(0, -1), catalog);
  return catalog.withTables(withColumnComment(table, name.at(-1) ?? '', text));
}

function withColumnComment(table: TableDefinition, name: string, text: string | null): TableDefinition {
  if (!table.columns.some((column) => column.name === name)) {
    throw new PgError('42703', `column "${name}" of relation "${table.name}" does not exist`);
  }
  return { ...table, columns: table.columns.map((column) => (column.name === name ? commented(column, text) : column)) };
}

/** NULL and the empty text take the comment away. */
function commented<T extends { readonly comment?: string }>(what: T, text: string | null): T {
  const bare = without(what, 'comment');
  return (text === null || text === '' ? bare : { ...bare, comment: text }) as T;
}
