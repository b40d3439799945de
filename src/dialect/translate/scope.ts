import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { ColumnRef } from '../sql/ast.js';
import type { Scope, Source, SourceColumn, Typed } from './typed.js';

/** The columns that can be named without a table, in the order of `*`. */
export function visibleColumns(scope: Scope): readonly SourceColumn[] {
  return scope.visible ?? scope.sources.flatMap((source) => source.columns);
}

/** The value of a column of FROM. */
export function columnValue(column: SourceColumn): Typed {
  return {
    sql: column.sql,
    type: column.type,
    name: column.name,
    isColumn: true,
    ...(column.decode && { decode: column.decode, onlyAsResult: `The computed column "${column.name}" in a further expression` }),
  };
}

/**
 * What a name of one or more parts means, looked for from the innermost query outwards: a column, or a whole row where it names a table.
 * @throws PgError 42703, 42702, 42P01
 */
export function resolveColumn(ref: ColumnRef, scope: Scope): Typed {
  return ref.path.length === 1 ? unqualified(ref.path[0] ?? '', scope) : qualified(ref.path, scope);
}

function unqualified(name: string, scope: Scope): Typed {
  for (const level of levels(scope)) {
    const column = oneOf(
      visibleColumns(level).filter((candidate) => candidate.name === name),
      name,
    );
    if (column) return used(column, level, scope);
  }
  for (const level of levels(scope)) {
    const source = level.sources.find(({ alias }) => alias === name);
    if (source) return wholeRow(source);
    const system = level.sources.map((candidate) => systemColumn(name, candidate)).find((candidate) => candidate !== undefined);
    if (system) return system;
  }
  throw new PgError('42703', `column "${name}" does not exist`);
}

function qualified(path: readonly string[], scope: Scope): Typed {
  const name = path.at(-1) ?? '';
  const table = path.slice(0, -1);
  const found = findSource(table, scope);
  if (!found) throw missingSource(table, scope);
  const columns = found.source.columns.filter((candidate) => candidate.name === name);
  const column = oneOf(columns, name);
  if (column) return used(column, found.level, scope);
  const system = systemColumn(name, found.source);
  if (system) return system;
  throw new PgError('42703', `column ${path.join('.')} does not exist`);
}

/** The table that `t` or `s.t` names, with the query it belongs to. */
export function findSource(table: readonly string[], scope: Scope): { source: Source; level: Scope } | undefined {
  const [schema, alias] = table.length === 1 ? [undefined, table[0]] : table.slice(-2);
  for (const level of levels(scope)) {
    const source = level.sources.find((candidate) => candidate.alias === alias && (schema === undefined || candidate.schema === schema));
    if (source) return { source, level };
  }
  return undefined;
}

/** The error for a table that FROM does not name. */
export function missingSource(table: readonly string[], scope: Scope): PgError {
  const name = table.at(-1) ?? '';
  for (const level of levels(scope)) {
    const source = level.sources.find((candidate) => candidate.table?.name === name && candidate.alias !== name);
    if (!source) continue;
    const hint = `Perhaps you meant to reference the table alias "${source.alias}".`;
    return new PgError('42P01', `invalid reference to FROM-clause entry for table "${name}"`, { hint });
  }
  return new PgError('42P01', `missing FROM-clause entry for table "${name}"`);
}

/** A row of a table as one value: its `elements` are named. */
export function wholeRow(source: Source): Typed {
  const [only] = source.columns;
  if (source.isScalar && only) return columnValue(only);
  const elements = source.columns.map(columnValue);
  return {
    sql: `(${elements.map(({ sql }) => sql).join(', ')})`,
    type: { key: 'record' },
    elements,
    ...(source.alias !== undefined && { name: source.alias }),
  };
}

function* levels(scope: Scope): Iterable<Scope> {
  for (let level: Scope | undefined = scope; level; level = level.parent) yield level;
}

function used(column: SourceColumn, level: Scope, from: Scope): Typed {
  if (level !== from) level.onInnerUse?.(column);
  return columnValue(column);
}

function oneOf(columns: readonly SourceColumn[], name: string): SourceColumn | undefined {
  if (columns.length > 1) throw new PgError('42702', `column reference "${name}" is ambiguous`);
  return columns[0];
}

const SYSTEM_COLUMNS = new Set(['tableoid', 'xmin', 'xmax', 'cmin', 'cmax']);

/** `ctid` is SQLite's rowid: programs use it to name rows within one statement. */
function systemColumn(name: string, source: Source): Typed | undefined {
  if (source.table?.kind !== 'table') return undefined;
  if (name === 'ctid') return { sql: `${source.sqlAlias}._rowid_`, type: { key: 'int8' }, name, isColumn: true };
  if (!SYSTEM_COLUMNS.has(name)) return undefined;
  throw new UnsupportedOnFallbackError(`The system column ${name}`, 'Use a column of your own, such as a version number.');
}

/** All columns of this query, also those that a join has merged. */
export function columnsOf(scope: Scope): readonly SourceColumn[] {
  return scope.sources.flatMap((source) => source.columns);
}
