import type { Sequelize } from 'sequelize';
import type { Database, DatabaseInstance } from '../databases/database.js';
import type { Routing } from '../routing/resilient-sequelize.js';
import { prepareSchema, StoredSchemaDiffers, syncModels } from '../schema/prepare.js';
import type { MigrationEars } from '../migrator/database-migrations.js';
import { isMigrating, whenMigrated } from '../migrator/under-way.js';
import type { ResolvedStep } from '../options/resolve-config.js';
import { within } from '../within.js';
import type { Role } from '../words.js';

/** How long units of work that began on a database which is left may go on there. */
export const DRAIN_MS = 5_000;

/** How long what was begun on an instance and not awaited may go on. */
const CLOSE_USED_MS = 1_000;

interface Parts {
  readonly sequelize: Sequelize;
  readonly routing: Routing;
  readonly databases: { readonly primary: Database; readonly fallback: Database | undefined };
  readonly steps: { readonly primary: ResolvedStep; readonly fallback: ResolvedStep };
  readonly ears: MigrationEars;
  readonly onSetAside: (where: string, why: string) => void;
}

/** Makes database instances ready, makes one of them the active one, and sees off the one before. */
export class Activations {
  readonly #preparedVersion = new WeakMap<DatabaseInstance, number>();
  readonly #retiring = new Set<Promise<void>>();
  /** Gone, but still the one that the handle's getters answer with, until another is active. */
  readonly #gone = new Set<DatabaseInstance>();
  readonly #closing = new Signal();
  readonly #preparing = new Set<DatabaseInstance>();
  /** Opened for something else than to become active. */
  readonly #used = new Set<DatabaseInstance>();
  #active: DatabaseInstance | undefined;
  #catchingUp: Promise<void> | undefined;
  /** A plain `sync()` that the program ran is repeated on the other database. */
  #syncedRoles = new Set<Role>();

  constructor(private readonly parts: Parts) {
    // It only answers the handle's getters until there is an active one.
    this.#gone.add(parts.routing.router.current);
  }

  get active(): DatabaseInstance | undefined {
    return this.#active;
  }

  /** Notes that the program ran `sync()`. `force` and `alter` are never repeated. */
  noteSync(options: { force?: unknown; alter?: unknown } | undefined): void {
    if (options?.force || options?.alter) return;
    this.#syncedRoles.add(this.parts.routing.router.instance.role);
  }

  /**
   * Ends what is being made ready, so that its `prepare` rejects. A migration may go on to its end: cut off in the middle by one probe
   * that was late it would keep everybody from migrating until somebody has looked.
   */
  callOff(): void {
    for (const instance of this.#preparing) {
      if (!isMigrating(instance)) instance.abort(new Error('The switch was called off.'));
    }
  }

  /** Ends an instance that gives no answer, unless it is the active one, which is watched anyway. */
  giveUp(instance: DatabaseInstance, error: Error): void {
    if (instance !== this.#active) instance.abort(error);
  }

  /** Runs `fn` pinned to a database: on its active instance, or on one that is opened for it and closed afterwards. */
  async use<T>(role: Role, fn: (instance: DatabaseInstance) => Promise<T>): Promise<T> {
    const { router } = this.parts.routing;
    const active = this.#active;
    if (active?.role !== role && this.parts.databases[role]?.isVolatile) {
      throw new Error(`The ${role} is in memory and not active: what is done to it would be gone at once.`);
    }
    if (active?.role === role) return await router.withDatabase(active, () => fn(active));
    const instance = await this.#opened(role);
    // What becomes of the states has nothing to do with it.
    this.#preparing.delete(instance);
    this.#used.add(instance);
    try {
      if (instance.outdated !== undefined) throw new Error(`The ${role} can't be used: ${instance.outdated}.`);
      return await router.withDatabase(instance, () => fn(instance));
    } finally {
      this.#used.delete(instance);
      await instance.close(CLOSE_USED_MS).catch(() => undefined);
      this.#forget(instance);
    }
  }

  /** Builds and opens an instance and makes its schema ready. Nothing is left open where that fails. */
  async prepare(role: Role): Promise<DatabaseInstance> {
    const instance = await this.#opened(role);
    try {
      await this.#prepareSchema(instance);
      return instance;
    } catch (error) {
      await this.discard(instance, error);
      const database = this.parts.databases[role];
      if (!(error instanceof StoredSchemaDiffers) || database?.setAside === undefined) throw error;
      this.parts.onSetAside(await database.setAside(), error.message);
      return await this.#preparedAfresh(role);
    }
  }

  /** Makes a prepared instance the one that new work goes to. One assignment: no call can fall between. */
  activate(instance: DatabaseInstance, epoch: number): void {
    this.#active = instance;
    this.#preparing.delete(instance);
    this.#gone.delete(instance);
    this.parts.routing.router.setCurrent(instance, epoch);
    for (const gone of this.#gone) this.#forget(gone);
  }

  /** Leaves the active instance because it is lost: every caller is answered now. */
  lose(reason: Error): void {
    const instance = this.#leave();
    if (instance === undefined) return;
    instance.abort(reason);
    this.parts.routing.router.abandonTransactions(instance);
    this.#retire(instance, 0);
  }

  /** Leaves the active instance, which works: what began there may end there within the drain time. */
  leave(): void {
    const instance = this.#leave();
    if (instance !== undefined) this.#retire(instance, DRAIN_MS);
  }

  /** True where models were added or changed since the active instance was made ready. */
  get behind(): boolean {
    const instance = this.#active;
    if (instance === undefined || this.parts.steps[instance.role] !== 'sync') return false;
    return this.#preparedVersion.get(instance) !== this.parts.routing.router.modelVersion;
  }

  /** Makes the tables of models that were added since. Never rejects: a model that can't be made fails in its own calls. */
  catchUp(onError: (error: unknown) => void): Promise<void> {
    this.#catchingUp ??= this.#catchUp()
      .catch(onError)
      .finally(() => {
        this.#catchingUp = undefined;
      });
    return this.#catchingUp;
  }

  /** Closes everything within `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    const { router } = this.parts.routing;
    const deadlineMs = performance.now() + timeoutMs;
    this.#closing.give();
    const last = this.#leave() ?? router.current;
    // What was begun may end: a transaction between two statements as well as a statement.
    const used = [...this.#used];
    if (timeoutMs > 0) await within(timeoutMs, Promise.all([last, ...used].map((instance) => router.drained(instance))));
    const unfinished = [...this.#preparing, ...this.#used].map((instance) =>
      this.discard(instance, new Error('The connection was closed.')),
    );
    await Promise.all([last.close(Math.max(0, deadlineMs - performance.now())), ...unfinished, ...this.#retiring]);
  }

  /** Ends an instance that is not active. */
  async discard(instance: DatabaseInstance, reason: unknown): Promise<void> {
    this.#preparing.delete(instance);
    instance.abort(reason instanceof Error ? reason : new Error(String(reason)));
    await instance.close(0).catch(() => undefined);
    this.#forget(instance);
  }

  async #preparedAfresh(role: Role): Promise<DatabaseInstance> {
    const instance = await this.#opened(role);
    try {
      await this.#prepareSchema(instance);
      return instance;
    } catch (error) {
      await this.discard(instance, error);
      throw error;
    }
  }

  async #opened(role: Role): Promise<DatabaseInstance> {
    const database = this.parts.databases[role];
    if (database === undefined) throw new Error(`There is no ${role} database.`);
    const instance = database.createInstance();
    const { routing } = this.parts;
    routing.router.add(instance);
    routing.adopt(instance);
    this.#preparing.add(instance);
    try {
      await instance.open();
      return instance;
    } catch (error) {
      await this.discard(instance, error);
      throw error;
    }
  }

  async #prepareSchema(instance: DatabaseInstance): Promise<void> {
    const { routing, sequelize, steps, ears } = this.parts;
    const version = routing.router.modelVersion;
    const syncToo = [...this.#syncedRoles].some((role) => role !== instance.role);
    const quietly = <T>(work: () => Promise<T>) => routing.router.quietly(work);
    await routing.router.withDatabase(instance, () =>
      prepareSchema(sequelize, instance, steps[instance.role], {
        syncToo,
        quietly,
        ears,
        lost: (silent, error) => this.giveUp(silent, error),
      }),
    );
    this.#preparedVersion.set(instance, version);
  }

  async #catchUp(): Promise<void> {
    const instance = this.#active;
    if (instance === undefined) return;
    const { router } = this.parts.routing;
    const version = router.modelVersion;
    const addColumns = instance.role === 'fallback';
    try {
      await router.withDatabase(instance, () => router.quietly(() => syncModels(this.parts.sequelize, { addColumns })));
      this.#preparedVersion.set(instance, version);
    } catch (error) {
      // Not again and again for the same models.
      if (!(error instanceof StoredSchemaDiffers)) this.#preparedVersion.set(instance, version);
      await this.#replaceStored(instance, error);
    }
  }

  /** Sets aside what is stored, where that is what the error asks for, and goes on with a fresh instance. Calls wait meanwhile. */
  async #replaceStored(instance: DatabaseInstance, error: unknown): Promise<void> {
    const database = this.parts.databases[instance.role];
    if (!(error instanceof StoredSchemaDiffers) || database?.setAside === undefined) throw error;
    instance.abort(error);
    await instance.close(0);
    this.parts.onSetAside(await database.setAside(), error.message);
    const epoch = this.parts.routing.router.epochOf(instance) as number;
    this.activate(await this.#preparedAfresh(instance.role), epoch);
    this.#forget(instance);
  }

  #leave(): DatabaseInstance | undefined {
    const instance = this.#active;
    this.#active = undefined;
    return instance;
  }

  /** In the background: drains for at most `drainMs`, closes, forgets. */
  #retire(instance: DatabaseInstance, drainMs: number): void {
    const { router } = this.parts.routing;
    const retired = (async () => {
      if (drainMs > 0) await within(drainMs, Promise.race([router.drained(instance), this.#closing.given]));
      // Cut off in the middle it would keep everybody from migrating until somebody has looked.
      if (drainMs > 0) await Promise.race([whenMigrated(instance), this.#closing.given]);
      // Whoever asked how many rows stay behind asked before: its answer must not be cut off.
      if (drainMs > 0) await within(1_000, instance.rowsWritten?.() ?? Promise.resolve());
      instance.abort(new Error(`The ${instance.role} database (${instance.engine}) was left.`));
      router.abandonTransactions(instance);
      await instance.close(0).catch(() => undefined);
    })();
    this.#retiring.add(retired);
    void retired.finally(() => this.#retiring.delete(retired));
    // A unit whose own code never ends may keep it known for ever; nothing waits for that.
    void retired.then(() => router.drained(instance)).then(() => this.#forget(instance));
  }

  #forget(instance: DatabaseInstance): void {
    const { routing } = this.parts;
    if (routing.router.current === instance) return void this.#gone.add(instance);
    this.#gone.delete(instance);
    routing.router.remove(instance);
    routing.release(instance);
  }
}

class Signal {
  give: () => void = () => undefined;
  readonly given = new Promise<void>((resolve) => {
    this.give = resolve;
  });
}
