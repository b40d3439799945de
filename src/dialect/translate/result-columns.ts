import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { Expression, SelectBody, SelectCore, SelectItem, SelectStatement, TypeName, ValuesCore } from '../sql/ast.js';
import { codecFor } from '../types/codecs.js';
import { resolveTypeName } from '../types/type-names.js';
import { settled } from './coerce.js';
import type { ResultColumn } from './plan.js';
import { quoteName } from './quote.js';
import { columnValue, findSource, missingSource, visibleColumns } from './scope.js';
import type { Scope, SourceColumn, Translation, Typed } from './typed.js';

/** One column of a select list or of RETURNING. */
export interface Output {
  readonly name: string;
  readonly typed: Typed;
  /** What was written; none for columns of a star. */
  readonly node?: Expression;
}

/** The columns of a select list, stars replaced by what they stand for. `scope` is of the query, `values` what expressions are looked up in. */
export function outputs(items: readonly SelectItem[], scope: Scope, context: Translation): readonly Output[] {
  return items.flatMap(({ expression, alias }): readonly Output[] => {
    if (expression.kind === 'star')
      return starColumns(expression.path, scope).map((column) => ({ name: column.name, typed: columnValue(column) }));
    if (expression.kind === 'field' && expression.name === '*') return rowColumns(context.expression(expression.operand, scope));
    return [
      {
        name: alias ?? columnName(expression, context),
        typed: plainCount(expression, context.expression(expression, scope)),
        node: expression,
      },
    ];
  });
}

/** By itself `count(*)` needs no column, and SQLite knows a short way. */
function plainCount(node: Expression, typed: Typed): Typed {
  const isPlain = node.kind === 'call' && node.star && !node.filter && node.over === undefined && node.path.at(-1) === 'count';
  return isPlain ? { ...typed, sql: 'count(*)' } : typed;
}

function starColumns(path: readonly string[], scope: Scope): readonly SourceColumn[] {
  if (path.length > 0) {
    const found = findSource(path, scope);
    if (!found) throw missingSource(path, scope);
    return found.source.columns;
  }
  if (scope.sources.length === 0) throw new PgError('42601', 'SELECT * with no tables specified is not valid');
  return visibleColumns(scope);
}

function rowColumns(row: Typed): readonly Output[] {
  return (row.elements ?? []).map((typed, index) => ({ name: typed.name ?? `f${index + 1}`, typed }));
}

/** What the client is told of a result's columns. */
export function resultColumns(columns: readonly { readonly name: string; readonly typed: Typed }[]): readonly ResultColumn[] {
  return columns.map(({ name, typed }) => ({ name, type: typed.type, ...(typed.decode && { decode: typed.decode }) }));
}

/** A list of values as columns named `0`, `1`, …. */
export function columnList(values: readonly Typed[]): string {
  return values.length === 0 ? 'NULL' : values.map(({ sql }, index) => `${sql} AS ${quoteName(String(index))}`).join(', ');
}

/** A value as the driver can read it without loss. */
export function readable(typed: Typed, context: Translation): Typed {
  const value = settled(typed, context);
  if (value.type.key === 'record') {
    throw new UnsupportedOnFallbackError('A row as one value of the result', 'Select its columns one by one.');
  }
  if (value.decode) return value;
  return { ...value, sql: codecFor(value.type).select?.(value.sql) ?? value.sql };
}

/** As PostgreSQL names a column of a result that has no alias (FigureColname). */
export function columnName(node: Expression, context: Translation): string {
  return figured(node, context)?.name ?? '?column?';
}

/** A `weak` name gives way to the name of a type that the value is cast to. */
interface Figured {
  readonly name: string;
  readonly weak?: boolean;
}

function figured(node: Expression, context: Translation): Figured | undefined {
  switch (node.kind) {
    case 'column':
      return named(node.path.at(-1));
    case 'call':
      return named(node.path.at(-1));
    case 'field':
      return named(node.name);
    case 'cast':
      return strong(figured(node.operand, context)) ?? { name: typeLabel(node.type, context), weak: true };
    case 'subscript':
      return figured(node.operand, context);
    case 'case':
      return strong(node.otherwise && figured(node.otherwise, context)) ?? { name: 'case', weak: true };
    case 'binary':
      return ofOperator(node.operator, node.left, context);
    case 'keyword':
      return ofKeyword(node.word);
    case 'array':
    case 'row':
    case 'exists':
      return { name: node.kind };
    case 'array-subquery':
      return { name: 'array' };
    case 'subquery':
      return ofSelect(node.select, context);
    default:
      return undefined;
  }
}

function named(name: string | undefined): Figured | undefined {
  return name === undefined ? undefined : { name };
}

function strong(found: Figured | undefined): Figured | undefined {
  return found?.weak ? undefined : found;
}

function ofOperator(operator: string, left: Expression, context: Translation): Figured | undefined {
  if (operator === 'collate') return figured(left, context);
  if (operator === 'at time zone') return { name: 'timezone' };
  return operator === 'overlaps' ? { name: 'overlaps' } : undefined;
}

const UNNAMED: ReadonlySet<string> = new Set(['null', 'true', 'false', 'default']);

function ofKeyword(word: string): Figured | undefined {
  return UNNAMED.has(word) ? undefined : { name: word };
}

function ofSelect(select: SelectStatement, context: Translation): Figured | undefined {
  const body = leftmost(select.body);
  if (body.kind === 'values') return { name: 'column1' };
  const [item] = body.items;
  if (!item) return undefined;
  return item.alias === undefined ? figured(item.expression, context) : { name: item.alias };
}

function leftmost(body: SelectBody): SelectCore | ValuesCore {
  if (body.kind === 'set') return leftmost(body.left);
  return body.kind === 'select' ? leftmost(body.body) : body;
}

function typeLabel(name: TypeName, context: Translation): string {
  const type = resolveTypeName({ ...name, modifiers: [], dimensions: 0 }, context.catalog);
  return type.enum?.name ?? type.key;
}
