import { QueryInterface, type Sequelize, type Transaction } from 'sequelize';
import type { DatabaseInstance } from '../databases/database.js';
import { internalsOf } from '../sequelize-internals.js';
import { sendCommit, sendRollback } from './commit-outcome.js';
import { ambientTransaction, transactionIn } from './model-calls.js';
import type { Router } from './router.js';

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<string, Method> & { queryGenerator: unknown };

/** What asks and changes nothing. */
const READS: ReadonlySet<string> = new Set([
  ...['select', 'rawSelect', 'databaseVersion', 'showAllSchemas', 'showAllTables', 'describeTable', 'tableExists', 'showIndex'],
  ...['showConstraint', 'getForeignKeysForTables', 'getForeignKeyReferencesForTable'],
]);

const ENDS: Readonly<Record<string, typeof sendCommit | undefined>> = { commitTransaction: sendCommit, rollbackTransaction: sendRollback };

/**
 * The one query interface of a handle: it stays valid for good (Umzug keeps it as its context), and each call runs on the
 * running unit's database.
 *
 * It borrows the methods of the engines' own interfaces, whose only state is `sequelize` and `queryGenerator`
 * (lib/dialects/abstract/query-interface.js of sequelize 6.37.8). Those that are `async` there open units of work.
 */
export class DelegatingQueryInterface {
  readonly #methods: object = Object.create(QueryInterface.prototype) as object;
  readonly queryInterface: QueryInterface;

  constructor(
    sequelize: Sequelize,
    private readonly router: Router,
  ) {
    this.queryInterface = Object.create(this.#methods) as QueryInterface;
    Object.defineProperties(this.queryInterface, {
      sequelize: { value: sequelize, writable: true, configurable: true, enumerable: true },
      queryGenerator: { get: () => this.#current.queryGenerator, configurable: true, enumerable: true },
    });
  }

  /** Learns the methods of an instance's engine. */
  learn(instance: DatabaseInstance): void {
    let at = Object.getPrototypeOf(internalsOf(instance.sequelize).queryInterface) as object;
    for (; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
      for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
        if (name !== 'constructor' && typeof value === 'function') this.#delegate(name, value as Method);
      }
    }
  }

  get #current(): Methods {
    return internalsOf(this.router.instance.sequelize).queryInterface as Methods;
  }

  #delegate(name: string, sample: Method): void {
    const opensUnit = sample.constructor.name === 'AsyncFunction';
    if (Object.hasOwn(this.#methods, name) && !opensUnit) return;
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the function below needs both: its own `this` and ours
    const delegating = this;
    const { router } = this;
    const kind = READS.has(name) ? 'read' : 'write';
    Object.defineProperty(this.#methods, name, {
      configurable: true,
      writable: true,
      value: function (this: unknown, ...args: unknown[]) {
        const call = () => generating(router, kind, () => (delegating.#current[name] as Method).apply(this, args));
        if (!opensUnit) return call();
        const end = ENDS[name];
        const send = call as () => Promise<unknown>;
        const work = end === undefined ? () => router.repeats.statement(send) : () => end(router, args[0] as Transaction, send);
        return router.run(work, transactionIn(args), ambientTransaction);
      },
    });
  }
}

/** Says what is being sent while a call gives its first statement. */
function generating<T>(router: Router, kind: 'read' | 'write', call: () => T): T {
  const before = router.generating;
  router.generating = kind;
  try {
    return call();
  } finally {
    router.generating = before;
  }
}
