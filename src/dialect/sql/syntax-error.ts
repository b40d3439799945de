import { PgError } from '../pg-error.js';

/** An error at a place of the text: `position` counts characters from 1, as the server tells it. */
export function errorAt(code: string, message: string, index: number): PgError {
  return Object.assign(new PgError(code, message), { position: String(index + 1) });
}

/** What PostgreSQL's parser says of a token that can't stand where it is; `near` is the token as it is written. */
export function syntaxErrorNear(near: string, index: number): PgError {
  return errorAt('42601', near === '' ? 'syntax error at end of input' : `syntax error at or near "${near}"`, index);
}
