import { PgError } from '../pg-error.js';
import type { Expression, SelectStatement } from '../sql/ast.js';
import { codecFor } from '../types/codecs.js';
import { bareTypeName } from '../types/format-type.js';
import { coerce } from './coerce.js';
import { bindText } from './own-slot.js';
import { raiseSql } from './raise.js';
import { repeated } from './repeated.js';
import { INT8, isNumber } from './same-type.js';
import type { Scope, Translation } from './typed.js';

type Clause = 'LIMIT' | 'OFFSET';

/** `LIMIT … OFFSET …`: SQLite has no OFFSET by itself, and no NULL in them. */
export function limitClause({ limit, offset }: Pick<SelectStatement, 'limit' | 'offset'>, scope: Scope, context: Translation): string {
  const most = count(limit, 'LIMIT', scope, context);
  const skipped = count(offset, 'OFFSET', scope, context);
  if (skipped !== undefined) return ` LIMIT ${most ?? '-1'} OFFSET ${skipped}`;
  return most === undefined ? '' : ` LIMIT ${most}`;
}

function count(node: Expression | undefined, clause: Clause, scope: Scope, context: Translation): string | undefined {
  if (node === undefined || (node.kind === 'keyword' && node.word === 'null')) return undefined;
  if (node.kind === 'unary' && node.operator === '-' && node.operand.kind === 'literal' && /[1-9]/.test(node.operand.text))
    throw negative(clause);
  if (node.kind === 'parameter')
    return orAll(
      bindText(node, (text) => notNegative(text, clause), context),
      clause,
    );
  const given = context.expression(node, { sources: [], parent: withoutColumns(scope, clause) });
  if (given.type.key !== 'unknown' && !isNumber(given.type))
    throw new PgError('42804', `argument of ${clause} must be type bigint, not type ${bareTypeName(given.type)}`);
  const { sql } = coerce(given, INT8, context, 'assignment');
  return node.kind === 'literal' && node.of === 'integer' ? sql : checked(sql, clause);
}

/** A number that shows only when the statement runs. */
function checked(given: string, clause: Clause): string {
  const { code, message } = negative(clause);
  return repeated([given], (sql = '') => orAll(`iif(${sql} < 0, ${raiseSql(code, message)}, ${sql})`, clause));
}

/** A scope whose columns can't be named. */
function withoutColumns(scope: Scope, clause: Clause): Scope {
  const refuse = (): never => {
    throw new PgError('42P10', `argument of ${clause} must not contain variables`);
  };
  return { ...scope, onInnerUse: refuse };
}

function orAll(sql: string, clause: Clause): string {
  return `coalesce(${sql}, ${clause === 'LIMIT' ? '-1' : '0'})`;
}

function notNegative(text: string, clause: Clause): number {
  const number = Number(codecFor(INT8).input(text));
  if (number < 0) throw negative(clause);
  return number;
}

function negative(clause: Clause): PgError {
  return new PgError(clause === 'LIMIT' ? '2201W' : '2201X', `${clause} must not be negative`);
}
