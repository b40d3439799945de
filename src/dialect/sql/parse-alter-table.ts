import type { AlterTable, AlterTableAction } from './ast.js';
import { parseTableConstraint, startsTableConstraint, withText } from './parse-constraint.js';
import { parseColumnClause } from './parse-table.js';
import { parseType } from './parse-type.js';
import { refused, type TokenStream } from './token-stream.js';

/** ALTER TABLE from after that word on. */
export function parseAlterTable(stream: TokenStream): AlterTable {
  const ifExists = stream.acceptWord('if', 'exists');
  stream.acceptWord('only');
  const table = { kind: 'alter table', name: stream.qualifiedName(), ifExists } as const;
  stream.accept('*');
  if (stream.acceptWord('rename')) return { ...table, actions: [parseRename(stream)] };
  if (stream.acceptWord('set', 'schema')) return { ...table, actions: [{ type: 'set schema', to: stream.name() }] };
  return { ...table, actions: stream.list(parseAction) };
}

function parseRename(stream: TokenStream): AlterTableAction {
  if (stream.acceptWord('to')) return { type: 'rename', to: stream.name() };
  const type = stream.acceptWord('constraint') ? 'rename constraint' : 'rename column';
  stream.acceptWord('column');
  const name = stream.name();
  stream.expectWord('to');
  return { type, name, to: stream.name() };
}

const OTHER_ACTIONS = 'attach cluster detach disable enable force inherit no not of owner replica reset set validate'.split(' ');

function parseAction(stream: TokenStream): AlterTableAction {
  if (stream.acceptWord('add')) return parseAdd(stream);
  if (stream.acceptWord('drop')) return parseDrop(stream);
  if (stream.acceptWord('alter')) return parseAlterColumn(stream);
  if (!stream.oneOf(OTHER_ACTIONS)) throw stream.syntaxError();
  throw refused(`ALTER TABLE … ${stream.token.text.toUpperCase()}`);
}

function parseAdd(stream: TokenStream): AlterTableAction {
  if (startsTableConstraint(stream)) return { type: 'add constraint', constraint: parseTableConstraint(stream) };
  stream.acceptWord('column');
  const ifNotExists = stream.acceptWord('if', 'not', 'exists');
  return { type: 'add column', column: parseColumnClause(stream), ifNotExists };
}

function parseDrop(stream: TokenStream): AlterTableAction {
  const type = stream.acceptWord('constraint') ? 'drop constraint' : 'drop column';
  if (type === 'drop column') stream.acceptWord('column');
  const ifExists = stream.acceptWord('if', 'exists');
  const name = stream.name();
  return { type, name, ifExists, cascade: parseCascade(stream) };
}

/** CASCADE; RESTRICT is the default. */
export function parseCascade(stream: TokenStream): boolean {
  return stream.acceptOneOf(['cascade', 'restrict']) === 'cascade';
}

function parseAlterColumn(stream: TokenStream): AlterTableAction {
  if (stream.isWord('constraint')) throw refused('ALTER CONSTRAINT', 'Drop the constraint and add it anew.');
  stream.acceptWord('column');
  const name = stream.name();
  if (stream.acceptWord('set', 'default')) return { type: 'set default', name, ...withText(stream, () => stream.expression()) };
  if (stream.acceptWord('drop', 'default')) return { type: 'drop default', name };
  if (stream.acceptWord('set', 'not', 'null')) return { type: 'set not null', name };
  if (stream.acceptWord('drop', 'not', 'null')) return { type: 'drop not null', name };
  if (stream.acceptWord('set', 'data', 'type') || stream.acceptWord('type')) return parseSetType(stream, name);
  if (!stream.oneOf(['set', 'drop', 'add', 'reset', 'restart'])) throw stream.syntaxError();
  throw refused(`ALTER COLUMN … ${stream.token.text.toUpperCase()} ${stream.peek(1).text.toUpperCase()}`.trim());
}

function parseSetType(stream: TokenStream, name: string): AlterTableAction {
  const to = parseType(stream);
  if (stream.isWord('collate')) throw refused('ALTER COLUMN … TYPE … COLLATE', 'Change the type without COLLATE.');
  if (!stream.acceptWord('using')) return { type: 'set type', name, to };
  const { expression, text } = withText(stream, () => stream.expression());
  return { type: 'set type', name, to, using: expression, usingText: text };
}
