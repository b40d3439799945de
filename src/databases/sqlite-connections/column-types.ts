import type { SqliteRow } from '../sqlite-drivers/driver.js';

/** What Sequelize asks before each SELECT, to know how to parse what comes back (lib/dialects/sqlite/query.js of sequelize 6.37.8). */
const QUESTION = 'PRAGMA table_info(`';

/** Another process may change a table, and this one does not hear of it: its answer is never older than this. */
const KEPT_MS = 1_000;

/** Remembers for a moment what the columns of each table are. Whoever changes tables forgets them all. */
export class ColumnTypes {
  readonly #answers = new Map<string, { readonly rows: Promise<SqliteRow[]>; readonly untilMs: number }>();

  /** Answers from memory where it can, else with what `ask` gives. */
  answer(sql: string, ask: () => Promise<SqliteRow[]>): Promise<SqliteRow[]> {
    const nowMs = Date.now();
    const known = this.#answers.get(sql);
    if (known !== undefined && nowMs < known.untilMs) return known.rows;
    const rows = ask();
    this.#answers.set(sql, { rows, untilMs: nowMs + KEPT_MS });
    rows.catch(() => this.#answers.delete(sql));
    return rows;
  }

  forget(): void {
    this.#answers.clear();
  }
}

/** True for the question itself; `describeTable` asks with other letters and always gets a fresh answer. */
export const asksForColumnTypes = (sql: string): boolean => sql.startsWith(QUESTION);
