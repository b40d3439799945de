import type { Expression } from '../sql/ast.js';
import { quoteName } from '../translate/quote.js';
import type { Scope } from '../translate/typed.js';
import { settled } from '../translate/coerce.js';
import type { PgType } from '../types/pg-type.js';
import type { Catalog, TableDefinition } from './catalog.js';
import { TranslationNow } from './translation-now.js';

/** The type of an expression over a table's columns, by the translation's own rules; `undefined` where the fallback has none. */
export type TypeOf = (node: Expression) => PgType | undefined;

/** `onError` hears why the type is not known; it may throw. */
export function typesIn(table: TableDefinition | undefined, catalog: Catalog, onError: (error: unknown) => void = () => undefined): TypeOf {
  const columns = (table?.columns ?? []).map(({ name, type }) => ({ name, type, sql: quoteName(name) }));
  const scope: Scope = { sources: table ? [{ alias: table.name, schema: table.schema, sqlAlias: '', columns }] : [] };
  return (node) => {
    const context = new TranslationNow(catalog);
    try {
      return settled(context.expression(node, scope), context).type;
    } catch (error) {
      onError(error);
      return undefined;
    }
  };
}
