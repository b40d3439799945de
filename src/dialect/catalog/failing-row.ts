import { PgError } from '../pg-error.js';
import { quoteName, quoteText } from '../translate/quote.js';
import { translateExpressionText } from '../translate/stand-alone.js';
import type { Catalog, TableDefinition } from './catalog.js';
import { lookingTriggers, MARK, newRow, printedValue, toldBy, toldSql } from './told-values.js';

/** PostgreSQL shows so many bytes of each value. */
const LONGEST_BYTES = 64;

/** Finds the row that a NOT NULL or a CHECK has refused, which PostgreSQL's error shows. */
export class FailingRowLook {
  readonly #error: PgError;
  readonly #table: TableDefinition;
  readonly #condition: string;

  /** `undefined` for errors that show no row. */
  static for(error: PgError, catalog: Catalog): FailingRowLook | undefined {
    const table = error.table === undefined ? undefined : catalog.table([error.schema ?? 'public', error.table]);
    if (table === undefined) return undefined;
    if (error.code === '23502' && error.column !== undefined) return new FailingRowLook(error, table, `${quoteName(error.column)} IS NULL`);
    const check = error.code === '23514' ? table.checks.find(({ name }) => name === error.constraint) : undefined;
    return check && new FailingRowLook(error, table, `NOT (${translateExpressionText(check.text, catalog, table)})`);
  }

  private constructor(error: PgError, table: TableDefinition, condition: string) {
    this.#error = error;
    this.#table = table;
    this.#condition = condition;
  }

  get triggers(): readonly string[] {
    const { columns, storedName, rowidColumn } = this.#table;
    // SQLite says -1 before it has given a number.
    const given = `(SELECT seq + 1 FROM main.sqlite_sequence WHERE name = ${quoteText(storedName)})`;
    const valueOf = (name: string) =>
      name === rowidColumn ? `iif(${quoteName(name)} = -1, ${given}, ${quoteName(name)})` : quoteName(name);
    const values = columns.map(({ name, type }) => toldSql(valueOf(name), type)).join(', ');
    const look = `SELECT RAISE(ABORT, ${quoteText(MARK)} || json_array(${values})) FROM (${newRow(this.#table)}) WHERE ${this.#condition};`;
    return lookingTriggers(this.#table, () => look);
  }

  /** The error with the row, from what a trigger has told. */
  errorFrom(failure: Error): PgError | undefined {
    const told = toldBy(failure) as readonly (string | null)[] | undefined;
    if (told === undefined) return undefined;
    const row = this.#table.columns.map(({ type }, at) => clipped(printedValue(told[at] ?? null, type) ?? 'null'));
    const { code, message, schema, table, column, constraint } = this.#error;
    const fields = Object.entries({ schema, table, column, constraint }).filter(([, value]) => value !== undefined);
    const detail = `Failing row contains (${row.join(', ')}).`;
    return new PgError(code, message, { ...Object.fromEntries(fields), detail, cause: this.#error.cause });
  }
}

function clipped(text: string): string {
  if (Buffer.byteLength(text) <= LONGEST_BYTES) return text;
  let end = text.length;
  while (Buffer.byteLength(text.slice(0, end)) > LONGEST_BYTES) end -= 1;
  return `${text.slice(0, end)}...`;
}
