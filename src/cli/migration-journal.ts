import type { ResilientEvents } from '../index.js';
import type { MigrationRun } from '../migrations/index.js';

export type MigrationEvent = ResilientEvents['migration'];

/** What is known of the migrations that ran since the command began, also where it ends before it has an answer. */
export class MigrationJournal {
  readonly #started: MigrationEvent[] = [];
  readonly #finished: MigrationRun[] = [];
  readonly #failed: MigrationEvent[] = [];

  note(event: MigrationEvent): void {
    const { database, name, direction, status, durationMs } = event;
    if (status === 'started') this.#started.push(event);
    if (status === 'failed') this.#failed.push(event);
    if (status === 'finished') this.#finished.push({ name, database, direction, durationMs: durationMs ?? 0 });
  }

  /** Those that were begun and have not ended. */
  get running(): readonly MigrationEvent[] {
    const ended = [...this.#finished, ...this.#failed];
    return this.#started.filter(({ name, database }) => !ended.some((other) => other.name === name && other.database === database));
  }

  /** Those that are done, in their order. */
  get finished(): readonly MigrationRun[] {
    return this.#finished;
  }

  /** Those that have not ended, where the end of the connection may have failed some of `running`, which ran before. */
  unfinished(running: readonly MigrationEvent[]): readonly MigrationEvent[] {
    const isFinished = ({ name, database }: MigrationEvent) => this.#finished.some((run) => run.name === name && run.database === database);
    return [...new Set([...running, ...this.running])].filter((event) => !isFinished(event));
  }
}
