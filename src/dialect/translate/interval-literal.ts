import type { Cast } from '../sql/ast.js';
import { codecFor } from '../types/codecs.js';
import type { PgType } from '../types/pg-type.js';
import type { Translation, Typed } from './typed.js';

const INTERVAL: PgType = { key: 'interval' };
const UNITS: ReadonlySet<string> = new Set(['year', 'month', 'day', 'hour', 'minute', 'second']);

/** `interval '5' day`: a whole number of the unit behind it; `undefined` for all else. */
export function intervalOfUnit({ operand, type }: Cast, context: Translation): Typed | undefined {
  const [unit = '', ...more] = type.modifiers;
  const isInterval = type.path.at(-1) === 'interval' && type.dimensions === 0 && more.length === 0 && UNITS.has(unit);
  if (!isInterval || operand.kind !== 'literal' || operand.of !== 'string') return undefined;
  const count = context.valueOf(operand);
  if (!/^[+-]?\d{1,9}$/.test(count)) return undefined;
  return { sql: context.constant(codecFor(INTERVAL).input(`${count} ${unit}`)), type: INTERVAL };
}
