import { DataTypes, QueryTypes, type Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addColumnSafe,
  addIndexSafe,
  createTableSafe,
  dropTableSafe,
  getDialectTypes,
  removeColumnSafe,
  renameColumnSafe,
  uuidDefault,
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

describe.each(KINDS)('columns (%s)', (kind) => {
  it('adds a column of each type once, with its default in the rows that are there', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const types = getDialectTypes(queryInterface);
    await createTableSafe(queryInterface, 'users', { id: { type: types.INTEGER, primaryKey: true } });
    await sequelize.query('INSERT INTO users (id) VALUES (1)');
    const columns = {
      name: { type: types.STRING(20), allowNull: false, defaultValue: "it's" },
      roles: { type: types.ARRAY_STRING, defaultValue: '["a"]' },
      state: { type: types.ENUM('on', 'off'), defaultValue: 'on' },
      big: { type: types.BIGINT, defaultValue: 5 },
      prefs: { type: types.JSONB, allowNull: false, defaultValue: {} },
      email: { type: types.STRING, unique: true },
    };
    for (const [name, column] of Object.entries(columns)) {
      expect(await addColumnSafe(queryInterface, 'users', name, column)).toMatchObject({
        did: 'created',
        subject: `column "${name}" of "users"`,
      });
      expect(await addColumnSafe(queryInterface, 'users', name, column)).toMatchObject({ did: 'exists', differences: [] });
    }
    const [row] = await all(sequelize, 'SELECT name, state FROM users');
    expect(row).toEqual({ name: "it's", state: 'on' });
    await sequelize.query("INSERT INTO users (id, email) VALUES (2, 'a')");
    await expect(sequelize.query("INSERT INTO users (id, email) VALUES (3, 'a')")).rejects.toThrow('Validation error');
    await expect(sequelize.query("INSERT INTO users (id, state) VALUES (4, 'broken')")).rejects.toThrow();
  });

  it('reports a column that is there and differs', async () => {
    const { queryInterface } = await databases.open(kind);
    const types = getDialectTypes(queryInterface);
    await createTableSafe(queryInterface, 'users', { id: { type: types.INTEGER, primaryKey: true }, name: types.STRING(10) });
    const logger = listener();
    const change = await addColumnSafe(queryInterface, 'users', 'name', { type: types.TEXT, allowNull: false }, { logger });
    expect(change).toMatchObject({
      did: 'exists',
      differences: [{ aspect: 'type' }, { aspect: 'nullability', stored: 'NULL', asked: 'NOT NULL' }],
    });
    expect(logger.warnings).toHaveLength(1);
    const strict = addColumnSafe(queryInterface, 'users', 'name', types.TEXT, { onDifference: 'error' });
    await expect(strict).rejects.toThrow('column "name" of "users" differs from what was asked for: "name" has the type');
  });

  it('removes a column and keeps what the others have', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const types = getDialectTypes(queryInterface);
    await createTableSafe(queryInterface, 'teams', { id: { type: types.INTEGER, primaryKey: true } });
    await createTableSafe(queryInterface, 'users', {
      id: { type: types.INTEGER, primaryKey: true },
      name: { type: types.STRING, allowNull: false, defaultValue: 'nobody' },
      team: { type: types.INTEGER, references: { model: 'teams', key: 'id' }, onDelete: 'CASCADE' },
      state: types.ENUM('a', 'b'),
      old: types.STRING,
    });
    await addIndexSafe(queryInterface, 'users', ['name'], { unique: true });
    await addIndexSafe(queryInterface, 'users', ['old', 'name']);
    await addIndexSafe(queryInterface, 'users', ['id'], { name: 'users_partial', where: { old: null } });
    await sequelize.query('INSERT INTO teams (id) VALUES (7)');
    await sequelize.query("INSERT INTO users (id, team, old) VALUES (1, 7, 'x')");

    const removed = await removeColumnSafe(queryInterface, 'users', 'old');
    expect(removed.did).toBe('removed');
    if (kind === 'plain SQLite') expect(removed.details).toEqual(['dropped index "users_old_name"', 'dropped index "users_partial"']);
    expect(await removeColumnSafe(queryInterface, 'users', 'old')).toMatchObject({ did: 'absent' });
    expect(await removeColumnSafe(queryInterface, 'nowhere', 'old')).toMatchObject({ did: 'absent' });

    expect(await all(sequelize, 'SELECT * FROM users')).toEqual([{ id: 1, name: 'nobody', team: 7, state: null }]);
    await expect(sequelize.query('INSERT INTO users (id) VALUES (2)')).rejects.toThrow('Validation error');
    await expect(sequelize.query("INSERT INTO users (id, name, team) VALUES (2, 'b', 8)")).rejects.toThrow(/foreign key constraint/i);
    expect(await removeColumnSafe(queryInterface, 'users', 'state')).toMatchObject({
      did: 'removed',
      details: kind === 'plain SQLite' ? [] : ['dropped type "public"."enum_users_state"'],
    });
    expect(await removeColumnSafe(queryInterface, 'users', 'team')).toMatchObject({ did: 'removed' });
  });

  it('renames a column once, with its index and its ENUM', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const types = getDialectTypes(queryInterface);
    await createTableSafe(queryInterface, 'users', {
      id: { type: types.INTEGER, primaryKey: true },
      state: { type: types.ENUM('a', 'b'), defaultValue: 'a' },
      'Other Name': types.STRING,
    });
    await addIndexSafe(queryInterface, 'users', ['state'], { name: 'by_state', unique: true });
    expect(await renameColumnSafe(queryInterface, 'users', 'state', 'Status Now')).toMatchObject({ did: 'changed' });
    expect(await renameColumnSafe(queryInterface, 'users', 'state', 'Status Now')).toMatchObject({ did: 'exists' });
    const asked = { type: types.ENUM('a', 'b'), defaultValue: 'a' };
    expect(await addColumnSafe(queryInterface, 'users', 'Status Now', asked)).toMatchObject({ did: 'exists', differences: [] });
    expect(await addIndexSafe(queryInterface, 'users', ['Status Now'], { name: 'by_state', unique: true })).toMatchObject({
      did: 'exists',
      differences: [],
    });
    await sequelize.query('INSERT INTO users (id) VALUES (1)');
    await expect(sequelize.query('INSERT INTO users (id) VALUES (2)')).rejects.toThrow('Validation error');
    expect(await addColumnSafe(queryInterface, 'users', 'state', { type: types.ENUM('x') })).toMatchObject({ did: 'created' });
    await expect(renameColumnSafe(queryInterface, 'users', 'state', 'Status Now')).rejects.toThrow('"Status Now" is there, too');
    await expect(renameColumnSafe(queryInterface, 'users', 'no', 'nor')).rejects.toThrow('there is neither this column nor "nor"');
  });

  it('does not drop a table that others refer to', async () => {
    const { queryInterface } = await databases.open(kind);
    await createTableSafe(queryInterface, 'parents', { id: { type: DataTypes.INTEGER, primaryKey: true } });
    const parent = { type: DataTypes.INTEGER, references: { model: 'parents', key: 'id' }, onDelete: 'CASCADE' };
    await createTableSafe(queryInterface, 'children', { id: { type: DataTypes.INTEGER, primaryKey: true }, parent });
    await expect(dropTableSafe(queryInterface, 'parents')).rejects.toThrow(/foreign key of "children"|other objects depend on it/);
    expect(await dropTableSafe(queryInterface, 'children')).toMatchObject({ did: 'removed' });
    expect(await dropTableSafe(queryInterface, 'parents')).toMatchObject({ did: 'removed' });
  });
});

describe.each(SPEAK_POSTGRES)('columns (%s)', (kind) => {
  it('adds a UUID that each row has its own of', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    await createTableSafe(queryInterface, 'users', { id: { type: DataTypes.INTEGER, primaryKey: true } });
    await sequelize.query('INSERT INTO users (id) VALUES (1), (2)');
    const key = { type: DataTypes.UUID, allowNull: false, defaultValue: uuidDefault(queryInterface) };
    expect(await addColumnSafe(queryInterface, 'users', 'key', key)).toMatchObject({ did: 'created' });
    expect(await all(sequelize, 'SELECT count(DISTINCT key)::int AS keys FROM users')).toEqual([{ keys: 2 }]);
  });
});

describe('columns on plain SQLite', () => {
  it('says what SQLite can not add or drop', async () => {
    const { sequelize, queryInterface } = await databases.open('plain SQLite');
    const types = getDialectTypes(queryInterface);
    await createTableSafe(queryInterface, 'users', {
      id: { type: types.INTEGER, primaryKey: true },
      email: { type: types.STRING, unique: true },
    });
    await sequelize.query('INSERT INTO users (id) VALUES (1)');
    const key = { type: types.UUID, defaultValue: uuidDefault(queryInterface) };
    await expect(addColumnSafe(queryInterface, 'users', 'key', key)).rejects.toThrow(
      'SQLite says: Cannot add a column with non-constant default',
    );
    await expect(addColumnSafe(queryInterface, 'users', 'n', { type: types.TEXT, allowNull: false })).rejects.toMatchObject({
      code: 'SCHEMA_CHANGE',
    });
    await expect(removeColumnSafe(queryInterface, 'users', 'email')).rejects.toThrow(
      'SQLite can\'t drop it: cannot drop UNIQUE column: "email"',
    );
    expect(await all(sequelize, 'SELECT * FROM users')).toEqual([{ id: 1, email: null }]);
  });
});
