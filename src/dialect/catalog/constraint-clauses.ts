import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { ConstraintClause, Expression } from '../sql/ast.js';
import { some } from '../translate/walk.js';
import { automaticName } from './automatic-names.js';
import type { KeyDefinition, TableDefinition } from './catalog.js';
import type { ClauseContext } from './column-clauses.js';
import { constraintNamesOf, refuseConstraintName } from './constraints-of.js';
import { foreignKeyOf } from './foreign-keys.js';
import type { StoredCatalog } from './stored-catalog.js';

type Clause<T extends ConstraintClause['type']> = Extract<ConstraintClause, { type: T }>;

/** The table with one more constraint. NOT NULL, defaults and numbering belong to the column (`withColumn`). */
export function withConstraint(table: TableDefinition, clause: ConstraintClause, context: ClauseContext): TableDefinition {
  switch (clause.type) {
    case 'primary key':
    case 'unique':
      return withKey(table, clause, context);
    case 'check':
      return withCheck(table, clause, context.catalog);
    case 'foreign key':
      return { ...table, foreignKeys: [...table.foreignKeys, foreignKeyOf(table, clause, context.catalog)] };
    case 'exclude':
      throw new UnsupportedOnFallbackError('An EXCLUDE constraint', 'Check it in your program, in a transaction.');
    default:
      return table;
  }
}

function withKey(table: TableDefinition, clause: Clause<'primary key' | 'unique'>, { namer }: ClauseContext): TableDefinition {
  refuseDeferrable(clause);
  const isPrimary = clause.type === 'primary key';
  if (isPrimary && table.primaryKey) throw new PgError('42P16', `multiple primary keys for table "${table.name}" are not allowed`);
  refuseKeyColumns(table, clause);
  const name = clause.name === undefined ? automatic() : namer.take(clause.name);
  refuseConstraintName(table, clause.name);
  const key: KeyDefinition = { name, columns: clause.columns, ...(!isRowid(table, clause.columns) && { storedName: namer.stored(name) }) };
  if (!isPrimary) return { ...table, uniques: [...table.uniques, key] };
  const columns = table.columns.map((column) => (clause.columns.includes(column.name) ? { ...column, notNull: true } : column));
  return { ...table, columns, primaryKey: key };

  function automatic(): string {
    return isPrimary ? namer.automatic(table.name, [], 'pkey') : namer.automatic(table.name, clause.columns, 'key');
  }
}

const isRowid = (table: TableDefinition, columns: readonly string[]): boolean => columns.length === 1 && columns[0] === table.rowidColumn;

function refuseDeferrable({ deferrable, initiallyDeferred }: Clause<'primary key' | 'unique'>): void {
  if (deferrable !== true && initiallyDeferred !== true) return;
  throw new UnsupportedOnFallbackError(
    'A deferrable UNIQUE or PRIMARY KEY',
    'Leave DEFERRABLE out: only foreign keys can be checked at the end of a transaction.',
  );
}

function refuseKeyColumns(table: TableDefinition, { type, columns }: Clause<'primary key' | 'unique'>): void {
  for (const [index, name] of columns.entries()) {
    if (!table.columns.some((column) => column.name === name)) throw new PgError('42703', `column "${name}" named in key does not exist`);
    if (columns.indexOf(name) !== index)
      throw new PgError('42701', `column "${name}" appears twice in ${type === 'unique' ? 'unique' : 'primary key'} constraint`);
  }
}

function withCheck(table: TableDefinition, clause: Clause<'check'>, catalog: StoredCatalog): TableDefinition {
  refuseConstraintName(table, clause.name);
  const columns = columnsOf(clause.expression);
  for (const name of columns) {
    if (!table.columns.some((column) => column.name === name)) throw new PgError('42703', `column "${name}" does not exist`);
  }
  const taken = constraintNamesOf(catalog, table);
  const name = clause.name ?? automaticName({ table: table.name, columns: columns.length === 1 ? columns : [], label: 'check' }, taken);
  return { ...table, checks: [...table.checks, { name, text: clause.text }] };
}

/** The names of the columns that an expression reads, once each. */
export function columnsOf(expression: Expression): string[] {
  const names = new Set<string>();
  const collations = new Set<Expression>();
  some(expression, (node) => {
    if (node.kind === 'binary' && node.operator === 'collate') collations.add(node.right);
    if (node.kind === 'column' && !collations.has(node)) names.add(node.path.at(-1) ?? '');
    return false;
  });
  return [...names];
}

/**
 * The key constraints of CREATE TABLE as PostgreSQL takes them: the primary key first, and of several that say the same only the
 * first, with the name that any of them has.
 */
function distinctKeys(clauses: readonly Clause<'primary key' | 'unique'>[]): Clause<'primary key' | 'unique'>[] {
  const sorted = [...clauses.filter(({ type }) => type === 'primary key'), ...clauses.filter(({ type }) => type === 'unique')];
  const kept: Clause<'primary key' | 'unique'>[] = [];
  for (const clause of sorted) {
    const index = kept.findIndex((other) => clause.type === 'unique' && saysTheSame(other, clause));
    const same = kept[index];
    if (same === undefined) kept.push(clause);
    else if (same.name === undefined && clause.name !== undefined) kept[index] = { ...same, name: clause.name };
  }
  return kept;
}

const saysTheSame = (a: Clause<'primary key' | 'unique'>, b: Clause<'primary key' | 'unique'>): boolean =>
  a.columns.length === b.columns.length && a.columns.every((name, index) => name === b.columns[index]);

/** The constraints in PostgreSQL's order, which decides who gets a name without a number behind it. Those of a column alone are left out. */
export function distinctConstraints(clauses: readonly ConstraintClause[]): ConstraintClause[] {
  const isKey = (clause: ConstraintClause): clause is Clause<'primary key' | 'unique'> =>
    clause.type === 'primary key' || clause.type === 'unique';
  return [
    ...clauses.filter(({ type }) => type === 'check'),
    ...distinctKeys(clauses.filter(isKey)),
    ...clauses.filter(({ type }) => type === 'foreign key'),
    ...clauses.filter(({ type }) => type === 'exclude'),
  ];
}
