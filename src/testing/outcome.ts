import { inspect } from 'node:util';
import { BaseError, Model, Sequelize, Transaction, ValidationError } from 'sequelize';

/**
 * What a program can tell of an error: `name` and `message`; `code`, its own or else the database's (SQLSTATE); what Sequelize's errors
 * add (`fields`, `table`, `index`, `constraint`); and `errors`, the single ones of a validation or of several at once. What was
 * thrown and is no `Error` has its text in `thrown`.
 */
export type ErrorFacts = Readonly<Record<string, unknown>>;

/**
 * What a function gave, in a form that can be compared: either `value` or `error`.
 *
 * In `value` rows are plain objects, maps are lists of pairs and sets are lists; an array with properties of its own, such as a
 * range's `inclusive`, is `{ elements, ...properties }`; a raw result of `pg` is `{ command, rowCount, rows }`; an error is
 * its `ErrorFacts`. Dates, Buffers and all other values are what Sequelize gave.
 */
export type EngineOutcome =
  | { readonly value: unknown; readonly error?: undefined }
  | { readonly error: ErrorFacts; readonly value?: undefined };

/** Runs a function to its outcome, and what it promises. */
export async function outcomeOf(run: () => unknown): Promise<EngineOutcome> {
  try {
    return { value: plain(await run()) };
  } catch (error) {
    return { error: described(error) };
  }
}

/** A copy without models: their values, as Sequelize gives them, keep their JavaScript types. */
export const plain = (value: unknown): unknown => plainWithin([], value);

/** @param around the objects that hold the value: a row can lead back to itself */
function plainWithin(around: readonly object[], value: unknown): unknown {
  if (typeof value === 'function' || isWhole(value)) return inspect(value, { depth: -1 });
  if (typeof value !== 'object' || value === null || value instanceof Date || Buffer.isBuffer(value)) return value;
  if (around.includes(value)) return '[Circular]';
  const inner = (held: unknown): unknown => plainWithin([...around, value], held);
  if (value instanceof Model) return inner(value.get());
  if (value instanceof Error) return described(value);
  if (value instanceof Map || value instanceof Set) return inner([...(value as Map<unknown, unknown> | Set<unknown>)]);
  if (Array.isArray(value)) return withProperties(value.map(inner), value);
  if (isQueryResult(value)) return { command: value.command, rowCount: value.rowCount, rows: inner(value.rows) };
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, inner(held)]));
}

/** They hold the whole connection, which is no answer. */
const isWhole = (value: unknown): boolean => value instanceof Sequelize || value instanceof Transaction;

/** What `pg` gives of a raw query; its other fields are about the wire. */
const isQueryResult = (value: object): value is { command: unknown; rowCount: unknown; rows: unknown } =>
  'command' in value && 'fields' in value;

/** Sequelize says whether a range's bounds are inclusive on the array itself. */
function withProperties(copy: unknown[], original: readonly unknown[]): unknown {
  const extra = Object.entries(original).filter(([key]) => !/^\d+$/.test(key));
  return extra.length === 0 ? copy : { elements: copy, ...Object.fromEntries(extra) };
}

function described(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { thrown: String(error) };
  const { original, code, fields, table, index, constraint } = error as Error & Record<string, unknown>;
  const facts: Record<string, unknown> = { name: error.name, message: error.message, ...defined({ code }) };
  if (error instanceof BaseError) Object.assign(facts, defined({ fields, table, index, constraint }));
  if (original instanceof Error) Object.assign(facts, defined({ code: (original as { code?: unknown }).code }));
  if (error instanceof ValidationError) facts['errors'] = error.errors.map(describedItem);
  else if ('errors' in error && Array.isArray(error.errors)) facts['errors'] = error.errors.map(described);
  return facts;
}

const describedItem = ({ message, type, path, value, validatorKey }: ValidationError['errors'][number]) => ({
  message,
  type,
  path,
  value: plain(value),
  validatorKey,
});

const defined = (facts: Record<string, unknown>) => Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined));
