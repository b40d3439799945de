import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { DefinitionStatement } from '../sql/ast.js';
import { quoteIdentifier } from '../types/format-type.js';
import type { EnumType } from '../types/pg-type.js';
import type { TableDefinition } from './catalog.js';
import { type Defined, type DefinitionContext, dependents, shownName, stillNeeded } from './definition.js';
import { dropTable } from './drop-tables.js';
import { dropIndex, findIndex } from './indexes.js';
import { enumOf, keyOf, type StoredCatalog } from './stored-catalog.js';
import { dropColumn } from './drop-column.js';

type Drop = Extract<DefinitionStatement, { kind: 'drop' }>;

export async function runDrop(statement: Drop, { session, catalog: before }: DefinitionContext): Promise<Defined> {
  let catalog = before;
  const together = ['table', 'view', 'materialized view'].includes(statement.what)
    ? statement.names.flatMap((name) => before.table(name) ?? [])
    : [];
  for (const name of statement.names) catalog = await dropOne(statement, name, together, { session, catalog });
  return { command: `DROP ${statement.what.toUpperCase()}`, catalog };
}

async function dropOne(
  statement: Drop,
  name: readonly string[],
  together: readonly TableDefinition[],
  context: DefinitionContext,
): Promise<StoredCatalog> {
  switch (statement.what) {
    case 'table':
    case 'view':
    case 'materialized view':
      return await dropRelation(statement, name, together, context);
    case 'index':
      return await dropIndexNamed(statement, name, context);
    case 'type':
      return await dropType(statement, name, context);
    case 'schema':
      return await dropSchema(statement, name, context);
    case 'sequence':
      return dropSequence(statement, name, context.catalog);
    case 'extension':
      return context.catalog;
  }
}

/** Nothing to drop: an error, unless IF EXISTS was said. */
function missing({ ifExists, what }: Drop, name: readonly string[], catalog: StoredCatalog, code = '42P01'): StoredCatalog {
  if (ifExists) return catalog;
  throw new PgError(code, `${what} "${name.join('.')}" does not exist`);
}

async function dropRelation(
  statement: Drop,
  name: readonly string[],
  together: readonly TableDefinition[],
  context: DefinitionContext,
): Promise<StoredCatalog> {
  const table = context.catalog.table(name);
  if (table === undefined) {
    // An earlier name of the same statement may have taken it along.
    return together.some((other) => other.name === name.at(-1)) ? context.catalog : missing(statement, name, context.catalog);
  }
  if (table.kind !== statement.what) {
    throw new PgError('42809', `"${table.name}" is not a ${statement.what}`, {
      hint: `Use DROP ${table.kind.toUpperCase()} to remove a ${table.kind}.`,
    });
  }
  return await dropTable(table, { cascade: statement.cascade, together }, context);
}

async function dropIndexNamed(statement: Drop, name: readonly string[], context: DefinitionContext): Promise<StoredCatalog> {
  const found = findIndex(name, context.catalog);
  // PostgreSQL's code of a missing index is that of any missing object.
  return found === undefined ? missing(statement, name, context.catalog, '42704') : await dropIndex(found, name.at(-1) ?? '', context);
}

async function dropType(statement: Drop, name: readonly string[], { session, catalog }: DefinitionContext): Promise<StoredCatalog> {
  const type = catalog.enumType(name);
  if (type === undefined) return missing(statement, name, catalog, '42704');
  let after = catalog;
  const uses = [...catalog.tables()].flatMap((table) =>
    table.columns.filter((column) => usesEnum(column.type, type)).map((column) => ({ table, column })),
  );
  if (uses.length > 0 && !statement.cascade) {
    throw typeInUse(type, uses, catalog);
  }
  for (const { table, column } of uses) {
    const current = after.table([table.schema, table.name]);
    if (current) after = await dropColumn(current, column.name, { cascade: true }, { session, catalog: after });
  }
  return after.withoutEnum(type);
}

interface Use {
  readonly table: TableDefinition;
  readonly column: TableDefinition['columns'][number];
}

function typeInUse(type: EnumType, uses: readonly Use[], catalog: StoredCatalog): PgError {
  const name = shownName(type, catalog);
  const arraysFirst = [
    ...uses.filter(({ column }) => column.type.key === 'array'),
    ...uses.filter(({ column }) => column.type.key !== 'array'),
  ];
  const details = arraysFirst.map(
    ({ table, column }) =>
      `column ${quoteIdentifier(column.name)} of table ${shownName(table, catalog)} depends on type ${name}${column.type.key === 'array' ? '[]' : ''}`,
  );
  return stillNeeded(`type ${name}`, details);
}

const usesEnum = (type: TableDefinition['columns'][number]['type'], wanted: { schema: string; name: string }): boolean => {
  const found = enumOf(type);
  return found !== undefined && keyOf(found) === keyOf(wanted);
};

async function dropSchema(statement: Drop, name: readonly string[], { session, catalog }: DefinitionContext): Promise<StoredCatalog> {
  const [schema = ''] = name;
  if (!catalog.hasSchema(schema)) return missing(statement, name, catalog, '3F000');
  const tables = [...catalog.tables()].filter((table) => table.schema === schema);
  const enums = [...catalog.enums()].filter((type) => type.schema === schema);
  if (!statement.cascade && tables.length + enums.length > 0) {
    throw dependents(`schema ${schema}`, [
      ...enums.map((type) => `type ${shownName(type, catalog)}`),
      ...tables.map((table) => `${table.kind} ${shownName(table, catalog)}`),
    ]);
  }
  let after = catalog;
  for (const table of tables) {
    const current = after.table([schema, table.name]);
    if (current) after = await dropTable(current, { cascade: true, together: tables }, { session, catalog: after });
  }
  for (const type of enums) after = await dropType({ ...statement, what: 'type' }, [schema, type.name], { session, catalog: after });
  return after.withoutSchema(schema);
}

function dropSequence(statement: Drop, name: readonly string[], catalog: StoredCatalog): StoredCatalog {
  const owner = [...catalog.tables()].find((table) => table.columns.some(({ sequence }) => sequence === name.at(-1)));
  if (owner === undefined) return missing(statement, name, catalog);
  throw new UnsupportedOnFallbackError(
    `DROP SEQUENCE ${name.join('.')}, which numbers rows of ${owner.name},`,
    'Drop the column or the table.',
  );
}
