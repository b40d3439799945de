import type { Clock } from './clock.js';
import { handOver } from './hand-over.js';
import { LOG_EVENTS, type LogEvent, type LogFields, type LogLevel } from './log-events.js';
import type { Logger } from './options.js';

/** At most one line per subject in this time; the next one says how many were left out. */
const QUIET_MS = 1_000;

/** Subjects may hold names and messages: no more of them than this are remembered. */
const MOST_SUBJECTS = 500;

/** What is not known is left away. */
export type LogData = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Writes `[serviceName] …` lines, rate-limited by subject. A logger that throws is never fatal. */
export class Log {
  /** The latest line of each subject, in the order in which they were written. */
  readonly #last = new Map<string, { atMs: number; leftOut: number }>();
  /** How many lines of subjects that are forgotten were left out and not told of, by their event. */
  readonly #untold = new Map<LogEvent, number>();

  constructor(
    private readonly serviceName: string,
    private readonly logger: Logger | false,
    private readonly clock: Pick<Clock, 'nowMs'>,
  ) {}

  /**
   * Writes a line, unless one about the same `subject` was written less than `quietMs` ago.
   *
   * @param subject the line's event, or `<event>:<what it is about>`
   * @param data the line's fields beside `service`, `event` and (where lines were left out before it) `leftOut`
   */
  line(level: LogLevel, subject: string, text: string, quietMs = QUIET_MS, data: LogData = {}): void {
    const last = this.#last.get(subject);
    const nowMs = this.clock.nowMs();
    if (last !== undefined && nowMs - last.atMs < quietMs) {
      last.leftOut += 1;
      return;
    }
    this.#remember(subject, nowMs, quietMs);
    const leftOut = last?.leftOut ?? 0;
    const fields = { ...data, leftOut: leftOut === 0 ? undefined : leftOut };
    this.#write(level, eventOf(subject), leftOut === 0 ? text : `${text} (and ${leftOut} more like this)`, fields);
  }

  /** Forgets a subject, so that its next line is written at once. */
  forget(subject: string): void {
    const last = this.#last.get(subject);
    this.#last.delete(subject);
    if (last !== undefined) this.#keepCount(subject, last.leftOut);
  }

  /** Says of how many lines that were left out no line has told, if there are any: the next one of their subject may never come. */
  tellLeftOut(): void {
    for (const [subject, last] of this.#last) {
      this.#keepCount(subject, last.leftOut);
      last.leftOut = 0;
    }
    if (this.#untold.size === 0) return;
    const counts = [...this.#untold];
    this.#untold.clear();
    const leftOut = counts.reduce((sum, [, count]) => sum + count, 0);
    const events = counts.map(([event, count]) => `${event} ${count}`).join(', ');
    const text = `${leftOut} log ${leftOut === 1 ? 'line was' : 'lines were'} left out that said what another one had said (${events})`;
    this.#write(LOG_EVENTS['lines-left-out'].level, 'lines-left-out', text, { leftOut, events });
  }

  #remember(subject: string, nowMs: number, quietMs: number): void {
    // Written anew it is the latest.
    this.#last.delete(subject);
    if (quietMs === 0) return;
    this.#last.set(subject, { atMs: nowMs, leftOut: 0 });
    const [oldest] = this.#last.keys();
    if (this.#last.size > MOST_SUBJECTS && oldest !== undefined) this.forget(oldest);
  }

  #keepCount(subject: string, count: number): void {
    const event = eventOf(subject);
    if (count > 0) this.#untold.set(event, (this.#untold.get(event) ?? 0) + count);
  }

  #write(level: LogLevel, event: LogEvent, text: string, data: LogData): void {
    if (this.logger === false) return;
    const known = Object.entries(data).filter(([, value]) => value !== undefined && value !== null);
    try {
      const fields = { service: this.serviceName, event, ...Object.fromEntries(known) } as LogFields;
      const written = handOver(this.logger, level, `[${this.serviceName}] ${text}`, fields);
      if (written instanceof Promise) written.catch(() => undefined);
    } catch {
      // There is nowhere left to tell it.
    }
  }
}

/** A subject begins with its event. */
const eventOf = (subject: string): LogEvent => subject.split(':', 1)[0] as LogEvent;
