import { enumCheck } from './attributes.js';
import type { Relation } from './relation.js';
import { SchemaChangeError } from './schema-change.js';
import { rows, run, type Step } from './step.js';
import { checkedLabels } from './stored-columns.js';

/**
 * Writes other labels into the CHECK that stands for an enum on plain SQLite, which has no ALTER TABLE for it: by the procedure for changes that
 * leave the stored rows as they are (section 7 of https://www.sqlite.org/lang_altertable.html). Rows must have been changed before.
 */
export async function writeCheckedLabels(step: Step, { name }: Relation, column: string, labels: readonly string[]): Promise<void> {
  const [{ sql } = { sql: '' }] = await rows<{ sql: string }>(step, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name", {
    name,
  });
  const check = checkedLabels(sql, column);
  if (check === undefined) return;
  const changed = sql.replace(check.text, () => enumCheck(step.queryInterface, column, labels));
  const [{ version } = { version: 0 }] = await rows<{ version: number }>(
    step,
    'SELECT schema_version AS version FROM pragma_schema_version',
  );
  await run(step, 'PRAGMA writable_schema = ON');
  try {
    await rows(step, "UPDATE sqlite_master SET sql = :changed WHERE type = 'table' AND name = :name", { changed, name });
    await run(step, `PRAGMA schema_version = ${version + 1}`);
  } finally {
    // Also reads the schema anew, so that a text that is no definition fails here, before the commit.
    await run(step, 'PRAGMA writable_schema = RESET');
  }
}

/**
 * What SQLite would leave as it is though it names one of these values of a column: indexes and triggers of the table, other CHECKs, generated
 * columns. None of the ENUM columns' own CHECKs, and no default.
 *
 * @throws SchemaChangeError
 */
export async function refuseNamed(
  step: Step,
  { name }: Relation,
  { column, subject }: CheckedColumn,
  going: readonly string[],
): Promise<void> {
  const found = await rows<{ type: string; name: string; sql: string }>(
    step,
    "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = :name COLLATE NOCASE AND type IN ('table', 'index', 'trigger') AND sql IS NOT NULL",
    { name },
  );
  for (const each of found) {
    const isTable = each.type === 'table';
    const text = isTable ? withoutOwnChecks(each.sql, column) : each.sql;
    const label = going.find((value) => text.includes(quotedLabel(value)));
    if (label === undefined || !text.toLowerCase().includes(column.toLowerCase())) continue;
    throw isTable
      ? new SchemaChangeError(subject, `another CHECK of the table names '${label}'`, 'Create the table anew, with that CHECK changed.')
      : new SchemaChangeError(
          subject,
          `the ${each.type} "${each.name}" names '${label}'`,
          `Drop the ${each.type} first${each.type === 'index' ? ' (removeIndexSafe())' : ''}, and create it with the new values afterwards.`,
        );
  }
}

interface CheckedColumn {
  readonly column: string;
  readonly subject: string;
}

const quotedLabel = (label: string): string => `'${label.replaceAll("'", "''")}'`;

const LABELS = /CHECK \([`"]([^`"]+)[`"] IN \((?:'(?:[^']|'')*'(?:, )?)+\)\)/g;

function withoutOwnChecks(sql: string, column: string): string {
  const own = checkedLabels(sql, column)?.text ?? '';
  return sql
    .replace(own, '')
    .replace(LABELS, (check, name: string) => (name === column ? check : ''))
    .replace(/DEFAULT '(?:[^']|'')*'/g, '');
}

/** Changes values that the CHECK as it is may not know. */
export async function updateUnchecked(step: Step, work: () => Promise<void>): Promise<void> {
  await run(step, 'PRAGMA ignore_check_constraints = ON');
  try {
    await work();
  } finally {
    await run(step, 'PRAGMA ignore_check_constraints = OFF');
  }
}
