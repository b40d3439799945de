/** PostgreSQL's words that can't be names unless they are quoted (`pg_get_keywords()`, of version 15). */
const RESERVED = words(`all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
  current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc distinct do else end
  except false fetch for foreign from grant group having in initially intersect into lateral leading limit localtime localtimestamp not
  null offset on only or order placing primary references returning select session_user some symmetric table then to trailing true union
  unique user using variadic when where window with`);

/** Those that can name a function or a type, but no column or table. */
const FUNCTION_ONLY = words(`authorization binary collation concurrently cross current_schema freeze full ilike inner is isnull join left
  like natural notnull outer overlaps right similar tablesample verbose`);

/** Those that can name a column or table, but no function or type: they begin a construct of their own. */
const COLUMN_ONLY = words(`between bigint bit boolean char character coalesce dec decimal exists extract float greatest grouping inout int
  integer interval least national nchar none normalize nullif numeric out overlay position precision real row setof smallint substring
  time timestamp treat trim values varchar xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
  xmlserialize xmltable`);

/** Those that need AS before them where they are the alias of a column. */
const NEEDS_AS = words(`array as char character create day except fetch filter for from grant group having hour intersect into isnull limit
  minute month notnull offset on order over overlaps precision returning second to union varying where window with within without year`);

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}

export function canNameColumn(word: string): boolean {
  return !RESERVED.has(word) && !FUNCTION_ONLY.has(word);
}

export function canNameFunction(word: string): boolean {
  return !RESERVED.has(word) && !COLUMN_ONLY.has(word);
}

export function canBeBareAlias(word: string): boolean {
  return !NEEDS_AS.has(word);
}
