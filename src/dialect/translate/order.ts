import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { OrderItem } from '../sql/ast.js';
import { formatType } from '../types/format-type.js';
import { refuseResult, settled, usable } from './coerce.js';
import { equalKey, hasEquality, isOrdered, orderKey } from './comparisons.js';
import { columnsOf } from './scope.js';
import type { Scope, Translation, Typed } from './typed.js';

/** One term of ORDER BY: what is sorted by, and how. */
export interface OrderTerm {
  readonly key: string;
  readonly suffix: string;
}

/** A term with PostgreSQL's place of NULLs, which is the other end than SQLite's. */
export function orderTerm(
  typed: Typed,
  { direction, nulls }: Pick<OrderItem, 'direction' | 'nulls'>,
  scope: Scope,
  context: Translation,
): OrderTerm {
  const value = settled(usable(typed), context);
  const sense = direction === 'desc' ? ' DESC' : '';
  const end = nulls ?? (direction === 'desc' ? 'first' : 'last');
  return { key: sortKey(value), suffix: isNeverNull(value, scope) ? sense : `${sense} NULLS ${end.toUpperCase()}` };
}

export function orderClause(terms: readonly OrderTerm[]): string {
  return terms.length === 0 ? '' : ` ORDER BY ${terms.map(({ key, suffix }) => key + suffix).join(', ')}`;
}

/** The SQL whose order is the type's. @throws PgError 42883 where there is none */
export function sortKey(typed: Typed): string {
  refuseResult(typed);
  if (typed.type.key === 'hstore')
    throw new UnsupportedOnFallbackError('The order of hstore values', 'Sort by one of their keys, or in the program.');
  if (!isOrdered(typed.type)) {
    throw new PgError('42883', `could not identify an ordering operator for type ${formatType(typed.type)}`, {
      hint: 'Use an explicit ordering operator or modify the query.',
    });
  }
  return orderKey(typed);
}

/** The SQL that equal values share. */
export function groupKey(typed: Typed): string {
  refuseResult(typed);
  if (!hasEquality(typed.type)) throw new PgError('42883', `could not identify an equality operator for type ${formatType(typed.type)}`);
  return equalKey(typed);
}

function isNeverNull(typed: Typed, scope: Scope): boolean {
  return typed.isColumn === true && columnsOf(scope).some((column) => column.sql === typed.sql && column.notNull === true);
}
