import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { Expression, OrderItem, SelectCore } from '../sql/ast.js';
import { isAggregate, refuseAggregates } from './aggregate-calls.js';
import { groupKey } from './order.js';
import { constantOf } from './order-items.js';
import type { Output } from './result-columns.js';
import { sameExpression } from './same-expression.js';
import { columnsOf, resolveColumn, visibleColumns } from './scope.js';
import type { Scope, SourceColumn, Translation, Typed } from './typed.js';
import { children, some } from './walk.js';
import { settled } from './coerce.js';

interface GroupKey {
  readonly node?: Expression;
  readonly typed: Typed;
}

/** How a query is grouped; `undefined` where it is not. */
export interface Grouping {
  readonly keys: readonly GroupKey[];
  /** Where expressions are looked up: inner queries may name grouped columns alone. */
  readonly scope: Scope;
}

/** The keys of GROUP BY. A query with aggregates or HAVING alone has one group. `ordered` is what ORDER BY says. */
export function groupingOf(
  core: SelectCore,
  ordered: readonly OrderItem[],
  scope: Scope,
  outputs: () => readonly Output[],
  context: Translation,
): Grouping | undefined {
  const nodes = [...core.items, ...ordered].map(({ expression }) => expression);
  if (core.groupBy.length === 0 && !core.having && !nodes.some((node) => some(node, isAggregate))) return undefined;
  const keys = core.groupBy.flatMap((node) => groupKeys(node, scope, outputs, context));
  return { keys, scope: { ...scope, onInnerUse: (column) => checkColumn(column, keys, scope, 'inner') } };
}

export function groupClause({ keys }: Grouping, context: Translation): string {
  return keys.length === 0 ? '' : ` GROUP BY ${keys.map(({ typed }) => groupKey(settled(typed, context))).join(', ')}`;
}

function groupKeys(node: Expression, scope: Scope, outputs: () => readonly Output[], context: Translation): readonly GroupKey[] {
  if (node.kind === 'row') return node.elements.flatMap((element) => groupKeys(element, scope, outputs, context));
  const constant = constantOf(node, context);
  if (constant !== undefined) return [outputAt(constant, outputs())];
  const output = namedOutput(node, scope, outputs);
  if (output) return [keyOf(output)];
  refuseGroupingSets(node);
  refuseAggregates(node, 'GROUP BY');
  return [{ node, typed: context.expression(node, scope) }];
}

function outputAt(position: string, outputs: readonly Output[]): GroupKey {
  if (position === '') throw new PgError('42601', 'non-integer constant in GROUP BY');
  const output = outputs[Number(position) - 1];
  if (!output) throw new PgError('42P10', `GROUP BY position ${position} is not in select list`);
  return keyOf(output);
}

/** A name means a column of FROM first, and one of the result else. */
function namedOutput(node: Expression, scope: Scope, outputs: () => readonly Output[]): Output | undefined {
  const [name, ...more] = node.kind === 'column' ? node.path : [];
  if (name === undefined || more.length > 0 || visibleColumns(scope).some((column) => column.name === name)) return undefined;
  return outputs().find((output) => output.name === name);
}

function keyOf({ node, typed }: Output): GroupKey {
  if (node) refuseAggregates(node, 'GROUP BY');
  return { typed, ...(node && { node }) };
}

function refuseGroupingSets(node: Expression): void {
  const word = node.kind === 'call' ? node.path.join('.') : '';
  if (!['rollup', 'cube', 'grouping sets'].includes(word)) return;
  throw new UnsupportedOnFallbackError(`GROUP BY ${word.toUpperCase()}`, 'Write one query for each grouping and join them with UNION ALL.');
}

/** @throws PgError 42803 for a column that is neither grouped nor within an aggregate */
export function checkGrouped(node: Expression, { keys, scope }: Grouping, context: Translation): void {
  if (keys.some((key) => key.node && sameExpression(node, key.node, scope, context))) return;
  if (isAggregate(node)) return refuseNested(node);
  if (node.kind === 'column') return checkReference(node, keys, scope);
  if (node.kind === 'star') return;
  for (const child of children(node)) checkGrouped(child, { keys, scope }, context);
}

function refuseNested(node: Expression): void {
  if (children(node).some((child) => some(child, isAggregate))) throw new PgError('42803', 'aggregate function calls cannot be nested');
}

function checkReference(node: Expression & { kind: 'column' }, keys: readonly GroupKey[], scope: Scope): void {
  const { sql, elements } = resolveColumn(node, scope);
  const own = [...visibleColumns(scope), ...columnsOf(scope)];
  for (const part of elements?.map((element) => element.sql) ?? [sql]) {
    const column = own.find((candidate) => candidate.sql === part);
    if (column) checkColumn(column, keys, scope);
  }
}

/** @throws PgError 42803 for a column of a star */
export function checkColumn(column: Pick<SourceColumn, 'name' | 'sql'>, keys: readonly GroupKey[], scope: Scope, from?: 'inner'): void {
  const isKeySql = (sql: string | undefined): boolean => keys.some(({ typed }) => typed.isColumn === true && typed.sql === sql);
  if (isKeySql(column.sql)) return;
  const source = scope.sources.find(({ columns }) => columns.some(({ sql }) => sql === column.sql));
  const primaryKey = source?.table?.primaryKey?.columns;
  const isKey = (name: string): boolean => {
    const sql = source?.columns[source.table?.columns.findIndex((candidate) => candidate.name === name) ?? -1]?.sql;
    return isKeySql(sql);
  };
  if (primaryKey?.every(isKey)) return;
  const name = source?.alias === undefined ? column.name : `${source.alias}.${column.name}`;
  throw new PgError(
    '42803',
    from === 'inner'
      ? `subquery uses ungrouped column "${name}" from outer query`
      : `column "${name}" must appear in the GROUP BY clause or be used in an aggregate function`,
  );
}
