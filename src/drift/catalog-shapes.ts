import type { ForeignKeyDefinition, IndexDefinition, IndexItem, TableDefinition } from '../dialect/catalog/catalog.js';
import type { StoredCatalog } from '../dialect/catalog/catalog-store.js';
import { deparseContext } from '../dialect/catalog/column-clauses.js';
import { deparse } from '../dialect/catalog/deparse.js';
import { enumOf } from '../dialect/catalog/stored-catalog.js';
import { parseExpressionText } from '../dialect/sql/parser.js';
import { formatType } from '../dialect/types/format-type.js';
import { isNullConstant } from './same-expression.js';
import {
  type CheckShape,
  type ColumnShape,
  type ForeignKeyShape,
  type IndexItemShape,
  type IndexShape,
  notItsOwn,
  type TableShape,
} from './table-shape.js';

/** The tables and views that the fallback knows of: of its file, or those that the models would have. */
export const tablesIn = (catalog: StoredCatalog): TableShape[] => [...catalog.tables()].map((table) => shapeOf(table, catalog));

function shapeOf(table: TableDefinition, catalog: StoredCatalog): TableShape {
  const { schema, name, kind, primaryKey, uniques } = table;
  return {
    schema,
    name,
    kind,
    columns: table.columns.map(columnShape),
    primaryKey,
    uniques: uniques.map(({ name: key, columns }) => ({ name: key, columns, more: '' })),
    indexes: table.indexes.map(indexShape),
    foreignKeys: table.foreignKeys.map(foreignKeyShape),
    checks: table.checks.map((check) => checkShape(check, table, catalog)),
  };
}

function columnShape(column: TableDefinition['columns'][number]): ColumnShape {
  const { name, type, notNull, serial, generated } = column;
  const text = column.shownDefault ?? column.default;
  return {
    name,
    type: formatType(type),
    valueType: type,
    labels: enumOf(type)?.labels,
    notNull,
    default: serial !== undefined || text === undefined || isNullConstant(text) ? undefined : text,
    numbering: serial,
    generated,
  };
}

const indexShape = ({ name, unique, method, items, where, shownWhere }: IndexDefinition): IndexShape => ({
  name,
  unique,
  method,
  items: items.map(itemShape),
  where: shownWhere ?? where,
  more: '',
});

function itemShape({ shown, column, direction, nulls, collate, operatorClass }: IndexItem): IndexItemShape {
  const descending = direction === 'desc';
  const nullsFirst = nulls === undefined ? descending : nulls === 'first';
  return { text: shown, column, descending, nullsFirst, collation: collate, operatorClass: notItsOwn(operatorClass) };
}

function foreignKeyShape({ name, columns, references, ...key }: ForeignKeyDefinition): ForeignKeyShape {
  const { onDelete = 'no action', onUpdate = 'no action', deferrable, initiallyDeferred } = key;
  const timing = initiallyDeferred === true ? 'deferred' : deferrable === true ? 'deferrable' : 'immediate';
  return { name, columns, references, onDelete, onUpdate, timing };
}

function checkShape({ name, text }: CheckShape, table: TableDefinition, catalog: StoredCatalog): CheckShape {
  return { name, text: deparse(parseExpressionText(text), text, deparseContext(table, catalog)) };
}
