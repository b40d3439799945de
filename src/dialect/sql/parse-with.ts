import type { CommonTable, With } from './ast.js';
import { refused, type TokenStream } from './token-stream.js';

/** `WITH …`; undefined where it isn't there. */
export function parseWith(stream: TokenStream): With | undefined {
  if (!stream.acceptWord('with')) return undefined;
  const recursive = stream.acceptWord('recursive');
  return { recursive, tables: stream.list(parseCommonTable) };
}

function parseCommonTable(stream: TokenStream): CommonTable {
  const name = stream.name();
  const columns = stream.is('(') ? stream.parenthesisedList(() => stream.name()) : [];
  stream.expectWord('as');
  const materialized = parseMaterialized(stream);
  const statement = stream.parenthesised(() => stream.dataStatement());
  if (stream.oneOf(['search', 'cycle'])) throw refused(`${stream.token.text.toUpperCase()} of a recursive WITH`);
  return { name, columns, statement, ...(materialized !== undefined && { materialized }) };
}

function parseMaterialized(stream: TokenStream): boolean | undefined {
  if (stream.acceptWord('not', 'materialized')) return false;
  return stream.acceptWord('materialized') ? true : undefined;
}
