import type { Logger } from '../index.js';
import type { Output } from './output.js';

/**
 * What a connection logs, as far as the command's own answer does not say it: what is wrong, and why nothing seems to happen.
 *
 * What it says before it has begun is kept back until then: of a start that failed the command's error tells.
 */
export class StartLog implements Logger {
  #kept: string[] | undefined = [];

  constructor(
    private readonly output: Output,
    private readonly verbose: boolean,
  ) {}

  info(message: string): void {
    if (this.verbose || message.endsWith('waiting for it')) this.#tell(message);
  }

  warn(message: string): void {
    this.#tell(message);
  }

  error(message: string): void {
    this.#tell(message);
  }

  begun(): void {
    for (const message of this.#kept ?? []) this.output.note(message);
    this.#kept = undefined;
  }

  failed(): void {
    this.#kept = undefined;
  }

  #tell(message: string): void {
    if (this.#kept === undefined || this.verbose) this.output.note(message);
    else this.#kept.push(message);
  }
}
