import { UnsupportedOnFallbackError } from '../../errors.js';
import { quoteName } from '../translate/quote.js';
import { codecFor } from '../types/codecs.js';
import { formatType } from '../types/format-type.js';
import type { PgType, TypeKey } from '../types/pg-type.js';
import type { ColumnDefinition, TableDefinition } from './catalog.js';

/** Types of which two values can be equal and yet stored differently, as numeric's 1.0 and 1.00. */
const LOOSE: readonly TypeKey[] = ['numeric', 'bpchar', 'interval', 'numrange'];

/** The same of elements of arrays. What they are compared by needs a subquery, which SQLite allows in no index. */
const LOOSE_ELEMENTS: readonly TypeKey[] = [...LOOSE, 'citext', 'float4', 'float8', 'jsonb'];

/** What a unique index compares of a column; `undefined` where it is what is stored. */
export function keySql({ name, type }: ColumnDefinition): string | undefined {
  return isLoose(type) ? codecFor(type).orderKey?.(quoteName(name)) : undefined;
}

const isLoose = ({ key }: PgType): boolean => LOOSE.includes(key);

/** Whether SQLite's unique index on the columns has expressions: its errors then tell the index, and foreign keys can't rest on it. */
export function hasLooseColumn(table: TableDefinition, columns: readonly string[]): boolean {
  return table.columns.some((column) => columns.includes(column.name) && keySql(column) !== undefined);
}

/** The items of the unique index of a key. */
export function keyItems(table: TableDefinition, columns: readonly string[]): string {
  return columns
    .map((name) => {
      const column = table.columns.find((each) => each.name === name);
      if (column) refuseLooseArray(column);
      const sql = column && keySql(column);
      return sql === undefined ? quoteName(name) : `(${sql})`;
    })
    .join(', ');
}

function refuseLooseArray({ name, type }: ColumnDefinition): void {
  // Numbers that all have as many decimals have one form each.
  if (!type.element || type.element.modifiers !== undefined || !LOOSE_ELEMENTS.includes(type.element.key)) return;
  throw new UnsupportedOnFallbackError(
    `A unique key of ${formatType(type)} (column ${name})`,
    'Make a key of a text that the program writes in one form, or of a column of its own.',
  );
}
