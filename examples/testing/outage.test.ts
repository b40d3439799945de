import { startOutageProxy, waitFor } from 'sequelize-resilient/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

// The models read the environment when they are imported, so the proxy takes its place there before that.
const url = new URL(process.env.DATABASE_URL ?? 'postgres://shop@localhost/shop');
const postgres = await startOutageProxy({ host: url.hostname, port: Number(url.port || 5432) });
url.host = `${postgres.host}:${postgres.port}`;
process.env.DATABASE_URL = url.href;
process.env.SQLITE_FALLBACK = 'true'; // In tests it is off unless it is asked for.
process.env.DB_DETECTION = 'fast';
const { connection, Order, ready, sequelize } = await import('./models/index.js');

beforeAll(async () => {
  await ready;
  await sequelize.sync();
});
afterEach(async () => {
  await postgres.restore();
  await waitFor(connection, 'primary');
});
afterAll(async () => {
  await connection.close();
  await postgres.close();
});

it('takes orders while PostgreSQL is stopped, and goes back to it', async () => {
  await postgres.refuse();
  await waitFor(connection, 'fallback');
  const order = await Order.create({ sku: 'kept in SQLite' });
  expect((await order.reload()).get('sku')).toBe('kept in SQLite');
  await postgres.restore();
  await waitFor(connection, 'primary');
  expect(await Order.count({ where: { sku: 'kept in SQLite' } })).toBe(0);
});

it('answers a query during which PostgreSQL falls silent', async () => {
  await postgres.blackhole();
  expect(await Order.count()).toBeGreaterThanOrEqual(0);
  await waitFor(connection, 'fallback');
});

it('stores an order whose COMMIT got no reply once, and tells the caller so', async () => {
  await postgres.lostCommitReply();
  // PostgreSQL is asked what became of the transaction.
  const order = await sequelize.transaction((transaction) => Order.create({ sku: 'lost' }, { transaction }));
  expect(postgres.commitsLost).toBe(1);
  expect(order.get('sku')).toBe('lost');
  expect(await Order.count({ where: { sku: 'lost' } })).toBe(1);
});
