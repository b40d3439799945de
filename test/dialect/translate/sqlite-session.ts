import sqlite3 from 'sqlite3';
import type { SqlSession } from '../../../src/dialect/catalog/session.js';
import type { Stored } from '../../../src/dialect/types/codec.js';

/** A SQLite database in memory. */
export class SqliteSession implements SqlSession {
  readonly #database = new sqlite3.Database(':memory:');

  all(sql: string, values: readonly Stored[] = []): Promise<Record<string, Stored>[]> {
    return new Promise((resolve, reject) => {
      this.#database.all<Record<string, Stored>>(sql, [...values], (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  }

  run(sql: string, values: readonly Stored[] = []): Promise<{ changes: number }> {
    return new Promise((resolve, reject) => {
      this.#database.run(sql, [...values], function (error) {
        if (error) reject(error);
        else resolve({ changes: this.changes });
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => this.#database.close((error) => (error ? reject(error) : resolve())));
  }
}
