import type { QueryInterface, TableName } from 'sequelize';
import { checkQueryInterface, namedTable } from './arguments.js';
import { dropUnusedTypes } from './enum-types.js';
import { quotedTable } from './quoted-table.js';
import { refuseOther, type Relation, relationOf } from './relation.js';
import { done, type SchemaChange, SchemaChangeError } from './schema-change.js';
import { inStep, rows, run, type Step, type StepOptions } from './step.js';
import { storedColumns } from './stored-columns.js';

/**
 * Drops a table, and on PostgreSQL and the fallback the ENUM types that Sequelize made for its columns, which Sequelize's own dropTable leaves
 * where there is no model.
 *
 * Resolves to `removed` or `absent`.
 *
 * @throws SchemaChangeError on plain SQLite where foreign keys of other tables lead to it: SQLite would delete their rows, too, or leave them without
 * @param options `cascade` drops, on PostgreSQL, the foreign keys and views that rest on it, too
 */
export async function dropTableSafe(
  queryInterface: QueryInterface,
  table: TableName,
  options: StepOptions & { cascade?: boolean } = {},
): Promise<SchemaChange> {
  checkQueryInterface(queryInterface);
  const named = namedTable(table);
  const subject = `table ${named.shown}`;
  return await inStep(queryInterface, options, async (step) => {
    const relation = await relationOf(step, named);
    refuseOther(relation, named, subject);
    if (relation.kind === undefined) return done('absent', subject);
    if (step.engine === 'sqlite') await refuseReferenced(step, relation, subject);
    const types = step.engine === 'sqlite' ? [] : (await storedColumns(step, relation)).flatMap(({ enumType }) => enumType ?? []);
    const cascade = options.cascade === true && step.engine !== 'sqlite' ? ' CASCADE' : '';
    await run(step, `DROP TABLE ${quotedTable(step, relation)}${cascade}`);
    return done('removed', subject, await dropUnusedTypes(step, relation, types));
  });
}

async function refuseReferenced(step: Step, { name }: Relation, subject: string): Promise<void> {
  const [child] = await rows<{ name: string }>(
    step,
    `SELECT m.name AS name FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k
      WHERE m.type = 'table' AND k."table" = :name COLLATE NOCASE AND m.name <> :name COLLATE NOCASE`,
    { name },
  );
  if (child !== undefined) throw new SchemaChangeError(subject, `a foreign key of "${child.name}" leads to it`, 'Drop that table first.');
}
