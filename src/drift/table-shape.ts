import type { PgType } from '../dialect/types/pg-type.js';

/** What a table is, in PostgreSQL's words, whoever says so: the models, a server's catalogs or those of the fallback's file. */
export interface TableShape {
  /** Empty where the search path finds the table. */
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'materialized view';
  readonly columns: readonly ColumnShape[];
  /** None where there is no primary key. */
  readonly primaryKey: KeyShape | undefined;
  readonly uniques: readonly UniqueShape[];
  /** Those that belong to no key. */
  readonly indexes: readonly IndexShape[];
  readonly foreignKeys: readonly ForeignKeyShape[];
  readonly checks: readonly CheckShape[];
}

export interface ColumnShape {
  readonly name: string;
  /** As `format_type` prints it, an enum with its schema unless that is `public`; undefined where it is not known. */
  readonly type: string | undefined;
  /** How the fallback stores values of the type, where that is known. */
  readonly valueType: PgType | undefined;
  /** Of an enum or an array of one, in their order. */
  readonly labels: readonly string[] | undefined;
  readonly notNull: boolean;
  /** As PostgreSQL prints it; none where the column numbers itself. */
  readonly default: string | undefined;
  readonly numbering: 'serial' | 'identity' | 'identity always' | undefined;
  /** The expression of a column that is calculated. */
  readonly generated: string | undefined;
}

export interface KeyShape {
  readonly name: string;
  readonly columns: readonly string[];
}

export interface UniqueShape extends KeyShape {
  /** What else PostgreSQL says of it: NULLS NOT DISTINCT, DEFERRABLE. */
  readonly more: string;
}

export interface IndexShape {
  readonly name: string;
  readonly unique: boolean;
  readonly method: string;
  readonly items: readonly IndexItemShape[];
  readonly where: string | undefined;
  /** What else PostgreSQL says of it: INCLUDE (…), NULLS NOT DISTINCT. */
  readonly more: string;
}

export interface IndexItemShape {
  /** The quoted column, or the expression without parentheses around it. */
  readonly text: string;
  readonly column: string | undefined;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  /** Where it is not that of the column. */
  readonly collation: string | undefined;
  /** Where it is not that of the type. */
  readonly operatorClass: string | undefined;
}

export interface ForeignKeyShape extends KeyShape {
  readonly references: { readonly schema: string; readonly table: string; readonly columns: readonly string[] };
  /** Lower case words; `no action` where nothing was said. */
  readonly onDelete: string;
  readonly onUpdate: string;
  readonly timing: 'immediate' | 'deferrable' | 'deferred';
}

export interface CheckShape {
  readonly name: string;
  /** As PostgreSQL prints it. */
  readonly text: string;
}

/** Where a table is. */
export type Place = Pick<TableShape, 'schema' | 'name'>;

/** `users`, and `crm.users` where the search path does not find it. */
export const titleOf = ({ schema, name }: Place): string => (schema === '' ? name : `${schema}.${name}`);

/** The tables as a session sees them that looks through these schemas. */
export function seenFrom(searchPath: readonly string[], shapes: readonly TableShape[]): TableShape[] {
  const seen = ({ schema, name }: Place): string => {
    const before = searchPath.slice(0, Math.max(0, searchPath.indexOf(schema)));
    const isHidden = before.length > 0 && shapes.some((other) => other.name === name && before.includes(other.schema));
    return searchPath.includes(schema) && !isHidden ? '' : schema;
  };
  return shapes.map((shape) => ({
    ...shape,
    schema: seen(shape),
    foreignKeys: shape.foreignKeys.map((key) => {
      const { schema, table: name } = key.references;
      return { ...key, references: { ...key.references, schema: seen({ schema, name }) } };
    }),
  }));
}

/** The operator classes that a type has of itself are named like it; PostgreSQL does not print them. */
const OWN_CLASS = /^[a-z0-9]+_ops$/;

export const notItsOwn = (operatorClass: string | null | undefined): string | undefined =>
  operatorClass == null || OWN_CLASS.test(operatorClass) ? undefined : operatorClass;
