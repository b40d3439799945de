import type { SelectStatement } from '../sql/ast.js';
import { PgError } from '../pg-error.js';
import { coreQuery } from './select-core.js';
import { settled, usable } from './coerce.js';
import type { Place, Query } from './query.js';
import type { ResultColumn } from './plan.js';
import { resultColumns } from './result-columns.js';
import { setQuery } from './set-operation.js';
import type { Scope, Translation } from './typed.js';
import { valuesQuery } from './values.js';
import { refuseLocking } from './locking.js';
import { withClause } from './with.js';

/** A SELECT whose columns may still be pending literals. `outer` is what its names mean where it has none of its own. */
export function query(statement: SelectStatement, outer: Scope | undefined, context: Translation): Query {
  const { body } = statement;
  if (body.kind === 'select') return query(mergedStatement(statement, body), outer, context);
  const { prefix, scope } = withClause(statement.with, outer, context, query);
  const place: Place = { scope, statement };
  const written = bodyQuery(body, place, context);
  return prefix === '' ? written : { ...written, write: (finish, isOutermost) => `${prefix} ${written.write(finish, isOutermost)}` };
}

function bodyQuery(body: Exclude<SelectStatement['body'], SelectStatement>, place: Place, context: Translation): Query {
  if (body.kind === 'core') return coreQuery(body, place, context);
  if (body.kind === 'set') {
    refuseLocking(place.statement.locking, 'is not allowed with UNION/INTERSECT/EXCEPT');
    return setQuery(body, place, context, query);
  }
  refuseLocking(place.statement.locking, 'cannot be applied to VALUES');
  return valuesQuery(body, place, context);
}

/** A query in parentheses with what stands behind them: PostgreSQL takes both for one. */
function mergedStatement(outer: SelectStatement, inner: SelectStatement): SelectStatement {
  if (outer.orderBy.length > 0 && inner.orderBy.length > 0) throw new PgError('42601', 'multiple ORDER BY clauses not allowed');
  if (outer.limit && inner.limit) throw new PgError('42601', 'multiple LIMIT clauses not allowed');
  if (outer.offset && inner.offset) throw new PgError('42601', 'multiple OFFSET clauses not allowed');
  if (outer.with && inner.with) throw new PgError('42601', 'multiple WITH clauses not allowed');
  return {
    ...inner,
    ...(outer.with && { with: outer.with }),
    ...(outer.orderBy.length > 0 && { orderBy: outer.orderBy }),
    ...(outer.limit && { limit: outer.limit }),
    ...(outer.offset && { offset: outer.offset }),
    locking: [...inner.locking, ...outer.locking],
  };
}

/** A query within another: untyped literals in it are texts. */
export function subselect(
  statement: SelectStatement,
  outer: Scope | undefined,
  context: Translation,
): { readonly sql: string; readonly columns: readonly ResultColumn[] } {
  const { outputs, write } = query(statement, outer, context);
  const columns = resultColumns(outputs.map(({ name, typed }) => ({ name, typed: settled(usable(typed), context) })));
  return { sql: write((typed) => settled(usable(typed), context)), columns };
}
