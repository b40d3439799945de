/*
 * The syntax tree of the part of PostgreSQL's language that the fallback understands.
 * Names are as PostgreSQL sees them: unquoted ones are folded to lower case, quoted ones are as written.
 */

/** A literal of the text: `slot` counts them from 0, so that two texts that differ in their literals alone share one plan. */
export interface Literal {
  readonly kind: 'literal';
  /** `string` is PostgreSQL's `unknown`: its type comes from where it stands. */
  readonly of: 'string' | 'integer' | 'decimal';
  /** The value, unescaped; of a number its text. */
  readonly text: string;
  /** -1 where the text has no such literal: the `year` of `extract(year from x)`. */
  readonly slot: number;
}

/** `$1`: `number` counts from 1. */
export interface Parameter {
  readonly kind: 'parameter';
  readonly number: number;
}

export interface Keyword {
  readonly kind: 'keyword';
  readonly word:
    | 'null'
    | 'true'
    | 'false'
    | 'default'
    | 'current_date'
    | 'current_time'
    | 'current_timestamp'
    | 'localtime'
    | 'localtimestamp'
    | 'current_user'
    | 'session_user'
    | 'current_schema'
    | 'current_database';
}

/** `a`, `t.a`, `s.t.a`; `*` is a Star. `isQuoted` is of the last part. */
export interface ColumnRef {
  readonly kind: 'column';
  readonly path: readonly string[];
  readonly isQuoted: boolean;
}

/** `*` or `t.*`. */
export interface Star {
  readonly kind: 'star';
  readonly path: readonly string[];
}

/** A type as it is written: `varchar(10)[]` is { name: ['varchar'], modifiers: ['10'], dimensions: 1 }. Multi-word names are joined by one blank ("timestamp with time zone", "double precision"). */
export interface TypeName {
  readonly path: readonly string[];
  readonly modifiers: readonly string[];
  readonly dimensions: number;
}

/** `x::t`, `CAST(x AS t)`, `t 'text'` (`DATE '2020-01-01'`, `INTERVAL '1 day'`). */
export interface Cast {
  readonly kind: 'cast';
  readonly operand: Expression;
  readonly type: TypeName;
}

/** Prefix: `-`, `+`, `not`, `~`, `@`, … Operator words are in lower case. */
export interface Unary {
  readonly kind: 'unary';
  readonly operator: string;
  readonly operand: Expression;
}

/**
 * Infix, words in lower case: `and`, `or`, `=`, `<>` (also for `!=`), `<`, `<=`, `>`, `>=`, `+ - * / % ^`, `||`, `->`, `->>`, `#>`, `#>>`, `#-`,
 * `@>`, `<@`, `&&`, `?`, `?|`, `?&`, `@@`, `-|-`, `<<`, `>>`, `&<`, `&>`, `~`, `~*`, `!~`, `!~*`, `&`, `|`, `#`,
 * `is distinct from`, `is not distinct from`, `at time zone`, `collate` (right: a ColumnRef), `overlaps`.
 */
export interface Binary {
  readonly kind: 'binary';
  readonly operator: string;
  readonly left: Expression;
  readonly right: Expression;
}

/** `x [NOT] LIKE y [ESCAPE z]`, also ILIKE and SIMILAR TO. */
export interface Like {
  readonly kind: 'like';
  readonly operator: 'like' | 'ilike' | 'similar to';
  readonly negated: boolean;
  readonly operand: Expression;
  readonly pattern: Expression;
  readonly escape?: Expression;
}

/** `x operator ANY (y)`, `x operator ALL (y)`; `y` is an array expression or a Subquery. LIKE and ILIKE come as `like`, `ilike`, `not like`, `not ilike`. `some` is `any`. */
export interface Quantified {
  readonly kind: 'quantified';
  readonly operator: string;
  readonly quantifier: 'any' | 'all';
  readonly left: Expression;
  readonly right: Expression;
}

export interface Between {
  readonly kind: 'between';
  readonly negated: boolean;
  readonly symmetric: boolean;
  readonly operand: Expression;
  readonly low: Expression;
  readonly high: Expression;
}

/** `x [NOT] IN (…)`: a list, or one Subquery. */
export interface In {
  readonly kind: 'in';
  readonly negated: boolean;
  readonly operand: Expression;
  readonly list: readonly Expression[] | SelectStatement;
}

/** `x IS [NOT] NULL | TRUE | FALSE | UNKNOWN`, also ISNULL and NOTNULL. */
export interface Is {
  readonly kind: 'is';
  readonly negated: boolean;
  readonly operand: Expression;
  readonly what: 'null' | 'true' | 'false' | 'unknown';
}

/** `name(args)`; special forms (`extract(year from x)`, `substring(x from 1 for 2)`, `position(a in b)`, `trim(both x from y)`, `overlay`) come as plain calls: extract('year', x), substring(x, 1, 2), position(a, b), btrim/ltrim/rtrim(y, x). */
export interface Call {
  readonly kind: 'call';
  readonly path: readonly string[];
  readonly args: readonly Expression[];
  /** `count(*)`. */
  readonly star: boolean;
  readonly distinct: boolean;
  readonly orderBy: readonly OrderItem[];
  /** `WITHIN GROUP (ORDER BY …)`. */
  readonly withinGroup?: readonly OrderItem[];
  readonly filter?: Expression;
  readonly over?: Window | string;
}

export interface Window {
  readonly base?: string;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
  /** As written, words in lower case: "rows between unbounded preceding and current row". */
  readonly frame?: string;
}

export interface Case {
  readonly kind: 'case';
  readonly operand?: Expression;
  readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
  readonly otherwise?: Expression;
}

/** `ARRAY[…]`, also nested; `elements` of an inner `[…]` are ArrayConstructors too. */
export interface ArrayConstructor {
  readonly kind: 'array';
  readonly elements: readonly Expression[];
}

/** `ARRAY(SELECT …)`. */
export interface ArraySubquery {
  readonly kind: 'array-subquery';
  readonly select: SelectStatement;
}

/** `(a, b)` or `ROW(a, b)`. */
export interface Row {
  readonly kind: 'row';
  readonly elements: readonly Expression[];
}

/** `x[1]`, `x[1:2]` (then `upper`, and `isSlice`). */
export interface Subscript {
  readonly kind: 'subscript';
  readonly operand: Expression;
  readonly isSlice: boolean;
  readonly lower?: Expression;
  readonly upper?: Expression;
}

/** `(x).field`; `(x).*` has the name `*`. */
export interface FieldAccess {
  readonly kind: 'field';
  readonly operand: Expression;
  readonly name: string;
}

export interface Subquery {
  readonly kind: 'subquery';
  readonly select: SelectStatement;
}

export interface Exists {
  readonly kind: 'exists';
  readonly select: SelectStatement;
}

export type Expression =
  | Literal
  | Parameter
  | Keyword
  | ColumnRef
  | Star
  | Cast
  | Unary
  | Binary
  | Like
  | Quantified
  | Between
  | In
  | Is
  | Call
  | Case
  | ArrayConstructor
  | ArraySubquery
  | Row
  | Subscript
  | FieldAccess
  | Subquery
  | Exists;

export interface OrderItem {
  readonly expression: Expression;
  readonly direction?: 'asc' | 'desc';
  readonly nulls?: 'first' | 'last';
}

/** One item of a select list or of RETURNING. */
export interface SelectItem {
  readonly expression: Expression;
  readonly alias?: string;
}

/** `schema.name`, one or two parts. */
export type QualifiedName = readonly string[];

export interface TableSource {
  readonly kind: 'table';
  readonly name: QualifiedName;
  readonly alias?: string;
  readonly columnAliases: readonly string[];
}

export interface SubquerySource {
  readonly kind: 'subquery';
  readonly select: SelectStatement;
  readonly lateral: boolean;
  readonly alias?: string;
  readonly columnAliases: readonly string[];
}

/** `generate_series(1, 3) AS n`, `unnest(a) AS x`, `jsonb_array_elements(j)`. */
export interface FunctionSource {
  readonly kind: 'function';
  readonly call: Call;
  readonly lateral: boolean;
  readonly withOrdinality: boolean;
  readonly alias?: string;
  readonly columnAliases: readonly string[];
  /** Of `AS x(a int, b text)`, one for each of `columnAliases`. */
  readonly columnTypes?: readonly TypeName[];
}

export interface JoinSource {
  readonly kind: 'join';
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'cross';
  readonly natural: boolean;
  readonly left: FromSource;
  readonly right: FromSource;
  readonly on?: Expression;
  readonly using?: readonly string[];
}

export type FromSource = TableSource | SubquerySource | FunctionSource | JoinSource;

export interface CommonTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly materialized?: boolean;
  readonly statement: SelectStatement | InsertStatement | UpdateStatement | DeleteStatement;
}

export interface With {
  readonly recursive: boolean;
  readonly tables: readonly CommonTable[];
}

export interface SelectCore {
  readonly kind: 'core';
  readonly distinct: boolean;
  /** `DISTINCT ON (…)`. */
  readonly distinctOn: readonly Expression[];
  readonly items: readonly SelectItem[];
  /** Comma-separated; more than one is a cross join. */
  readonly from: readonly FromSource[];
  readonly where?: Expression;
  readonly groupBy: readonly Expression[];
  readonly having?: Expression;
  readonly windows: readonly { readonly name: string; readonly window: Window }[];
}

export interface ValuesCore {
  readonly kind: 'values';
  readonly rows: readonly (readonly Expression[])[];
}

export interface SetOperation {
  readonly kind: 'set';
  readonly operator: 'union' | 'intersect' | 'except';
  readonly all: boolean;
  /** A parenthesised operand may have an ORDER BY and LIMIT of its own: then it is a SelectStatement. */
  readonly left: SelectBody;
  readonly right: SelectBody;
}

export type SelectBody = SelectCore | ValuesCore | SetOperation | SelectStatement;

export interface Locking {
  readonly strength: 'update' | 'no key update' | 'share' | 'key share';
  readonly of: readonly string[];
  readonly wait?: 'nowait' | 'skip locked';
}

export interface SelectStatement {
  readonly kind: 'select';
  readonly with?: With;
  readonly body: SelectBody;
  readonly orderBy: readonly OrderItem[];
  readonly limit?: Expression;
  readonly offset?: Expression;
  readonly locking: readonly Locking[];
}

/** `a = x`, or `(a, b) = (x, y)` / `(a, b) = (SELECT …)`. */
export interface Assignment {
  readonly columns: readonly string[];
  readonly value: Expression;
}

export interface OnConflict {
  /** None of both: any conflict. */
  readonly target?: { readonly columns: readonly Expression[]; readonly where?: Expression } | { readonly constraint: string };
  readonly action: 'nothing' | { readonly set: readonly Assignment[]; readonly where?: Expression };
}

export interface InsertStatement {
  readonly kind: 'insert';
  readonly with?: With;
  readonly table: QualifiedName;
  readonly alias?: string;
  readonly columns: readonly string[];
  /** `default values`, rows (an element may be the keyword `default`), or a query. */
  readonly source: 'default values' | ValuesCore | SelectStatement;
  readonly overriding?: 'system' | 'user';
  readonly onConflict?: OnConflict;
  readonly returning: readonly SelectItem[];
}

export interface UpdateStatement {
  readonly kind: 'update';
  readonly with?: With;
  readonly table: QualifiedName;
  readonly alias?: string;
  readonly set: readonly Assignment[];
  readonly from: readonly FromSource[];
  readonly where?: Expression;
  readonly returning: readonly SelectItem[];
}

export interface DeleteStatement {
  readonly kind: 'delete';
  readonly with?: With;
  readonly table: QualifiedName;
  readonly alias?: string;
  readonly using: readonly FromSource[];
  readonly where?: Expression;
  readonly returning: readonly SelectItem[];
}

export interface ReferenceClause {
  readonly table: QualifiedName;
  readonly columns: readonly string[];
  /** In lower case: 'cascade', 'set null', 'set default', 'restrict', 'no action'. */
  readonly onDelete?: string;
  readonly onUpdate?: string;
  readonly deferrable?: boolean;
  readonly initiallyDeferred?: boolean;
}

/** A constraint of a column (then `columns` is empty) or of a table. */
export type ConstraintClause = { readonly name?: string } & (
  | {
      readonly type: 'primary key' | 'unique';
      readonly columns: readonly string[];
      readonly deferrable?: boolean;
      readonly initiallyDeferred?: boolean;
    }
  | { readonly type: 'foreign key'; readonly columns: readonly string[]; readonly references: ReferenceClause }
  | { readonly type: 'check'; readonly expression: Expression; readonly text: string }
  | { readonly type: 'not null' | 'null' }
  | { readonly type: 'default'; readonly expression: Expression; readonly text: string }
  | { readonly type: 'generated'; readonly expression: Expression; readonly text: string }
  | { readonly type: 'identity'; readonly always: boolean }
  | { readonly type: 'exclude'; readonly text: string }
);

export interface ColumnClause {
  readonly name: string;
  /** `serial`, `bigserial` and `smallserial` come as written. */
  readonly type: TypeName;
  readonly collate?: string;
  readonly constraints: readonly ConstraintClause[];
}

export interface CreateTable {
  readonly kind: 'create table';
  readonly name: QualifiedName;
  readonly ifNotExists: boolean;
  readonly temporary: boolean;
  /** ON COMMIT DROP. */
  readonly dropAtCommit: boolean;
  readonly columns: readonly ColumnClause[];
  readonly constraints: readonly ConstraintClause[];
  readonly as?: Query;
}

/** What CREATE … AS has behind it. */
export interface Query {
  /** As written. */
  readonly text: string;
  /** The names of the first columns. */
  readonly names: readonly string[];
  /** Whether its rows are wanted. */
  readonly withData: boolean;
}

export interface CreateMaterializedView {
  readonly kind: 'create materialized view';
  readonly name: QualifiedName;
  readonly ifNotExists: boolean;
  readonly query: Query;
  readonly select: SelectStatement;
}

export interface CreateIndex {
  readonly kind: 'create index';
  readonly unique: boolean;
  readonly concurrently: boolean;
  readonly ifNotExists: boolean;
  readonly name?: string;
  readonly table: QualifiedName;
  readonly method?: string;
  readonly items: readonly (OrderItem & { readonly text: string; readonly collate?: string; readonly operatorClass?: string })[];
  readonly where?: Expression;
  readonly whereText?: string;
}

export type AlterTableAction =
  | { readonly type: 'add column'; readonly column: ColumnClause; readonly ifNotExists: boolean }
  | { readonly type: 'drop column'; readonly name: string; readonly ifExists: boolean; readonly cascade: boolean }
  | { readonly type: 'rename column'; readonly name: string; readonly to: string }
  | { readonly type: 'rename'; readonly to: string }
  | { readonly type: 'set schema'; readonly to: string }
  | { readonly type: 'rename constraint'; readonly name: string; readonly to: string }
  | { readonly type: 'set not null' | 'drop not null' | 'drop default'; readonly name: string }
  | { readonly type: 'set default'; readonly name: string; readonly expression: Expression; readonly text: string }
  | { readonly type: 'set type'; readonly name: string; readonly to: TypeName; readonly using?: Expression; readonly usingText?: string }
  | { readonly type: 'add constraint'; readonly constraint: ConstraintClause }
  | { readonly type: 'drop constraint'; readonly name: string; readonly ifExists: boolean; readonly cascade: boolean };

export interface AlterTable {
  readonly kind: 'alter table';
  readonly name: QualifiedName;
  readonly ifExists: boolean;
  readonly actions: readonly AlterTableAction[];
}

export type DefinitionStatement =
  | CreateTable
  | CreateIndex
  | AlterTable
  | {
      readonly kind: 'drop';
      readonly what: 'table' | 'index' | 'view' | 'materialized view' | 'type' | 'schema' | 'sequence' | 'extension';
      readonly names: readonly QualifiedName[];
      readonly ifExists: boolean;
      readonly cascade: boolean;
      readonly concurrently?: boolean;
    }
  | CreateMaterializedView
  | { readonly kind: 'refresh materialized view'; readonly name: QualifiedName; readonly isConcurrent: boolean }
  | { readonly kind: 'create schema'; readonly name: string; readonly ifNotExists: boolean }
  | {
      readonly kind: 'create type';
      readonly name: QualifiedName;
      readonly labels: readonly string[] /** Within DO … EXCEPTION WHEN duplicate_object THEN null. */;
      readonly unlessExists: boolean;
    }
  | {
      readonly kind: 'alter type';
      readonly name: QualifiedName;
      readonly add?: { readonly label: string; readonly ifNotExists: boolean; readonly before?: string; readonly after?: string };
      readonly renameValue?: { readonly from: string; readonly to: string };
      readonly renameTo?: string;
    }
  | {
      readonly kind: 'create view';
      readonly name: QualifiedName;
      readonly orReplace: boolean;
      readonly columns: readonly string[];
      readonly select: SelectStatement;
      readonly text: string;
    }
  | { readonly kind: 'alter index'; readonly name: QualifiedName; readonly ifExists: boolean; readonly renameTo: string }
  | { readonly kind: 'alter sequence'; readonly name: QualifiedName; readonly ifExists: boolean; readonly restart: number }
  | { readonly kind: 'create extension'; readonly name: string }
  | {
      readonly kind: 'comment';
      readonly on: 'table' | 'column' | 'view' | 'index' | 'type' | 'schema' | 'extension' | 'constraint';
      readonly name: readonly string[];
      /** Of a constraint. */
      readonly table?: QualifiedName;
      readonly text: string | null;
    }
  | { readonly kind: 'truncate'; readonly names: readonly QualifiedName[]; readonly restartIdentity: boolean; readonly cascade: boolean };

export type SessionStatement =
  | {
      readonly kind: 'begin' /** In lower case, e.g. 'serializable'. */;
      readonly isolation?: string;
      readonly readOnly?: boolean;
      readonly deferrable?: boolean;
    }
  | { readonly kind: 'commit' | 'rollback' }
  | { readonly kind: 'savepoint' | 'release' | 'rollback to'; readonly name: string }
  /** `SET x = y`, `SET LOCAL …`, `SET SESSION …`: the name in lower case and the value as written. */
  | { readonly kind: 'set'; readonly name: string; readonly value: string; readonly scope?: 'local' | 'session' }
  | {
      readonly kind: 'set transaction';
      readonly session: boolean;
      readonly isolation?: string;
      readonly readOnly?: boolean;
      readonly deferrable?: boolean;
    }
  | { readonly kind: 'set constraints'; readonly names: readonly string[] | 'all'; readonly deferred: boolean }
  | { readonly kind: 'show'; readonly name: string }
  /** `SELECT set_config(…), current_setting(…)`: what has a value is set, the others are read. */
  | {
      readonly kind: 'config';
      readonly items: readonly {
        readonly name: string;
        readonly label: string;
        readonly value?: string | null;
        readonly mayBeMissing?: boolean;
      }[];
    };

export type DataStatement = SelectStatement | InsertStatement | UpdateStatement | DeleteStatement;

/** A statement for SQLite alone (PRAGMA, VACUUM …), which is given it as it is. */
export interface ForeignStatement {
  readonly kind: 'foreign';
  readonly text: string;
}

/** What Sequelize writes for findOrCreate in a transaction (lib/dialects/abstract/query-generator.js, insertQuery with options.exception): an INSERT whose unique violation is an answer. */
export interface CaughtInsert {
  readonly kind: 'caught insert';
  readonly insert: InsertStatement;
  /** The literals that the slots of `insert` count: they stand within a function's body, so the text itself has them as one literal. */
  readonly literals: readonly string[];
  /** The columns of the inserted row (or `*`) that the answer's row has, before `sequelize_caught_exception`. */
  readonly fields: readonly string[];
}

/** `DO` with a body of PL/pgSQL that has no variables. */
export interface DoStatement {
  readonly kind: 'do';
  readonly block: DoBlock;
}

export interface DoBlock {
  readonly steps: readonly DoStep[];
  /** EXCEPTION: SQLSTATEs, or `others`, and what is done then. */
  readonly handlers: readonly { readonly codes: readonly string[]; readonly steps: readonly DoStep[] }[];
}

/** A statement or condition is kept as it is written: what is before it may make what it names. */
export type DoStep =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'block'; readonly block: DoBlock }
  | { readonly kind: 'statement'; readonly text: string }
  | { readonly kind: 'if'; readonly condition: string; readonly then: readonly DoStep[]; readonly otherwise: readonly DoStep[] };

export type Statement = DataStatement | DefinitionStatement | SessionStatement | ForeignStatement | CaughtInsert | DoStatement;
