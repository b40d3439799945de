import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import { joined } from './operators/booleans.js';
import { noOperator, operate, typeName } from './operate.js';
import type { Translation, Typed } from './typed.js';

const ORDERINGS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=']);

/** `(a, b) = (c, d)`: field by field, so that each has its own type's operator. */
export function compareRows(operator: string, left: Typed, right: Typed, context: Translation): Typed {
  const [a, b] = [left.elements, right.elements];
  if (!a || !b) throw noOperator(`${typeName(left)} ${operator} ${typeName(right)}`);
  if (a.length !== b.length) throw new PgError('42601', 'unequal number of entries in row expressions');
  if (a.length === 0) throw new PgError('0A000', 'cannot compare rows of zero length');
  if (ORDERINGS.has(operator)) return ordered(operator, a, b, context);
  const word = WORDS[operator];
  if (!word) throw new UnsupportedOnFallbackError(`The operator ${operator} of rows`, 'Compare their fields one by one.');
  return joined(
    word,
    a.map((field, index) => operate(operator, field, b[index] ?? field, context)),
    context,
  );
}

const WORDS: Readonly<Record<string, 'and' | 'or'>> = {
  '=': 'and',
  '<>': 'or',
  'is distinct from': 'or',
  'is not distinct from': 'and',
};

/** `a < c OR (a = c AND (b < d …))`. */
function ordered(operator: string, [a, ...as]: readonly Typed[], [b, ...bs]: readonly Typed[], context: Translation): Typed {
  if (!a || !b) throw new PgError('42601', 'unequal number of entries in row expressions');
  if (as.length === 0) return operate(operator, a, b, context);
  operate(operator, a, b, context);
  const strict = operate(operator.charAt(0), a, b, context);
  const rest = joined('and', [operate('=', a, b, context), ordered(operator, as, bs, context)], context);
  return joined('or', [strict, rest], context);
}
