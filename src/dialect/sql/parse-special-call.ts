import type { Call, Cast, Expression, Literal } from './ast.js';
import { plainCall } from './parse-call.js';
import { parseType } from './parse-type.js';
import { refused, type TokenStream } from './token-stream.js';

/** The functions whose arguments have a grammar of their own; undefined where no such call stands here. */
export function parseSpecialCall(stream: TokenStream): Expression | undefined {
  const { text } = stream.token;
  if (stream.isWord('collation', 'for')) throw refused('COLLATION FOR');
  if (!stream.is('(', 1)) return undefined;
  if (text.startsWith('xml') && XML_FORMS.has(text)) throw refused(`${text.toUpperCase()}()`);
  const read = SPECIAL_CALLS.get(text);
  if (read === undefined) return undefined;
  stream.next();
  return stream.parenthesised(read);
}

const XML_FORMS: ReadonlySet<string> = new Set([
  'xmlconcat',
  'xmlelement',
  'xmlexists',
  'xmlforest',
  'xmlparse',
  'xmlpi',
  'xmlroot',
  'xmlserialize',
]);

const SPECIAL_CALLS: ReadonlyMap<string, (stream: TokenStream) => Expression> = new Map<string, (stream: TokenStream) => Expression>([
  ['cast', parseCast],
  ['extract', parseExtract],
  ['substring', parseSubstring],
  ['position', parsePosition],
  ['trim', parseTrim],
  ['overlay', parseOverlay],
  ['treat', parseTreat],
  ['normalize', parseNormalize],
  ...['coalesce', 'greatest', 'least', 'nullif', 'grouping'].map(
    (name) => [name, (stream: TokenStream) => plainCall(name, parseList(stream))] as const,
  ),
]);

function parseList(stream: TokenStream): Expression[] {
  return stream.list(() => stream.expression());
}

function parseCast(stream: TokenStream): Cast {
  const operand = stream.expression();
  stream.expectWord('as');
  return { kind: 'cast', operand, type: parseType(stream) };
}

function parseExtract(stream: TokenStream): Call {
  const field: Literal =
    stream.token.kind === 'string' ? stream.literal('string') : { kind: 'literal', of: 'string', text: stream.label(), slot: -1 };
  stream.expectWord('from');
  return plainCall('extract', [field, stream.expression()]);
}

function parseSubstring(stream: TokenStream): Call {
  if (stream.is(')')) return plainCall('substring', []);
  const args = parseList(stream);
  if (stream.acceptWord('from')) {
    args.push(stream.expression());
    if (stream.acceptWord('for')) args.push(stream.expression());
  } else if (stream.acceptWord('for')) {
    const length = stream.expression();
    args.push(stream.acceptWord('from') ? stream.expression() : ONE, length);
  }
  return plainCall('substring', args);
}

/** The number 1 of a text that doesn't have it. */
const ONE: Cast = {
  kind: 'cast',
  operand: { kind: 'keyword', word: 'true' },
  type: { path: ['int4'], modifiers: [], dimensions: 0 },
};

function parsePosition(stream: TokenStream): Call {
  const what = stream.restrictedExpression();
  stream.expectWord('in');
  return plainCall('position', [what, stream.restrictedExpression()]);
}

const TRIMS = { both: 'btrim', leading: 'ltrim', trailing: 'rtrim' } as const;

function parseTrim(stream: TokenStream): Call {
  const name = TRIMS[stream.acceptOneOf(['both', 'leading', 'trailing']) ?? 'both'];
  if (stream.acceptWord('from')) return plainCall(name, parseList(stream));
  const first = stream.expression();
  if (stream.acceptWord('from')) return plainCall(name, [...parseList(stream), first]);
  return plainCall(name, stream.accept(',') ? [first, ...parseList(stream)] : [first]);
}

function parseOverlay(stream: TokenStream): Call {
  const args = parseList(stream);
  if (stream.acceptWord('placing')) {
    args.push(stream.expression());
    stream.expectWord('from');
    args.push(stream.expression());
    if (stream.acceptWord('for')) args.push(stream.expression());
  }
  return plainCall('overlay', args);
}

function parseTreat(): never {
  throw refused('TREAT()');
}

function parseNormalize(): never {
  throw refused('NORMALIZE()');
}
