/** What is no code: comments, strings (also with escapes, or between dollar signs) and quoted names, which stay one letter. */
const NOT_CODE = /--[^\n]*|\/\*[\s\S]*?\*\/|\be'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$|"(?:[^"]|"")*"/gi;
/** A data-modifying CTE, a new table, a row lock; `for` also stands in `substring(x FOR n)`, so the lock's words are looked for. */
const MORE_THAN_A_READ = /\b(?:insert|update|delete|merge|into|call|do|truncate)\b|\bfor\s+(?:update|share|no\s+key|key\s+share)\b/i;
const CALLS = /([\w$.]+)\s*\(/g;
/** A name with letters beyond ASCII. */
const STRANGE_CALL = /[\u0080-\uffff]\s*\(/;

/** Words that stand before a bracket and are no function. */
const WORDS =
  'all and any array as between by case cast distinct else exists filter from group grouping having ilike in intersect except interval join lateral ' +
  'like limit not offset on or order over partition precision range rollup rows select similar some symmetric then union using values when where with within zone';
/** Types that take a length. */
const TYPES = 'bit char character varchar decimal numeric float time timestamp timestamptz varying';
/** Functions of PostgreSQL and SQLite that change nothing (PostgreSQL documentation, chapter 9; sqlite.org/lang_corefunc.html). */
const FUNCTIONS =
  'abs age any_value array_agg array_append array_cat array_length array_position array_positions array_remove array_replace array_to_json array_to_string ' +
  'array_upper array_lower array_ndims avg bit_and bit_or bit_length bool_and bool_or btrim cardinality cbrt ceil ceiling char_length character_length chr coalesce concat concat_ws ' +
  'corr count cume_dist current_database current_schema current_setting date date_bin date_part date_trunc datetime decode degrees dense_rank div encode every exp extract ' +
  'factorial first_value floor format generate_series generate_subscripts greatest group_concat hstore ifnull iif initcap instr isfinite json_agg json_array json_array_elements ' +
  'json_array_elements_text json_array_length json_build_array json_build_object json_each json_each_text json_extract json_extract_path json_extract_path_text ' +
  'json_group_array json_group_object json_object json_object_agg json_object_keys json_type json_typeof json_valid jsonb_agg jsonb_array_elements jsonb_array_elements_text ' +
  'jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_exists jsonb_extract_path jsonb_extract_path_text jsonb_object jsonb_object_agg ' +
  'jsonb_object_keys jsonb_path_exists jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set jsonb_strip_nulls jsonb_typeof julianday lag ' +
  'last_value lead least left length ln log lower lpad ltrim make_date make_interval make_timestamp max md5 min mod mode nth_value ntile now nullif octet_length overlay ' +
  'percent_rank percentile_cont percentile_disc phraseto_tsquery pi plainto_tsquery position power printf quote quote_ident quote_literal quote_nullable radians rank ' +
  'regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table repeat replace reverse right round row row_number row_to_json rpad rtrim sign ' +
  'random gen_random_uuid uuid_generate_v4 clock_timestamp statement_timestamp transaction_timestamp pg_sleep pg_backend_pid pg_is_in_recovery pg_typeof ' +
  'pg_table_size pg_total_relation_size pg_relation_size pg_database_size pg_size_pretty format_type obj_description col_description has_table_privilege ' +
  'similarity split_part sqrt starts_with stddev stddev_pop stddev_samp strftime string_agg string_to_array strpos substr substring sum to_char to_date to_hex to_json ' +
  'to_jsonb to_number to_regclass to_timestamp to_tsquery to_tsvector total translate trim trunc ts_headline ts_rank ts_rank_cd typeof unnest upper var_pop var_samp ' +
  'variance version websearch_to_tsquery width_bucket word_similarity';

const HARMLESS: ReadonlySet<string> = new Set(`${WORDS} ${TYPES} ${FUNCTIONS}`.split(' '));

/**
 * Says whether a statement of the program's own certainly only reads, so that it can be run again: one SELECT (or WITH … SELECT,
 * VALUES, TABLE, SHOW, plain EXPLAIN) without a data-modifying CTE, a row lock, or a function that is not known to change
 * nothing. `SELECT nextval('s')` and `WITH i AS (INSERT …) SELECT …` write.
 */
export function onlyReads(sql: string): boolean {
  const code = sql.replace(NOT_CODE, (found) => (found.startsWith('"') ? 'q' : ' ')).trim();
  const text = code.replace(/;\s*$/, '');
  if (text.includes(';')) return false;
  const first = /^\(*\s*(\w+)/.exec(text)?.[1]?.toLowerCase();
  if (first === 'show') return true;
  if (first === 'explain') return !/\banalyze\b/i.test(text);
  if (first !== 'select' && first !== 'with' && first !== 'values' && first !== 'table') return false;
  if (MORE_THAN_A_READ.test(text) || STRANGE_CALL.test(text)) return false;
  return [...text.matchAll(CALLS)].every(([, name = '']) => isHarmless(name.toLowerCase()));
}

const isHarmless = (name: string): boolean => HARMLESS.has(name.startsWith('pg_catalog.') ? name.slice('pg_catalog.'.length) : name);

/** Ends a transaction, or lets another session end it. */
const ENDS_TRANSACTION = /^\s*(?:commit|end|prepare\s+transaction)\b/i;

/** True where a statement may commit the transaction that it runs in. */
export const mayCommit = (sql: string): boolean => ENDS_TRANSACTION.test(sql);
