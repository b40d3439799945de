/** What a command has to say at its end. */
export interface Answer {
  /** For people, without a line break at its end. */
  readonly text: string;
  /** For programs: printed with `--json`. */
  readonly document: Readonly<Record<string, unknown>>;
  /** True where what was looked at is not as it should be. @default false */
  readonly failed?: boolean;
}

/**
 * Where everything that is printed goes: the answer to stdout, all else to stderr.
 *
 * With `--json` nothing but one document goes to stdout: what the configuration, a migration or Sequelize's query log prints there
 * is sent to stderr from the moment this is made.
 */
export class Output {
  readonly #stdout = process.stdout.write.bind(process.stdout);

  constructor(readonly json: boolean) {
    if (json) process.stdout.write = process.stderr.write.bind(process.stderr);
  }

  /** Also of a failure, for a program that reads JSON. */
  answer({ text, document }: Answer): void {
    this.result(this.json ? JSON.stringify(document, null, 2) : text);
  }

  /** The one thing that belongs on stdout. */
  result(text: string): void {
    this.#stdout(`${text}\n`);
  }

  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}
