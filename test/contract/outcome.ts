import { BaseError, Model, ValidationError } from 'sequelize';

/** What a case gave on one engine, in a form that can be compared: rows are plain objects, errors are what a program can tell of them. */
export type Outcome = { readonly value: unknown } | { readonly error: Record<string, unknown> };

/** Runs a case to its outcome. */
export async function outcomeOf(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: plain(await run()) };
  } catch (error) {
    return { error: described(error) };
  }
}

/** A copy without models: their values, as Sequelize gives them, keep their JavaScript types. */
export function plain(value: unknown): unknown {
  if (value instanceof Model) return plain(value.get());
  if (value instanceof Map) return plain([...(value as Map<unknown, unknown>).entries()]);
  if (Array.isArray(value)) return withProperties(value.map(plain), value);
  if (typeof value !== 'object' || value === null || value instanceof Date || Buffer.isBuffer(value)) return value;
  if (isQueryResult(value)) return { command: value.command, rowCount: value.rowCount, rows: plain(value.rows) };
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** What `pg` gives of a raw query; its other fields are about the wire. */
const isQueryResult = (value: object): value is { command: unknown; rowCount: unknown; rows: unknown } =>
  'command' in value && 'fields' in value;

/** Sequelize says whether a range's bounds are inclusive on the array itself. */
function withProperties(copy: unknown[], original: readonly unknown[]): unknown {
  const extra = Object.entries(original).filter(([key]) => !/^\d+$/.test(key));
  return extra.length === 0 ? copy : { elements: copy, ...Object.fromEntries(extra) };
}

function described(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { thrown: String(error) };
  const { original, fields, table, index, constraint } = error as Error & Record<string, unknown>;
  const facts: Record<string, unknown> = { name: error.name, message: error.message };
  if (error instanceof BaseError) Object.assign(facts, defined({ fields, table, index, constraint }));
  if (original instanceof Error) Object.assign(facts, defined({ code: (original as { code?: unknown }).code }));
  if (error instanceof ValidationError) {
    facts['errors'] = error.errors.map(({ message, type, path, value, validatorKey }) => ({
      message,
      type,
      path,
      value: plain(value),
      validatorKey,
    }));
  }
  return facts;
}

const defined = (facts: Record<string, unknown>) => Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined));
