import { PgError } from '../pg-error.js';
import type { Expression } from '../sql/ast.js';
import type { Output } from './result-columns.js';
import { sameExpression } from './same-expression.js';
import type { Scope, Translation, Typed } from './typed.js';

const MOST_INT4 = 2 ** 31 - 1;

/** What an item of ORDER BY or DISTINCT ON means. */
export interface Ordered {
  readonly typed: Typed;
  /** Which column of the result it is. */
  readonly index?: number;
  /** What must be looked at for columns that are not grouped: none of a column of the result. */
  readonly node?: Expression;
}

/** A position or a name of the result, else an expression over FROM. `clause` is for messages. */
export function orderedBy(node: Expression, outputs: readonly Output[], scope: Scope, clause: string, context: Translation): Ordered {
  const index = outputIndex(node, outputs, scope, clause, context);
  const output = index === undefined ? undefined : outputs[index];
  if (index !== undefined && output) return { typed: output.typed, index };
  const same = outputs.findIndex((other) => other.node && sameExpression(node, other.node, scope, context));
  const found = outputs[same];
  if (found) return { typed: found.typed, index: same };
  const typed = context.expression(node, scope);
  const column = outputs.findIndex((other) => typed.isColumn && other.typed.sql === typed.sql);
  return column < 0 ? { typed, node } : { typed, index: column };
}

/** Which column a position or a name means. */
export function outputIndex(
  node: Expression,
  outputs: readonly Output[],
  scope: Scope,
  clause: string,
  context: Translation,
): number | undefined {
  const constant = constantOf(node, context);
  if (constant !== undefined) return position(constant, outputs.length, clause);
  if (node.kind !== 'column' || node.path.length > 1) return undefined;
  const [first, ...others] = outputs.flatMap(({ name }, index) => (name === node.path[0] ? [index] : []));
  if (first === undefined) return undefined;
  const isSame = (other: number): boolean => sameOutput(outputs[first], outputs[other], scope, context);
  if (!others.every(isSame)) throw new PgError('42702', `${clause} "${node.path[0]}" is ambiguous`);
  return first;
}

/** What PostgreSQL's grammar takes for one constant: `-1` is one; the text of whole numbers, '' of all others. */
export function constantOf(node: Expression, context: Translation): string | undefined {
  if (node.kind === 'literal') return node.of === 'integer' ? context.valueOf(node) : '';
  if (node.kind === 'keyword') return ['null', 'true', 'false'].includes(node.word) ? '' : undefined;
  if (node.kind !== 'unary' || node.operator !== '-' || node.operand.kind !== 'literal') return undefined;
  return node.operand.of === 'integer' ? `-${context.valueOf(node.operand)}` : node.operand.of === 'decimal' ? '' : undefined;
}

function position(constant: string, count: number, clause: string): number {
  if (constant === '' || Math.abs(Number(constant)) > MOST_INT4) throw new PgError('42601', `non-integer constant in ${clause}`);
  const number = Number(constant);
  if (number < 1 || number > count) throw new PgError('42P10', `${clause} position ${number} is not in select list`);
  return number - 1;
}

function sameOutput(a: Output | undefined, b: Output | undefined, scope: Scope, context: Translation): boolean {
  if (a?.node && b?.node) return sameExpression(a.node, b.node, scope, context);
  return a?.typed.sql === b?.typed.sql && a?.typed.pending === undefined;
}
