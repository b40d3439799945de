import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import { keysOf } from './automatic-names.js';
import type { Catalog, ForeignKeyDefinition, TableDefinition } from './catalog.js';
import { readCheckName } from './check-names.js';
import { keyFor, referencesTo } from './constraints-of.js';
import { hasLooseColumn } from './key-columns.js';

type TableName = readonly [schema: string, name: string];

/** What the caller knows of the statement that failed. */
export interface FailedStatement {
  readonly command?: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
  /** The values of columns in the row that was refused, as PostgreSQL prints them; SQLite does not tell them. */
  readonly valuesOf?: (table: TableDefinition, columns: readonly string[]) => readonly (string | null)[] | undefined;
}

const FAILED = /(UNIQUE|NOT NULL|CHECK|FOREIGN KEY) constraint failed(?:: (.*))?$/s;

/**
 * PostgreSQL's error for a constraint that SQLite says has failed; `undefined` for any other error. `written` is the table that the
 * statement names: with foreign keys SQLite says no more than that one has failed.
 */
export function constraintError(error: Error, catalog: Catalog, written?: TableName, statement: FailedStatement = {}): PgError | undefined {
  const [, kind, what = ''] = FAILED.exec(error.message) ?? [];
  switch (kind) {
    case 'UNIQUE':
      return uniqueError(error, catalog, what, statement);
    case 'NOT NULL':
      return notNullError(error, catalog, what);
    case 'CHECK':
      return checkError(error, catalog, what, written);
    case 'FOREIGN KEY':
      return foreignKeyError(error, catalog, written && catalog.table(written), statement);
    default:
      return undefined;
  }
}

/** A key or unique index, whose values two rows can't share. */
export interface ViolatedKey {
  readonly table: TableDefinition;
  readonly name: string;
  /** The names of its columns; of an expression PostgreSQL's text. */
  readonly columns: readonly string[];
  /** Whether all of `columns` are columns. */
  readonly isPlain: boolean;
}

/** The key that SQLite's error is about. */
export function violatedKey(error: Error, catalog: Catalog): ViolatedKey | undefined {
  const [, kind, what = ''] = FAILED.exec(error.message) ?? [];
  return kind === 'UNIQUE' ? keyOfMessage(catalog, what) : undefined;
}

function keyOfMessage(catalog: Catalog, what: string): ViolatedKey | undefined {
  for (const table of catalog.tables()) {
    const found = uniquesOf(table).find((key) => key.told === what);
    if (found === undefined) continue;
    const [column] = found.columns;
    if (column !== undefined && found.columns.length === 1 && column === table.rowidColumn && keyFor(table, found.columns) === undefined)
      throw numberTwice(table, column);
    return { table, ...found };
  }
  return undefined;
}

const numberTwice = (table: TableDefinition, column: string): UnsupportedOnFallbackError =>
  new UnsupportedOnFallbackError(
    `A number twice in ${table.name}.${column}, which numbers itself and has no unique key,`,
    'Give rows different numbers, or drop the default of the column.',
  );

/** What SQLite says of a key: its columns, or the index's name where it has expressions. */
function uniquesOf(table: TableDefinition): (Omit<ViolatedKey, 'table'> & { readonly told: string })[] {
  const columnsTold = (columns: readonly string[]) => columns.map((name) => `${table.storedName}.${name}`).join(', ');
  const told = (columns: readonly string[], storedName = '') =>
    hasLooseColumn(table, columns) ? `index '${storedName}'` : columnsTold(columns);
  const keys = keysOf(table).map(({ name, columns, storedName }) => ({ name, columns, isPlain: true, told: told(columns, storedName) }));
  const indexes = table.indexes
    .filter(({ unique }) => unique)
    .map(({ name, items, storedName }) => {
      const columns = items.map(({ column, shown }) => column ?? shown);
      const isPlain = items.every(({ column }) => column !== undefined);
      return { name, columns, isPlain, told: isPlain ? told(columns, storedName) : `index '${storedName}'` };
    });
  const rowid = table.rowidColumn === undefined ? [] : [table.rowidColumn];
  // In SQLite the column that numbers itself has no number twice, also where it is only a part of a key, or none.
  const wider = keysOf(table).find(({ columns }) => columns.some((name) => rowid.includes(name)));
  const numbers = rowid.map((name) => ({
    name: wider?.name ?? `${table.name}_${name}_key`,
    columns: wider?.columns ?? rowid,
    isPlain: true,
    told: columnsTold(rowid),
  }));
  return [...keys, ...indexes, ...numbers];
}

function uniqueError(error: Error, catalog: Catalog, what: string, { valuesOf }: FailedStatement): PgError | undefined {
  const key = keyOfMessage(catalog, what);
  if (key === undefined) return undefined;
  const values = key.isPlain ? valuesOf?.(key.table, key.columns) : undefined;
  return duplicateKey(key, values, error);
}

/** PostgreSQL's error for a key, with what its columns hold where that is known. */
export function duplicateKey(
  { table, name, columns }: ViolatedKey,
  values: readonly (string | null)[] | undefined,
  cause?: unknown,
): PgError {
  const detail = values && `Key (${columns.join(', ')})=(${values.map((value) => value ?? 'null').join(', ')}) already exists.`;
  return new PgError('23505', `duplicate key value violates unique constraint "${name}"`, {
    ...(detail !== undefined && { detail }),
    schema: table.schema,
    table: table.name,
    constraint: name,
    cause,
  });
}

function notNullError(error: Error, catalog: Catalog, what: string): PgError | undefined {
  for (const table of catalog.tables()) {
    const column = table.columns.find(({ name }) => `${table.storedName}.${name}` === what);
    if (column === undefined) continue;
    return new PgError('23502', `null value in column "${column.name}" of relation "${table.name}" violates not-null constraint`, {
      schema: table.schema,
      table: table.name,
      column: column.name,
      cause: error,
    });
  }
  return undefined;
}

function checkError(error: Error, catalog: Catalog, what: string, written: TableName | undefined): PgError {
  const meaning = readCheckName(what);
  if (!('constraint' in meaning)) return new PgError(meaning.code, meaning.message, { cause: error });
  const { constraint } = meaning;
  const has = (table: TableDefinition | undefined) => table?.checks.some(({ name }) => name === constraint) === true;
  const named = written && catalog.table(written);
  const table = has(named) ? named : [...catalog.tables()].find(has);
  return new PgError('23514', `new row for relation "${table?.name ?? ''}" violates check constraint "${constraint}"`, {
    ...(table && { schema: table.schema, table: table.name }),
    constraint,
    cause: error,
  });
}

interface Candidate {
  readonly child: TableDefinition;
  readonly key: ForeignKeyDefinition;
  /** Whether the row that is referenced was to go. */
  readonly isParents: boolean;
}

/** The foreign keys that a statement on the table can have failed: those that it has, and those that reference it. */
function candidates(catalog: Catalog, table: TableDefinition, { command }: FailedStatement): Candidate[] {
  const own = table.foreignKeys.map((key) => ({ child: table, key, isParents: false }));
  const others = referencesTo(catalog, table).map(({ table: child, key }) => ({ child, key, isParents: true }));
  const refusing = others.filter(({ key }) => key.onDelete === undefined || key.onDelete === 'restrict');
  if (command === 'INSERT') return own;
  if (command === 'DELETE') return refusing.length > 0 ? refusing : others;
  return [...own, ...others];
}

function foreignKeyError(error: Error, catalog: Catalog, table: TableDefinition | undefined, statement: FailedStatement): PgError {
  const [first, ...others] = table === undefined ? [] : candidates(catalog, table, statement);
  if (table === undefined || first === undefined || others.length > 0)
    return unknownForeignKey(error, table, first === undefined ? [] : [first, ...others]);
  const { child, key, isParents } = first;
  const message = isParents
    ? `update or delete on table "${table.name}" violates foreign key constraint "${key.name}" on table "${child.name}"`
    : `insert or update on table "${child.name}" violates foreign key constraint "${key.name}"`;
  const columns = isParents ? key.references.columns : key.columns;
  const values = statement.valuesOf?.(table, columns);
  const detail =
    values &&
    `Key (${columns.join(', ')})=(${values.join(', ')}) ${isParents ? `is still referenced from table "${child.name}"` : `is not present in table "${key.references.table}"`}.`;
  return new PgError('23503', message, {
    ...(detail !== undefined && { detail }),
    schema: child.schema,
    table: child.name,
    constraint: key.name,
    cause: error,
  });
}

/** SQLite does not say which one it was. */
function unknownForeignKey(error: Error, table: TableDefinition | undefined, possible: readonly Candidate[]): PgError {
  const message =
    table === undefined
      ? 'statement violates a foreign key constraint'
      : `statement on table "${table.name}" violates a foreign key constraint`;
  return new PgError('23503', message, {
    ...(possible.length > 0 && {
      detail: `It is one of these: ${possible.map(({ key, child }) => `"${key.name}" on table "${child.name}"`).join(', ')}.`,
    }),
    ...(table && { schema: table.schema, table: table.name }),
    cause: error,
  });
}
