import { inspect } from 'node:util';
import { DataTypes, Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelDefinition } from '../../src/parity/model-definitions.js';
import { internalsOf, type ModelInternals } from '../../src/sequelize-internals.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';

/*
 * The guard makes the statements of sync() itself, without a wait: a new Sequelize that makes others fails here.
 */

let server: PostgresServer;
let sequelize: Sequelize;
let sent: string[];

beforeAll(async () => {
  server = await startPostgres();
  sequelize = new Sequelize(server.url, { logging: (text) => sent.push(text.replace('Executing (default): ', '')) });
});
afterAll(async () => {
  await sequelize.close();
  await server.dispose();
});

describe('modelDefinition', () => {
  it('makes what sync() sends, but for references', async () => {
    sent = [];
    await sequelize.createSchema('shop', {});
    const User = sequelize.define('User', { name: { type: DataTypes.STRING(20), unique: true } }, { schema: 'shop', timestamps: false });
    const Order = sequelize.define(
      'Order',
      {
        id: { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 },
        state: { type: DataTypes.ENUM('new', "it's"), defaultValue: 'new', allowNull: false, comment: 'where it is' },
        colours: { type: DataTypes.ARRAY(DataTypes.ENUM('red', 'green')), field: 'all_colours' },
        total: DataTypes.DECIMAL(10, 2),
        code: { type: DataTypes.STRING, unique: 'code_of_state' },
        shown: DataTypes.VIRTUAL,
      },
      {
        schema: 'shop',
        tableName: 'orders',
        // Read by Sequelize, although its types do not name it.
        ...{ uniqueKeys: { by_total: { fields: ['total', 'state'] } } },
        indexes: [
          { fields: ['total'], where: { state: 'new' } },
          { name: 'colours_index', fields: ['all_colours'], using: 'gin' },
          { unique: true, fields: [sequelize.fn('lower', sequelize.col('code')), { name: 'total', order: 'DESC' }] },
        ],
      },
    );
    const state = () =>
      inspect([Order.getAttributes(), Order.options, (Order as unknown as { uniqueKeys: object }).uniqueKeys], { depth: 4 });
    const before = state();
    const parts = [User, Order].map((model) => modelDefinition(sequelize, model as unknown as ModelInternals));
    expect(state()).toBe(before);

    await sequelize.sync();
    const made = sent.filter((text) => /^(?:CREATE (?!SCHEMA)|DO )/.test(text));
    expect(parts.flatMap(({ enums, table, indexes }) => [...enums, table, ...indexes]).sort()).toEqual(made.sort());
    expect(parts.map(({ schema }) => schema)).toEqual(['shop', 'shop']);
  });

  it('leaves references out', () => {
    const [Child, Parent] = ['Child', 'Parent'].map((name) => sequelize.define(name, {}, { timestamps: false }));
    if (Child === undefined || Parent === undefined) throw new Error('No models were made.');
    Child.belongsTo(Parent);
    const { table } = modelDefinition(sequelize, Child as unknown as ModelInternals);
    expect(table).toContain('"ParentId" INTEGER');
    expect(table).not.toContain('REFERENCES');
    expect(internalsOf(sequelize).modelManager.models).toContain(Child);
  });
});
