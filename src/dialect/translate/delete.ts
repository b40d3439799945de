import type { DeleteStatement } from '../sql/ast.js';
import { fromItems, NOTHING, refuseTwice, tableSource } from './from.js';
import { quoteName } from './quote.js';
import { joinedReturning } from './returning.js';
import { query } from './select.js';
import { whereClause } from './select-core.js';
import { type Target, targetOf } from './target.js';
import type { Scope, Source, Translation } from './typed.js';
import { withClause } from './with.js';
import type { Written } from './written.js';

export function deleteStatement(node: DeleteStatement, context: Translation): Written {
  const { prefix, scope } = withClause(node.with, undefined, context, query);
  const target = targetOf(node.table, node.alias, scope, context);
  const { table, source } = target;
  const { where, others } =
    node.using.length > 0 ? joinedWhere(node, scope, context) : { where: plainWhere(node, target, context), others: [] };
  const returning = joinedReturning(node.returning, { sources: [source, ...others], parent: scope }, others, context);
  return {
    command: 'DELETE',
    sql: `${prefix === '' ? '' : `${prefix} `}DELETE FROM ${quoteName(table.storedName)}${where}${returning.sql}`,
    columns: returning.columns,
    table: [table.schema, table.name],
    writes: true,
  };
}

function plainWhere({ where }: DeleteStatement, { scope }: Target, context: Translation): string {
  return where ? whereClause(where, scope, context) : '';
}

/** SQLite has no USING: the rows are found by a query and deleted by their rowid. */
function joinedWhere(
  node: DeleteStatement,
  scope: Scope,
  context: Translation,
): { readonly where: string; readonly others: readonly Source[] } {
  const using = fromItems(node.using, scope, context);
  const alias = quoteName(context.alias());
  const found = tableSource(node.table, node.alias, alias, context);
  refuseTwice({ ...NOTHING, sources: [found] }, using);
  const both: Scope = { sources: [found, ...using.sources], visible: [...found.columns, ...using.visible], parent: scope };
  const where = node.where ? whereClause(node.where, both, context) : '';
  const rows = `SELECT ${alias}._rowid_ FROM ${quoteName(found.table.storedName)} AS ${alias}, ${using.isJoin ? `(${using.sql})` : using.sql}${where}`;
  return { where: ` WHERE _rowid_ IN (${rows})`, others: using.sources };
}
