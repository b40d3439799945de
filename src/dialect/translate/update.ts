import type { UpdateStatement } from '../sql/ast.js';
import { fromItems, NOTHING, refuseTwice } from './from.js';
import { quoteName } from './quote.js';
import { joinedReturning } from './returning.js';
import { query } from './select.js';
import { whereClause } from './select-core.js';
import { setClause } from './set-clause.js';
import { targetOf } from './target.js';
import type { Scope, Translation } from './typed.js';
import { withClause } from './with.js';
import type { Written } from './written.js';

export function updateStatement(node: UpdateStatement, context: Translation): Written {
  const { prefix, scope } = withClause(node.with, undefined, context, query);
  const { table, source } = targetOf(node.table, node.alias, scope, context);
  const from = fromItems(node.from, scope, context);
  refuseTwice({ ...NOTHING, sources: [source] }, from);
  const both: Scope = { sources: [source, ...from.sources], visible: [...source.columns, ...from.visible], parent: scope };
  const set = setClause(node.set, table, both, context);
  const where = node.where ? whereClause(node.where, both, context) : '';
  const returning = joinedReturning(node.returning, both, from.sources, context);
  const fromSql = from.sql === '' ? '' : ` FROM ${from.sql}`;
  return {
    command: 'UPDATE',
    sql: `${prefix === '' ? '' : `${prefix} `}UPDATE ${quoteName(table.storedName)} SET ${set}${fromSql}${where}${returning.sql}`,
    columns: returning.columns,
    table: [table.schema, table.name],
    writes: true,
  };
}
