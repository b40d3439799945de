import { createRequire } from 'node:module';
import net from 'node:net';
import {
  Association,
  BelongsTo,
  BelongsToMany,
  ConnectionAcquireTimeoutError,
  DataTypes,
  HasMany,
  HasOne,
  Model,
  QueryInterface,
  Sequelize,
  Transaction,
  type ModelStatic,
} from 'sequelize';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  internalsOf,
  transactionInternals,
  type ConnectionManagerInternals,
  type SequelizeClassInternals,
} from '../src/sequelize-internals.js';
import { freePort } from './support/free-port.js';

/*
 * What src/ relies on and Sequelize promises to nobody. A failure here names what a new Sequelize has changed, so that src/ can be
 * looked at before anything of it breaks in a program. No handle is made in this file: everything is Sequelize as it comes.
 */

type Fields = Record<string, unknown>;
type Method = (...args: unknown[]) => unknown;

const require = createRequire(import.meta.url);

/** An object that is only built: nothing is opened, no driver is loaded. */
const unopened = (dialect: 'postgres', options: Fields = {}): Sequelize => new Sequelize({ dialect, logging: false, ...options });

const engines = ['postgres'] as const;

const isAsync = (value: unknown): boolean => typeof value === 'function' && value.constructor.name === 'AsyncFunction';

const methodsOf = (owner: object, filter: (value: unknown) => boolean): string[] =>
  Object.entries(Object.getOwnPropertyDescriptors(owner))
    .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function' && filter(value))
    .map(([name]) => name)
    .sort();

const asyncMethodsOf = (owner: object): string[] => methodsOf(owner, isAsync);
const plainMethodsOf = (owner: object): string[] => methodsOf(owner, (value) => !isAsync(value));

const methodOf = (owner: unknown, name: string): Method => (owner as Record<string, Method>)[name] as Method;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the constructor of Sequelize (lib/sequelize.js)', () => {
  it.each(engines)('gives an object on %s these own, writable data properties and no others', (engine) => {
    const own = Object.getOwnPropertyDescriptors(unopened(engine));
    expect(Object.keys(own).sort()).toEqual([
      'config',
      'connectionManager',
      'dialect',
      'modelManager',
      'models',
      'options',
      'queryInterface',
    ]);
    for (const property of Object.values(own)) expect(property).toMatchObject({ writable: true, configurable: true, enumerable: true });
  });

  it('knows these options: each is either shared between the databases or private to one (routing/shared-options.ts)', () => {
    expect(Object.keys(internalsOf(unopened('postgres')).options).sort()).toEqual([
      ...['attributeBehavior', 'benchmark', 'databaseVersion', 'define', 'dialect', 'dialectModule', 'dialectModulePath', 'hooks', 'host'],
      ...['isolationLevel', 'logQueryParameters', 'logging', 'minifyAliases', 'native', 'omitNull', 'pool', 'protocol', 'query'],
      ...['quoteIdentifiers', 'replication', 'retry', 'ssl', 'standardConformingStrings', 'sync', 'timezone', 'transactionType'],
      'typeValidation',
    ]);
  });

  it('makes this configuration of them', () => {
    expect(Object.keys(internalsOf(unopened('postgres')).config).sort()).toEqual([
      ...['database', 'dialectModule', 'dialectModulePath', 'dialectOptions', 'host', 'keepDefaultTimezone', 'native', 'password'],
      ...['pool', 'port', 'protocol', 'replication', 'ssl', 'username'],
    ]);
  });

  it.each(engines)('takes query interface and connection manager from the dialect on %s', (engine) => {
    const own = internalsOf(unopened(engine)) as unknown as Record<string, Fields>;
    expect(own['dialect']?.['name']).toBe(engine);
    expect(own['queryInterface']).toBe(own['dialect']?.['queryInterface']);
    expect(own['connectionManager']).toBe(own['dialect']?.['connectionManager']);
    expect(own['dialect']).toHaveProperty('queryGenerator');
    expect(own['dialect']).toHaveProperty('Query');
    expect(own['dialect']?.['DataTypes']).toMatchObject({ STRING: expect.any(Function) as object, ENUM: expect.any(Function) as object });
  });

  it('runs the static hooks of Sequelize.options.hooks, and only those, before and after', () => {
    const { options } = Sequelize as unknown as SequelizeClassInternals;
    const calls: string[] = [];
    const { hooks } = options;
    Sequelize.addHook('beforeInit', 'look', () => void calls.push('before'));
    Sequelize.addHook('afterInit', 'look', () => void calls.push('after'));
    try {
      unopened('postgres');
      expect(calls).toEqual(['before', 'after']);
      options.hooks = {};
      unopened('postgres');
      expect(calls).toHaveLength(2);
    } finally {
      options.hooks = hooks;
      Sequelize.removeHook('beforeInit', 'look');
      Sequelize.removeHook('afterInit', 'look');
    }
  });

  it('asks `this.options` for the dialect', () => {
    const sequelize = unopened('postgres');
    internalsOf(sequelize).options['dialect'] = 'mine';
    expect(sequelize.getDialect()).toBe('mine');
  });
});

describe('the calls that reach a database', () => {
  it('of Sequelize are these (routing/resilient-sequelize.ts)', () => {
    expect(asyncMethodsOf(Sequelize.prototype)).toEqual([
      ...['_syncModelsWithCyclicReferences', 'authenticate', 'createSchema', 'databaseVersion', 'drop', 'dropAllSchemas', 'dropSchema'],
      ...['query', 'runHooks', 'set', 'showAllSchemas', 'sync', 'transaction', 'truncate', 'validate'],
    ]);
    const { authenticate, validate } = Object.getOwnPropertyDescriptors(Sequelize.prototype) as unknown as Record<
      string,
      { value: unknown }
    >;
    expect(validate?.value).toBe(authenticate?.value);
  });

  it('of Model are these (routing/model-calls.ts)', () => {
    expect(asyncMethodsOf(Model)).toEqual([
      ...[
        '_findSeparate',
        'aggregate',
        'bulkCreate',
        'count',
        'create',
        'decrement',
        'describe',
        'destroy',
        'drop',
        'dropSchema',
        'findAll',
      ],
      ...['findAndCountAll', 'findByPk', 'findCreateFind', 'findOne', 'findOrBuild', 'findOrCreate', 'increment', 'max', 'min', 'restore'],
      ...['runHooks', 'sum', 'sync', 'truncate', 'update', 'upsert'],
    ]);
  });

  it('of a row are these', () => {
    expect(asyncMethodsOf(Model.prototype)).toEqual([
      ...['decrement', 'destroy', 'increment', 'reload', 'restore', 'save', 'update', 'validate'],
    ]);
  });

  it.each<[string, object, string[], string[]]>([
    ['BelongsTo', BelongsTo.prototype, ['create', 'get', 'set'], []],
    ['HasOne', HasOne.prototype, ['create', 'get', 'set'], []],
    ['HasMany', HasMany.prototype, ['add', 'count', 'create', 'get', 'has', 'remove', 'set'], []],
    // Not marked async, and yet it gives a promise.
    ['BelongsToMany', BelongsToMany.prototype, ['add', 'count', 'create', 'get', 'has', 'set'], ['remove']],
  ])('of %s are these, and its mixins call them on the association', (_name, prototype, asynchronous, others) => {
    expect(asyncMethodsOf(prototype)).toEqual(asynchronous);
    expect(plainMethodsOf(prototype)).toEqual(expect.arrayContaining(others));
  });

  it('of an association are looked up when the mixin is called', () => {
    const sequelize = unopened('postgres');
    const Cat = sequelize.define('Cat', {});
    const Kitten = sequelize.define('Kitten', {});
    const association = Cat.hasMany(Kitten) as unknown as Association & { add: Method };
    const add = vi.fn();
    association.add = add;
    const cat = Cat.build() as unknown as Record<string, Method>;
    cat['addKitten']?.('a', 'b');
    cat['addKittens']?.(['c']);
    expect(add.mock.calls).toEqual([
      [cat, 'a', 'b'],
      [cat, ['c']],
    ]);
    expect((association as unknown as { source: unknown }).source).toBe(Cat);
    expect((association as unknown as { as: unknown }).as).toBe('Kittens');
  });

  it('of a transaction are these', () => {
    expect(asyncMethodsOf(Transaction.prototype)).toEqual([
      ...['begin', 'commit', 'forceCleanup', 'prepareEnvironment', 'rollback', 'setDeferrable'],
    ]);
  });

  it.each(engines)('of the query interface on %s are the async ones; these are not', (engine) => {
    const queryInterface = unopened(engine).getQueryInterface();
    const own = Object.getPrototypeOf(queryInterface) as object;
    expect(Object.getPrototypeOf(own)).toBe(QueryInterface.prototype);
    expect(plainMethodsOf(own)).toEqual([]);
    expect(plainMethodsOf(QueryInterface.prototype)).toEqual(['ensureEnums', 'normalizeAttribute', 'quoteIdentifier', 'quoteIdentifiers']);
    expect(asyncMethodsOf(own).length).toBeGreaterThan(5);
  });
});

describe('the query interface (lib/dialects/abstract/query-interface.js)', () => {
  it.each(engines)('has no state on %s but its Sequelize and its query generator', (engine) => {
    const sequelize = unopened(engine);
    const queryInterface = sequelize.getQueryInterface();
    expect(Object.entries(Object.getOwnPropertyDescriptors(queryInterface)).map(([name, { value }]) => [name, value as unknown])).toEqual([
      ['sequelize', sequelize],
      ['queryGenerator', internalsOf(sequelize).dialect.queryGenerator],
    ]);
    for (let at = Object.getPrototypeOf(queryInterface) as object; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
      for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at))) expect(property, name).toHaveProperty('value');
    }
  });

  it('reads both from `this`, so that another object can borrow its methods', async () => {
    const queryInterface = unopened('postgres').getQueryInterface();
    const query = vi.fn(() => Promise.resolve([]));
    const borrower = Object.create(Object.getPrototypeOf(queryInterface) as object, {
      sequelize: { value: { query, options: {}, config: {} } },
      queryGenerator: { value: { showTablesQuery: () => 'SHOW', _dialect: {} } },
    }) as QueryInterface;
    await borrower.showAllTables();
    expect(query).toHaveBeenCalledWith('SHOW', expect.anything());
  });
});

describe('calls of the query interface that send one statement', () => {
  it.each(['insert', 'bulkInsert', 'update', 'bulkUpdate', 'bulkDelete', 'select', 'rawSelect', 'increment', 'decrement'])(
    '%s gives it to `sequelize.query` at once, without a wait before',
    async (name) => {
      const sequelize = unopened('postgres');
      const Cat = sequelize.define('Cat', { name: DataTypes.STRING, age: DataTypes.INTEGER });
      const query = vi.spyOn(sequelize, 'query').mockResolvedValue([[], 0] as never);
      const row = Cat.build({ name: 'Tom' });
      const where = { id: 1 };
      const argumentsOf: Record<string, unknown[]> = {
        insert: [row, 'Cats', { name: 'Tom' }, {}],
        bulkInsert: ['Cats', [{ name: 'Tom' }], {}, Cat.getAttributes()],
        update: [row, 'Cats', { name: 'Tom' }, where, {}],
        bulkUpdate: ['Cats', { name: 'Tom' }, where, { model: Cat }, Cat.getAttributes()],
        bulkDelete: ['Cats', where, {}, Cat],
        select: [Cat, 'Cats', { attributes: ['id'] }],
        rawSelect: ['Cats', { attributes: ['id'] }, 'id', Cat],
        increment: [Cat, 'Cats', where, { age: 1 }, {}, {}],
        decrement: [Cat, 'Cats', where, { age: 1 }, {}, {}],
      };
      const call = methodOf(sequelize.getQueryInterface(), name).apply(sequelize.getQueryInterface(), argumentsOf[name] ?? []);
      expect(query).toHaveBeenCalledTimes(1);
      await (call as Promise<unknown>).catch(() => undefined);
    },
  );
});

describe('the query generator (lib/dialects/abstract/query-generator.js)', () => {
  it.each(engines)('keeps the options object itself on %s', (engine) => {
    const { dialect, options } = internalsOf(unopened(engine));
    expect((dialect.queryGenerator as Fields)['options']).toBe(options);
  });

  it.each(engines)(
    "has these own properties on %s: typeValidation and the operators' aliases are copies that options do not reach",
    (engine) => {
      const { dialect } = internalsOf(unopened(engine, { typeValidation: true }));
      const generator = dialect.queryGenerator as Fields;
      const known = ['sequelize', 'options', 'dialect', '_dialect', '_quoteIdentifier', 'quoteIdentifier', 'typeValidation'];
      expect(Object.keys(generator).filter((key) => !known.includes(key))).toEqual([]);
      expect(generator['typeValidation']).toBe(true);
      expect(generator['setOperatorsAliases']).toBeTypeOf('function');
    },
  );
});

describe('attribute types', () => {
  const sequelize = unopened('postgres');

  it('go through Sequelize#normalizeDataType for each attribute, at the definition and at each refresh', () => {
    const own = unopened('postgres');
    const normalized = vi.spyOn(internalsOf(own), 'normalizeDataType');
    const Cat = own.define('Cat', { name: DataTypes.STRING }, { timestamps: false });
    const seen = () => normalized.mock.calls.map(([type]) => (type as { key?: string }).key);
    expect(seen()).toEqual(expect.arrayContaining(['STRING', 'INTEGER']));
    normalized.mockClear();
    (Cat as unknown as { refreshAttributes(): void }).refreshAttributes();
    expect(seen().sort()).toEqual(['INTEGER', 'STRING']);
  });

  it('go through Sequelize#normalizeAttribute, which takes the values of an ENUM into its type', () => {
    const attribute = { type: DataTypes.ENUM, values: ['a', 'b'] };
    const normalized = internalsOf(sequelize).normalizeAttribute(attribute) as {
      type: { values: string[]; options: { values: string[] } };
    };
    expect(normalized.type.values).toEqual(['a', 'b']);
    expect(normalized.type.options.values).toEqual(['a', 'b']);
  });

  it('are made by the dialect, by `extend` of `DataTypes[key]`, from a type that stays as it was', () => {
    for (const engine of engines) {
      const { dialect } = internalsOf(unopened(engine));
      const given = new DataTypes.STRING(40);
      const made = internalsOf(unopened(engine)).normalizeDataType(given) as { options: { length: number } };
      expect(made).not.toBe(given);
      expect(made.constructor.name).toBe((dialect.DataTypes['STRING'] as { name: string }).name);
      expect(made.options.length).toBe(40);
    }
  });

  it("of an ARRAY are not made by a dialect: the dialect's element type is written into the one that was given", () => {
    for (const engine of engines) {
      const { dialect } = internalsOf(unopened(engine));
      const given = new DataTypes.ARRAY(DataTypes.STRING) as unknown as { type: object };
      const before = given.type;
      expect(dialect.DataTypes['ARRAY'], engine).toBeUndefined();
      expect(internalsOf(unopened(engine)).normalizeDataType(given)).toBe(given);
      expect(given.type).not.toBe(before);
    }
  });

  it('of an ARRAY have what PostgreSQL needs on the one prototype (dialect/array-type.ts says it for SQLite)', () => {
    const prototype = DataTypes.ARRAY.prototype as unknown as Fields;
    expect(Object.getOwnPropertyNames(prototype).sort()).toEqual([
      ...['_bindParam', '_stringify', '_value', 'constructor', 'escape', 'key', 'toSql', 'validate'],
    ]);
    expect(prototype['escape']).toBe(false);
  });

  it('are data properties of `rawAttributes`, whose objects all views of a model share', () => {
    const Cat = unopened('postgres').define('Cat', { name: DataTypes.STRING }) as unknown as Record<string, Record<string, object>>;
    const attribute = Cat['rawAttributes']?.['name'];
    expect(Object.getOwnPropertyDescriptor(attribute, 'type')).toMatchObject({ writable: true, configurable: true });
    for (const view of ['fieldRawAttributesMap', 'tableAttributes', 'fieldAttributeMap']) expect(Cat).toHaveProperty(view);
    expect(Cat['fieldRawAttributesMap']?.['name']).toBe(attribute);
    expect(Cat['tableAttributes']?.['name']).toBe(attribute);
  });

  it('leave copies in a model at its last refresh: what a type does to values as they are set', () => {
    const Cat = unopened('postgres').define('Cat', { born: DataTypes.DATE, done: DataTypes.BOOLEAN }) as unknown as Record<string, object>;
    expect(Object.keys(Cat['_dataTypeSanitizers'] ?? {}).sort()).toEqual(['born', 'createdAt', 'done', 'updatedAt']);
    expect(Object.keys(Cat['_dataTypeChanges'] ?? {}).sort()).toEqual(['born', 'createdAt', 'updatedAt']);
  });

  it('are refreshed when an association is made and when an attribute is removed', () => {
    const own = unopened('postgres');
    const Cat = own.define('Cat', { name: DataTypes.STRING });
    const Owner = own.define('Owner', {});
    const refreshed = vi.spyOn(Cat as unknown as { refreshAttributes(): void }, 'refreshAttributes');
    Cat.belongsTo(Owner);
    expect(refreshed).toHaveBeenCalled();
    refreshed.mockClear();
    Cat.removeAttribute('name');
    expect(refreshed).toHaveBeenCalled();
  });
});

describe('rows (lib/model.js)', () => {
  const Cat = unopened('postgres').define('Cat', { name: DataTypes.STRING });
  const mark = Symbol('mark');
  const optionsOf = (row: Model): Record<PropertyKey, unknown> => (row as unknown as { _options: Record<PropertyKey, unknown> })._options;

  it('keep the options that they were built with in `_options`, symbols too', () => {
    const options = { isNewRecord: false, [mark]: 1 };
    const row = Cat.build({ name: 'x' }, options);
    expect(optionsOf(row)[mark]).toBe(1);
    expect(optionsOf(row)).not.toBe(options);
    expect(optionsOf(Cat.bulkBuild([{}, {}], options)[1] as Model)[mark]).toBe(1);
    expect(row.isNewRecord).toBe(false);
  });

  it('show nothing of their options as JSON', () => {
    const row = Cat.build({ name: 'x' }, { [mark]: 1 } as object);
    expect(JSON.parse(JSON.stringify(row))).toEqual({ id: null, name: 'x' });
  });

  it('of a query are built by Model.bulkBuild and Model.build with `isNewRecord: false`', () => {
    const { dialect } = internalsOf(unopened('postgres')) as unknown as { dialect: { Query: new (...args: unknown[]) => object } };
    const query = new dialect.Query({}, Cat.sequelize, { model: Cat, type: 'SELECT' });
    const bulkBuild = vi.spyOn(Cat, 'bulkBuild');
    const build = vi.spyOn(Cat, 'build');
    methodOf(query, 'handleSelectQuery').call(query, [{ name: 'x' }]);
    expect(bulkBuild).toHaveBeenCalledWith([{ name: 'x' }], expect.objectContaining({ isNewRecord: false }));
    expect(build.mock.calls.map(([values, options]) => [values, (options as Fields)['isNewRecord']])).toEqual([[{ name: 'x' }, false]]);
  });

  it('know their Sequelize by their class', () => {
    expect(Cat.build().sequelize).toBe(Cat.sequelize);
    expect(Object.hasOwn(Cat, 'sequelize')).toBe(true);
    expect(Object.getOwnPropertyDescriptor(Model.prototype, 'sequelize')).toHaveProperty('get');
  });

  it('take over the options of the row that reload() found', async () => {
    const found = Cat.build({ id: 1 }, { isNewRecord: false, [mark]: 'found' } as object);
    vi.spyOn(Cat, 'findOne').mockResolvedValue(found);
    const row = Cat.build({ id: 1 }, { isNewRecord: false });
    await row.reload();
    expect(optionsOf(row)[mark]).toBe('found');
  });
});

describe('models (lib/model-manager.js)', () => {
  const namesOf = (models: ModelStatic<Model>[] | null): string[] | null => models && models.map(({ name }) => name);

  it('are sorted so that who refers to another comes first', () => {
    const sequelize = unopened('postgres');
    const Cat = sequelize.define('Cat', {});
    const Owner = sequelize.define('Owner', {});
    Cat.belongsTo(Owner);
    const { modelManager } = internalsOf(sequelize);
    const sorted = modelManager.getModelsTopoSortedByForeignKey() as unknown as ModelStatic<Model>[];
    expect(namesOf(sorted)).toEqual(['Cat', 'Owner']);
    expect(namesOf(modelManager.models as unknown as ModelStatic<Model>[])).toEqual(['Cat', 'Owner']);
  });

  it('that refer to each other in a circle have no order', () => {
    const sequelize = unopened('postgres');
    const Cat = sequelize.define('Cat', {});
    const Owner = sequelize.define('Owner', {});
    Cat.belongsTo(Owner);
    Owner.belongsTo(Cat);
    expect(internalsOf(sequelize).modelManager.getModelsTopoSortedByForeignKey()).toBeNull();
  });

  it('have `tableAttributes` with `field`, and a table name that may carry a schema', () => {
    const sequelize = unopened('postgres');
    const Cat = sequelize.define('Cat', { firstName: DataTypes.STRING }, { schema: 'zoo', underscored: true });
    expect(Cat.getTableName()).toMatchObject({ tableName: 'cats', schema: 'zoo' });
    expect(Cat).toHaveProperty('tableAttributes.firstName.field', 'first_name');
  });
});

describe('connection managers (lib/dialects/abstract/connection-manager.js)', () => {
  it.each(engines)('have these methods on %s, and `close` gives refusals in the place of connections', async (engine) => {
    const manager = internalsOf(unopened(engine)).connectionManager;
    for (const name of ['getConnection', 'destroyConnection', 'close']) expect(isAsync(methodOf(manager, name)), name).toBe(true);
    expect(methodOf(manager, 'releaseConnection')).toBeTypeOf('function');
    expect(Object.hasOwn(manager, 'getConnection')).toBe(false);
    await manager.close();
    expect(Object.hasOwn(manager, 'getConnection')).toBe(true);
    await expect(manager.getConnection()).rejects.toThrow(/called after the connection manager was closed/);
  });

  it('close by draining their pool', async () => {
    const manager = internalsOf(unopened('postgres')).connectionManager as ConnectionManagerInternals & {
      pool: { drain: Method; destroyAllNow: Method };
    };
    const drain = vi.spyOn(manager.pool, 'drain');
    const destroyAllNow = vi.spyOn(manager.pool, 'destroyAllNow');
    await manager.close();
    expect(drain).toHaveBeenCalledBefore(destroyAllNow);
  });

  it('are asked by query() with its options, and by a transaction with its id', async () => {
    const sequelize = unopened('postgres', { databaseVersion: '15.0.0' });
    const manager = internalsOf(sequelize).connectionManager;
    const refusal = new Error('no connection');
    const asked: unknown[] = [];
    manager.getConnection = (options) => {
      asked.push(options);
      return Promise.reject(refusal);
    };
    await expect(sequelize.query('SELECT 1', { type: 'SELECT' as never })).rejects.toBe(refusal);
    await expect(sequelize.transaction()).rejects.toBe(refusal);
    await expect(sequelize.transaction({ readOnly: true } as object)).rejects.toBe(refusal);
    expect(asked).toEqual([
      expect.objectContaining({ type: 'SELECT' }),
      { uuid: expect.any(String) as string },
      { uuid: expect.any(String) as string, type: 'SELECT' },
    ]);
  });

  it('get connections back from statements, and from a transaction at its end', async () => {
    const sequelize = unopened('postgres', { databaseVersion: '15.0.0' });
    const manager = internalsOf(sequelize).connectionManager;
    const connection = {
      uuid: undefined as string | undefined,
      query: (_sql: string, ...rest: unknown[]) => (rest.at(-1) as Method)(null, { rows: [] }),
    };
    manager.getConnection = () => Promise.resolve(connection);
    const released = vi.fn();
    manager.releaseConnection = released;
    await sequelize.query('SELECT 1');
    expect(released).toHaveBeenCalledTimes(1);
    const transaction = await sequelize.transaction();
    expect(connection.uuid).toBe((transaction as unknown as { id: string }).id);
    await sequelize.query('SELECT 1', { transaction });
    expect(released).toHaveBeenCalledTimes(1);
    await transaction.commit();
    expect(released).toHaveBeenCalledTimes(2);
    expect(connection.uuid).toBeUndefined();
  });

  it('of PostgreSQL ask for the version once, on a connection outside the pool', () => {
    expect(internalsOf(unopened('postgres')).options['databaseVersion']).toBe(0);
    expect(internalsOf(unopened('postgres')).connectionManager).toHaveProperty('versionPromise', null);
  });

  it('of PostgreSQL open each connection of the pool with `connect`, also where that was replaced', async () => {
    const sequelize = unopened('postgres', { databaseVersion: '17.0.0' });
    const manager = internalsOf(sequelize).connectionManager as ConnectionManagerInternals & { config: object };
    const refusal = new Error('not now');
    const connect = vi.fn<(config: object) => Promise<object>>(() => Promise.reject(refusal));
    manager.connect = connect;
    await expect(manager.getConnection()).rejects.toBe(refusal);
    expect(connect).toHaveBeenCalledExactlyOnceWith(manager.config);
  });

  it('of PostgreSQL hand `dialectOptions.stream` to pg, which calls it for each new client', async () => {
    const port = await freePort();
    const made: net.Socket[] = [];
    const stream = () => {
      const socket = new net.Socket();
      made.push(socket);
      return socket;
    };
    const sequelize = unopened('postgres', { host: '127.0.0.1', port, dialectOptions: { stream } });
    await expect(sequelize.authenticate()).rejects.toMatchObject({
      name: 'SequelizeConnectionRefusedError',
      original: { code: 'ECONNREFUSED' },
    });
    await expect(sequelize.authenticate()).rejects.toThrow();
    expect(made).toHaveLength(2);
    await sequelize.close();
  });
});

describe('the pool (sequelize-pool)', () => {
  interface PoolInstance {
    acquire(): Promise<object>;
    release(resource: object): void;
    drain(): Promise<void>;
    destroyAllNow(): Promise<void>;
  }
  const fromSequelize = createRequire(require.resolve('sequelize'));
  const { Pool, TimeoutError } = fromSequelize('sequelize-pool') as {
    Pool: new (factory: object) => PoolInstance;
    TimeoutError: new () => Error;
  };
  const newPool = (acquireTimeoutMillis = 1000) =>
    new Pool({
      create: () => Promise.resolve({}),
      destroy: () => Promise.resolve(),
      validate: () => true,
      min: 0,
      max: 1,
      acquireTimeoutMillis,
    });

  it('drains only when everything that was lent is back, and lends nothing meanwhile', async () => {
    const pool = newPool();
    const resource = await pool.acquire();
    let drained = false;
    const draining = pool.drain().then(() => (drained = true));
    await expect(pool.acquire()).rejects.toThrow(/draining/);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(drained).toBe(false);
    pool.release(resource);
    await draining;
    await pool.destroyAllNow();
  });

  it('turns a waiter away with an error that Sequelize names ConnectionAcquireTimeoutError', async () => {
    const pool = newPool(20);
    const resource = await pool.acquire();
    await expect(pool.acquire()).rejects.toBeInstanceOf(TimeoutError);
    expect(new ConnectionAcquireTimeoutError(new Error('late')).name).toBe('SequelizeConnectionAcquireTimeoutError');
    pool.release(resource);
    await pool.drain();
    await pool.destroyAllNow();
  });
});

describe('transactions (lib/transaction.js)', () => {
  const connected = () => {
    const sequelize = unopened('postgres', { databaseVersion: '15.0.0' });
    const manager = internalsOf(sequelize).connectionManager;
    manager.getConnection = () =>
      Promise.resolve({ query: (_sql: string, ...rest: unknown[]) => (rest.at(-1) as Method)(null, { rows: [] }) });
    manager.releaseConnection = () => undefined;
    return sequelize;
  };

  it('begin, commit and roll back through the query interface of their Sequelize', async () => {
    const sequelize = connected();
    const queryInterface = sequelize.getQueryInterface() as unknown as Record<string, Method>;
    const calls: string[] = [];
    for (const name of ['startTransaction', 'commitTransaction', 'rollbackTransaction']) {
      queryInterface[name] = () => {
        calls.push(name);
        return Promise.resolve();
      };
    }
    const prepared = vi.spyOn(Transaction.prototype as unknown as { prepareEnvironment: Method }, 'prepareEnvironment');
    await sequelize.transaction(() => Promise.resolve());
    await (await sequelize.transaction()).rollback();
    expect(prepared).toHaveBeenCalledTimes(2);
    expect(calls).toEqual(['startTransaction', 'commitTransaction', 'startTransaction', 'rollbackTransaction']);
  });

  it('have their connection in `connection`, and say in `finished` how they ended', async () => {
    const sequelize = connected();
    const transaction = await sequelize.transaction();
    const own = transactionInternals(transaction);
    expect(own.connection).toMatchObject({ uuid: own.id });
    expect(own.finished).toBeUndefined();
    await transaction.commit();
    expect(own.finished).toBe('commit');
    await expect(transaction.commit()).rejects.toThrow(/finished with state: commit/);
    await expect(transaction.rollback()).rejects.toThrow(/finished with state: commit/);
  });

  it('run their afterCommit hooks from `_afterCommitHooks`, after a COMMIT that failed too, which they print a warning about', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const sequelize = connected();
    internalsOf(sequelize).connectionManager.destroyConnection = () => Promise.resolve();
    const transaction = await sequelize.transaction();
    const afterCommit = vi.fn();
    transaction.afterCommit(afterCommit);
    expect(transactionInternals(transaction)._afterCommitHooks).toEqual([afterCommit]);
    (sequelize.getQueryInterface() as unknown as Record<string, Method>)['commitTransaction'] = () => Promise.reject(new Error('lost'));
    await expect(transaction.commit()).rejects.toThrow('lost');
    expect(afterCommit).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('end their connection in `forceCleanup`, once', async () => {
    const sequelize = connected();
    const destroyed = vi.fn(() => Promise.resolve());
    internalsOf(sequelize).connectionManager.destroyConnection = destroyed;
    const transaction = await sequelize.transaction();
    const own = transactionInternals(transaction);
    await own.forceCleanup();
    expect(destroyed).toHaveBeenCalledExactlyOnceWith(own.connection);
    expect(own.connection?.uuid).toBeUndefined();
    await own.forceCleanup();
    expect(destroyed).toHaveBeenCalledTimes(1);
  });

  it('can be begun again where BEGIN failed, once their `finished` and `connection` are forgotten', async () => {
    const sequelize = connected();
    const queryInterface = sequelize.getQueryInterface() as unknown as Record<string, Method>;
    const begun = vi.fn(() => (begun.mock.calls.length === 1 ? Promise.reject(new Error('lost')) : Promise.resolve()));
    queryInterface['startTransaction'] = begun;
    queryInterface['rollbackTransaction'] = () => Promise.resolve();
    const transaction = new (Transaction as unknown as new (sequelize: Sequelize, options: object) => Transaction)(sequelize, {});
    const prepare = (transaction as unknown as { prepareEnvironment: () => Promise<void> }).prepareEnvironment.bind(transaction);
    await expect(prepare()).rejects.toThrow('lost');
    Object.assign(transaction, { finished: undefined, connection: undefined });
    await prepare();
    expect(begun).toHaveBeenCalledTimes(2);
    await transaction.commit();
  });

  it('mark their last statement with `completesTransaction`', async () => {
    const sequelize = connected();
    const query = vi.spyOn(sequelize, 'query');
    await sequelize.transaction(() => Promise.resolve());
    await (await sequelize.transaction()).rollback();
    const marked = query.mock.calls.map(([sql, options]) => [sql, (options as Fields)['completesTransaction'] ?? false]);
    expect(marked.filter(([, ends]) => ends)).toEqual([
      ['COMMIT;', true],
      ['ROLLBACK;', true],
    ]);
  });

  it('know their Sequelize, their id and their parent', async () => {
    const sequelize = connected();
    const transaction = await sequelize.transaction();
    const savepoint = await sequelize.transaction({ transaction });
    expect(transaction).toMatchObject({ sequelize, id: expect.any(String) as string });
    expect(transaction).toBeInstanceOf(Transaction);
    expect((savepoint as unknown as { parent: unknown }).parent).toBe(transaction);
  });
});

describe('Sequelize.useCLS (lib/sequelize.js)', () => {
  afterEach(() => {
    Reflect.deleteProperty(Sequelize, '_cls');
  });

  it('keeps the namespace on the base class, also where it is called on a class that extends it', () => {
    const namespace = { bind: () => undefined, run: () => undefined, get: () => undefined, set: () => undefined };
    class Extended extends Sequelize {}
    Extended.useCLS(namespace);
    expect((Sequelize as unknown as SequelizeClassInternals)._cls).toBe(namespace);
    expect(Object.hasOwn(Extended, '_cls')).toBe(false);
  });

  it("asks it for 'transaction' where a query was handed none, and not where it was handed null", async () => {
    const asked: string[] = [];
    const get = (key: string) => {
      asked.push(key);
      return undefined;
    };
    Sequelize.useCLS({ bind: () => undefined, run: () => undefined, get, set: () => undefined });
    const sequelize = unopened('postgres', { databaseVersion: '15.0.0' });
    internalsOf(sequelize).connectionManager.getConnection = () => Promise.reject(new Error('no connection'));
    await expect(sequelize.query('SELECT 1')).rejects.toThrow('no connection');
    expect(asked).toEqual(['transaction']);
    await expect(sequelize.query('SELECT 1', { transaction: null })).rejects.toThrow('no connection');
    expect(asked).toHaveLength(1);
  });
});

describe('queries (lib/dialects/postgres/query.js)', () => {
  interface QueryClass {
    new (...args: unknown[]): object;
    prototype: { formatError: Method; run: Method };
  }
  const sequelize = unopened('postgres', { databaseVersion: '15.0.0' });
  const { Query } = (internalsOf(sequelize) as unknown as { dialect: { Query: QueryClass } }).dialect;

  it('hand each error of a statement to `formatError`, a method of `dialect.Query`', async () => {
    expect(Query.prototype.formatError).toBeTypeOf('function');
    const own = unopened('postgres', { databaseVersion: '15.0.0' });
    const mine = new Error('mine');
    const dialect = internalsOf(own).dialect as unknown as { Query: QueryClass };
    const Formatting = class extends (dialect.Query as new (...args: unknown[]) => object) {
      formatError(error: Error): Error {
        return error === mine ? Object.assign(new Error('formatted'), { original: error }) : error;
      }
    };
    dialect.Query = Object.setPrototypeOf(Formatting, dialect.Query) as QueryClass;
    internalsOf(own).connectionManager.getConnection = () =>
      Promise.resolve({ query: (_sql: string, ...rest: unknown[]) => (rest.at(-1) as Method)(mine) });
    internalsOf(own).connectionManager.releaseConnection = () => undefined;
    await expect(own.query('SELECT 1')).rejects.toMatchObject({ message: 'formatted', original: mine });
  });

  it('send each text with `run`, with its replacements and parameters in their places, and know their model and their text', async () => {
    const own = unopened('postgres', { databaseVersion: '15.0.0' });
    const seen: unknown[] = [];
    const dialect = internalsOf(own).dialect as unknown as { Query: QueryClass };
    const Seeing = class extends (dialect.Query as new (
      ...args: unknown[]
    ) => { run(...args: unknown[]): Promise<unknown>; options: Fields; sql?: string }) {
      override async run(sql: unknown, parameters: unknown): Promise<unknown> {
        seen.push([sql, parameters, this.options['model']]);
        const result = await super.run(sql, parameters);
        seen.push(this.sql);
        return result;
      }
    };
    dialect.Query = Object.setPrototypeOf(Seeing, dialect.Query) as QueryClass;
    internalsOf(own).connectionManager.getConnection = () =>
      Promise.resolve({ query: (_sql: string, ...rest: unknown[]) => (rest.at(-1) as Method)(null, { rows: [], fields: [] }) });
    internalsOf(own).connectionManager.releaseConnection = () => undefined;
    const model = own.define('thing', {}, { timestamps: false });
    await own.query('SELECT :a', { replacements: { a: 'b' } });
    await own.query('SELECT $a', { bind: { a: 'b' } });
    await model.findAll();
    expect(seen).toEqual([
      ["SELECT 'b'", undefined, undefined],
      "SELECT 'b'",
      ['SELECT $1', ['b'], undefined],
      'SELECT $1',
      ['SELECT "id" FROM "things" AS "thing";', undefined, model],
      'SELECT "id" FROM "things" AS "thing";',
    ]);
  });
});

describe("a model's definition (lib/model.js, init)", () => {
  it('is told with runHooks("afterDefine"), which rejects where a hook throws, when the model is known already', () => {
    const sequelize = unopened('postgres');
    const told: unknown[] = [];
    vi.spyOn(sequelize as unknown as { runHooks: Method }, 'runHooks').mockImplementation((...args) => {
      told.push([...args, [...internalsOf(sequelize).modelManager.models]]);
      return Promise.resolve();
    });
    const model = sequelize.define('thing', {});
    expect(told.at(-1)).toEqual(['afterDefine', model, [model]]);
  });
});

describe('query logging (lib/dialects/abstract/query.js, _logQuery; lib/sequelize.js, log)', () => {
  /** An object that asks nobody, and what its `log` is called with. */
  function listening(options: Fields = {}): { sequelize: Sequelize; calls: unknown[][] } {
    const sequelize = unopened('postgres', { logging: () => undefined, ...options });
    const { connectionManager } = internalsOf(sequelize);
    connectionManager.getConnection = () =>
      Promise.resolve({ query: (_sql: string, ...rest: unknown[]) => (rest.at(-1) as Method)(null, { rows: [], fields: [] }) });
    connectionManager.releaseConnection = () => undefined;
    const calls: unknown[][] = [];
    vi.spyOn(sequelize as unknown as { log: Method }, 'log').mockImplementation((...args) => void calls.push(args));
    return { sequelize, calls };
  }

  it("tells each statement by the object's own `log`, with its text and the query's options, whose `logging` is filled in", async () => {
    const logging = (): void => undefined;
    const { sequelize, calls } = listening({ logging });
    await sequelize.query('SELECT 1', { nest: true });
    expect(calls).toEqual([['Executing (default): SELECT 1', expect.objectContaining({ logging, nest: true })]]);
  });

  it('tells it afterwards, with the milliseconds before the options, where `benchmark` is on', async () => {
    const { sequelize, calls } = listening({ benchmark: true });
    await sequelize.query('SELECT 1');
    expect(calls).toEqual([['Executed (default): SELECT 1', expect.any(Number), expect.objectContaining({ raw: true })]]);
  });

  it('tells parameters as a part of the text', async () => {
    const { sequelize, calls } = listening({ logQueryParameters: true });
    await sequelize.query('SELECT $1', { bind: ['one'] });
    expect(calls[0]?.[0]).toBe('Executing (default): SELECT $1; "one"');
  });

  it('hands all of it to a function, and to console.log one text', () => {
    const logging = vi.fn();
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const say = (options: Fields, ...args: unknown[]) =>
      methodOf(unopened('postgres', options), 'log').call(unopened('postgres', options), ...args);
    say({}, 'Executing (default): SELECT 1', { logging });
    say({}, 'Executed (default): SELECT 1', 3, { logging });
    expect(logging.mock.calls).toEqual([
      ['Executing (default): SELECT 1', { logging }],
      ['Executed (default): SELECT 1', 3, { logging }],
    ]);
    say({}, 'Executing (default): SELECT 1', { logging: console.log });
    say({ benchmark: true }, 'Executed (default): SELECT 1', 3, { logging: console.log });
    expect(log.mock.calls).toEqual([['Executing (default): SELECT 1'], ['Executed (default): SELECT 1 Elapsed time: 3ms']]);
  });
});
