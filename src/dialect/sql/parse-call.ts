import type { Call, Expression, OrderItem } from './ast.js';
import { parseOrderBy } from './parse-order.js';
import { refused, type TokenStream } from './token-stream.js';
import { parseOver } from './parse-window.js';

/** A call from its opening parenthesis on, with what may follow it. */
export function parseCall(stream: TokenStream, path: readonly string[]): Call {
  stream.expect('(');
  const inner = parseArguments(stream);
  stream.expect(')');
  const withinGroup = stream.acceptWord('within') ? parseWithinGroup(stream) : undefined;
  const filter = stream.acceptWord('filter') ? parseFilter(stream) : undefined;
  const over = stream.acceptWord('over') ? parseOver(stream) : undefined;
  return {
    kind: 'call',
    path,
    ...inner,
    ...(withinGroup && { withinGroup }),
    ...(filter && { filter }),
    ...(over !== undefined && { over }),
  };
}

/** A call that has nothing but arguments. */
export function plainCall(name: string, args: readonly Expression[]): Call {
  return { kind: 'call', path: [name], args, star: false, distinct: false, orderBy: [] };
}

function parseArguments(stream: TokenStream): Pick<Call, 'args' | 'star' | 'distinct' | 'orderBy'> {
  const none = { args: [], star: false, distinct: false, orderBy: [] };
  if (stream.is(')')) return none;
  if (stream.accept('*')) return { ...none, star: true };
  const distinct = stream.acceptOneOf(['distinct', 'all']) === 'distinct';
  const args = stream.list(parseArgument);
  return { args, star: false, distinct, orderBy: parseOrderBy(stream) };
}

function parseArgument(stream: TokenStream): Expression {
  if (stream.isWord('variadic')) throw refused('VARIADIC');
  if (stream.isName() && (stream.is('=>', 1) || stream.is(':=', 1)))
    throw refused('A call with named arguments', 'Give the arguments by position.');
  return stream.expression();
}

function parseWithinGroup(stream: TokenStream): readonly OrderItem[] {
  stream.expectWord('group');
  return stream.parenthesised(parseOrderBy);
}

function parseFilter(stream: TokenStream): Expression {
  return stream.parenthesised(() => {
    stream.expectWord('where');
    return stream.expression();
  });
}
