/*
 * What is asked of PostgreSQL (12 or newer) about tables. Each answers one text column `json`, which parsers that a program has
 * given `pg` leave alone. `$1` is a JSON list of schemas; those of the search path are looked through too. What belongs to an
 * extension is none of the program's.
 */

const AS_JSON = (rows: string): string => `SELECT coalesce(json_agg(row_to_json(r)), '[]')::text AS json FROM (${rows}) r`;

const LOOKED_THROUGH = `(n.nspname IN (SELECT json_array_elements_text($1::json)) OR n.nspname = ANY (current_schemas(false)))`;

const IS_PROGRAMS = `c.relkind IN ('r', 'p', 'f', 'v', 'm') AND ${LOOKED_THROUGH}
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

const RELATIONS = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace`;

/** The names of a constraint's columns, in its order. */
const namesOf = (numbers: string, table: string): string =>
  `(SELECT json_agg(a.attname ORDER BY o.place) FROM unnest(${numbers}) WITH ORDINALITY AS o (number, place)
    JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = o.number)`;

/** The schemas of the search path that exist, in its order. */
export const SEARCH_PATH =
  "SELECT coalesce(json_agg(s ORDER BY place), '[]')::text AS json FROM unnest(current_schemas(false)) WITH ORDINALITY AS p (s, place)";

export interface RelationRow {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'materialized view';
  /** Of a partitioned table, whose own definition says all of it. */
  readonly isPartition: boolean;
}

export const RELATION_ROWS = AS_JSON(`
  SELECT c.oid::bigint AS id, n.nspname AS schema, c.relname AS name, c.relispartition AS "isPartition",
    CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END AS kind
  FROM ${RELATIONS} WHERE ${IS_PROGRAMS} ORDER BY n.nspname, c.relname`);

export interface ColumnRow {
  readonly table: number;
  readonly name: string;
  /** Of format_type: with the schema where the search path does not find the type. */
  readonly type: string;
  /** Quoted; none where the type is PostgreSQL's own. */
  readonly typeSchema: string | null;
  readonly isExtensionType: boolean;
  readonly labels: readonly string[] | null;
  readonly notNull: boolean;
  readonly expression: string | null;
  readonly identity: '' | 'a' | 'd';
  readonly isGenerated: boolean;
}

export const COLUMN_ROWS = AS_JSON(`
  SELECT a.attrelid::bigint AS "table", a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    CASE WHEN tn.nspname <> 'pg_catalog' THEN quote_ident(tn.nspname) END AS "typeSchema",
    EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = b.oid AND d.deptype = 'e') AS "isExtensionType",
    (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = b.oid) AS labels,
    a.attnotnull AS "notNull", pg_get_expr(v.adbin, v.adrelid) AS expression, a.attidentity AS identity, a.attgenerated <> '' AS "isGenerated"
  FROM ${RELATIONS} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid JOIN pg_type b ON b.oid = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END
  JOIN pg_namespace tn ON tn.oid = b.typnamespace
  LEFT JOIN pg_attrdef v ON v.adrelid = a.attrelid AND v.adnum = a.attnum
  WHERE ${IS_PROGRAMS} ORDER BY a.attrelid, a.attnum`);

export interface ConstraintRow {
  readonly table: number;
  readonly name: string;
  /** Primary key, unique, foreign key, check, exclusion. */
  readonly kind: 'p' | 'u' | 'f' | 'c' | 'x';
  readonly columns: readonly string[] | null;
  readonly parentSchema: string | null;
  readonly parent: string | null;
  readonly parentColumns: readonly string[] | null;
  readonly onDelete: string;
  readonly onUpdate: string;
  readonly isDeferrable: boolean;
  readonly isDeferred: boolean;
  /** Of a check its condition, of any other all of it. */
  readonly text: string;
}

export const CONSTRAINT_ROWS = AS_JSON(`
  SELECT k.conrelid::bigint AS "table", k.conname AS name, k.contype AS kind, ${namesOf('k.conkey', 'k.conrelid')} AS columns,
    pn.nspname AS "parentSchema", p.relname AS parent, ${namesOf('k.confkey', 'k.confrelid')} AS "parentColumns",
    k.confdeltype AS "onDelete", k.confupdtype AS "onUpdate", k.condeferrable AS "isDeferrable", k.condeferred AS "isDeferred",
    coalesce(pg_get_expr(k.conbin, k.conrelid), pg_get_constraintdef(k.oid)) AS text
  FROM ${RELATIONS} JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')
  LEFT JOIN pg_class p ON p.oid = k.confrelid LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
  WHERE ${IS_PROGRAMS} ORDER BY k.conrelid, k.conname`);

export interface IndexRow {
  readonly table: number;
  readonly name: string;
  readonly unique: boolean;
  readonly method: string;
  readonly where: string | null;
  readonly included: readonly string[] | null;
  readonly hasEqualNulls: boolean;
  readonly items: readonly {
    readonly text: string;
    readonly column: string | null;
    /** Bit 1: DESC; bit 2: NULLS FIRST. */
    readonly option: number;
    /** None where it is the type's own. */
    readonly operatorClass: string | null;
    /** None where it is the column's. */
    readonly collation: string | null;
  }[];
}

/** Those that work and belong to no constraint. An index that CREATE INDEX CONCURRENTLY left unfinished is none. */
export const INDEX_ROWS = AS_JSON(`
  SELECT i.indrelid::bigint AS "table", x.relname AS name, i.indisunique AS unique, am.amname AS method, pg_get_expr(i.indpred, i.indrelid) AS "where",
    (SELECT json_agg(a.attname ORDER BY g) FROM generate_series(i.indnkeyatts, i.indnatts - 1) g
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[g]) AS included,
    pg_get_indexdef(i.indexrelid) LIKE '% NULLS NOT DISTINCT%' AS "hasEqualNulls",
    (SELECT json_agg(json_build_object('text', pg_get_indexdef(i.indexrelid, g + 1, false), 'column', a.attname, 'option', i.indoption[g],
        'operatorClass', CASE WHEN NOT o.opcdefault THEN o.opcname END,
        'collation', CASE WHEN a.attcollation IS DISTINCT FROM l.oid AND l.collname <> 'default' THEN l.collname END) ORDER BY g)
      FROM generate_series(0, i.indnkeyatts - 1) g JOIN pg_opclass o ON o.oid = i.indclass[g] LEFT JOIN pg_collation l ON l.oid = i.indcollation[g]
      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[g] AND i.indkey[g] <> 0) AS items
  FROM ${RELATIONS} JOIN pg_index i ON i.indrelid = c.oid AND i.indisvalid JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am am ON am.oid = x.relam
  WHERE ${IS_PROGRAMS} AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
  ORDER BY i.indrelid, x.relname`);
