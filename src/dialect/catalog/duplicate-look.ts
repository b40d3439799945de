import type { PgError } from '../pg-error.js';
import { quoteName, quoteText } from '../translate/quote.js';
import { translateExpression, translateExpressionText } from '../translate/stand-alone.js';
import { quoteIdentifier } from '../types/format-type.js';
import type { PgType } from '../types/pg-type.js';
import { keysOf } from './automatic-names.js';
import type { Catalog, IndexDefinition, IndexItem, KeyDefinition, TableDefinition } from './catalog.js';
import { duplicateKey } from './constraint-errors.js';
import { keySql } from './key-columns.js';
import type { SqlSession } from './session.js';
import { lookingTriggers, MARK, newRow, printedValue, toldBy, toldSql } from './told-values.js';

interface LookedForItem {
  /** As PostgreSQL prints it in an error's detail. */
  readonly shown: string;
  readonly type: PgType;
  /** SQL over the table's columns: what is printed, and what the index compares. */
  readonly value: string;
  readonly compared: string;
}

interface LookedForKey {
  readonly name: string;
  readonly items: readonly LookedForItem[];
  readonly where: string;
}

/** Finds out which key of a table a statement has violated, and with which values: SQLite's errors don't tell the values. */
export class DuplicateLook {
  readonly #table: TableDefinition;
  readonly #keys: readonly LookedForKey[];

  /** `only` is the name of a key, where the others are not to be looked for. */
  constructor(table: TableDefinition, catalog: Catalog, only?: string) {
    const isWanted = ({ name }: { readonly name: string }) => only === undefined || name === only;
    this.#table = table;
    // PostgreSQL checks keys in the order in which they were made.
    this.#keys = [
      ...keysOf(table)
        .filter(isWanted)
        .map((key) => plainKey(key, table)),
      ...table.indexes.filter((index) => index.unique && isWanted(index)).map((index) => indexKey(index, table, catalog)),
    ];
  }

  /** Statements that make triggers for the time of the look. */
  get triggers(): readonly string[] {
    return lookingTriggers(this.#table, (event) => this.#keys.map((key, at) => `${this.#look(key, at, event)};`).join(' '));
  }

  /** PostgreSQL's error, from what a trigger has said. */
  errorFrom(failure: Error, cause: Error): PgError | undefined {
    const [at, ...values] = (toldBy(failure) ?? []) as [number?, ...(string | null)[]];
    const key = at === undefined ? undefined : this.#keys[at];
    if (key === undefined) return undefined;
    const columns = key.items.map(({ shown }) => shown);
    const printed = key.items.map(({ type }, index) => printedValue(values[index] ?? null, type));
    return duplicateKey({ table: this.#table, name: key.name, columns, isPlain: true }, printed, cause);
  }

  /** The new row's values have the names of the columns, so that the same SQL reads them and the rows that are there. */
  #look({ items, where }: LookedForKey, at: number, event: 'INSERT' | 'UPDATE'): string {
    const values = items.map(({ value, type }) => toldSql(value, type)).join(', ');
    const compared = items.map(({ compared: sql }, index) => `${sql} AS \`k${index}\``).join(', ');
    const isSame = items.map(({ compared: sql }, index) => `${sql} = n.\`k${index}\``).join(' AND ');
    const isOther = event === 'UPDATE' ? 'x.rowid <> OLD.rowid AND ' : '';
    return (
      `SELECT RAISE(ABORT, ${quoteText(MARK)} || n.told) FROM (SELECT json_array(${at}, ${values}) AS told, ${compared} FROM (${newRow(this.#table)}) WHERE ${where}) AS n ` +
      `WHERE EXISTS (SELECT 1 FROM main.${quoteName(this.#table.storedName)} AS x WHERE ${isOther}${isSame} AND ${where})`
    );
  }
}

/** What two rows share that a unique index with expressions or a condition can't be made of, as PostgreSQL's detail says it. */
export async function duplicatedKey(
  session: SqlSession,
  index: IndexDefinition,
  table: TableDefinition,
  catalog: Catalog,
): Promise<string | undefined> {
  const { items, where } = indexKey(index, table, catalog);
  const values = items.map(({ value, type }) => toldSql(value, type)).join(', ');
  const filled = items.map(({ compared }) => `${compared} IS NOT NULL`).join(' AND ');
  const [row] = await session.all(
    `SELECT json_array(${values}) AS told FROM ${quoteName(table.storedName)} WHERE (${where}) AND ${filled} ` +
      `GROUP BY ${items.map(({ compared }) => compared).join(', ')} HAVING count(*) > 1 LIMIT 1`,
  );
  if (row === undefined) return undefined;
  const told = JSON.parse(String(row['told'])) as (string | null)[];
  const printed = items.map(({ type }, at) => printedValue(told[at] ?? null, type) ?? 'null');
  return `Key (${items.map(({ shown }) => shown).join(', ')})=(${printed.join(', ')}) is duplicated.`;
}

function plainKey({ name, columns }: KeyDefinition, table: TableDefinition): LookedForKey {
  return { name, items: columns.map((column) => columnItem(column, table)), where: 'true' };
}

function indexKey({ name, items, where }: IndexDefinition, table: TableDefinition, catalog: Catalog): LookedForKey {
  return {
    name,
    items: items.map((item) => (item.column === undefined ? expressionItem(item, table, catalog) : columnItem(item.column, table))),
    where: where === undefined ? 'true' : translateExpressionText(where, catalog, table),
  };
}

function columnItem(name: string, table: TableDefinition): LookedForItem {
  const column = table.columns.find((each) => each.name === name);
  const type: PgType = column?.type ?? { key: 'text' };
  return { shown: quoteIdentifier(name), type, value: quoteName(name), compared: (column && keySql(column)) ?? quoteName(name) };
}

/** PostgreSQL's details have no parentheses around what is cast. */
function expressionItem({ text, shown }: IndexItem, table: TableDefinition, catalog: Catalog): LookedForItem {
  const { sql, type } = translateExpression(text, catalog, table);
  return { shown: shown.replaceAll(/\(("?)([^\s()"]+)\1\)::/g, '$1$2$1::'), type, value: sql, compared: sql };
}
