import type { PgType, TypeKey } from './pg-type.js';

const NAMES: Partial<Record<TypeKey, string>> = {
  bool: 'boolean',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  varchar: 'character varying',
  bpchar: 'character',
  time: 'time without time zone',
  timetz: 'time with time zone',
  timestamp: 'timestamp without time zone',
  timestamptz: 'timestamp with time zone',
};

/** Reserved and type words of PostgreSQL's grammar that an enum may be named with: `quote_ident` quotes them. */
export const QUOTED_WORDS: ReadonlySet<string> = new Set(
  (
    'all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char character check coalesce ' +
    'collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp ' +
    'current_user dec decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant ' +
    'greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join lateral leading least left like limit ' +
    'localtime localtimestamp national natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay ' +
    'placing position precision primary real references returning right row select session_user setof similar smallint some substring symmetric table ' +
    'tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where window with xmlattributes ' +
    'xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable'
  ).split(' '),
);

/** PostgreSQL's `format_type`: `character varying(255)`, `timestamp(3) with time zone`, `integer[]`, `"enum_Users_role"`. */
export function formatType(type: PgType): string {
  if (type.key === 'array') return `${type.element ? formatType(type.element) : '???'}[]`;
  if (type.enum) return qualified(type.enum.schema, type.enum.name);
  // A character without a length is not what the grammar's CHARACTER means.
  if (type.key === 'bpchar' && !type.modifiers?.length) return 'bpchar';
  return withModifiers(NAMES[type.key] ?? type.key, type.modifiers);
}

/** PostgreSQL's `format_type_be`: the type without lengths and precisions, as most messages name it. */
export function bareTypeName(type: PgType): string {
  if (type.key === 'bpchar') return 'character';
  return type.element ? `${bareTypeName(type.element)}[]` : formatType({ ...type, modifiers: [] });
}

/** A name as PostgreSQL's `quote_ident` writes it. */
export function quoteIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !QUOTED_WORDS.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function qualified(schema: string, name: string): string {
  return schema === 'public' ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** `time` and `timestamp` have theirs in the middle. */
function withModifiers(name: string, modifiers: PgType['modifiers']): string {
  if (!modifiers?.length) return name;
  const [first = name, ...rest] = name.startsWith('time') ? name.split(' ') : [name];
  return [`${first}(${modifiers.join(',')})`, ...rest].join(' ');
}
