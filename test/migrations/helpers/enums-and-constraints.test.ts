import { DataTypes, Deferrable, Op, QueryTypes, type Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addColumnSafe,
  addConstraintSafe,
  addEnumValueSafe,
  addIndexSafe,
  createTableSafe,
  removeConstraintSafe,
  removeIndexSafe,
  replaceEnumValuesSafe,
} from '../../../src/migrations/index.js';
import { Databases, KINDS, listener, SPEAK_POSTGRES } from './kinds.js';

let databases: Databases;
beforeAll(async () => {
  databases = await Databases.start();
}, 60_000);
afterAll(async () => {
  await databases.dispose();
}, 60_000);

const all = (sequelize: Sequelize, sql: string) => sequelize.query(sql, { type: QueryTypes.SELECT });

const tickets = {
  id: { type: DataTypes.INTEGER, primaryKey: true },
  state: { type: DataTypes.ENUM('open', 'done'), allowNull: false, defaultValue: 'open' },
};

describe.each(KINDS)('ENUM changes (%s)', (kind) => {
  it('adds a value at its place, once', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    await createTableSafe(queryInterface, 'tickets', tickets);
    await addIndexSafe(queryInterface, 'tickets', ['state'], { where: { state: 'open' } });
    await sequelize.query("INSERT INTO tickets (id, state) VALUES (1, 'done')");
    const add = () => addEnumValueSafe(queryInterface, 'tickets', 'state', "it's paid", { before: 'done' });
    expect(await add()).toMatchObject({ did: 'changed', subject: 'column "state" of "tickets"' });
    expect(await add()).toMatchObject({ did: 'exists' });
    await sequelize.query("INSERT INTO tickets (id, state) VALUES (2, 'it''s paid')");
    await expect(sequelize.query("INSERT INTO tickets (id, state) VALUES (3, 'broken')")).rejects.toThrow();
    const asked = { ...tickets.state, type: DataTypes.ENUM('open', "it's paid", 'done') };
    expect(await addColumnSafe(queryInterface, 'tickets', 'state', asked)).toMatchObject({ did: 'exists', differences: [] });
    const last = await addEnumValueSafe(queryInterface, 'tickets', 'state', 'last', { after: 'done' });
    expect(last).toMatchObject({ did: 'changed', details: ["added the value 'last'"] });
    await expect(addEnumValueSafe(queryInterface, 'tickets', 'state', 'x', { after: 'no' })).rejects.toThrow("'no' is none of its values");
    await expect(addEnumValueSafe(queryInterface, 'tickets', 'id', 'x')).rejects.toThrow('it is no ENUM');
    await expect(addEnumValueSafe(queryInterface, 'tickets', 'none', 'x')).rejects.toThrow('there is no such column');
    expect(await all(sequelize, 'SELECT id, state FROM tickets ORDER BY id')).toEqual([
      { id: 1, state: 'done' },
      { id: 2, state: "it's paid" },
    ]);
  });

  it('adds a value within a transaction that is rolled back', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    await createTableSafe(queryInterface, 'tickets', tickets);
    const transaction = await sequelize.transaction();
    expect(await addEnumValueSafe(queryInterface, 'tickets', 'state', 'paid', { transaction })).toMatchObject({ did: 'changed' });
    await transaction.rollback();
    await expect(sequelize.query("INSERT INTO tickets (id, state) VALUES (1, 'paid')")).rejects.toThrow();
    expect(await createTableSafe(queryInterface, 'tickets', tickets)).toMatchObject({ did: 'exists', differences: [] });
  });

  it('replaces the values, and renames those of rows', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    await createTableSafe(queryInterface, 'tickets', tickets);
    await sequelize.query("INSERT INTO tickets (id, state) VALUES (1, 'done'), (2, 'open')");
    const values = ['new', 'open', 'closed'];
    await expect(replaceEnumValuesSafe(queryInterface, 'tickets', 'state', values)).rejects.toThrow("rows have the value 'done'");
    const replace = () => replaceEnumValuesSafe(queryInterface, 'tickets', 'state', values, { rename: { done: 'closed' } });
    expect(await replace()).toMatchObject({ did: 'changed', details: ['values: open, done → new, open, closed'] });
    expect(await replace()).toMatchObject({ did: 'exists' });
    expect(await all(sequelize, 'SELECT id, state FROM tickets ORDER BY id')).toEqual([
      { id: 1, state: 'closed' },
      { id: 2, state: 'open' },
    ]);
    await sequelize.query('INSERT INTO tickets (id) VALUES (3)');
    await expect(sequelize.query("INSERT INTO tickets (id, state) VALUES (4, 'done')")).rejects.toThrow();
    const asked = { ...tickets, state: { ...tickets.state, type: DataTypes.ENUM(...values) } };
    expect(await createTableSafe(queryInterface, 'tickets', asked)).toMatchObject({ did: 'exists', differences: [] });
    const without = replaceEnumValuesSafe(queryInterface, 'tickets', 'state', ['new', 'closed']);
    await expect(without).rejects.toThrow("its default is 'open'");
  });
});

describe.each(KINDS)('values that an index names (%s)', (kind) => {
  it('are not replaced, and nothing is changed, until the index is gone', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    await createTableSafe(queryInterface, 'tickets', { ...tickets, n: DataTypes.INTEGER, kind: DataTypes.ENUM('done', 'other') });
    await addIndexSafe(queryInterface, 'tickets', ['n'], { name: 'one_done', unique: true, where: { state: 'done' } });
    await sequelize.query("INSERT INTO tickets (id, state, n) VALUES (1, 'done', 7)");
    const replace = () => replaceEnumValuesSafe(queryInterface, 'tickets', 'state', ['open', 'sent'], { rename: { done: 'sent' } });
    await expect(replace()).rejects.toMatchObject({
      code: 'SCHEMA_CHANGE',
      remedy: expect.stringContaining('removeIndexSafe()') as string,
    });
    await expect(sequelize.query("INSERT INTO tickets (id, state, n) VALUES (2, 'done', 7)")).rejects.toThrow('Validation error');
    await removeIndexSafe(queryInterface, 'tickets', 'one_done');
    expect(await replace()).toMatchObject({ did: 'changed' });
    expect(await all(sequelize, 'SELECT id, state FROM tickets')).toEqual([{ id: 1, state: 'sent' }]);
  });
});

describe('values that another CHECK names, on plain SQLite', () => {
  it('are not replaced', async () => {
    const { sequelize, queryInterface } = await databases.open('plain SQLite');
    const state = "state TEXT NOT NULL CHECK (`state` IN ('open', 'done', 'x'))";
    const other = "kind TEXT DEFAULT 'x' CHECK (`kind` IN ('x', 'y'))";
    await sequelize.query(`CREATE TABLE tickets (id INTEGER, ${state}, ${other}, CHECK (state <> 'done' OR id > 0))`);
    const replace = (values: string[]) => replaceEnumValuesSafe(queryInterface, 'tickets', 'state', values);
    await expect(replace(['open', 'x'])).rejects.toThrow("another CHECK of the table names 'done'");
    expect(await replace(['open', 'done'])).toMatchObject({ did: 'changed' });
  });
});

describe.each(SPEAK_POSTGRES)('ENUM changes (%s)', (kind) => {
  it('renames the default along', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    await createTableSafe(queryInterface, 'tickets', tickets);
    await replaceEnumValuesSafe(queryInterface, 'tickets', 'state', ['fresh', 'done'], { rename: { open: 'fresh' } });
    await sequelize.query('INSERT INTO tickets (id) VALUES (1)');
    expect(await all(sequelize, 'SELECT state FROM tickets')).toEqual([{ state: 'fresh' }]);
  });

  it('refuses to replace values of a type that two columns have', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    await createTableSafe(queryInterface, 'tickets', tickets);
    await sequelize.query('CREATE TABLE others (state enum_tickets_state)');
    const replace = replaceEnumValuesSafe(queryInterface, 'tickets', 'state', ['open', 'x'], { rename: { done: 'x' } });
    await expect(replace).rejects.toThrow('public.others.state has the same type');
  });
});

describe.each(KINDS)('constraints (%s)', (kind) => {
  it('adds a UNIQUE constraint once, reports one that differs, and removes it once', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    await createTableSafe(queryInterface, 'users', {
      id: { type: DataTypes.INTEGER, primaryKey: true },
      a: DataTypes.INTEGER,
      b: DataTypes.INTEGER,
    });
    const options = { type: 'unique', fields: ['a', 'b'], name: 'users_a_b_uk' } as const;
    const add = () => addConstraintSafe(queryInterface, 'users', { ...options, fields: [...options.fields] });
    expect(await add()).toMatchObject({ did: 'created', subject: 'constraint "users_a_b_uk" on "users"' });
    expect(await add()).toMatchObject({ did: 'exists', differences: [] });
    await sequelize.query('INSERT INTO users VALUES (1, 1, 1), (2, 1, 2)');
    await expect(sequelize.query('INSERT INTO users VALUES (3, 1, 1)')).rejects.toThrow('Validation error');
    const logger = listener();
    const other = await addConstraintSafe(queryInterface, 'users', { type: 'unique', fields: ['a'], name: 'users_a_b_uk', logger });
    expect(other).toMatchObject({ did: 'exists', differences: [{ aspect: 'definition' }] });
    expect(logger.warnings).toHaveLength(1);
    expect(await removeConstraintSafe(queryInterface, 'users', 'users_a_b_uk')).toMatchObject({ did: 'removed' });
    expect(await removeConstraintSafe(queryInterface, 'users', 'users_a_b_uk')).toMatchObject({ did: 'absent' });
    await sequelize.query('INSERT INTO users VALUES (3, 1, 1)');
    await expect(addConstraintSafe(queryInterface, 'users', { type: 'unique', fields: ['a'] } as never)).rejects.toThrow(
      'options.name: must be a name',
    );
    await expect(addConstraintSafe(queryInterface, 'users', { type: 'odd', fields: ['a'], name: 'x' } as never)).rejects.toThrow(
      'options.type: must be',
    );
  });
});

describe.each(SPEAK_POSTGRES)('constraints (%s)', (kind) => {
  it('adds foreign keys, checks and primary keys once', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    await createTableSafe(queryInterface, 'teams', { id: { type: DataTypes.INTEGER, primaryKey: true } });
    await createTableSafe(queryInterface, 'users', {
      id: { type: DataTypes.INTEGER, allowNull: false },
      team: DataTypes.INTEGER,
      age: DataTypes.INTEGER,
    });
    const foreign = (onDelete: string) => ({
      type: 'foreign key' as const,
      fields: ['team'],
      name: 'users_team_fk',
      references: { table: 'teams', field: 'id' },
      onDelete,
      onUpdate: 'no action',
    });
    const check = (least: number) => ({ type: 'check' as const, fields: ['age'], name: 'users_age', where: { age: { [Op.gte]: least } } });
    const primary = { type: 'primary key' as const, fields: ['id'], name: 'users_pk' };
    const deferred = { ...foreign('no action'), name: 'users_deferred', deferrable: Deferrable.INITIALLY_DEFERRED };
    for (const options of [foreign('cascade'), check(18), primary, deferred] as never[]) {
      expect(await addConstraintSafe(queryInterface, 'users', options)).toMatchObject({ did: 'created' });
      expect(await addConstraintSafe(queryInterface, 'users', options)).toMatchObject({ did: 'exists', differences: [] });
    }
    for (const options of [foreign('set null'), check(21)]) {
      expect((await addConstraintSafe(queryInterface, 'users', { ...options, logger: false })).differences).toHaveLength(1);
    }
    expect(await addConstraintSafe(queryInterface, 'users', { ...check(21), onDifference: 'change' })).toMatchObject({ did: 'changed' });
    await sequelize.query('INSERT INTO teams VALUES (1)');
    await expect(sequelize.query('INSERT INTO users VALUES (1, 1, 20)')).rejects.toThrow('violates check constraint "users_age"');
    await sequelize.query('INSERT INTO users VALUES (1, 1, 30)');
    await sequelize.query('DELETE FROM teams');
    expect(await all(sequelize, 'SELECT * FROM users')).toEqual([]);
    for (const name of ['users_team_fk', 'users_age', 'users_pk', 'users_deferred']) {
      expect(await removeConstraintSafe(queryInterface, 'users', name)).toMatchObject({ did: 'removed' });
      expect(await removeConstraintSafe(queryInterface, 'users', name)).toMatchObject({ did: 'absent' });
    }
  });
});

describe('constraints on plain SQLite', () => {
  it('refuses what SQLite can not add, or leaves it out', async () => {
    const { queryInterface } = await databases.open('plain SQLite');
    await createTableSafe(queryInterface, 'users', { id: DataTypes.INTEGER });
    const check = { type: 'check' as const, fields: ['id'], name: 'users_id', where: { id: { [Op.gt]: 0 } } };
    await expect(addConstraintSafe(queryInterface, 'users', check)).rejects.toThrow('SQLite adds no CHECK to a table that is there');
    expect(await addConstraintSafe(queryInterface, 'users', { ...check, fallback: 'skip' })).toMatchObject({ did: 'skipped' });
  });
});
