import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transaction } from 'sequelize';
import type { DatabaseInstance } from '../databases/database.js';
import { TransactionLostError, UnitLostError } from '../errors.js';
import { type Gate, NO_TERMS, newUnit, type Terms, type UnitOfWork } from './unit-of-work.js';

/** Runs each unit of work on one database instance and remembers which one a transaction belongs to. */
export class Router {
  readonly #units = new AsyncLocalStorage<UnitOfWork | undefined>();
  readonly #root = AsyncLocalStorage.snapshot() as <T>(call: () => T) => T;
  #quietUnits = 0;
  readonly #transactions = new WeakMap<Transaction, DatabaseInstance>();
  readonly #busy = new Map<DatabaseInstance, { units: number; transactions: Set<Transaction>; whenIdle: (() => void)[] }>();
  /** Hears of each statement, and of each transaction that could not begin, that failed. */
  onFailure: (error: unknown, instance: DatabaseInstance) => void = () => undefined;
  #current: DatabaseInstance;
  #isOnlyOne = true;
  #gate: Gate;
  #modelVersion = 0;

  constructor(initial: DatabaseInstance) {
    this.#current = initial;
    this.#busy.set(initial, { units: 0, transactions: new Set(), whenIdle: [] });
    this.#gate = { open: () => initial, wait: () => Promise.resolve(initial), isLost: () => Promise.resolve(false) };
  }

  /** Lets `gate` decide from now on where new work goes. */
  useGate(gate: Gate): void {
    this.#gate = gate;
  }

  /** Makes an instance known. Until it is made current it serves only `withDatabase`. */
  add(instance: DatabaseInstance): void {
    if (!this.#busy.has(instance)) this.#busy.set(instance, { units: 0, transactions: new Set(), whenIdle: [] });
    this.#isOnlyOne = this.#busy.size === 1;
  }

  /** Forgets an instance that was lost or left. */
  remove(instance: DatabaseInstance): void {
    if (instance !== this.#current) this.#busy.delete(instance);
    this.#isOnlyOne = this.#busy.size === 1;
  }

  /** The instance that answers outside units of work. */
  get current(): DatabaseInstance {
    return this.#current;
  }

  /** Makes an instance the one that answers outside units of work. */
  setCurrent(instance: DatabaseInstance): void {
    this.#current = instance;
  }

  /** The instance that answers for the running code: its unit's, else the current one. */
  get instance(): DatabaseInstance {
    // With one instance there is nothing to look up, and this is asked some fifty times a query.
    if (this.#isOnlyOne) return this.#current;
    return this.unit?.instance ?? this.#current;
  }

  /** The unit that the running code belongs to. */
  get unit(): UnitOfWork | undefined {
    const unit = this.#units.getStore();
    return unit === undefined || unit.ended ? undefined : unit;
  }

  /**
   * Runs a call as, or within, a unit of work.
   *
   * A transaction that was handed over decides; then the unit that is running; then the transaction of `Sequelize.useCLS`
   * (`ambient`), unless `null` was handed over; then the active database.
   */
  run<T>(
    call: () => Promise<T>,
    transaction: Transaction | null | undefined,
    ambient?: () => Transaction | null | undefined,
    terms: Terms = NO_TERMS,
  ): Promise<T> {
    const unit = this.unit;
    if (transaction) {
      const owner = this.#ownerOf(transaction);
      if (owner !== undefined) return this.#join(owner, unit, transaction, call, terms);
    }
    if (unit !== undefined) {
      if (unit.explicit && unit.instance.lost !== undefined) return this.#continue(unit, call);
      return unit.hostsProgram || terms.hostsProgram ? this.#runIn(newUnit(unit.instance, terms, unit), call) : settled(call);
    }
    const inherited = transaction === null ? undefined : ambient?.();
    const owner = inherited ? this.#ownerOf(inherited) : undefined;
    if (inherited && owner !== undefined) return this.#join(owner, unit, inherited, call, terms);
    const instance = this.#gate.open();
    return instance === undefined ? this.#wait(call, terms) : this.#begin(instance, call, terms);
  }

  /**
   * Runs a call that reads. As a unit of its own it is run again, whole, when its database is lost and it wrote nothing (a hook
   * may have): on the database that is active then.
   */
  runRead<T>(
    call: () => Promise<T>,
    transaction: Transaction | null | undefined,
    ambient: () => Transaction | null | undefined,
  ): Promise<T> {
    const isOwnUnit = !transaction && this.unit === undefined && !(transaction === undefined && ambient());
    return isOwnUnit ? this.#readUntilAnswered(call) : this.run(call, transaction, ambient);
  }

  #readUntilAnswered<T>(call: () => Promise<T>): Promise<T> {
    const instance = this.#gate.open();
    return instance === undefined ? this.#gate.wait().then((next) => this.#readOn(next, call)) : this.#readOn(instance, call);
  }

  #readOn<T>(instance: DatabaseInstance, call: () => Promise<T>): Promise<T> {
    const unit = newUnit(instance);
    return this.#runIn(unit, call, async (error) => {
      // The wait for the next database is bounded, so this ends.
      if (unit.wrote || !(await this.#gate.isLost(instance, error))) throw error;
      return await this.#readUntilAnswered(call);
    });
  }

  /** Runs a function as one unit of work of several calls. Within a unit it is part of that one. */
  async runUnit<T>(fn: () => Promise<T>): Promise<T> {
    if (this.unit !== undefined) return await fn();
    return await this.#begin(this.#gate.open() ?? (await this.#gate.wait()), fn, { explicit: true, hostsProgram: true });
  }

  /** Runs a function pinned to one instance, whichever is active. */
  withDatabase<T>(instance: DatabaseInstance, call: () => Promise<T>): Promise<T> {
    return this.#begin(instance, call);
  }

  /** Runs a function outside any unit of work: timers, listeners and the supervisor belong to none. */
  outside<T>(call: () => T): T {
    // Not only outside our own context: a transaction of `Sequelize.useCLS` would be joined just the same.
    return this.#root(call);
  }

  /** Does work of the library's own within the running unit: the program's query hooks don't see it. */
  async quietly<T>(work: () => Promise<T>): Promise<T> {
    const { unit } = this;
    if (unit === undefined) return await work();
    unit.quiet = true;
    this.#quietUnits += 1;
    try {
      return await work();
    } finally {
      unit.quiet = false;
      this.#quietUnits -= 1;
    }
  }

  /** True while the running unit does work of the library's own. */
  get isQuiet(): boolean {
    return this.#quietUnits > 0 && this.unit?.quiet === true;
  }

  /** Notes that a transaction lives on the running unit's instance, until `forget`. */
  own(transaction: Transaction): void {
    const instance = this.instance;
    this.#transactions.set(transaction, instance);
    this.#busy.get(instance)?.transactions.add(transaction);
  }

  /** Notes that a transaction is over. Its instance stays known, so that a late use is refused and goes nowhere else. */
  forget(transaction: Transaction): void {
    const instance = this.#transactions.get(transaction);
    if (instance === undefined) return;
    this.#busy.get(instance)?.transactions.delete(transaction);
    this.#settle(instance);
  }

  /** Grows whenever a model is defined or its attributes change. */
  get modelVersion(): number {
    return this.#modelVersion;
  }

  noteModelChange(): void {
    this.#modelVersion += 1;
  }

  /** Counts the transactions of a lost instance as over: their callers may never end them. */
  abandonTransactions(instance: DatabaseInstance): void {
    this.#busy.get(instance)?.transactions.clear();
    this.#settle(instance);
  }

  /** Resolves when no unit of work and no transaction is left on an instance. */
  async drained(instance: DatabaseInstance): Promise<void> {
    const busy = this.#busy.get(instance);
    if (busy === undefined || (busy.units === 0 && busy.transactions.size === 0)) return;
    await new Promise<void>((resolve) => busy.whenIdle.push(resolve));
  }

  #ownerOf(transaction: Transaction): DatabaseInstance | undefined {
    const parent = (transaction as unknown as { parent?: Transaction }).parent;
    return this.#transactions.get(transaction) ?? (parent && this.#transactions.get(parent));
  }

  #join<T>(
    owner: DatabaseInstance,
    unit: UnitOfWork | undefined,
    transaction: Transaction,
    call: () => Promise<T>,
    terms: Terms,
  ): Promise<T> {
    if (owner.lost !== undefined) return Promise.reject(transactionLost(transaction, owner));
    const within = unit?.instance === owner ? unit : undefined;
    if (within === undefined || within.hostsProgram || terms.hostsProgram) return this.#runIn(newUnit(owner, terms, within), call);
    return settled(call);
  }

  async #wait<T>(call: () => Promise<T>, terms: Terms): Promise<T> {
    return this.#begin(await this.#gate.wait(), call, terms);
  }

  #begin<T>(instance: DatabaseInstance, call: () => Promise<T>, terms: Terms = NO_TERMS): Promise<T> {
    return this.#runIn(newUnit(instance, terms), call);
  }

  /** Written with one promise: each one costs on the path of every call. `retry` may answer a failed call in another way. */
  #runIn<T>(unit: UnitOfWork, call: () => Promise<T>, retry?: (error: unknown) => Promise<T>): Promise<T> {
    this.#enter(unit.instance);
    return this.#units.run(unit, settled, call).then(
      (result) => {
        this.#end(unit);
        return result;
      },
      (error: unknown) => {
        this.#end(unit);
        if (retry === undefined) throw error;
        return retry(error);
      },
    );
  }

  #end(unit: UnitOfWork): void {
    unit.ended = true;
    this.#leave(unit.instance);
  }

  /** Goes on with a program's unit whose database was lost: elsewhere where nothing was sent, else not at all. */
  async #continue<T>(unit: UnitOfWork, call: () => Promise<T>): Promise<T> {
    const lost = unit.instance;
    if (unit.sent) {
      throw new UnitLostError(
        `The ${lost.role} database (${lost.engine}), on which this unit of work began, was lost. What it had sent without an answer may be stored or not; run the unit again if that is safe.`,
        { outcome: 'unknown', cause: lost.lost },
      );
    }
    const instance = this.#gate.open() ?? (await this.#gate.wait());
    if (unit.instance === lost) {
      this.#leave(lost);
      unit.instance = instance;
      this.#enter(instance);
    }
    return await call();
  }

  #enter(instance: DatabaseInstance): void {
    const busy = this.#busy.get(instance);
    if (busy !== undefined) busy.units += 1;
  }

  #leave(instance: DatabaseInstance): void {
    const busy = this.#busy.get(instance);
    if (busy !== undefined) busy.units -= 1;
    this.#settle(instance);
  }

  #settle(instance: DatabaseInstance): void {
    const busy = this.#busy.get(instance);
    if (busy === undefined || busy.units > 0 || busy.transactions.size > 0) return;
    for (const resolve of busy.whenIdle.splice(0)) resolve();
  }
}

/** A call's promise, also where it throws at once or (an override of the program's) returns no promise. */
function settled<T>(call: () => Promise<T>): Promise<T> {
  try {
    return Promise.resolve(call());
  } catch (error) {
    return Promise.resolve().then(() => {
      throw error;
    });
  }
}

const transactionLost = (transaction: Transaction, owner: DatabaseInstance): TransactionLostError => {
  const id = String((transaction as unknown as { id?: unknown }).id);
  return new TransactionLostError(
    `Transaction ${id} was begun on the ${owner.role} database (${owner.engine}), which is lost or was left. ` +
      'Nothing of it is stored: begin a new transaction and run it again.',
    { transactionId: id, cause: owner.lost },
  );
};
