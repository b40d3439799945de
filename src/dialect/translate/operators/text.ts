import { parseDecimal, printDecimal } from '../../types/decimal.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce, refuseResult, settled } from '../coerce.js';
import { textSql } from '../comparisons.js';
import { bindText } from '../own-slot.js';
import { isText, TEXT } from '../same-type.js';
import type { OperatorRule, Rules, Translation, Typed } from '../typed.js';

const BYTEA: PgType = { key: 'bytea' };

/** A value as PostgreSQL's text, by its output function where it is no string. */
export function asText(typed: Typed, context: Translation): Typed {
  refuseResult(typed);
  if (isText(typed.type) && typed.pending === undefined) return { sql: textSql(typed), type: TEXT };
  const { pending } = typed;
  // As numeric it would be a sort key.
  if (typeof pending === 'object' && typed.type.key === 'numeric') {
    return { sql: bindText(pending, (digits) => printDecimal(parseDecimal(digits)), context), type: TEXT };
  }
  const value = settled(typed, context);
  if (value.type.key === 'text') return value;
  const text = coerce(value, TEXT, context, 'explicit');
  refuseResult(text);
  return text;
}

/** `text || text`, `text || anynonarray`: one side must be a string. */
const concatenation: OperatorRule = (left, right, context) => {
  const types = [left.type, right.type];
  if (types.some(({ key }) => key === 'array' || key === 'record')) return undefined;
  const isOfText = types.some(isText) || types.every(({ key }) => key === 'unknown') || isUnknownBeside(left, right);
  if (!isOfText) return undefined;
  return { sql: `(${asText(left, context).sql} || ${asText(right, context).sql})`, type: TEXT };
};

/** `'a' || 1`: the types with a `||` of their own have been asked before. */
function isUnknownBeside(left: Typed, right: Typed): boolean {
  return left.type.key === 'unknown' || right.type.key === 'unknown';
}

/** SQLite's `||` would make text of bytes. */
const ofBytes: OperatorRule = (left, right, context) => {
  const operands = [left, right];
  if (!operands.some(({ type }) => type.key === 'bytea') || operands.some(({ type }) => type.key !== 'bytea' && type.key !== 'unknown'))
    return undefined;
  const [a = '', b = ''] = operands.map((operand) => coerce(operand, BYTEA, context).sql);
  return { sql: `iif(${a} IS NULL OR ${b} IS NULL, NULL, unhex(hex(${a}) || hex(${b})))`, type: BYTEA };
};

export const rules: Rules = { operators: { '||': [ofBytes, concatenation] } };
