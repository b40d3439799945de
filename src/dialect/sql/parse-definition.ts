import type { DefinitionStatement } from './ast.js';
import { parseAlterTable, parseCascade } from './parse-alter-table.js';
import { parseNames, skipStorage } from './parse-constraint.js';
import { parseCreateIndex } from './parse-index.js';
import { parseCreateMaterializedView } from './parse-materialized-view.js';
import { parseCreateTable } from './parse-table.js';
import { refused, type TokenStream } from './token-stream.js';

type Definition = DefinitionStatement | undefined;

/** CREATE, ALTER, DROP, COMMENT, TRUNCATE; undefined, wherever the stream is then, for what the syntax tree has no node for. */
export function parseDefinition(stream: TokenStream): Definition {
  switch (stream.next().text) {
    case 'create':
      return parseCreate(stream);
    case 'alter':
      return parseAlter(stream);
    case 'drop':
      return parseDrop(stream);
    case 'comment':
      return parseComment(stream);
    default:
      return parseTruncate(stream);
  }
}

function parseCreate(stream: TokenStream): Definition {
  if (stream.acceptWord('table')) return parseCreateTable(stream, false);
  if (stream.acceptWord('unlogged', 'table')) return parseCreateTable(stream, false);
  if (stream.acceptWord('index')) return parseCreateIndex(stream, false);
  if (stream.acceptWord('unique')) {
    stream.expectWord('index');
    return parseCreateIndex(stream, true);
  }
  if (stream.acceptWord('type')) return parseCreateType(stream);
  if (stream.acceptWord('schema')) return parseCreateSchema(stream);
  if (stream.acceptWord('extension')) return parseCreateExtension(stream);
  if (stream.acceptWord('view')) return parseCreateView(stream, false);
  if (stream.acceptWord('or', 'replace', 'view')) return parseCreateView(stream, true);
  if (stream.acceptWord('materialized', 'view')) return parseCreateMaterializedView(stream);
  return parseCreateTemporary(stream);
}

function parseCreateTemporary(stream: TokenStream): Definition {
  stream.acceptOneOf(['local', 'global']);
  if (stream.acceptOneOf(['temporary', 'temp']) === undefined) return undefined;
  if (stream.acceptWord('table')) return parseCreateTable(stream, true);
  if (stream.isWord('view')) throw refused('A temporary view', 'Use a view, or WITH.');
  return undefined;
}

export function parseCreateType(stream: TokenStream): Definition {
  const name = stream.qualifiedName();
  if (!stream.acceptWord('as', 'enum')) return undefined;
  const labels = stream.parenthesised(() => (stream.is(')') ? [] : stream.list(() => stream.string())));
  return { kind: 'create type', name, labels, unlessExists: false };
}

function parseCreateSchema(stream: TokenStream): Definition {
  const ifNotExists = stream.acceptWord('if', 'not', 'exists');
  if (stream.isWord('authorization')) return undefined;
  const name = stream.name();
  return stream.atEnd || stream.is(';') ? { kind: 'create schema', name, ifNotExists } : undefined;
}

function parseCreateExtension(stream: TokenStream): Definition {
  stream.acceptWord('if', 'not', 'exists');
  const name = stream.name();
  stream.acceptWord('with');
  while (stream.acceptOneOf(['schema', 'version', 'cascade'])) if (stream.token.kind === 'string' || stream.isName()) stream.next();
  return { kind: 'create extension', name };
}

function parseCreateView(stream: TokenStream, orReplace: boolean): Definition {
  const name = stream.qualifiedName();
  const columns = stream.is('(') ? parseNames(stream) : [];
  skipStorage(stream);
  stream.expectWord('as');
  const index = stream.index;
  const select = stream.select();
  const text = stream.textFrom(index);
  if (stream.isWord('with')) throw refused('WITH CHECK OPTION', 'Write into the table itself.');
  return { kind: 'create view', name, orReplace, columns, select, text };
}

function parseAlter(stream: TokenStream): Definition {
  if (stream.acceptWord('table')) return parseAlterTable(stream);
  if (stream.acceptWord('type')) return parseAlterType(stream);
  if (stream.acceptWord('sequence')) return parseAlterSequence(stream);
  if (!stream.acceptWord('index')) return undefined;
  const ifExists = stream.acceptWord('if', 'exists');
  const name = stream.qualifiedName();
  return stream.acceptWord('rename', 'to') ? { kind: 'alter index', name, ifExists, renameTo: stream.name() } : undefined;
}

function parseAlterSequence(stream: TokenStream): Definition {
  const ifExists = stream.acceptWord('if', 'exists');
  const name = stream.qualifiedName();
  if (!stream.acceptWord('restart')) throw refused('ALTER SEQUENCE … other than RESTART', 'Change the sequence on PostgreSQL alone.');
  const isSaid = stream.acceptWord('with') || stream.token.kind === 'integer';
  return { kind: 'alter sequence', name, ifExists, restart: isSaid ? Number(stream.next().text) : 1 };
}

function parseAlterType(stream: TokenStream): Definition {
  const type = { kind: 'alter type', name: stream.qualifiedName() } as const;
  if (stream.acceptWord('rename', 'to')) return { ...type, renameTo: stream.name() };
  if (stream.acceptWord('rename', 'value')) {
    const from = stream.string();
    stream.expectWord('to');
    return { ...type, renameValue: { from, to: stream.string() } };
  }
  if (!stream.acceptWord('add', 'value')) return undefined;
  const ifNotExists = stream.acceptWord('if', 'not', 'exists');
  const label = stream.string();
  const place = stream.acceptOneOf(['before', 'after']);
  return { ...type, add: { label, ifNotExists, ...(place && { [place]: stream.string() }) } };
}

const DROPPABLE = ['table', 'index', 'view', 'type', 'schema', 'sequence', 'extension'] as const;

function parseDrop(stream: TokenStream): Definition {
  const what = stream.acceptWord('materialized', 'view') ? 'materialized view' : stream.acceptOneOf(DROPPABLE);
  if (what === undefined) return undefined;
  const concurrently = what === 'index' && stream.acceptWord('concurrently');
  const ifExists = stream.acceptWord('if', 'exists');
  const names = stream.list(() => stream.qualifiedName());
  return { kind: 'drop', what, names, ifExists, cascade: parseCascade(stream), ...(concurrently && { concurrently }) };
}

function parseComment(stream: TokenStream): Definition {
  stream.expectWord('on');
  const on = stream.acceptOneOf(['table', 'column', 'view', 'index', 'type', 'schema', 'extension', 'constraint']);
  if (on === undefined) return undefined;
  const name = stream.qualifiedName();
  if (on === 'constraint') stream.expectWord('on');
  // What is on a domain has a word more.
  if (on === 'constraint' && stream.isWord('domain')) return undefined;
  const table = on === 'constraint' ? { table: stream.qualifiedName() } : {};
  stream.expectWord('is');
  return { kind: 'comment', on, name, ...table, text: stream.acceptWord('null') ? null : stream.string() };
}

function parseTruncate(stream: TokenStream): Definition {
  stream.acceptWord('table');
  const names = stream.list(parseTruncated);
  const identity = stream.acceptOneOf(['restart', 'continue']);
  if (identity !== undefined) stream.expectWord('identity');
  return { kind: 'truncate', names, restartIdentity: identity === 'restart', cascade: parseCascade(stream) };
}

function parseTruncated(stream: TokenStream): readonly string[] {
  stream.acceptWord('only');
  const name = stream.qualifiedName();
  stream.accept('*');
  return name;
}
