import type { Relation } from './relation.js';
import type { Step } from './step.js';

/** A table's name in a statement. */
export function quotedTable({ engine }: Pick<Step, 'engine'>, { schema, name }: Relation): string {
  return engine === 'sqlite' ? quotedName(name) : `${quotedName(schema)}.${quotedName(name)}`;
}

/** A name as a statement has it, whichever the engine and Sequelize's option `quoteIdentifiers`. */
export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
