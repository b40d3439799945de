import { runInNewContext } from 'node:vm';
import { type QueryInterface, QueryTypes, Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ResilientConnection } from '../../../src/index.js';
import * as helpers from '../../../src/migrations/index.js';
import { tempFolder } from '../../support/temp-folder.js';
import { Databases, KINDS } from './kinds.js';

let databases: Databases;
beforeAll(async () => {
  databases = await Databases.start();
}, 60_000);
afterAll(async () => {
  await databases.dispose();
}, 60_000);

interface Migration {
  up(queryInterface: QueryInterface, SequelizeArgument: typeof Sequelize): Promise<unknown>;
  down(queryInterface: QueryInterface, SequelizeArgument: typeof Sequelize): Promise<unknown>;
}

/** A migration as sequelize-cli loads it, whose helpers are these. */
function loaded(text: string): Migration {
  const module = { exports: {} };
  // In a context of its own, whose objects are none of ours.
  const run = runInNewContext(`(require, module) => {${text}}`) as (require: () => unknown, module: object) => void;
  run(() => helpers, module);
  return module.exports as Migration;
}

const guide = (id: string) => `
const { getDialectTypes, createTableSafe, addIndexSafe, isPostgreSQL, uuidDefault, dropTableSafe, createExtensionSafe } = require('../../shared/database/migrationHelper');

module.exports = {
  up: async (queryInterface, Sequelize) => {
    const types = getDialectTypes(queryInterface, Sequelize);
    await createExtensionSafe(queryInterface, 'uuid-ossp');

    await createTableSafe(queryInterface, 'users', {
      id: {
        type: types.UUID,
        defaultValue: ${id},
        primaryKey: true
      },
      metadata: {
        type: types.JSONB,  // Auto-converts to JSON for SQLite
        defaultValue: {}
      },
      tags: {
        type: types.ARRAY_STRING,  // Auto-converts to TEXT for SQLite
        defaultValue: isPostgreSQL(queryInterface) ? [] : '[]'
      }
      // ... other fields
    });
    await addIndexSafe(queryInterface, 'users', ['tags'], { using: 'gin', fallback: 'skip' });
  },
  down: (queryInterface) => dropTableSafe(queryInterface, 'users')
};`;

/** Every column as a migration for PostgreSQL alone has it. */
const forPostgres = `
module.exports = {
  up: async (queryInterface, Sequelize) => {
    const { createTableSafe, createExtensionSafe } = require('helpers');
    await createExtensionSafe(queryInterface, 'uuid-ossp');
    return createTableSafe(queryInterface, 'posts', {
      id: { type: Sequelize.UUID, defaultValue: Sequelize.literal('uuid_generate_v4()'), primaryKey: true },
      key: { type: Sequelize.UUID, defaultValue: Sequelize.fn('gen_random_uuid'), unique: true },
      createdAt: { type: Sequelize.DATE, allowNull: false, defaultValue: Sequelize.fn('NOW') },
      updatedAt: { type: Sequelize.DATE, allowNull: false, defaultValue: Sequelize.literal('CURRENT_TIMESTAMP') },
      state: { type: Sequelize.ENUM, values: ['draft', 'published'], defaultValue: 'draft' },
      tags: { type: Sequelize.ARRAY(Sequelize.STRING), defaultValue: ['new'] },
      author: { type: Sequelize.STRING(40), comment: 'a name' },
    }, { uniqueKeys: { one_each: { fields: ['author', 'state'] } }, comment: 'posts of people' });
  }
};`;

const IDS = [
  'uuidDefault(queryInterface)',
  "isPostgreSQL(queryInterface) ? Sequelize.literal('uuid_generate_v4()') : uuidDefault(queryInterface)",
] as const;

describe.each(KINDS)("a team's migrations (%s)", (kind) => {
  it.each(IDS)('run up, up again and down in the CommonJS format, with %s', async (id) => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const migration = loaded(guide(id));
    await migration.up(queryInterface, Sequelize);
    const before = await queryInterface.describeTable('users');
    await migration.up(queryInterface, Sequelize);
    expect(await queryInterface.describeTable('users')).toEqual(before);
    await sequelize.query('INSERT INTO users DEFAULT VALUES');
    const [user] = await sequelize.query<{ id: string }>('SELECT id FROM users', { type: QueryTypes.SELECT });
    expect(user?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    await migration.down(queryInterface, Sequelize);
    await migration.down(queryInterface, Sequelize);
    expect(await queryInterface.tableExists('users')).toBe(false);
  });

  it('run as they are written for PostgreSQL', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const posts = loaded(forPostgres);
    expect(await posts.up(queryInterface, Sequelize)).toMatchObject({ did: 'created' });
    expect(await posts.up(queryInterface, Sequelize)).toMatchObject({ did: 'exists', differences: [] });
    await sequelize.query("INSERT INTO posts (author) VALUES ('Ann'), ('Ben')");
    const found = await sequelize.query<{ id: string; key: string; state: string }>('SELECT * FROM posts', { type: QueryTypes.SELECT });
    expect(new Set(found.flatMap(({ id, key }) => [id, key])).size).toBe(4);
    expect(found.map(({ state }) => state)).toEqual(['draft', 'draft']);
    await expect(sequelize.query("INSERT INTO posts (author) VALUES ('Ann')")).rejects.toThrow('Validation error');
  });

  it('take a query interface that a migration runner has extended', async () => {
    const { queryInterface } = await databases.open(kind);
    const extended = Object.assign(Object.create(queryInterface) as QueryInterface, { name: '001', context: queryInterface });
    await loaded(guide(IDS[0])).up(extended, Sequelize);
    expect(await queryInterface.tableExists('users')).toBe(true);
  });
});

describe('the parity guard', () => {
  it.each(['warn', 'strict'] as const)('finds nothing in what the helpers ask (%s)', async (parity) => {
    const connection = new ResilientConnection({
      serviceName: 'guarded',
      primary: { url: databases.server.urlOf(await databases.server.createDatabase()), logging: false },
      fallback: { storageDir: tempFolder() },
      options: { maxRetries: 0, allowSQLiteFallback: true },
      schema: 'none',
      parity,
      logger: false,
    });
    await connection.ready;
    const queryInterface = connection.sequelize.getQueryInterface();
    const types = helpers.getDialectTypes(queryInterface);
    const columns = { id: { type: types.INTEGER, primaryKey: true }, state: types.ENUM('a', 'b'), age: types.INTEGER };
    for (const did of ['created', 'exists']) {
      expect(await helpers.createTableSafe(queryInterface, 'users', columns)).toMatchObject({ did, differences: [] });
      expect(await helpers.addIndexSafe(queryInterface, 'users', ['age'])).toMatchObject({ did });
      const check = { type: 'check' as const, fields: ['age'], name: 'users_age', where: { age: [1, 2] } };
      expect(await helpers.addConstraintSafe(queryInterface, 'users', check)).toMatchObject({ did });
    }
    await helpers.replaceEnumValuesSafe(queryInterface, 'users', 'state', ['a', 'c']);
    await helpers.dropTableSafe(queryInterface, 'users');
    expect(connection.parityReport().findings).toEqual([]);
    await connection.close();
  });
});
