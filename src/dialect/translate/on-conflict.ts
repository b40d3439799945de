import { PgError } from '../pg-error.js';
import type { InsertStatement, OnConflict } from '../sql/ast.js';
import { refuseAggregates } from './aggregate-calls.js';
import { raiseSql } from './raise.js';
import { asBoolean } from './coerce.js';
import { arbiterOf } from './arbiter.js';
import { quoteName } from './quote.js';
import { setClause } from './set-clause.js';
import type { Target } from './target.js';
import type { Scope, Source, Translation } from './typed.js';

/** ` ON CONFLICT …` */
export function conflictClause({ target, action }: OnConflict, written: Target, context: Translation): string {
  const arbiter = target && arbiterOf(target, written, context);
  const on = ` ON CONFLICT${arbiter ? ` (${arbiter.items.join(', ')})${arbiter.where}` : ''}`;
  if (action === 'nothing') return `${on} DO NOTHING`;
  if (!arbiter) {
    throw new PgError('42601', 'ON CONFLICT DO UPDATE requires inference specification or constraint name', {
      hint: 'For example, ON CONFLICT (column_name).',
    });
  }
  const scope: Scope = { ...written.scope, sources: [written.source, excluded(written)] };
  const set = setClause(action.set, written.table, scope, context);
  if (action.where) refuseAggregates(action.where, 'WHERE');
  const where = action.where ? ` WHERE ${asBoolean(context.expression(action.where, scope), 'WHERE', context).sql}` : '';
  return `${on} DO UPDATE SET ${set}${where}`;
}

/** The row that could not be inserted. */
function excluded({ source, table }: Target): Source {
  const columns = table.columns.map(({ name, type }) => ({ name, type, sql: `excluded.${quoteName(name)}` }));
  return { alias: 'excluded', sqlAlias: 'excluded', columns, ...(source.table && { table: source.table }) };
}

/** Rows for an INSERT, as SQL that gives them. */
interface Rows {
  readonly columns: readonly { readonly name: string; readonly type: { readonly key: string } }[];
  readonly sql: string;
  readonly count?: number;
}

/** The rows, with PostgreSQL's refusal to update a row twice in one statement: SQLite would do it. */
export function guardedRows<Given extends Rows>(
  rows: Given,
  { onConflict }: InsertStatement,
  written: Target,
  context: Translation,
): Given {
  if (!onConflict?.target || onConflict.action === 'nothing' || rows.count === 1) return rows;
  const { columns } = arbiterOf(onConflict.target, written, context);
  const keys = (columns ?? []).map((name) => rows.columns.findIndex((column) => column.name === name));
  if (keys.length === 0 || keys.includes(-1)) return rows;
  return { ...rows, sql: guardedSql(rows, keys, context) };
}

function guardedSql({ columns, sql }: Rows, keys: readonly number[], context: Translation): string {
  const given = quoteName(context.alias());
  const names = columns.map((_, index) => quoteName(String(index)));
  const keyNames = keys.map((key) => quoteName(String(key)));
  const partition = keys.map((key) => `${quoteName(String(key))}${columns[key]?.type.key === 'citext' ? ' COLLATE NOCASE' : ''}`);
  const raise = raiseSql('21000', 'ON CONFLICT DO UPDATE command cannot affect row a second time');
  const isTwice = ['`n` > 1', ...keyNames.map((name) => `${name} IS NOT NULL`)].join(' AND ');
  return (
    `WITH ${given}(${names.join(', ')}) AS (${sql}) SELECT ${names.join(', ')} FROM (SELECT *, count(*) OVER (PARTITION BY ${partition.join(', ')}) AS \`n\` ` +
    `FROM (SELECT *, row_number() OVER () AS \`o\` FROM ${given})) WHERE iif(${isTwice}, ${raise}, true) ORDER BY \`o\``
  );
}
