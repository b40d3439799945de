import { DataTypes, Model, Op, Sequelize, type ModelStatic, type QueryInterface } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { internalsOf } from '../../src/sequelize-internals.js';
import { onEachDatabase, switchableForTest } from '../support/connections.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

type Live = Record<string, unknown>;

const optionsOf = (sequelize: Sequelize): Live => internalsOf(sequelize).options;

describe('what a program assigns to the object while it runs', () => {
  it('options.logging: is seen on both databases, and on those that become active later', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const lines: string[] = [];
    optionsOf(sequelize)['logging'] = (line: string) => void lines.push(line);
    await onEachDatabase(switchable, async (engine, round) => {
      lines.length = 0;
      await sequelize.query(`SELECT ${round} AS here`);
      expect(lines, engine).toEqual([`Executing (default): SELECT ${round} AS here -- ${engine}, epoch ${round}`]);
    });
    optionsOf(sequelize)['logging'] = false;
    lines.length = 0;
    await sequelize.query('SELECT 1');
    await switchable.toSqlite();
    await sequelize.query('SELECT 1');
    expect(lines).toEqual([]);
  });

  it('options.logging: one that is assigned on SQLite is seen on PostgreSQL', async () => {
    const { sequelize, toSqlite, toPostgres } = await switchableForTest(server);
    await toSqlite();
    const lines: string[] = [];
    optionsOf(sequelize)['logging'] = (line: string) => void lines.push(line);
    await toPostgres();
    await sequelize.query('SELECT 5 AS five');
    expect(lines).toContain('Executing (default): SELECT 5 AS five -- postgres, epoch 3');
  });

  it('before that each database has the logging of its own configuration', async () => {
    const lines: Record<'primary' | 'fallback', string[]> = { primary: [], fallback: [] };
    const switchable = await switchableForTest(server, {
      primary: { logging: (line) => void lines.primary.push(line) },
      fallback: { logging: (line) => void lines.fallback.push(line) },
    });
    await onEachDatabase(switchable, async (_engine, round) => {
      await switchable.sequelize.query(`SELECT ${round} AS here`);
    });
    expect(lines.primary.filter((line) => line.includes('here'))).toHaveLength(2);
    expect(lines.fallback.filter((line) => line.includes('here'))).toEqual(['Executing (default): SELECT 2 AS here -- sqlite, epoch 2']);
  });

  it('options.benchmark: the time goes to the log on both databases', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const timings: unknown[] = [];
    optionsOf(sequelize)['logging'] = (_line: string, timing: unknown) => void timings.push(timing);
    optionsOf(sequelize)['benchmark'] = true;
    await onEachDatabase(switchable, async () => {
      timings.length = 0;
      await sequelize.query('SELECT 1');
      expect(timings).toEqual([expect.any(Number)]);
    });
  });

  it('options.define: holds for models that are defined after a switch', async () => {
    const switchable = await switchableForTest(server, { sequelize: { define: { underscored: true } } });
    const { sequelize } = switchable;
    const fieldOf = (name: string): unknown => {
      const model: ModelStatic<Model> = sequelize.define(name, { firstName: DataTypes.STRING });
      return [model.getAttributes()['firstName']?.field, model.getTableName()];
    };
    expect(fieldOf('One')).toEqual(['first_name', 'ones']);
    await switchable.toSqlite();
    expect(fieldOf('Two')).toEqual(['first_name', 'twos']);
    optionsOf(sequelize)['define'] = { freezeTableName: true };
    await switchable.toPostgres();
    expect(fieldOf('Three')).toEqual(['firstName', 'Three']);
  });

  it('an option that Sequelize does not know is kept through a switch', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const own = { mine: true };
    optionsOf(sequelize)['myPlugin'] = own;
    await onEachDatabase(switchable, () => {
      expect(optionsOf(sequelize)['myPlugin']).toBe(own);
      expect(Object.keys({ ...optionsOf(sequelize) })).toContain('myPlugin');
      return Promise.resolve();
    });
  });

  it('options.quoteIdentifiers: is obeyed by the query generator of both', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const quoted = () =>
      (sequelize.getQueryInterface().queryGenerator as { quoteIdentifier(name: string): string }).quoteIdentifier('word');
    optionsOf(sequelize)['quoteIdentifiers'] = false;
    await onEachDatabase(switchable, () => {
      expect(quoted()).toBe('word');
      expect((sequelize.getQueryInterface().queryGenerator as { options: Live }).options['quoteIdentifiers']).toBe(false);
      return Promise.resolve();
    });
  });

  it('a hook: of connections, added on SQLite, runs for the next connections of PostgreSQL', async () => {
    const { sequelize, toSqlite, toPostgres } = await switchableForTest(server);
    await sequelize.query('SELECT 1');
    await toSqlite();
    let connects = 0;
    sequelize.addHook('afterConnect', () => {
      connects += 1;
    });
    await sequelize.query('SELECT 1');
    expect(connects).toBe(0);
    await toPostgres();
    connects = 0;
    await Promise.all([sequelize.query('SELECT pg_sleep(0.1)'), sequelize.query('SELECT pg_sleep(0.1)')]);
    expect(connects).toBeGreaterThan(0);
  });

  it('a hook: removed, it runs on neither', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    let calls = 0;
    const hook = () => {
      calls += 1;
    };
    sequelize.addHook('beforeQuery', 'mine', hook);
    await sequelize.query('SELECT 1');
    expect(calls).toBe(1);
    await switchable.toSqlite();
    sequelize.removeHook('beforeQuery', 'mine');
    calls = 0;
    await sequelize.query('SELECT 1');
    await switchable.toPostgres();
    await sequelize.query('SELECT 1');
    expect(calls).toBe(0);
  });

  it('models: a list that was put in the place of the old one is what each database works with', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const Kept = sequelize.define('Kept', { name: DataTypes.STRING });
    const Dropped = sequelize.define('Dropped', { name: DataTypes.STRING });
    const own = internalsOf(sequelize);
    own.models = { Kept };
    own.modelManager.models = own.modelManager.models.filter((model) => model.name !== Dropped.name);
    await switchable.toSqlite();
    expect(Object.keys(sequelize.models)).toEqual(['Kept']);
    expect(sequelize.isDefined('Dropped')).toBe(false);
    // Query generators know the instance of their dialect.
    const { sequelize: known } = sequelize.getQueryInterface().queryGenerator as { sequelize: Sequelize };
    expect(known.models).toBe(sequelize.models);
    expect(known.isDefined('Dropped')).toBe(false);
    await Kept.create({ name: 'x' });
    const tables = (await switchable.sqlite("SELECT name FROM sqlite_master WHERE type = 'table'")).map((row) => row['name']);
    expect(tables).toContain('Kepts');
    expect(tables).not.toContain('Droppeds');
  });
});

describe('options of the configuration', () => {
  it('timezone: is kept on PostgreSQL, and the fallback works with it', async () => {
    const switchable = await switchableForTest(server, { sequelize: { timezone: '+02:00' } });
    const { sequelize } = switchable;
    const Event = sequelize.define('Event', { at: DataTypes.DATE });
    const at = new Date('2026-02-03T04:05:06.789Z');
    await onEachDatabase(switchable, async (engine) => {
      expect(optionsOf(sequelize)['timezone']).toBe(engine === 'postgres' ? '+02:00' : '+00:00');
      await Event.create({ at });
      expect((await Event.findOne({ where: { at }, rejectOnEmpty: true })).get('at')).toEqual(at);
      if (engine === 'postgres') expect(await sequelize.query('SHOW timezone', { plain: true })).toEqual({ TimeZone: '<+02>-02' });
    });
    expect(await switchable.postgres('SELECT "at" FROM "Events"')).toEqual([{ at }, { at }]);
  });

  it('operatorsAliases: are known on both databases', async () => {
    const switchable = await switchableForTest(server, { sequelize: { operatorsAliases: { $gt: Op.gt } } });
    const Item = switchable.sequelize.define('Item', { price: DataTypes.INTEGER });
    await onEachDatabase(switchable, async (_engine, round) => {
      await Item.bulkCreate([{ price: round * 10 }, { price: round * 10 + 1 }]);
      expect(await Item.count({ where: { price: { $gt: round * 10 } } as never })).toBe(1);
    });
  });

  it('hooks: of the configuration run once on each database', async () => {
    const calls: string[] = [];
    const switchable = await switchableForTest(server, {
      sequelize: { hooks: { beforeCreate: (row) => void calls.push(String(row.get('name'))) } },
    });
    const Item = switchable.sequelize.define('Item', { name: DataTypes.STRING });
    await onEachDatabase(switchable, async (_engine, round) => {
      await Item.create({ name: `item ${round}` });
    });
    expect(calls).toEqual(['item 1', 'item 2', 'item 3']);
  });
});

describe('the query interface', () => {
  it('is one object for good, and each call goes to the active database', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const kept = sequelize.getQueryInterface();
    const columns = { id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true }, tags: DataTypes.ARRAY(DataTypes.STRING) };
    await onEachDatabase(switchable, async (_engine, round) => {
      expect(sequelize.getQueryInterface()).toBe(kept);
      expect((sequelize as unknown as { queryInterface: unknown }).queryInterface).toBe(kept);
      expect(kept).toBeInstanceOf((Sequelize as unknown as { QueryInterface: new () => QueryInterface }).QueryInterface);
      expect(kept.sequelize).toBe(sequelize);
      if (round !== 3) await kept.createTable('made', columns);
      await kept.addColumn('made', `extra${round}`, { type: DataTypes.STRING, defaultValue: 'x' });
      await kept.bulkInsert('made', [{ tags: ['a'] }]);
      expect(Object.keys(await kept.describeTable('made'))).toContain(`extra${round}`);
      expect(await kept.tableExists('made')).toBe(true);
      expect((await kept.showAllTables()).map(String)).toContain('made');
      await kept.addIndex('made', [`extra${round}`], { name: `made_extra${round}` });
      expect((await kept.showIndex('made')) as { name: string }[]).toEqual(
        expect.arrayContaining([expect.objectContaining({ name: `made_extra${round}` })]),
      );
    });
    const inPostgres = await switchable.postgres("SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'made'");
    const inSqlite = await switchable.sqlite("SELECT name FROM pragma_table_info('made')");
    expect(inPostgres.map((row) => row['name']).sort()).toEqual(['extra1', 'extra3', 'id', 'tags']);
    expect(inSqlite.map((row) => row['name']).sort()).toEqual(['extra2', 'id', 'tags']);
  });

  it("has the methods of PostgreSQL's dialect on each database, and its query generator", async () => {
    const switchable = await switchableForTest(server);
    const kept = switchable.sequelize.getQueryInterface() as QueryInterface & { pgListEnums?(table: string): Promise<unknown> };
    await onEachDatabase(switchable, async () => {
      expect(kept.queryGenerator).toBe((internalsOf(switchable.sequelize).dialect as { queryGenerator: unknown }).queryGenerator);
      expect(kept.quoteIdentifier('x')).toBe('"x"');
      expect(await kept.pgListEnums?.('nothing')).toEqual([]);
    });
  });

  it('keeps what a program adds to it', async () => {
    const switchable = await switchableForTest(server);
    const kept = switchable.sequelize.getQueryInterface() as QueryInterface & { mine?: () => string };
    kept.mine = () => 'mine';
    await onEachDatabase(switchable, () => {
      const now = switchable.sequelize.getQueryInterface() as QueryInterface & { mine?: () => string };
      expect(now.mine?.()).toBe('mine');
      return Promise.resolve();
    });
  });

  it('keeps a method that a program puts in the place of one, through a switch', async () => {
    const switchable = await switchableForTest(server);
    const kept = switchable.sequelize.getQueryInterface();
    kept.tableExists = () => Promise.resolve('replaced' as never);
    await onEachDatabase(switchable, async () => {
      expect(await switchable.sequelize.getQueryInterface().tableExists('x')).toBe('replaced');
    });
  });

  it('runs a call of many statements on the database that it began on', async () => {
    const { sequelize, toSqlite, postgres, sqlite } = await switchableForTest(server);
    const kept = sequelize.getQueryInterface();
    let switched = false;
    sequelize.addHook('beforeQuery', async () => {
      if (switched) return;
      switched = true;
      await toSqlite();
    });
    // On PostgreSQL: one statement that looks for the type, one that makes it, one that makes the table.
    await kept.createTable('doors', { state: DataTypes.ENUM('open', 'closed') });
    expect(await postgres("SELECT udt_name AS type FROM information_schema.columns WHERE table_name = 'doors'")).toEqual([
      { type: 'enum_doors_state' },
    ]);
    expect(await sqlite("SELECT name FROM sqlite_master WHERE name = 'doors'")).toEqual([]);
  });
});

describe('static hooks of Sequelize', () => {
  it('beforeInit and afterInit run once for each handle, whatever it switches to', async () => {
    const calls: string[] = [];
    Sequelize.addHook('beforeInit', 'count', () => void calls.push('beforeInit'));
    Sequelize.addHook('afterInit', 'count', (sequelize: Sequelize) => void calls.push(`afterInit ${sequelize.getDialect()}`));
    try {
      const switchable = await switchableForTest(server);
      await onEachDatabase(switchable, async () => {
        await switchable.sequelize.query('SELECT 1');
      });
      expect(calls).toEqual(['beforeInit', 'afterInit postgres']);
    } finally {
      Sequelize.removeHook('beforeInit', 'count');
      Sequelize.removeHook('afterInit', 'count');
    }
  });
});
