import { type QueryInterface, type QueryOptions, QueryTypes, Sequelize } from 'sequelize';
import { systemClock } from '../clock.js';
import { isServerAnswer } from '../databases/connection-failure.js';
import type { DatabaseInstance } from '../databases/database.js';
import { ConfigurationError } from '../errors.js';
import { createPostgresInstance, type PostgresTemplate } from '../databases/postgres.js';
import { internalsOf } from '../sequelize-internals.js';
import { rememberEnumValues, typeFor } from './attribute-types.js';
import { ambientTransaction, ROUTER, transactionIn, wrapSequelizeClasses } from './model-calls.js';
import { DelegatingQueryInterface } from './query-interface.js';
import { SharedOptions } from './shared-options.js';
import { Router } from './router.js';
import type { UnitOfWork } from './unit-of-work.js';

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
      const { unit } = router;
      const send = (): Promise<never> => countedQuery(router, options, () => super.query(sql, options) as Promise<never>);
      // Nearly all statements: a model call has opened the unit, and no transaction could name another one.
      if (unit !== undefined && !unit.hostsProgram && !options?.transaction) return send();
      return router.run(send, options === undefined ? undefined : transactionIn([options]), ambientTransaction);
    }

    override getQueryInterface(): QueryInterface {
      return internalsOf(this).queryInterface as QueryInterface;
    }

    /** The library's own statements are not the program's: its query hooks don't see them (lib/hooks.js). */
    runHooks(hooks: unknown, ...args: unknown[]): Promise<void> {
      const { router } = routingOf(this);
      if (router.isQuiet && (hooks === 'beforeQuery' || hooks === 'afterQuery')) return Promise.resolve();
      return (Base.prototype as unknown as { runHooks: Method }).runHooks.call(this, hooks, ...args) as Promise<void>;
    }

    /** Programs end with `sequelize.close()`: it ends the whole connection. */
    override close(): Promise<void> {
      return routingOf(this).onClose?.() ?? super.close();
    }

    /** lib/sequelize.js: called for each attribute of a model and of a table that is created. */
    normalizeDataType(type: unknown): unknown {
      return typeFor(routingOf(this).router.instance, type);
    }

    normalizeAttribute(attribute: unknown): unknown {
      const base = Base.prototype as unknown as { normalizeAttribute: Method };
      const normalized = base.normalizeAttribute.call(this, attribute);
      rememberEnumValues(normalized);
      return normalized;
    }
  }

  for (const name of UNIT_CALLS) wrapUnitCall(ResilientSequelize.prototype, name);
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

/** Counts a statement while it is on its way. Written with few promises: each one costs on this path. */
function countedQuery(router: Router, options: QueryOptions | undefined, query: () => Promise<never>): Promise<never> {
  const { instance, unit } = router;
  const ticket = instance.inFlight.begin();
  if (unit !== undefined) noteStatement(unit, options);
  return query().then(
    (result) => {
      instance.inFlight.end(ticket, true);
      return result;
    },
    (error: unknown) => {
      instance.inFlight.end(ticket, isServerAnswer(error));
      router.onFailure(error, instance);
      throw error;
    },
  );
}

/** The model layer marks its reads; raw SQL without a type may do anything. */
function noteStatement(unit: UnitOfWork, options: QueryOptions | undefined): void {
  for (let at: UnitOfWork | undefined = unit; at !== undefined; at = at.within) {
    at.sent = true;
    if (options?.type !== QueryTypes.SELECT) at.wrote = true;
  }
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
      shared.bind(internalsOf(instance.sequelize).options);
      queryInterface.learn(instance);
      shareModels(instance.sequelize, sequelize);
    },
    release: (instance) => {
      shared.release(internalsOf(instance.sequelize).options);
    },
    onSync: () => undefined,
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

const visible = { enumerable: true, configurable: true };

/** Every instance sees the handle's models, also when a program puts another list in their place. */
function shareModels(instance: Sequelize, handle: Sequelize): void {
  for (const key of ['models', 'modelManager'] as const) {
    Object.defineProperty(instance, key, { get: () => internalsOf(handle)[key], configurable: true });
  }
}
