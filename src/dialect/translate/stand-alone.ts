import type { Catalog, TableDefinition } from '../catalog/catalog.js';
import type { PgType } from '../types/pg-type.js';
import { settled } from './coerce.js';
import { existsAsValues } from './exists-as-values.js';
import { InlineTranslation } from './inline.js';
import { parseExpressionText, parseStatements } from '../sql/parser.js';
import { quoteName } from './quote.js';
import type { Scope, Translation, Typed } from './typed.js';

/** An expression over one table's columns as a part of SQLite's schema: a CHECK, an item of an index, a condition. */
export function translateExpressionText(text: string, catalog: Catalog, table: TableDefinition): string {
  return translateExpression(text, catalog, table).sql;
}

/** The same with its type. `context` says what the time is, where there is one. */
export function translateExpression(
  text: string,
  catalog: Catalog,
  table: TableDefinition,
  context: Translation = new InlineTranslation(catalog),
): Typed {
  const columns = table.columns.map(({ name, type }) => ({ name, type, sql: quoteName(name) }));
  const scope: Scope = { sources: [{ alias: table.name, schema: table.schema, sqlAlias: '', columns }] };
  return settled(context.expression(parseExpressionText(text), scope), context);
}

/** A view's query: its columns are named `0`, `1`, … in SQLite, so the view must name them. */
export function translateViewText(
  text: string,
  catalog: Catalog,
  context: InlineTranslation = new InlineTranslation(catalog),
): { readonly sql: string; readonly columns: readonly { readonly name: string; readonly type: PgType }[] } {
  const statement = parseStatements(text)[0]?.statement;
  if (statement?.kind !== 'select') throw new SyntaxError(`The view's text is no query: ${text}`);
  const { sql, columns } = context.select(statement, undefined);
  return { sql: existsAsValues(sql), columns };
}
