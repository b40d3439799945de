import { PgError } from '../pg-error.js';
import type { Expression, Locking, SelectBody, SelectCore, SelectItem, SelectStatement, SetOperation, ValuesCore, With } from './ast.js';
import { canBeBareAlias } from './keywords.js';
import { parseFrom } from './parse-from.js';
import { parseOrderBy } from './parse-order.js';
import { parseParentheses } from './parse-parentheses.js';
import { parseWindow } from './parse-window.js';
import { parseWith } from './parse-with.js';
import { refused, type TokenStream } from './token-stream.js';

/** A query without parentheses around it; `first` is its first operand where that was read already. */
export function parseSelect(stream: TokenStream, first?: SelectStatement): SelectStatement {
  return first === undefined ? parseAfterWith(stream, parseWith(stream)) : parseRest(stream, first, undefined);
}

/** A query whose WITH was read already. */
export function parseAfterWith(stream: TokenStream, withClause: With | undefined): SelectStatement {
  return parseRest(stream, undefined, withClause);
}

function parseRest(stream: TokenStream, first: SelectStatement | undefined, withClause: With | undefined): SelectStatement {
  const body = parseUnion(stream, first);
  const orderBy = parseOrderBy(stream);
  const select: SelectStatement = {
    kind: 'select',
    body: unwrapped(body),
    orderBy,
    ...parseTail(stream),
    ...(withClause && { with: withClause }),
  };
  return body.kind === 'select' && isBare(select) ? body : select;
}

/** Whether it has no clauses of its own. */
export function isBare({ with: withClause, orderBy, limit, offset, locking }: SelectStatement): boolean {
  return withClause === undefined && limit === undefined && offset === undefined && orderBy.length + locking.length === 0;
}

/** Parentheses around a query that has no clauses of its own say nothing. */
function unwrapped(body: SelectBody): SelectBody {
  return body.kind === 'select' && isBare(body) ? body.body : body;
}

function parseUnion(stream: TokenStream, first?: SelectStatement): SelectBody {
  let left = parseIntersect(stream, first);
  for (let operator = stream.acceptOneOf(['union', 'except']); operator !== undefined; operator = stream.acceptOneOf(['union', 'except'])) {
    const all = parseAll(stream);
    left = setOperation(operator, all, left, parseIntersect(stream));
  }
  return left;
}

function parseIntersect(stream: TokenStream, first?: SelectStatement): SelectBody {
  let left: SelectBody = first ?? parseSimple(stream);
  while (stream.acceptWord('intersect')) {
    const all = parseAll(stream);
    left = setOperation('intersect', all, left, parseSimple(stream));
  }
  return left;
}

function setOperation(operator: SetOperation['operator'], all: boolean, left: SelectBody, right: SelectBody): SetOperation {
  return { kind: 'set', operator, all, left: unwrapped(left), right: unwrapped(right) };
}

function parseAll(stream: TokenStream): boolean {
  return stream.acceptOneOf(['all', 'distinct']) === 'all';
}

function parseSimple(stream: TokenStream): SelectBody {
  if (stream.is('(')) {
    const index = stream.index;
    const content = parseParentheses(stream);
    if (content.select === undefined) throw stream.syntaxError(index + 1);
    return content.select;
  }
  if (stream.acceptWord('values')) return parseValues(stream);
  if (stream.acceptWord('table')) return wholeTable(stream.qualifiedName());
  stream.expectWord('select');
  return parseCore(stream);
}

/** `VALUES` from its first row on. */
export function parseValues(stream: TokenStream): ValuesCore {
  return { kind: 'values', rows: stream.list(() => stream.parenthesisedList(() => stream.expression())) };
}

function wholeTable(name: readonly string[]): SelectCore {
  return {
    kind: 'core',
    distinct: false,
    distinctOn: [],
    items: [{ expression: { kind: 'star', path: [] } }],
    from: [{ kind: 'table', name, columnAliases: [] }],
    groupBy: [],
    windows: [],
  };
}

function parseCore(stream: TokenStream): SelectCore {
  const distinct = stream.acceptOneOf(['distinct', 'all']) === 'distinct';
  const distinctOn = distinct && stream.acceptWord('on') ? stream.parenthesisedList(() => stream.expression()) : [];
  const items = hasItems(stream) ? parseSelectItems(stream) : [];
  if (stream.isWord('into')) throw refused('SELECT INTO', 'Write CREATE TABLE … AS SELECT … instead.');
  const from = stream.acceptWord('from') ? parseFrom(stream) : [];
  const where = stream.acceptWord('where') ? stream.expression() : undefined;
  const groupBy = stream.acceptWord('group') ? parseGroupBy(stream) : [];
  const having = stream.acceptWord('having') ? stream.expression() : undefined;
  const windows = stream.acceptWord('window') ? stream.list(parseNamedWindow) : [];
  return { kind: 'core', distinct, distinctOn, items, from, groupBy, windows, ...(where && { where }), ...(having && { having }) };
}

const AFTER_ITEMS = [
  'from',
  'into',
  'where',
  'group',
  'having',
  'window',
  'union',
  'intersect',
  'except',
  'order',
  'limit',
  'offset',
  'fetch',
  'for',
] as const;

function hasItems(stream: TokenStream): boolean {
  return !stream.atEnd && !stream.is(')') && !stream.is(';') && stream.oneOf(AFTER_ITEMS) === undefined;
}

/** A select list, or what RETURNING gives. */
export function parseSelectItems(stream: TokenStream): SelectItem[] {
  return stream.list(parseSelectItem);
}

function parseSelectItem(stream: TokenStream): SelectItem {
  if (stream.accept('*')) return { expression: { kind: 'star', path: [] } };
  const expression = stream.expression();
  if (stream.acceptWord('as')) return { expression, alias: stream.label() };
  const { kind, text } = stream.token;
  if (kind !== 'quoted' && !(kind === 'word' && canBeBareAlias(text))) return { expression };
  return { expression, alias: stream.next().text };
}

function parseGroupBy(stream: TokenStream): Expression[] {
  stream.expectWord('by');
  if (stream.isWord('distinct')) throw refused('GROUP BY DISTINCT');
  stream.acceptWord('all');
  return stream.list(parseGroupingItem);
}

function parseGroupingItem(stream: TokenStream): Expression {
  const isSet = stream.isWord('grouping', 'sets') || (stream.oneOf(['rollup', 'cube']) !== undefined && stream.is('(', 1));
  if (isSet) throw refused('GROUP BY with GROUPING SETS, ROLLUP or CUBE', 'Write a UNION ALL of queries with a GROUP BY each.');
  return stream.expression();
}

function parseNamedWindow(stream: TokenStream): SelectCore['windows'][number] {
  const name = stream.name();
  stream.expectWord('as');
  return { name, window: stream.parenthesised(parseWindow) };
}

type Tail = Pick<SelectStatement, 'limit' | 'offset' | 'locking'>;

/** LIMIT, OFFSET, FETCH and FOR UPDATE, in any order that PostgreSQL takes. */
function parseTail(stream: TokenStream): Tail {
  const before = parseLocking(stream);
  const first = parseLimitOrOffset(stream);
  const second = parseLimitOrOffset(stream);
  const repeated = Object.keys(first).some((key) => key in second);
  if (repeated) throw stream.syntaxError();
  return { ...first, ...second, locking: [...before, ...parseLocking(stream)] };
}

function parseLimitOrOffset(stream: TokenStream): Omit<Tail, 'locking'> {
  if (stream.acceptWord('limit')) {
    if (stream.acceptWord('all')) return {};
    const limit = stream.expression();
    if (stream.is(',')) throw limitWithComma();
    return { limit };
  }
  if (stream.acceptWord('offset')) {
    const offset = stream.expression();
    stream.acceptOneOf(['row', 'rows']);
    return { offset };
  }
  return stream.acceptWord('fetch') ? { limit: parseFetch(stream) } : {};
}

function limitWithComma(): PgError {
  return new PgError('42601', 'LIMIT #,# syntax is not supported', { hint: 'Use separate LIMIT and OFFSET clauses.' });
}

function parseFetch(stream: TokenStream): Expression {
  stream.expectOneOf(['first', 'next']);
  if (stream.oneOf(['row', 'rows'])) throw refused('FETCH FIRST ROW without a number', 'Write LIMIT 1 instead.');
  const limit = stream.expression();
  stream.expectOneOf(['row', 'rows']);
  if (stream.isWord('with')) throw refused('FETCH … WITH TIES');
  stream.expectWord('only');
  return limit;
}

function parseLocking(stream: TokenStream): Locking[] {
  const clauses: Locking[] = [];
  while (stream.acceptWord('for')) {
    if (stream.acceptWord('read', 'only')) continue;
    const strength = parseStrength(stream);
    const of = stream.acceptWord('of') ? stream.list(() => stream.name()) : [];
    const wait = parseWait(stream);
    clauses.push({ strength, of, ...(wait && { wait }) });
  }
  return clauses;
}

function parseStrength(stream: TokenStream): Locking['strength'] {
  if (stream.acceptWord('no', 'key', 'update')) return 'no key update';
  if (stream.acceptWord('key', 'share')) return 'key share';
  return stream.expectOneOf(['update', 'share']);
}

function parseWait(stream: TokenStream): Locking['wait'] {
  if (stream.acceptWord('nowait')) return 'nowait';
  return stream.acceptWord('skip', 'locked') ? 'skip locked' : undefined;
}
