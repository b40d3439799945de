/**
 * Options that mean something else on each database, so each instance keeps its own. Everything else is shared.
 *
 * What programs assign while they run (`sequelize.options.logging = …`) is thereby seen on both databases, and each query
 * generator's own reference to its options stays true (lib/dialects/abstract/query-generator.js of sequelize 6.37.8).
 */
const PRIVATE_OPTIONS: ReadonlySet<string> = new Set([
  ...['dialect', 'dialectModule', 'dialectModulePath', 'dialectOptions', 'databaseVersion', 'native', 'protocol', 'ssl'],
  ...['host', 'port', 'database', 'username', 'password', 'storage', 'pool', 'replication', 'timezone', 'keepDefaultTimezone'],
  'transactionType',
]);

/** Options that each instance is born with a value of its own for, until a program assigns one: that holds for all. */
const SHARED_ONCE_ASSIGNED: ReadonlySet<string> = new Set(['logging']);

/** The one store of the options that all instances of a handle share. */
export class SharedOptions {
  readonly #store: Record<string, unknown> = {};
  readonly #bound = new Set<Record<string, unknown>>();

  /** Puts accessors onto the store in the place of an instance's own values for all that is shared; the store's values win. */
  bind(options: Record<string, unknown>): void {
    for (const known of this.#bound) this.#takeOver(known);
    this.#bound.add(options);
    this.#takeOver(options);
    for (const key of SHARED_ONCE_ASSIGNED) this.#expose(options, key, options[key]);
    for (const key of Object.keys(this.#store)) this.#expose(options, key);
  }

  /** Forgets the options of an instance that is gone. */
  release(options: Record<string, unknown>): void {
    this.#takeOver(options);
    this.#bound.delete(options);
  }

  /** Moves what is not in the store yet (keys that a program assigned lately, too) into it. */
  #takeOver(options: Record<string, unknown>): void {
    for (const key of Object.keys(options)) {
      if (PRIVATE_OPTIONS.has(key) || SHARED_ONCE_ASSIGNED.has(key) || key in this.#store) continue;
      this.#store[key] = options[key];
      this.#expose(options, key);
    }
  }

  /** Own and enumerable, because Sequelize spreads its options. */
  #expose(options: Record<string, unknown>, key: string, ownValue?: unknown): void {
    Object.defineProperty(options, key, {
      enumerable: true,
      configurable: true,
      get: SHARED_ONCE_ASSIGNED.has(key) ? () => (key in this.#store ? this.#store[key] : ownValue) : () => this.#store[key],
      set: (value: unknown) => {
        this.#store[key] = value;
      },
    });
  }
}

/** What says where the program's PostgreSQL is and how it is spoken to. */
const GIVEN_OPTIONS: ReadonlySet<string> = new Set([
  ...['dialectOptions', 'native', 'protocol', 'ssl', 'host', 'port', 'database', 'username', 'password', 'pool', 'replication'],
]);

/**
 * Lets the options of the fallback's instance say that, too: programs read it, and Sequelize asks for
 * `dialectOptions.prependSearchPath` (lib/sequelize.js of 6.37.8).
 */
export function takeGivenOptions(options: Record<string, unknown>, given: Readonly<Record<string, unknown>>): void {
  for (const key of GIVEN_OPTIONS) if (key in given) options[key] = given[key];
}
