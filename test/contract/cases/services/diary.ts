import type { Model, ModelStatic, QueryInterface, Sequelize, SyncOptions, TableName } from 'sequelize';
import type { Site } from '../../contract-case.js';
import { outcomeOf } from '../../../../src/testing/outcome.js';

/** What a service does, one thing after the other: a failure is a result too, and hides nothing that comes after it. */
export interface Diary {
  readonly entries: readonly unknown[];
  readonly note: (what: string, work: () => Promise<unknown>) => Promise<void>;
}

export function newDiary(): Diary {
  const entries: unknown[] = [];
  return {
    entries,
    note: async (what, work) => {
      entries.push([what, await outcomeOf(work)]);
    },
  };
}

/** Notes the rows that a text answers, or its error. */
export const rowsOf = async (sequelize: Sequelize, text: string): Promise<unknown> => (await sequelize.query(text))[0];

/** Makes or changes a model's table; what `sync` answers is the model. */
export const synced = (model: ModelStatic<Model>, options?: SyncOptions): Promise<undefined> => model.sync(options).then(() => undefined);

/** A name of the site, quoted for raw SQL. */
export const quoted = (site: Site, suffix: string): string => `"${site.name(suffix)}"`;

/** All that a program can ask about a table: its columns, indexes, constraints and references. */
export async function shapeOf(queryInterface: QueryInterface, table: TableName): Promise<unknown> {
  const indexes = (await queryInterface.showIndex(table)) as Record<string, unknown>[];
  return {
    columns: withSortedLabels(await queryInterface.describeTable(table)),
    indexes: indexes.map(({ name, primary, unique, fields, definition }) => ({ name, primary, unique, fields, definition })),
    constraints: await constraintsOf(queryInterface.sequelize, typeof table === 'string' ? table : table.tableName),
  };
}

/** Sequelize's question says no order of an enum's labels. */
const withSortedLabels = (columns: object): unknown =>
  Object.fromEntries(
    Object.entries(columns as Record<string, { special?: string[] }>).map(([name, column]) => [
      name,
      { ...column, special: column.special?.toSorted() },
    ]),
  );

/** PostgreSQL's own names of NOT NULL hold numbers that nothing else has. */
const constraintsOf = (sequelize: Sequelize, table: string) =>
  rowsOf(
    sequelize,
    'SELECT c.constraint_name, c.constraint_type, c.is_deferrable, c.initially_deferred, r.update_rule, r.delete_rule ' +
      'FROM information_schema.table_constraints c LEFT JOIN information_schema.referential_constraints r ' +
      'ON r.constraint_name = c.constraint_name AND r.constraint_schema = c.constraint_schema ' +
      `WHERE c.table_name = '${table}' AND c.constraint_name NOT LIKE '%_not_null' ORDER BY c.constraint_name`,
  );
