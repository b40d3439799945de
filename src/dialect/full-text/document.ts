import { quoteText } from '../translate/quote.js';
import type { Call, Expression, Literal } from '../sql/ast.js';
import { COLLATION, SEPARATORS } from './words.js';

/** What is searched: the words of some columns, taken together, by a configuration of PostgreSQL. */
export interface TextDocument<Column> {
  readonly configuration: string;
  readonly columns: readonly Column[];
}

/** PostgreSQL's expression for a document; columns are given as SQL. */
export function documentSql({ configuration, columns }: TextDocument<string>): string {
  const text = columns.map((column) => `coalesce(${column}::text, '')`).join(" || ' ' || ");
  return `to_tsvector(${quoteText(configuration)}, regexp_replace(lower((${text}) COLLATE "${COLLATION}"), ${quoteText(SEPARATORS)}, ' ', 'g'))`;
}

/** The same as PostgreSQL prints it back; of a column it says whether its type is text, which needs no cast. */
export function shownDocument({ configuration, columns }: TextDocument<{ readonly sql: string; readonly isText: boolean }>): string {
  const [first = '', ...more] = columns.map(({ sql, isText }) => `COALESCE(${isText ? sql : `(${sql})::text`}, ''::text)`);
  const text = more.reduce((before, column) => `((${before} || ' '::text) || ${column})`, first);
  const words = `regexp_replace(lower((${text} COLLATE "${COLLATION}")), ${quoteText(SEPARATORS)}::text, ' '::text, 'g'::text)`;
  return `to_tsvector(${quoteText(configuration)}::regconfig, ${words})`;
}

type ValueOf = (literal: Literal) => string;

/** The document that an expression is; `undefined` for every other one. Columns are their paths. */
export function documentIn(node: Expression, valueOf: ValueOf): TextDocument<readonly string[]> | undefined {
  const [configuration, words] = argumentsOf(node, 'to_tsvector', 2);
  const [folded, pattern, blank, flags] = argumentsOf(words, 'regexp_replace', 4);
  const [collated] = argumentsOf(folded, 'lower', 1);
  const isOurs = [pattern, blank, flags].map((each) => textOf(each, valueOf)).join('\0') === [SEPARATORS, ' ', 'g'].join('\0');
  const name = textOf(configuration, valueOf);
  if (!isOurs || name === undefined || collated?.kind !== 'binary' || collated.operator !== 'collate') return undefined;
  if (collated.right.kind !== 'column' || collated.right.path.join('.') !== COLLATION) return undefined;
  const columns = columnsIn(collated.left, valueOf);
  return columns && { configuration: name, columns };
}

function argumentsOf(node: Expression | undefined, name: string, count: number): Call['args'] {
  if (node?.kind !== 'call' || node.path.join('.').replace(/^pg_catalog\./, '') !== name) return [];
  return node.args.length === count ? node.args : [];
}

function textOf(node: Expression | undefined, valueOf: ValueOf): string | undefined {
  return node?.kind === 'literal' && node.of === 'string' ? valueOf(node) : undefined;
}

/** Of `coalesce(a::text, '') || ' ' || coalesce(b::text, '')`. */
function columnsIn(node: Expression, valueOf: ValueOf): (readonly string[])[] | undefined {
  const one = columnIn(node, valueOf);
  if (one !== undefined) return [one];
  if (node.kind !== 'binary' || node.operator !== '||') return undefined;
  const last = columnIn(node.right, valueOf);
  const { left } = node;
  if (last === undefined || left.kind !== 'binary' || left.operator !== '||' || textOf(left.right, valueOf) !== ' ') return undefined;
  const before = columnsIn(left.left, valueOf);
  return before && [...before, last];
}

function columnIn(node: Expression, valueOf: ValueOf): readonly string[] | undefined {
  const [cast, empty] = argumentsOf(node, 'coalesce', 2);
  if (cast?.kind !== 'cast' || cast.operand.kind !== 'column' || textOf(empty, valueOf) !== '') return undefined;
  return cast.type.path.join('.') === 'text' && cast.type.dimensions === 0 ? cast.operand.path : undefined;
}
