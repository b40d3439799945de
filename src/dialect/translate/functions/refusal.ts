import { UnsupportedOnFallbackError } from '../../../errors.js';
import { raiseSql } from '../raise.js';

/** SQL that fails as what the fallback can't do: for a value that shows only when the statement runs. */
export function refusedSql(feature: string, workaround: string): string {
  return raiseSql('0A000', new UnsupportedOnFallbackError(feature, workaround).message);
}
