import type { Answer, Output } from './output.js';

/** What a command is connected to. */
export interface Terminal {
  readonly output: Output;
  /** Prints the answer; the process will end as it says. */
  readonly give: (answer: Promise<Answer>) => Promise<void>;
}
