import type { Call, Expression, OrderItem } from './ast.js';
import { parseOrderBy } from './parse-order.js';
import { refused, type TokenStream } from './token-stream.js';
import { parseOver } from './parse-window.js';

/** A call from its opening parenthesis on, with what may follow it. */
export function parseCall(stream: TokenStream, path: readonly string[]): Call {
  stream.expect('(');
  const inner = parseArguments(stream, path.at(-1) ?? '');
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

function parseArguments(stream: TokenStream, name: string): Pick<Call, 'args' | 'star' | 'distinct' | 'orderBy'> {
  const none = { args: [], star: false, distinct: false, orderBy: [] };
  if (stream.is(')')) return none;
  if (stream.accept('*')) return { ...none, star: true };
  const distinct = stream.acceptOneOf(['distinct', 'all']) === 'distinct';
  const parameters = isNamed(stream) ? DEFAULTED.get(name) : undefined;
  const args = parameters ? parseNamedArguments(stream, parameters) : stream.list(parseArgument);
  return { args, star: false, distinct, orderBy: parseOrderBy(stream) };
}

function isNamed(stream: TokenStream): boolean {
  return stream.isName() && (stream.is('=>', 1) || stream.is(':=', 1));
}

/** Functions that are called with named arguments, of which each that is missing is 0. */
const DEFAULTED: ReadonlyMap<string, readonly string[]> = new Map([
  ['make_interval', ['years', 'months', 'weeks', 'days', 'hours', 'mins', 'secs']],
]);

/** The number 0 of a text that doesn't have it. */
const ZERO: Expression = {
  kind: 'cast',
  operand: { kind: 'keyword', word: 'false' },
  type: { path: ['int4'], modifiers: [], dimensions: 0 },
};

function parseNamedArguments(stream: TokenStream, parameters: readonly string[]): readonly Expression[] {
  const given = new Map<string, Expression>();
  stream.list(() => {
    const name = stream.token.text;
    if (!isNamed(stream) || !parameters.includes(name) || given.has(name))
      throw refused('A call with named arguments', 'Give the arguments by position.');
    stream.next();
    stream.next();
    given.set(name, stream.expression());
  });
  return parameters.map((parameter) => given.get(parameter) ?? ZERO);
}

function parseArgument(stream: TokenStream): Expression {
  if (stream.isWord('variadic')) throw refused('VARIADIC');
  if (isNamed(stream)) throw refused('A call with named arguments', 'Give the arguments by position.');
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
