import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { CommonTable, SelectStatement, SetOperation, With } from '../sql/ast.js';
import { coerce, settled, usable } from './coerce.js';
import type { ResultColumn } from './plan.js';
import type { Query, QueryOf } from './query.js';
import { quoteName } from './quote.js';
import { resultColumns } from './result-columns.js';
import type { CommonSource, Scope, Translation } from './typed.js';

/** `WITH …` as SQL before the statement, and the scope in which the statement sees its tables. */
export function withClause(
  node: With | undefined,
  outer: Scope | undefined,
  context: Translation,
  query: QueryOf,
): { readonly prefix: string; readonly scope: Scope } {
  const commonTables = new Map<string, CommonSource>();
  const scope: Scope = { sources: [], parent: outer, commonTables };
  const parts = (node?.tables ?? []).map((table) => {
    if (commonTables.has(table.name)) throw new PgError('42712', `WITH query name "${table.name}" specified more than once`);
    const { source, sql } = commonTable(table, node?.recursive ?? false, scope, context, query);
    commonTables.set(table.name, source);
    return `${source.sql} AS ${table.materialized === undefined ? '' : `${table.materialized ? '' : 'NOT '}MATERIALIZED `}(${sql})`;
  });
  return { prefix: parts.length === 0 ? '' : `WITH ${node?.recursive ? 'RECURSIVE ' : ''}${parts.join(', ')}`, scope };
}

function commonTable(
  table: CommonTable,
  recursive: boolean,
  scope: Scope,
  context: Translation,
  query: QueryOf,
): { source: CommonSource; sql: string } {
  const { statement } = table;
  if (statement.kind !== 'select') {
    throw new UnsupportedOnFallbackError(
      `WITH … AS (${statement.kind.toUpperCase()} …)`,
      'Run the statements one after the other in a transaction.',
    );
  }
  const name = quoteName(context.alias());
  if (recursive && statement.body.kind === 'set' && names(statement.body.right, table.name)) {
    return recursiveTable(table, name, statement, statement.body, scope, context, query);
  }
  const translated = query(statement, scope, context);
  return {
    source: { sql: name, columns: columnsOf(table, translated, context) },
    sql: translated.write((typed) => settled(usable(typed), context)),
  };
}

/** The first part says which columns there are; the second may name them. */
function recursiveTable(
  table: CommonTable,
  name: string,
  statement: SelectStatement,
  body: SetOperation,
  scope: Scope,
  context: Translation,
  query: QueryOf,
): { source: CommonSource; sql: string } {
  if (body.operator !== 'union') {
    throw new PgError('42P19', `recursive query "${table.name}" does not have the form non-recursive-term UNION [ALL] recursive-term`);
  }
  if (statement.orderBy.length > 0) throw new PgError('0A000', 'ORDER BY in a recursive query is not implemented');
  if (statement.limit) throw new PgError('0A000', 'LIMIT in a recursive query is not implemented');
  if (statement.offset) throw new PgError('0A000', 'OFFSET in a recursive query is not implemented');
  const first = query(operand(body.left), scope, context);
  const source = { sql: name, columns: columnsOf(table, first, context) };
  const inner: Scope = { sources: [], parent: scope, commonTables: new Map([[table.name, source]]) };
  const second = query(operand(body.right), inner, context);
  if (second.outputs.length !== first.outputs.length) throw new PgError('42601', 'each UNION query must have the same number of columns');
  const secondSql = second.write((typed, index) => coerce(typed, source.columns[index]?.type ?? typed.type, context));
  return { source, sql: `${first.write((typed) => settled(usable(typed), context))} UNION ${body.all ? 'ALL ' : ''}${secondSql}` };
}

function operand(body: SetOperation['left']): SelectStatement {
  return body.kind === 'select' ? body : { kind: 'select', body, orderBy: [], locking: [] };
}

function columnsOf(table: CommonTable, { outputs }: Query, context: Translation): readonly ResultColumn[] {
  if (table.columns.length > outputs.length) {
    throw new PgError(
      '42P10',
      `WITH query "${table.name}" has ${outputs.length} columns available but ${table.columns.length} columns specified`,
    );
  }
  return resultColumns(
    outputs.map(({ name, typed }, index) => ({ name: table.columns[index] ?? name, typed: settled(usable(typed), context) })),
  );
}

/** Whether a query reads the table of this name. */
function names(body: unknown, name: string): boolean {
  if (Array.isArray(body)) return body.some((part) => names(part, name));
  if (typeof body !== 'object' || body === null) return false;
  const node = body as { readonly kind?: unknown; readonly name?: unknown };
  if (node.kind === 'table' && Array.isArray(node.name) && node.name.length === 1 && node.name[0] === name) return true;
  return Object.values(body).some((part) => names(part, name));
}
