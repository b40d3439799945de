import sqlite3 from 'sqlite3';
import type { PostgresServer } from '../../test/support/postgres-server.js';
import { expect } from './bounds.js';
import type { Receipt } from './customer.js';
import { plain, result, step, tell } from './narrator.js';

/** Compares the receipts with the rows that are really there. */
export async function compareBooks(receipts: readonly Receipt[], postgres: PostgresServer, sqliteFile: string): Promise<void> {
  step('10. The books: what customers were told, and what is stored');
  tell('PostgreSQL is started once more, to count.');
  await postgres.start();
  const stored = { postgres: await ordersInPostgres(postgres), sqlite: await ordersInSqlite(sqliteFile) };
  plain('\n              orders confirmed   of these found there');
  for (const [name, database] of [['PostgreSQL', 'postgres'] as const, ['SQLite', 'sqlite'] as const]) {
    const confirmed = receipts.filter((receipt) => receipt.database === database).map(({ id }) => id);
    const found = confirmed.filter((id) => stored[database].has(id)).length;
    plain(`  ${name.padEnd(12)}${String(confirmed.length).padStart(16)}${String(found).padStart(23)}`);
    expect(`all confirmed orders are in ${name}`, found === confirmed.length);
  }
  const refused = receipts.filter(({ refusal }) => refusal !== undefined);
  const storedAnyway = refused.filter(({ id }) => stored.postgres.has(id) || stored.sqlite.has(id)).length;
  const twice = [...stored.postgres].filter((id) => stored.sqlite.has(id)).length;
  plain(`\n  ${refused.length} orders were refused (${storedAnyway} of them stored), and ${twice} orders are stored twice.\n`);
  expect('no order is stored twice', twice === 0);
  result('Nothing that was confirmed is lost. The orders in SQLite stay there: the two databases are not synchronized.');
}

async function ordersInPostgres(postgres: PostgresServer): Promise<Set<string>> {
  const rows = await postgres.query<{ id: string }>('SELECT id FROM orders');
  return new Set(rows.map(({ id }) => id));
}

async function ordersInSqlite(file: string): Promise<Set<string>> {
  const rows = await new Promise<{ id: string }[]>((resolve, reject) => {
    const database = new sqlite3.Database(file, sqlite3.OPEN_READONLY);
    database.all<{ id: string }>('SELECT id FROM orders', (error, found) => (error ? reject(error) : resolve(found)));
    database.close();
  });
  return new Set(rows.map(({ id }) => id));
}
