import type { Case, Cast, Expression, Keyword, TypeName } from './ast.js';
import { canNameColumn, canNameFunction } from './keywords.js';
import { parseCall } from './parse-call.js';
import { operandOf, parseIndirection, parseParentheses, startsQuery } from './parse-parentheses.js';
import { parseSpecialCall } from './parse-special-call.js';
import { isSpecialType, parseIntervalFields, parseModifiers, parseScalarType } from './parse-type.js';
import { refused, type TokenStream } from './token-stream.js';

/** An operand without operators around it. */
export function parsePrimary(stream: TokenStream): Expression {
  const { kind, text } = stream.token;
  switch (kind) {
    case 'string':
    case 'integer':
    case 'decimal':
      return stream.literal(kind);
    case 'bits':
      throw refused('A bit string', 'Use a number, a text or a bytea instead.');
    case 'parameter':
      stream.next();
      return parseIndirection(stream, { kind: 'parameter', number: Number(text) });
    case 'word':
      return WORDS.get(text)?.(stream) ?? parseSpecialCall(stream) ?? parseTypedLiteral(stream) ?? parseNamed(stream);
    case 'quoted':
      return parseNamed(stream);
    default:
      if (!stream.is('(')) throw stream.syntaxError();
      return parseIndirection(stream, operandOf(parseParentheses(stream)));
  }
}

/** The operands that begin with a word of their own; undefined where the word is a name here. */
const WORDS: ReadonlyMap<string, (stream: TokenStream) => Expression | undefined> = new Map([
  ...(['null', 'true', 'false', 'default', 'current_date', 'current_user', 'session_user'] as const).map((word) => keyword(word, word)),
  keyword('user', 'current_user'),
  keyword('current_role', 'current_user'),
  keyword('current_catalog', 'current_database'),
  ['current_schema', parseCurrentSchema],
  timeKeyword('current_time', 'time with time zone'),
  timeKeyword('current_timestamp', 'timestamp with time zone'),
  timeKeyword('localtime', 'time'),
  timeKeyword('localtimestamp', 'timestamp'),
  ['case', parseCase],
  ['array', parseArray],
  ['exists', parseExists],
  ['row', parseRow],
]);

type WordEntry = [string, (stream: TokenStream) => Expression | undefined];

function keyword(word: string, means: Keyword['word']): WordEntry {
  return [
    word,
    (stream) => {
      stream.next();
      return { kind: 'keyword', word: means };
    },
  ];
}

/** `current_timestamp`, `current_timestamp(3)`. */
function timeKeyword(word: 'current_time' | 'current_timestamp' | 'localtime' | 'localtimestamp', type: string): WordEntry {
  return [
    word,
    (stream) => {
      stream.next();
      const now: Keyword = { kind: 'keyword', word };
      return stream.is('(')
        ? { kind: 'cast', operand: now, type: { path: [type], modifiers: parseModifiers(stream), dimensions: 0 } }
        : now;
    },
  ];
}

function parseCurrentSchema(stream: TokenStream): Keyword | undefined {
  if (stream.is('(', 1) || stream.is('.', 1)) return undefined;
  stream.next();
  return { kind: 'keyword', word: 'current_schema' };
}

function parseCase(stream: TokenStream): Case {
  stream.next();
  const operand = stream.isWord('when') ? undefined : stream.expression();
  const branches: Case['branches'][number][] = [];
  do {
    stream.expectWord('when');
    const when = stream.expression();
    stream.expectWord('then');
    branches.push({ when, then: stream.expression() });
  } while (stream.isWord('when'));
  const otherwise = stream.acceptWord('else') ? stream.expression() : undefined;
  stream.expectWord('end');
  return { kind: 'case', branches, ...(operand && { operand }), ...(otherwise && { otherwise }) };
}

function parseArray(stream: TokenStream): Expression {
  stream.next();
  if (stream.is('[')) return parseElements(stream);
  const content = parseParentheses(stream);
  if (content.select === undefined) throw stream.syntaxError();
  return { kind: 'array-subquery', select: content.select };
}

function parseElements(stream: TokenStream): Expression {
  stream.expect('[');
  const elements = stream.is(']') ? [] : stream.list(() => (stream.is('[') ? parseElements(stream) : stream.expression()));
  stream.expect(']');
  return { kind: 'array', elements };
}

function parseExists(stream: TokenStream): Expression | undefined {
  if (!stream.is('(', 1)) return undefined;
  stream.next();
  const content = parseParentheses(stream);
  if (content.select === undefined) throw stream.syntaxError();
  return { kind: 'exists', select: content.select };
}

function parseRow(stream: TokenStream): Expression | undefined {
  if (!stream.is('(', 1)) return undefined;
  stream.next();
  if (stream.is(')', 1)) {
    stream.next();
    stream.next();
    return { kind: 'row', elements: [] };
  }
  const elements = stream.parenthesised(() => (startsQuery(stream) ? undefined : stream.list(() => stream.expression())));
  if (elements === undefined) throw stream.syntaxError();
  return { kind: 'row', elements };
}

/** `TIMESTAMP '…'`, `double precision '1'`, `INTERVAL '1' DAY`; names of other types are told by the string after them (`parseNamed`). */
function parseTypedLiteral(stream: TokenStream): Cast | undefined {
  const { text } = stream.token;
  const second = stream.peek(1);
  if (!isSpecialType(text) || (second.kind !== 'string' && !TYPE_GOES_ON.has(second.text))) return undefined;
  const index = stream.index;
  const type = parseScalarType(stream);
  if (stream.token.kind !== 'string') {
    stream.rewind(index);
    return undefined;
  }
  const operand = stream.literal('string');
  const fields = text === 'interval' && type.modifiers.length === 0 ? parseIntervalFields(stream) : type.modifiers;
  return castTo({ path: type.path, modifiers: fields, dimensions: 0 }, operand);
}

/** The words and symbols that can stand between the first word of such a type and the string. */
const TYPE_GOES_ON: ReadonlySet<string> = new Set(['(', 'precision', 'varying', 'with', 'without', 'character', 'char']);

function castTo(type: TypeName, operand: Expression): Cast {
  return { kind: 'cast', operand, type };
}

/** What begins with a name: a column, `t.*`, a call, or a literal of a type. */
function parseNamed(stream: TokenStream): Expression {
  const first = stream.token;
  const isColumn = first.kind === 'quoted' || canNameColumn(first.text);
  const isFunction = first.kind === 'quoted' || canNameFunction(first.text);
  if (!isColumn && !isFunction) throw stream.syntaxError();
  const path = [stream.next().text];
  let isQuoted = first.kind === 'quoted';
  while (stream.accept('.')) {
    if (stream.accept('*')) return { kind: 'star', path };
    isQuoted = stream.token.kind === 'quoted';
    path.push(stream.label());
  }
  if (isFunction || path.length > 1) {
    if (stream.is('(')) return parseCall(stream, path);
    if (stream.token.kind === 'string') return castTo({ path, modifiers: [], dimensions: 0 }, stream.literal('string'));
  }
  if (!isColumn) throw stream.syntaxError();
  return parseIndirection(stream, { kind: 'column', path, isQuoted });
}
