import { quoteIdentifier } from '../types/format-type.js';
import { keysOf } from './automatic-names.js';
import type { ForeignKeyDefinition, IndexDefinition, IndexItem, TableDefinition } from './catalog.js';

/** An index as PostgreSQL describes it, also one that belongs to a key. */
export interface ShownIndex {
  readonly name: string;
  readonly isPrimary: boolean;
  readonly unique: boolean;
  /** The position of each item's column in the table; 0 for an expression. */
  readonly positions: readonly number[];
  /** pg_get_indexdef. */
  readonly definition: string;
}

export function indexesOf(table: TableDefinition): ShownIndex[] {
  const position = (name: string | undefined) => table.columns.findIndex((column) => column.name === name) + 1;
  const keys = keysOf(table).map((key) => ({
    name: key.name,
    isPrimary: key === table.primaryKey,
    unique: true,
    positions: key.columns.map(position),
    definition: indexDefinition(table, { name: key.name, unique: true, method: 'btree', items: key.columns.map(plainItem) }),
  }));
  const indexes = table.indexes.map((index) => ({
    name: index.name,
    isPrimary: false,
    unique: index.unique,
    positions: index.items.map(({ column }) => position(column)),
    definition: indexDefinition(table, index),
  }));
  return [...keys, ...indexes].sort(byName);
}

export const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : Number(a.name > b.name);

const plainItem = (column: string): IndexItem => ({ text: column, shown: quoteIdentifier(column), column });

function indexDefinition(table: TableDefinition, index: IndexDefinition): string {
  const where = index.shownWhere === undefined ? '' : ` WHERE ${index.shownWhere}`;
  const on = `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`;
  const items = index.items.map(itemDefinition).join(', ');
  return `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${quoteIdentifier(index.name)} ON ${on} USING ${index.method} (${items})${where}`;
}

function itemDefinition({ shown, column, direction, nulls, collate, operatorClass }: IndexItem): string {
  const isCall = /^(?:[\w".]+\(.*\)|\(.* AT TIME ZONE '[^']*'::text\))$/.test(shown);
  return [
    column !== undefined || isCall ? shown : `(${shown})`,
    ...(collate === undefined ? [] : [`COLLATE ${JSON.stringify(collate)}`]),
    ...(operatorClass === undefined ? [] : [operatorClass]),
    ...(direction === 'desc' ? ['DESC'] : []),
    ...(nulls === undefined || (nulls === 'first') === (direction === 'desc') ? [] : [`NULLS ${nulls.toUpperCase()}`]),
  ].join(' ');
}

/** pg_get_constraintdef of a foreign key. */
export function foreignKeyDefinition(key: ForeignKeyDefinition): string {
  const { schema, table, columns } = key.references;
  const names = (all: readonly string[]) => all.map(quoteIdentifier).join(', ');
  const parent = schema === 'public' ? quoteIdentifier(table) : `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
  return [
    `FOREIGN KEY (${names(key.columns)}) REFERENCES ${parent}(${names(columns)})`,
    ...(key.onUpdate === undefined ? [] : [`ON UPDATE ${key.onUpdate.toUpperCase()}`]),
    ...(key.onDelete === undefined ? [] : [`ON DELETE ${key.onDelete.toUpperCase()}`]),
    ...(key.deferrable === true ? ['DEFERRABLE'] : []),
    ...(key.initiallyDeferred === true ? ['INITIALLY DEFERRED'] : []),
  ].join(' ');
}
