import { ResilienceError } from '../index.js';
import type { Logger } from '../options.js';

/**
 * What a helper did: `created`, `removed` and `changed` say that this call did it; `exists` that what was asked for was there, `absent`
 * that what was to be removed was not; `skipped` that this database has no such thing and the caller said to leave it out.
 */
export type Did = 'created' | 'exists' | 'changed' | 'removed' | 'absent' | 'skipped';

/** One thing in which the database differs from what was asked for. */
export interface DefinitionDifference {
  /** The column, index or constraint. */
  readonly name: string;
  /** `missing`: asked for, not stored; `extra`: stored, not asked for; else what of it differs. */
  readonly aspect: 'missing' | 'extra' | 'type' | 'nullability' | 'default' | 'primary key' | 'definition';
  /** As the database says it; null where there is nothing. */
  readonly stored: string | null;
  /** As this database would say it of what was asked for; null where nothing was. */
  readonly asked: string | null;
}

/** What every helper resolves to. */
export interface SchemaChange {
  readonly did: Did;
  /** What it is about, e.g. `table "users"` or `index "users_email" on "users"`. */
  readonly subject: string;
  /** What else was done, in words, e.g. `added column "tags"`. */
  readonly details: readonly string[];
  /** In what the database still differs from what was asked for; empty where it doesn't. */
  readonly differences: readonly DefinitionDifference[];
}

/**
 * What happens where something of the name is there and differs: `'report'` warns and lists it in the result, `'error'` throws
 * `DefinitionDifferenceError` and changes nothing, `'change'` changes what can be changed without touching rows and reports the rest.
 */
export type OnDifference = 'report' | 'error' | 'change';

/** What can be said to each helper that looks at what is there. */
export interface DifferenceOptions {
  /** @default 'report' */
  onDifference?: OnDifference;
  /** Who gets the warnings; false for none. @default console */
  logger?: Pick<Logger, 'warn'> | false;
}

/** Something of this name is in the database and is another thing than was asked for. Nothing was changed. */
export class DefinitionDifferenceError extends ResilienceError {
  readonly subject: string;
  readonly differences: readonly DefinitionDifference[];

  constructor(subject: string, differences: readonly DefinitionDifference[]) {
    super(
      'DEFINITION_DIFFERENCE',
      `${inWords(subject, differences)}. Change it by a migration of its own, or pass onDifference: 'report' or 'change'.`,
    );
    this.subject = subject;
    this.differences = differences;
  }
}

/** A change of the schema that this database can't make, or not as it is now. Nothing was changed. */
export class SchemaChangeError extends ResilienceError {
  readonly subject: string;
  readonly reason: string;
  /** What to do, as a sentence. */
  readonly remedy: string;

  constructor(subject: string, reason: string, remedy: string, data: { cause?: unknown } = {}) {
    super('SCHEMA_CHANGE', `${subject}: ${reason}. ${remedy}`, data);
    this.subject = subject;
    this.reason = reason;
    this.remedy = remedy;
  }
}

/** A change by which nothing differs any more. */
export const done = (did: Did, subject: string, details: readonly string[] = []): SchemaChange => ({
  did,
  subject,
  details,
  differences: [],
});

/** The change, with what differs still, warned of or thrown as the caller wants it. */
export function judged(change: SchemaChange, { onDifference = 'report', logger = console }: DifferenceOptions): SchemaChange {
  const { subject, differences } = change;
  if (differences.length === 0) return change;
  if (onDifference === 'error') throw new DefinitionDifferenceError(subject, differences);
  if (logger !== false) logger.warn(`[sequelize-resilient] ${inWords(subject, differences)}.`);
  return change;
}

function inWords(subject: string, differences: readonly DefinitionDifference[]): string {
  return `${subject} differs from what was asked for: ${differences.map(differenceInWords).join('; ')}`;
}

function differenceInWords({ name, aspect, stored, asked }: DefinitionDifference): string {
  if (aspect === 'missing') return `"${name}" is missing (${asked ?? ''})`;
  if (aspect === 'extra') return `"${name}" was not asked for (${stored ?? ''})`;
  return `"${name}" has the ${aspect} ${stored ?? '(none)'}, asked for was ${asked ?? '(none)'}`;
}
