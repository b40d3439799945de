import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { ColumnClause, ConstraintClause, Expression, TypeName } from '../sql/ast.js';
import { assigned } from '../translate/assignment.js';
import { InlineTranslation } from '../translate/inline.js';
import { some } from '../translate/walk.js';
import { codecFor } from '../types/codecs.js';
import { formatType, quoteIdentifier } from '../types/format-type.js';
import type { PgType } from '../types/pg-type.js';
import { resolveTypeName } from '../types/type-names.js';
import type { Namer } from './automatic-names.js';
import type { ColumnDefinition, TableDefinition } from './catalog.js';
import { deparse, type DeparseContext } from './deparse.js';
import { typesIn } from './expression-types.js';
import type { StoredCatalog } from './stored-catalog.js';
import { without } from './without.js';

/** What definitions need to read a clause. */
export interface ClauseContext {
  readonly catalog: StoredCatalog;
  readonly namer: Namer;
}

const SERIAL_TYPES: Readonly<Record<string, PgType['key']>> = {
  serial: 'int4',
  serial4: 'int4',
  bigserial: 'int8',
  serial8: 'int8',
  smallserial: 'int2',
  serial2: 'int2',
};

const INTEGERS = new Set<PgType['key']>(['int2', 'int4', 'int8']);

/** The table with one more column: its type, default, NOT NULL and numbering. Its other constraints are left to `withConstraint`. */
export function withColumn(table: TableDefinition, clause: ColumnClause, context: ClauseContext): TableDefinition {
  const { name } = clause;
  refuseTakenColumn(table, name);
  const serial = serialOf(clause);
  const column = serial === undefined ? plainColumn(table, clause, context) : numberedColumn(table, clause, serial, context);
  const withIt = { ...table, columns: [...table.columns, column] };
  if (serial === undefined) return withIt;
  if (table.rowidColumn !== undefined) {
    throw new UnsupportedOnFallbackError(
      `A second column that numbers itself (${table.name}.${name})`,
      `Keep one serial or identity column for each table, or set ${name} in your program.`,
    );
  }
  return { ...withIt, rowidColumn: name };
}

/** PostgreSQL's system columns: no table can have a column of the name. */
const SYSTEM_COLUMNS = new Set(['ctid', 'xmin', 'cmin', 'xmax', 'cmax', 'tableoid']);

/** @throws PgError, UnsupportedOnFallbackError where the table can't have a column of this name */
export function refuseTakenColumn(table: TableDefinition, name: string): void {
  if (SYSTEM_COLUMNS.has(name)) throw new PgError('42701', `column name "${name}" conflicts with a system column name`);
  const twin = table.columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
  if (twin === undefined) return;
  if (twin.name === name) throw takenColumn(table, name);
  throw new UnsupportedOnFallbackError(
    `A table with columns that differ in upper and lower case alone (${table.name}: ${twin.name}, ${name})`,
    'Give one of them another name.',
  );
}

function takenColumn(table: TableDefinition, name: string): PgError {
  const isNew = table.storedName === '';
  return new PgError(
    '42701',
    isNew ? `column "${name}" specified more than once` : `column "${name}" of relation "${table.name}" already exists`,
  );
}

type Serial = NonNullable<ColumnDefinition['serial']>;

function serialOf({ type, constraints }: ColumnClause): Serial | undefined {
  if (isSerialType(type)) return 'serial';
  const identity = constraints.find((constraint) => constraint.type === 'identity');
  if (identity === undefined) return undefined;
  return identity.always ? 'identity always' : 'identity';
}

const isSerialType = (type: TypeName): boolean => type.path.length === 1 && Object.hasOwn(SERIAL_TYPES, type.path[0] ?? '');

function numberedColumn(table: TableDefinition, clause: ColumnClause, serial: Serial, { catalog, namer }: ClauseContext): ColumnDefinition {
  const type = resolveTypeName(clause.type, catalog);
  if (!INTEGERS.has(type.key)) throw new PgError('22023', 'identity column type must be smallint, integer, or bigint');
  if (find(clause.constraints, 'default') !== undefined) {
    const what = serial === 'serial' ? 'multiple default values' : 'both default and identity';
    throw new PgError('42601', `${what} specified for column "${clause.name}" of table "${table.name}"`);
  }
  const sequence = namer.automatic(table.name, [clause.name], 'seq');
  const shown = { shownDefault: nextval(table.schema, sequence) };
  return { name: clause.name, type, notNull: true, serial, sequence, ...(serial === 'serial' && shown) };
}

/** The default of a serial column as PostgreSQL prints it. */
export const nextval = (schema: string, sequence: string): string => `nextval('${regclass(schema, sequence)}'::regclass)`;

/** A relation's name as PostgreSQL prints it where it is known by the search path. */
function regclass(schema: string, name: string): string {
  const path = schema === 'public' ? [name] : [schema, name];
  return path.map(quoteIdentifier).join('.').replaceAll("'", "''");
}

function plainColumn(table: TableDefinition, clause: ColumnClause, { catalog }: ClauseContext): ColumnDefinition {
  const { name, constraints } = clause;
  const type = resolveTypeName(clause.type, catalog);
  codecFor(type);
  refuseCollation(clause);
  const has = (wanted: ConstraintClause['type']) => constraints.some((constraint) => constraint.type === wanted);
  if (has('null') && has('not null')) {
    throw new PgError('42601', `conflicting NULL/NOT NULL declarations for column "${name}" of table "${table.name}"`);
  }
  const generated = find(constraints, 'generated');
  const column = { name, type, notNull: has('not null'), ...(generated && { generated: generated.text }) };
  const defaults = constraints.filter((constraint) => constraint.type === 'default');
  if (defaults.length > 1) throw new PgError('42601', `multiple default values specified for column "${name}" of table "${table.name}"`);
  const [first] = defaults;
  return first === undefined ? column : withDefault(column, first, catalog);
}

/** Stored text is compared byte by byte, as in PostgreSQL's collation "C": that one and the default are accepted. */
function refuseCollation({ name, collate }: ColumnClause): void {
  if (collate === undefined || ['default', 'C', 'POSIX', 'ucs_basic'].includes(collate)) return;
  throw new UnsupportedOnFallbackError(`The collation "${collate}" of the column ${name}`, 'Leave the collation out, or use "C".');
}

function find<T extends ConstraintClause['type']>(
  constraints: readonly ConstraintClause[],
  type: T,
): Extract<ConstraintClause, { type: T }> | undefined {
  return constraints.find((constraint): constraint is Extract<ConstraintClause, { type: T }> => constraint.type === type);
}

/** The column with a default. @throws PgError where its type can't read the constant */
export function withDefault(
  column: ColumnDefinition,
  { expression, text }: { expression: Expression; text: string },
  catalog: StoredCatalog,
): ColumnDefinition {
  const bare = without(column, 'default', 'shownDefault', 'constantDefault');
  if (isNull(expression)) return hasLength(column.type) ? { ...bare, shownDefault: shownNull(column.type) } : bare;
  refuseOtherDefault(column, expression, catalog);
  const constant = constantOf(expression, column.type, catalog);
  const shownDefault = deparse(expression, text, deparseContext(undefined, catalog), column.type);
  return { ...bare, default: text, shownDefault, ...(constant !== undefined && { constantDefault: constant }) };
}

export function deparseContext(table: TableDefinition | undefined, catalog: StoredCatalog): DeparseContext {
  return {
    columnType: (name) => table?.columns.find((column) => column.name === name)?.type,
    resolve: (type) => resolveTypeName(type, catalog),
    typeOf: typesIn(table, catalog),
  };
}

/** @throws PgError where the default is no expression of PostgreSQL's, or of a type that the column can't take */
function refuseOtherDefault(column: ColumnDefinition, expression: Expression, catalog: StoredCatalog): void {
  if (some(expression, ({ kind }) => kind === 'column')) throw new PgError('0A000', 'cannot use column reference in DEFAULT expression');
  try {
    const context = new DefaultTranslation(catalog);
    assigned(context.expression(expression, { sources: [] }), column, context);
  } catch (error) {
    // What the fallback can't say is refused by an INSERT that needs it.
    if (error instanceof UnsupportedOnFallbackError || (error instanceof PgError && TOO_LONG.has(error.code))) return;
    throw error instanceof PgError && error.code === '42804' ? asDefault(error) : error;
  }
}

/** Lengths are found when a row is written. */
const TOO_LONG: ReadonlySet<string> = new Set(['22001', '22003']);

const asDefault = (error: PgError): PgError =>
  new PgError(
    error.code,
    error.message.replace(' but expression is ', ' but default expression is '),
    error.hint === undefined ? {} : { hint: error.hint },
  );

/** A translation that is only tried. */
class DefaultTranslation extends InlineTranslation {
  override now(): string {
    return '0';
  }
}

/** Fitting the NULL to the length is a call, so that PostgreSQL keeps it as a default (StoreAttrDefault of src/backend/catalog/heap.c, 17). */
const hasLength = (type: PgType): boolean => (type.element ?? type).modifiers !== undefined || (type.element ?? type).scale !== undefined;

const shownNull = (type: PgType): string => {
  const bare = (each: PgType): PgType => (each.element ? { ...each, element: bare(each.element) } : without(each, 'modifiers', 'scale'));
  return `NULL::${formatType(bare(type))}`;
};

function isNull(node: Expression): boolean {
  if (node.kind === 'cast') return isNull(node.operand);
  return node.kind === 'keyword' && node.word === 'null';
}

function constantOf(expression: Expression, type: PgType, catalog: StoredCatalog): number | string | undefined {
  const text = constantText(expression, type, catalog);
  if (text === undefined) return undefined;
  try {
    const stored = codecFor(type).input(text);
    return Buffer.isBuffer(stored) || (typeof stored === 'number' && !Number.isFinite(stored)) ? undefined : stored;
  } catch (error) {
    // Too long a text is found when a row is written; a number is cast to its column's type.
    const isOfType = expression.kind === 'literal' && expression.of === 'string';
    if (error instanceof PgError && isOfType && error.code !== '22001') throw error;
    return undefined;
  }
}

function constantText(node: Expression, type: PgType, catalog: StoredCatalog): string | undefined {
  if (node.kind === 'cast' && node.operand.kind === 'literal' && node.operand.of === 'string') {
    return formatType(resolveTypeName(node.type, catalog)) === formatType(type) ? node.operand.text : undefined;
  }
  if (node.kind === 'literal') return node.text;
  if (node.kind === 'keyword' && (node.word === 'true' || node.word === 'false')) return node.word;
  if (node.kind === 'unary' && node.operator === '-' && node.operand.kind === 'literal') return `-${node.operand.text}`;
  return undefined;
}
