import { PgError } from '../pg-error.js';
import { coerce } from '../translate/coerce.js';
import { quoteName } from '../translate/quote.js';
import { translateExpression } from '../translate/stand-alone.js';
import { formatType } from '../types/format-type.js';
import type { Catalog, ColumnDefinition, TableDefinition } from './catalog.js';
import type { SqlSession } from './session.js';
import { TranslationNow } from './translation-now.js';

const KEPT = 'temp.`sequelize_resilient_kept`';

/** Keeps what an expression makes of each row (USING), and answers what writes it into the column when that has its new type. */
export async function calculatedValues(
  session: SqlSession,
  table: TableDefinition,
  { name, type }: ColumnDefinition,
  { using, catalog }: { using: string; catalog: Catalog },
): Promise<() => Promise<void>> {
  const context = new TranslationNow(catalog);
  const sql = assignedSql();
  const stored = quoteName(table.storedName);
  await session.run(`CREATE TEMP TABLE ${KEPT.slice(5)} (id INTEGER PRIMARY KEY, value)`);
  await session.run(`INSERT INTO ${KEPT} SELECT rowid, ${sql} FROM main.${stored}`);
  return async () => {
    await session.run(`UPDATE main.${stored} SET ${quoteName(name)} = (SELECT value FROM ${KEPT} WHERE id = ${stored}.rowid)`);
    await session.run(`DROP TABLE ${KEPT}`);
  };

  function assignedSql(): string {
    try {
      return coerce(translateExpression(using, catalog, table, context), type, context, 'assignment').sql;
    } catch (error) {
      if (!(error instanceof PgError) || error.code !== '42846') throw error;
      throw new PgError('42804', `result of USING clause for column "${name}" cannot be cast automatically to type ${formatType(type)}`, {
        hint: 'You might need to add an explicit cast.',
      });
    }
  }
}
