import type { SessionStatement } from './ast.js';
import { refused, type TokenStream } from './token-stream.js';

export const SESSION_WORDS = [
  'begin',
  'start',
  'commit',
  'end',
  'rollback',
  'abort',
  'savepoint',
  'release',
  'set',
  'reset',
  'show',
] as const;

/** Transactions and settings; undefined for what the syntax tree has no node for. */
export function parseSession(stream: TokenStream): SessionStatement | undefined {
  switch (stream.expectOneOf(SESSION_WORDS)) {
    case 'begin':
      stream.acceptOneOf(['work', 'transaction']);
      return { kind: 'begin', ...parseModes(stream) };
    case 'start':
      stream.expectWord('transaction');
      return { kind: 'begin', ...parseModes(stream) };
    case 'commit':
    case 'end':
      return stream.isWord('prepared') ? undefined : parseEnd(stream, 'commit');
    case 'rollback':
      return parseRollback(stream);
    case 'abort':
      return parseEnd(stream, 'rollback');
    case 'savepoint':
      return { kind: 'savepoint', name: stream.name() };
    case 'release':
      stream.acceptWord('savepoint');
      return { kind: 'release', name: stream.name() };
    case 'set':
      return parseSet(stream);
    case 'reset':
      return { kind: 'set', name: parseSettingName(stream), value: 'DEFAULT' };
    case 'show':
      return { kind: 'show', name: parseSettingName(stream) };
  }
}

function parseRollback(stream: TokenStream): SessionStatement | undefined {
  if (stream.isWord('prepared')) return undefined;
  const end = parseEnd(stream, 'rollback');
  if (!stream.acceptWord('to')) return end;
  stream.acceptWord('savepoint');
  return { kind: 'rollback to', name: stream.name() };
}

function parseEnd(stream: TokenStream, kind: 'commit' | 'rollback'): SessionStatement {
  stream.acceptOneOf(['work', 'transaction']);
  if (stream.acceptWord('and')) {
    if (!stream.acceptWord('no')) throw refused('AND CHAIN', 'Begin the next transaction yourself.');
    stream.expectWord('chain');
  }
  return { kind };
}

interface Modes {
  readonly isolation?: string;
  readonly readOnly?: boolean;
  readonly deferrable?: boolean;
}

/** Transaction modes, with or without commas between them. */
function parseModes(stream: TokenStream): Modes {
  let modes: Modes = {};
  for (;;) {
    const mode = parseMode(stream);
    if (mode === undefined) return modes;
    modes = { ...modes, ...mode };
    if (stream.accept(',') && stream.oneOf(['isolation', 'read', 'not', 'deferrable']) === undefined) throw stream.syntaxError();
  }
}

function parseMode(stream: TokenStream): Modes | undefined {
  if (stream.acceptWord('isolation')) {
    stream.expectWord('level');
    return { isolation: parseIsolation(stream) };
  }
  if (stream.acceptWord('read')) return { readOnly: stream.expectOneOf(['only', 'write']) === 'only' };
  if (stream.acceptWord('not', 'deferrable')) return { deferrable: false };
  return stream.acceptWord('deferrable') ? { deferrable: true } : undefined;
}

function parseIsolation(stream: TokenStream): string {
  if (stream.acceptWord('read')) return `read ${stream.expectOneOf(['committed', 'uncommitted'])}`;
  if (stream.acceptWord('serializable')) return 'serializable';
  stream.expectWord('repeatable', 'read');
  return 'repeatable read';
}

function parseRequiredModes(stream: TokenStream): Modes {
  const modes = parseModes(stream);
  if (Object.keys(modes).length === 0) throw stream.syntaxError();
  return modes;
}

function parseSet(stream: TokenStream): SessionStatement | undefined {
  if (stream.acceptWord('constraints')) return parseSetConstraints(stream);
  if (stream.isWord('transaction', 'snapshot')) return undefined;
  if (stream.acceptWord('transaction')) return { kind: 'set transaction', session: false, ...parseRequiredModes(stream) };
  if (stream.acceptWord('session', 'characteristics')) {
    stream.expectWord('as', 'transaction');
    return { kind: 'set transaction', session: true, ...parseRequiredModes(stream) };
  }
  const scope = stream.is('=', 1) || stream.peek(1).text === 'to' ? undefined : stream.acceptOneOf(['local', 'session']);
  return { kind: 'set', ...parseSetting(stream), ...(scope && { scope }) };
}

function parseSetConstraints(stream: TokenStream): SessionStatement {
  const names = stream.acceptWord('all') ? 'all' : stream.list(() => stream.qualifiedName().at(-1) ?? '');
  return { kind: 'set constraints', names, deferred: stream.expectOneOf(['deferred', 'immediate']) === 'deferred' };
}

/** Settings whose SET has words of its own instead of a name and TO. */
const SPELLED_OUT: Readonly<Record<string, string>> = { schema: 'search_path', names: 'client_encoding', role: 'role' };

function parseSetting(stream: TokenStream): { readonly name: string; readonly value: string } {
  if (stream.acceptWord('time', 'zone')) return { name: 'timezone', value: parseTimeZone(stream) };
  if (stream.acceptWord('session', 'authorization') || stream.acceptWord('authorization')) {
    return { name: 'session_authorization', value: parseValues(stream) };
  }
  const { kind, text } = stream.token;
  const spelled =
    kind === 'word' && Object.hasOwn(SPELLED_OUT, text) && !stream.is('=', 1) && stream.peek(1).text !== 'to'
      ? SPELLED_OUT[text]
      : undefined;
  if (spelled !== undefined) {
    stream.next();
    return { name: spelled, value: parseValues(stream) };
  }
  const name = parseDottedName(stream);
  if (!stream.accept('=')) stream.expectWord('to');
  return { name, value: parseValues(stream) };
}

/** `INTERVAL '+00:00' HOUR TO MINUTE` is an expression, the others are values as of any setting. */
function parseTimeZone(stream: TokenStream): string {
  if (!stream.isWord('interval')) return parseValues(stream);
  const index = stream.index;
  stream.expression();
  return stream.textFrom(index);
}

function parseValues(stream: TokenStream): string {
  const index = stream.index;
  stream.list(skipValue);
  return stream.textFrom(index);
}

function skipValue(stream: TokenStream): void {
  const isSigned = stream.accept('-') || stream.accept('+');
  const { kind } = stream.token;
  const isNumber = kind === 'integer' || kind === 'decimal';
  if (!isNumber && (isSigned || (kind !== 'word' && kind !== 'quoted' && kind !== 'string'))) throw stream.syntaxError();
  stream.next();
}

function parseSettingName(stream: TokenStream): string {
  if (stream.acceptWord('time', 'zone')) return 'timezone';
  if (stream.acceptWord('transaction', 'isolation', 'level')) return 'transaction_isolation';
  if (stream.acceptWord('session', 'authorization')) return 'session_authorization';
  return stream.acceptWord('all') ? 'all' : parseDottedName(stream);
}

function parseDottedName(stream: TokenStream): string {
  return stream.qualifiedName().join('.').toLowerCase();
}
