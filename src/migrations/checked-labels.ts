import { enumCheck } from './attributes.js';
import type { Relation } from './relation.js';
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

/** Changes values that the CHECK as it is may not know. */
export async function updateUnchecked(step: Step, work: () => Promise<void>): Promise<void> {
  await run(step, 'PRAGMA ignore_check_constraints = ON');
  try {
    await work();
  } finally {
    await run(step, 'PRAGMA ignore_check_constraints = OFF');
  }
}
