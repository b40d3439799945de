import pg from 'pg';
import { StoredCatalog } from '../../../src/dialect/catalog/catalog-store.js';
import { runDefinition } from '../../../src/dialect/catalog/definitions.js';
import { PgError } from '../../../src/dialect/pg-error.js';
import type { DataStatement, DefinitionStatement } from '../../../src/dialect/sql/ast.js';
import { parseStatements } from '../../../src/dialect/sql/parser.js';
import { raisedError } from '../../../src/dialect/translate/casts.js';
import type { DataPlan, Slot } from '../../../src/dialect/translate/plan.js';
import { translate } from '../../../src/dialect/translate/translation.js';
import type { Stored } from '../../../src/dialect/types/codec.js';
import { codecFor } from '../../../src/dialect/types/codecs.js';
import { maskText } from '../../../src/dialect/sql/lexer.js';
import { UnsupportedOnFallbackError } from '../../../src/errors.js';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { SqliteSession } from './sqlite-session.js';

/** What an engine answers: the rows as PostgreSQL's texts, or the error. */
export type Answer =
  | { readonly columns: readonly string[]; readonly rows: readonly (readonly (string | null)[])[] }
  | { readonly code: string | undefined; readonly message: string };

/** The same schema and rows on a real PostgreSQL and a real SQLite. */
export class Engines {
  readonly #server: PostgresServer;
  readonly #client: pg.Client;
  readonly #sqlite = new SqliteSession();
  #catalog = StoredCatalog.empty;

  private constructor(server: PostgresServer, client: pg.Client) {
    this.#server = server;
    this.#client = client;
  }

  static async start(): Promise<Engines> {
    const server = await startPostgres({ settings: { timezone: 'UTC' } });
    const client = new pg.Client({ connectionString: server.url, types: { getTypeParser: () => String } });
    await client.connect();
    return new Engines(server, client);
  }

  async stop(): Promise<void> {
    await this.#client.end();
    await this.#sqlite.close();
    await this.#server.dispose();
  }

  /** Definitions and rows for both, one statement at a time. */
  async prepare(text: string): Promise<void> {
    await this.#client.query(text);
    for (const { statement, text: one } of parseStatements(text)) {
      if (['select', 'insert', 'update', 'delete'].includes(statement.kind)) await this.#runSqlite(one, []);
      else this.#catalog = (await runDefinition(statement as DefinitionStatement, this.#sqlite, this.#catalog)).catalog;
    }
  }

  /** Both answers to a statement, and to `after`, from the same state: nothing of it stays. */
  async answers(
    text: string,
    values: readonly unknown[] = [],
    after?: string,
  ): Promise<{ postgres: readonly Answer[]; sqlite: readonly Answer[] }> {
    await this.#client.query('BEGIN');
    await this.#resetSequences();
    const postgres = [await answerOf(() => this.#runPostgres(text, values))];
    if (after !== undefined && 'rows' in (postgres[0] ?? {})) postgres.push(await answerOf(() => this.#runPostgres(after, [])));
    await this.#client.query('ROLLBACK');
    await this.#sqlite.run('SAVEPOINT attempt');
    const sqlite = [await answerOf(() => this.#runSqlite(text, values))];
    if (after !== undefined && 'rows' in (sqlite[0] ?? {})) sqlite.push(await answerOf(() => this.#runSqlite(after, [])));
    await this.#sqlite.run('ROLLBACK TO attempt');
    await this.#sqlite.run('RELEASE attempt');
    return { postgres, sqlite };
  }

  plan(text: string): DataPlan {
    const [parsed] = parseStatements(text);
    if (!parsed) throw new Error(`No statement: ${text}`);
    return translate(parsed.statement as DataStatement, this.#catalog, parsed.structural);
  }

  async #resetSequences(): Promise<void> {
    for (const { name, columns, schema } of this.#catalog.tables()) {
      for (const column of columns) {
        if (column.serial === undefined) continue;
        const table = `"${schema}"."${name}"`;
        await this.#client.query(
          `SELECT setval(pg_get_serial_sequence('${table}', '${column.name}'), coalesce(max("${column.name}"), 1), count(*) > 0) FROM ${table}`,
        );
      }
    }
  }

  async #runPostgres(text: string, values: readonly unknown[]): Promise<Answer> {
    const { fields, rows } = await this.#client.query<(string | null)[]>({ text, values: [...values], rowMode: 'array' });
    return { columns: fields.map(({ name }) => name), rows };
  }

  async #runSqlite(text: string, values: readonly unknown[]): Promise<Answer> {
    const plan = this.plan(text);
    const { literals } = maskText(text);
    const bound = plan.slots.map((slot) => boundValue(slot, literals, values));
    const rows = await this.#sqlite.all(plan.sql, bound);
    const columns = plan.columns ?? [];
    return {
      columns: columns.map(({ name }) => name),
      rows: rows.map((row) => columns.map((column, index) => textOf(column, row[String(index)] ?? null))),
    };
  }
}

function textOf({ type, decode }: NonNullable<DataPlan['columns']>[number], stored: Stored): string | null {
  if (decode) return decode(stored);
  return stored === null ? null : codecFor(type).output(stored);
}

function boundValue({ source, convert }: Slot, literals: readonly string[], values: readonly unknown[]): Stored {
  if (source.from === 'literal') return convert(literals[source.slot]);
  if (source.from === 'now') return convert(Date.UTC(2024, 0, 1) * 1000);
  const value = values[source.number - 1];
  return value === null || value === undefined ? null : convert(value);
}

async function answerOf(run: () => Promise<Answer>): Promise<Answer> {
  try {
    return await run();
  } catch (error) {
    const failure = raisedError(error as Error) ?? error;
    if (failure instanceof UnsupportedOnFallbackError) return { code: failure.code, message: failure.feature };
    if (failure instanceof PgError || failure instanceof pg.DatabaseError) return { code: failure.code, message: failure.message };
    return { code: undefined, message: (failure as Error).message };
  }
}
