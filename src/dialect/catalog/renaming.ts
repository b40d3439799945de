import { quoteIdentifier } from '../types/format-type.js';
import type { ForeignKeyDefinition, IndexDefinition, KeyDefinition, TableDefinition } from './catalog.js';

/** PostgreSQL's lexical pieces that can hide a name: strings, dollar quotes and comments, then quoted and plain names. */
const PIECES = /'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|"((?:[^"]|"")*)"|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)(?=\s*(\(?))/g;

/** A text of PostgreSQL in which a column has another name. What is called like a function, or is a type behind `::`, is left alone. */
export function renamedInText(text: string, from: string, to: string): string {
  return text.replace(
    PIECES,
    (piece: string, _tag, quoted: string | undefined, plain: string | undefined, bracket: string | undefined, offset: number) => {
      const name = quoted === undefined ? plain?.toLowerCase() : quoted.replaceAll('""', '"');
      const isOther = name !== from || (plain !== undefined && bracket === '(') || /::\s*$/.test(text.slice(0, offset));
      return isOther ? piece : quoteIdentifier(to);
    },
  );
}

/** Whether a text of PostgreSQL names a column. */
export const isNamedIn = (text: string, name: string): boolean => renamedInText(text, name, `${name} `) !== text;

/** The table with a column of another name, in everything that names it. */
export function withRenamedColumn(table: TableDefinition, from: string, to: string): TableDefinition {
  const name = (column: string) => (column === from ? to : column);
  const text = (source: string) => renamedInText(source, from, to);
  const key = <T extends KeyDefinition | ForeignKeyDefinition>(each: T): T => ({ ...each, columns: each.columns.map(name) });
  const { primaryKey, rowidColumn } = table;
  return {
    ...table,
    columns: table.columns.map((column) => ({
      ...column,
      name: name(column.name),
      ...(column.generated !== undefined && { generated: text(column.generated) }),
    })),
    ...(primaryKey && { primaryKey: key(primaryKey) }),
    uniques: table.uniques.map(key),
    foreignKeys: table.foreignKeys.map(key),
    checks: table.checks.map((check) => ({ ...check, text: text(check.text) })),
    indexes: table.indexes.map((index) => renamedInIndex(index, name, text)),
    ...(rowidColumn !== undefined && { rowidColumn: name(rowidColumn) }),
  };
}

function renamedInIndex(index: IndexDefinition, name: (column: string) => string, text: (source: string) => string): IndexDefinition {
  return {
    ...index,
    items: index.items.map((item) => ({
      ...item,
      text: text(item.text),
      shown: text(item.shown),
      ...(item.column !== undefined && { column: name(item.column) }),
    })),
    ...(index.where !== undefined && { where: text(index.where) }),
    ...(index.shownWhere !== undefined && { shownWhere: text(index.shownWhere) }),
  };
}

/** The table with other columns of a table, or another name of it, in its foreign keys. */
export function withRenamedReference(
  table: TableDefinition,
  to: { schema: string; name: string },
  change: Partial<ForeignKeyDefinition['references']> & { readonly column?: (name: string) => string },
): TableDefinition {
  const { column = (name: string) => name, ...renamed } = change;
  const isTo = ({ references }: ForeignKeyDefinition) => references.schema === to.schema && references.table === to.name;
  if (!table.foreignKeys.some(isTo)) return table;
  const foreignKeys = table.foreignKeys.map((key) =>
    isTo(key) ? { ...key, references: { ...key.references, ...renamed, columns: key.references.columns.map(column) } } : key,
  );
  return { ...table, foreignKeys };
}
