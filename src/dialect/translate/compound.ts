import { UnsupportedOnFallbackError } from '../../errors.js';
import type { SetOperation } from '../sql/ast.js';
import { isLoose } from './comparisons.js';
import { groupKey } from './order.js';
import { quoteName } from './quote.js';
import { columnList } from './result-columns.js';
import type { Translation, Typed } from './typed.js';

/** Two selects put together. `columns` are those of both, as a select around them names them. */
export function compoundSql(
  { operator, all }: SetOperation,
  left: string,
  right: string,
  columns: readonly Typed[],
  context: Translation,
): string {
  if (all) return operator === 'union' ? `${left} UNION ALL ${right}` : countedSql(operator, left, right, columns.length, context);
  const keys = columns.map(groupKey);
  if (!columns.some(({ type }) => isLoose(type))) return `${left} ${operator.toUpperCase()} ${right}`;
  if (operator !== 'union') {
    throw new UnsupportedOnFallbackError(
      `${operator.toUpperCase()} of numeric columns without a scale, of jsonb, of intervals or of char columns of several lengths`,
      'Cast the column, e.g. to numeric(12,2) or text.',
    );
  }
  const [inner = ''] = columns[0]?.sql.split('.') ?? [];
  return `SELECT ${columnList(columns)} FROM (${left} UNION ALL ${right}) AS ${inner} GROUP BY ${keys.join(', ')}`;
}

/** SQLite has no ALL here: equal rows are numbered, so that each counts once. */
function countedSql(operator: string, left: string, right: string, count: number, context: Translation): string {
  const numbered = (sql: string): string => {
    const inner = quoteName(context.alias());
    const names = Array.from({ length: count }, (_, index) => `${inner}.${quoteName(String(index))}`).join(', ');
    return `SELECT ${names}, row_number() OVER (PARTITION BY ${names}) AS ${quoteName('n')} FROM (${sql}) AS ${inner}`;
  };
  const outer = quoteName(context.alias());
  const columns = Array.from(
    { length: count },
    (_, index): Typed => ({ sql: `${outer}.${quoteName(String(index))}`, type: { key: 'unknown' } }),
  );
  return `SELECT ${columnList(columns)} FROM (${numbered(left)} ${operator.toUpperCase()} ${numbered(right)}) AS ${outer}`;
}
