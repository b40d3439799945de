import { tokensOf } from './sql-tokens.js';

/** A data-modifying CTE, a new table, a procedure. */
const WRITING_WORDS: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'merge', 'into', 'call', 'do', 'truncate', 'copy']);
/** `for` stands in `substring(x FOR n)` too; before these it takes row locks. */
const LOCKS: ReadonlySet<string> = new Set(['update', 'share', 'no', 'key']);
/** After the bracket of a function's arguments these begin another one; anywhere else they could be a function's name. */
const AFTER_ARGUMENTS: ReadonlySet<string> = new Set(['over', 'filter']);

/** Words that stand before a bracket and can't be a function's name (PostgreSQL documentation, appendix C). */
const WORDS =
  'all and any array as between by case cast coalesce cube distinct else end except exists extract fetch from greatest group grouping having ilike in ' +
  'intersect is join lateral least like limit not nullif offset on or overlay position returning rollup row select sets similar some substring symmetric ' +
  'then trim union using values when where with';
/** Types that take a length. */
const TYPES = 'bit char character varchar decimal numeric float time timestamp timestamptz varying';
/** Functions of PostgreSQL that change nothing (PostgreSQL documentation, chapter 9). */
const FUNCTIONS =
  'abs age any_value array_agg array_append array_cat array_length array_lower array_ndims array_position array_positions array_remove array_replace ' +
  'array_to_json array_to_string array_upper avg bit_and bit_length bit_or bool_and bool_or btrim cardinality cbrt ceil ceiling char_length character_length ' +
  'chr clock_timestamp col_description concat concat_ws corr count cume_dist current_database current_schema current_setting date date_bin date_part date_trunc ' +
  'decode degrees dense_rank div encode every exp factorial first_value floor format format_type gen_random_uuid generate_series generate_subscripts ' +
  'has_table_privilege initcap isfinite json_agg json_array_elements json_array_elements_text json_array_length json_build_array json_build_object json_each ' +
  'json_each_text json_extract_path json_extract_path_text json_object json_object_agg json_object_keys json_typeof jsonb_agg jsonb_array_elements ' +
  'jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text ' +
  'jsonb_object jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set ' +
  'jsonb_strip_nulls jsonb_typeof lag last_value lead left length ln log lower lpad ltrim make_date make_interval make_timestamp max md5 min mod mode now ' +
  'nth_value ntile obj_description octet_length percent_rank percentile_cont percentile_disc pg_backend_pid pg_database_size pg_is_in_recovery ' +
  'pg_relation_size pg_size_pretty pg_sleep pg_table_size pg_total_relation_size pg_typeof phraseto_tsquery pi plainto_tsquery power quote_ident ' +
  'quote_literal quote_nullable radians random rank regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table repeat replace ' +
  'reverse right round row_number row_to_json rpad rtrim sign split_part sqrt starts_with statement_timestamp stddev stddev_pop stddev_samp string_agg ' +
  'string_to_array strpos substr sum to_char to_date to_hex to_json to_jsonb to_number to_regclass to_timestamp to_tsquery to_tsvector ' +
  'transaction_timestamp translate trunc ts_headline ts_rank ts_rank_cd unnest upper var_pop var_samp variance version websearch_to_tsquery width_bucket';

const PLAIN_FUNCTIONS: ReadonlySet<string> = new Set(FUNCTIONS.split(' '));
const HARMLESS: ReadonlySet<string> = new Set([...WORDS.split(' '), ...TYPES.split(' '), ...PLAIN_FUNCTIONS]);

/** Most statements say it with their first word. */
const WRITES_AT_ONCE = /^\s*(?:insert|update|delete|create|alter|drop|set|begin|commit|rollback|savepoint)\b/i;

/**
 * Says whether a statement of the program's own certainly only reads, so that it can be run again: one SELECT (or WITH … SELECT,
 * VALUES, TABLE, SHOW, EXPLAIN of such a one) without a data-modifying CTE, a row lock, or a function that is not known to
 * change nothing. `SELECT nextval('s')` and `WITH i AS (INSERT …) SELECT …` write.
 */
export function onlyReads(sql: string): boolean {
  if (WRITES_AT_ONCE.test(sql)) return false;
  const tokens = tokensOf(sql);
  if (tokens === undefined) return false;
  while (tokens.at(-1) === ';') tokens.pop();
  return !tokens.includes(';') && readsOnly(tokens);
}

function readsOnly(tokens: readonly string[]): boolean {
  const first = tokens.find((token) => token !== '(');
  switch (first) {
    case 'show':
      return true;
    case 'explain':
      return readsOnly(explained(tokens));
    case 'select':
    case 'with':
    case 'values':
    case 'table':
      return tokens.every((_, index) => isHarmless(tokens, index));
    default:
      return false;
  }
}

/** What comes after EXPLAIN and its options, in brackets or not. */
function explained(tokens: readonly string[]): readonly string[] {
  let at = tokens.indexOf('explain') + 1;
  if (tokens[at] === '(') at = tokens.indexOf(')', at) + 1;
  while (['analyze', 'analyse', 'verbose'].includes(tokens[at] ?? '')) at += 1;
  return tokens.slice(at);
}

function isHarmless(tokens: readonly string[], index: number): boolean {
  const [token = '', next = ''] = [tokens[index], tokens[index + 1]];
  const before = tokens[index - 1];
  if (WRITING_WORDS.has(token)) return false;
  if (token === 'for') return !LOCKS.has(next);
  if (next !== '(' || !isName(token)) return true;
  if (AFTER_ARGUMENTS.has(token)) return before === ')';
  if (before !== '.') return HARMLESS.has(token);
  return tokens[index - 2] === 'pg_catalog' && tokens[index - 3] !== '.' && PLAIN_FUNCTIONS.has(token);
}

const isName = (token: string): boolean => /^[\p{L}\p{N}_$"]/u.test(token);

/** True where a statement may commit the transaction that it runs in. */
export function mayCommit(sql: string): boolean {
  const tokens = tokensOf(sql);
  if (tokens === undefined) return true;
  return tokens.some((token, index) => {
    const isFirst = index === 0 || tokens[index - 1] === ';';
    return isFirst && (token === 'commit' || token === 'end' || (token === 'prepare' && tokens[index + 1] === 'transaction'));
  });
}
