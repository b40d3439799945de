import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { Call, Literal } from '../sql/ast.js';
import { codecFor } from '../types/codecs.js';
import { parseDecimal } from '../types/decimal.js';
import type { Decimal } from '../types/numeric-key.js';
import type { PgType } from '../types/pg-type.js';
import { coerce, isNegative, type NegativeNumber, refuseResult, settled, usable } from './coerce.js';
import { literal } from './literals.js';
import { notUnique, tryOperator, typeName } from './operate.js';
import { resolvedOperator } from './operators/resolution.js';
import { INT4, INT8, isInteger, isNumber } from './same-type.js';
import type { Translation, Typed } from './typed.js';

/** Below so many decimals a number is an INTEGER in units of them. */
const MOST_SCALED_DIGITS = 18;
const LEAST_INT4 = -(2n ** 31n);
const LEAST_INT8 = -(2n ** 63n);

/** `-x`, `+x`, `~x`, `@x`, `|/x`. @throws PgError 42883 */
export function unary(operator: string, given: Typed, context: Translation): Typed {
  const operand = usable(given);
  refuseResult(operand);
  const found =
    operator === '-' || operator === '+'
      ? signed(operator, operand, context)
      : (tryOperator(`unary ${operator}`, operand, operand, context) ?? byFunction(operator, operand, context));
  if (found) return found;
  const resolution = resolvedOperator(operator, [operand.type]);
  const signature = `${operator} ${typeName(operand)}`;
  if (resolution === 'ambiguous') throw notUnique(signature);
  if (resolution === 'found') throw new UnsupportedOnFallbackError(`The operator ${signature}`, 'Calculate in the program.');
  throw new PgError('42883', `operator does not exist: ${signature}`, {
    hint: 'No operator matches the given name and argument type. You might need to add an explicit type cast.',
  });
}

/** Operators that are functions by another name. */
const FUNCTIONS: Readonly<Record<string, string>> = { '@': 'abs', '|/': 'sqrt', '||/': 'cbrt' };

function byFunction(operator: string, operand: Typed, context: Translation): Typed | undefined {
  const name = FUNCTIONS[operator] ?? '';
  const call: Call = { kind: 'call', path: [name], args: [], star: false, distinct: false, orderBy: [] };
  for (const rule of context.rules.functions.get(name) ?? []) {
    const result = rule([operand], context, call, { sources: [] });
    if (result) return result;
  }
  return undefined;
}

function signed(operator: '-' | '+', operand: Typed, context: Translation): Typed | undefined {
  if (operator === '+') return plus(operand, context);
  // PostgreSQL's grammar makes one number of the signs and digits: `-(-2147483648)` is a bigint.
  if (isNegative(operand)) return literal(operand.negated);
  const { pending, type } = operand;
  const result = () => tryOperator('unary -', operand, operand, context) ?? difference(operand, context);
  if (typeof pending !== 'object' || pending.kind !== 'literal' || !isNumber(type)) return result();
  const negative = type.key === 'int4' ? result() : negativeLiteral(`-${context.valueOf(pending)}`, context);
  return negative && withLiteral(negative, pending);
}

function plus(operand: Typed, context: Translation): Typed | undefined {
  if (operand.type.key === 'unknown') return coerce(operand, { key: 'float8' }, context);
  return isNumber(operand.type) ? operand : tryOperator('unary +', operand, operand, context);
}

function withLiteral(negative: Typed, negated: Literal): NegativeNumber {
  return { ...negative, negated };
}

/** A number whose value the plan knows: `-1.5` has no form that SQLite could turn round, and `-2147483648` is an int4. */
function negativeLiteral(text: string, context: Translation): Typed {
  const type = numberType(text);
  const codec = codecFor(type);
  const stored = codec.input(text);
  const sql = context.constant(stored);
  return { sql: typeof stored === 'string' ? (codec.bind?.(sql) ?? sql) : sql, type };
}

function numberType(text: string): PgType {
  const value = parseDecimal(text);
  if (typeof value === 'string' || text.includes('.') || /e/i.test(text)) return decimalType(value);
  if (value.unscaled >= LEAST_INT4) return INT4;
  return value.unscaled >= LEAST_INT8 ? INT8 : decimalType(value);
}

function decimalType(value: Decimal): PgType {
  const isShort = typeof value === 'object' && value.unscaled.toString().length <= MOST_SCALED_DIGITS;
  return isShort ? { key: 'numeric', scale: value.scale } : { key: 'numeric' };
}

function difference(operand: Typed, context: Translation): Typed | undefined {
  if (isInteger(operand.type)) return { sql: `(-${settled(operand, context).sql})`, type: operand.type };
  return isNumber(operand.type) ? tryOperator('-', { sql: '0', type: INT4 }, operand, context) : undefined;
}
