import type {
  Assignment,
  DataStatement,
  DeleteStatement,
  Expression,
  InsertStatement,
  OnConflict,
  SelectItem,
  SelectStatement,
  UpdateStatement,
  With,
} from './ast.js';
import { parseFrom, parseWhere } from './parse-from.js';
import { parsePrimary } from './parse-primary.js';
import { isBare, parseAfterWith, parseSelect, parseSelectItems } from './parse-select.js';
import { parseWith } from './parse-with.js';
import { startsQuery } from './parse-parentheses.js';
import { refused, type TokenStream } from './token-stream.js';

/** A query, or INSERT, UPDATE or DELETE. */
export function parseDataStatement(stream: TokenStream): DataStatement {
  const withClause = parseWith(stream);
  if (stream.acceptWord('insert')) return parseInsert(stream, withClause);
  if (stream.acceptWord('update')) return parseUpdate(stream, withClause);
  if (stream.acceptWord('delete')) return parseDelete(stream, withClause);
  return parseAfterWith(stream, withClause);
}

function parseInsert(stream: TokenStream, withClause: With | undefined): InsertStatement {
  stream.expectWord('into');
  const table = stream.qualifiedName();
  const alias = stream.acceptWord('as') ? stream.name() : undefined;
  const columns = startsColumns(stream) ? stream.parenthesisedList(parseTargetColumn) : [];
  const overriding = stream.acceptWord('overriding') ? parseOverriding(stream) : undefined;
  const source = parseInsertSource(stream);
  const onConflict = stream.acceptWord('on') ? parseOnConflict(stream) : undefined;
  return {
    kind: 'insert',
    table,
    columns,
    source,
    returning: parseReturning(stream),
    ...(withClause && { with: withClause }),
    ...(alias !== undefined && { alias }),
    ...(overriding && { overriding }),
    ...(onConflict && { onConflict }),
  };
}

/** `(a, b)`, but not `(SELECT …)`. */
function startsColumns(stream: TokenStream): boolean {
  return stream.is('(') && stream.isName(1) && !stream.is('(', 2);
}

function parseTargetColumn(stream: TokenStream): string {
  const name = stream.name();
  if (stream.is('.') || stream.is('[')) throw refused('Assigning to a part of a column', 'Assign the whole value.');
  return name;
}

function parseOverriding(stream: TokenStream): 'system' | 'user' {
  const what = stream.expectOneOf(['system', 'user']);
  stream.expectWord('value');
  return what;
}

function parseInsertSource(stream: TokenStream): InsertStatement['source'] {
  if (stream.acceptWord('default', 'values')) return 'default values';
  if (!startsQuery(stream) && !stream.is('(') && !stream.isWord('values')) throw stream.syntaxError();
  return valuesOrSelect(parseSelect(stream));
}

/** Rows of values stand for themselves unless they are ordered, limited or have a WITH of their own. */
function valuesOrSelect(select: SelectStatement): InsertStatement['source'] {
  return isBare(select) && select.body.kind === 'values' ? select.body : select;
}

function parseOnConflict(stream: TokenStream): OnConflict {
  stream.expectWord('conflict');
  const target = parseConflictTarget(stream);
  stream.expectWord('do');
  const action = stream.acceptWord('nothing') ? 'nothing' : parseConflictUpdate(stream);
  return { action, ...(target && { target }) };
}

function parseConflictTarget(stream: TokenStream): OnConflict['target'] {
  if (stream.acceptWord('on', 'constraint')) return { constraint: stream.name() };
  if (!stream.is('(')) return undefined;
  const columns = stream.parenthesisedList(parseConflictColumn);
  const where = stream.acceptWord('where') ? stream.expression() : undefined;
  return { columns, ...(where && { where }) };
}

function parseConflictColumn(stream: TokenStream): Expression {
  const column = parsePrimary(stream);
  if (stream.is(',') || stream.is(')')) return column;
  if (stream.isWord('collate') || stream.isName()) throw refused('A collation or operator class in ON CONFLICT', 'Name the columns alone.');
  throw stream.syntaxError();
}

function parseConflictUpdate(stream: TokenStream): Exclude<OnConflict['action'], 'nothing'> {
  stream.expectWord('update', 'set');
  return { set: stream.list(parseAssignment), ...parseWhere(stream) };
}

function parseUpdate(stream: TokenStream, withClause: With | undefined): UpdateStatement {
  const target = parseTarget(stream, 'set');
  stream.expectWord('set');
  const set = stream.list(parseAssignment);
  const from = stream.acceptWord('from') ? parseFrom(stream) : [];
  const where = parseWhere(stream);
  return { kind: 'update', ...target, set, from, ...where, returning: parseReturning(stream), ...(withClause && { with: withClause }) };
}

function parseDelete(stream: TokenStream, withClause: With | undefined): DeleteStatement {
  stream.expectWord('from');
  const target = parseTarget(stream, 'using');
  const using = stream.acceptWord('using') ? parseFrom(stream) : [];
  const where = parseWhere(stream);
  return { kind: 'delete', ...target, using, ...where, returning: parseReturning(stream), ...(withClause && { with: withClause }) };
}

/** The table that is written; `next` is the word after it, which is no alias. */
function parseTarget(stream: TokenStream, next: string): Pick<UpdateStatement, 'table' | 'alias'> {
  const isOnly = stream.acceptWord('only');
  const table = isOnly && stream.is('(') ? stream.parenthesised(() => stream.qualifiedName()) : stream.qualifiedName();
  stream.accept('*');
  const hasAlias = stream.acceptWord('as') || (stream.isName() && !stream.isWord(next));
  return hasAlias ? { table, alias: stream.name() } : { table };
}

function parseAssignment(stream: TokenStream): Assignment {
  if (!stream.is('(')) {
    const columns = [parseTargetColumn(stream)];
    stream.expect('=');
    return { columns, value: stream.expression() };
  }
  const columns = stream.parenthesisedList(parseTargetColumn);
  stream.expect('=');
  return { columns, value: stream.expression() };
}

function parseReturning(stream: TokenStream): SelectItem[] {
  return stream.acceptWord('returning') ? parseSelectItems(stream) : [];
}
