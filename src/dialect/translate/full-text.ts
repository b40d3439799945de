import { UnsupportedOnFallbackError } from '../../errors.js';
import type { IndexDefinition, TableDefinition } from '../catalog/catalog.js';
import { documentIn, type TextDocument } from '../full-text/document.js';
import { matchOf } from '../full-text/words.js';
import { parseExpressionText } from '../sql/parser.js';
import type { Binary, Expression } from '../sql/ast.js';
import { madeOf } from './made-of.js';
import { quoteName } from './quote.js';
import { BOOL, TEXT } from './same-type.js';
import { findSource, resolveColumn } from './scope.js';
import type { Scope, Source, Translation, Typed } from './typed.js';
import { some } from './walk.js';

/** The document that a stored index holds; `undefined` where it is another kind of index. */
export function indexedDocument({ method, items, where }: IndexDefinition): TextDocument<string> | undefined {
  const [item, ...more] = items;
  if (method !== 'gin' || item === undefined || item.column !== undefined || more.length > 0 || where !== undefined) return undefined;
  const found = documentIn(parseExpressionText(item.text), ({ text }) => text);
  return found && { ...found, columns: found.columns.map((path) => path.at(-1) ?? '') };
}

/**
 * A search in the words of columns that have a full-text index (`document @@ plainto_tsquery(…)`): the index answers. Every other
 * expression is `undefined`.
 */
export function indexedSearch(node: Binary, scope: Scope, context: Translation): Typed | undefined {
  const document = documentIn(node.left, (literal) => context.valueOf(literal));
  if (document === undefined) return undefined;
  const source = sourceOf(document.columns, scope);
  const columns = document.columns.map((path) => path.at(-1) ?? '');
  const index = indexOf(source.table, { ...document, columns }) ?? (context.catalog.mayHaveOtherIndexes === true ? 'unknown' : undefined);
  if (index === undefined) throw withoutIndex(source, columns);
  const query = querySql(node.right, document.configuration, scope, context);
  return { sql: searchSql(source, quoteName(index), query), type: BOOL };
}

interface QuerySql {
  readonly sql: string;
  readonly canBeNull: boolean;
}

function searchSql({ sqlAlias, nullable }: Source, index: string, { sql, canBeNull }: QuerySql): string {
  const match = canBeNull ? `coalesce(${sql}, '""')` : sql;
  const isIn = `${sqlAlias}._rowid_ IN (SELECT rowid FROM ${index} WHERE ${index} MATCH ${match})`;
  // A row that an outer join has filled with NULLs is one without words.
  const found = nullable === true ? `coalesce(${isIn}, 0)` : `(${isIn})`;
  return canBeNull ? `iif(${sql} IS NULL, NULL, ${found})` : found;
}

type SearchedTable = Source & { readonly table: TableDefinition };

/** The one table that has the columns. @throws PgError where the scope has no such column */
function sourceOf(paths: readonly (readonly string[])[], scope: Scope): SearchedTable {
  const sources = paths.map((path) => {
    resolveColumn({ kind: 'column', path, isQuoted: true }, scope);
    return path.length > 1 ? findSource(path.slice(0, -1), scope)?.source : ownerOf(path[0] ?? '', scope);
  });
  const [source] = sources;
  const table = sources.every((other) => other === source) ? source?.table : undefined;
  if (source && table?.kind === 'table' && source.alias !== 'excluded') return { ...source, table };
  throw new UnsupportedOnFallbackError(
    'A full-text search in something else than the columns of one table',
    'Search in the table itself, and join or combine what is found.',
  );
}

function ownerOf(column: string, scope: Scope): Source | undefined {
  for (let level: Scope | undefined = scope; level; level = level.parent) {
    const owner = level.sources.find(({ columns }) => columns.some(({ name }) => name === column));
    if (owner !== undefined) return owner;
  }
  return undefined;
}

function indexOf(table: TableDefinition, wanted: TextDocument<string>): string | undefined {
  const key = JSON.stringify([wanted.configuration, wanted.columns]);
  return table.indexes.find((index) => {
    const document = index.storedName === undefined ? undefined : indexedDocument(index);
    return document !== undefined && JSON.stringify([document.configuration, document.columns]) === key;
  })?.storedName;
}

function withoutIndex({ table }: SearchedTable, columns: readonly string[]): UnsupportedOnFallbackError {
  const list = columns.map((column) => `'${column}'`).join(', ');
  return new UnsupportedOnFallbackError(
    `A full-text search in ${table.name}(${columns.join(', ')}), which has no full-text index for it,`,
    `Make one in a migration: addFullTextIndex(queryInterface, '${table.name}', [${list}]), with the same columns and language.`,
  );
}

function querySql(node: Expression, configuration: string, scope: Scope, context: Translation): QuerySql {
  const isPlain = node.kind === 'call' && node.path.at(-1) === 'plainto_tsquery' && node.args.length === 2;
  const [first, text] = isPlain ? node.args : [];
  if (first?.kind !== 'literal' || context.valueOf(first) !== configuration || text === undefined) throw otherQuery();
  const sql = madeOf(context.expression(text, scope), TEXT, (stored) => matchOf(String(stored), configuration), context);
  if (sql === undefined) throw otherQuery();
  return { sql, canBeNull: text.kind !== 'literal' };
}

function otherQuery(): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    'A full-text search for something else than plain words in the language of the index',
    'Use fullTextMatch(), or plainto_tsquery() with the same configuration and a literal or parameter.',
  );
}

/** What is returned is read before the index hears of the written row. */
export function refuseSearchIn(expression: Expression): void {
  const isSearch = (node: Expression): boolean =>
    node.kind === 'binary' && node.operator === '@@' && documentIn(node.left, ({ text }) => text) !== undefined;
  if (!some(expression, isSearch)) return;
  throw new UnsupportedOnFallbackError('A full-text search in RETURNING', 'Return the key, and search with a query of its own.');
}
