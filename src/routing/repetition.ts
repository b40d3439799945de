import type { DatabaseInstance } from '../databases/database.js';
import type { Gate, Recovery } from './unit-of-work.js';

/** A call whose database is lost this often is not made again: it may be what brings the server down. */
export const MOST_LOSSES = 3;

/** How often one call was made again, and since when on the database that it is on. */
export class Repetition {
  #losses = 0;
  /** Failures on the same database, from 0. */
  attempt = 0;
  /** When the first of them came; set by whoever knows the time. */
  firstAtMs: number | undefined;

  /** Finds out whether the call may be made once more, after a failure on this instance. */
  async after(instance: DatabaseInstance, error: unknown, gate: Gate): Promise<Recovery> {
    const recovery = await gate.recover(instance, error, this);
    if (recovery === 'same') this.attempt += 1;
    if (recovery !== 'lost') return recovery;
    this.#losses += 1;
    this.attempt = 0;
    this.firstAtMs = undefined;
    return this.#losses > MOST_LOSSES ? 'no' : 'lost';
  }
}
