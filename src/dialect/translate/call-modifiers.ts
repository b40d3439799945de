import { PgError } from '../pg-error.js';
import type { Call } from '../sql/ast.js';
import { isAggregateName, isOrderedSetName, isWindowCall, isWindowName } from './aggregate-calls.js';
import { some } from './walk.js';

/** SQLite's own aggregates, which a program may name. */
const OF_SQLITE: ReadonlySet<string> = new Set(['group_concat', 'total']);

/**
 * What may stand around a call's arguments depends on what kind of function it is (`ParseFuncOrColumn` of src/backend/parser/parse_func.c).
 * @throws PgError
 */
export function checkModifiers(call: Call, name: string): void {
  if (OF_SQLITE.has(name)) return;
  if (isAggregateName(name)) checkAggregate(call, name);
  else if (isWindowName(name)) checkWindowFunction(call, name);
  else checkPlain(call, name);
  checkNesting(call, name);
}

function checkPlain(call: Call, name: string): void {
  const given = [
    call.distinct && 'DISTINCT',
    call.withinGroup && 'WITHIN GROUP',
    call.orderBy.length > 0 && 'ORDER BY',
    call.filter && 'FILTER',
  ].find((word) => typeof word === 'string');
  if (given !== undefined) throw new PgError('42809', `${given} specified, but ${name} is not an aggregate function`);
  if (call.over !== undefined) {
    throw new PgError('42809', `OVER specified, but ${name} is not a window function nor an aggregate function`);
  }
}

function checkAggregate(call: Call, name: string): void {
  const isOrderedSet = isOrderedSetName(name);
  if (isOrderedSet && !call.withinGroup) throw new PgError('42809', `WITHIN GROUP is required for ordered-set aggregate ${name}`);
  if (isOrderedSet && call.over !== undefined) throw new PgError('0A000', `OVER is not supported for ordered-set aggregate ${name}`);
  if (!isOrderedSet && call.withinGroup) {
    throw new PgError('42809', `${name} is not an ordered-set aggregate, so it cannot have WITHIN GROUP`);
  }
  if (call.over !== undefined) refuseInWindow(call);
}

function checkWindowFunction(call: Call, name: string): void {
  if (call.withinGroup) throw new PgError('42809', `window function ${name} cannot have WITHIN GROUP`);
  refuseInWindow(call);
  if (call.filter) throw new PgError('0A000', 'FILTER is not implemented for non-aggregate window functions');
}

function refuseInWindow(call: Call): void {
  if (call.distinct) throw new PgError('0A000', 'DISTINCT is not implemented for window functions');
  if (call.orderBy.length > 0) throw new PgError('0A000', 'aggregate ORDER BY is not implemented for window functions');
}

function checkNesting(call: Call, name: string): void {
  if (!isAggregateName(name) && !isWindowName(name)) return;
  if (!call.args.some((argument) => some(argument, isWindowCall))) return;
  if (call.over !== undefined) throw new PgError('42P20', 'window function calls cannot be nested');
  throw new PgError('42803', 'aggregate function calls cannot contain window function calls');
}
