import type { SessionStatement } from './ast.js';
import type { TokenStream } from './token-stream.js';

type Config = Extract<SessionStatement, { kind: 'config' }>;

/** Parameters that programs make up have a dot in their names; the others would change what statements mean. */
const OWN_NAME = /^[a-z_]\w*(?:\.[a-z_]\w*)+$/i;

/**
 * `SELECT set_config('app.user', '1', true) AS "user", current_setting('app.user', true)`: parameters that a program has made up, set and
 * read by themselves, until the transaction ends: a connection that keeps one is nobody's here. Undefined, with the stream where it was,
 * for any other SELECT.
 */
export function parseConfig(stream: TokenStream): Config | undefined {
  const index = stream.index;
  const items = startsConfig(stream) ? parseItems(stream) : undefined;
  if (items !== undefined && (stream.atEnd || stream.is(';'))) return { kind: 'config', items };
  stream.rewind(index);
  return undefined;
}

const FUNCTIONS = ['set_config', 'current_setting'] as const;

const startsConfig = (stream: TokenStream): boolean =>
  FUNCTIONS.some((name) => stream.isWord('select', name)) && stream.is('(', 2) && stream.acceptWord('select');

function parseItems(stream: TokenStream): Config['items'] | undefined {
  const items: Config['items'][number][] = [];
  do {
    const item = parseItem(stream);
    if (item === undefined) return undefined;
    items.push(item);
  } while (stream.accept(','));
  return items;
}

function parseItem(stream: TokenStream): Config['items'][number] | undefined {
  const call = stream.acceptOneOf(FUNCTIONS);
  if (call === undefined || !stream.accept('(') || stream.token.kind !== 'string') return undefined;
  const name = stream.string();
  if (!OWN_NAME.test(name)) return undefined;
  const item = call === 'set_config' ? parseNewValue(stream, name) : parseReading(stream, name);
  if (item === undefined || !stream.accept(')')) return undefined;
  const isNamed = stream.acceptWord('as') || stream.isName();
  return { ...item, label: isNamed ? stream.label() : call };
}

function parseNewValue(stream: TokenStream, name: string): { name: string; value: string | null } | undefined {
  if (!stream.accept(',')) return undefined;
  const isNull = stream.acceptWord('null');
  if (!isNull && stream.token.kind !== 'string') return undefined;
  const value = isNull ? null : stream.string();
  return stream.accept(',') && stream.acceptWord('true') ? { name, value } : undefined;
}

function parseReading(stream: TokenStream, name: string): { name: string; mayBeMissing: boolean } | undefined {
  if (!stream.accept(',')) return { name, mayBeMissing: false };
  const word = stream.acceptOneOf(['true', 'false']);
  return word && { name, mayBeMissing: word === 'true' };
}
