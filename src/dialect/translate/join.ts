import { PgError } from '../pg-error.js';
import type { Expression, JoinSource } from '../sql/ast.js';
import { refuseAggregates } from './aggregate-calls.js';
import { asBoolean, coerce } from './coerce.js';
import { commonType } from './common-type.js';
import type { From } from './from.js';
import { columnValue } from './scope.js';
import type { Scope, SourceColumn, Translation } from './typed.js';

const WORDS = { inner: 'JOIN', cross: 'JOIN', left: 'LEFT JOIN', right: 'RIGHT JOIN', full: 'FULL JOIN' };

/** Two items of FROM joined. */
export function joined(node: JoinSource, left: From, right: From, outer: Scope | undefined, context: Translation): From {
  const using = node.natural ? commonNames(left, right) : node.using;
  const condition = using ? sameColumns(using, left, right, context) : onCondition(node.on, left, right, outer, context);
  const rightSql = right.isJoin ? `(${right.sql})` : right.sql;
  const [leftSide, rightSide] = [withNulls(left, isOuter(node, 'right')), withNulls(right, isOuter(node, 'left'))];
  return {
    sql: `${left.sql} ${WORDS[node.type]} ${rightSql}${condition === undefined ? '' : ` ON ${condition}`}`,
    sources: [...leftSide.sources, ...rightSide.sources],
    visible: using ? merged(using, node, leftSide, rightSide, context) : [...leftSide.visible, ...rightSide.visible],
    isJoin: true,
  };
}

function isOuter(node: JoinSource, side: 'left' | 'right'): boolean {
  return node.type === side || node.type === 'full';
}

function onCondition(
  on: Expression | undefined,
  left: From,
  right: From,
  outer: Scope | undefined,
  context: Translation,
): string | undefined {
  if (!on) return undefined;
  refuseAggregates(on, 'JOIN conditions');
  const scope = { sources: [...left.sources, ...right.sources], visible: [...left.visible, ...right.visible], parent: outer };
  return asBoolean(context.expression(on, scope), 'JOIN/ON', context).sql;
}

/** What an outer join may leave empty. */
function withNulls(from: From, isNullable: boolean): From {
  if (!isNullable) return from;
  const loosened = (columns: readonly SourceColumn[]): readonly SourceColumn[] => columns.map((column) => ({ ...column, notNull: false }));
  const sources = from.sources.map((source) => ({ ...source, nullable: true, columns: loosened(source.columns) }));
  return { ...from, sources, visible: loosened(from.visible) };
}

function commonNames(left: From, right: From): readonly string[] {
  const names = new Set(right.visible.map(({ name }) => name));
  return left.visible.map(({ name }) => name).filter((name) => names.has(name));
}

function sameColumns(names: readonly string[], left: From, right: From, context: Translation): string | undefined {
  if (names.length === 0) return undefined;
  const column = (path: string[]): Expression => ({ kind: 'column', path, isQuoted: true });
  const conditions = names.map((name) => {
    const scope: Scope = {
      sources: [
        { alias: 'left', sqlAlias: '', columns: [columnOf(left, name, 'left')] },
        { alias: 'right', sqlAlias: '', columns: [columnOf(right, name, 'right')] },
      ],
    };
    const comparison: Expression = { kind: 'binary', operator: '=', left: column(['left', name]), right: column(['right', name]) };
    return context.expression(comparison, scope).sql;
  });
  return conditions.join(' AND ');
}

function columnOf(from: From, name: string, side: 'left' | 'right'): SourceColumn {
  const [found, another] = from.visible.filter((column) => column.name === name);
  if (!found) throw new PgError('42703', `column "${name}" specified in USING clause does not exist in ${side} table`);
  if (another) throw new PgError('42702', `common column name "${name}" appears more than once in ${side} table`);
  return found;
}

/** The columns of USING come first, once; then the others of both sides. */
function merged(names: readonly string[], node: JoinSource, left: From, right: From, context: Translation): readonly SourceColumn[] {
  const rest = (from: From): readonly SourceColumn[] => from.visible.filter(({ name }) => !names.includes(name));
  return [...names.map((name) => mergedColumn(name, node, left, right, context)), ...rest(left), ...rest(right)];
}

function mergedColumn(name: string, node: JoinSource, left: From, right: From, context: Translation): SourceColumn {
  const sides = [columnValue(columnOf(left, name, 'left')), columnValue(columnOf(right, name, 'right'))];
  const type = commonType(sides, 'JOIN/USING');
  const [leftSql = '', rightSql = ''] = sides.map((side) => coerce(side, type, context).sql);
  if (node.type === 'full') return { name, type, sql: `coalesce(${leftSql}, ${rightSql})` };
  // Of an inner join PostgreSQL takes the side that needs no cast (parse_clause.c, buildMergedJoinVar): 1.0 and 1 are equal and not alike.
  const isCast = node.type !== 'left' && sides[0]?.type.key !== type.key && sides[1]?.type.key === type.key;
  return { name, type, sql: node.type === 'right' || isCast ? rightSql : leftSql };
}
