import { storedSql } from '../translate/bind.js';
import { quoteName } from '../translate/quote.js';
import { translateExpressionText } from '../translate/stand-alone.js';
import { codecFor } from '../types/codecs.js';
import type { Catalog, ColumnDefinition, ForeignKeyDefinition, TableDefinition } from './catalog.js';
import { checkName, typeCheckName } from './check-names.js';
import { byName } from './shown-definitions.js';

export const nameList = (names: readonly string[]): string => names.map(quoteName).join(', ');

/**
 * SQLite's statement for a table. Keys are not in it: they are unique indexes of their own (`indexSql`), so that they come and go
 * without a copy of the table. The one that is SQLite's own is the rowid's, which gives serial numbers. CHECKs are in the order in which
 * PostgreSQL asks them, that of their names (CheckConstraintFetch of src/backend/utils/cache/relcache.c, 17).
 */
export function tableSql(table: TableDefinition, catalog: Catalog, storedName = table.storedName): string {
  const parts = [
    ...table.columns.map((column) => columnSql(column, table, catalog)),
    ...table.checks
      .toSorted(byName)
      .map(({ name, text }) => `CONSTRAINT ${quoteName(checkName(name))} CHECK (${translateExpressionText(text, catalog, table)})`),
    // SQLite does what a key says at a deletion from the last one on, PostgreSQL from the first one on.
    ...table.foreignKeys.toReversed().map((key) => foreignKeySql(key, catalog)),
  ];
  return `CREATE TABLE ${quoteName(storedName)} (${parts.join(', ')})`;
}

function columnSql(column: ColumnDefinition, table: TableDefinition, catalog: Catalog): string {
  const { name, type, notNull } = column;
  const sql = quoteName(name);
  const codec = codecFor(type);
  const checks = (codec.checks?.(sql) ?? []).map((check) => `CONSTRAINT ${quoteName(typeCheckName(check))} CHECK (${check.condition})`);
  if (table.rowidColumn === name) return [sql, 'INTEGER PRIMARY KEY AUTOINCREMENT', ...checks].join(' ');
  const constant = column.constantDefault;
  return [
    sql,
    codec.affinity,
    ...(notNull ? ['NOT NULL'] : []),
    ...(constant === undefined ? [] : [`DEFAULT (${storedSql(constant)})`]),
    ...(column.generated === undefined
      ? []
      : [`GENERATED ALWAYS AS (${translateExpressionText(column.generated, catalog, table)}) VIRTUAL`]),
    ...checks,
  ].join(' ');
}

function foreignKeySql(key: ForeignKeyDefinition, catalog: Catalog): string {
  const { schema, table, columns } = key.references;
  const parent = catalog.table([schema, table])?.storedName ?? table;
  return [
    `CONSTRAINT ${quoteName(key.name)} FOREIGN KEY (${nameList(key.columns)}) REFERENCES ${quoteName(parent)} (${nameList(columns)})`,
    ...(key.onDelete === undefined ? [] : [`ON DELETE ${key.onDelete.toUpperCase()}`]),
    ...(key.onUpdate === undefined ? [] : [`ON UPDATE ${key.onUpdate.toUpperCase()}`]),
    ...(key.initiallyDeferred === true ? ['DEFERRABLE INITIALLY DEFERRED'] : []),
  ].join(' ');
}
