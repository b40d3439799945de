import { Op } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { jsonMemberCases } from './json-members.js';
import { jsonPathCases } from './json-paths.js';
import { asking, where } from './json-samples.js';

const chapter = 'Operators';

/** What documents are compared with, by names. */
const VALUES = {
  'a number': '1',
  'a number with zeros behind the point': '1.00',
  'a number with an exponent': '10e-1',
  'a number beyond 2^53': '12345678901234567890',
  'the number next to it': '12345678901234567891',
  'a number of thirty digits': '123456789012345678901234567890.50',
  'a hundred quintillions': '100000000000000000000',
  'a string': '"a"',
  'a string of digits': '"1"',
  'an empty string': '""',
  'a string outside the first plane': '"\\ud83d\\ude00"',
  'an escaped letter': '{"\\u00e9":"\\u00fc"}',
  'escapes in a string': '{"f":"te\\"x\\n\\u0001t"}',
  'escapes in keys': '{"q\\"u":1,"back\\\\":2}',
  'keys that look like paths': '{"x.y":3,"[0]":4,"$":5}',
  'an empty key': '{"":8}',
  null: 'null',
  true: 'true',
  'an empty array': '[]',
  'an empty object': '{}',
  'an array of one': '[1]',
  'an array in another order': '["b","a"]',
  'an array with duplicates': '["a","a","b","b"]',
  'an array of null': '[null]',
  'an array in an array': '[[3]]',
  'an empty array in an array': '[[]]',
  'an empty object in an array': '[{}]',
  'an object in an array': '[{"k":"a"}]',
  'an object in an array, keys in another order': '[{"n":1,"k":"a"}]',
  'a member': '{"a":1}',
  'a member that is null': '{"e":null}',
  'a member that is an empty object': '{"b":{}}',
  'a nested member': '{"b":{"w":10.0}}',
  'nested deeply': '{"b":{"c":[{"d":"x"}]}}',
  'a list as a member': '{"tags":["b"]}',
  'objects of a list': '{"objs":[{"k":"b"},{"n":1}]}',
  'members of different objects of a list': '{"objs":[{"k":"a","n":2}]}',
  'a scalar for an array as a member': '{"tags":"a"}',
} as const;

const each = (sql: (json: string) => readonly string[]): Readonly<Record<string, ContractCase['run']>> =>
  Object.fromEntries(Object.entries(VALUES).map(([name, json]) => [name, asking(...sql(`'${json.replaceAll("'", "''")}'`))]));

const ids = (condition: string): string => `SELECT id FROM :docs WHERE ${condition} ORDER BY id`;

export const jsonCases: readonly ContractCase[] = [
  ...feature(chapter, 'contains on JSONB', {
    ...each((json) => [ids(`meta @> ${json}`)]),
    'objects given by a program': where(
      { meta: { [Op.contains]: { b: { c: [2.5] } } } },
      { meta: { [Op.contains]: { name: "O'Neil é%_" } } },
      { meta: { [Op.contains]: {} } },
    ),
    'arrays given by a program': where(
      { meta: { [Op.contains]: [1] } },
      { meta: { [Op.contains]: [{ k: 'b' }] } },
      { meta: { [Op.contains]: [] } },
    ),
    'scalars given by a program': where(
      { meta: { [Op.contains]: 1 } },
      { meta: { [Op.contains]: 'a' } },
      { meta: { [Op.contains]: true } },
    ),
    negated: where({ [Op.not]: { meta: { [Op.contains]: { a: 1 } } } }),
    'within a part of the document': asking(ids(`meta->'b' @> '{"w": 10}'`), ids(`meta->'tags' @> '"a"'`), ids(`meta #> '{b,c}' @> '[1]'`)),
    'every document with every other': asking('SELECT x.id, y.id AS other FROM :docs x, :docs y WHERE x.meta @> y.meta ORDER BY 1, 2'),
    'what is built in the statement': asking(ids(`meta @> jsonb_build_object('a', n)`), ids('meta @> to_jsonb(n)')),
    NULL: asking('SELECT meta @> NULL AS a, NULL::jsonb @> meta AS b FROM :docs WHERE id < 3'),
    'what is no JSON': asking(ids(`meta @> 'nope'`)),
    'JSON instead of JSONB': asking(ids(`raw @> '1'`)),
    'a text': asking(ids('meta @> word')),
    'eight levels': asking(
      `SELECT '[[[[[[[1]]]]]]]'::jsonb @> '[[[[[[[1]]]]]]]' AS a, '{"a":{"a":{"a":{"a":{"a":[1]}}}}}'::jsonb @> '{"a":{"a":{"a":{"a":{"a":[2]}}}}}' AS b`,
    ),
    'more levels': {
      refused: 'more than 8 levels',
      run: asking(`SELECT '[[[[[[[[[[1]]]]]]]]]]'::jsonb @> '[[[[[[[[[[1]]]]]]]]]]' AS a`),
    },
  }),
  ...feature(chapter, 'contained on JSONB', {
    ...each((json) => [ids(`meta <@ ${json}`)]),
    'given by a program': where(
      { meta: { [Op.contained]: { name: 'Ann', tags: ['c', 'a', 'b'], more: 1 } } },
      { meta: { [Op.contained]: ['a', 'b', 1] } },
      { meta: { [Op.contained]: 'a' } },
    ),
    'a large object': where({ meta: { [Op.contained]: { a: [2, [2], 1, 0], é: 'ü', b: { w: 9.5, x: 1 }, c: null } } }),
  }),
  ...feature(chapter, 'order and equality of JSONB', {
    ...each((json) => [ids(`meta = ${json}`), ids(`meta < ${json}`), ids(`meta >= ${json}`), ids(`meta IS DISTINCT FROM ${json}`)]),
    'order by': asking('SELECT id FROM :docs ORDER BY meta, id', 'SELECT id FROM :docs ORDER BY meta DESC NULLS LAST, id'),
    DISTINCT: asking('SELECT DISTINCT meta FROM :docs ORDER BY meta', 'SELECT count(DISTINCT meta) AS n FROM :docs'),
    'GROUP BY': asking('SELECT min(id) AS id, count(*) AS n FROM :docs GROUP BY meta ORDER BY 1'),
    UNION: asking('SELECT meta FROM :docs UNION SELECT meta FROM :docs ORDER BY meta'),
    'in lists': asking(ids(`meta IN ('1.0', '{"a":"null"}', '"a"')`), ids(`meta NOT IN ('1', '[]')`)),
    between: asking(ids(`meta BETWEEN '1' AND '{}'`)),
    joined: asking('SELECT x.id, y.id AS other FROM :docs x JOIN :docs y ON x.meta = y.meta AND x.id < y.id ORDER BY 1, 2'),
    'by numbers and strings': asking(ids('meta > 5'), ids('meta = 1')),
    'by a text': asking(ids('meta = word')),
    min: asking('SELECT min(meta) FROM :docs'),
    'given by a program': where(
      { meta: { [Op.eq]: { a: 'null' } } },
      { meta: { [Op.ne]: [[]] } },
      { meta: { [Op.in]: [{ a: 'null' }, 1] } },
      { meta: { [Op.gt]: 'a' } },
      { meta: null },
      { meta: { [Op.not]: null } },
    ),
  }),
  ...feature(chapter, 'JSON has no equality', {
    equal: asking(ids(`raw = '1'`)),
    'in a list': asking(ids(`raw IN ('1')`)),
    'given by a program': where({ raw: { [Op.eq]: { a: 1 } } }),
    DISTINCT: asking('SELECT DISTINCT raw FROM :docs'),
    'count(DISTINCT)': asking('SELECT count(DISTINCT raw) FROM :docs'),
    'GROUP BY': asking('SELECT raw FROM :docs GROUP BY raw'),
    'ORDER BY': asking('SELECT id FROM :docs ORDER BY raw'),
    UNION: asking('SELECT raw FROM :docs UNION SELECT raw FROM :docs'),
    'key existence': asking(ids(`raw ? 'a'`)),
    NULL: where({ raw: null }, { raw: { [Op.ne]: null } }),
  }),
  ...feature(chapter, 'key existence', {
    'a key of objects, a string of arrays': asking(ids(`meta ? 'a'`), ids(`meta ? 'b'`)),
    'keys with quotes, dots and blanks': asking(ids(`meta ? 'q"u'`), ids(`meta ? 'x.y'`), ids(`meta ? 'sp ace'`), ids(`meta ? 'it''s'`)),
    'keys that look like paths and numbers': asking(ids(`meta ? '[0]'`), ids(`meta ? '$'`), ids(`meta ? '0'`), ids(`meta ? '1'`)),
    'an empty key': asking(ids(`meta ? ''`)),
    'keys outside ASCII': asking(ids(`meta ? 'é'`), ids(`meta ? '😀'`)),
    'a column as the key': asking(ids('meta ? word')),
    'any of several': asking(ids(`meta ?| ARRAY['a', 'zz']`), ids(`meta ?| '{name,list}'`), ids(`meta ?| '{}'`), ids(`meta ?| '{NULL,a}'`)),
    'all of several': asking(ids(`meta ?& ARRAY['a', 'b']`), ids(`meta ?& '{a,a}'`), ids(`meta ?& '{}'`), ids(`meta ?& '{NULL,a}'`)),
    'a key of a part': asking(ids(`meta->'b' ? 'w'`), ids(`meta->'tags' ?& '{a,b}'`)),
    NULL: asking(`SELECT meta ? NULL AS a, NULL::jsonb ? 'a' AS b, meta ?| NULL AS c FROM :docs WHERE id = 1`),
    'written with replacements': async (site) => {
      const sql = 'SELECT \'{"a": 1}\'::jsonb ? :key AS a, \'["x"]\'::jsonb ?| ARRAY[:keys] AS b';
      return await site.sequelize.query(sql, { replacements: { key: 'a', keys: ['x', 'y'] } });
    },
    'of a text': asking(ids(`word ? 'a'`)),
    'a number as the key': asking(ids('meta ? n')),
  }),
  ...jsonMemberCases,
  ...jsonPathCases,
];
