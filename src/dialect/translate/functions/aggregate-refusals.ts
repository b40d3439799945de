import { PgError } from '../../pg-error.js';

/** A bare string could be a number of any type. */
export function notUnique(name: string): PgError {
  return new PgError('42725', `function ${name}(unknown) is not unique`, {
    hint: 'Could not choose a best candidate function. You might need to add explicit type casts.',
  });
}
