import { UnsupportedOnFallbackError } from '../../errors.js';
import type { Literal, Parameter } from '../sql/ast.js';
import type { Codec, Stored } from '../types/codec.js';
import { textOfParameter } from '../types/parameter-text.js';
import type { PgType } from '../types/pg-type.js';
import type { Slot } from './plan.js';
import { quoteText } from './quote.js';

/** SQLite's limit of `?n`. */
const MOST_SLOTS = 32_766;
/** From here on literals are written out, so that what can't be written out (parameters, the time) has room. */
const ROOM_FOR_LITERALS = 30_000;

/** A value that is known as SQL. */
export function storedSql(stored: Stored): string {
  if (stored === null) return 'NULL';
  if (Buffer.isBuffer(stored)) return `x'${stored.toString('hex')}'`;
  return typeof stored === 'string' ? quoteText(stored) : numberSql(stored);
}

/** In parentheses where it begins with a sign: `1 -?` must not become a comment. */
function numberSql(value: number): string {
  if (Number.isFinite(value)) return value < 0 || Object.is(value, -0) ? `(${Object.is(value, -0) ? '-0.0' : value})` : String(value);
  return value > 0 ? '9e999' : '(-9e999)';
}

/** The slots of one statement. The same literal or parameter bound as the same type has one. */
export class Slots {
  readonly list: Slot[] = [];
  readonly #known = new Map<number, { readonly type: PgType; readonly placeholder: string }[]>();

  readonly #literals: (() => Stored)[] = [];
  #now: string | undefined;

  /** PostgreSQL reads each literal as soon as it knows its type: of a statement that means nothing, too, a bad one is told first. */
  readLiterals(): void {
    for (const read of this.#literals) read();
  }

  /** Whether another literal should be written out. */
  get isFull(): boolean {
    return this.list.length >= ROOM_FOR_LITERALS;
  }

  /** @returns the bare placeholder */
  bind(node: Literal | Parameter, codec: Codec): string {
    // Literals count from -1, parameters from 1.
    const key = node.kind === 'literal' ? node.slot : -node.number - 1;
    const known = this.#known.get(key);
    const same = known?.find(({ type }) => type === codec.type || isSame(type, codec.type));
    if (same) return same.placeholder;
    const placeholder = this.add({ source: sourceOf(node), convert: converter(node, codec) });
    if (node.kind === 'literal') this.#literals.push(() => codec.input(node.text));
    if (known === undefined) this.#known.set(key, [{ type: codec.type, placeholder }]);
    else known.push({ type: codec.type, placeholder });
    return placeholder;
  }

  /** @returns the placeholder of the statement's time, in microseconds since 1970 */
  now(): string {
    this.#now ??= this.add({ source: { from: 'now', what: 'timestamptz' }, convert: microseconds });
    return this.#now;
  }

  /** @returns the bare placeholder */
  add(slot: Slot): string {
    return `?${this.list.push(slot)}`;
  }
}

/** Whether values of both are converted the same way. */
function isSame(a: PgType, b: PgType): boolean {
  return a.key === b.key && JSON.stringify(a) === JSON.stringify(b);
}

function sourceOf(node: Literal | Parameter): Slot['source'] {
  return node.kind === 'literal' ? { from: 'literal', slot: node.slot } : { from: 'parameter', number: node.number };
}

/** The time is given as a Date or in microseconds. */
function microseconds(now: unknown): Stored {
  return now instanceof Date ? now.getTime() * 1000 : Number(now);
}

function converter(node: Literal | Parameter, codec: Codec): Slot['convert'] {
  if (node.kind === 'literal') return (text) => codec.input(text as string);
  return (value) => codec.fromJs?.(value) ?? codec.input(String(textOfParameter(value)));
}

/**
 * The statement with only those slots that it uses: an expression may be translated and then not be written,
 * and SQLite refuses values for placeholders beyond its last.
 */
export function withoutUnused(sql: string, slots: readonly Slot[]): { readonly sql: string; readonly slots: readonly Slot[] } {
  const kept: Slot[] = [];
  const numbers = new Map<number, number>();
  const renumbered = sql.replace(/'(?:[^']|'')*'|`(?:[^`]|``)*`|\?(\d+)/g, (token, digits: string | undefined) => {
    if (digits === undefined) return token;
    const slot = slots[Number(digits) - 1];
    const known = numbers.get(Number(digits));
    if (!slot || known !== undefined) return known === undefined ? token : `?${known}`;
    numbers.set(Number(digits), kept.push(slot));
    return `?${kept.length}`;
  });
  if (kept.length > MOST_SLOTS) {
    throw new UnsupportedOnFallbackError(`A statement with more than ${MOST_SLOTS} parameters`, 'Send it in smaller parts.');
  }
  return { sql: renumbered, slots: kept };
}
