import { DataTypes, literal, Op, type QueryInterface } from 'sequelize';
import { SequelizeStorage, Umzug } from 'umzug';
import type { Site } from '../../contract-case.js';
import { newDiary, quoted, rowsOf, shapeOf } from './diary.js';

/** Migrations as they are written for PostgreSQL, each in a transaction of its own. */
function migrationsOf(site: Site): Umzug<QueryInterface> {
  const [products, orders, items] = [site.name('products'), site.name('orders'), site.name('orderItems')];
  return new Umzug({
    migrations: [
      {
        name: '01-products',
        up: ({ context }) =>
          context.sequelize.transaction(async (transaction) => {
            await context.createTable(
              products,
              {
                id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
                sku: { type: DataTypes.STRING(32), allowNull: false, unique: true },
                title: { type: DataTypes.STRING, allowNull: false, comment: "what the customer's eyes see" },
                price: { type: DataTypes.DECIMAL(12, 2), allowNull: false },
                currency: { type: DataTypes.CHAR(3), allowNull: false, defaultValue: 'EUR' },
                stock: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
                attributes: { type: DataTypes.JSONB, allowNull: false, defaultValue: {} },
                tags: { type: DataTypes.ARRAY(DataTypes.STRING), allowNull: false, defaultValue: [] },
                createdAt: { type: DataTypes.DATE, allowNull: false, defaultValue: literal('CURRENT_TIMESTAMP') },
              },
              { transaction, comment: 'all that is for sale' } as never,
            );
            await context.addConstraint(products, {
              type: 'check',
              fields: ['price'],
              name: site.name('price_positive'),
              where: { price: { [Op.gte]: 0 } },
              transaction,
            });
            await context.addConstraint(products, {
              type: 'check',
              fields: ['stock'],
              where: { stock: { [Op.gte]: 0 } },
              transaction,
            });
            await context.addIndex(products, { fields: ['attributes'], using: 'gin', name: site.name('attributes_gin'), transaction });
            await context.sequelize.query(
              `CREATE INDEX ${quoted(site, 'title_lower')} ON ${quoted(site, 'products')} (lower(title) varchar_pattern_ops)`,
              { transaction },
            );
          }),
        down: ({ context }) => context.dropTable(products),
      },
      {
        name: '02-orders',
        up: async ({ context }) => {
          await context.createTable(orders, {
            id: { type: DataTypes.UUID, primaryKey: true, defaultValue: literal('gen_random_uuid()') },
            number: { type: DataTypes.INTEGER, allowNull: false, unique: true },
            status: { type: DataTypes.ENUM('cart', 'paid', 'shipped'), allowNull: false, defaultValue: 'cart' },
            total: { type: DataTypes.DECIMAL(14, 2), allowNull: false, defaultValue: 0 },
          });
          await context.createTable(
            items,
            {
              orderId: {
                type: DataTypes.UUID,
                primaryKey: true,
                references: { model: orders, key: 'id' },
                onDelete: 'CASCADE',
                onUpdate: 'CASCADE',
              },
              line: { type: DataTypes.SMALLINT, primaryKey: true },
              productId: { type: DataTypes.BIGINT, allowNull: false, references: { model: products, key: 'id' }, onDelete: 'RESTRICT' },
              quantity: { type: DataTypes.INTEGER, allowNull: false },
              unitPrice: { type: DataTypes.DECIMAL(12, 2), allowNull: false },
            },
            { uniqueKeys: { [site.name('once')]: { fields: ['orderId', 'productId'] } } },
          );
          await context.addIndex(orders, ['status'], { where: { status: 'cart' }, name: site.name('carts'), concurrently: true });
        },
        down: async ({ context }) => {
          await context.dropTable(items);
          await context.dropTable(orders);
          await context.sequelize.query(`DROP TYPE "enum_${orders}_status"`);
        },
      },
      {
        name: '03-shipping',
        up: ({ context }) =>
          context.sequelize.transaction(async (transaction) => {
            await context.addColumn(orders, 'shippedAt', { type: DataTypes.DATE }, { transaction });
            await context.addColumn(products, 'weight', { type: DataTypes.DOUBLE, allowNull: false, defaultValue: 0.5 }, { transaction });
            await context.changeColumn(products, 'title', { type: DataTypes.TEXT, allowNull: false }, { transaction });
            await context.changeColumn(products, 'price', { type: DataTypes.DECIMAL(14, 4), allowNull: false }, { transaction });
            await context.renameColumn(products, 'tags', 'labels', { transaction });
            await context.sequelize.query(`ALTER TYPE "enum_${orders}_status" ADD VALUE IF NOT EXISTS 'returned'`, { transaction });
          }),
        down: async ({ context }) => {
          await context.renameColumn(products, 'labels', 'tags');
          await context.changeColumn(products, 'price', { type: DataTypes.DECIMAL(12, 2), allowNull: false });
          await context.changeColumn(products, 'title', { type: DataTypes.STRING, allowNull: false });
          await context.removeColumn(products, 'weight');
          await context.removeColumn(orders, 'shippedAt');
        },
      },
    ],
    context: site.sequelize.getQueryInterface(),
    storage: new SequelizeStorage({ sequelize: site.sequelize, modelName: site.name('meta'), tableName: site.name('meta') }),
    logger: undefined,
  });
}

const shapes = async (site: Site) => {
  const queryInterface = site.sequelize.getQueryInterface();
  const found = [];
  for (const table of ['products', 'orders', 'orderItems']) found.push(await shapeOf(queryInterface, site.name(table)));
  return found;
};

/** A shop with money and stock, migrated up, down and up again. */
export async function migratedShop(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const umzug = migrationsOf(site);
  const names = async (work: Promise<readonly { name: string }[]>) => (await work).map(({ name }) => name);
  await note('up', () => names(umzug.up()));
  await note('shapes', () => shapes(site));
  await note('down one', () => names(umzug.down()));
  await note('shapes without the last', () => shapes(site));
  await note('down to none', () => names(umzug.down({ to: 0 })));
  await note('up again', () => names(umzug.up()));
  await note('shapes again', () => shapes(site));
  return entries;
}

const ORDER = '8f14e45f-ceea-467a-9575-000000000001';

/** What the shop sells and what it refuses. */
export async function sellingShop(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const queryInterface = site.sequelize.getQueryInterface();
  await migrationsOf(site).up();
  const [products, orders, items] = [site.name('products'), site.name('orders'), site.name('orderItems')];
  const raw = (text: string) => rowsOf(site.sequelize, text);
  await note('seed', () =>
    queryInterface.bulkInsert(products, [
      { sku: 'a-1', title: 'Apple', price: '0.35', stock: 100, labels: ['food'], attributes: JSON.stringify({ colour: 'red' }) },
      { sku: 'b-1', title: 'Bread', price: 2.5, stock: 7, attributes: JSON.stringify({}), labels: ['food', "baker's"] },
    ]),
  );
  await note('products', () => raw(`SELECT * FROM "${products}" ORDER BY id`).then(withoutTimes));
  await note('order', () => queryInterface.bulkInsert(orders, [{ id: ORDER, number: 1 }]));
  await note('items', () =>
    queryInterface.bulkInsert(items, [
      { orderId: ORDER, line: 1, productId: 1, quantity: 3, unitPrice: '0.35' },
      { orderId: ORDER, line: 2, productId: 2, quantity: 1, unitPrice: '2.50' },
    ]),
  );
  await note('total', () =>
    raw(
      `UPDATE "${orders}" o SET total = s.total, status = 'paid' FROM (SELECT "orderId", sum(quantity * "unitPrice") AS total ` +
        `FROM "${items}" GROUP BY "orderId") s WHERE s."orderId" = o.id RETURNING o.number, o.total, o.status`,
    ),
  );
  await note('stock goes down', () => raw(`UPDATE "${products}" SET stock = stock - 3 WHERE sku = 'a-1' AND stock >= 3 RETURNING stock`));
  await note('below zero', () => queryInterface.bulkUpdate(products, { stock: -1 }, { sku: 'a-1' }));
  await note('negative price', () => raw(`UPDATE "${products}" SET price = -price`));
  await note('sku twice', () => queryInterface.bulkInsert(products, [{ sku: 'a-1', title: 'x', price: 1 }]));
  await note('line twice', () => queryInterface.bulkInsert(items, [{ orderId: ORDER, line: 1, productId: 2, quantity: 1, unitPrice: 1 }]));
  await note('product twice', () =>
    queryInterface.bulkInsert(items, [{ orderId: ORDER, line: 3, productId: 2, quantity: 1, unitPrice: 1 }]),
  );
  await note('no such product', () =>
    queryInterface.bulkInsert(items, [{ orderId: ORDER, line: 3, productId: 77, quantity: 1, unitPrice: 1 }]),
  );
  await note('a product that is sold', () => queryInterface.bulkDelete(products, { sku: 'a-1' }));
  await note('an unknown status', () => queryInterface.bulkUpdate(orders, { status: 'lost' }, { number: 1 }));
  await note('a currency of four letters', () => raw(`UPDATE "${products}" SET currency = 'EURO'`));
  await note('a price of too many digits', () => raw(`UPDATE "${products}" SET price = 12345678901.5`));
  await note('upsert', () =>
    raw(
      `INSERT INTO "${products}" (sku, title, price, stock) VALUES ('a-1', 'Apple', 0.4, 10) ON CONFLICT (sku) DO UPDATE ` +
        `SET price = EXCLUDED.price, stock = "${products}".stock + EXCLUDED.stock RETURNING id, price, stock`,
    ),
  );
  await note('report', () =>
    raw(
      `SELECT p.sku, sum(i.quantity)::int AS sold, round(sum(i.quantity * i."unitPrice"), 2) AS value FROM "${products}" p ` +
        `LEFT JOIN "${items}" i ON i."productId" = p.id GROUP BY p.sku ORDER BY p.sku`,
    ),
  );
  await note('the order goes with its items', () => queryInterface.bulkDelete(orders, { number: 1 }));
  await note('items left', () => raw(`SELECT count(*) FROM "${items}"`));
  return entries;
}

const withoutTimes = (rows: unknown) =>
  (rows as Record<string, unknown>[]).map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'createdAt')));
