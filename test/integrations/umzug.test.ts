import { DataTypes, QueryInterface, type Sequelize } from 'sequelize';
import { SequelizeStorage, Umzug } from 'umzug';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { switchableForTest, type Switchable } from '../support/connections.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

function umzugOf(sequelize: Sequelize): Umzug<QueryInterface> {
  return new Umzug({
    migrations: [
      {
        name: '01-users',
        up: async ({ context }) => {
          await context.createTable('users', {
            id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
            name: { type: DataTypes.STRING, allowNull: false },
            state: DataTypes.ENUM('new', 'old'),
            tags: DataTypes.ARRAY(DataTypes.STRING),
          });
          await context.addIndex('users', ['name'], { unique: true, name: 'users_name' });
        },
        down: ({ context }) => context.dropTable('users'),
      },
      {
        name: '02-born',
        up: async ({ context }) => {
          await context.sequelize.transaction(async (transaction) => {
            await context.addColumn('users', 'born', { type: DataTypes.DATE }, { transaction });
            await context.bulkInsert('users', [{ name: 'first' }], { transaction });
          });
        },
        down: ({ context }) => context.removeColumn('users', 'born'),
      },
    ],
    // Kept for good, as programs do.
    context: sequelize.getQueryInterface(),
    storage: new SequelizeStorage({ sequelize }),
    logger: undefined,
  });
}

const columnsOf = async ({ postgres, sqlite }: Switchable) => ({
  postgres: (await postgres("SELECT column_name AS n FROM information_schema.columns WHERE table_name = 'users' ORDER BY 1")).map(
    (row) => row['n'],
  ),
  sqlite: (await sqlite("SELECT name AS n FROM pragma_table_info('users') ORDER BY 1")).map((row) => row['n']),
});

describe('Umzug, with the query interface that it was given as its context', () => {
  it('migrates each database for itself, through a switch', async () => {
    const switchable = await switchableForTest(server, { schema: 'none' });
    const umzug = umzugOf(switchable.sequelize);
    expect((await umzug.up()).map(({ name }) => name)).toEqual(['01-users', '02-born']);
    await switchable.toSqlite();
    expect((await umzug.pending()).map(({ name }) => name)).toEqual(['01-users', '02-born']);
    expect((await umzug.up({ to: '01-users' })).map(({ name }) => name)).toEqual(['01-users']);
    expect(await columnsOf(switchable)).toEqual({
      postgres: ['born', 'id', 'name', 'state', 'tags'],
      sqlite: ['id', 'name', 'state', 'tags'],
    });
    expect((await umzug.up()).map(({ name }) => name)).toEqual(['02-born']);
    expect((await umzug.executed()).map(({ name }) => name)).toEqual(['01-users', '02-born']);
    await switchable.toPostgres();
    expect((await umzug.pending()).map(({ name }) => name)).toEqual([]);
    expect((await umzug.down()).map(({ name }) => name)).toEqual(['02-born']);
    expect(await columnsOf(switchable)).toEqual({
      postgres: ['id', 'name', 'state', 'tags'],
      sqlite: ['born', 'id', 'name', 'state', 'tags'],
    });
    expect(await switchable.sqlite('SELECT name FROM users')).toEqual([{ name: 'first' }]);
    expect(await switchable.postgres('SELECT name FROM "SequelizeMeta"')).toEqual([{ name: '01-users' }]);
  });

  it('in one unit finishes on the database that it began on', async () => {
    const switchable = await switchableForTest(server, { schema: 'none' });
    const { connection, sequelize } = switchable;
    const umzug = umzugOf(sequelize);
    await connection.unit(async () => {
      await umzug.up({ to: '01-users' });
      await switchable.toSqlite();
      await umzug.up();
    });
    expect(await columnsOf(switchable)).toEqual({ postgres: ['born', 'id', 'name', 'state', 'tags'], sqlite: [] });
  });
});
