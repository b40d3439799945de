import type { Expression, FromSource, FunctionSource, JoinSource, SelectStatement, SubquerySource, TableSource, TypeName } from './ast.js';
import { parseCall } from './parse-call.js';
import { continuesQuery, startsQuery } from './parse-parentheses.js';
import { parseSpecialCall } from './parse-special-call.js';
import { parseType } from './parse-type.js';
import { refused, type TokenStream } from './token-stream.js';

/** The sources of FROM or USING. */
export function parseFrom(stream: TokenStream): FromSource[] {
  return stream.list(parseSource);
}

function parseSource(stream: TokenStream): FromSource {
  return parseJoins(stream, parseOperand(stream));
}

function parseJoins(stream: TokenStream, first: FromSource): FromSource {
  let left = first;
  for (let join = parseJoinType(stream); join !== undefined; join = parseJoinType(stream)) left = parseJoin(stream, left, join);
  return left;
}

type JoinType = Pick<JoinSource, 'type' | 'natural'>;

/** The words of a join up to JOIN; undefined where none begins. */
function parseJoinType(stream: TokenStream): JoinType | undefined {
  if (stream.acceptWord('cross')) {
    stream.expectWord('join');
    return { type: 'cross', natural: false };
  }
  const natural = stream.acceptWord('natural');
  const type = stream.acceptOneOf(['inner', 'left', 'right', 'full']);
  if (type !== undefined && type !== 'inner') stream.acceptWord('outer');
  if (natural || type !== undefined) stream.expectWord('join');
  else if (!stream.acceptWord('join')) return undefined;
  return { type: type ?? 'inner', natural };
}

function parseJoin(stream: TokenStream, left: FromSource, { type, natural }: JoinType): JoinSource {
  const join = { kind: 'join', type, natural, left } as const;
  if (type === 'cross' || natural) return { ...join, right: parseOperand(stream) };
  const right = parseQualifiedOperand(stream);
  if (stream.acceptWord('on')) return { ...join, right, on: stream.expression() };
  stream.expectWord('using');
  const using = stream.parenthesisedList(() => stream.name());
  if (stream.isWord('as')) throw refused('JOIN … USING (…) AS alias');
  return { ...join, right, using };
}

/** In `a JOIN b JOIN c ON … ON …` the inner join comes before the ON of the outer one. */
function parseQualifiedOperand(stream: TokenStream): FromSource {
  const operand = parseOperand(stream);
  return stream.oneOf(['on', 'using']) ? operand : parseJoins(stream, operand);
}

function parseOperand(stream: TokenStream): FromSource {
  const lateral = stream.acceptWord('lateral');
  if (stream.is('(')) return finishParentheses(stream, parseFromParentheses(stream), lateral);
  if (stream.isWord('rows', 'from')) throw refused('ROWS FROM (…)');
  return parseTableOrFunction(stream, lateral);
}

/** A query or joined sources; whether the parentheses hold the one or the other is told only by what follows inner ones. */
type FromContent = { readonly select: SelectStatement } | { readonly source: FromSource };

function parseFromParentheses(stream: TokenStream): FromContent {
  return stream.parenthesised(() => {
    if (startsQuery(stream)) return { select: stream.select() };
    if (!stream.is('(')) return { source: joined(stream, parseSource(stream)) };
    const inner = parseFromParentheses(stream);
    if ('select' in inner) {
      if (stream.is(')')) return inner;
      if (continuesQuery(stream)) return { select: stream.select(inner.select) };
    }
    return { source: joined(stream, parseJoins(stream, finishParentheses(stream, inner, false))) };
  });
}

/** Parentheses around one table are a syntax error. */
function joined(stream: TokenStream, source: FromSource): FromSource {
  if (source.kind !== 'join') throw stream.syntaxError();
  return source;
}

function finishParentheses(stream: TokenStream, content: FromContent, lateral: boolean): FromSource {
  if ('select' in content) return { kind: 'subquery', select: content.select, lateral, ...parseAlias(stream) } satisfies SubquerySource;
  if (lateral) throw stream.syntaxError();
  if (parseAlias(stream).alias !== undefined) throw refused('An alias of a whole join', 'Use the aliases of its tables.');
  return content.source;
}

function parseTableOrFunction(stream: TokenStream, lateral: boolean): TableSource | FunctionSource {
  const special = parseSpecialCall(stream);
  if (special?.kind === 'call') return parseFunctionTail(stream, special, lateral);
  if (special !== undefined) throw stream.syntaxError();
  const isOnly = stream.acceptWord('only');
  const isFunctionName = stream.isFunctionName();
  if (!isFunctionName && !stream.isName()) throw stream.syntaxError();
  const isName = stream.isName();
  const index = stream.index;
  const path = [stream.next().text];
  while (stream.accept('.')) path.push(stream.label());
  if (stream.is('(') && (isFunctionName || path.length > 1) && !isOnly) return parseFunctionTail(stream, parseCall(stream, path), lateral);
  if (!isName || lateral) throw stream.syntaxError(isName ? undefined : index);
  stream.accept('*');
  const table: TableSource = { kind: 'table', name: path, ...parseAlias(stream) };
  if (stream.isWord('tablesample')) throw refused('TABLESAMPLE');
  return table;
}

function parseFunctionTail(stream: TokenStream, call: FunctionSource['call'], lateral: boolean): FunctionSource {
  const withOrdinality = stream.acceptWord('with', 'ordinality');
  const source = { kind: 'function', call, lateral, withOrdinality } as const;
  const hasAs = stream.acceptWord('as');
  const alias = (hasAs && !stream.is('(')) || stream.isName() ? stream.name() : undefined;
  if (!stream.is('(')) return { ...source, columnAliases: [], ...(alias !== undefined && { alias }) };
  const columns = stream.parenthesisedList(parseColumnDefinition);
  const types = columns.flatMap(({ type }) => (type === undefined ? [] : [type]));
  return {
    ...source,
    columnAliases: columns.map(({ name }) => name),
    ...(alias !== undefined && { alias }),
    ...(types.length > 0 && { columnTypes: types }),
  };
}

function parseColumnDefinition(stream: TokenStream): { readonly name: string; readonly type?: TypeName } {
  const name = stream.name();
  return stream.is(',') || stream.is(')') ? { name } : { name, type: parseType(stream) };
}

/** `AS x`, `x`, `x(a, b)`. */
function parseAlias(stream: TokenStream): { readonly alias?: string; readonly columnAliases: readonly string[] } {
  if (!stream.acceptWord('as') && !stream.isName()) return { columnAliases: [] };
  const alias = stream.name();
  return { alias, columnAliases: stream.is('(') ? stream.parenthesisedList(() => stream.name()) : [] };
}

/** WHERE of UPDATE and DELETE. */
export function parseWhere(stream: TokenStream): { readonly where?: Expression } {
  if (!stream.acceptWord('where')) return {};
  if (stream.isWord('current', 'of')) throw refused('WHERE CURRENT OF', 'Name the row by its key.');
  return { where: stream.expression() };
}
