import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { ConstraintClause } from '../sql/ast.js';
import { formatType } from '../types/format-type.js';
import type { PgType, TypeKey } from '../types/pg-type.js';
import { automaticName } from './automatic-names.js';
import type { ForeignKeyDefinition, TableDefinition } from './catalog.js';
import { constraintNamesOf, keyFor, refuseConstraintName } from './constraints-of.js';
import { hasLooseColumn } from './key-columns.js';
import type { StoredCatalog } from './stored-catalog.js';
import { isTemporary } from './temporary-schema.js';

type Clause = Extract<ConstraintClause, { type: 'foreign key' }>;

/** Reads a FOREIGN KEY of a table; the table itself may be the one that is referenced. @throws PgError where PostgreSQL refuses it */
export function foreignKeyOf(table: TableDefinition, clause: Clause, catalog: StoredCatalog): ForeignKeyDefinition {
  refuseConstraintName(table, clause.name);
  const parent = parentOf(table, clause, catalog);
  const columns = referencedColumns(parent, clause);
  refuseMissing([table, clause.columns], [parent, columns]);
  if (keyFor(parent, columns) === undefined) {
    throw new PgError('42830', `there is no unique constraint matching given keys for referenced table "${parent.name}"`);
  }
  if (columns.length !== clause.columns.length) {
    throw new PgError('42830', 'number of referencing and referenced columns for foreign key disagree');
  }
  refuseLooseColumns(parent, columns);
  refuseActions(table, clause);
  const name =
    clause.name ?? automaticName({ table: table.name, columns: clause.columns, label: 'fkey' }, constraintNamesOf(catalog, table));
  for (const [index, column] of columns.entries()) refuseOtherType(name, [table, clause.columns[index] ?? ''], [parent, column]);
  const { onDelete, onUpdate, deferrable, initiallyDeferred } = clause.references;
  return {
    name,
    columns: clause.columns,
    references: { schema: parent.schema, table: parent.name, columns },
    ...(hasAction(onDelete) && { onDelete }),
    ...(hasAction(onUpdate) && { onUpdate }),
    ...((deferrable === true || initiallyDeferred === true) && { deferrable: true }),
    ...(initiallyDeferred === true && { initiallyDeferred }),
  };
}

function refuseLooseColumns(parent: TableDefinition, columns: readonly string[]): void {
  if (!hasLooseColumn(parent, columns)) return;
  throw new UnsupportedOnFallbackError(
    `A foreign key to numbers without a precision (${parent.name}.${columns.join(', ')})`,
    'Give both columns a precision and a scale, or make them integers.',
  );
}

/** SQLite's SET DEFAULT knows constants alone. */
function refuseActions(table: TableDefinition, { columns, references }: Clause): void {
  if (references.onDelete !== 'set default' && references.onUpdate !== 'set default') return;
  const column = table.columns.find(({ name, serial, default: text, constantDefault }) => {
    return columns.includes(name) && (serial !== undefined || (text !== undefined && constantDefault === undefined));
  });
  if (column === undefined) return;
  throw new UnsupportedOnFallbackError(
    `SET DEFAULT of a default that is no constant (${table.name}.${column.name})`,
    'Use SET NULL, or a constant default.',
  );
}

const hasAction = (action: string | undefined): action is string => action !== undefined && action !== 'no action';

function parentOf(table: TableDefinition, { references }: Clause, catalog: StoredCatalog): TableDefinition {
  const [name, schema] = [...references.table].reverse();
  const isItself = name === table.name && (schema ?? catalog.creationSchema) === table.schema;
  const parent = isItself ? table : catalog.table(references.table);
  if (parent === undefined) throw new PgError('42P01', `relation "${references.table.join('.')}" does not exist`);
  if (isTemporary(table) !== isTemporary(parent)) {
    const kind = isTemporary(table) ? 'temporary' : 'permanent';
    throw new PgError('42P16', `constraints on ${kind} tables may reference only ${kind} tables`);
  }
  if (parent.kind !== 'table') throw new PgError('42809', `referenced relation "${parent.name}" is not a table`);
  return parent;
}

function referencedColumns(parent: TableDefinition, { references }: Clause): readonly string[] {
  if (references.columns.length > 0) return references.columns;
  if (parent.primaryKey) return parent.primaryKey.columns;
  throw new PgError('42704', `there is no primary key for referenced table "${parent.name}"`);
}

function refuseMissing(...sides: readonly (readonly [TableDefinition, readonly string[]])[]): void {
  for (const [table, columns] of sides) {
    for (const name of columns) {
      if (typeOf(table, name) === undefined)
        throw new PgError('42703', `column "${name}" referenced in foreign key constraint does not exist`);
    }
  }
}

const typeOf = (table: TableDefinition, name: string): PgType | undefined => table.columns.find((column) => column.name === name)?.type;

/** Types that PostgreSQL compares with each other; those of one row are stored alike. */
const FAMILIES: readonly (readonly TypeKey[])[] = [
  ['int2', 'int4', 'int8'],
  ['float4', 'float8'],
  ['text', 'varchar', 'name'],
];
const COMPARABLE: readonly (readonly TypeKey[])[] = [
  ['int2', 'int4', 'int8', 'numeric', 'float4', 'float8'],
  ['text', 'varchar', 'name', 'bpchar', 'citext'],
  ['date', 'timestamp', 'timestamptz'],
];

export function refuseOtherType(
  constraint: string,
  child: readonly [TableDefinition, string],
  parent: readonly [TableDefinition, string],
): void {
  const [type, other] = [typeOf(...child), typeOf(...parent)];
  if (type === undefined || other === undefined || isStoredAlike(type, other)) return;
  if (COMPARABLE.some((keys) => keys.includes(type.key) && keys.includes(other.key))) {
    throw new UnsupportedOnFallbackError(
      `A foreign key from ${formatType(type)} to ${formatType(other)} (${child[0].name}.${child[1]})`,
      'Give both columns the same type.',
    );
  }
  throw new PgError('42804', `foreign key constraint "${constraint}" cannot be implemented`, {
    detail: `Key columns "${child[1]}" and "${parent[1]}" are of incompatible types: ${formatType(type)} and ${formatType(other)}.`,
  });
}

function isStoredAlike(a: PgType, b: PgType): boolean {
  if (a.key !== b.key) return FAMILIES.some((keys) => keys.includes(a.key) && keys.includes(b.key));
  if (a.enum !== undefined) return a.enum.schema === b.enum?.schema && a.enum.name === b.enum.name;
  if (a.element !== undefined) return b.element !== undefined && isStoredAlike(a.element, b.element);
  return a.scale === b.scale && (a.key !== 'bpchar' || a.modifiers?.[0] === b.modifiers?.[0]);
}
