import { withoutValues, withoutValuesOf } from '../dialect/examiner.js';
import { textOf } from '../error-text.js';
import { UnsupportedOnFallbackError } from '../errors.js';
import type { Role } from '../words.js';
import type { Direction } from './records.js';

interface Failure {
  readonly name: string;
  readonly direction: Direction;
  readonly database: Role;
  readonly durationMs: number;
  /** Whether the failure could be recorded. */
  readonly failureRecorded: boolean;
  readonly cause: unknown;
}

const LONGEST_STATEMENT = 500;

/** What is said of a migration that failed: where, why, at which statement, and what is to be done. */
export function failureReport({ name, direction, database, durationMs, failureRecorded, cause }: Failure): string {
  const statement = statementOf(cause);
  const parts = [
    `The migration ${name} (${direction}) failed on the ${database} after ${durationMs} ms: ${causeText(cause).replace(/\.$/, '')}.`,
    ...(statement === '' ? [] : [`Its statement: ${statement}`]),
    failureRecorded
      ? 'It is not recorded as run. What it did before, outside a transaction, has stayed: see to that, then run it again.'
      : 'The database could not be reached any more, so that it counts as interrupted.',
    ...(cause instanceof UnsupportedOnFallbackError
      ? ["Statements like this one can be left out on the fallback with onUnsupported: 'skip'."]
      : []),
  ];
  return parts.join(' ');
}

/** What an error says, without the values of its statement, which may be secrets. */
export function causeText(error: unknown): string {
  const sql = (error as { sql?: unknown } | null | undefined)?.sql;
  return typeof sql === 'string' ? withoutValuesOf(sql, textOf(error)) : textOf(error);
}

/** Without its values, too. */
function statementOf(error: unknown): string {
  const sql = (error as { sql?: unknown } | null | undefined)?.sql;
  if (typeof sql !== 'string') return '';
  const text = withoutValues(sql).replace(/\s+/g, ' ').trim();
  return text.length > LONGEST_STATEMENT ? `${text.slice(0, LONGEST_STATEMENT)}…` : text;
}
