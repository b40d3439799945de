import pg from 'pg';
import sqlite3 from 'sqlite3';
import type { Catalog } from '../../../src/dialect/catalog/catalog.js';
import type { DataStatement } from '../../../src/dialect/sql/ast.js';
import { maskText } from '../../../src/dialect/sql/lexer.js';
import { parseStatements } from '../../../src/dialect/sql/parser.js';
import { raisedError } from '../../../src/dialect/translate/casts.js';
import type { Slot } from '../../../src/dialect/translate/plan.js';
import { translate } from '../../../src/dialect/translate/translation.js';
import type { Stored } from '../../../src/dialect/types/codec.js';
import { codecFor } from '../../../src/dialect/types/codecs.js';
import type { PgType } from '../../../src/dialect/types/pg-type.js';
import { oidOf } from '../../../src/dialect/types/type-names.js';
import { catalogOfEnums } from './catalog-of-enums.js';

/** Rows of PostgreSQL's texts with their types' OIDs, or the error's code and message. */
export type Answer =
  | { readonly rows: readonly (readonly (string | null)[])[]; readonly types: readonly number[] }
  | { readonly error: string };

/** Asks PostgreSQL, with every value as its text. */
export async function askPostgres(client: pg.Client, text: string, values: readonly unknown[] = []): Promise<Answer> {
  try {
    const types = { getTypeParser: () => (value: string | Buffer) => String(value) };
    const { rows, fields } = await client.query({ text, values: [...values], rowMode: 'array', types } as never as pg.QueryArrayConfig);
    return { rows: rows as (string | null)[][], types: fields.map(({ dataTypeID }) => dataTypeID) };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { error: `${code} ${message}` };
  }
}

/** An empty SQLite database that is asked in PostgreSQL's language. */
export class Fallback {
  readonly #database = new sqlite3.Database(':memory:');

  constructor(private readonly catalog: Catalog = catalogOfEnums()) {}

  async ask(text: string, values: readonly unknown[] = []): Promise<Answer> {
    try {
      return await this.#answer(text, values);
    } catch (error) {
      const { code, message } = (raisedError(error as Error) ?? error) as { code?: string; message: string };
      return { error: `${code} ${message}` };
    }
  }

  async #answer(text: string, values: readonly unknown[]): Promise<Answer> {
    const [parsed] = parseStatements(text);
    if (!parsed) throw new Error('no statement');
    const { sql, slots, columns = [] } = translate(parsed.statement as DataStatement, this.catalog, parsed.structural);
    const { literals } = maskText(text);
    const bound = slots.map((slot) => valueOf(slot, literals, values));
    const rows = await this.#all(sql, bound);
    return {
      rows: rows.map((row) => columns.map(({ type, decode }, index) => printed(row[String(index)] ?? null, type, decode))),
      types: columns.map(({ type }) => oidOf(type)),
    };
  }

  #all(sql: string, values: readonly Stored[]): Promise<Record<string, Stored>[]> {
    return new Promise((resolve, reject) => {
      this.#database.all<Record<string, Stored>>(sql, [...values], (error, rows) => {
        if (error) reject(error);
        else resolve(rows);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => this.#database.close((error) => (error ? reject(error) : resolve())));
  }
}

/** What the fallback does not do, and says so. */
export function isRefused(answer: Answer): boolean {
  return 'error' in answer && answer.error.includes('SQLite fallback');
}

function valueOf({ source, convert }: Slot, literals: readonly string[], values: readonly unknown[]): Stored {
  if (source.from === 'literal') return convert(literals[source.slot]);
  if (source.from === 'now') return convert(new Date());
  const value = values[source.number - 1];
  return value === null || value === undefined ? null : convert(value);
}

function printed(stored: Stored, type: PgType, decode?: (stored: Stored) => string | null): string | null {
  if (decode) return decode(stored);
  return stored === null ? null : codecFor(type).output(stored);
}
