import type { Stored } from '../types/codec.js';

/** One row of SQLite, by column name. */
export type Row = Record<string, unknown>;

/** What a client needs of an open SQLite file: every driver's handle has it. Statements run one after the other, in the order given. */
export interface Handle {
  all(sql: string, parameters?: readonly Stored[]): Promise<Row[]>;
  run(sql: string, parameters?: readonly Stored[]): Promise<{ readonly changes: number }>;
  exec(sql: string): Promise<void>;
}
