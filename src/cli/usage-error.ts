import { ResilienceError } from '../index.js';

/** The command line or its configuration can't be used as it is; the message says what to do instead. */
export class UsageError extends ResilienceError {
  constructor(message: string, cause?: unknown) {
    super('USAGE', message, { cause });
  }
}
