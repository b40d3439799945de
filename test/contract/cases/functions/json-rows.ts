import { type ContractCase, feature } from '../../contract-case.js';
import { filledShop } from '../fixtures.js';
import { asking } from '../operators/json-samples.js';

const chapter = 'Functions';

/** Asks of people and their orders. */
const shopping =
  (sql: string): ContractCase['run'] =>
  async (site) => {
    const models = await filledShop(site);
    const text = sql.replace(/:(people|orders|tags)\b/g, (_, name: keyof typeof models) => `"${models[name].tableName}"`);
    const [rows] = await site.sequelize.query(text);
    return rows;
  };

const some = 'id IN (1, 2, 5, 10, 17, 27)';

export const jsonRowCases: readonly ContractCase[] = [
  ...feature(chapter, 'row_to_json', {
    'rows of a table': shopping('SELECT row_to_json(p) AS x FROM :people p ORDER BY id'),
    'as text': shopping('SELECT row_to_json(p)::text AS x FROM :people p ORDER BY id'),
    'rows of a subquery': shopping('SELECT row_to_json(t) AS x FROM (SELECT id, name, age * 2 AS double FROM :people) t ORDER BY t.id'),
    'by lines': shopping('SELECT row_to_json(t, true)::text AS x FROM (SELECT id, name FROM :people) t ORDER BY t.id'),
    values: shopping(`SELECT row_to_json(row(1, 'a', NULL, true, id, name)) AS x FROM :people ORDER BY id`),
    'a row of another table': shopping(
      'SELECT p.name, row_to_json(o) AS x FROM :people p JOIN :orders o ON o."personId" = p.id ORDER BY o.id',
    ),
    'of an outer join': shopping(
      'SELECT p.name, row_to_json(o) AS x FROM :people p LEFT JOIN :orders o ON o."personId" = p.id AND o.sku = \'a\' ORDER BY p.id',
    ),
    'in a subquery': shopping(
      'SELECT name, (SELECT row_to_json(o) FROM :orders o WHERE o."personId" = p.id ORDER BY o.id LIMIT 1) AS x FROM :people p ORDER BY id',
    ),
  }),
  ...feature(chapter, 'to_jsonb of a row', {
    'and its parts': shopping(
      `SELECT to_jsonb(p) - 'born' AS x, to_jsonb(p)->>'name' AS y, to_jsonb(p) || '{"more": 1}' AS z FROM :people p ORDER BY id`,
    ),
    'of documents': asking(`SELECT to_jsonb(t) AS x FROM (SELECT id, meta, word FROM :docs) t ORDER BY t.id`),
    'within an object': shopping(`SELECT jsonb_build_object('person', p, 'n', 1) AS x FROM :people p ORDER BY id`),
  }),
  ...feature(chapter, 'json_agg', {
    'rows of a table': shopping('SELECT json_agg(o ORDER BY o.id) AS x FROM :orders o'),
    'rows of a subquery': shopping('SELECT json_agg(t) AS x FROM (SELECT id, sku FROM :orders ORDER BY id DESC LIMIT 3) t'),
    'as text': shopping(
      'SELECT json_agg(t)::text AS x, json_agg(t.sku)::text AS y FROM (SELECT id, sku FROM :orders ORDER BY id LIMIT 3) t',
    ),
    'children of each row': shopping(
      'SELECT p.name, (SELECT coalesce(json_agg(row_to_json(o) ORDER BY o.id), \'[]\') FROM :orders o WHERE o."personId" = p.id) AS x FROM :people p ORDER BY p.id',
    ),
    'children of an outer join': shopping(
      'SELECT p.id, coalesce(json_agg(o ORDER BY o.id) FILTER (WHERE o.id IS NOT NULL), \'[]\') AS x, json_agg(o ORDER BY o.id) AS y FROM :people p LEFT JOIN :orders o ON o."personId" = p.id GROUP BY p.id ORDER BY p.id',
    ),
    'with totals': shopping(
      "SELECT json_build_object('total', sum(amount), 'n', count(*), 'average', avg(amount), 'orders', json_agg(o.* ORDER BY o.id)) AS x FROM :orders o",
    ),
    'of a name that is none': shopping('SELECT json_agg(x.*) FROM :orders o'),
    'values in an order': asking(
      `SELECT json_agg(word ORDER BY id DESC) AS a, json_agg(n ORDER BY n, id) AS b, json_agg(raw ORDER BY id) AS c FROM :docs WHERE ${some}`,
    ),
    DISTINCT: asking(`SELECT json_agg(DISTINCT word) AS a, json_agg(DISTINCT n ORDER BY n DESC) AS b FROM :docs`),
    FILTER: asking(`SELECT json_agg(id ORDER BY id) FILTER (WHERE n = 1) AS a, json_agg(id) FILTER (WHERE n > 9) AS b FROM :docs`),
    'of nothing': asking("SELECT json_agg(meta) AS a, coalesce(json_agg(meta), '[]') AS b FROM :docs WHERE false"),
    'a literal without a type': asking('SELECT json_agg(NULL) FROM :docs'),
    'DISTINCT of JSON': asking('SELECT json_agg(DISTINCT raw) FROM :docs'),
  }),
  ...feature(chapter, 'jsonb_agg', {
    'rows of a table': shopping('SELECT jsonb_agg(o ORDER BY o.id) AS x FROM :orders o'),
    values: asking(
      `SELECT jsonb_agg(meta ORDER BY id) AS a, jsonb_agg(meta->'a' ORDER BY id) AS b, jsonb_agg(word ORDER BY id) AS c FROM :docs`,
    ),
    'objects of each group': asking(
      `SELECT n, jsonb_agg(jsonb_build_object('id', id, 'word', word) ORDER BY id) AS x FROM :docs GROUP BY n ORDER BY n`,
    ),
    DISTINCT: asking('SELECT jsonb_agg(DISTINCT word ORDER BY word DESC) AS a, jsonb_agg(DISTINCT n) AS b FROM :docs'),
    'DISTINCT of JSONB': asking(`SELECT jsonb_agg(DISTINCT meta->'b') AS a FROM :docs WHERE id > 2`),
    'DISTINCT of equal numbers': {
      refused: 'jsonb_agg(DISTINCT …) of equal values that are written differently',
      run: asking(`SELECT jsonb_array_length(jsonb_agg(DISTINCT meta->'a')) AS a FROM :docs`),
    },
    'over a window': asking('SELECT id, jsonb_agg(id) OVER (PARTITION BY n ORDER BY id) AS x FROM :docs ORDER BY id'),
  }),
  ...feature(chapter, 'jsonb_object_agg', {
    pairs: asking('SELECT jsonb_object_agg(id, meta) AS a, jsonb_object_agg(id, word) AS b FROM :docs'),
    'keys that come again': asking(
      'SELECT jsonb_object_agg(word, id ORDER BY id) AS a, jsonb_object_agg(word, id ORDER BY id DESC) AS b FROM :docs',
    ),
    'of each group': asking('SELECT n, jsonb_object_agg(id, word) AS x, count(*) AS c FROM :docs GROUP BY n ORDER BY n'),
    'of a subquery': asking('SELECT jsonb_object_agg(word, c) AS x FROM (SELECT word, count(*) AS c FROM :docs GROUP BY word) t'),
    'of a document': asking(
      `SELECT id, (SELECT jsonb_object_agg(key, value) FROM jsonb_each(meta) WHERE key <> 'a') AS x FROM :docs WHERE jsonb_typeof(meta) = 'object' ORDER BY id`,
    ),
    FILTER: asking(
      'SELECT jsonb_object_agg(word, id) FILTER (WHERE id = 2) AS a, jsonb_object_agg(word, id) FILTER (WHERE id < 0) AS b FROM :docs',
    ),
    constants: asking(`SELECT jsonb_object_agg('k', 1) AS a FROM :docs`),
    'NULL as a key': asking('SELECT jsonb_object_agg(NULL::text, id) FROM :docs'),
    'JSON as a key': asking('SELECT jsonb_object_agg(meta, id) FROM :docs'),
  }),
  ...feature(chapter, 'json_object_agg', {
    pairs: asking(
      `SELECT json_object_agg(id, word ORDER BY id)::text AS a, json_object_agg(word, raw ORDER BY id) AS b FROM :docs WHERE ${some}`,
    ),
    'of nothing': asking('SELECT json_object_agg(id, word) AS a FROM :docs WHERE false'),
    'NULL as a key': asking('SELECT json_object_agg(NULL::text, id) FROM :docs'),
  }),
  ...feature(chapter, 'jsonb_each', {
    'members of each document': asking(
      `SELECT d.id, e.key, e.value FROM :docs d, jsonb_each(d.meta) e WHERE jsonb_typeof(d.meta) = 'object' ORDER BY 1, 2`,
    ),
    'as texts': asking(
      `SELECT d.id, e.k, e.v FROM :docs d, jsonb_each_text(d.meta) AS e(k, v) WHERE jsonb_typeof(d.meta) = 'object' ORDER BY 1, 2`,
    ),
    numbered: asking(`SELECT * FROM jsonb_each('{"b":{"x":1},"a":[1,2],"cc":1}') WITH ORDINALITY`),
    'of JSON': asking(`SELECT * FROM json_each('{"b":1,"a":[1,2]}')`, `SELECT * FROM json_each_text('{"b":1,"a":"x"}')`),
    'of an array': asking(`SELECT * FROM jsonb_each('[1]')`),
    'of a scalar': asking(`SELECT * FROM jsonb_each_text('1')`),
    counted: asking(`SELECT id, (SELECT count(*) FROM jsonb_each(meta)) AS n FROM :docs WHERE jsonb_typeof(meta) = 'object' ORDER BY id`),
    'in the select list': { refused: 'rows of several columns as one value', run: asking(`SELECT jsonb_each('{"a":1}') AS x`) },
  }),
  ...feature(chapter, 'jsonb_object_keys', {
    'of each document': asking(
      `SELECT d.id, k FROM :docs d, jsonb_object_keys(d.meta) k WHERE jsonb_typeof(d.meta) = 'object' ORDER BY 1, 2`,
    ),
    'in the select list': asking(`SELECT id, jsonb_object_keys(meta) AS k FROM :docs WHERE jsonb_typeof(meta) = 'object' ORDER BY 1, 2`),
    counted: asking(
      `SELECT k, count(*) AS n FROM :docs, jsonb_object_keys(meta) k WHERE jsonb_typeof(meta) = 'object' GROUP BY k ORDER BY k`,
    ),
    'of an array': asking(`SELECT jsonb_object_keys('[1]')`),
  }),
  ...feature(chapter, 'jsonb_array_elements', {
    'of each document': asking(`SELECT d.id, x FROM :docs d, jsonb_array_elements(d.meta->'tags') x ORDER BY 1, 2`),
    'as texts': asking(`SELECT d.id, x FROM :docs d CROSS JOIN LATERAL jsonb_array_elements_text(d.meta->'list') AS x ORDER BY 1, 2`),
    numbered: asking(`SELECT d.id, x.v, x.i FROM :docs d, jsonb_array_elements(d.meta->'objs') WITH ORDINALITY AS x(v, i) ORDER BY 1, 3`),
    'of an outer join': asking(
      `SELECT d.id, x->>'k' AS k FROM :docs d LEFT JOIN LATERAL jsonb_array_elements(d.meta->'objs') x ON true ORDER BY 1, 2`,
    ),
    'in the select list': asking(`SELECT id, jsonb_array_elements_text(meta->'tags') AS x FROM :docs ORDER BY 1, 2`),
    'in EXISTS': asking(
      `SELECT id FROM :docs WHERE EXISTS (SELECT 1 FROM jsonb_array_elements(meta->'objs') o WHERE o->>'k' = 'a') ORDER BY id`,
    ),
    'in IN and ANY': asking(
      `SELECT id FROM :docs WHERE 'b' IN (SELECT jsonb_array_elements_text(meta->'tags')) ORDER BY id`,
      `SELECT id FROM :docs WHERE 'b' = ANY(SELECT jsonb_array_elements_text(meta->'tags')) ORDER BY id`,
    ),
    'gathered again': asking(
      `SELECT id, (SELECT jsonb_agg(e) FROM jsonb_array_elements(meta->'objs') e WHERE e->>'k' <> 'a') AS x FROM :docs ORDER BY id`,
    ),
    'gathered as an array': asking(`SELECT id, ARRAY(SELECT jsonb_array_elements_text(meta->'tags')) AS x FROM :docs ORDER BY id`),
    'of an object': asking(`SELECT * FROM jsonb_array_elements('{}')`),
    'of a scalar': asking(`SELECT * FROM jsonb_array_elements('1')`),
    'within an expression': asking(
      `SELECT id, jsonb_array_elements(meta->'objs')->>'k' AS k FROM :docs ORDER BY 1, 2`,
      `SELECT id, (jsonb_array_elements(meta->'objs')->>'n')::int FROM :docs ORDER BY 1, 2`,
    ),
    'as an argument': {
      refused: 'a set-returning function as an argument',
      run: asking(`SELECT upper(jsonb_array_elements_text(meta->'tags')) AS k FROM :docs ORDER BY 1`),
    },
  }),
  ...feature(chapter, 'jsonb_to_recordset', {
    'columns of all sorts': asking(
      `SELECT * FROM jsonb_to_recordset('[{"a":1.5,"b":{"x":1},"c":[1,2,null],"d":"2020-01-01T00:00:00.123Z","e":true,"f":null,"g":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11","h":12345678901234567,"i":0.1,"j":"2020-01-02","k":"12.345"},{"f":5,"b":null},{}]') AS x(a numeric, b jsonb, c int[], d timestamptz, e boolean, f text, g uuid, h bigint, i float8, j date, k numeric(10,2))`,
    ),
    joined: asking(`SELECT x.n, d.word FROM jsonb_to_recordset('[{"n":1},{"n":3}]') AS x(n int) JOIN :docs d ON d.id = x.n ORDER BY 1`),
    'of each document': asking(
      `SELECT d.id, r.* FROM :docs d CROSS JOIN LATERAL jsonb_to_recordset(d.meta->'objs') AS r(k text, n int) ORDER BY 1, 2`,
    ),
    'for an update': async (site) => {
      const { orders } = await filledShop(site);
      const rows = JSON.stringify([
        { id: 1, amount: 5.25 },
        { id: 2, amount: '7' },
      ]); // prettier-ignore
      await site.sequelize.query(
        `UPDATE "${orders.tableName}" o SET amount = x.amount FROM jsonb_to_recordset($1) AS x(id int, amount numeric(10,2)) WHERE o.id = x.id`,
        { bind: [rows] },
      );
      return await orders.findAll({ attributes: ['id', 'amount'], order: ['id'] });
    },
    'for an insert': async (site) => {
      const { tags } = await filledShop(site);
      const [rows] = await site.sequelize.query(
        `INSERT INTO "${tags.tableName}" (label) SELECT label FROM json_to_recordset('[{"label":"n1"},{"label":"n2"}]') AS x(label text) RETURNING label`,
      );
      return rows;
    },
    JSON: asking(`SELECT * FROM json_to_recordset('[{"a":{"x":[1]},"b":null,"c":"q"}]') AS x(a json, b text, c varchar(1))`),
    'names with capitals': asking(`SELECT * FROM jsonb_to_recordset('[{"A":1,"a b":2}]') AS x("A" int, "a b" int, a int)`),
    'a text for a number': asking(`SELECT * FROM jsonb_to_recordset('[{"a":"x"}]') AS x(a int)`),
    'a decimal for an integer': asking(`SELECT * FROM jsonb_to_recordset('[{"a":1.5}]') AS x(a int)`),
    'a text that is too long': asking(`SELECT * FROM jsonb_to_recordset('[{"a":"abc"}]') AS x(a varchar(2))`),
    'of nothing': asking(`SELECT * FROM jsonb_to_recordset('[]') AS x(a int)`, 'SELECT * FROM jsonb_to_recordset(NULL) AS x(a int)'),
    'of an object': asking(`SELECT * FROM jsonb_to_recordset('{"a":1}') AS x(a int)`),
    'of numbers': asking(`SELECT * FROM jsonb_to_recordset('[1]') AS x(a int)`),
    'without columns': asking(`SELECT * FROM jsonb_to_recordset('[{"a":1}]')`),
  }),
  ...feature(chapter, 'jsonb_to_record', {
    'a document': asking(`SELECT * FROM jsonb_to_record('{"a":1,"b":[1]}') AS x(a int, b jsonb, c text)`),
    'each document': asking(
      `SELECT d.id, r.a, r.name FROM :docs d, jsonb_to_record(d.meta) AS r(a text, name text) WHERE jsonb_typeof(d.meta) = 'object' ORDER BY 1`,
    ),
    NULL: asking('SELECT * FROM jsonb_to_record(NULL) AS x(a int)'),
    'an array': asking(`SELECT * FROM jsonb_to_record('[5]') AS x(a int)`),
    'a scalar': asking(`SELECT * FROM json_to_record('5') AS x(a int)`),
  }),
];
