import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transaction } from 'sequelize';
import { classifyFailure } from '../databases/connection-failure.js';
import type { DatabaseInstance } from '../databases/database.js';
import type { TransactionMark } from '../databases/transaction-mark.js';
import { transactionInternals } from '../sequelize-internals.js';
import type { FailureVerdict, Outcome } from '../words.js';
import { transactionLost, unitLost } from './lost-work.js';
import { OpenTransactions, type TransactionState } from './open-transactions.js';
import { Repeats } from './repeats.js';
import { settled } from './settled.js';
import { canMove, explicitUnitOf, type Gate, newUnit, NO_TERMS, type Recovery, type Terms, type UnitOfWork } from './unit-of-work.js';

/** Whom the router asks, and whom it tells of what fails. By itself it has one database for good, and fails as that one fails. */
export interface RouterPorts {
  gate: Gate;
  /** Hears of each statement, and of each transaction that could not begin, that failed. */
  onFailure: (error: unknown, instance: DatabaseInstance) => void;
  /** Hears what became of work in flight. */
  onOutcome: (kind: 'read' | 'write' | 'transaction', outcome: Outcome) => void;
  /** Hears of a COMMIT that nobody can say the end of. `transactionId`: PostgreSQL's, where it is known. */
  onCommitUnknown: (transactionId: string | undefined) => void;
  /** Hears that such work is done once more, on this instance. */
  onRepeat: (kind: 'read' | 'write' | 'transaction', instance: DatabaseInstance) => void;
  classify: (error: unknown) => FailureVerdict;
  /** Asks the primary what became of a transaction whose COMMIT had no reply. */
  lookUp: (mark: TransactionMark) => Promise<Outcome>;
}

interface Busy {
  units: number;
  readonly transactions: Set<Transaction>;
  readonly whenIdle: (() => void)[];
}

async function nobodyKnows(_instance: DatabaseInstance, error: unknown): Promise<Recovery> {
  await Promise.resolve();
  throw error;
}

const notBusy = (): Busy => ({ units: 0, transactions: new Set(), whenIdle: [] });

/** Runs each unit of work on one database instance and remembers which one a transaction belongs to. */
export class Router {
  readonly #units = new AsyncLocalStorage<UnitOfWork | undefined>();
  readonly #root = AsyncLocalStorage.snapshot() as <T>(call: () => T) => T;
  #quietUnits = 0;
  readonly transactions = new OpenTransactions();
  readonly #busy = new Map<DatabaseInstance, Busy>();
  readonly #epochs = new WeakMap<DatabaseInstance, number>();
  readonly ports: RouterPorts;
  readonly repeats = new Repeats(this);
  /** What the query interface is sending just now: its statements are given from its calls, without a wait in between. */
  generating: 'read' | 'write' | undefined;
  #current: DatabaseInstance;
  #isOnlyOne = true;
  #modelVersion = 0;

  constructor(initial: DatabaseInstance) {
    this.#current = initial;
    this.#busy.set(initial, notBusy());
    this.ports = {
      gate: { open: () => initial, wait: () => Promise.resolve(initial), recover: nobodyKnows },
      onFailure: () => undefined,
      onOutcome: () => undefined,
      onCommitUnknown: () => undefined,
      onRepeat: () => undefined,
      classify: classifyFailure,
      lookUp: () => Promise.resolve('unknown'),
    };
  }

  /** Makes an instance known. Until it is made current it serves only `withDatabase`. */
  add(instance: DatabaseInstance): void {
    if (!this.#busy.has(instance)) this.#busy.set(instance, notBusy());
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
  setCurrent(instance: DatabaseInstance, epoch: number): void {
    this.#current = instance;
    this.#epochs.set(instance, epoch);
  }

  /** The epoch of an instance that is or was active. */
  epochOf(instance: DatabaseInstance): number | undefined {
    return this.#epochs.get(instance);
  }

  /** The instance that answers for the running code: its unit's, else the current one. */
  get instance(): DatabaseInstance {
    // With one instance there is nothing to look up, and this is asked some fifty times a query.
    if (this.#isOnlyOne) return this.#current;
    return this.unit?.instance ?? this.#current;
  }

  /** The unit that the running code belongs to. */
  get unit(): UnitOfWork | undefined {
    let unit = this.#units.getStore();
    // Its end does not end the one that it ran in.
    while (unit?.ended) unit = unit.within;
    return unit;
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
      const owner = this.transactions.of(transaction)?.instance;
      if (owner !== undefined) return this.#join(owner, unit, transaction, call, terms);
    }
    if (unit !== undefined) {
      if (unit.explicit && unit.instance.lost !== undefined) return this.#continue(unit, call);
      return unit.hostsProgram || terms.hostsProgram ? this.begin(newUnit(unit.instance, terms, unit), call) : settled(call);
    }
    const inherited = transaction === null ? undefined : ambient?.();
    const owner = inherited ? this.transactions.of(inherited)?.instance : undefined;
    if (inherited && owner !== undefined) return this.#join(owner, unit, inherited, call, terms);
    const instance = this.ports.gate.open();
    return instance === undefined ? this.#wait(call, terms) : this.begin(newUnit(instance, terms), call);
  }

  /** Runs a function as one unit of work of several calls. Within a unit it is part of that one. */
  async runUnit<T>(fn: () => Promise<T>): Promise<T> {
    if (this.unit !== undefined) return await fn();
    const { gate } = this.ports;
    return await this.begin(newUnit(gate.open() ?? (await gate.wait()), { explicit: true, hostsProgram: true }), fn);
  }

  /** Runs a function pinned to one instance, whichever is active. */
  withDatabase<T>(instance: DatabaseInstance, call: () => Promise<T>): Promise<T> {
    return this.begin(newUnit(instance, { fixed: true }), call);
  }

  /** Runs a function outside any unit of work: timers, listeners and the supervisor belong to none. */
  outside<T>(call: () => T): T {
    // Not only outside our own context: a transaction of `Sequelize.useCLS` would be joined just the same.
    return this.#root(call);
  }

  /** Runs a function in no unit of work, but else in the async context that it is called in. */
  apart(call: () => void): void {
    this.#units.run(undefined, call);
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

  /** True while the running code is work of the library's own. */
  get isQuiet(): boolean {
    return this.#quietUnits > 0 && this.unit?.quiet === true;
  }

  /** Notes that a transaction begins on the running unit's instance; `forget` says that it is over. */
  own(transaction: Transaction): TransactionState {
    const { instance } = this;
    this.#busy.get(instance)?.transactions.add(transaction);
    return this.transactions.begin(transaction, instance);
  }

  /** Notes that a transaction is over. Its instance stays known, so that a late use is refused and goes nowhere else. */
  forget(transaction: Transaction): void {
    const instance = this.transactions.of(transaction)?.instance;
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

  /** Runs a call in a unit. Written with one promise: each one costs on the path of every call. `retry` may answer a failed call in another way. */
  begin<T>(unit: UnitOfWork, call: () => Promise<T>, retry?: (error: unknown) => Promise<T>): Promise<T> {
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

  /** Goes on with a unit, and those that it runs in, on another instance. */
  move(unit: UnitOfWork, next: DatabaseInstance): void {
    const left = unit.instance;
    for (let at: UnitOfWork | undefined = unit; at !== undefined; at = at.within) {
      if (at.instance !== left) continue;
      at.instance = next;
      this.#enter(next);
      this.#leave(left);
    }
  }

  #join<T>(
    owner: DatabaseInstance,
    unit: UnitOfWork | undefined,
    transaction: Transaction,
    call: () => Promise<T>,
    terms: Terms,
  ): Promise<T> {
    const state = this.transactions.of(transaction);
    const lost = owner.lost ?? state?.lost;
    // Of one that was ended before Sequelize says what it always says.
    const isOver = transactionInternals(transaction).finished !== undefined && state?.lost === undefined && state?.failure === undefined;
    if (lost !== undefined && !isOver) return Promise.reject(transactionLost(transaction, owner, lost));
    const within = unit?.instance === owner ? unit : undefined;
    if (within === undefined || within.hostsProgram || terms.hostsProgram) return this.begin(newUnit(owner, terms, within), call);
    return settled(call);
  }

  async #wait<T>(call: () => Promise<T>, terms: Terms): Promise<T> {
    return this.begin(newUnit(await this.ports.gate.wait(), terms), call);
  }

  /** Goes on with a program's unit whose database was lost: elsewhere where nothing was sent, else not at all. */
  async #continue<T>(unit: UnitOfWork, call: () => Promise<T>): Promise<T> {
    const lost = unit.instance;
    if (!canMove(unit)) throw unitLost(explicitUnitOf(unit) ?? unit, lost, lost.lost);
    const { gate } = this.ports;
    const next = gate.open() ?? (await gate.wait());
    if (unit.instance === lost) this.move(unit, next);
    return await this.run(call, undefined);
  }

  #end(unit: UnitOfWork): void {
    unit.ended = true;
    this.#leave(unit.instance);
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
