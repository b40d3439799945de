import type { NamedTable } from './arguments.js';
import { withEnumTypes } from './enum-types.js';
import type { Attribute } from './generator.js';
import { quotedName, quotedTable } from './quoted-table.js';
import type { Relation } from './relation.js';
import { SchemaChangeError } from './schema-change.js';
import { databaseError, run, type Step } from './step.js';

/** Adds a column that is not there; says what it did. */
export async function addColumnTo(
  step: Step,
  { named, relation }: { named: NamedTable; relation: Relation },
  column: string,
  attribute: Attribute,
): Promise<string[]> {
  if (step.engine === 'sqlite') return await addColumnOnSqlite(step, { named, relation }, column, attribute);
  const { [column]: typed = attribute } = await withEnumTypes(step, named.forSequelize, { [column]: attribute });
  await run(step, step.generator.addColumnQuery(named.forSequelize, column, typed));
  return [`added column "${column}"`];
}

/** SQLite adds no UNIQUE column, but has unique indexes. */
async function addColumnOnSqlite(
  step: Step,
  { named, relation }: { named: NamedTable; relation: Relation },
  column: string,
  attribute: Attribute,
): Promise<string[]> {
  const { unique, ...plain } = attribute;
  const details = [`added column "${column}"`];
  try {
    await run(step, step.generator.addColumnQuery(named.forSequelize, column, plain));
  } catch (error) {
    const { message } = databaseError(error);
    if (!message.includes('Cannot add a')) throw error;
    throw new SchemaChangeError(
      `column "${column}" of ${named.shown}`,
      `SQLite says: ${message.replace(/^SQLITE_ERROR: /, '')}`,
      'Add it without a default that is an expression, without NOT NULL or as no key, or create the table with it.',
      { cause: error },
    );
  }
  if (unique !== true) return details;
  const index = `${relation.name}_${column}_unique`;
  await uniqueIndex(step, { relation, column, index });
  return [...details, `added unique index "${index}"`];
}

async function uniqueIndex(step: Step, { relation, column, index }: { relation: Relation; column: string; index: string }): Promise<void> {
  try {
    await run(step, `CREATE UNIQUE INDEX ${quotedName(index)} ON ${quotedTable(step, relation)} (${quotedName(column)})`);
  } catch (error) {
    // Of whichever copy of Sequelize.
    if ((error as Error).name !== 'SequelizeUniqueConstraintError') throw error;
    throw new SchemaChangeError(
      `column "${column}" of "${relation.name}"`,
      'its rows would have equal values in it',
      'Add it without unique.',
      {
        cause: error,
      },
    );
  }
}
