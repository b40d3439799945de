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

export function itemsWithWindows({ items, windows }: SelectCore): readonly SelectItem[] {
  return items.map((item) => ({ ...item, expression: withWindows(item.expression, windows) }));
}

function written(over: Window | string, windows: SelectCore['windows']): Window {
  if (typeof over === 'string') return named(over, windows);
  if (over.base === undefined) return over;
  const base = named(over.base, windows);
  const frame = over.frame === undefined ? {} : { frame: over.frame };
  return { partitionBy: base.partitionBy, orderBy: over.orderBy.length > 0 ? over.orderBy : base.orderBy, ...frame };
}

function named(name: string, windows: SelectCore['windows']): Window {
  const index = windows.findIndex((candidate) => candidate.name === name);
  const found = windows[index];
  if (!found) throw new PgError('42704', `window "${name}" does not exist`);
  return written(found.window, windows.slice(0, index));
}
