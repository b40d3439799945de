import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { PgType, TypeKey } from '../../types/pg-type.js';
import { calculatedKey } from '../casts/key-arithmetic.js';
import { quotientKey } from '../casts/key-division.js';
import { isOverRows } from '../casts/key-parts.js';
import { freeKey } from '../casts/to-numeric.js';
import { coerce, type Finished, refuseResult } from '../coerce.js';
import { isImplicit } from '../common-type.js';
import { isInteger, isNumber } from '../same-type.js';
import type { OperatorRule, Rules, Translation, Typed } from '../typed.js';
import { floatArithmetic, floatPower } from './float-arithmetic.js';
import { bitwise, complement, integerArithmetic } from './integer-arithmetic.js';
import { exactNumber, keyedArithmetic, scaledArithmetic } from './numeric-arithmetic.js';

const ARITHMETIC = ['+', '-', '*', '/', '%'] as const;
export type Arithmetic = (typeof ARITHMETIC)[number];

const INTEGER_ORDER: readonly TypeKey[] = ['int2', 'int4', 'int8'];
const FLOAT8: PgType = { key: 'float8' };

/** `a + b` of two numbers, promoted as PostgreSQL does. */
function arithmetic(operator: Arithmetic): OperatorRule {
  return (left, right, context) => {
    const type = commonNumber(left, right);
    if (type === undefined || (operator === '%' && isFloat(type))) return undefined;
    refuseResult(left);
    refuseResult(right);
    if (type.key === 'numeric') return numericArithmetic(operator, left, right, context);
    const [a, b] = [coerce(left, type, context), coerce(right, type, context)];
    if (isFloat(type)) return { sql: floatArithmetic(operator, a.sql, b.sql, type.key === 'float4'), type };
    return { sql: integerArithmetic(operator, a.sql, b.sql, type.key as 'int2' | 'int4' | 'int8'), type };
  };
}

function numericArithmetic(operator: Arithmetic, left: Typed, right: Typed, context: Translation): Typed {
  const keepsScale = operator !== '+' && operator !== '-';
  const [a, b] = [exactNumber(left, right, context, keepsScale), exactNumber(right, left, context, keepsScale)];
  if (isOverRows(a.sql + b.sql) && (operator === '/' || a.type.scale === undefined || b.type.scale === undefined))
    return keyedArithmetic(operator, a, b);
  const isKeyed = a.type.scale === undefined || b.type.scale === undefined;
  if (isKeyed && operator !== '/' && operator !== '%')
    return { sql: calculatedKey(operator, freeKey(a.sql, a.type), freeKey(b.sql, b.type)), type: { key: 'numeric' } };
  if (operator === '/')
    return { ...keyedArithmetic(operator, a, b), inSql: quotientKey(freeKey(a.sql, a.type), freeKey(b.sql, b.type)) } as Finished;
  if (isKeyed) return keyedArithmetic(operator, a, b);
  return scaledArithmetic(operator, a, b);
}

/** The type whose operator PostgreSQL chooses for two numbers, one of which may be a bare literal or parameter. */
function commonNumber(left: Typed, right: Typed): PgType | undefined {
  const [a, b] = [left.type, right.type];
  if (a.key === 'unknown') return isNumber(b) ? plainNumber(b) : undefined;
  if (b.key === 'unknown') return isNumber(a) ? plainNumber(a) : undefined;
  if (!isNumber(a) || !isNumber(b)) return undefined;
  if (isFloat(a) || isFloat(b)) return a.key === 'float4' && b.key === 'float4' ? a : FLOAT8;
  if (a.key === 'numeric' || b.key === 'numeric') return { key: 'numeric' };
  const size = Math.max(INTEGER_ORDER.indexOf(plainNumber(a).key), INTEGER_ORDER.indexOf(plainNumber(b).key));
  return { key: INTEGER_ORDER[size] ?? 'int8' };
}

/** An OID is calculated with as what it is, a number. */
function plainNumber(type: PgType): PgType {
  return type.key === 'oid' || type.key === 'regclass' ? { key: 'int8' } : type;
}

function isFloat({ key }: PgType): boolean {
  return key === 'float4' || key === 'float8';
}

const power: OperatorRule = (left, right, context) => {
  const type = commonNumber(left, right);
  if (type === undefined) return undefined;
  if (type.key === 'numeric')
    throw new UnsupportedOnFallbackError('numeric ^ numeric', 'Cast both to double precision, or calculate in the program.');
  return { sql: floatPower(coerce(left, FLOAT8, context).sql, coerce(right, FLOAT8, context).sql), type: FLOAT8 };
};

function bits(operator: '&' | '|' | '#' | '<<' | '>>'): OperatorRule {
  return (left, right, context) => {
    const isShift = operator === '<<' || operator === '>>';
    const type = isShift ? left.type : commonNumber(left, right);
    if (type === undefined || !isInteger(type) || !(isInteger(right.type) || right.type.key === 'unknown')) return undefined;
    if (isShift && right.type.key !== 'unknown' && !isImplicit(right.type, { key: 'int4' })) return undefined;
    const [a, b] = [coerce(left, type, context), coerce(right, isShift ? { key: 'int4' } : type, context)];
    return { sql: bitwise(operator, a.sql, b.sql, plainNumber(type).key as 'int2' | 'int4' | 'int8'), type };
  };
}

const minus: OperatorRule = (operand, _, context) => {
  if (!isNumber(operand.type)) return undefined;
  if (operand.type.key === 'numeric') return numericArithmetic('-', { sql: '0', type: { key: 'numeric', scale: 0 } }, operand, context);
  const { sql, type } = coerce(operand, operand.type, context);
  if (isFloat(type)) return { sql: `iif(${sql} = 'NaN', 'NaN', ${sql} * -1.0)`, type };
  return { sql: integerArithmetic('-', '0', sql, plainNumber(type).key as 'int2' | 'int4' | 'int8'), type };
};

const invert: OperatorRule = (operand, _, context) =>
  isInteger(operand.type) ? { sql: complement(coerce(operand, operand.type, context).sql), type: operand.type } : undefined;

export const rules: Rules = {
  operators: {
    ...Object.fromEntries(ARITHMETIC.map((operator) => [operator, [arithmetic(operator)]])),
    '^': [power],
    '&': [bits('&')],
    '|': [bits('|')],
    '#': [bits('#')],
    '<<': [bits('<<')],
    '>>': [bits('>>')],
    'unary -': [minus],
    'unary ~': [invert],
  },
};
