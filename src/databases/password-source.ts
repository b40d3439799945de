import type { Clock } from '../clock.js';
import type { PasswordFunction } from '../options.js';

/** How long an answer is used again: parallel connects share one call, and a rotated password is not used for long. */
export const PASSWORD_CACHE_MS = 5_000;

/** The program's function gave no password. Says nothing of the database, which asked for one and so is there. */
export class PasswordUnavailable extends Error {
  readonly code = 'PASSWORD_UNAVAILABLE';

  constructor(what: string, cause?: unknown) {
    super(
      `The function primary.password ${what}, so no connection to PostgreSQL could be made`,
      cause === undefined ? undefined : { cause },
    );
  }
}

/** Asks the program's function for the password: one call at a time, whose answer is kept for a moment. */
export class PasswordSource {
  #kept: { readonly password: string; readonly atMs: number } | undefined;
  #asking: Promise<string> | undefined;

  /** @param timeoutMs a call without an answer for this long is given up, and the next connection makes a new one */
  constructor(
    private readonly give: PasswordFunction,
    private readonly timeoutMs: number,
    private readonly clock: Pick<Clock, 'nowMs' | 'setTimer'>,
  ) {}

  /** @throws PasswordUnavailable, which never shows what the function gave */
  current(): Promise<string> {
    const kept = this.#kept;
    if (kept !== undefined && this.clock.nowMs() - kept.atMs < PASSWORD_CACHE_MS) return Promise.resolve(kept.password);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** PostgreSQL refused this password: the next connection gets a fresh one, unless somebody else asked for that already. */
  refused(password: string): void {
    if (this.#kept?.password === password) this.#kept = undefined;
  }

  async #ask(): Promise<string> {
    const password = await this.#inTime(async () => await this.give());
    if (typeof password !== 'string' || password === '') throw new PasswordUnavailable('gave something else than a non-empty string');
    this.#kept = { password, atMs: this.clock.nowMs() };
    return password;
  }

  #inTime(call: () => Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new PasswordUnavailable(`did not answer within ${this.timeoutMs} ms`));
      const timer = this.clock.setTimer(late, this.timeoutMs, { holdsProcess: false });
      call()
        .then(resolve, (cause: unknown) => reject(new PasswordUnavailable(`failed (${nameOf(cause)})`, cause)))
        .finally(() => timer.cancel());
    });
  }
}

/** The kind of an error of the program's own. Its message is left to its cause: it might tell what must not be told. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return `with ${typeof error}`;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${error.name} ${code}` : error.name;
}
