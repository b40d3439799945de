import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { DefinitionStatement } from '../sql/ast.js';
import { quoteName, quoteText } from '../translate/quote.js';
import { formatType } from '../types/format-type.js';
import type { EnumType, PgType } from '../types/pg-type.js';
import type { ColumnDefinition, TableDefinition } from './catalog.js';
import { referencesTo } from './constraints-of.js';
import { type Defined, type DefinitionContext, placeOf } from './definition.js';
import { viewsOn } from './drop-tables.js';
import { redefineWithEnum } from './enum-schema.js';
import { namesEnum, refuseWrittenLabel, refuseWrittenName, withOtherName } from './enum-texts.js';
import { withIndexesShown } from './indexes.js';
import { enumOf, keyOf, type StoredCatalog } from './stored-catalog.js';

type CreateType = Extract<DefinitionStatement, { kind: 'create type' }>;
type AlterType = Extract<DefinitionStatement, { kind: 'alter type' }>;

const LONGEST_LABEL = 63;

export function runCreateType({ name, labels, unlessExists }: CreateType, { catalog }: Pick<DefinitionContext, 'catalog'>): Defined {
  const command = 'CREATE TYPE';
  const place = placeOf(name, catalog);
  if (isTaken(place, catalog)) {
    if (unlessExists) return { command: 'DO', catalog };
    throw new PgError('42710', `type "${place.name}" already exists`);
  }
  labels.forEach(refuseLongLabel);
  const twice = labels.find((label, index) => labels.indexOf(label) !== index);
  if (twice !== undefined) throw new PgError('23505', 'duplicate key value violates unique constraint "pg_enum_typid_label_index"');
  return { command: unlessExists ? 'DO' : command, catalog: catalog.withEnum({ ...place, labels, uncommitted: 'type' }) };
}

const isTaken = ({ schema, name }: { schema: string; name: string }, catalog: StoredCatalog): boolean =>
  catalog.enumType([schema, name]) !== undefined || catalog.table([schema, name]) !== undefined;

function refuseLongLabel(label: string): void {
  if (Buffer.byteLength(label) <= LONGEST_LABEL) return;
  throw new PgError('42602', `invalid enum label "${label}"`, { detail: `Labels must be ${LONGEST_LABEL} bytes or less.` });
}

export async function runAlterType(statement: AlterType, context: DefinitionContext): Promise<Defined> {
  const type = context.catalog.enumType(statement.name);
  if (type === undefined) throw new PgError('42704', `type "${statement.name.join('.')}" does not exist`);
  return { command: 'ALTER TYPE', catalog: await altered(type, statement, context) };
}

async function altered(type: EnumType, { add, renameValue, renameTo }: AlterType, context: DefinitionContext): Promise<StoredCatalog> {
  if (add) return await withLabel(type, add, context);
  if (renameValue) return await withRenamedLabel(type, renameValue, context);
  if (renameTo === undefined) return context.catalog;
  if (isTaken({ schema: type.schema, name: renameTo }, context.catalog)) throw new PgError('42710', `type "${renameTo}" already exists`);
  refuseWrittenName(type, context.catalog);
  return await withChangedEnum(type, { ...type, name: renameTo }, context);
}

async function withLabel(type: EnumType, add: NonNullable<AlterType['add']>, context: DefinitionContext): Promise<StoredCatalog> {
  refuseLongLabel(add.label);
  if (type.labels.includes(add.label)) {
    if (add.ifNotExists) return context.catalog;
    throw new PgError('42710', `enum label "${add.label}" already exists`);
  }
  const neighbour = add.before ?? add.after;
  const at = neighbour === undefined ? type.labels.length : type.labels.indexOf(neighbour) + (add.after === undefined ? 0 : 1);
  if (neighbour !== undefined && !type.labels.includes(neighbour))
    throw new PgError('22023', `"${neighbour}" is not an existing enum label`);
  const { uncommitted = [] } = type;
  const labels = type.labels.toSpliced(at, 0, add.label);
  return await withChangedEnum(
    type,
    { ...type, labels, uncommitted: typeof uncommitted === 'string' ? uncommitted : [...uncommitted, add.label] },
    context,
  );
}

async function withRenamedLabel(
  type: EnumType,
  { from, to }: { from: string; to: string },
  context: DefinitionContext,
): Promise<StoredCatalog> {
  refuseLongLabel(to);
  if (!type.labels.includes(from)) throw new PgError('22023', `"${from}" is not an existing enum label`);
  if (type.labels.includes(to)) throw new PgError('42710', `enum label "${to}" already exists`);
  const columns = usesOf(type, context.catalog).filter(({ table }) => table.kind !== 'view');
  refuseRenamedLabel(type, from, context.catalog);
  const renamed = (label: string) => (label === from ? to : label);
  const changeRows = async () => {
    for (const { table, column } of columns) {
      const name = quoteName(column);
      await context.session.run(`UPDATE ${quoteName(table.storedName)} SET ${name} = ?1 WHERE ${name} = ?2`, [to, from]);
    }
  };
  return await withChangedEnum(type, { ...type, labels: type.labels.map(renamed) }, context, { label: renamed, changeRows });
}

/** @throws UnsupportedOnFallbackError where more than rows and plain defaults hold the label */
function refuseRenamedLabel(type: EnumType, from: string, catalog: StoredCatalog): void {
  const columns = usesOf(type, catalog);
  if (columns.some(({ type: { key } }) => key === 'array')) {
    throw new UnsupportedOnFallbackError(
      'ALTER TYPE … RENAME VALUE of an enum with arrays of it',
      'Add the new label and change the rows.',
    );
  }
  refuseReferences(columns, catalog);
  for (const relation of involvedRelations(type, catalog)) {
    const names = columns.filter(({ table }) => table === relation).map(({ column }) => column);
    refuseWrittenLabel(from, names, relation);
  }
}

/** The rows' labels are changed one table after the other, in which foreign keys would see a change of what they reference. */
function refuseReferences(columns: readonly { readonly table: TableDefinition; readonly column: string }[], catalog: StoredCatalog): void {
  for (const { table, column } of columns) {
    const found = referencesTo(catalog, table).find(
      ({ key: { references, onUpdate } }) => references.columns.includes(column) && onUpdate !== 'cascade',
    );
    if (found === undefined) continue;
    throw new UnsupportedOnFallbackError(
      `ALTER TYPE … RENAME VALUE of an enum that the foreign key ${found.key.name} references`,
      'Drop the foreign key first, and make it anew afterwards.',
    );
  }
}

/** The tables with the defaults that are labels of an enum said anew: its name or the label is another one. */
function withDefaultLabels(catalog: StoredCatalog, before: EnumType, type: EnumType, label: (label: string) => string): StoredCatalog {
  const changed = (column: ColumnDefinition, table: TableDefinition): ColumnDefinition => {
    if (column.type.enum !== type || typeof column.constantDefault !== 'string') return withOtherTypeName(column, table, before, type);
    const constantDefault = label(column.constantDefault);
    const text = quoteText(constantDefault);
    return { ...column, default: text, constantDefault, shownDefault: `${text}::${formatType(column.type)}` };
  };
  const users = new Set(usesOf(type, catalog).map(({ table }) => table));
  return catalog.withTables(...[...users].map((table) => ({ ...table, columns: table.columns.map((column) => changed(column, table)) })));
}

function withOtherTypeName(column: ColumnDefinition, table: TableDefinition, before: EnumType, { name }: EnumType): ColumnDefinition {
  const { default: text, shownDefault } = column;
  if (name === before.name || text === undefined) return column;
  const changed = (each: string) => withOtherName(each, before, name, table);
  return { ...column, default: changed(text), ...(shownDefault !== undefined && { shownDefault: changed(shownDefault) }) };
}

/** The relations with columns of the enum, the views that read these, and what casts to it. */
function involvedRelations(type: EnumType, catalog: StoredCatalog): TableDefinition[] {
  const users = new Set(usesOf(type, catalog).map(({ table }) => table));
  const reading = [...users].flatMap((table) => viewsOn(catalog, table));
  return [...catalog.tables()].filter((table) => users.has(table) || reading.includes(table) || namesEnum(table, type));
}

function usesOf(wanted: EnumType, catalog: StoredCatalog): { table: TableDefinition; column: string; type: PgType }[] {
  return [...catalog.tables()].flatMap((table) =>
    table.columns.filter(({ type }) => isOf(type, wanted)).map(({ name, type }) => ({ table, column: name, type })),
  );
}

function isOf(type: PgType, wanted: EnumType): boolean {
  const found = enumOf(type);
  return found !== undefined && keyOf(found) === keyOf(wanted);
}

/** The labels are in SQLite's schema, so that what holds them is defined anew. */
async function withChangedEnum(
  before: EnumType,
  after: EnumType,
  { session, catalog }: DefinitionContext,
  { label, changeRows }: { label: (each: string) => string; changeRows: () => Promise<void> } = UNCHANGED,
): Promise<StoredCatalog> {
  const changed = withDefaultLabels(catalog.withRenamedEnum(before, after), before, after, label);
  const involved = involvedRelations(before, catalog).flatMap(({ schema, name }) => changed.table([schema, name]) ?? []);
  const relations = before.name === after.name ? involved : involved.map((table) => withIndexesShown(table, changed));
  return await redefineWithEnum(session, { type: before, before: catalog, after: changed.withTables(...relations), relations }, changeRows);
}

const UNCHANGED = { label: (each: string) => each, changeRows: () => Promise.resolve() };
