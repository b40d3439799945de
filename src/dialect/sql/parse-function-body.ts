import type { CaughtInsert, DefinitionStatement, DoStatement, SelectStatement } from './ast.js';
import { maskText } from './lexer.js';
import { parseCreateType } from './parse-definition.js';
import { parseDoBody } from './parse-do.js';
import { refused, type TokenStream } from './token-stream.js';

/**
 * `DO 'BEGIN CREATE TYPE … AS ENUM (…); EXCEPTION WHEN duplicate_object THEN null; END'`, as Sequelize and migrations make an enum
 * that may exist; also with IF NOT EXISTS (SELECT … FROM pg_type WHERE typname = '…'). Other bodies are what `parseDoBody` reads.
 */
export function parseDo(stream: TokenStream, open: (text: string) => TokenStream): DefinitionStatement | DoStatement {
  stream.expectWord('do');
  acceptLanguage(stream);
  const body = open(stream.string());
  acceptLanguage(stream);
  const statement = parseCreatedType(body) ?? parseDoBody(body);
  if (statement === undefined)
    throw refused('A DO block of this kind', 'Run its statements one by one, and let the program decide and repeat.');
  return statement;
}

function acceptLanguage(stream: TokenStream): void {
  if (!stream.acceptWord('language')) return;
  const language = stream.next().text;
  if (language !== 'plpgsql') throw refused(`DO in the language ${language}`);
}

function parseCreatedType(body: TokenStream): DefinitionStatement | undefined {
  const index = body.index;
  const created = !body.acceptWord('begin') ? undefined : body.isWord('if') ? parseIfMissing(body) : parseCaughtType(body);
  body.accept(';');
  if (!body.atEnd || created === undefined) body.rewind(index);
  return body.atEnd ? created : undefined;
}

function parseCaughtType(body: TokenStream): DefinitionStatement | undefined {
  if (!body.acceptWord('create', 'type')) return undefined;
  const created = parseCreateType(body);
  if (created?.kind !== 'create type' || !body.accept(';')) return undefined;
  if (body.acceptWord('end')) return created;
  if (!body.acceptWord('exception', 'when', 'duplicate_object', 'then', 'null') || !body.accept(';')) return undefined;
  return body.acceptWord('end') ? { ...created, unlessExists: true } : undefined;
}

function parseIfMissing(body: TokenStream): DefinitionStatement | undefined {
  if (!body.acceptWord('if', 'not', 'exists')) return undefined;
  const wanted = typeLookedFor(body.parenthesised(() => body.select()));
  if (!body.acceptWord('then', 'create', 'type')) return undefined;
  const created = parseCreateType(body);
  if (created?.kind !== 'create type' || created.name.at(-1) !== wanted || !body.accept(';')) return undefined;
  if (!body.acceptWord('end', 'if') || !body.accept(';') || !body.acceptWord('end')) return undefined;
  return { ...created, unlessExists: true };
}

/** The name in `SELECT … FROM pg_type WHERE typname = '…'`. */
function typeLookedFor({ body }: SelectStatement): string | undefined {
  if (body.kind !== 'core' || body.from.length !== 1 || body.where?.kind !== 'binary' || body.where.operator !== '=') return undefined;
  const [source] = body.from;
  const { left, right } = body.where;
  if (source?.kind !== 'table' || source.name.at(-1) !== 'pg_type' || left.kind !== 'column' || left.path.at(-1) !== 'typname')
    return undefined;
  return right.kind === 'literal' ? right.text : undefined;
}

const FUNCTION = 'testfunc';
const CAUGHT = 'sequelize_caught_exception';

/** Whether Sequelize's function around an INSERT begins here (its query generator's insertQuery with `exception`). */
export function startsCaughtInsert(stream: TokenStream): boolean {
  return (
    stream.isWord('create', 'or', 'replace', 'function', 'pg_temp') && stream.peek(6).text === FUNCTION && stream.peek(8).text === 'out'
  );
}

/** The function's definition, its call and its removal, three statements that are one insert. */
export function parseCaughtInsert(stream: TokenStream, open: (text: string) => TokenStream): CaughtInsert {
  stream.expectWord('create', 'or', 'replace', 'function');
  stream.qualifiedName();
  stream.parenthesisedList(() => {
    stream.expectWord('out');
    stream.name();
    stream.qualifiedName();
  });
  stream.expectWord('returns', 'record', 'as');
  const text = stream.string();
  stream.expectWord('language', 'plpgsql');
  stream.expect(';');
  const fields = answeredFields(stream);
  stream.expect(';');
  stream.expectWord('drop', 'function', 'if', 'exists');
  stream.qualifiedName();
  stream.expect('(');
  stream.expect(')');
  return { kind: 'caught insert', insert: parseInsertBody(open(text)), literals: maskText(text).literals, fields };
}

function parseInsertBody(body: TokenStream): CaughtInsert['insert'] {
  body.expectWord('begin');
  const insert = body.dataStatement();
  if (insert.kind !== 'insert') throw body.syntaxError();
  body.expectWord('into', 'response');
  body.expect(';');
  body.expectWord('exception', 'when', 'unique_violation', 'then', 'get', 'stacked', 'diagnostics', CAUGHT);
  body.expect('=');
  body.expectWord('pg_exception_detail');
  body.expect(';');
  body.expectWord('end');
  return insert;
}

/** `SELECT (testfunc.response)."a", …, testfunc.sequelize_caught_exception FROM pg_temp.testfunc()`. */
function answeredFields(stream: TokenStream): string[] {
  const { body } = stream.select();
  const items = body.kind === 'core' ? body.items : [];
  return items.flatMap(({ expression }) => (expression.kind === 'field' ? [expression.name] : []));
}
