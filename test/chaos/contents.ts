import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import type { Contents } from './judge.js';
import type { Site } from './site.js';

type Row = Record<string, string>;
type Query = (sql: string) => Promise<Row[]>;

/** Counts every effect in PostgreSQL and in all SQLite files of the folder, past the library. */
export async function readContents({ server, database }: Site, storageDir: string): Promise<Contents> {
  const sqlite = new Map<string, number>();
  const files = (await readdir(storageDir).catch(() => [])).filter((name) => /\.sqlite(\.bak-[^-]*)?$/.test(name));
  for (const file of files) await addEffects(sqlite, (sql) => rowsOfFile(join(storageDir, file), sql));
  return { postgres: await addEffects(new Map(), (sql) => server.query<Row>(sql, [], database)), sqlite };
}

async function addEffects(counts: Map<string, number>, query: Query): Promise<Map<string, number>> {
  const add = (effect: string): unknown => counts.set(effect, (counts.get(effect) ?? 0) + 1);
  for (const { ticket, marks } of await query('SELECT ticket, marks FROM chaos_rows')) {
    add(`row ${ticket}`);
    for (const mark of (marks ?? '').split(',').filter(Boolean)) add(`mark ${mark}`);
  }
  for (const { ticket } of await query('SELECT ticket FROM chaos_notes')) add(`note ${ticket}`);
  for (const { key } of await query('SELECT "key" FROM chaos_settings')) add(`setting ${key}`);
  return counts;
}

function rowsOfFile(path: string, sql: string): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const file = new sqlite3.Database(path, sqlite3.OPEN_READONLY);
    file.all<Row>(sql, (error, rows) => {
      file.close(() => (error ? reject(error) : resolve(rows)));
    });
  });
}
