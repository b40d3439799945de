import type { TypeName } from './ast.js';
import { refused, type TokenStream } from './token-stream.js';

const FIELDS = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;

/** A type as it stands after `::` or in a column's definition. */
export function parseType(stream: TokenStream): TypeName {
  if (stream.isWord('setof')) throw refused('SETOF');
  const { path, modifiers } = parseScalarType(stream);
  return { path, modifiers, dimensions: parseDimensions(stream) };
}

function parseDimensions(stream: TokenStream): number {
  if (stream.acceptWord('array')) {
    if (stream.accept('[')) acceptBound(stream);
    return 1;
  }
  let dimensions = 0;
  for (; stream.accept('['); dimensions++) acceptBound(stream);
  return dimensions;
}

/** PostgreSQL, too, does not care how long an array is said to be. */
function acceptBound(stream: TokenStream): void {
  if (stream.token.kind === 'integer') stream.next();
  stream.expect(']');
}

type ScalarType = Pick<TypeName, 'path' | 'modifiers'>;

/** A type without array dimensions. */
export function parseScalarType(stream: TokenStream): ScalarType {
  const { kind, text } = stream.token;
  const special = kind === 'word' && !stream.is('.', 1) ? SPECIAL_TYPES.get(text) : undefined;
  return special === undefined ? parseGenericType(stream) : special(stream);
}

/** Whether the word begins a type whose name is a word of the language. */
export function isSpecialType(word: string): boolean {
  return SPECIAL_TYPES.has(word);
}

const SIMPLE_TYPES = ['bigint', 'boolean', 'int', 'integer', 'real', 'smallint'];
const MODIFIED_TYPES = ['dec', 'decimal', 'float', 'numeric', 'varchar'];

const SPECIAL_TYPES: ReadonlyMap<string, (stream: TokenStream) => ScalarType> = new Map([
  ['double', parseDouble],
  ['character', parseCharacter],
  ['char', parseCharacter],
  ['national', parseCharacter],
  ['nchar', parseCharacter],
  ['bit', parseCharacter],
  ['time', parseTime],
  ['timestamp', parseTime],
  ['interval', parseInterval],
  ...SIMPLE_TYPES.map((word) => [word, parseSimple] as const),
  ...MODIFIED_TYPES.map((word) => [word, parseModified] as const),
]);

function parseSimple(stream: TokenStream): ScalarType {
  return { path: [stream.next().text], modifiers: [] };
}

function parseModified(stream: TokenStream): ScalarType {
  return { path: [stream.next().text], modifiers: parseModifiers(stream) };
}

function parseGenericType(stream: TokenStream): ScalarType {
  if (!stream.isFunctionName()) throw stream.syntaxError();
  const path = [stream.next().text];
  while (stream.accept('.')) path.push(stream.label());
  if (stream.is('%') && stream.peek(1).text === 'type') throw refused('%TYPE');
  return { path, modifiers: parseModifiers(stream) };
}

function parseDouble(stream: TokenStream): ScalarType {
  if (!stream.acceptWord('double', 'precision')) return parseGenericType(stream);
  return { path: ['double precision'], modifiers: [] };
}

/** `character varying(10)`, `national char`, `bit varying(3)`. */
function parseCharacter(stream: TokenStream): ScalarType {
  let name = stream.next().text;
  if (name === 'national') name = stream.expectOneOf(['character', 'char']);
  if (name === 'nchar') name = 'char';
  if (stream.acceptWord('varying')) name += ' varying';
  return { path: [name], modifiers: parseModifiers(stream) };
}

function parseTime(stream: TokenStream): ScalarType {
  const name = stream.next().text;
  const modifiers = parseModifiers(stream);
  if (stream.acceptWord('with', 'time', 'zone')) return { path: [`${name} with time zone`], modifiers };
  if (stream.acceptWord('without', 'time', 'zone')) return { path: [`${name} without time zone`], modifiers };
  return { path: [name], modifiers };
}

function parseInterval(stream: TokenStream): ScalarType {
  stream.next();
  return { path: ['interval'], modifiers: stream.is('(') ? parseModifiers(stream) : parseIntervalFields(stream) };
}

/** `hour to minute`, `second(3)`: the fields come as one modifier, the precision as another. */
export function parseIntervalFields(stream: TokenStream): string[] {
  const first = stream.acceptOneOf(FIELDS);
  if (first === undefined) return [];
  const last = stream.acceptWord('to') ? stream.expectOneOf(FIELDS) : first;
  const precision = last === 'second' && stream.is('(') ? parseModifiers(stream) : [];
  return [last === first ? first : `${first} to ${last}`, ...precision];
}

export function parseModifiers(stream: TokenStream): string[] {
  return stream.is('(') ? stream.parenthesisedList(parseModifier) : [];
}

function parseModifier(stream: TokenStream): string {
  const sign = stream.accept('-') ? '-' : '';
  const { kind, text } = stream.token;
  if (kind === 'integer' || (sign === '' && (kind === 'word' || kind === 'quoted' || kind === 'string'))) {
    stream.next();
    return sign + text;
  }
  throw stream.syntaxError();
}
