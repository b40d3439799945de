import { DataTypes, Op, QueryTypes } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addIndexSafe, createTableSafe, removeIndexSafe } from '../../../src/migrations/index.js';
import { Databases, KINDS, listener, type Kind, type Opened, SPEAK_POSTGRES } from './kinds.js';

let databases: Databases;
beforeAll(async () => {
  databases = await Databases.start();
}, 60_000);
afterAll(async () => {
  await databases.dispose();
}, 60_000);

async function withUsers(kind: Kind): Promise<Opened> {
  const opened = await databases.open(kind);
  await createTableSafe(opened.queryInterface, 'users', {
    id: { type: DataTypes.INTEGER, primaryKey: true },
    email: DataTypes.STRING,
    firstName: DataTypes.STRING,
    active: DataTypes.BOOLEAN,
    tags: DataTypes.ARRAY(DataTypes.TEXT),
    state: DataTypes.ENUM('a', 'b'),
  });
  return opened;
}

describe.each(KINDS)('addIndexSafe (%s)', (kind) => {
  it('adds an index under the name that Sequelize gives it, once', async () => {
    const { queryInterface } = await withUsers(kind);
    expect(await addIndexSafe(queryInterface, 'users', ['firstName', 'email'])).toMatchObject({
      did: 'created',
      subject: 'index "users_first_name_email" on "users"',
    });
    expect(await addIndexSafe(queryInterface, 'users', ['firstName', 'email'])).toMatchObject({ did: 'exists', differences: [] });
    await queryInterface.removeIndex('users', ['firstName', 'email']);
    expect(await removeIndexSafe(queryInterface, 'users', ['firstName', 'email'])).toMatchObject({ did: 'absent' });
  });

  it('keeps a partial unique index on an expression', async () => {
    const { sequelize, queryInterface } = await withUsers(kind);
    const fields = [sequelize.fn('lower', sequelize.col('email')), { name: 'id', order: 'DESC' as const }];
    const options = { name: 'active_email', unique: true, where: { active: true, state: { [Op.ne]: 'b' } } };
    expect(await addIndexSafe(queryInterface, 'users', fields.slice(0, 1), options)).toMatchObject({ did: 'created' });
    expect(await addIndexSafe(queryInterface, 'users', fields.slice(0, 1), options)).toMatchObject({ did: 'exists', differences: [] });
    await sequelize.query("INSERT INTO users (id, email, active, state) VALUES (1, 'A', true, 'a'), (2, 'a', false, 'a')");
    await expect(sequelize.query("INSERT INTO users (id, email, active, state) VALUES (3, 'a', true, 'a')")).rejects.toThrow(
      'Validation error',
    );
    await expect(addIndexSafe(queryInterface, 'users', fields)).rejects.toThrow(
      'options.name: must be given for an index on an expression',
    );
  });

  it('reports an index of the same name that differs, and makes it anew where it is told to', async () => {
    const { queryInterface } = await withUsers(kind);
    await addIndexSafe(queryInterface, 'users', ['email'], { name: 'mine' });
    const logger = listener();
    const options = { name: 'mine', unique: true, logger };
    const change = await addIndexSafe(queryInterface, 'users', ['email'], options);
    expect(change).toMatchObject({ did: 'exists', differences: [{ name: 'mine', aspect: 'definition' }] });
    expect(logger.warnings).toHaveLength(1);
    await expect(addIndexSafe(queryInterface, 'users', ['email'], { ...options, onDifference: 'error' })).rejects.toMatchObject({
      code: 'DEFINITION_DIFFERENCE',
    });
    expect(await addIndexSafe(queryInterface, 'users', ['email'], { ...options, onDifference: 'change' })).toMatchObject({
      did: 'changed',
      differences: [],
    });
    expect(await addIndexSafe(queryInterface, 'users', ['email'], options)).toMatchObject({ did: 'exists', differences: [] });
    for (const fields of [['id'], ['email', 'id'], [{ name: 'email', order: 'DESC' as const }]]) {
      expect((await addIndexSafe(queryInterface, 'users', fields, { ...options, logger: false })).differences).toHaveLength(1);
    }
  });

  it("refuses the name of another table's index", async () => {
    const { queryInterface } = await withUsers(kind);
    await createTableSafe(queryInterface, 'others', { id: DataTypes.INTEGER });
    await addIndexSafe(queryInterface, 'others', ['id'], { name: 'taken' });
    await expect(addIndexSafe(queryInterface, 'users', ['id'], { name: 'taken' })).rejects.toThrow('"others" has an index of this name');
    await expect(removeIndexSafe(queryInterface, 'users', 'taken')).rejects.toThrow('"others" has an index of this name');
    await expect(addIndexSafe(queryInterface, 'nowhere', ['id'])).rejects.toThrow('there is no table "nowhere"');
    await expect(addIndexSafe(queryInterface, 'users', [])).rejects.toThrow('fields: must be an array with a column or more');
  });

  it('removes an index by name or by fields, once, in a schema too', async () => {
    const { queryInterface } = await databases.open(kind);
    if (kind !== 'plain SQLite') await queryInterface.createSchema('app');
    const table = { tableName: 'My Things', schema: 'app' };
    await createTableSafe(queryInterface, table, { id: DataTypes.INTEGER });
    expect(await addIndexSafe(queryInterface, table, ['id'])).toMatchObject({ did: 'created' });
    expect(await addIndexSafe(queryInterface, table, ['id'])).toMatchObject({ did: 'exists', differences: [] });
    expect(await removeIndexSafe(queryInterface, table, ['id'])).toMatchObject({ did: 'removed' });
    expect(await removeIndexSafe(queryInterface, table, ['id'])).toMatchObject({ did: 'absent' });
  });

  it('takes a GIN index as the caller says', async () => {
    const { queryInterface } = await withUsers(kind);
    const isPostgres = kind.endsWith('PostgreSQL');
    const gin = (name: string, fallback?: 'btree' | 'skip' | 'error') =>
      addIndexSafe(queryInterface, 'users', ['tags'], { name, using: 'gin', ...(fallback && { fallback }) });
    expect(await gin('plain')).toMatchObject({ did: 'created' });
    expect(await gin('plain')).toMatchObject({ did: 'exists', differences: [] });
    const btree = await gin('btree', 'btree');
    expect(btree).toMatchObject({ did: 'created', details: isPostgres ? [] : ['a B-tree instead of gin'] });
    expect(await gin('btree', 'btree')).toMatchObject({ did: 'exists', differences: [] });
    expect(await gin('skip', 'skip')).toMatchObject({ did: isPostgres ? 'created' : 'skipped' });
    if (isPostgres) expect(await gin('error', 'error')).toMatchObject({ did: 'created' });
    else {
      const code = kind === 'plain SQLite' ? 'SCHEMA_CHANGE' : 'UNSUPPORTED_ON_FALLBACK';
      await expect(gin('error', 'error')).rejects.toMatchObject({ code });
    }
  });
});

describe.each(SPEAK_POSTGRES)('addIndexSafe (%s)', (kind) => {
  it('has the method in the catalog, and answers with it', async () => {
    const { sequelize, queryInterface } = await withUsers(kind);
    await addIndexSafe(queryInterface, 'users', ['tags'], { using: 'gin' });
    const [index] = await sequelize.query("SELECT indexdef FROM pg_indexes WHERE indexname = 'users_tags'", { type: QueryTypes.SELECT });
    expect(index).toEqual({ indexdef: 'CREATE INDEX users_tags ON public.users USING gin (tags)' });
    await sequelize.query("INSERT INTO users (id, tags) VALUES (1, '{a,b}'), (2, '{b}')");
    expect(await sequelize.query("SELECT id FROM users WHERE tags @> '{a}'", { type: QueryTypes.SELECT })).toEqual([{ id: 1 }]);
  });

  it('builds and drops concurrently', async () => {
    const { sequelize, queryInterface } = await withUsers(kind);
    const options = { concurrently: true, name: 'slow' };
    expect(await addIndexSafe(queryInterface, 'users', ['email'], options)).toMatchObject({ did: 'created' });
    expect(await addIndexSafe(queryInterface, 'users', ['email'], options)).toMatchObject({ did: 'exists', differences: [] });
    expect(await removeIndexSafe(queryInterface, 'users', 'slow', { concurrently: true })).toMatchObject({ did: 'removed' });
    expect(await removeIndexSafe(queryInterface, 'users', 'slow', { concurrently: true })).toMatchObject({ did: 'absent' });
    const transaction = await sequelize.transaction();
    const within = addIndexSafe(queryInterface, 'users', ['email'], { ...options, transaction });
    await expect(within).rejects.toThrow('concurrently: is not possible within a transaction');
    await transaction.rollback();
  });
});

describe.each(SPEAK_POSTGRES)('addIndexSafe, concurrently (%s)', (kind) => {
  it('does not drop an index that differs before the new one is there', async () => {
    const { sequelize, queryInterface } = await withUsers(kind);
    await sequelize.query("INSERT INTO users (id, email) VALUES (1, 'a'), (2, 'a')");
    await addIndexSafe(queryInterface, 'users', ['email'], { name: 'mine' });
    const options = { name: 'mine', unique: true, concurrently: true, onDifference: 'change' } as const;
    await expect(addIndexSafe(queryInterface, 'users', ['email'], options)).rejects.toMatchObject({
      code: 'SCHEMA_CHANGE',
      remedy: expect.stringContaining('removeIndexSafe()') as string,
    });
    expect(await addIndexSafe(queryInterface, 'users', ['email'], { name: 'mine' })).toMatchObject({ did: 'exists', differences: [] });
  });
});

describe('addIndexSafe on PostgreSQL', () => {
  it('makes anew what a failed concurrent build has left', async () => {
    const { sequelize, queryInterface } = await withUsers('plain PostgreSQL');
    await sequelize.query("INSERT INTO users (id, email) VALUES (1, 'a'), (2, 'a')");
    const options = { concurrently: true, name: 'unique_email', unique: true };
    await expect(addIndexSafe(queryInterface, 'users', ['email'], options)).rejects.toThrow();
    await sequelize.query('DELETE FROM users WHERE id = 2');
    expect(await addIndexSafe(queryInterface, 'users', ['email'], options)).toMatchObject({ did: 'changed' });
    const [index] = await sequelize.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'unique_email'::regclass", {
      type: QueryTypes.SELECT,
    });
    expect(index).toEqual({ indisvalid: true });
  });
});
