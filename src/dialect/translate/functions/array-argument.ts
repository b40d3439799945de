import { PgError } from '../../pg-error.js';
import { isArray } from '../operators/arrays.js';
import type { Typed } from '../typed.js';

/** Whether an argument is an array. @throws PgError 42804 for a literal without a type, which PostgreSQL takes for none */
export function isGiven(argument: Typed | undefined): argument is Typed {
  if (argument?.type.key === 'unknown') throw new PgError('42804', 'could not determine polymorphic type because input has type unknown');
  return argument !== undefined && isArray(argument);
}
