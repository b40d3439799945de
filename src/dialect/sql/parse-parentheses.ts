import type { Expression, SelectStatement } from './ast.js';
import type { TokenStream } from './token-stream.js';

/** What stands in parentheses: one query, or expressions. */
export type Parenthesised =
  | { readonly select: SelectStatement; readonly expressions?: undefined }
  | { readonly select?: undefined; readonly expressions: readonly Expression[] };

/** Whether a query begins here, not counting parentheses. */
export function startsQuery(stream: TokenStream): boolean {
  return stream.oneOf(['select', 'with', 'table']) !== undefined || (stream.isWord('values') && stream.is('(', 1));
}

/** Whether a query that stood in parentheses goes on here. */
export function continuesQuery(stream: TokenStream): boolean {
  return stream.oneOf(['union', 'intersect', 'except', 'order', 'limit', 'offset', 'fetch', 'for']) !== undefined;
}

/**
 * In `((SELECT 1) …` only what follows the inner parentheses tells whether the outer ones hold a query or expressions: so
 * the inside is read first, and becomes the first operand of either.
 */
export function parseParentheses(stream: TokenStream): Parenthesised {
  stream.expect('(');
  const content = stream.is('(') ? continueContent(stream, parseParentheses(stream)) : parseContent(stream);
  stream.expect(')');
  return content;
}

function parseContent(stream: TokenStream): Parenthesised {
  return startsQuery(stream) ? { select: stream.select() } : { expressions: stream.list(() => stream.expression()) };
}

function continueContent(stream: TokenStream, inner: Parenthesised): Parenthesised {
  if (inner.select !== undefined) {
    if (stream.is(')')) return inner;
    if (continuesQuery(stream)) return { select: stream.select(inner.select) };
  }
  const first = stream.expression(parseIndirection(stream, operandOf(inner)));
  return { expressions: stream.accept(',') ? [first, ...stream.list(() => stream.expression())] : [first] };
}

/** `(a)`, `(a, b)`, `(SELECT …)` as an operand. */
export function operandOf(content: Parenthesised): Expression {
  if (content.select !== undefined) return { kind: 'subquery', select: content.select };
  const [only, ...others] = content.expressions;
  return only === undefined || others.length > 0 ? { kind: 'row', elements: content.expressions } : only;
}

/** `[1]`, `[1:2]`, `.field`, `.*` after an operand. */
export function parseIndirection(stream: TokenStream, operand: Expression): Expression {
  let result = operand;
  for (;;) {
    if (stream.accept('.')) result = { kind: 'field', operand: result, name: stream.accept('*') ? '*' : stream.label() };
    else if (stream.accept('[')) result = parseSubscript(stream, result);
    else return result;
  }
}

function parseSubscript(stream: TokenStream, operand: Expression): Expression {
  const lower = stream.is(':') ? undefined : stream.expression();
  const isSlice = stream.accept(':');
  const upper = isSlice && !stream.is(']') ? stream.expression() : undefined;
  stream.expect(']');
  return { kind: 'subscript', operand, isSlice, ...(lower && { lower }), ...(upper && { upper }) };
}
