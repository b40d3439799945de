import { codecFor } from '../types/codecs.js';
import type { Stored } from '../types/codec.js';
import type { PgType } from '../types/pg-type.js';
import { bindText } from './own-slot.js';
import type { Translation, Typed } from './typed.js';

/** Makes what is stored of what is stored of another value. */
export type Make = (stored: Exclude<Stored, null>) => Stored;

/**
 * SQL of a value that JavaScript makes of a literal or parameter, also of one that was cast to the type: what SQLite has no function for is
 * made before the statement runs. `undefined` where the argument is known to SQLite alone.
 */
export function madeOf({ pending, sql }: Typed, type: PgType, make: Make, context: Translation): string | undefined {
  if (pending === 'null' || sql === 'NULL') return 'NULL';
  const codec = codecFor(type);
  const made = (stored: Stored): Stored => (stored === null ? null : make(stored));
  if (pending !== undefined) return bindText(pending, (text) => made(codec.input(text)), context);
  const [, number] = /^\?(\d+)$/.exec(sql) ?? [];
  if (number !== undefined) return madeOfSlot(Number(number), made, context);
  return /^'(?:[^']|'')*'$/.test(sql) ? context.constant(made(sql.slice(1, -1).replaceAll("''", "'"))) : undefined;
}

function madeOfSlot(number: number, made: (stored: Stored) => Stored, { slots }: Translation): string | undefined {
  const slot = slots[number - 1];
  return slot && `?${slots.push({ source: slot.source, convert: (value) => made(slot.convert(value)) })}`;
}
