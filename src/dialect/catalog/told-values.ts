import { quoteName } from '../translate/quote.js';
import type { Stored } from '../types/codec.js';
import { codecFor } from '../types/codecs.js';
import type { PgType } from '../types/pg-type.js';
import type { TableDefinition } from './catalog.js';

/*
 * A statement that has failed is given once more with triggers that tell what they see in an error of their own (`RAISE`), behind this
 * mark, as JSON.
 */
export const MARK = 'sequelize_resilient look: ';

/** What a trigger has told. */
export function toldBy({ message }: Error): readonly unknown[] | undefined {
  const [, told] = message.split(MARK);
  return told === undefined ? undefined : (JSON.parse(told) as unknown[]);
}

/** The row that a trigger is for, with the names of the columns, so that SQL over a table's columns reads it. */
export const newRow = ({ columns }: TableDefinition): string =>
  `SELECT ${columns.map(({ name }) => `NEW.${quoteName(name)} AS ${quoteName(name)}`).join(', ')}`;

/** The triggers of one look: they do this before each row is written. */
export function lookingTriggers({ storedName }: TableDefinition, look: (event: 'INSERT' | 'UPDATE') => string): readonly string[] {
  return (['INSERT', 'UPDATE'] as const).map(
    (event) =>
      `CREATE TEMP TRIGGER \`sequelize_resilient ${event}\` BEFORE ${event} ON main.${quoteName(storedName)} BEGIN ${look(event)} END`,
  );
}

/** As a text that keeps every digit and byte. */
export const toldSql = (value: string, type: PgType): string =>
  codecFor(type).affinity === 'BLOB' ? `iif(${value} IS NULL, NULL, hex(${value}))` : `CAST(${value} AS TEXT)`;

/** A told value as PostgreSQL prints it. */
export function printedValue(text: string | null, type: PgType): string | null {
  return text === null ? null : codecFor(type).output(storedOf(text, codecFor(type).affinity));
}

function storedOf(text: string, affinity: string): Exclude<Stored, null> {
  if (affinity === 'BLOB') return Buffer.from(text, 'hex');
  const number = Number(text);
  const isExact = affinity === 'REAL' ? text !== 'NaN' : affinity === 'INTEGER' && Number.isSafeInteger(number);
  return isExact ? number : text;
}
