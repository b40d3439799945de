import { type QueryInterface, type QueryOptions, Sequelize, type Transaction } from 'sequelize';
import { systemClock } from '../clock.js';
import { isServerAnswer } from '../databases/connection-failure.js';
import type { DatabaseInstance } from '../databases/database.js';
import { ConfigurationError } from '../errors.js';
import { createPostgresInstance, type PostgresTemplate } from '../databases/postgres.js';
import { internalsOf, type ModelInternals } from '../sequelize-internals.js';
import { noteLost } from './commit-outcome.js';
import { lossOf, type LostStatement, noteHookError, outcomeUnknown, type Statement, transactionLost } from './lost-work.js';
import { ambientTransaction, ROUTER, transactionIn, wrapSequelizeClasses } from './model-calls.js';
import { DelegatingQueryInterface } from './query-interface.js';
import { withDatabaseNamed } from './query-logging.js';
import { mayCommit, onlyReads } from './reading-sql.js';
import { withRetries } from './retries.js';
import { SharedOptions, takeGivenOptions } from './shared-options.js';
import { Router } from './router.js';
import { countWrite, noteAnswer, type UnitOfWork } from './unit-of-work.js';

/** What a handle needs of the object that routes its work. */
export interface Routing {
  readonly router: Router;
  /** What Sequelize made of its arguments: instances on PostgreSQL are built from it. */
  readonly template: PostgresTemplate;
  /** Makes an instance usable by the handle: its options join the shared ones. */
  adopt(instance: DatabaseInstance): void;
  /** Undoes `adopt`. */
  release(instance: DatabaseInstance): void;
  /** Hears of each `sync()` that the program ran to its end. */
  onSync: (options: object | undefined) => void;
  /** Hears of each model when it was defined; what it throws reaches the program. */
  onDefine: ((model: ModelInternals) => void) | undefined;
  /** Closes the handle, where the object belongs to one. */
  onClose: (() => Promise<void>) | undefined;
}

const ROUTING = Symbol('routing');

/** Calls of Sequelize's own that open a unit of work. Model, row and association calls are wrapped in model-calls.ts. */
const UNIT_CALLS = [
  ...['sync', 'drop', 'truncate', 'transaction', 'authenticate', 'databaseVersion', 'set'],
  ...['createSchema', 'showAllSchemas', 'dropSchema', 'dropAllSchemas'],
] as const;

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Any class that is Sequelize or extends it, e.g. sequelize-typescript's. */
export type SequelizeClass = typeof Sequelize;

/**
 * Makes the Sequelize class whose objects route each unit of work to one of several database instances.
 *
 * Its constructor takes what Sequelize's takes, for PostgreSQL. Made by hand such an object has one database, like a plain
 * Sequelize; a `ResilientConnection` gives it its second one and decides between the two.
 */
function resilientSequelizeClass(Base: SequelizeClass): SequelizeClass {
  class ResilientSequelize extends Base {
    constructor(...args: unknown[]) {
      wrapSequelizeClasses();
      super(...(args as []));
      install(this);
    }

    override query(sql: never, options?: QueryOptions): Promise<never> {
      const { router } = routingOf(this);
      const { unit, generating } = router;
      // What hooks and `logging` send meanwhile is their own.
      router.generating = undefined;
      const statement = {
        isRead: generating === undefined ? onlyReads(textOf(sql)) : generating === 'read',
        idempotent: isIdempotent(options),
      };
      const send = (): Promise<never> =>
        countedQuery(router, { statement, sql, options }, () => super.query(sql, options) as Promise<never>);
      const isInner = unit !== undefined && !unit.hostsProgram;
      // Nearly all statements: a call of the query interface, which opened the unit and gives itself again where that must be.
      if (generating !== undefined && isInner && !options?.transaction) return send();
      // Within a call of Sequelize's own the text is made for one dialect.
      const call = generating === undefined ? () => router.repeats.statement(send, !isInner) : send;
      return router.run(call, options === undefined ? undefined : transactionIn([options]), ambientTransaction);
    }

    /** Programs ask it where they are; Sequelize's own code asks `options.dialect`, and speaks PostgreSQL to both engines. */
    override getDialect(): string {
      // Sequelize's constructor asks before there is a routing.
      const routing = routingOf(this) as Routing | undefined;
      return routing?.router.instance.engine ?? super.getDialect();
    }

    override getQueryInterface(): QueryInterface {
      return internalsOf(this).queryInterface as QueryInterface;
    }

    /** The library's own statements are not the program's: its query hooks don't see them (lib/hooks.js). */
    runHooks(hooks: unknown, ...args: unknown[]): Promise<void> {
      const { router, onDefine } = routingOf(this);
      if (router.isQuiet && (hooks === 'beforeQuery' || hooks === 'afterQuery')) return Promise.resolve();
      const run = (Base.prototype as unknown as { runHooks: Method }).runHooks.call(this, hooks, ...args) as Promise<void>;
      // Told of a model's definition (lib/model.js, init), which is no promise's: what it throws is thrown there.
      if (hooks === 'afterDefine') onDefine?.(args[0] as ModelInternals);
      if ((hooks !== 'beforeQuery' && hooks !== 'afterQuery') || !this.hasHook(hooks)) return run;
      return run.catch((error: unknown) => {
        noteHookError(error);
        throw error;
      });
    }

    /**
     * Each statement is told here, on whichever instance it runs: a Query's `sequelize` is the handle (query() in lib/sequelize.js,
     * _logQuery() in lib/dialects/abstract/query.js of sequelize 6.37.8).
     */
    log(...args: unknown[]): void {
      const { router, onClose } = routingOf(this);
      // An object that belongs to no connection has no epochs.
      const line = onClose === undefined ? args : withDatabaseNamed(args, router, () => internalsOf(this).options['logging']);
      (Base.prototype as unknown as { log: Method }).log.apply(this, [...line]);
    }

    /** Programs end with `sequelize.close()`: it ends the whole connection. */
    override close(): Promise<void> {
      return routingOf(this).onClose?.() ?? super.close();
    }
  }

  for (const name of UNIT_CALLS) wrapUnitCall(ResilientSequelize.prototype, name);
  wrapTransaction(ResilientSequelize.prototype);
  // An alias, as in lib/sequelize.js.
  Object.defineProperty(
    ResilientSequelize.prototype,
    'validate',
    Object.getOwnPropertyDescriptor(ResilientSequelize.prototype, 'authenticate') ?? {},
  );
  // Programs find the class by these names, too (lib/sequelize.js, last lines).
  Object.assign(ResilientSequelize, { Sequelize: ResilientSequelize, default: ResilientSequelize });
  Object.defineProperty(ResilientSequelize.prototype, 'Sequelize', { value: ResilientSequelize, writable: true, configurable: true });
  return ResilientSequelize;
}

interface Sending {
  readonly statement: Statement;
  readonly sql: unknown;
  readonly options: QueryOptions | undefined;
}

/** Counts a statement while it is on its way, and notes what became of it. Written with few promises: each one costs on this path. */
function countedQuery(router: Router, sending: Sending, query: () => Promise<never>): Promise<never> {
  const { instance, unit } = router;
  const { statement, options } = sending;
  const ticket = instance.inFlight.begin();
  const transaction = transactionOf(options);
  const writes = transaction === undefined ? !statement.isRead : mayWriteIn(sending);
  if (unit !== undefined && writes) countWrite(unit, 1);
  if (transaction !== undefined && writes) router.transactions.noteSending(transaction);
  return query().then(
    (result) => {
      instance.inFlight.end(ticket, true);
      if (unit !== undefined) noteAnswer(unit);
      if (transaction !== undefined && writes) router.transactions.noteAnswer(transaction);
      return result;
    },
    (error: unknown) => {
      instance.inFlight.end(ticket, isServerAnswer(error));
      router.ports.onFailure(error, instance);
      const lost = lossOf(error, router.ports.classify(error), statement, instance);
      if (lost !== undefined) throw toldOfLoss(router, sending, writes ? unit : undefined, lost, error);
      if (unit !== undefined) noteAnswer(unit);
      throw error;
    },
  );
}

/** Statements of the transaction itself, which write nothing; none that has another one after it. */
const CONTROLS = /^(?:SAVEPOINT|ROLLBACK TO|SET|BEGIN|START)\b[^;]*;?\s*$/;

/** Whether a statement of a transaction may give it something to store. A finder may call a function that does. */
function mayWriteIn({ statement, sql, options }: Sending): boolean {
  if (isEnding(options)) return false;
  const text = textOf(sql);
  return statement.isRead ? text.includes('(') && !onlyReads(text) : !CONTROLS.test(text);
}

/** What the caller of a lost statement is told; whoever gives statements again knows the error by itself. */
function toldOfLoss(
  router: Router,
  { sql, options }: Sending,
  writer: UnitOfWork | undefined,
  lost: LostStatement,
  error: unknown,
): unknown {
  const transaction = transactionOf(options);
  const state = transaction === undefined ? undefined : router.transactions.of(transaction);
  const leftNoTrace = lost.neverSent || state !== undefined;
  if (writer !== undefined && leftNoTrace) countWrite(writer, -1);
  if (transaction === undefined || state === undefined) {
    router.repeats.note(error, lost);
    return error;
  }
  // Who begins and who ends a transaction finds out what became of it.
  if (state.isBeginning || state.isCommitting || isEnding(options) || lost.kind === 'not-primary') return error;
  if (mayCommit(textOf(sql))) return outcomeUnknown(error);
  noteLost(router, transaction, error);
  return transactionLost(transaction, state.instance, error);
}

const isEnding = (options: QueryOptions | undefined): boolean =>
  (options as { completesTransaction?: boolean } | undefined)?.completesTransaction === true;

const isIdempotent = (options: QueryOptions | undefined): boolean => (options as { idempotent?: boolean } | undefined)?.idempotent === true;

/** The transaction that Sequelize will use (lib/sequelize.js, query). */
function transactionOf(options: QueryOptions | undefined): Transaction | undefined {
  const given = options?.transaction;
  return (given === undefined ? ambientTransaction() : given) ?? undefined;
}

function textOf(sql: unknown): string {
  const text = typeof sql === 'object' && sql !== null ? (sql as { query?: unknown }).query : sql;
  return typeof text === 'string' ? text : '';
}

const classes = new WeakMap<SequelizeClass, SequelizeClass>();

/** The resilient class on top of another Sequelize class; the same one each time. */
export function resilientClassOf(Base: SequelizeClass): SequelizeClass {
  const known = classes.get(Base) ?? resilientSequelizeClass(Base);
  classes.set(Base, known);
  return known;
}

/** The class of the object that a `ResilientConnection` gives out, for `instanceof`. */
export const ResilientSequelize: SequelizeClass = resilientClassOf(Sequelize);

/** The routing of a resilient Sequelize object. */
export function routingOf(sequelize: Sequelize): Routing {
  return (sequelize as unknown as { [ROUTING]: Routing })[ROUTING];
}

/** `transaction({ retries }, fn)`: each run is a unit of its own. */
function wrapTransaction(prototype: object): void {
  const once = (prototype as Record<string, Method>)['transaction'] as Method;
  Object.defineProperty(prototype, 'transaction', {
    writable: true,
    configurable: true,
    value: function (this: Sequelize, ...args: unknown[]) {
      return withRetries(args, (given) => once.apply(this, [...given]) as Promise<unknown>);
    },
  });
}

function wrapUnitCall(prototype: object, name: (typeof UNIT_CALLS)[number]): void {
  const original = (prototype as Record<string, Method>)[name] as Method;
  Object.defineProperty(prototype, name, {
    writable: true,
    configurable: true,
    value: function (this: Sequelize, ...args: unknown[]) {
      const { router, onSync } = routingOf(this);
      const isOurs = router.unit?.quiet === true;
      // A transaction's callback is the program's: what it doesn't await may outlive the unit.
      const terms = { hostsProgram: name === 'transaction' };
      const call = () => {
        const done = original.apply(this, args) as Promise<unknown>;
        return name === 'sync' && !isOurs ? done.then((result) => (onSync(args[0] as object | undefined), result)) : done;
      };
      return router.run(call, transactionIn(args), ambientTransaction, terms);
    },
  });
}

/** Replaces what the constructor made for one dialect by accessors that answer for the running unit's instance. */
function install(sequelize: Sequelize): void {
  const own = internalsOf(sequelize);
  const given = own.options;
  if (own.dialect.name !== 'postgres') throw new ConfigurationError('dialect', "must be 'postgres'", JSON.stringify(own.dialect.name));
  const template = { options: { ...own.options }, config: { ...own.config } };
  const initial = createPostgresInstance(template, systemClock);
  const router = new Router(initial);
  const shared = new SharedOptions();
  const queryInterface = new DelegatingQueryInterface(sequelize, router);
  const routing: Routing = {
    router,
    template,
    adopt: (instance) => {
      if (instance.role === 'fallback') describePrimary(instance, template);
      shared.bind(internalsOf(instance.sequelize).options);
      queryInterface.learn(instance);
      shareModels(instance.sequelize, sequelize);
    },
    release: (instance) => {
      shared.release(internalsOf(instance.sequelize).options);
    },
    onSync: () => undefined,
    onDefine: undefined,
    onClose: undefined,
  };
  const current = () => internalsOf(router.instance.sequelize);
  Object.defineProperties(sequelize, {
    [ROUTING]: { value: routing },
    [ROUTER]: { value: router },
    options: { get: () => current().options, set: (value: object) => void Object.assign(current().options, value), ...visible },
    config: { get: () => current().config, set: (value: object) => void Object.assign(current().config, value), ...visible },
    dialect: { get: () => current().dialect, ...visible },
    connectionManager: { get: () => current().connectionManager, ...visible },
    queryInterface: { value: queryInterface.queryInterface, writable: true, ...visible },
  });
  shared.bind(given);
  routing.adopt(initial);
}

/** On the fallback, too, the handle says what the program's PostgreSQL is called: tables are asked for by it (lib/model.js, sync). */
function describePrimary({ sequelize }: DatabaseInstance, { options, config }: PostgresTemplate): void {
  const own = internalsOf(sequelize);
  takeGivenOptions(own.options, options);
  own.config = { ...config };
}

const visible = { enumerable: true, configurable: true };

/** Every instance sees the handle's models, also when a program puts another list in their place. */
function shareModels(instance: Sequelize, handle: Sequelize): void {
  for (const key of ['models', 'modelManager'] as const) {
    Object.defineProperty(instance, key, { get: () => internalsOf(handle)[key], configurable: true });
  }
}
