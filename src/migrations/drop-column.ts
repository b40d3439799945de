import { quotedName, quotedTable } from './quoted-table.js';
import type { Relation } from './relation.js';
import { SchemaChangeError } from './schema-change.js';
import { databaseError, rows, run, type Step } from './step.js';

/** Drops a column on plain SQLite, after the indexes that it is in; says which. */
export async function dropColumn(step: Step, relation: Relation, column: string): Promise<string[]> {
  const dropped: string[] = [];
  for (const name of await indexesWith(step, relation, column)) {
    await dropIndex(step, name);
    dropped.push(name);
  }
  for (;;) {
    const index = await indexInTheWay(step, relation, column);
    if (index === undefined) return dropped.map((name) => `dropped index "${name}"`);
    if (dropped.includes(index))
      throw new SchemaChangeError(`column "${column}" of "${relation.name}"`, `index "${index}" stays`, 'Drop it first.');
    await dropIndex(step, index);
    dropped.push(index);
  }
}

const dropIndex = (step: Step, name: string): Promise<void> => run(step, `DROP INDEX ${quotedName(name)}`);

/** Those of CREATE INDEX: a table's own keys have no definition of their own. */
async function indexesWith(step: Step, { name }: Relation, column: string): Promise<string[]> {
  const found = await rows<{ name: string }>(
    step,
    `SELECT DISTINCT l.name AS name FROM pragma_index_list(:name) l JOIN pragma_index_info(l.name) i WHERE l.origin = 'c' AND i.name = :column`,
    { name, column },
  );
  return found.map((index) => index.name);
}

/** Tries it, and answers the index whose expression or condition names the column. */
async function indexInTheWay(step: Step, relation: Relation, column: string): Promise<string | undefined> {
  try {
    await run(step, `ALTER TABLE ${quotedTable(step, relation)} DROP COLUMN ${quotedName(column)}`);
    return undefined;
  } catch (error) {
    const { message } = databaseError(error);
    const [, index] = /error in index (.+?) after drop column/.exec(message) ?? [];
    if (index !== undefined) return index;
    const fullText = fullTextOf(message);
    throw new SchemaChangeError(
      `column "${column}" of "${relation.name}"`,
      fullText === undefined
        ? `SQLite can't drop it: ${message.replace(/^SQLITE_ERROR: /, '')}`
        : `it is in the full-text index "${fullText.name}"`,
      fullText === undefined
        ? 'Leave the column there, or create the table anew without it.'
        : `Call removeFullTextIndex() for the columns ${fullText.columns} first.`,
      { cause: error },
    );
  }
}

/** The full-text index whose trigger is in the way; its name says of which columns it is. */
function fullTextOf(message: string): { readonly name: string; readonly columns: string } | undefined {
  const [, name, columns] =
    /error in trigger (.+) [a-z_]+ (\["[^\]]*\]) (?:insert|update|delete)(?: after drop column)?:/.exec(message) ?? [];
  return name === undefined || columns === undefined ? undefined : { name, columns };
}
