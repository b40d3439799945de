import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sequelize } from 'sequelize';
import type { Umzug } from 'umzug';
import type { DatabaseLock } from '../databases/database-lock.js';
import type { DatabaseInstance } from '../databases/database.js';
import { textOf } from '../error-text.js';
import { ConfigurationError, MigrationFailedError, MigrationInterruptedError } from '../errors.js';
import type { ResolvedMigrations } from '../options/resolve-migrations.js';
import type { Role } from '../words.js';
import { failureReport } from './failure-report.js';
import { type Direction, MigrationRecords, type StartedMigration } from './records.js';
import { umzugOf, type NamedMigration } from './umzug.js';
import { withUnsupported } from './unsupported.js';

/** A migration of one database. */
export interface MigrationRecord {
  readonly name: string;
  /** Its file, where it has one. */
  readonly path?: string;
  readonly database: Role;
}

/** A migration that was run just now. */
export interface MigrationRun extends MigrationRecord {
  readonly direction: Direction;
  readonly durationMs: number;
}

/** A migration that was begun and neither ended nor failed. */
export interface InterruptedMigration {
  readonly name: string;
  readonly database: Role;
  readonly direction: Direction;
  readonly startedAt: Date;
  /** Host and process. */
  readonly by: string;
}

/** How far a run goes. */
export interface Range {
  /** The last one that is run, by name; of `down` also 0: all of them. */
  readonly to?: string | 0 | undefined;
  /** How many are run. @default all of `up`, 1 of `down` */
  readonly step?: number | undefined;
}

/** What is told while migrations run. */
export interface MigrationEars {
  begins(database: Role, direction: Direction, count: number): void;
  waits(database: Role): void;
  step(progress: Progress): void;
  leftOut(database: Role, migration: string, statement: string, reason: string): void;
}

/** One step of a run; `durationMs` is null at its beginning. */
export interface Progress {
  readonly database: Role;
  readonly name: string;
  readonly direction: Direction;
  readonly status: 'started' | 'finished' | 'failed';
  readonly position: number;
  readonly count: number;
  readonly durationMs: number | null;
}

/** Who waits for the lock asks this often. */
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

const migrating = new WeakSet<DatabaseInstance>();

/** Whether a migration is under way on an instance. */
export const isMigrating = (instance: DatabaseInstance): boolean => migrating.has(instance);

/** The migrations of one database. Its methods run within a unit of work that is pinned to it. */
export class DatabaseMigrations {
  readonly #records: MigrationRecords;
  readonly #role: Role;

  constructor(
    private readonly sequelize: Sequelize,
    private readonly instance: DatabaseInstance,
    private readonly plan: ResolvedMigrations,
    private readonly ears: MigrationEars,
  ) {
    this.#records = new MigrationRecords(sequelize, plan.table);
    this.#role = instance.role;
  }

  /** Runs what has not run yet. One process at a time: others wait, and find it done. */
  async up(range: Range = {}): Promise<MigrationRun[]> {
    return await this.#run('up', range);
  }

  /** Undoes what has run, the last one first. */
  async down(range: Range = {}): Promise<MigrationRun[]> {
    return await this.#run('down', range);
  }

  async pending(): Promise<MigrationRecord[]> {
    return (await (await this.#umzug(noRun)).pending()).map((each) => this.#record(each));
  }

  /** In the order in which they were to be run; those whose files are gone come first. */
  async executed(): Promise<MigrationRecord[]> {
    const known = await (await this.#umzug(noRun)).executed();
    const names = new Set(known.map(({ name }) => name));
    const others = (await this.#records.executed()).filter((name) => !names.has(name));
    return [...others.map((name) => ({ name })), ...known].map((each) => this.#record(each));
  }

  /** Of one that is under way just now nobody can say more than that: it is none. */
  async interrupted(): Promise<InterruptedMigration[]> {
    if ((await this.#begun()).length === 0) return [];
    const lock = await this.instance.tryLock(this.#lockName);
    if (lock === undefined) return [];
    try {
      return (await this.#begun()).map((each) => this.#interruption(each));
    } finally {
      await lock.release();
    }
  }

  /** Says what became of an interrupted migration: that its step is done (`'applied'`), or that it is to be run again. */
  async resolve(name: string, as: 'applied' | 'retry'): Promise<void> {
    await this.#locked(async () => {
      const started = (await this.#begun()).find((each) => each.name === name);
      if (started === undefined) {
        throw new ConfigurationError('name', `must be a migration that was interrupted on the ${this.#role}; '${name}' was not`);
      }
      if (as === 'applied') await this.#records.noteEnd(name, started.direction);
      else await this.#records.forgetStart(name);
    });
  }

  async #run(direction: Direction, range: Range): Promise<MigrationRun[]> {
    return await this.#locked(async (lock) => {
      await this.#records.prepare();
      const [interrupted] = await this.#begun();
      if (interrupted !== undefined) throw interruption(this.#interruption(interrupted));
      const done: MigrationRun[] = [];
      let count = 0;
      const umzug = await this.#umzug(async (migration, _, step) => {
        await lock.check();
        const durationMs = await this.#step({ migration, direction, position: done.length + 1, count }, step);
        // What was done without the lock may have been done twice.
        await lock.check();
        done.push({ ...this.#record(migration), direction, durationMs });
      });
      const names = await namesOf(umzug, direction, range);
      count = names.length;
      if (count > 0) this.ears.begins(this.#role, direction, count);
      await this.#through(umzug, direction, names);
      return done;
    });
  }

  async #through(umzug: Umzug, direction: Direction, migrations: string[]): Promise<void> {
    try {
      await umzug[direction]({ migrations });
    } catch (error) {
      // Umzug wraps what a migration threw, and nothing else.
      const cause = error instanceof Error && error.name === 'MigrationError' ? error.cause : error;
      throw cause;
    }
  }

  async #step(
    { migration, direction, position, count }: { migration: NamedMigration; direction: Direction; position: number; count: number },
    step: () => Promise<unknown>,
  ): Promise<number> {
    const { name } = migration;
    const database = this.#role;
    const tell = (status: Progress['status'], durationMs: number | null) =>
      this.ears.step({ database, name, direction, status, position, count, durationMs });
    await this.#records.noteStart(name, direction, `${hostname()}, process ${process.pid}`);
    tell('started', null);
    const startedAtMs = performance.now();
    const durationMs = () => Math.round(performance.now() - startedAtMs);
    migrating.add(this.instance);
    try {
      await withUnsupported(this.plan.onUnsupported, name, step, (statement, reason) =>
        this.ears.leftOut(database, name, statement, reason),
      );
    } catch (cause) {
      const failedAfterMs = durationMs();
      tell('failed', failedAfterMs);
      const isNoted = await this.#noteFailure(name, cause);
      const message = failureReport({ name, direction, database, durationMs: failedAfterMs, isNoted, cause });
      throw new MigrationFailedError(message, { migration: name, database, direction, cause });
    } finally {
      migrating.delete(this.instance);
    }
    tell('finished', durationMs());
    return durationMs();
  }

  /** Where the database is gone it stays recorded as begun: nobody knows how far it came. */
  async #noteFailure(name: string, error: unknown): Promise<boolean> {
    if (this.instance.lost !== undefined) return false;
    return await this.#records.noteFailure(name, textOf(error)).then(
      () => true,
      () => false,
    );
  }

  async #begun(): Promise<StartedMigration[]> {
    return (await this.#records.started()).filter(({ state }) => state === 'started');
  }

  #interruption({ name, direction, startedAt, startedBy }: StartedMigration): InterruptedMigration {
    return { name, database: this.#role, direction, startedAt, by: startedBy };
  }

  #record({ name, path }: { readonly name: string; readonly path?: string | undefined }): MigrationRecord {
    return { name, ...(path !== undefined && { path }), database: this.#role };
  }

  async #umzug(run: Parameters<typeof umzugOf>[0]['run']): Promise<Umzug> {
    return await umzugOf({ sequelize: this.sequelize, plan: this.plan, records: this.#records, run });
  }

  async #locked<T>(work: (lock: DatabaseLock) => Promise<T>): Promise<T> {
    const lock = await this.#takeLock();
    try {
      return await work(lock);
    } finally {
      await lock.release();
    }
  }

  async #takeLock(): Promise<DatabaseLock> {
    let waitMs = FIRST_WAIT_MS;
    for (;;) {
      if (this.instance.lost !== undefined) throw this.instance.lost;
      const lock = await this.instance.tryLock(this.#lockName);
      if (lock !== undefined) return lock;
      this.ears.waits(this.#role);
      // With jitter: ten that were started together do not ask together.
      await sleep(waitMs * (0.5 + Math.random() / 2));
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }

  get #lockName(): string {
    const { schema, tableName } = this.plan.table;
    return `migrations:${schema === undefined ? '' : `${schema}.`}${tableName}`;
  }
}

const noRun = (): Promise<never> => Promise.reject(new Error('Nothing is run here.'));

/** Which migrations a run consists of, in its order. */
async function namesOf(umzug: Umzug, direction: Direction, { to, step }: Range): Promise<string[]> {
  const found = direction === 'up' ? await umzug.pending() : (await umzug.executed()).reverse();
  const names = found.map(({ name }) => name);
  if (to === 0) return names;
  if (to === undefined) return names.slice(0, step ?? (direction === 'up' ? names.length : 1));
  const index = names.indexOf(to);
  if (index === -1) {
    const isOther = (await (direction === 'up' ? umzug.executed() : umzug.pending())).some(({ name }) => name === to);
    if (direction === 'up' && isOther) return [];
    throw new ConfigurationError('to', `must be a migration that ${direction === 'up' ? 'has not run yet' : 'has run'}`, `'${to}'`);
  }
  return names.slice(0, index + 1);
}

function interruption({ name, database, direction, startedAt, by }: InterruptedMigration): MigrationInterruptedError {
  const message =
    `The migration ${name} (${direction}) was begun on the ${database} at ${startedAt.toISOString()} by ${by} and neither ended nor failed. ` +
    `Nothing is migrated there until it is known how much of it is done: look, then say so with ` +
    `\`sequelize-resilient migrate resolve ${name} --database ${database} --applied\` (all of it is) or \`--retry\` (nothing is, run it again).`;
  return new MigrationInterruptedError(message, { migration: name, database, direction, startedAt });
}
