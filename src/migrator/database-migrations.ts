import { hostname } from 'node:os';
import type { Sequelize } from 'sequelize';
import type { Umzug } from 'umzug';
import type { DatabaseLock } from '../databases/database-lock.js';
import type { DatabaseInstance } from '../databases/database.js';
import { textOf } from '../error-text.js';
import { ConfigurationError, MigrationFailedError, MigrationInterruptedError } from '../errors.js';
import type { ResolvedMigrations } from '../options/resolve-migrations.js';
import type { Role } from '../words.js';
import { causeText, failureReport } from './failure-report.js';
import { withLock } from './run-lock.js';
import { asMigration } from './under-way.js';
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
  still(database: Role, name: string, forMs: number): void;
  step(progress: Progress): void;
  leftOut(database: Role, migration: string, statement: string, reason: string): void;
}

/** What the migrations of a database need besides it. */
export interface MigrationParts {
  /** The handle, whose work goes to the database that is migrated. */
  readonly sequelize: Sequelize;
  readonly ears: MigrationEars;
  /** Does work of the library's own, which the program's query hooks don't see. */
  readonly quietly: <T>(work: () => Promise<T>) => Promise<T>;
  /** Hears that a database gave no answer while it was migrated. */
  readonly lost: (instance: DatabaseInstance, error: Error) => void;
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

/** A migration that runs on is told of this often. */
const STILL_RUNNING_MS = 30_000;

/** The migrations of one database. Its methods run within a unit of work that is pinned to it. */
export class DatabaseMigrations {
  readonly #role: Role;

  private constructor(
    private readonly parts: MigrationParts,
    private readonly instance: DatabaseInstance,
    private readonly plan: ResolvedMigrations,
    private readonly records: MigrationRecords,
  ) {
    this.#role = instance.role;
  }

  static async of(parts: MigrationParts, instance: DatabaseInstance, plan: ResolvedMigrations): Promise<DatabaseMigrations> {
    const { sequelize, quietly } = parts;
    const records = await MigrationRecords.of({ sequelize, quietly, engine: instance.engine }, plan.table);
    return new DatabaseMigrations(parts, instance, plan, records);
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
    const umzug = await this.#umzug(noRun);
    const lost = (await this.#lostFiles(umzug)).map((name) => ({ name }));
    return [...lost, ...(await umzug.executed())].map((each) => this.#record(each));
  }

  /** Of one that is under way just now nobody can say more than that: it is none. */
  async interrupted(): Promise<InterruptedMigration[]> {
    if ((await this.#begun()).length === 0) return [];
    const lock = await this.instance.openLock(this.#lockName);
    try {
      return (await lock.tryTake()) ? (await this.#begun()).map((each) => this.#interruption(each)) : [];
    } finally {
      await lock.close();
    }
  }

  /** Says what became of an interrupted migration: that its step is done (`'applied'`), or that it is to be run again. */
  async resolve(name: string, as: 'applied' | 'retry'): Promise<void> {
    await this.#locked(async () => {
      const started = (await this.#begun()).find((each) => each.name === name);
      if (started === undefined) {
        throw new ConfigurationError('name', `must be a migration that was interrupted on the ${this.#role}; '${name}' was not`);
      }
      if (as === 'applied') await this.records.noteEnd(name, started.direction);
      else await this.records.forgetStart(name);
    });
  }

  async #run(direction: Direction, range: Range): Promise<MigrationRun[]> {
    // Nothing to do is no reason to wait for another process, or to be refused because of one.
    if (direction === 'up' && (await this.#isDone())) return [];
    return await this.#locked(async (lock) => {
      // First: of migrations that fail in the middle the tables are theirs, too.
      if ((await this.instance.madeBy?.()) === undefined) await this.instance.noteMadeBy?.('migrations');
      await this.records.prepare();
      const [interrupted] = await this.#begun();
      if (interrupted !== undefined) throw interruption(this.#interruption(interrupted));
      const done: MigrationRun[] = [];
      let count = 0;
      const umzug = await this.#umzug(async (migration, _, step) => {
        await lock.check();
        const durationMs = await this.#migrate({ migration, direction, position: done.length + 1, count }, step, lock);
        done.push({ ...this.#record(migration), direction, durationMs });
      });
      const names = await namesOf(umzug, direction, range);
      await this.#refuseLost(umzug, direction, names);
      count = names.length;
      if (count > 0) this.parts.ears.begins(this.#role, direction, count);
      await this.#through(umzug, direction, names);
      return done;
    });
  }

  async #isDone(): Promise<boolean> {
    const umzug = await this.#umzug(noRun);
    if ((await umzug.pending()).length > 0) return false;
    const own = new Set((await umzug.executed()).map(({ name }) => name));
    return !(await this.#begun()).some(({ name }) => own.has(name));
  }

  async #refuseLost(umzug: Umzug, direction: Direction, names: readonly string[]): Promise<void> {
    const lost = await this.#lostFiles(umzug);
    if (lost.length === 0) return;
    if (direction === 'up') refuseRenamed(names, lost);
    else refuseBeforeLost(names, lost);
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

  /** One migration, from the record of its beginning to that of its end. */
  async #migrate(run: OneRun, step: () => Promise<unknown>, lock: DatabaseLock): Promise<number> {
    const { name } = run.migration;
    return await asMigration(this.instance, async () => {
      await this.records.noteStart(name, run.direction, `${hostname()}, process ${process.pid}`);
      this.#tell(run, 'started', null);
      const startedAtMs = performance.now();
      const still = setInterval(() => this.parts.ears.still(this.#role, name, performance.now() - startedAtMs), STILL_RUNNING_MS);
      still.unref();
      try {
        await this.#step(name, step);
      } catch (cause) {
        throw await this.#failed(run, cause, Math.round(performance.now() - startedAtMs));
      } finally {
        clearInterval(still);
        // What it has set in its sessions is nobody else's.
        this.instance.renewSessions?.();
      }
      // What was done without the lock may have been done twice.
      await lock.check();
      await this.#noteEnd(run);
      const durationMs = Math.round(performance.now() - startedAtMs);
      this.#tell(run, 'finished', durationMs);
      return durationMs;
    });
  }

  async #step(name: string, step: () => Promise<unknown>): Promise<void> {
    await withUnsupported(this.plan.onUnsupported, name, step, (statement, reason) =>
      this.parts.ears.leftOut(this.#role, name, statement, reason),
    );
  }

  async #failed({ migration: { name }, ...run }: OneRun, cause: unknown, durationMs: number): Promise<MigrationFailedError> {
    const { direction } = run;
    const database = this.#role;
    this.#tell({ migration: { name, path: undefined }, ...run }, 'failed', durationMs);
    const failureRecorded = await this.#noteFailure(name, causeText(cause));
    const message = failureReport({ name, direction, database, durationMs, failureRecorded, cause });
    return new MigrationFailedError(message, { migration: name, database, direction, failureRecorded, cause });
  }

  async #noteEnd({ migration: { name }, direction }: OneRun): Promise<void> {
    try {
      await this.records.noteEnd(name, direction);
    } catch (cause) {
      const database = this.#role;
      const message = `The migration ${name} (${direction}) was run on the ${database}, but that could not be recorded: ${textOf(cause)}`;
      throw new MigrationFailedError(message, { migration: name, database, direction, failureRecorded: false, cause });
    }
  }

  #tell({ migration: { name }, direction, position, count }: OneRun, status: Progress['status'], durationMs: number | null): void {
    this.parts.ears.step({ database: this.#role, name, direction, status, position, count, durationMs });
  }

  /** Where the database is gone it stays recorded as begun: nobody knows how far it came. */
  async #noteFailure(name: string, error: string): Promise<boolean> {
    if (this.instance.lost !== undefined) return false;
    return await this.records.noteFailure(name, error).then(
      () => true,
      () => false,
    );
  }

  /** What is recorded as run and has no file any more. */
  async #lostFiles(umzug: Umzug): Promise<string[]> {
    const known = new Set((await umzug.executed()).map(({ name }) => name));
    return (await this.records.executed()).filter((name) => !known.has(name));
  }

  async #begun(): Promise<StartedMigration[]> {
    return (await this.records.started()).filter(({ state }) => state === 'started');
  }

  #interruption({ name, direction, startedAt, startedBy }: StartedMigration): InterruptedMigration {
    return { name, database: this.#role, direction, startedAt, by: startedBy };
  }

  #record({ name, path }: { readonly name: string; readonly path?: string | undefined }): MigrationRecord {
    return { name, ...(path !== undefined && { path }), database: this.#role };
  }

  async #umzug(run: Parameters<typeof umzugOf>[0]['run']): Promise<Umzug> {
    return await umzugOf({ sequelize: this.parts.sequelize, plan: this.plan, records: this.records, run });
  }

  async #locked<T>(work: (lock: DatabaseLock) => Promise<T>): Promise<T> {
    const { ears, lost, sequelize: owner } = this.parts;
    const onWait = () => ears.waits(this.#role);
    const onSilence = (error: Error) => lost(this.instance, error);
    return await withLock(this.instance, { owner, name: this.#lockName, onWait, onSilence }, work);
  }

  get #lockName(): string {
    const { schema = 'public', tableName } = this.records.table;
    return `migrations:${schema}.${tableName}`;
  }
}

/** Which migration of a run it is. */
interface OneRun {
  readonly migration: NamedMigration;
  readonly direction: Direction;
  readonly position: number;
  readonly count: number;
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

const withoutExtension = (name: string): string => name.replace(/\.(?:[cm]?[jt]s|sql)$/, '');

/** A migration that was compiled, or recorded without its extension, is no other one. */
function refuseRenamed(names: readonly string[], lost: readonly string[]): void {
  for (const name of names) {
    const recorded = lost.find((each) => withoutExtension(each) === withoutExtension(name));
    if (recorded === undefined) continue;
    throw new ConfigurationError(
      'migrations',
      `must have the names that are recorded: '${recorded}' has run, and '${name}' seems to be the same. Rename the record, or give the migrations as a list with names`,
    );
  }
}

/** Undone is what was done last: one that was done later and can't be found would be passed over. Where names tell the order. */
function refuseBeforeLost(names: readonly string[], lost: readonly string[]): void {
  const isByName = names.every((name, index) => index === 0 || name < (names[index - 1] ?? ''));
  const first = names.at(-1);
  const later = first === undefined || !isByName ? undefined : lost.find((name) => name > first);
  if (later === undefined) return;
  throw new ConfigurationError(
    'migrations',
    `must have ${later}, which has run after ${first} and is to be undone before it; its file is gone`,
  );
}

function interruption({ name, database, direction, startedAt, by }: InterruptedMigration): MigrationInterruptedError {
  const message =
    `The migration ${name} (${direction}) was begun on the ${database} at ${startedAt.toISOString()} by ${by} and neither ended nor failed. ` +
    `Nothing is migrated there until it is known how much of it is done: look, then say so with ` +
    `\`sequelize-resilient migrate resolve ${name} --database ${database} --applied\` (all of it is) or \`--retry\` (nothing is, run it again).`;
  return new MigrationInterruptedError(message, { migration: name, database, direction, startedAt });
}
