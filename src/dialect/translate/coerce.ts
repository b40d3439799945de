import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { Literal, Parameter } from '../sql/ast.js';
import { codecFor } from '../types/codecs.js';
import { bareTypeName } from '../types/format-type.js';
import type { PgType, TypeKey } from '../types/pg-type.js';
import { cast } from './casts.js';
import { bindText } from './own-slot.js';
import { BOOL, isInteger, sameType, TEXT, withoutModifiers } from './same-type.js';
import type { Translation, Typed } from './typed.js';

/** `implicit`: where it merely stands; `assignment`: into a column; `explicit`: by a written cast. */
export type CoercionKind = 'implicit' | 'assignment' | 'explicit';

/** NULL, not bound yet. */
export const NULL: Typed = { sql: '', type: { key: 'unknown' }, pending: 'null' };

/** The value as the type stores it. @throws PgError 42846 where PostgreSQL has no such cast */
export function coerce(given: Typed, type: PgType, context: Translation, kind: CoercionKind = 'implicit'): Typed {
  const typed = usable(given);
  refuseResult(typed);
  if (isNegative(typed) && isReadExactly(typed.type, type, kind))
    return negativeAs(typed, kind === 'implicit' ? withoutModifiers(type) : type, context);
  if (isQuotient(typed) && type.key === 'float8' && kind === 'explicit') return typed.asFloat;
  if (typed.pending !== undefined) return bound(typed, typed.pending, type, context, kind);
  if (isNegative(typed) && kind === 'explicit' && sameType(typed.type, type) && isInteger(type)) return withoutLiteral(typed);
  if (sameType(typed.type, type) && !losesDigits(typed.type, type) && (kind === 'implicit' || !isLimited(type, typed.type))) {
    return { ...typed, type };
  }
  return cast(typed, type, context, kind);
}

/** A number of so many digits that only JavaScript reads it as a float without a loss. */
export interface Quotient extends Typed {
  readonly asFloat: Typed;
}

function isQuotient(typed: Typed): typed is Quotient {
  return 'asFloat' in typed;
}

/** A literal behind a minus: as the literal itself, it is read as what it stands for, and no digit of `-0.12345678901234567` is lost. */
export interface NegativeNumber extends Typed {
  readonly negated: Literal;
}

export function isNegative(typed: Typed): typed is NegativeNumber {
  return 'negated' in typed;
}

/** What was cast is no literal any more. */
function withoutLiteral({ sql, type, name }: NegativeNumber): Typed {
  return { sql, type, ...(name !== undefined && { name }) };
}

export function negativeAs({ negated, name }: NegativeNumber, type: PgType, context: Translation): Typed {
  const codec = codecFor(type);
  const sql = bindText(negated, (text) => codec.input(`-${text}`), context);
  return { sql: codec.bind?.(sql) ?? sql, type, ...(name !== undefined && { name }) };
}

function isReadExactly(from: PgType, to: PgType, kind: CoercionKind): boolean {
  if (!isReadAs(from, to)) return false;
  if (to.key === 'numeric') return to.scale === undefined || (to.modifiers !== undefined && kind === 'assignment');
  return to.key === 'float4' || to.key === 'float8';
}

/** A number that JavaScript finishes where it is a result, because it does so for any length; elsewhere `inSql` stands for it. */
export interface Finished extends Typed {
  readonly inSql: string;
}

export function usable(typed: Typed): Typed {
  if (!('inSql' in typed)) return typed;
  const { inSql, type, name } = typed as Finished;
  return { sql: inSql, type, ...(name !== undefined && { name }) };
}

/** A value that JavaScript finishes can't be calculated with. */
export function refuseResult({ onlyAsResult }: Typed): void {
  if (onlyAsResult === undefined) return;
  throw new UnsupportedOnFallbackError(onlyAsResult, 'Select it as a column of the result and calculate, compare or sort in the program.');
}

/** A pending value as what it is by itself: text for strings and parameters. */
export function settled(typed: Typed, context: Translation): Typed {
  if (typed.pending === undefined) return typed;
  return coerce(typed, typed.type.key === 'unknown' ? TEXT : typed.type, context);
}

/** A condition. `construct` names it in the error: WHERE, AND, CASE/WHEN. @throws PgError 42804 */
export function asBoolean(typed: Typed, construct: string, context: Translation): Typed {
  if (typed.type.key !== 'bool' && typed.type.key !== 'unknown') {
    throw new PgError('42804', `argument of ${construct} must be type boolean, not type ${bareTypeName(typed.type)}`);
  }
  return coerce(typed, BOOL, context);
}

function bound(typed: Typed, pending: Literal | Parameter | 'null', type: PgType, context: Translation, kind: CoercionKind): Typed {
  const { name } = typed;
  const named = name === undefined ? {} : { name };
  if (pending === 'null') return { sql: 'NULL', type, ...named };
  if (typed.type.key !== 'unknown' && !isReadAs(typed.type, type)) {
    return cast({ sql: context.bind(pending, typed.type), type: typed.type, ...named }, type, context, kind);
  }
  if (kind === 'assignment' || !hasLength(type)) {
    const target = kind === 'implicit' ? withoutModifiers(type) : type;
    return { sql: context.bind(pending, target), type: target, ...named };
  }
  const free = withoutLength(type);
  const value = { sql: context.bind(pending, free), type: free, ...named };
  return kind === 'explicit' ? cast(value, type, context, kind) : value;
}

const WIDER: Partial<Record<TypeKey, readonly TypeKey[]>> = {
  int4: ['int8', 'oid', 'float4', 'float8', 'numeric'],
  int8: ['oid', 'float4', 'float8', 'numeric'],
  numeric: ['float4', 'float8', 'numeric'],
};

/** Whether the text of a number can be read as the other type at once, with the same result as by a cast. */
function isReadAs(from: PgType, to: PgType): boolean {
  return (from.key === to.key || WIDER[from.key]?.includes(to.key)) ?? false;
}

/** Types whose length PostgreSQL checks in an assignment, cuts in a cast and does not know in a comparison. */
function hasLength(type: PgType): boolean {
  if (type.element) return hasLength(type.element);
  return type.modifiers !== undefined && (type.key === 'varchar' || type.key === 'bpchar');
}

function withoutLength(type: PgType): PgType {
  return type.element ? { ...type, element: withoutLength(type.element) } : withoutModifiers(type);
}

/** numeric(20, 4) stores no zeros at the end: they are in its type, and numeric without modifiers has them in the value. */
function losesDigits(from: PgType, to: PgType): boolean {
  if (from.element && to.element) return losesDigits(from.element, to.element);
  return from.key === 'numeric' && from.scale === undefined && from.modifiers !== undefined && to.modifiers === undefined;
}

/** True where the target has modifiers that the value's type does not promise. */
function isLimited(to: PgType, from: PgType): boolean {
  if (to.element && from.element) return isLimited(to.element, from.element);
  return to.modifiers !== undefined && !isInteger(to) && JSON.stringify(to.modifiers) !== JSON.stringify(from.modifiers);
}
