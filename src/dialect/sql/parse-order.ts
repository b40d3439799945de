import type { OrderItem } from './ast.js';
import type { TokenStream } from './token-stream.js';

/** `ORDER BY …`; none where it isn't there. */
export function parseOrderBy(stream: TokenStream): OrderItem[] {
  return stream.acceptWord('order') ? parseAfterOrder(stream) : [];
}

function parseAfterOrder(stream: TokenStream): OrderItem[] {
  stream.expectWord('by');
  return stream.list(parseOrderItem);
}

function parseOrderItem(stream: TokenStream): OrderItem {
  const expression = stream.expression();
  const direction = parseDirection(stream);
  return { expression, ...direction, ...parseNulls(stream) };
}

function parseDirection(stream: TokenStream): Pick<OrderItem, 'direction'> {
  if (stream.acceptWord('using')) {
    if (!stream.is('<') && !stream.is('>')) throw stream.syntaxError();
    return { direction: stream.next().text === '<' ? 'asc' : 'desc' };
  }
  const direction = stream.acceptOneOf(['asc', 'desc']);
  return direction === undefined ? {} : { direction };
}

function parseNulls(stream: TokenStream): Pick<OrderItem, 'nulls'> {
  return stream.acceptWord('nulls') ? { nulls: stream.expectOneOf(['first', 'last']) } : {};
}

/** `ASC NULLS FIRST` and the like, after what is ordered. */
export function parseOrdering(stream: TokenStream): Pick<OrderItem, 'direction' | 'nulls'> {
  return { ...parseDirection(stream), ...parseNulls(stream) };
}
