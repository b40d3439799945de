import { PgError } from '../../pg-error.js';

/** PostgreSQL's answer to a text that its type's input function can't read. */
export function invalidInput(typeName: string, text: string): PgError {
  return new PgError('22P02', `invalid input syntax for type ${typeName}: "${text}"`);
}
