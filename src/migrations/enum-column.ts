import type { QueryInterface, TableName } from 'sequelize';
import { ConfigurationError } from '../index.js';
import { checkLabel, checkName, checkQueryInterface, namedTable, type NamedTable, shownValue } from './arguments.js';
import { existingTable, type Relation } from './relation.js';
import { SchemaChangeError } from './schema-change.js';
import type { Step } from './step.js';
import { type EnumType, type StoredColumn, storedColumns } from './stored-columns.js';

/** An ENUM column that is there. */
export interface EnumColumn {
  readonly relation: Relation;
  readonly column: StoredColumn;
  readonly enumType: EnumType;
  readonly subject: string;
}

/** What a helper for ENUM columns was called with. */
export interface EnumCall {
  readonly named: NamedTable;
  readonly column: string;
  readonly subject: string;
}

/** @throws ConfigurationError for arguments that can't be used */
export function enumCall(queryInterface: QueryInterface, table: TableName, column: string, values: unknown): EnumCall {
  checkQueryInterface(queryInterface);
  checkName('column', column);
  const isList = Array.isArray(values) && values.length > 0 && new Set(values).size === values.length;
  if (!isList) throw new ConfigurationError('values', 'must be an array of different texts, one or more', shownValue(values));
  for (const value of values as unknown[]) checkLabel('value', value);
  const named = namedTable(table);
  return { named, column, subject: `column "${column}" of ${named.shown}` };
}

/** @throws SchemaChangeError where there is no such table or column, or it is no ENUM */
export async function enumColumn(step: Step, { named, column: name, subject }: EnumCall): Promise<EnumColumn> {
  const relation = await existingTable(step, named, subject);
  const column = (await storedColumns(step, relation)).find((each) => each.name === name);
  if (column === undefined) throw new SchemaChangeError(subject, 'there is no such column', 'Add it with addColumnSafe().');
  if (column.enumType === undefined) {
    const where = step.engine === 'sqlite' ? ' that createTableSafe() or addColumnSafe() made' : '';
    throw new SchemaChangeError(subject, `it is no ENUM${where}, but ${column.type}`, 'Change its type by a migration of your own.');
  }
  return { relation, column, enumType: column.enumType, subject };
}
