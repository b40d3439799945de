import { UnsupportedOnFallbackError } from '../../errors.js';
import type { SelectItem } from '../sql/ast.js';
import { refuseAggregates } from './aggregate-calls.js';
import { refuseSearchIn } from './full-text.js';
import type { ResultColumn } from './plan.js';
import { columnList, outputs, readable, resultColumns } from './result-columns.js';
import type { Scope, Source, Translation } from './typed.js';

/** ` RETURNING …` and the columns it gives; none where nothing is returned. */
export function returningClause(
  items: readonly SelectItem[],
  scope: Scope,
  context: Translation,
): { readonly sql: string; readonly columns: readonly ResultColumn[] | undefined } {
  if (items.length === 0) return { sql: '', columns: undefined };
  for (const { expression } of items) {
    refuseAggregates(expression, 'RETURNING');
    refuseSearchIn(expression);
  }
  const columns = outputs(items, scope, context).map(({ name, typed }) => ({ name, typed: readable(typed, context) }));
  return { sql: ` RETURNING ${columnList(columns.map(({ typed }) => typed))}`, columns: resultColumns(columns) };
}

/** The same of a statement that reads other tables: SQLite's RETURNING knows the written one alone. */
export function joinedReturning(
  items: readonly SelectItem[],
  scope: Scope,
  others: readonly Source[],
  context: Translation,
): { readonly sql: string; readonly columns: readonly ResultColumn[] | undefined } {
  const returning = returningClause(items, scope, context);
  if (others.some(({ sqlAlias }) => returning.sql.includes(`${sqlAlias}.`))) {
    throw new UnsupportedOnFallbackError(
      'RETURNING of columns of a joined table',
      'Return the columns of the written table, and read the others with a query.',
    );
  }
  return returning;
}
