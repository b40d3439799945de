import pg from 'pg';
import { superuser, superuserPassword } from './postgres-data.js';

/** A row whose columns are not described further. */
export type Row = Record<string, unknown>;

/** Runs SQL as superuser on a connection of its own and resolves to the rows of the last statement. No time limit when `timeoutMs` is 0. */
export async function queryOnce<R = Row>(
  port: number,
  database: string,
  sql: string,
  params: readonly unknown[] = [],
  timeoutMs = 0,
): Promise<R[]> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: superuser,
    password: superuserPassword,
    database,
    connectionTimeoutMillis: timeoutMs,
    ...(timeoutMs > 0 && { query_timeout: timeoutMs }),
  });
  // The error of a connection that breaks while idle has no other taker and would end the test process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    // Several statements in one text give an array of results, which pg's types don't know.
    const results = [await client.query(sql, params.length > 0 ? [...params] : undefined)].flat();
    return (results.at(-1)?.rows ?? []) as R[];
  } finally {
    await client.end();
  }
}
