import type { ForeignStatement } from './ast.js';
import { refused, type TokenStream } from './token-stream.js';

/** What programs that know of SQLite send it: its care and its settings. */
const OF_SQLITE = ['pragma', 'attach', 'detach', 'vacuum', 'reindex', 'analyze'] as const;

/** PostgreSQL's statements that the syntax tree has no node for. */
const OF_POSTGRES = (
  'alter call checkpoint close cluster comment commit copy create deallocate declare discard do drop execute explain fetch grant import ' +
  'listen load lock merge move notify prepare reassign refresh revoke rollback security set table truncate unlisten'
).split(' ');

/** What CREATE, ALTER and DROP have behind them in PostgreSQL. */
const DEFINED = (
  'access aggregate cast collation constraint conversion database default domain event extension foreign function global group index ' +
  'language large local materialized operator or owned policy procedural procedure publication recursive role routine rule schema sequence ' +
  'server statistics subscription system table tablespace temp temporary text transform trigger trusted type unique unlogged user view'
).split(' ');

const WORKAROUNDS: Readonly<Record<string, string>> = {
  explain: 'Look at plans on PostgreSQL.',
  listen: 'Send messages between processes by other means.',
  notify: 'Send messages between processes by other means.',
  copy: 'Write rows with INSERT.',
  lock: 'Writers are one after another on the fallback: begin a transaction and write.',
  merge: 'Use INSERT … ON CONFLICT.',
  table: 'Write SELECT * FROM.',
};

/** A statement that is for SQLite alone, up to the semicolon. Throws for all others: the rest of PostgreSQL's, and what is no SQL. */
export function parseForeign(stream: TokenStream, index: number): ForeignStatement {
  stream.rewind(index);
  if (stream.oneOf(OF_SQLITE) === undefined) throw unknownStatement(stream);
  while (!stream.atEnd && !stream.is(';')) stream.next();
  return { kind: 'foreign', text: stream.textFrom(index) };
}

function unknownStatement(stream: TokenStream): Error {
  const first = stream.oneOf(OF_POSTGRES);
  if (first === undefined) return stream.syntaxError();
  if (first !== 'create' && first !== 'alter' && first !== 'drop') return refused(first.toUpperCase(), WORKAROUNDS[first]);
  stream.next();
  stream.acceptWord('or', 'replace');
  const what = stream.oneOf(DEFINED);
  return what === undefined ? stream.syntaxError() : refused(`${first} ${what}`.toUpperCase(), 'Make it on PostgreSQL alone.');
}
