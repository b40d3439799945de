import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import { quoteText } from './quote.js';

/**
 * SQLite has no expression that fails with a message outside of triggers, but it quotes a JSON path that it can't read in its error:
 * "bad JSON path: '!22012 division by zero'". Within CASE and iif() it is evaluated only where it is reached.
 */
const MARK = '!';

/** SQL that fails with this error where it is evaluated. */
export function raiseSql(code: string, message: string): string {
  return `json_extract('{}', ${quoteText(`${MARK}${code} ${message}`)})`;
}

/** The same with a message that holds a text of the row: `before`, the value of `sql`, `after`. */
export function raiseAboutSql(code: string, before: string, sql: string, after: string): string {
  return `json_extract('{}', ${quoteText(`${MARK}${code} ${before}`)} || ${sql} || ${quoteText(after)})`;
}

const RAISED = /bad JSON path: '!([0-9A-Z]{5}) (.*)'/s;
const UNSUPPORTED = /^(.*) is not available on the SQLite fallback\. (.*)$/s;

/** SQLite's limits of what lies within each other. */
const TOO_DEEP = /Expression tree is too large|parser stack overflow/;

/** The error that `raiseSql` has put into the driver's, or SQLite's own limit; `undefined` for all others. */
export function raisedError(error: string | { readonly message: string }): PgError | UnsupportedOnFallbackError | undefined {
  const text = typeof error === 'string' ? error : error.message;
  if (/\binteger overflow$/.test(text)) return new UnsupportedOnFallbackError('A sum beyond 64 bits', 'Add the numbers up in the program.');
  if (TOO_DEEP.test(text))
    return new UnsupportedOnFallbackError('An expression of so many levels', 'Say it in parts, or calculate in the program.');
  const [, code, quoted] = RAISED.exec(text) ?? [];
  if (code === undefined || quoted === undefined) return undefined;
  const message = quoted.replaceAll("''", "'");
  const [, feature, workaround] = UNSUPPORTED.exec(message) ?? [];
  return feature === undefined || workaround === undefined
    ? new PgError(code, message)
    : new UnsupportedOnFallbackError(feature, workaround);
}
