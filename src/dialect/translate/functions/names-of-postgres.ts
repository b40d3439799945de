/*
 * Functions of PostgreSQL and its usual extensions. One of them that has no rule here is refused as missing on the fallback; any other name is
 * a function that does not exist, as PostgreSQL says.
 */

const NAMES: ReadonlySet<string> = new Set(
  (
    'abs erf erfc gamma lgamma random_normal to_bin to_oct acos acosd acosh age any_value array_agg array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position ' +
    'array_positions array_prepend array_remove array_replace array_to_json array_to_string array_upper ascii asin asind asinh atan atan2 atan2d ' +
    'atand atanh avg bit_and bit_count bit_or bit_xor cardinality cbrt ceil ceiling center chr clock_timestamp col_description convert convert_from ' +
    'convert_to corr cos cosd cosh cot cotd covar_pop covar_samp crypt cume_dist current_query current_schemas current_setting currval ' +
    'date_bin date_part date_trunc decode degrees diameter digest div dmetaphone encode enum_first enum_last enum_range exp extract factorial ' +
    'family floor format_type gcd grouping gen_random_bytes gen_salt get_bit get_byte get_current_ts_config hashtext hashtextextended hashint4 hashint8 has_column_privilege has_database_privilege ' +
    'has_schema_privilege has_sequence_privilege has_table_privilege height hmac host hostmask inet_client_addr inet_client_port inet_server_addr ' +
    'inet_server_port is_normalized isempty isfinite json_agg json_array_elements json_array_elements_text json_array_length json_build_array ' +
    'json_build_object json_each json_each_text json_extract_path json_extract_path_text json_object json_object_agg json_object_keys ' +
    'json_populate_record json_populate_recordset json_strip_nulls json_to_record json_to_recordset json_typeof json_array json_arrayagg json_objectagg json_exists json_query json_value json_scalar json_serialize json_agg_strict json_object_agg_strict ' +
    'json_object_agg_unique json_object_agg_unique_strict jsonb_agg jsonb_agg_strict jsonb_array_elements jsonb_array_elements_text jsonb_array_length ' +
    'jsonb_build_array jsonb_build_object jsonb_concat jsonb_contained jsonb_contains jsonb_delete jsonb_delete_path jsonb_each jsonb_each_text ' +
    'jsonb_exists jsonb_exists_all jsonb_exists_any jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg ' +
    'jsonb_object_agg_strict jsonb_object_agg_unique jsonb_object_agg_unique_strict jsonb_object_field jsonb_object_keys jsonb_path_exists ' +
    'jsonb_path_exists_tz jsonb_path_match jsonb_path_match_tz jsonb_path_query jsonb_path_query_array jsonb_path_query_array_tz ' +
    'jsonb_path_query_first jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record jsonb_populate_record_valid ' +
    'jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_to_tsvector ' +
    'jsonb_typeof justify_days justify_hours ' +
    'justify_interval lastval lcm levenshtein ln log log10 lower_inc lower_inf make_date make_interval make_time make_timestamp make_timestamptz ' +
    'masklen md5 metaphone min_scale mod mode multirange netmask network nextval normalize num_nonnulls num_nulls numnode obj_description ' +
    'parse_ident percentile_cont percentile_disc phraseto_tsquery pi plainto_tsquery pow power querytree quote_ident quote_literal quote_nullable ' +
    'radians radius range_agg range_intersect_agg range_merge regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy ' +
    'regr_syy round row_to_json scale set_bit set_byte set_config set_masklen setseed setval setweight sha224 sha256 sha384 sha512 show_limit ' +
    'show_trgm sign similarity sin sind sinh soundex sqrt statement_timestamp stddev stddev_pop stddev_samp strict_word_similarity ' +
    'string_to_array string_to_table strip tan tand tanh text_soundex timeofday timezone to_ascii to_char to_date to_json to_jsonb to_number ' +
    'to_regclass to_regnamespace to_regproc to_regtype to_timestamp to_tsquery to_tsvector transaction_timestamp trim_array trim_scale trunc ' +
    'ts_delete ts_filter ts_headline ts_rank ts_rank_cd ts_rewrite tsvector_to_array txid_current txid_current_if_assigned txid_status unaccent ' +
    'unistr unnest upper_inc upper_inf var_pop var_samp variance websearch_to_tsquery width width_bucket word_similarity xpath xpath_exists'
  ).split(' '),
);

const FAMILIES = /^(?:_?st_|numeric_|float[48]_|pg_|regexp_|uuid_|xml|lo_|hstore_|akeys$|avals$|skeys$|svals$|dblink)/;

export function isOfPostgres(name: string): boolean {
  return NAMES.has(name) || FAMILIES.test(name);
}

/** Functions with rules that know only some of PostgreSQL's types. */
const OVERLOADED: ReadonlySet<string> = new Set(['generate_series', 'unnest']);

export function takesOtherTypes(name: string): boolean {
  return OVERLOADED.has(name);
}
