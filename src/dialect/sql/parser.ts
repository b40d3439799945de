import { ofStatement } from '../refused-statement.js';
import type { Statement } from './ast.js';
import { parseConfig } from './parse-config.js';
import { parseDataStatement } from './parse-data.js';
import { parseDefinition } from './parse-definition.js';
import { parseExpression, parseRestrictedExpression } from './parse-expression.js';
import { parseForeign } from './parse-foreign.js';
import { parseRefresh } from './parse-materialized-view.js';
import { parseCaughtInsert, parseDo, startsCaughtInsert } from './parse-function-body.js';
import { parseSelect } from './parse-select.js';
import { parseSession, SESSION_WORDS } from './parse-session.js';
import { startsQuery } from './parse-parentheses.js';
import { type Grammar, TokenStream } from './token-stream.js';

/** One statement of a text. */
export interface ParsedStatement {
  readonly statement: Statement;
  /**
   * The ordinals of its literals that are part of what it says, and no `Literal` nodes: type modifiers, labels, settings. Two texts
   * share a plan only if they agree in these. Of all but data statements every literal is in here, also those that are nodes.
   */
  readonly structural: ReadonlySet<number>;
  /** As it is written, without the semicolon. */
  readonly text: string;
}

const GRAMMAR: Grammar = {
  expression: parseExpression,
  restrictedExpression: parseRestrictedExpression,
  select: parseSelect,
  dataStatement: parseDataStatement,
};

function open(text: string): TokenStream {
  return new TokenStream(text, GRAMMAR);
}

/**
 * The statements of a text, which semicolons separate; empty ones are left out. Literals are counted over the whole text.
 * @throws PgError (42601) where PostgreSQL's parser refuses the text
 * @throws UnsupportedOnFallbackError for what the syntax tree can't say
 */
export function parseStatements(sql: string): readonly ParsedStatement[] {
  const stream = open(sql);
  const parsed: ParsedStatement[] = [];
  for (;;) {
    while (stream.accept(';'));
    if (stream.atEnd) return parsed;
    parsed.push(ofStatement(parsed.length, () => parseOne(stream)));
  }
}

/** An expression that stands by itself, such as a default kept in the catalog. */
export function parseExpressionText(text: string): ReturnType<typeof parseExpression> {
  const stream = open(text);
  const expression = stream.expression();
  if (!stream.atEnd) throw stream.syntaxError();
  return expression;
}

function parseOne(stream: TokenStream): ParsedStatement {
  const index = stream.index;
  const { slot } = stream.token;
  const statement = parseStatement(stream);
  if (!stream.atEnd && !stream.is(';')) throw stream.syntaxError();
  const nodes = new Set(isData(statement) ? stream.literals : []);
  const ordinals = Array.from({ length: stream.token.slot - slot }, (_, offset) => slot + offset);
  return { statement, structural: new Set(ordinals.filter((ordinal) => !nodes.has(ordinal))), text: stream.textFrom(index) };
}

const DATA_KINDS: ReadonlySet<string> = new Set(['select', 'insert', 'update', 'delete']);

function isData({ kind }: Statement): boolean {
  return DATA_KINDS.has(kind);
}

function parseStatement(stream: TokenStream): Statement {
  const config = parseConfig(stream);
  if (config !== undefined) return config;
  if (stream.is('(') || startsQuery(stream) || stream.oneOf(['insert', 'update', 'delete', 'values'])) return stream.dataStatement();
  if (stream.token.kind !== 'word') throw stream.syntaxError();
  if (startsCaughtInsert(stream)) return parseCaughtInsert(stream, open);
  const index = stream.index;
  return parseOther(stream) ?? parseForeign(stream, index);
}

function parseOther(stream: TokenStream): Statement | undefined {
  if (stream.oneOf(['create', 'alter', 'drop', 'comment', 'truncate'])) return parseDefinition(stream);
  if (stream.oneOf(SESSION_WORDS)) return parseSession(stream);
  if (stream.isWord('refresh')) return parseRefresh(stream);
  return stream.isWord('do') ? parseDo(stream, open) : undefined;
}
