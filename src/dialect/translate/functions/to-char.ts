import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { Stored } from '../../types/codec.js';
import { codecFor } from '../../types/codecs.js';
import { parseDecimal } from '../../types/decimal.js';
import { coerce, refuseResult } from '../coerce.js';
import { isInteger, isNumber, TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { ambiguousCall } from './ambiguous.js';
import { formatted, formattedInterval } from './date-format.js';
import { intervalArgument } from './intervals.js';
import { knownWord } from './known-word.js';
import { formattedNumber } from './number-format.js';
import { type NumberPattern, numberPattern } from './number-format-words.js';

const toChar: FunctionRule = ([value, pattern, ...more], context) => {
  if (!value || !pattern || more.length > 0) return undefined;
  if (value.type.key === 'unknown') throw ambiguousCall('to_char(unknown, unknown)');
  if (isNumber(value.type)) return ofNumber(value, knownWord(pattern, 'to_char', context), context);
  const sql = ofTime(value, pattern, context);
  return sql === undefined ? undefined : { sql, type: TEXT };
};

function ofTime(value: Typed, pattern: Typed, context: Translation): string | undefined {
  refuseResult(value);
  const { key } = value.type;
  if (key === 'timestamp' || key === 'timestamptz') return formatted(value.sql, knownWord(pattern, 'to_char', context), key);
  if (key === 'date')
    return formatted(coerce(value, { key: 'timestamptz' }, context).sql, knownWord(pattern, 'to_char', context), 'timestamptz');
  const interval = intervalArgument(value, context);
  return interval === undefined ? undefined : formattedInterval(interval, knownWord(pattern, 'to_char', context));
}

/** JavaScript writes it, because it does so for any length. */
function ofNumber(value: Typed, written: string, context: Translation): Typed {
  if (value.type.key !== 'numeric' && !isInteger(value.type))
    throw new UnsupportedOnFallbackError('to_char() of a float', 'Cast it to numeric, or format in the program.');
  const pattern = numberPattern(written);
  const number = value.pending === undefined ? value : coerce(value, value.type, context);
  const codec = codecFor(number.type);
  const textOf = number.decode ?? ((stored: Stored) => (stored === null ? null : codec.output(stored)));
  return {
    sql: number.decode ? number.sql : (codec.select?.(number.sql) ?? number.sql),
    type: TEXT,
    decode: (stored) => writtenNumber(textOf(stored), pattern),
    onlyAsResult: 'to_char() of a number in a further expression',
  };
}

function writtenNumber(text: string | null, pattern: NumberPattern): string | null {
  if (text === null) return null;
  const written = formattedNumber(parseDecimal(text), pattern);
  if (written !== undefined) return written;
  throw new UnsupportedOnFallbackError(`to_char() of ${text}`, 'Format it in the program.');
}

export const rules: Rules = { functions: { to_char: [toChar] } };
