import { Association, BelongsTo, BelongsToMany, HasMany, HasOne, Model, Sequelize, Transaction } from 'sequelize';
import { isSavepoint, type SequelizeClassInternals, transactionInternals } from '../sequelize-internals.js';
import { endLost } from './commit-outcome.js';
import { lossOf } from './lost-work.js';
import { noteAnswer } from './unit-of-work.js';
import { assertOrigin, isMarked, markOrigin, withOrigin } from './row-origin.js';
import { Repetition } from './repetition.js';
import type { Router } from './router.js';
import type { Role } from '../words.js';

/**
 * Where a Sequelize of this library carries its router. A registered symbol: the ESM and the CommonJS build of this package
 * may meet in one process, and whichever wraps Sequelize's classes first serves the handles of both.
 */
export const ROUTER = Symbol.for('sequelize-resilient.router');
const WRAPPED = Symbol.for('sequelize-resilient.wrapped');

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Wrap = (original: Method, name: string) => Method;

const MODEL_READS = ['findAll', 'findByPk', 'findOne', 'aggregate', 'count', 'findAndCountAll', 'max', 'min', 'sum', 'describe'];
const MODEL_WRITES = [
  ...['create', 'bulkCreate', 'upsert', 'findOrCreate', 'findCreateFind', 'update', 'destroy', 'restore'],
  ...['truncate', 'increment', 'decrement', 'sync', 'drop', 'dropSchema', 'findOrBuild'],
];
const MAKES_ROWS = new Set(['bulkCreate', 'upsert']);
const ROW_CALLS = ['save', 'update', 'destroy', 'reload', 'increment', 'decrement', 'restore', 'validate'];
const ASSOCIATION_CALLS = ['get', 'count', 'has', 'set', 'add', 'remove', 'create'];
const ASSOCIATION_READS = new Set(['get', 'count', 'has']);
const TRANSACTION_CALLS = ['commit', 'rollback'];

/**
 * Wraps the calls that open a unit of work on Sequelize's own classes: once per process, for every handle.
 *
 * For a model of a plain Sequelize each wrapper is one property read away from the original. Subclassing `Model` instead would
 * mean that programs had to extend ours, and a Proxy per model costs a tenth of the throughput (docs/decisions/0003).
 */
export function wrapSequelizeClasses(): void {
  wrapModelClass(Model);
  wrapAll(Model, ['refreshAttributes'], refreshAttributes);
  for (const association of [BelongsTo, HasOne, HasMany, BelongsToMany]) {
    wrapAll(association.prototype, ASSOCIATION_CALLS, associationCall);
  }
  wrapAll(Transaction.prototype, ['prepareEnvironment'], transactionStart);
  wrapAll(Transaction.prototype, TRANSACTION_CALLS, transactionEnd);
}

function wrapModelClass(model: object): void {
  const { prototype } = model as { prototype: object };
  wrapAll(model, MODEL_READS, modelRead);
  wrapAll(model, MODEL_WRITES, modelCall);
  wrapAll(model, ['build'], build);
  wrapAll(model, ['bulkBuild'], bulkBuild);
  wrapAll(prototype, ROW_CALLS, rowCall);
}

/** Overrides in a program's own classes open units too, and a class between (sequelize-typescript's Model) may hold unwrapped copies. */
function wrapClassesAbove(model: object): void {
  for (let at = model; at !== (Model as unknown as object) && typeof at === 'function'; at = Object.getPrototypeOf(at) as object) {
    wrapModelClass(at);
  }
}

function wrapAll(owner: object, names: readonly string[], wrap: Wrap): void {
  for (const name of names) {
    const descriptor = Object.getOwnPropertyDescriptor(owner, name);
    const original = descriptor?.value as (Method & { [WRAPPED]?: true }) | undefined;
    if (typeof original !== 'function' || original[WRAPPED]) continue;
    const wrapped = Object.defineProperties(wrap(original, name), {
      name: { value: name, configurable: true },
      length: { value: original.length, configurable: true },
      [WRAPPED]: { value: true },
    });
    Object.defineProperty(owner, name, { ...descriptor, value: wrapped });
  }
}

const modelRead: Wrap = (original) =>
  function (this: unknown, ...args) {
    const router = routerOf(this);
    if (router === undefined) return original.apply(this, args);
    return inRead(router, args, () => original.apply(this, args) as Promise<unknown>);
  };

const modelCall: Wrap = (original, name) =>
  function (this: unknown, ...args) {
    const router = routerOf(this);
    if (router === undefined) return original.apply(this, args);
    if (!MAKES_ROWS.has(name)) return inUnit(router, args, () => original.apply(this, args) as Promise<unknown>);
    return inUnit(router, args, async () => markAll(await original.apply(this, args), router));
  };

const rowCall: Wrap = (original, name) =>
  function (this: unknown, ...args) {
    const router = routerOf(this);
    if (router === undefined) return original.apply(this, args);
    const within = name === 'reload' ? inRead : inUnit;
    return within(router, args, () => {
      if (name !== 'validate') holdOrigin(router, [this], name);
      const done = original.apply(this, args) as Promise<unknown>;
      return name === 'save' ? done.then((row) => (markOrigin(this, router.instance.role), row)) : done;
    });
  };

const associationCall: Wrap = (original, name) =>
  function (this: unknown, ...args) {
    const router = routerOf((this as Association).source);
    if (router === undefined) return original.apply(this, args);
    const within = ASSOCIATION_READS.has(name) ? inRead : inUnit;
    return within(router, args, () => {
      holdOrigin(router, args, `${name} of ${(this as Association).as}`);
      return original.apply(this, args) as Promise<unknown>;
    });
  };

/** Refuses rows of the other database. With one of this one the unit can't go elsewhere: its id may be a stranger's there. */
function holdOrigin(router: Router, values: readonly unknown[], operation: string): void {
  const { unit } = router;
  if (assertOrigin(values, operation, router.instance.role) && unit !== undefined) noteAnswer(unit);
}

/** The role of the rows that are being built in bulk just now: building is synchronous, so one look-up serves a whole result. */
let roleInBulk: Role | undefined;

const bulkBuild: Wrap = (original) =>
  function (this: unknown, ...args) {
    const role = roleOfRead(this, args[1]);
    if (role === undefined) return original.apply(this, args);
    const outer = roleInBulk;
    roleInBulk = role;
    try {
      return original.call(this, args[0], withOrigin(args[1] as object, role));
    } finally {
      roleInBulk = outer;
    }
  };

const build: Wrap = (original) =>
  // Runs for each row that is read: no rest parameters here.
  function (this: unknown, values?: unknown, options?: unknown) {
    const row = original.call(this, values, options);
    // The rows of a query are marked by their options already; a row that is included in another is not.
    const role = isMarked(options) ? undefined : roleOfRead(this, options);
    if (role !== undefined) markOrigin(row, role);
    return row;
  };

/** Only rows that come from a query have one: a program may build them with `isNewRecord: false` outside any unit. */
function roleOfRead(model: unknown, options: unknown): Role | undefined {
  if ((options as { isNewRecord?: boolean } | undefined)?.isNewRecord !== false) return undefined;
  if (roleInBulk !== undefined) return roleInBulk;
  const router = routerOf(model);
  return router?.unit === undefined ? undefined : router.instance.role;
}

const refreshAttributes: Wrap = (original) =>
  function (this: unknown, ...args) {
    const router = routerOf(this);
    const result = original.apply(this, args);
    if (router !== undefined) {
      wrapClassesAbove(this as object);
      router.noteModelChange();
    }
    return result;
  };

const transactionStart: Wrap = (original) =>
  function (this: unknown, ...args) {
    const router = routerOf(this);
    return router === undefined
      ? original.apply(this, args)
      : startTransaction(router, this as Transaction, () => original.apply(this, args));
  };

/** Begins a transaction, and begins it again where no connection could be had or BEGIN had no reply: its callback has not run. */
async function startTransaction(router: Router, transaction: Transaction, start: () => unknown): Promise<unknown> {
  if (isSavepoint(transaction)) return await start();
  const repetition = new Repetition();
  let isTold = false;
  for (;;) {
    const { instance, unit } = router;
    try {
      return await begin(router, transaction, start);
    } catch (error) {
      const lost = lossOf(error, router.ports.classify(error), BEGIN, instance);
      if (lost === undefined || unit === undefined || unit.fixed) throw error;
      if (!isTold) router.ports.onOutcome('transaction', 'not-sent');
      isTold = true;
      await router.repeats.recover({ unit, mayMove: true }, lost, error, repetition);
      router.ports.onRepeat('transaction', unit.instance);
      Object.assign(transactionInternals(transaction), { finished: undefined, connection: undefined });
    }
  }
}

/** It leaves no trace, like a read. */
const BEGIN = { isRead: true, idempotent: false } as const;

async function begin(router: Router, transaction: Transaction, start: () => unknown): Promise<unknown> {
  const { instance } = router;
  // Waiting for a connection is no statement yet, and hangs all the same.
  const ticket = instance.inFlight.begin();
  const state = router.own(transaction);
  try {
    const result = await start();
    state.isBeginning = false;
    return result;
  } catch (error) {
    router.forget(transaction);
    router.ports.onFailure(error, instance);
    throw error;
  } finally {
    instance.inFlight.end(ticket, false);
  }
}

const transactionEnd: Wrap = (original, name) =>
  function (this: unknown, ...args) {
    const router = routerOf(this);
    if (router === undefined) return original.apply(this, args);
    return endTransaction(router, this as Transaction, name as 'commit' | 'rollback', () => original.apply(this, args) as Promise<void>);
  };

async function endTransaction(
  router: Router,
  transaction: Transaction,
  how: 'commit' | 'rollback',
  end: () => Promise<void>,
): Promise<void> {
  const state = router.transactions.of(transaction);
  const { finished } = transactionInternals(transaction);
  const lost = state?.instance.lost ?? state?.lost;
  try {
    if (state !== undefined && lost !== undefined && finished === undefined && !isSavepoint(transaction)) {
      return await router.withDatabase(state.instance, () => endLost(router, transaction, how, lost));
    }
    await router.run(end, transaction);
    // Its COMMIT ended without a reply, and this is what became of it.
    if (how === 'commit' && state?.failure !== undefined) throw state.failure;
  } finally {
    router.forget(transaction);
  }
}

const routerOf = (subject: unknown): Router | undefined => (subject as { sequelize?: { [ROUTER]?: Router } }).sequelize?.[ROUTER];

const inUnit = (router: Router, args: readonly unknown[], call: () => Promise<unknown>): Promise<unknown> =>
  router.run(call, transactionIn(args), ambientTransaction);

const inRead = (router: Router, args: readonly unknown[], call: () => Promise<unknown>): Promise<unknown> =>
  router.repeats.read(call, transactionIn(args), ambientTransaction);

function markAll(rows: unknown, router: Router): unknown {
  if (Array.isArray(rows)) for (const row of rows) markOrigin(row, router.instance.role);
  return rows;
}

/** The transaction that a call was handed, in its options or by itself; `null` where the options say none. */
export function transactionIn(args: readonly unknown[]): Transaction | null | undefined {
  for (let index = args.length - 1; index >= 0; index -= 1) {
    const argument = args[index];
    if (typeof argument !== 'object' || argument === null) continue;
    if (argument instanceof Transaction) return argument;
    if (argument instanceof Model || !('transaction' in argument)) continue;
    if (argument.transaction instanceof Transaction || argument.transaction === null) return argument.transaction;
  }
  return undefined;
}

/** The transaction of `Sequelize.useCLS`, which writes `_cls` on the base class (lib/sequelize.js). */
export const ambientTransaction = (): Transaction | null | undefined =>
  (Sequelize as unknown as SequelizeClassInternals)._cls?.get('transaction');
