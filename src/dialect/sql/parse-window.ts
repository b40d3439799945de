import type { Window } from './ast.js';
import { parseOrderBy } from './parse-order.js';
import type { TokenStream } from './token-stream.js';

/** What follows OVER: a name, or a window. */
export function parseOver(stream: TokenStream): Window | string {
  return stream.is('(') ? stream.parenthesised(parseWindow) : stream.name();
}

/** A window within its parentheses. */
export function parseWindow(stream: TokenStream): Window {
  const base = stream.isName() && !stream.oneOf(['partition', 'range', 'rows', 'groups']) ? stream.name() : undefined;
  const partitionBy = parsePartitionBy(stream);
  const orderBy = parseOrderBy(stream);
  const frame = stream.oneOf(['range', 'rows', 'groups']) && parseFrame(stream);
  return { partitionBy, orderBy, ...(base !== undefined && { base }), ...(frame && { frame }) };
}

function parsePartitionBy(stream: TokenStream): Window['partitionBy'] {
  if (!stream.acceptWord('partition')) return [];
  stream.expectWord('by');
  return stream.list(() => stream.expression());
}

/** The frame's text up to the closing parenthesis: its literals are part of the structure. */
function parseFrame(stream: TokenStream): string {
  const parts: string[] = [];
  for (let depth = 0; depth > 0 || !stream.is(')'); ) {
    if (stream.is('(')) depth++;
    if (stream.is(')')) depth--;
    if (stream.atEnd) throw stream.syntaxError();
    const index = stream.index;
    const { kind, text } = stream.next();
    parts.push(kind === 'word' ? text : stream.textFrom(index));
  }
  return parts.join(' ');
}
