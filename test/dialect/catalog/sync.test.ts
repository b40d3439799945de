import { DataTypes, type ModelAttributes, type Sequelize } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PostgresServer } from '../../support/postgres-server.js';
import { openEngines, startServer, type TwoEngines } from './two-engines.js';

let server: PostgresServer;
let engines: TwoEngines;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.dispose());
beforeEach(async () => {
  engines = await openEngines(server);
});
afterEach(() => engines.close());

async function same(work: (sequelize: Sequelize) => Promise<unknown>): Promise<void> {
  const [expected, found] = await engines.both(work);
  expect(found).toEqual(expected);
}

/** PostgreSQL numbers columns on where others were dropped, and tells labels in the order in which they were stored. */
function withoutChance(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (key: string, value: unknown) => {
    if (key === 'indkey') return String(value).split(' ').length;
    return key === 'special' ? (value as string[]).toSorted() : value;
  });
}

async function shape(sequelize: Sequelize, table: string): Promise<unknown> {
  const queryInterface = sequelize.getQueryInterface();
  return withoutChance([
    await queryInterface.describeTable(table),
    await queryInterface.showIndex(table),
    await queryInterface.getForeignKeyReferencesForTable(table),
    await (queryInterface as unknown as { pgListEnums(name: null): Promise<unknown> }).pgListEnums(null),
  ]);
}

function models(sequelize: Sequelize, attributes: ModelAttributes): void {
  const Owner = sequelize.define('owner', { name: { type: DataTypes.STRING, unique: true } });
  const Pet = sequelize.define('pet', attributes, { indexes: [{ fields: ['name'] }, { fields: ['kind', 'name'], unique: true }] });
  Owner.hasMany(Pet, { onDelete: 'CASCADE' });
  Pet.belongsTo(Owner);
  Owner.belongsToMany(Pet, { through: 'likes' });
  Pet.belongsToMany(Owner, { through: 'likes' });
}

const BEFORE: ModelAttributes = {
  name: { type: DataTypes.STRING, allowNull: false },
  kind: { type: DataTypes.ENUM('cat', 'dog'), defaultValue: 'cat' },
  age: { type: DataTypes.STRING, comment: 'in years' },
  gone: DataTypes.TEXT,
};

const AFTER: ModelAttributes = {
  name: { type: DataTypes.STRING(40), allowNull: true, defaultValue: 'x' },
  kind: { type: DataTypes.ENUM('bird', 'cat', 'dog', 'fish'), defaultValue: 'dog' },
  age: { type: DataTypes.TEXT, comment: 'in months' },
  code: { type: DataTypes.INTEGER, unique: true, allowNull: false, defaultValue: 3 },
  tags: { type: DataTypes.ARRAY(DataTypes.TEXT), defaultValue: [] },
};

describe('sync', () => {
  it('makes the tables of models that belong to each other', async () => {
    await same(async (sequelize) => {
      models(sequelize, BEFORE);
      await sequelize.sync();
      await sequelize.sync();
      return [await shape(sequelize, 'pets'), await shape(sequelize, 'owners'), await shape(sequelize, 'likes')];
    });
  });

  it('alters them in place', async () => {
    await same(async (sequelize) => {
      models(sequelize, BEFORE);
      await sequelize.sync();
      await sequelize.query(`INSERT INTO pets (name, kind, age, "createdAt", "updatedAt") VALUES ('a', 'dog', '3', now(), now())`);
      models(sequelize, AFTER);
      await sequelize.sync({ alter: true });
      await sequelize.sync({ alter: { drop: false } });
      return [
        await shape(sequelize, 'pets'),
        await sequelize.query('SELECT id, name, kind, age, code, tags FROM pets', { raw: true, type: 'SELECT' }),
      ];
    });
  });

  it('makes them anew with force, and drops them', async () => {
    await same(async (sequelize) => {
      models(sequelize, BEFORE);
      await sequelize.sync();
      models(sequelize, AFTER);
      await sequelize.sync({ force: true });
      const made = await shape(sequelize, 'pets');
      await sequelize.drop({});
      return [made, await sequelize.getQueryInterface().showAllTables()];
    });
  });

  it('changes, renames and removes columns by migrations', async () => {
    await same(async (sequelize) => {
      const queryInterface = sequelize.getQueryInterface();
      models(sequelize, BEFORE);
      await sequelize.sync();
      await queryInterface.changeColumn('pets', 'age', { type: DataTypes.STRING(5), allowNull: false, defaultValue: '1' });
      await queryInterface.changeColumn('pets', 'kind', { type: DataTypes.ENUM('cat', 'dog', 'cow') });
      await queryInterface.addColumn('pets', 'mood', { type: DataTypes.ENUM('good', 'bad'), defaultValue: 'good', allowNull: false });
      await queryInterface.addColumn('pets', 'friend', {
        type: DataTypes.INTEGER,
        references: { model: 'pets', key: 'id' },
        onDelete: 'SET NULL',
      });
      await queryInterface.renameColumn('pets', 'name', 'title');
      await queryInterface.removeColumn('pets', 'gone');
      await queryInterface.renameTable('pets', 'animals');
      await queryInterface.removeIndex('animals', 'pets_name');
      await queryInterface.addConstraint('animals', { type: 'unique', fields: ['age', 'title'], name: 'pair' });
      await queryInterface.removeConstraint('animals', 'pair');
      return await shape(sequelize, 'animals');
    });
  });
});
