import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { FunctionSource } from '../sql/ast.js';
import { recordRows } from './from-records.js';
import { quoteName } from './quote.js';
import { typeName } from './operate.js';
import { INT8 } from './same-type.js';
import { tableFunctions } from './table-functions.js';
import type { Scope, Source, SourceColumn, Translation, Typed } from './typed.js';

/** A function in FROM: a table of what it gives. It may name what stands before it. */
export function functionSource(
  node: FunctionSource,
  before: Scope,
  context: Translation,
): { readonly sql: string; readonly source: Source } {
  const name = node.call.path.at(-1) ?? '';
  const args = node.call.args.map((argument) => context.expression(argument, before));
  const rule = tableFunctions[name];
  const records = recordRows(node, args, context);
  if (!rule && !records) return oneRow(node, name, before, context);
  const result = records ?? rule?.(args, context);
  if (!result) throw missingFunction(name, args);
  if (result.sql.startsWith('(')) refuseNeighbours(result.sql, name, before);
  const sqlAlias = quoteName(context.alias());
  const columns = result.columns.map(
    (column): SourceColumn => ({
      name: column.name ?? node.alias ?? name,
      type: column.type,
      sql: column.sql(sqlAlias),
    }),
  );
  const ordinality = node.withOrdinality ? [ordinalityColumn(name, result.ordinality?.(sqlAlias))] : [];
  const isScalar = columns.length === 1 && !node.withOrdinality;
  const source = { alias: node.alias ?? name, sqlAlias, columns: [...columns, ...ordinality], isScalar };
  return { sql: `${result.sql} AS ${sqlAlias}`, source };
}

/** A function that gives one value is a table of one row. */
function oneRow(
  node: FunctionSource,
  name: string,
  before: Scope,
  context: Translation,
): { readonly sql: string; readonly source: Source } {
  const value = context.expression(node.call, { sources: [], parent: before });
  refuseNeighbours(value.sql, name, before);
  const sqlAlias = quoteName(context.alias());
  const column = { name: node.alias ?? name, type: value.type, sql: `${sqlAlias}.\`0\`` };
  const ordinality = node.withOrdinality ? [{ name: 'ordinality', type: INT8, sql: '1' }] : [];
  return {
    sql: `(SELECT ${value.sql} AS \`0\`) AS ${sqlAlias}`,
    source: { alias: node.alias ?? name, sqlAlias, columns: [column, ...ordinality] },
  };
}

/** SQLite's subqueries in FROM can't see the tables beside them. */
function refuseNeighbours(sql: string, name: string, { sources }: Scope): void {
  if (!sources.some(({ sqlAlias }) => sql.includes(`${sqlAlias}.`))) return;
  throw new UnsupportedOnFallbackError(`${name}() over a column of another table in FROM`, 'Use a subquery in the select list.');
}

function ordinalityColumn(name: string, sql: string | undefined): SourceColumn {
  if (sql === undefined) throw new UnsupportedOnFallbackError(`${name}() WITH ORDINALITY`, 'Number the rows with row_number() OVER ().');
  return { name: 'ordinality', type: INT8, sql };
}

function missingFunction(name: string, args: readonly Typed[]): PgError {
  return new PgError('42883', `function ${name}(${args.map(typeName).join(', ')}) does not exist`, {
    hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
  });
}
