import { PgError } from '../../pg-error.js';
import type { Is } from '../../sql/ast.js';
import { asBoolean, refuseResult, settled } from '../coerce.js';
import { BOOL } from '../same-type.js';
import type { Translation, Typed } from '../typed.js';

/** So many terms SQLite's parser would nest too deep (SQLITE_MAX_EXPR_DEPTH is 1000). */
const MOST_TERMS_IN_A_ROW = 100;

/** `a AND b AND c`, or with OR. */
export function joined(word: 'and' | 'or', operands: readonly Typed[], context: Translation): Typed {
  const construct = word.toUpperCase();
  return {
    sql: tree(
      operands.map((operand) => asBoolean(operand, construct, context).sql),
      ` ${construct} `,
    ),
    type: BOOL,
  };
}

function tree(terms: readonly string[], separator: string): string {
  if (terms.length <= MOST_TERMS_IN_A_ROW) return `(${terms.join(separator)})`;
  const middle = Math.ceil(terms.length / 2);
  return `(${tree(terms.slice(0, middle), separator)}${separator}${tree(terms.slice(middle), separator)})`;
}

export function negated(operand: Typed, context: Translation): Typed {
  return { sql: `(NOT ${asBoolean(operand, 'NOT', context).sql})`, type: BOOL };
}

/** `x IS [NOT] NULL`, `TRUE`, `FALSE`, `UNKNOWN`. */
export function is(operand: Typed, { what, negated: isNegated }: Is, context: Translation): Typed {
  const word = isNegated ? 'IS NOT' : 'IS';
  if (what === 'null') return isNull(operand, word, context);
  const value = asBoolean(operand, `${word} ${what.toUpperCase()}`, context);
  return { sql: `(${value.sql} ${word} ${what === 'unknown' ? 'NULL' : what.toUpperCase()})`, type: BOOL };
}

/** A row is null where all of its fields are, and not null where none is. */
function isNull(operand: Typed, word: string, context: Translation): Typed {
  if (operand.elements?.length)
    return { sql: `(${operand.elements.map((element) => isNull(element, word, context).sql).join(' AND ')})`, type: BOOL };
  refuseResult(operand);
  if (typeof operand.pending === 'object' && operand.pending.kind === 'parameter') {
    throw new PgError('42P18', `could not determine data type of parameter $${operand.pending.number}`);
  }
  return { sql: `(${settled(operand, context).sql} ${word} NULL)`, type: BOOL };
}
