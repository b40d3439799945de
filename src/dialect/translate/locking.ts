import { PgError } from '../pg-error.js';
import type { Locking, SelectCore } from '../sql/ast.js';
import { isAggregate, isWindowCall } from './aggregate-calls.js';
import type { Source } from './typed.js';
import { some } from './walk.js';

/** FOR UPDATE and the like need no SQL here, as writers are serial; what PostgreSQL refuses is refused. */
export function checkLocking(locking: readonly Locking[], core: SelectCore, sources: readonly Source[]): void {
  for (const { strength, of } of locking) {
    const clause = `FOR ${strength.toUpperCase()}`;
    const obstacle = obstacleIn(core);
    if (obstacle !== undefined) throw new PgError('0A000', `${clause} is not allowed with ${obstacle}`);
    const missing = of.find((name) => !sources.some(({ alias }) => alias === name));
    if (missing !== undefined) throw new PgError('42P01', `relation "${missing}" in ${clause} clause not found in FROM clause`);
    const locked = sources.filter(({ alias }) => of.length === 0 || of.includes(alias ?? ''));
    if (locked.some(({ nullable }) => nullable)) {
      throw new PgError('0A000', `${clause} cannot be applied to the nullable side of an outer join`);
    }
  }
}

/** @throws PgError as UNION and its like can't be locked */
export function refuseLocking(locking: readonly Locking[], what: string): void {
  const [first] = locking;
  if (first) throw new PgError('0A000', `FOR ${first.strength.toUpperCase()} ${what}`);
}

function obstacleIn(core: SelectCore): string | undefined {
  if (core.distinct || core.distinctOn.length > 0) return 'DISTINCT clause';
  if (core.groupBy.length > 0) return 'GROUP BY clause';
  if (core.having) return 'HAVING clause';
  if (core.items.some(({ expression }) => some(expression, isAggregate))) return 'aggregate functions';
  return core.items.some(({ expression }) => some(expression, isWindowCall)) ? 'window functions' : undefined;
}
