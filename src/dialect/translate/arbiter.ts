import type { IndexDefinition, TableDefinition } from '../catalog/catalog.js';
import { keyItems } from '../catalog/key-columns.js';
import { PgError } from '../pg-error.js';
import type { Expression, OnConflict } from '../sql/ast.js';
import { InlineTranslation } from './inline.js';
import { parseExpressionText } from '../sql/parser.js';
import { sameExpression } from './same-expression.js';
import type { Target } from './target.js';
import type { Scope, Translation } from './typed.js';

/** The unique key whose violation ON CONFLICT is about. */
export interface Arbiter {
  /** SQL of its columns or expressions. */
  readonly items: readonly string[];
  /** ` WHERE …` of a partial index. */
  readonly where: string;
  /** Where all items are columns. */
  readonly columns?: readonly string[];
}

/** @throws PgError 42P10, 42704, 42703 */
export function arbiterOf(conflict: NonNullable<OnConflict['target']>, { table, scope }: Target, context: Translation): Arbiter {
  if ('constraint' in conflict) return ofColumns(constraintColumns(conflict.constraint, table), table);
  for (const node of conflict.columns) context.expression(node, scope);
  const names = conflict.columns.flatMap((node) => (node.kind === 'column' ? (node.path.at(-1) ?? []) : []));
  const isPlain = names.length === conflict.columns.length;
  if (isPlain && plainKeys(table).some((columns) => sameSet(columns, names))) return ofColumns(names, table);
  const index = table.indexes.find((candidate) => candidate.unique && matches(candidate, conflict.columns, conflict.where, scope, context));
  if (!index) throw new PgError('42P10', 'there is no unique or exclusion constraint matching the ON CONFLICT specification');
  return ofIndex(index, table, scope, context);
}

/** A unique index of what a column is compared by is found by the same expression. */
function ofColumns(columns: readonly string[], table: TableDefinition): Arbiter {
  return { items: columns.map((name) => keyItems(table, [name])), where: '', columns };
}

function ofIndex({ items, where }: IndexDefinition, table: TableDefinition, scope: Scope, context: Translation): Arbiter {
  const inline = new InlineTranslation(context.catalog, context);
  const sql = (text: string): string => inline.expression(parseExpressionText(text), scope).sql;
  const columns = items.flatMap(({ column }) => column ?? []);
  return {
    items: items.map(({ column, text }) => (column === undefined ? sql(text) : keyItems(table, [column]))),
    where: where === undefined ? '' : ` WHERE ${sql(where)}`,
    ...(columns.length === items.length && where === undefined && { columns }),
  };
}

function constraintColumns(name: string, table: TableDefinition): readonly string[] {
  const keys = [...(table.primaryKey ? [table.primaryKey] : []), ...table.uniques];
  const key = keys.find((candidate) => candidate.name === name);
  if (!key) throw new PgError('42704', `constraint "${name}" for table "${table.name}" does not exist`);
  return key.columns;
}

function plainKeys(table: TableDefinition): readonly (readonly string[])[] {
  const indexes = table.indexes.filter(
    ({ unique, where, items }) => unique && where === undefined && items.every(({ column }) => column !== undefined),
  );
  return [
    ...(table.primaryKey ? [table.primaryKey.columns] : []),
    ...table.uniques.map(({ columns }) => columns),
    ...indexes.map(({ items }) => items.flatMap(({ column }) => column ?? [])),
  ];
}

function matches(
  index: IndexDefinition,
  nodes: readonly Expression[],
  where: Expression | undefined,
  scope: Scope,
  context: Translation,
): boolean {
  const items = index.items.map(
    ({ column, text }): Expression =>
      column === undefined ? parseExpressionText(text) : { kind: 'column', path: [column], isQuoted: true },
  );
  const isItem = (node: Expression): boolean => items.some((item) => sameExpression(node, item, scope, context));
  const isNode = (item: Expression): boolean => nodes.some((node) => sameExpression(node, item, scope, context));
  if (!nodes.every(isItem) || !items.every(isNode)) return false;
  return index.where === undefined || (where !== undefined && sameExpression(where, parseExpressionText(index.where), scope, context));
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.every((name) => b.includes(name)) && b.every((name) => a.includes(name));
}
