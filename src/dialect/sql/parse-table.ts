import type { ColumnClause, ConstraintClause, CreateTable, Query } from './ast.js';
import { parseColumnConstraint, parseTableConstraint, skipStorage, startsTableConstraint } from './parse-constraint.js';
import { parseType } from './parse-type.js';
import { refused, type TokenStream } from './token-stream.js';

/** CREATE TABLE from after that word on. */
export function parseCreateTable(stream: TokenStream, temporary: boolean): CreateTable {
  const ifNotExists = stream.acceptWord('if', 'not', 'exists');
  const table = { kind: 'create table', name: stream.qualifiedName(), ifNotExists, temporary } as const;
  if (stream.isWord('partition', 'of')) throw refused('A partitioned table', 'Use one table.');
  const names = startsNames(stream) ? stream.parenthesisedList(() => stream.name()) : [];
  if (names.length > 0 || !stream.is('(')) {
    const dropAtCommit = parseTableTail(stream);
    return { ...table, dropAtCommit, columns: [], constraints: [], as: parseQuery(stream, names) };
  }
  const parts = stream.parenthesised(() => (stream.is(')') ? [] : stream.list(parseTablePart)));
  const dropAtCommit = parseTableTail(stream);
  return {
    ...table,
    dropAtCommit,
    columns: parts.flatMap((part) => ('column' in part ? [part.column] : [])),
    constraints: parts.flatMap((part) => ('constraint' in part ? [part.constraint] : [])),
  };
}

/** `(a, b)` before AS, where a table's definition would have types. */
const startsNames = (stream: TokenStream): boolean => stream.is('(') && stream.isName(1) && (stream.is(',', 2) || stream.is(')', 2));

function parseQuery(stream: TokenStream, names: readonly string[]): Query {
  stream.expectWord('as');
  const index = stream.index;
  stream.select();
  const text = stream.textFrom(index);
  const withData = !stream.acceptWord('with', 'no', 'data');
  stream.acceptWord('with', 'data');
  return { text, names, withData };
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

/** Whether it is dropped at the end of its transaction. */
function parseTableTail(stream: TokenStream): boolean {
  if (stream.isWord('inherits')) throw refused('INHERITS', 'Use one table, or a view over several.');
  if (stream.isWord('partition')) throw refused('A partitioned table', 'Use one table.');
  skipStorage(stream);
  if (!stream.acceptWord('on', 'commit')) return false;
  const isDropped = stream.acceptWord('drop');
  if (!isDropped && !stream.acceptWord('preserve', 'rows')) throw refused('ON COMMIT DELETE ROWS', 'Delete the rows yourself.');
  skipStorage(stream);
  return isDropped;
}
