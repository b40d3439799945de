import type { DefinitionStatement } from './ast.js';
import { parseNames, skipStorage } from './parse-constraint.js';
import { refused, type TokenStream } from './token-stream.js';

/** CREATE MATERIALIZED VIEW from after these words on. */
export function parseCreateMaterializedView(stream: TokenStream): DefinitionStatement {
  const ifNotExists = stream.acceptWord('if', 'not', 'exists');
  const name = stream.qualifiedName();
  const names = stream.is('(') ? parseNames(stream) : [];
  skipStorage(stream);
  stream.expectWord('as');
  const index = stream.index;
  const select = stream.select();
  const text = stream.textFrom(index);
  refuseWithoutData(stream);
  return { kind: 'create materialized view', name, ifNotExists, query: { text, names, withData: true }, select };
}

/** REFRESH MATERIALIZED VIEW from its first word on; undefined where it is none. */
export function parseRefresh(stream: TokenStream): DefinitionStatement | undefined {
  if (!stream.acceptWord('refresh', 'materialized', 'view')) return undefined;
  const isConcurrent = stream.acceptWord('concurrently');
  const name = stream.qualifiedName();
  refuseWithoutData(stream);
  return { kind: 'refresh materialized view', name, isConcurrent };
}

/** A server refuses to read a materialized view that was not filled yet. */
function refuseWithoutData(stream: TokenStream): void {
  if (stream.isWord('with', 'no', 'data')) throw refused('A materialized view WITH NO DATA', 'Leave WITH NO DATA out.');
  stream.acceptWord('with', 'data');
}
