import { QueryTypes } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { asking } from '../operators/json-samples.js';
import { jsonRowCases } from './json-rows.js';

const chapter = 'Functions';

/** Asks without a table. */
const answering =
  (...statements: readonly string[]): ContractCase['run'] =>
  async ({ sequelize }) => {
    const found: unknown[] = [];
    for (const sql of statements) found.push(await sequelize.query(sql, { type: QueryTypes.SELECT }));
    return found;
  };

const refusing = (what: string, sql: string) => ({ refused: what, run: answering(sql) });

export const jsonFunctionCases: readonly ContractCase[] = [
  ...feature(chapter, 'jsonb_typeof', {
    'of documents and their parts': asking(
      `SELECT id, jsonb_typeof(meta) AS a, jsonb_typeof(meta->'a') AS b, json_typeof(raw) AS c FROM :docs ORDER BY id`,
    ),
  }),
  ...feature(chapter, 'jsonb_array_length', {
    'of arrays': asking(`SELECT id, jsonb_array_length(meta) AS n FROM :docs WHERE jsonb_typeof(meta) = 'array' ORDER BY id`),
    'of parts': asking(`SELECT id, jsonb_array_length(meta->'tags') AS n FROM :docs WHERE meta ? 'tags' ORDER BY id`),
    'of an object': answering(`SELECT jsonb_array_length('{}')`),
    'of a scalar': answering(`SELECT jsonb_array_length('5')`),
  }),
  ...feature(chapter, 'jsonb_set', {
    'a key': asking(`SELECT id, jsonb_set(meta, '{a}', '{"n": 1.50}') AS x FROM :docs WHERE jsonb_typeof(meta) = 'object' ORDER BY id`),
    'a nested key': asking(
      `SELECT id, jsonb_set(meta, '{b,w}', to_jsonb(n)) AS x FROM :docs WHERE jsonb_typeof(meta) = 'object' ORDER BY id`,
    ),
    'not created': asking(`SELECT id, jsonb_set(meta, '{zz}', '1', false) AS x FROM :docs WHERE jsonb_typeof(meta) = 'object' ORDER BY id`),
    'an element': answering(
      `SELECT jsonb_set('[1,2]', '{0}', '9') AS a, jsonb_set('[1,2]', '{-1}', '9') AS b, jsonb_set('[1,2]', '{9}', '9') AS c, jsonb_set('{"a":[1]}', '{a,0}', 'null') AS d`,
    ),
    'a counter': asking(
      `SELECT id, jsonb_set(meta, '{b,w}', to_jsonb((meta#>>'{b,w}')::int + 1)) AS x FROM :docs WHERE id IN (1, 13, 14) ORDER BY id`,
    ),
    'in a document that is NULL': asking(
      `SELECT jsonb_set(coalesce(meta, '{}'), '{a}', '"x"') AS x, jsonb_set(meta, '{a}', '1') AS y FROM :docs WHERE meta IS NULL`,
    ),
    'in a scalar': answering(`SELECT jsonb_set('1', '{a}', '2')`),
    'a path that needs an index': answering(`SELECT jsonb_set('[1]', '{a}', '2')`),
    'NULL as the path': answering(`SELECT jsonb_set('{"a":1}', '{NULL}', '2')`),
    'NULL in the path': refusing('jsonb_set with NULL in the path', `SELECT jsonb_set('{}', '{a,NULL}', '2') AS x`),
    'a path of the row': {
      refused: 'jsonb_set with a path that is not a literal',
      run: asking(`SELECT jsonb_set(meta, ARRAY[word], '1') AS x FROM :docs WHERE id = 1`),
    },
  }),
  ...feature(chapter, 'jsonb_insert', {
    elements: answering(
      `SELECT jsonb_insert('[1,2,3]', '{1}', '9') AS a, jsonb_insert('[1,2,3]', '{-1}', '9') AS b, jsonb_insert('[1,2,3]', '{-1}', '9', true) AS c, jsonb_insert('[]', '{0}', '9') AS d, jsonb_insert('[1,2,3]', '{9}', '{"a":1.50}') AS e, jsonb_insert('[1,2,3]', '{-9}', '9') AS f`,
    ),
    keys: answering(`SELECT jsonb_insert('{"a":{"bb":1}}', '{a,c}', '"x"') AS a, jsonb_insert('{"a":1}', '{b,c}', '"x"') AS b`),
    'a key that is there': answering(`SELECT jsonb_insert('{"a":1}', '{a}', '2')`),
    'in a scalar': answering(`SELECT jsonb_insert('1', '{a}', '2')`),
  }),
  ...feature(chapter, 'jsonb_strip_nulls', {
    'of documents': asking('SELECT id, jsonb_strip_nulls(meta) AS x FROM :docs ORDER BY id'),
    nested: answering(`SELECT jsonb_strip_nulls('{"a":null,"b":{"c":null},"d":[null,{"e":null,"f":1}],"g\\"h":null}') AS x`),
  }),
  ...feature(chapter, 'jsonb_pretty', {
    'of a document': answering(
      `SELECT jsonb_pretty('{"a":1,"c":[1,[2,{"d":"x\\ny"}]]}') AS a, jsonb_pretty('[]') AS b, jsonb_pretty('"x"') AS c`,
    ),
    'with something empty inside': refusing('jsonb_pretty with an empty array inside', `SELECT jsonb_pretty('{"a":[]}') AS a`),
  }),
  ...feature(chapter, 'jsonb_extract_path', {
    'and its text': asking(
      `SELECT id, jsonb_extract_path(meta, 'b', 'c', '1') AS a, jsonb_extract_path_text(meta, 'b', 'w') AS b, json_extract_path_text(raw, 'a') AS c, jsonb_extract_path_text(meta, word) AS d FROM :docs ORDER BY id`,
    ),
  }),
  ...feature(chapter, 'jsonb_exists', {
    'as the operators': answering(
      `SELECT jsonb_exists('{"a":1}', 'a') AS a, jsonb_exists_any('["a"]', '{a,b}') AS b, jsonb_exists_all('["a"]', ARRAY['a','b']) AS c, jsonb_contains('{"a":1}', '{}') AS d, jsonb_contained('1', '[1,2]') AS e, jsonb_concat('{"a":1}', '{"b":2}') AS f, jsonb_delete('{"a":1,"b":2}', 'a') AS g`,
    ),
    'in where': asking(
      `SELECT id FROM :docs WHERE jsonb_exists(meta, 'b') ORDER BY id`,
      `SELECT id FROM :docs WHERE jsonb_exists_any(meta, '{name,h}') ORDER BY id`,
    ),
  }),
  ...feature(chapter, 'jsonb_build_object', {
    'of values': answering(
      `SELECT jsonb_build_object('a', 1, 'bb', NULL, 'c', '{"x":1}'::jsonb, 'd', ARRAY[1,2], 'e', 1.50, 'f', true, 'g', 'x"y', 'h', '2020-01-02T03:04:05Z'::timestamptz, 'i', 0.5::float8) AS x`,
    ),
    'of columns': asking(`SELECT id, jsonb_build_object('m', meta, 'word', word, 'n', n) AS x FROM :docs ORDER BY id`),
    'a key twice': answering(`SELECT jsonb_build_object('a', 1, 'é', 3, 'a', 2, '', 4) AS x, jsonb_build_object() AS y`),
    'keys of the row': asking(`SELECT id, jsonb_build_object(word, id, 'n', n) AS x FROM :docs ORDER BY id`),
    'keys that are no texts': answering(
      `SELECT jsonb_build_object(1, 2) AS a, jsonb_build_object(true, 2) AS b, jsonb_build_object('2020-01-02T03:04:05Z'::timestamptz, 1) AS c`,
    ),
    'with aggregates': asking(
      `SELECT word, jsonb_build_object('n', count(*), 'sum', sum(n), 'ids', jsonb_agg(id ORDER BY id)) AS x FROM :docs GROUP BY word ORDER BY word`,
    ),
    'an odd number of arguments': answering(`SELECT jsonb_build_object('a')`),
    'NULL as a key': answering(`SELECT jsonb_build_object(NULL, 1)`),
    'JSON as a key': answering(`SELECT jsonb_build_object('{}'::jsonb, 1)`),
    'JSON within': answering(`SELECT jsonb_build_object('x', '{"bb": 1, "a": [2, 1.0]}'::json) AS x`),
  }),
  ...feature(chapter, 'json_build_object', {
    'as text': answering(`SELECT json_build_object('a', 1, 'b', json_build_array(1, 'x', NULL), 'c', '{"z":1,"a":2}'::json)::text AS x`),
    'a key twice': answering(`SELECT json_build_object('a', 1, 'a', 2)::text AS x`),
    'NULL as a key': answering(`SELECT json_build_object(NULL, 1)`),
  }),
  ...feature(chapter, 'jsonb_build_array', {
    'of values': asking(
      `SELECT id, jsonb_build_array(1, 'a', NULL, meta, word, 1.50) AS x, json_build_array(id, raw)::text AS y FROM :docs ORDER BY id`,
    ),
    'of nothing': answering('SELECT jsonb_build_array() AS x, json_build_array() AS y'),
  }),
  ...feature(chapter, 'to_jsonb', {
    scalars: answering(
      `SELECT to_jsonb('a'::text) AS a, to_jsonb(5) AS b, to_jsonb(1.50) AS c, to_jsonb(true) AS d, to_jsonb(NULL::text) AS e, to_jsonb('2020-01-02'::date) AS f, to_jsonb('ab'::char(4)) AS g, to_jsonb('10.0.0.1'::inet) AS h, to_jsonb('10.0.0.0/8'::cidr) AS i`,
    ),
    doubles: answering(
      `SELECT to_jsonb(0.1::float8) AS a, to_jsonb(0.1::float8 + 0.2) AS b, to_jsonb(1::float8 / 3) AS c, to_jsonb('NaN'::float8) AS d, to_jsonb('-Infinity'::float8) AS e, to_json(123456.789::float8)::text AS f, to_json(-2.5::float8 / 7)::text AS g`,
    ),
    numerics: answering(
      `SELECT to_jsonb('123456789012345678901234567890.50'::numeric) AS a, to_json('-0.0050'::numeric)::text AS b, to_jsonb('NaN'::numeric) AS c, to_json('0.00'::numeric)::text AS d, to_jsonb('1.5'::numeric(30,4))::text AS e, to_jsonb(ARRAY[1.50, 2])::text AS f`,
    ),
    'a large double': refusing('doubles from 1e15 on as JSON', 'SELECT to_jsonb(1e300::float8) AS a'),
    arrays: answering(
      `SELECT to_jsonb(ARRAY['a','b',NULL]) AS a, to_jsonb(ARRAY[true,false]) AS b, to_jsonb(ARRAY['2020-01-01'::timestamptz]) AS c, to_jsonb(ARRAY['{"a":1}'::jsonb]) AS d, to_json('{}'::int[])::text AS e, to_json(ARRAY[ARRAY[1,2],ARRAY[3,4]])::text AS f`,
    ),
    'a range': refusing('ranges as JSON', 'SELECT to_jsonb(int4range(1, 5)) AS x'),
    'a literal without a type': answering(`SELECT to_jsonb('a')`),
  }),
  ...feature(chapter, 'jsonb_path_exists', {
    'and its family': refusing('JSON path expressions', `SELECT jsonb_path_exists('{"a":1}', '$.a') AS x`),
    'as an operator': { refused: '@? and @@ on JSONB', run: asking(`SELECT id FROM :docs WHERE meta @? '$.a' ORDER BY id`) },
    rows: refusing('jsonb_path_query', `SELECT * FROM jsonb_path_query('[1,2]', '$[*]')`),
    'the first': refusing('jsonb_path_query_first', `SELECT jsonb_path_query_first('[1,2]', '$[*]') AS x`),
  }),
  ...feature(chapter, 'other functions of JSON', {
    'of a misspelled name': answering(`SELECT jsonb_nope('{}')`),
    jsonb_set_lax: refusing('jsonb_set_lax', `SELECT jsonb_set_lax('{"a":1}', '{a}', NULL) AS x`),
    jsonb_object: refusing('jsonb_object', `SELECT jsonb_object('{a,1,b,2}') AS x`),
    json_strip_nulls: refusing('json_strip_nulls', `SELECT json_strip_nulls('{"a":null}') AS x`),
  }),
  ...jsonRowCases,
];
