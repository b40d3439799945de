import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { AlterTable, AlterTableAction } from '../sql/ast.js';
import { quoteName } from '../translate/quote.js';
import { addColumn } from './add-column.js';
import { dropDefault, dropNotNull, setDefault, setNotNull } from './alter-column.js';
import { setType } from './alter-type.js';
import { addConstraint, dropConstraint, renameConstraint } from './alter-constraints.js';
import type { ColumnDefinition, TableDefinition } from './catalog.js';
import { nextval, refuseTakenColumn } from './column-clauses.js';
import { type Defined, type DefinitionContext, namerFor, noSuchRelation } from './definition.js';
import { dropColumn } from './drop-column.js';
import { withRenamedColumn, withRenamedReference } from './renaming.js';
import type { StoredCatalog } from './stored-catalog.js';

export async function runAlterTable(statement: AlterTable, { session, catalog: before, nowMicros }: DefinitionContext): Promise<Defined> {
  const command = 'ALTER TABLE';
  let table = before.table(statement.name);
  if (table === undefined) {
    if (statement.ifExists) return { command, catalog: before };
    throw noSuchRelation(statement.name);
  }
  if (table.kind !== 'table')
    throw new UnsupportedOnFallbackError(`ALTER TABLE of the ${table.kind} ${table.name}`, 'Drop the view and create it anew.');
  let catalog = before;
  for (const action of statement.actions.toSorted((a, b) => passOf(a) - passOf(b))) {
    catalog = await act(table, action, { session, catalog, nowMicros });
    table = current(catalog, table, action);
  }
  return { command, catalog };
}

/** PostgreSQL carries the actions of one statement out in this order (AlterTablePass of src/backend/commands/tablecmds.c, 17). */
const PASSES: readonly (readonly AlterTableAction['type'][])[] = [
  ['drop column', 'drop constraint', 'drop not null', 'drop default'],
  ['set type'],
  ['add column'],
  ['set not null'],
  ['add constraint'],
  ['set default'],
];

function passOf(action: AlterTableAction): number {
  const isKey = action.type === 'add constraint' && ['unique', 'primary key'].includes(action.constraint.type);
  return isKey ? 4 : action.type === 'add constraint' ? 5 : PASSES.findIndex((types) => types.includes(action.type));
}

/** The table as the action has left it. */
function current(catalog: StoredCatalog, { schema, name }: TableDefinition, action: AlterTableAction): TableDefinition {
  const path = action.type === 'rename' ? [schema, action.to] : action.type === 'set schema' ? [action.to, name] : [schema, name];
  const table = catalog.table(path);
  if (table === undefined) throw noSuchRelation(path);
  return table;
}

async function act(table: TableDefinition, action: AlterTableAction, context: DefinitionContext): Promise<StoredCatalog> {
  switch (action.type) {
    case 'add column':
      return await addColumn(table, action, context);
    case 'drop column':
      return await dropColumnIfThere(table, action, context);
    case 'rename column':
      return await renameColumn(table, action, context);
    case 'rename':
      return await moveTable(table, { schema: table.schema, name: action.to }, context);
    case 'set schema':
      return await setSchema(table, action.to, context);
    case 'rename constraint':
      return await renameConstraint(table, action, context);
    case 'set not null':
      return await setNotNull(table, action.name, context);
    case 'drop not null':
      return await dropNotNull(table, action.name, context);
    case 'set default':
      return await setDefault(table, action, context);
    case 'drop default':
      return await dropDefault(table, action.name, context);
    case 'set type':
      return await setType(table, action, context);
    case 'add constraint':
      return await addConstraint(table, action.constraint, context);
    case 'drop constraint':
      return await dropConstraint(table, action, context);
  }
}

type Action<T extends AlterTableAction['type']> = Extract<AlterTableAction, { type: T }>;

async function dropColumnIfThere(
  table: TableDefinition,
  action: Action<'drop column'>,
  context: DefinitionContext,
): Promise<StoredCatalog> {
  const isThere = table.columns.some((column) => column.name === action.name);
  return !isThere && action.ifExists ? context.catalog : await dropColumn(table, action.name, action, context);
}

async function renameColumn(
  table: TableDefinition,
  { name, to }: Action<'rename column'>,
  { session, catalog }: DefinitionContext,
): Promise<StoredCatalog> {
  if (!table.columns.some((column) => column.name === name)) throw new PgError('42703', `column "${name}" does not exist`);
  refuseTakenColumn({ ...table, columns: table.columns.filter((column) => column.name !== name || name === to) }, to);
  await session.run(`ALTER TABLE ${quoteName(table.storedName)} RENAME COLUMN ${quoteName(name)} TO ${quoteName(to)}`);
  const column = (each: string) => (each === name ? to : each);
  const renamed = [...catalog.tables()].map((other) =>
    withRenamedReference(isSame(other, table) ? withRenamedColumn(other, name, to) : other, table, { column }),
  );
  return catalog.withTables(...renamed);
}

const isSame = (a: TableDefinition, b: TableDefinition): boolean => a.schema === b.schema && a.name === b.name;

async function setSchema(table: TableDefinition, schema: string, context: DefinitionContext): Promise<StoredCatalog> {
  if (!context.catalog.hasSchema(schema)) throw new PgError('3F000', `schema "${schema}" does not exist`);
  return await moveTable(table, { schema, name: table.name }, context);
}

/** A sequence goes where its table goes. */
function withSequenceIn(schema: string, column: ColumnDefinition): ColumnDefinition {
  return column.shownDefault === undefined || column.sequence === undefined
    ? column
    : { ...column, shownDefault: nextval(schema, column.sequence) };
}

async function moveTable(
  table: TableDefinition,
  to: { schema: string; name: string },
  { session, catalog }: DefinitionContext,
): Promise<StoredCatalog> {
  const namer = namerFor(catalog, to.schema);
  if (to.schema !== table.schema && catalog.table([to.schema, to.name]))
    throw new PgError('42P07', `relation "${to.name}" already exists in schema "${to.schema}"`);
  namer.take(to.name);
  const storedName = namer.stored(to.name);
  await session.run(`ALTER TABLE ${quoteName(table.storedName)} RENAME TO ${quoteName(storedName)}`);
  const moved = { ...table, ...to, storedName, columns: table.columns.map((column) => withSequenceIn(to.schema, column)) };
  const others = [...catalog.withRenamedTable(table, moved).tables()].map((other) => ({
    ...withRenamedReference(other, table, { schema: to.schema, table: to.name }),
    ...(other.reads && {
      reads: other.reads.map((path) => (path[0] === table.schema && path[1] === table.name ? ([to.schema, to.name] as const) : path)),
    }),
  }));
  return catalog.withRenamedTable(table, moved).withTables(...others);
}
