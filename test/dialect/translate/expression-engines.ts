import pg from 'pg';
import { StoredCatalog } from '../../../src/dialect/catalog/catalog-store.js';
import { runDefinition } from '../../../src/dialect/catalog/definitions.js';
import { PgError } from '../../../src/dialect/pg-error.js';
import type { DataStatement, DefinitionStatement } from '../../../src/dialect/sql/ast.js';
import { maskText } from '../../../src/dialect/sql/lexer.js';
import { parseStatements } from '../../../src/dialect/sql/parser.js';
import type { DataPlan, ResultColumn, Slot } from '../../../src/dialect/translate/plan.js';
import { raisedError } from '../../../src/dialect/translate/raise.js';
import { translate } from '../../../src/dialect/translate/translation.js';
import type { Stored } from '../../../src/dialect/types/codec.js';
import { codecFor } from '../../../src/dialect/types/codecs.js';
import { oidOf } from '../../../src/dialect/types/type-names.js';
import { UnsupportedOnFallbackError } from '../../../src/errors.js';
import { SqliteSession } from './sqlite-session.js';

/** What an engine answers: the values as PostgreSQL's texts with their types' OIDs, or the error. */
export type Answer =
  | { readonly rows: readonly (readonly (string | null)[])[]; readonly types: readonly number[] }
  | { readonly code: string; readonly message: string; readonly hint?: string };

/** The same schema and rows on a real PostgreSQL and on a real SQLite. */
export class ExpressionEngines {
  readonly #client: pg.Client;
  readonly #sqlite = new SqliteSession();
  #catalog = StoredCatalog.empty;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async connect(url: string): Promise<ExpressionEngines> {
    const client = new pg.Client({ connectionString: url, types: { getTypeParser: () => String } });
    await client.connect();
    return new ExpressionEngines(client);
  }

  async close(): Promise<void> {
    await this.#client.end();
    await this.#sqlite.close();
  }

  /** Definitions and rows for both. */
  async prepare(text: string): Promise<void> {
    await this.#client.query(text);
    for (const { statement, text: one } of parseStatements(text)) {
      if (['select', 'insert', 'update', 'delete'].includes(statement.kind)) await this.#run(one, []);
      else this.#catalog = (await runDefinition(statement as DefinitionStatement, this.#sqlite, this.#catalog)).catalog;
    }
  }

  async postgres(text: string, values: readonly unknown[] = []): Promise<Answer> {
    try {
      const { rows, fields } = await this.#client.query<(string | null)[]>({ text, values: [...values], rowMode: 'array' });
      return { rows, types: fields.map(({ dataTypeID }) => fixedOid(dataTypeID)) };
    } catch (error) {
      if (error instanceof pg.DatabaseError) return failed(String(error.code), error);
      throw error;
    }
  }

  async fallback(text: string, values: readonly unknown[] = []): Promise<Answer> {
    try {
      return await this.#run(text, values);
    } catch (error) {
      const failure = raisedError(error as Error) ?? error;
      if (failure instanceof PgError) return failed(failure.code, failure);
      if (failure instanceof UnsupportedOnFallbackError) return { code: failure.code, message: failure.message };
      throw error;
    }
  }

  plan(text: string): DataPlan {
    const [parsed] = parseStatements(text);
    if (!parsed) throw new Error(`No statement: ${text}`);
    return translate(parsed.statement as DataStatement, this.#catalog, parsed.structural);
  }

  async #run(text: string, values: readonly unknown[]): Promise<Answer> {
    const plan = this.plan(text);
    const { literals } = maskText(text);
    const found = await this.#sqlite.all(
      plan.sql,
      plan.slots.map((slot) => boundValue(slot, literals, values)),
    );
    const columns = plan.columns ?? [];
    const rows = found.map((row) => columns.map((column, index) => printed(column, row[String(index)] ?? null)));
    return { rows, types: columns.map(({ type }) => fixedOid(oidOf(type))) };
  }
}

/** Types that a database makes for itself have numbers of their own. */
const FIRST_OWN_OID = 16_384;

function fixedOid(oid: number): number {
  return Math.min(oid, FIRST_OWN_OID);
}

function failed(code: string, { message, hint }: { message: string; hint?: string | undefined }): Answer {
  return { code, message, ...(hint !== undefined && { hint }) };
}

function printed({ type, decode }: ResultColumn, stored: Stored): string | null {
  if (decode) return decode(stored);
  return stored === null ? null : codecFor(type).output(stored);
}

function boundValue({ source, convert }: Slot, literals: readonly string[], values: readonly unknown[]): Stored {
  if (source.from === 'literal') return convert(literals[source.slot]);
  if (source.from === 'now') return convert(Date.now() * 1000);
  const value = values[source.number - 1];
  return value === null || value === undefined ? null : convert(value);
}
