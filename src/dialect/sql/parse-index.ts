import type { CreateIndex } from './ast.js';
import { parseNames, skipParentheses, skipStorage, withText } from './parse-constraint.js';
import { parseOrdering } from './parse-order.js';
import { parsePrimary } from './parse-primary.js';
import { refused, type TokenStream } from './token-stream.js';

/** CREATE INDEX from after that word on. */
export function parseCreateIndex(stream: TokenStream, unique: boolean): CreateIndex {
  const concurrently = stream.acceptWord('concurrently');
  const ifNotExists = stream.acceptWord('if', 'not', 'exists');
  const name = stream.isWord('on') ? undefined : stream.qualifiedName().at(-1);
  stream.expectWord('on');
  stream.acceptWord('only');
  const table = stream.qualifiedName();
  const method = stream.acceptWord('using') ? stream.name() : undefined;
  const items = stream.parenthesisedList(parseIndexItem);
  parseIndexTail(stream);
  const where = stream.acceptWord('where') ? withText(stream, () => stream.expression()) : undefined;
  return {
    kind: 'create index',
    unique,
    concurrently,
    ifNotExists,
    table,
    items,
    ...(name !== undefined && { name }),
    ...(method !== undefined && { method }),
    ...(where && { where: where.expression, whereText: where.text }),
  };
}

function parseIndexItem(stream: TokenStream): CreateIndex['items'][number] {
  const item = withText(stream, () => parsePrimary(stream));
  const collate = stream.acceptWord('collate') ? stream.qualifiedName().at(-1) : undefined;
  const operatorClass = stream.isName() && !stream.isWord('nulls') ? stream.qualifiedName().at(-1) : undefined;
  if (operatorClass !== undefined && stream.is('(')) skipParentheses(stream);
  return {
    ...item,
    ...(collate !== undefined && { collate }),
    ...(operatorClass !== undefined && { operatorClass }),
    ...parseOrdering(stream),
  };
}

function parseIndexTail(stream: TokenStream): void {
  // What an index carries along saves a look into the table and changes no answer.
  if (stream.acceptWord('include')) parseNames(stream);
  if (stream.isWord('nulls', 'not')) throw refused('An index with NULLS NOT DISTINCT', 'Use a unique index on COALESCE(column, …).');
  stream.acceptWord('nulls', 'distinct');
  skipStorage(stream);
}
