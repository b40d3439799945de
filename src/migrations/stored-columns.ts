import type { Relation } from './relation.js';
import { rows, serverRows, type Step } from './step.js';

/** A column as the database describes it. */
export interface StoredColumn {
  readonly name: string;
  /** In the engine's words, with modifiers; of an enum its labels. */
  readonly type: string;
  /** As a definition would write it. */
  readonly declared: string;
  readonly nullable: boolean;
  /** The expression; null where there is none. Sequences and the column's own enum type are not named in it. */
  readonly default: string | null;
  /** As a definition would write it. */
  readonly defaultSql: string | null;
  readonly primaryKey: boolean;
  /** Of an enum, or an array of them: where its type is, and its labels in order. */
  readonly enumType?: EnumType;
}

export interface EnumType {
  readonly schema: string;
  readonly name: string;
  readonly labels: readonly string[];
}

/** Reads a table's columns in their order. */
export async function storedColumns(step: Step, relation: Relation): Promise<StoredColumn[]> {
  if (step.engine === 'sqlite') return await columnsOfSqlite(step, relation);
  return step.engine === 'postgres' ? await columnsOfPostgres(step, relation) : await columnsOfFallback(step, relation);
}

/** The labels of the enums of a schema, by type. */
export async function enumLabels(step: Step, schema: string): Promise<Map<string, string[]>> {
  const found = await rows<{ name: string; label: string }>(
    step,
    `SELECT t.typname AS name, e.enumlabel AS label FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
      JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = :schema ORDER BY t.typname, e.enumsortorder`,
    { schema },
  );
  const labels = new Map<string, string[]>();
  for (const { name, label } of found) labels.set(name, [...(labels.get(name) ?? []), label]);
  return labels;
}

interface ColumnOfPostgres {
  name: string;
  declared: string;
  notNull: boolean;
  defaultSql: string | null;
  isIdentity: boolean;
  isPrimaryKey: boolean;
  enumSchema: string | null;
  enumName: string | null;
}

async function columnsOfPostgres(step: Step, { schema, name }: Relation): Promise<StoredColumn[]> {
  const found = await serverRows<ColumnOfPostgres>(
    step,
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS declared, a.attnotnull AS "notNull",
        pg_get_expr(d.adbin, d.adrelid) AS "defaultSql", a.attidentity <> '' AS "isIdentity",
        coalesce(a.attnum = ANY (i.indkey), false) AS "isPrimaryKey", en.nspname AS "enumSchema", e.typname AS "enumName"
      FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_type e ON e.oid IN (a.atttypid, t.typelem) AND e.typtype = 'e' LEFT JOIN pg_namespace en ON en.oid = e.typnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
      WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [schema, name],
  );
  const labelsOf = await labelsIn(
    step,
    found.map(({ enumSchema }) => enumSchema),
  );
  return found.map((column) => {
    const { declared, enumSchema, enumName } = column;
    const enumType = labelsOf(enumSchema, enumName);
    const defaultSql = column.isIdentity ? 'GENERATED AS IDENTITY' : column.defaultSql;
    return described({ name: column.name, declared, nullable: !column.notNull, defaultSql, primaryKey: column.isPrimaryKey }, enumType);
  });
}

interface ColumnOfSchema {
  name: string;
  dataType: string;
  length: number | null;
  precision: number | null;
  scale: number | null;
  timePrecision: number | null;
  typeSchema: string;
  typeName: string;
  nullable: 'YES' | 'NO';
  defaultSql: string | null;
  identity: 'YES' | 'NO';
}

/** The fallback answers information_schema as PostgreSQL does; of an array's elements that tells no length. */
async function columnsOfFallback(step: Step, { schema, name }: Relation): Promise<StoredColumn[]> {
  const found = await rows<ColumnOfSchema>(
    step,
    `SELECT column_name AS name, data_type AS "dataType", character_maximum_length AS length, numeric_precision AS precision,
        numeric_scale AS scale, datetime_precision AS "timePrecision", udt_schema AS "typeSchema", udt_name AS "typeName",
        is_nullable AS nullable, column_default AS "defaultSql", is_identity AS identity
      FROM information_schema.columns WHERE table_schema = :schema AND table_name = :name ORDER BY ordinal_position`,
    { schema, name },
  );
  const keys = await rows<{ name: string }>(
    step,
    `SELECT k.column_name AS name FROM information_schema.table_constraints t JOIN information_schema.key_column_usage k
        ON k.constraint_schema = t.constraint_schema AND k.constraint_name = t.constraint_name AND k.table_name = t.table_name
      WHERE t.constraint_type = 'PRIMARY KEY' AND t.table_schema = :schema AND t.table_name = :name`,
    { schema, name },
  );
  // An array's schema is pg_catalog here, whatever its elements are.
  const labelsOf = await labelsIn(step, [schema, 'public', ...found.map(({ typeSchema }) => typeSchema)]);
  return found.map((column) => {
    const isArray = column.dataType === 'ARRAY';
    const enumType = isArray
      ? (labelsOf(schema, column.typeName.slice(1)) ?? labelsOf('public', column.typeName.slice(1)))
      : labelsOf(column.typeSchema, column.typeName);
    return described(
      {
        name: column.name,
        declared: declaredType(column, enumType),
        nullable: column.nullable === 'YES',
        defaultSql: column.identity === 'YES' ? 'GENERATED AS IDENTITY' : column.defaultSql,
        primaryKey: keys.some((key) => key.name === column.name),
      },
      enumType,
    );
  });
}

function declaredType(column: ColumnOfSchema, enumType: EnumType | undefined): string {
  const { dataType, length, precision, scale, timePrecision, typeName } = column;
  if (enumType !== undefined) return `"${enumType.schema}"."${enumType.name}"${dataType === 'ARRAY' ? '[]' : ''}`;
  if (dataType === 'ARRAY') return `${typeName.slice(1)}[]`;
  if (dataType === 'USER-DEFINED') return typeName;
  if (length !== null) return `${dataType}(${length})`;
  if (dataType === 'numeric' && precision !== null) return `numeric(${precision},${scale ?? 0})`;
  const isShort = timePrecision !== null && timePrecision < 6 && dataType !== 'date';
  return isShort ? dataType.replace(/^time(?:stamp)?/, `$&(${timePrecision})`) : dataType;
}

async function columnsOfSqlite(step: Step, { name }: Relation): Promise<StoredColumn[]> {
  const found = await rows<{ name: string; declared: string; isNotNull: number; defaultSql: string | null; place: number }>(
    step,
    'SELECT name, type AS declared, "notnull" AS "isNotNull", dflt_value AS "defaultSql", pk AS place FROM pragma_table_info(:name) ORDER BY cid',
    { name },
  );
  const [{ sql } = { sql: '' }] = await rows<{ sql: string }>(
    step,
    "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name COLLATE NOCASE",
    { name },
  );
  return found.map((column) => {
    const labels = checkedLabels(sql, column.name)?.labels;
    return described(
      { ...column, nullable: column.isNotNull === 0, primaryKey: column.place > 0 },
      labels && { schema: '', name: 'text', labels },
    );
  });
}

/** Finds the CHECK that stands for an enum in a table's definition; SQLite quotes a renamed column otherwise than Sequelize. */
export function checkedLabels(sql: string, column: string): { readonly text: string; readonly labels: string[] } | undefined {
  const name = column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const check = new RegExp(`CHECK \\([\`"]${name}[\`"] IN \\(((?:'(?:[^']|'')*'(?:, )?)+)\\)\\)`).exec(sql);
  if (check === null) return undefined;
  const labels = [...(check[1] ?? '').matchAll(/'((?:[^']|'')*)'/g)].map(([, label = '']) => label.replaceAll("''", "'"));
  return { text: check[0], labels };
}

type LabelsOf = (schema: string | null, name: string | null) => EnumType | undefined;

async function labelsIn(step: Step, schemas: readonly (string | null)[]): Promise<LabelsOf> {
  const bySchema = new Map<string, Map<string, string[]>>();
  for (const schema of new Set(schemas)) {
    if (schema !== null && schema !== 'pg_catalog') bySchema.set(schema, await enumLabels(step, schema));
  }
  return (schema, name) => {
    const labels = bySchema.get(schema ?? '')?.get(name ?? '');
    return labels && { schema: schema ?? '', name: name ?? '', labels };
  };
}

type Described = Pick<StoredColumn, 'name' | 'declared' | 'nullable' | 'defaultSql' | 'primaryKey'>;

function described({ name, declared, nullable, defaultSql, primaryKey }: Described, enumType: EnumType | undefined): StoredColumn {
  const labels = enumType?.labels.map((label) => `'${label.replaceAll("'", "''")}'`).join(', ');
  return {
    name,
    type: labels === undefined ? declared : `ENUM(${labels})${declared.endsWith('[]') ? '[]' : ''}`,
    declared,
    nullable,
    default: defaultSql === null ? null : comparable(defaultSql, enumType),
    defaultSql,
    primaryKey,
    ...(enumType && { enumType }),
  };
}

/** A default without the names that come from the table's own. */
function comparable(defaultSql: string, enumType: EnumType | undefined): string {
  const withoutSequence = defaultSql.replace(/^nextval\('.*'::regclass\)$/s, 'nextval(its sequence)');
  if (enumType === undefined) return withoutSequence;
  const { schema, name } = enumType;
  const names = [`"${schema}"."${name}"`, `${schema}."${name}"`, `"${schema}".${name}`, `${schema}.${name}`, `"${name}"`, name];
  return names.reduce((text, each) => text.replaceAll(`::${each}[]`, '').replaceAll(`::${each}`, ''), withoutSequence);
}
