import { PgError } from '../pg-error.js';
import type { Expression, SelectCore, SelectItem, Window } from '../sql/ast.js';
import { isWindowCall } from './aggregate-calls.js';
import { mapped, some } from './walk.js';

/** The expression with each window that WINDOW names written out. */
export function withWindows(node: Expression, windows: SelectCore['windows']): Expression {
  if (!some(node, isWindowCall)) return node;
  return mapped(node, (part) => {
    if (part.kind !== 'call' || part.over === undefined) return part;
    return { ...part, over: written(part.over, windows) };
  });
}

/** @throws PgError 42P20 for windows that contradict each other */
export function itemsWithWindows({ items, windows }: SelectCore): readonly SelectItem[] {
  for (const [index, { name, window }] of windows.entries()) {
    if (windows.findIndex((other) => other.name === name) < index) throw windowingError(`window "${name}" is already defined`);
    written(window, windows.slice(0, index));
  }
  return items.map((item) => ({ ...item, expression: withWindows(item.expression, windows) }));
}

function written(over: Window | string, windows: SelectCore['windows']): Window {
  if (typeof over === 'string') return named(over, windows);
  if (over.base === undefined) return over;
  const base = named(over.base, windows);
  checkCopy(over, base, over.base);
  const frame = over.frame === undefined ? {} : { frame: over.frame };
  return { partitionBy: base.partitionBy, orderBy: over.orderBy.length > 0 ? over.orderBy : base.orderBy, ...frame };
}

/** What a window that begins with the name of another may add to it (`transformWindowDefinitions` of src/backend/parser/parse_clause.c). */
function checkCopy(over: Window, base: Window, name: string): void {
  if (over.partitionBy.length > 0) throw windowingError(`cannot override PARTITION BY clause of window "${name}"`);
  if (over.orderBy.length > 0 && base.orderBy.length > 0) throw windowingError(`cannot override ORDER BY clause of window "${name}"`);
  if (base.frame !== undefined) throw windowingError(`cannot copy window "${name}" because it has a frame clause`);
}

function windowingError(message: string): PgError {
  return new PgError('42P20', message);
}

function named(name: string, windows: SelectCore['windows']): Window {
  const index = windows.findIndex((candidate) => candidate.name === name);
  const found = windows[index];
  if (!found) throw new PgError('42704', `window "${name}" does not exist`);
  return written(found.window, windows.slice(0, index));
}
