import type { Clock } from './clock.js';
import type { Logger } from './options.js';

type Level = 'info' | 'warn' | 'error';

/** At most one line per subject in this time; the next one says how many were left out. */
const QUIET_MS = 1_000;

/** Writes `[serviceName] …` lines, rate-limited by subject. A logger that throws is never fatal. */
export class Log {
  readonly #last = new Map<string, { atMs: number; leftOut: number }>();

  constructor(
    private readonly serviceName: string,
    private readonly logger: Logger | false,
    private readonly clock: Pick<Clock, 'nowMs'>,
  ) {}

  /** Writes a line, unless one about the same `subject` was written less than `quietMs` ago. */
  line(level: Level, subject: string, text: string, quietMs = QUIET_MS): void {
    const last = this.#last.get(subject);
    const nowMs = this.clock.nowMs();
    if (last !== undefined && nowMs - last.atMs < quietMs) {
      last.leftOut += 1;
      return;
    }
    this.#last.set(subject, { atMs: nowMs, leftOut: 0 });
    this.#write(level, last === undefined || last.leftOut === 0 ? text : `${text} (and ${last.leftOut} more like this)`);
  }

  /** Forgets a subject, so that its next line is written at once. */
  forget(subject: string): void {
    this.#last.delete(subject);
  }

  #write(level: Level, text: string): void {
    if (this.logger === false) return;
    try {
      const written = this.logger[level](`[${this.serviceName}] ${text}`);
      if (written instanceof Promise) written.catch(() => undefined);
    } catch {
      // There is nowhere left to tell it.
    }
  }
}
