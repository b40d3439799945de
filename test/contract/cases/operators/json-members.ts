import { type ContractCase, feature } from '../../contract-case.js';
import { asking } from './json-samples.js';

const chapter = 'Operators';

const KEYS = ['a', 'b', 'é', 'x.y', '[0]', '$', 'q"u', 'back\\', '', '0', '1', 'sp ace', "it''s", '😀', 'missing'];

const byKeys = Object.fromEntries(
  KEYS.map((key) => [
    `the key ${JSON.stringify(key)}`,
    asking(`SELECT id, meta -> '${key}' AS a, meta ->> '${key}' AS b, raw -> '${key}' AS c, raw ->> '${key}' AS d FROM :docs ORDER BY id`),
  ]),
);

const byIndexes = Object.fromEntries(
  [0, 1, 3, 99, -1, -2, -8, 2147483647, -2147483648].map((index) => [
    `the index ${index}`,
    asking(`SELECT id, meta -> ${index} AS a, meta ->> ${index} AS b, raw -> ${index} AS c, raw ->> ${index} AS d FROM :docs ORDER BY id`),
  ]),
);

const paths = (path: string): ContractCase['run'] =>
  asking(`SELECT id, meta #> ${path} AS a, meta #>> ${path} AS b, raw #> ${path} AS c, raw #>> ${path} AS d FROM :docs ORDER BY id`);

/** Where there are objects and arrays only. */
const changed = (...expressions: readonly string[]): ContractCase['run'] =>
  asking(...expressions.map((sql) => `SELECT id, ${sql} AS x FROM :docs WHERE jsonb_typeof(meta) IN ('object', 'array') ORDER BY id`));

export const jsonMemberCases: readonly ContractCase[] = [
  ...feature(chapter, '-> and ->> on JSON', {
    ...byKeys,
    ...byIndexes,
    'keys and indexes of the row': asking(
      'SELECT id, meta -> word AS a, meta ->> word AS b, raw ->> word AS c, meta -> n AS d, raw ->> n AS e, meta -> (n - 1) AS f FROM :docs ORDER BY id',
    ),
    chains: asking(
      `SELECT id, meta->'b'->'c'->2->>'d' AS a, meta->'b'->'c'->-1->'d' AS b, raw->'b'->'c'->2->>'d' AS c, raw->'b'->>'w' AS d FROM :docs ORDER BY id`,
    ),
    NULL: asking(`SELECT meta -> NULL AS a, meta ->> NULL AS b, NULL::jsonb -> 'a' AS c FROM :docs WHERE id = 1`),
    'of a text': asking(`SELECT word -> 'a' FROM :docs`),
    'of a number': asking(`SELECT n ->> 'a' FROM :docs`),
    'a decimal as the index': asking('SELECT meta -> 1.5 FROM :docs'),
    'a boolean as the key': asking('SELECT meta -> true FROM :docs'),
    'as a condition': asking(
      `SELECT id FROM :docs WHERE meta->>'a' = '1' ORDER BY id`,
      `SELECT id FROM :docs WHERE meta->'a' = '1' ORDER BY id`,
    ),
    'compared with a number': asking(`SELECT id FROM :docs WHERE meta->>'a' = 1`),
    'JSON with blanks': {
      refused: 'objects and arrays out of JSON that is written with blanks',
      run: asking(`SELECT '{"a": [1, 2]}'::json ->> 'a' AS x`),
    },
    'JSON with a key twice': { refused: 'JSON with a key twice', run: asking(`SELECT '{"a":1,"a":2}'::json ->> 'a' AS x`) },
  }),
  ...feature(chapter, '#> and #>> on JSON', {
    'a key': paths(`'{a}'`),
    'nested keys': paths(`'{b,w}'`),
    indexes: paths(`'{b,c,2,d}'`),
    'indexes from the end': paths(`'{b,c,-1,d}'`),
    'a number as a key and as an index': paths(`'{a,0}'`),
    'numbers with zeros': paths(`'{a,00}'`),
    'quoted elements': paths(`'{"sp ace","in ner"}'`),
    'an empty path': paths(`'{}'`),
    'NULL in the path': paths(`'{a,NULL}'`),
    'an array of texts': paths(`ARRAY['b', 'c', '1']`),
    'texts of the row': paths(`ARRAY['b', word]`),
    'a path of two dimensions': paths(`'{{a,b}}'`),
    'no array': paths(`'a'`),
  }),
  ...feature(chapter, 'subscripts of JSONB', {
    'indexes and keys': asking(
      `SELECT id, meta[0] AS a, meta['1'] AS b, meta['a'][0] AS c, meta[-1] AS d, meta['b']['c'][2]['d'] AS e FROM :docs ORDER BY id`,
    ),
    'of the row': asking('SELECT id, meta[n] AS a, meta[word] AS b, meta[word][n] AS c FROM :docs ORDER BY id'),
    NULL: asking('SELECT meta[NULL] AS a FROM :docs WHERE id = 1'),
    'a slice': asking('SELECT meta[1:2] FROM :docs'),
    'a decimal': asking('SELECT meta[1.5] FROM :docs'),
  }),
  ...feature(chapter, '|| on JSONB', {
    'an object': changed(`meta || '{"b": 1, "zz": [1.50]}'`, `'{"b": 1, "zz": [1.50]}' || meta`),
    'an array': changed(`meta || '[1, {"a": 2}]'`, `'[]' || meta`),
    scalars: asking(`SELECT id, meta || '"x"' AS a, '1' || meta AS b, meta || 'null' AS c FROM :docs ORDER BY id`),
    NULL: asking(`SELECT meta || NULL AS a FROM :docs WHERE id = 1`),
    parts: changed(`coalesce(meta->'b', '{}') || '{"w": 0}'`),
  }),
  ...feature(chapter, '- and #- on JSONB', {
    'a key': changed(`meta - 'a'`, `meta - 'x.y'`, `meta - ''`, `meta - 'q"u'`),
    'an index': asking(
      `SELECT id, meta - 0 AS a, meta - 1 AS b, meta - -1 AS c, meta - 99 AS d FROM :docs WHERE jsonb_typeof(meta) = 'array' ORDER BY id`,
    ),
    'several keys': changed(`meta - ARRAY['a', 'b']`, `meta - '{}'::text[]`, `meta - ARRAY['a', NULL]`),
    'a key of the row': changed('meta - word'),
    'an index of an object': asking(`SELECT '{"a":1}'::jsonb - 0`),
    'a key of a scalar': asking(`SELECT '1'::jsonb - 'a'`),
    'a path': asking(
      `SELECT id, meta #- '{a}' AS a, meta #- '{b,c,0}' AS b, meta #- '{b,c,-1,d}' AS c, meta #- '{}' AS d FROM :docs WHERE jsonb_typeof(meta) = 'object' ORDER BY id`,
    ),
    'a path that needs an index': asking(`SELECT '[1]'::jsonb #- '{a}'`),
    'a path of a scalar': asking(`SELECT '1'::jsonb #- '{a}'`),
    'a path of the row': {
      refused: '#- with a path that is not a literal',
      run: asking(`SELECT meta #- ARRAY['b', word] AS x FROM :docs WHERE id = 1`),
    },
  }),
  ...feature(chapter, 'casts from and to JSONB', {
    numbers: asking(
      `SELECT id, (meta->'b'->'w')::int AS a, (meta->'b'->'w')::float8 AS b, (meta->'b'->'w')::numeric AS c, (meta->'b'->'w')::bigint AS d FROM :docs WHERE id IN (1, 10, 13, 14, 15) ORDER BY id`,
    ),
    rounding: asking(
      `SELECT '2.5'::jsonb::int AS a, '-2.5'::jsonb::int AS b, '3.14'::jsonb::numeric(10,1) AS c, '9007199254740993'::jsonb::bigint AS d`,
    ),
    booleans: asking(`SELECT (meta->'g')::boolean AS a FROM :docs WHERE meta ? 'g'`),
    'a string as a number': asking(`SELECT '"1"'::jsonb::int`),
    'null as a number': asking(`SELECT 'null'::jsonb::int`),
    'a number as a boolean': asking(`SELECT '1'::jsonb::boolean`),
    'an object as a number': asking(`SELECT '{}'::jsonb::numeric`),
    'too large': asking(`SELECT '99999999999'::jsonb::int`),
    'JSON as a number': asking(`SELECT '1'::json::int`),
    'as texts': asking('SELECT id, meta::text AS a, meta::varchar AS b FROM :docs ORDER BY id'),
    'texts as JSONB': asking(`SELECT id, ('{"zz":[1.50,{"é":null}],"w":"' || word || '"}')::jsonb AS a FROM :docs ORDER BY id`),
    'JSON as JSONB': asking(`SELECT id, raw::jsonb::text AS a FROM :docs WHERE id NOT IN (19, 28) ORDER BY id`),
    'a text that is no JSON': asking(`SELECT ('{' || word)::jsonb FROM :docs`),
    'JSON with exponents as JSONB': {
      refused: 'JSON numbers with exponents as JSONB',
      run: asking('SELECT raw::jsonb FROM :docs WHERE id = 19'),
    },
  }),
];
