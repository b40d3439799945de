/*
 * SQL that evaluates the JSON of tsquery-search.ts. A vector's text has its lexemes in apostrophes, with blanks between them and a colon before positions:
 * `'cat':3 'fat':2,4A`. Within a lexeme an apostrophe is doubled.
 */

/** What is made of a query: its JSON, and texts that tell most vectors at once; these are NULL where there are none (tsquery-search.ts). */
export interface SearchSql {
  readonly whole: string;
  readonly lone: readonly [string, string];
  readonly needed: readonly string[];
}

/** 1 or 0; NULL where the vector or the query is. */
export function matchSql(vector: string, { whole, lone: [one, other], needed }: SearchSql): string {
  const has = (text: string): string => `instr(' ' || ${vector} || ' ', ${text}) > 0`;
  const lacking = needed.map((text) => `WHEN ${text} IS NOT NULL AND NOT ${has(text)} THEN 0`);
  return (
    `(CASE WHEN ${vector} IS NULL OR ${whole} IS NULL THEN NULL WHEN ${one} IS NOT NULL THEN ${has(one)} OR ${has(other)} ` +
    `${lacking.join(' ')} ELSE ${wholeSql(vector, whole)} END)`
  );
}

function wholeSql(vector: string, whole: string): string {
  const fails = `(CASE json_type(c.value, '$[1]') WHEN 'text' THEN ${hasLexeme()} ELSE ${hasPhrase()} END) = (c.value ->> 0)`;
  return (
    `(SELECT EXISTS (SELECT 1 FROM json_each(q) AS d WHERE NOT EXISTS (SELECT 1 FROM json_each(d.value) AS c WHERE ${fails})) ` +
    `FROM (SELECT ' ' || ${vector} || ' ' AS v, ${whole} AS q))`
  );
}

function hasLexeme(): string {
  return `(instr(v, c.value ->> 1) > 0 OR instr(v, c.value ->> 2) > 0)`;
}

/**
 * A position of the first place from which all others are where they must be. A lexeme that could be there but has no positions makes PostgreSQL
 * say no (TS_MAYBE in src/backend/utils/adt/tsvector_op.c), unless it is alone.
 */
function hasPhrase(): string {
  const isAlone = `json_array_length(c.value, '$[1]') = 1 AND json_array_length(c.value, '$[1][0][0]') = 1`;
  const places = `json_each(c.value, '$[1]')`;
  const elsewhere = `SELECT 1 FROM ${places} AS e WHERE e.key > 0 AND NOT EXISTS (${positions('e.value')} WHERE at - b.at = (e.value ->> 1))`;
  const unsure = `SELECT 1 FROM ${places} AS e WHERE EXISTS (${positions('e.value')} WHERE at IS NULL)`;
  const first = positions(`(c.value -> '$[1][0]')`);
  return (
    `iif(${isAlone}, EXISTS (${first}), ` +
    `NOT EXISTS (${unsure}) AND EXISTS (SELECT 1 FROM (${first}) AS b WHERE NOT EXISTS (${elsewhere})))`
  );
}

/** The positions of a place's lexemes with one of their weights; NULL is the one of a lexeme without any, which has all weights. */
function positions(place: string): string {
  const start = `(l ->> 0)`;
  const next = `substr(rest, instr(rest, ${start}) + length(${start}))`;
  const ends =
    `WITH RECURSIVE o(l, n, rest) AS (SELECT x.value, 0, v FROM json_each(${place}, '$[0]') AS x ` +
    `UNION ALL SELECT l, n + 1, ${next} FROM o WHERE instr(rest, ${start}) > 0)`;
  // Of a prefix the rest of the lexeme comes first.
  const behind = `iif(l ->> 1, substr(rest, instr(replace(rest, '''''', '..'), '''') + 1), rest)`;
  const list = `iif(a GLOB ':*', substr(a, 2, instr(a, ' ') - 2), '')`;
  const found = `SELECT l, '["' || replace(${list}, ',', '","') || '"]' AS list FROM (SELECT l, ${behind} AS a FROM o WHERE n > 0) WHERE a GLOB '[: ]*'`;
  const weight = `iif(p.value GLOB '*[ABC]', substr(p.value, -1), 'D')`;
  const isOfWeight = `(p.value = '' OR (f.l ->> 2) = '' OR instr(f.l ->> 2, ${weight}) > 0)`;
  return `SELECT at FROM (${ends} SELECT iif(p.value = '', NULL, CAST(p.value AS INTEGER)) AS at FROM (${found}) AS f, json_each(f.list) AS p WHERE ${isOfWeight})`;
}

/** How many lexemes a vector has; `unclear` is evaluated where apostrophes in them are beside their ends. */
export function lexemeCount(vector: string, unclear: string): string {
  const apostrophes = (text: string, count: number): string =>
    `(length(${text}) - length(replace(${text}, '${"''".repeat(count)}', ''))) / ${count}`;
  return `iif(instr(${vector}, ''''''''), ${unclear}, (${apostrophes(vector, 1)} - 2 * (${apostrophes(vector, 2)})) / 2)`;
}
