import { PgError } from '../../pg-error.js';

/** What PostgreSQL says where bare strings could be of several types. */
export function ambiguousCall(signature: string): PgError {
  return new PgError('42725', `function ${signature} is not unique`, {
    hint: 'Could not choose a best candidate function. You might need to add explicit type casts.',
  });
}
