import { withoutValues } from './dialect/examiner.js';
import { textOf } from './error-text.js';
import type { ResilientEvents } from './events.js';
import type { Log, LogData } from './log.js';
import { LOG_EVENTS, type LogEvent } from './log-events.js';
import type { Role } from './words.js';

/** How a line differs from the others of its event. */
export interface Particulars {
  /** What it is about: lines about another thing have a quiet time of their own. */
  readonly about?: string;
  /** @default the event's own */
  readonly quietMs?: number;
}

/** Says in log lines what migrations do. */
export class MigrationNarration {
  constructor(private readonly log: Log) {}

  protected say(event: LogEvent, text: string, data: LogData = {}, { about, quietMs }: Particulars = {}): void {
    const terms = LOG_EVENTS[event];
    this.log.line(terms.level, about === undefined ? event : `${event}:${about}`, text, quietMs ?? terms.quietMs, data);
  }

  migrationsBegin(database: Role, direction: 'up' | 'down', count: number): void {
    const what = count === 1 ? '1 migration' : `${count} migrations`;
    this.say('migrations-begin', `Running ${what} (${direction}) on the ${database}`, { database, direction, count });
  }

  migrationsImpossible(error: unknown): void {
    this.say('migrations-impossible', textOf(error), { error: textOf(error) });
  }

  migrationsWait(database: Role): void {
    this.say('migrations-wait', `Another process migrates the ${database}: waiting for it`, { database }, { about: database });
  }

  migrationGoesOn(database: Role, name: string, forMs: number): void {
    const seconds = Math.round(forMs / 1000);
    this.say('migration-running', `Migration ${name} (${database}) is still running after ${seconds} s`, {
      database,
      migration: name,
      durationMs: forMs,
    });
  }

  migration({ database, name, direction, status, position, count, durationMs }: ResilientEvents['migration']): void {
    if (status === 'started') return;
    const how = status === 'failed' ? 'failed after' : 'done in';
    this.say(
      status === 'failed' ? 'migration-failed' : 'migration-finished',
      `Migration ${name} (${direction}, ${database}) ${how} ${durationMs} ms (${position} of ${count})`,
      { database, migration: name, direction, position, count, durationMs },
    );
  }

  leftOut(database: Role, migration: string, statement: string, reason: string): void {
    const shown = withoutValues(statement).replace(/\s+/g, ' ').trim();
    this.say('migration-statement-left-out', `Migration ${migration}: a statement was left out on the ${database}: ${reason}. ${shown}`, {
      database,
      migration,
      statement: shown,
      reason,
    });
  }
}
