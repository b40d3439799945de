import { PgError } from '../pg-error.js';
import type { DefinitionStatement } from '../sql/ast.js';
import { constraintNames } from './automatic-names.js';
import type { TableDefinition } from './catalog.js';
import { noSuchRelation, tableOf } from './definition.js';
import { findIndex } from './indexes.js';
import type { StoredCatalog } from './stored-catalog.js';
import { without } from './without.js';

type Comment = Extract<DefinitionStatement, { kind: 'comment' }>;

export function runComment(comment: Comment, catalog: StoredCatalog): StoredCatalog {
  const { on, name, text } = comment;
  if (on !== 'table' && on !== 'column') return withOther(comment, catalog);
  if (on === 'table') return catalog.withTables(commented(tableOf(name, catalog), text));
  const table = tableOf(name.slice(0, -1), catalog);
  return catalog.withTables(withColumnComment(table, name.at(-1) ?? '', text));
}

/** Comments that no question of Sequelize's tells: what they are about must exist, and they are not kept. */
function withOther({ on, name, table: owner = [] }: Comment, catalog: StoredCatalog): StoredCatalog {
  const shown = name.join('.');
  if (on === 'view') tableOf(name, catalog);
  if (on === 'index' && findIndex(name, catalog) === undefined) throw noSuchRelation(name);
  if (on === 'type' && catalog.enumType(name) === undefined) throw new PgError('42704', `type "${shown}" does not exist`);
  if (on === 'schema' && !catalog.hasSchema(shown)) throw new PgError('3F000', `schema "${shown}" does not exist`);
  if (on === 'constraint') {
    const table = tableOf(owner, catalog);
    if (!constraintNames(table).has(shown)) throw new PgError('42704', `constraint "${shown}" for table "${table.name}" does not exist`);
  }
  return catalog;
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
