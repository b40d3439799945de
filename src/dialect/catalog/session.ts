import type { Stored } from '../types/codec.js';

/** One connection to the SQLite file, within whatever transaction is open on it. */
export interface SqlSession {
  all(sql: string, parameters?: readonly Stored[]): Promise<Record<string, unknown>[]>;
  run(sql: string, parameters?: readonly Stored[]): Promise<{ changes: number }>;
}
