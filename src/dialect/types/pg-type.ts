/** The names of the types, as in PostgreSQL's pg_type.typname; arrays are `array`, all enums `enum`. */
export type TypeKey =
  | 'bool'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'float4'
  | 'float8'
  | 'numeric'
  | 'text'
  | 'varchar'
  | 'bpchar'
  | 'citext'
  | 'name'
  | 'uuid'
  | 'bytea'
  | 'date'
  | 'time'
  | 'timetz'
  | 'timestamp'
  | 'timestamptz'
  | 'interval'
  | 'json'
  | 'jsonb'
  | 'hstore'
  | 'inet'
  | 'cidr'
  | 'macaddr'
  | 'macaddr8'
  | 'int4range'
  | 'int8range'
  | 'numrange'
  | 'tsrange'
  | 'tstzrange'
  | 'daterange'
  | 'tsvector'
  | 'tsquery'
  | 'geometry'
  | 'geography'
  | 'enum'
  | 'array'
  | 'record'
  | 'void'
  | 'oid'
  | 'regclass'
  | 'unknown';

/** A type of PostgreSQL with what was said of it. */
export interface PgType {
  readonly key: TypeKey;
  /** `varchar(10)`: [10], `numeric(20,4)`: [20, 4], `timestamp(3)`: [3], `geometry(POINT,4326)`: ['POINT', 4326]. */
  readonly modifiers?: readonly (number | string)[];
  /**
   * Of numeric alone: where set, values are stored as INTEGERs, multiplied by 10^scale (numeric(p ≤ 18, s), and results that are
   * exact that way); else as the sortable text of `numeric-key.ts`.
   */
  readonly scale?: number;
  /** Of arrays. Several dimensions have one element type, as in PostgreSQL. */
  readonly element?: PgType;
  /** Of enums. Labels are in their order. */
  readonly enum?: EnumType;
}

export interface EnumType {
  readonly schema: string;
  readonly name: string;
  readonly labels: readonly string[];
  /** What of it is not committed: the whole type, or the labels that can't be used yet. */
  readonly uncommitted?: 'type' | readonly string[];
}
