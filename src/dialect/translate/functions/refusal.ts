import { UnsupportedOnFallbackError } from '../../../errors.js';
import { raiseAboutSql, raiseSql } from '../raise.js';

/** SQL that fails as what the fallback can't do: for a value that shows only when the statement runs. */
export function refusedSql(feature: string, workaround: string): string {
  return raiseSql('0A000', new UnsupportedOnFallbackError(feature, workaround).message);
}

/** The same about a text of the row: `before`, the value of `sql`, `after`. */
export function refusedAboutSql(before: string, sql: string, after: string, workaround: string): string {
  const [start, end] = new UnsupportedOnFallbackError(`${before}\0${after}`, workaround).message.split('\0');
  return raiseAboutSql('0A000', start ?? '', sql, end ?? '');
}
