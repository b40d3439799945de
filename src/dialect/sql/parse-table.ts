import type { ColumnClause, ConstraintClause, CreateTable } from './ast.js';
import { parseColumnConstraint, parseTableConstraint, skipStorage, startsTableConstraint } from './parse-constraint.js';
import { parseType } from './parse-type.js';
import { refused, type TokenStream } from './token-stream.js';

/** CREATE TABLE from after that word on. */
export function parseCreateTable(stream: TokenStream, temporary: boolean): CreateTable {
  const ifNotExists = stream.acceptWord('if', 'not', 'exists');
  const table = { kind: 'create table', name: stream.qualifiedName(), ifNotExists, temporary } as const;
  if (stream.isWord('partition', 'of')) throw refused('A partitioned table', 'Use one table.');
  if (stream.acceptWord('as')) return { ...table, columns: [], constraints: [], as: parseAs(stream) };
  const parts = stream.parenthesised(() => (stream.is(')') ? [] : stream.list(parseTablePart)));
  parseTableTail(stream);
  return {
    ...table,
    columns: parts.flatMap((part) => ('column' in part ? [part.column] : [])),
    constraints: parts.flatMap((part) => ('constraint' in part ? [part.constraint] : [])),
  };
}

function parseAs(stream: TokenStream): CreateTable['as'] & object {
  const select = stream.select();
  if (stream.isWord('with', 'no', 'data')) throw refused('CREATE TABLE … AS … WITH NO DATA', 'Add LIMIT 0 to the query.');
  stream.acceptWord('with', 'data');
  return select;
}

function parseTablePart(stream: TokenStream): { readonly column: ColumnClause } | { readonly constraint: ConstraintClause } {
  if (stream.isWord('like')) throw refused('CREATE TABLE … (LIKE …)', 'Write the columns out.');
  return startsTableConstraint(stream) ? { constraint: parseTableConstraint(stream) } : { column: parseColumnClause(stream) };
}

export function parseColumnClause(stream: TokenStream): ColumnClause {
  const name = stream.name();
  const type = parseType(stream);
  const constraints: ConstraintClause[] = [];
  let collate: string | undefined;
  for (;;) {
    if (stream.acceptWord('collate')) {
      collate = stream.qualifiedName().at(-1);
      continue;
    }
    const constraint = parseColumnConstraint(stream);
    if (constraint === undefined) return { name, type, constraints, ...(collate !== undefined && { collate }) };
    constraints.push(constraint);
  }
}

function parseTableTail(stream: TokenStream): void {
  if (stream.isWord('inherits')) throw refused('INHERITS', 'Use one table, or a view over several.');
  if (stream.isWord('partition')) throw refused('A partitioned table', 'Use one table.');
  if (stream.isWord('as')) throw refused('CREATE TABLE with names of columns AS a query', 'Name the columns in the query.');
  skipStorage(stream);
  if (stream.acceptWord('on', 'commit')) {
    if (!stream.acceptWord('preserve', 'rows'))
      throw refused('ON COMMIT DROP and ON COMMIT DELETE ROWS', 'Drop the table or delete its rows yourself.');
    skipStorage(stream);
  }
}
