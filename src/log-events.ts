/** The functions of a logger that are used. */
export type LogLevel = 'info' | 'warn' | 'error';

/** How a line is written. */
export interface LineTerms {
  readonly level: LogLevel;
  /** After a line, the next ones about the same are left out and counted for this long; 0: every one is written. */
  readonly quietMs: number;
}

/** What may come from each of many calls that fail at once. */
const SECOND_MS = 1_000;
/** What goes on and on: once is news, after that a line a minute. */
const MINUTE_MS = 60_000;

const always = (level: LogLevel): LineTerms => ({ level, quietMs: 0 });
const eachSecond = (level: LogLevel): LineTerms => ({ level, quietMs: SECOND_MS });
const eachMinute = (level: LogLevel): LineTerms => ({ level, quietMs: MINUTE_MS });

/**
 * Every kind of line that there is, by the word that stands in its field `event`. The words are stable: programs search their logs
 * for them. When each is written and with which facts: docs/logging.md.
 */
export const LOG_EVENTS = {
  starting: eachSecond('info'),
  'fallback-warning': eachSecond('warn'),
  'attempt-failed': eachSecond('warn'),
  'probe-failed': eachMinute('warn'),
  'host-used': eachMinute('info'),
  'host-strange': eachMinute('error'),
  'primary-active': always('info'),
  degraded: eachSecond('warn'),
  unavailable: eachSecond('error'),
  'commit-unknown': eachSecond('error'),
  'failover-requested': always('warn'),
  'fallback-active': always('warn'),
  'fallback-production': always('warn'),
  'fallback-storage': always('warn'),
  'fallback-failed': eachMinute('error'),
  'fallback-set-aside': always('warn'),
  'primary-not-ready': eachMinute('error'),
  recovering: always('info'),
  recovered: always('info'),
  'rows-kept': always('warn'),
  'models-not-ready': eachSecond('error'),
  parity: eachSecond('warn'),
  'migrations-begin': always('info'),
  'migrations-impossible': always('error'),
  'migrations-wait': eachMinute('info'),
  'migration-running': always('info'),
  'migration-finished': always('info'),
  'migration-failed': always('error'),
  'migration-statement-left-out': always('warn'),
  'classify-threw': eachMinute('error'),
  'listener-threw': eachMinute('error'),
  metrics: always('warn'),
  'lines-left-out': always('info'),
} as const satisfies Record<string, LineTerms>;

/** The kind of a line. */
export type LogEvent = keyof typeof LOG_EVENTS;

/** The facts of a line, beside its text. Neither secrets nor stacks are among them. */
export interface LogFields {
  /** The connection's `serviceName`. */
  readonly service: string;
  readonly event: LogEvent;
  /** E.g. `reason`, `epoch`, `durationMs`; `error` is an error's text. */
  readonly [fact: string]: string | number | boolean;
}
