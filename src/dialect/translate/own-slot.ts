import type { Literal, Parameter } from '../sql/ast.js';
import type { Stored } from '../types/codec.js';
import { textOfParameter } from '../types/parameter-text.js';
import type { Slot } from './plan.js';
import { TEXT } from './same-type.js';
import type { Translation } from './typed.js';

/** Binds a literal or parameter in a form of its own: `convert` is given its text. Where literals are written out, so is this one. */
export function bindText(node: Literal | Parameter, convert: (text: string) => Stored, context: Translation): string {
  const isWrittenOut = !context.bind(node, TEXT).startsWith('?');
  if (node.kind === 'literal' && isWrittenOut) return context.constant(convert(context.valueOf(node)));
  const slot: Slot = { source: sourceOf(node), convert: (value) => convert(String(textOfParameter(value))) };
  return `?${context.slots.push(slot)}`;
}

function sourceOf(node: Literal | Parameter): Slot['source'] {
  return node.kind === 'literal' ? { from: 'literal', slot: node.slot } : { from: 'parameter', number: node.number };
}
