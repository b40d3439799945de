import { DataTypes, type ModelStatic, QueryTypes } from 'sequelize';
import { type ContractCase, feature, type Row, type Site } from '../../contract-case.js';
import { id } from '../fixtures.js';
import { rangeFunctionCases } from './ranges.js';

const chapter = 'Functions';

/** Lists of each kind: full ones, an empty one, NULL, and with NULLs and duplicates. */
async function shelves(site: Site): Promise<ModelStatic<Row>> {
  const { ARRAY, BIGINT, CITEXT, DATEONLY, DECIMAL, DOUBLE, ENUM, INET, INTEGER, JSONB, TEXT, UUID, BOOLEAN, RANGE } = DataTypes;
  const model = await site.model('shelves', {
    id,
    n: INTEGER,
    price: DECIMAL(10, 2),
    dec: DECIMAL,
    word: TEXT,
    texts: ARRAY(TEXT),
    labels: ARRAY(CITEXT),
    ns: ARRAY(INTEGER),
    bigs: ARRAY(BIGINT),
    prices: ARRAY(DECIMAL(10, 2)),
    decs: ARRAY(DECIMAL),
    floats: ARRAY(DOUBLE),
    flags: ARRAY(BOOLEAN),
    keys: ARRAY(UUID),
    days: ARRAY(DATEONLY),
    moods: ARRAY(ENUM('sad', 'ok', 'happy day')),
    docs: ARRAY(JSONB),
    hosts: ARRAY(INET),
    spans: ARRAY(RANGE(INTEGER)),
    grid: ARRAY(ARRAY(INTEGER)),
  });
  const key = '6ecd8c99-4036-403d-bf84-cf8400f67836';
  await model.bulkCreate([
    {
      ...{ n: 1, price: '1.00', dec: '1.0', word: 'a', texts: ['a', 'b'], labels: ['Ada', 'bob'], ns: [1, 2, 3] },
      ...{ bigs: ['9007199254740993', '1'], prices: ['1', '2.5'], decs: ['1.0', '2.50', '3'], floats: [1.5, 0.1], flags: [true, false] },
      ...{
        keys: [key],
        days: ['2020-01-01', '2020-02-01'],
        moods: ['sad', 'ok'],
        docs: [{ a: 1 }, [1, 2]],
        hosts: ['127.0.0.1', '10.0.0.0/8'],
      },
      ...{
        spans: [[1, 5]],
        grid: [
          [1, 2],
          [3, 4],
        ],
      },
    },
    {
      ...{ n: 2, texts: [], labels: [], ns: [], bigs: [], prices: [], decs: [], floats: [], flags: [], keys: [], days: [], moods: [] },
      ...{ docs: [], hosts: [], spans: [], grid: [] },
    },
    { n: 3 },
    {
      ...{ n: null, price: '10', dec: '1.00', word: 'NULL', texts: [null, 'a', 'NULL', 'a,b', 'q"x', '{}', 'back\\slash', '', null] },
      ...{ labels: [null, 'ADA'], ns: [null, 2, 2, -5], bigs: [null, '-9223372036854775808'], prices: [null, '1', '10'] },
      ...{ decs: [null, '1.00', 'NaN', '123456789012345678901234567890.5'], flags: [null, true] },
      ...{ keys: [null, key], days: ['9999-12-31'], moods: [null, 'happy day'], docs: [{ a: 1, b: null }, 'x'], hosts: [null, '::1'] },
      ...{
        spans: [[null, 3]],
        grid: [
          [null, 1],
          [2, 2],
        ],
      },
    },
  ]);
  // Sequelize would write NULL among floats as a text.
  await site.sequelize.query(`UPDATE "${model.tableName}" SET floats = '{NULL,NaN,Infinity,-0,1e300}' WHERE id = 4`);
  return model;
}

/** Asks the table with its name in place of `:shelves`. */
const asking =
  (sql: string, options: object = {}): ContractCase['run'] =>
  async (site) => {
    const model = await shelves(site);
    return await site.sequelize.query(sql.replaceAll(':shelves', `"${model.tableName}"`), { type: QueryTypes.SELECT, ...options });
  };

const LISTS = 'texts labels ns bigs prices decs floats flags keys days moods docs hosts spans grid'.split(' ');
/** A value of each list's elements. */
const ELEMENTS: Readonly<Record<string, string>> = {
  ...{ texts: `'a'::text`, labels: `'ADA'::citext`, ns: '2', bigs: '9007199254740993', prices: '1.0', decs: '1', floats: '0.1::float8' },
  ...{ flags: 'true', keys: `'6ECD8C99-4036-403d-bf84-cf8400f67836'::uuid`, days: `'2020-01-01'::date`, docs: `'{"a": 1.0}'::jsonb` },
  ...{ hosts: `'127.0.0.1'::inet`, spans: `'[1,4]'::int4range` },
};

/** A calculation with each of the lists: `$` stands for it. */
const ofLists = (expression: string, lists: readonly string[] = LISTS): ContractCase['run'] =>
  asking(`SELECT id, ${lists.map((list) => `${expression.replaceAll('$', list)} AS "${list}"`).join(', ')} FROM :shelves ORDER BY id`);

/** The same, where `#` stands for a value of the list's elements. */
const withElements = (expression: string): ContractCase['run'] =>
  asking(
    `SELECT id, ${Object.entries(ELEMENTS)
      .map(([list, value]) => `${expression.replaceAll('$', list).replaceAll('#', value)} AS "${list}"`)
      .join(', ')} FROM :shelves ORDER BY id`,
  );

const FLAT = LISTS.filter((list) => list !== 'grid');

const changing =
  (change: (site: Site) => Record<string, unknown>): ContractCase['run'] =>
  async (site) => {
    const model = await shelves(site);
    await model.update(change(site), { where: {} });
    return await model.findAll({ order: ['id'] });
  };

export const arrayFunctionCases: readonly ContractCase[] = [
  ...feature(chapter, 'array_length', {
    'of each type': ofLists('array_length($, 1)'),
    'of other dimensions': asking(
      'SELECT id, array_length(grid, 2) AS a, array_length(grid, 3) AS b, array_length(ns, 0) AS c, array_length(ns, NULL) AS d FROM :shelves ORDER BY id',
    ),
    'in a condition': asking('SELECT id FROM :shelves WHERE array_length(ns, 1) > 2 ORDER BY id'),
    'through Sequelize.fn': async (site) => {
      const { sequelize } = site;
      const model = await shelves(site);
      const size = sequelize.fn('array_length', sequelize.col('texts'), 1);
      return await model.findAll({
        attributes: ['id', [size, 'size']],
        where: sequelize.where(size, '>', 1 as never),
        order: [[size, 'DESC'], 'id'],
      });
    },
    'of a literal without a type': asking(`SELECT array_length('{1,2}', 1)`),
    'of no array': asking('SELECT array_length(word, 1) FROM :shelves'),
    'of a fraction': asking('SELECT array_length(ns, 1.5) FROM :shelves'),
  }),
  ...feature(chapter, 'array_upper and array_lower', {
    'of each type': ofLists('array[array_upper($, 1), array_lower($, 1)]'),
    'of other dimensions': asking(
      'SELECT id, array_upper(grid, 2) AS a, array_lower(grid, 2) AS b, array_lower(grid, 3) AS c FROM :shelves ORDER BY id',
    ),
  }),
  ...feature(chapter, 'array_ndims and array_dims', {
    'of each type': ofLists('array_ndims($)'),
    'as text': ofLists('array_dims($)'),
    'of three dimensions': asking(`SELECT array_ndims('{{{1},{2}}}'::int[]) AS a, array_dims('{{{1},{2}}}'::int[]) AS b`),
  }),
  ...feature(chapter, 'cardinality', {
    'of each type': ofLists('cardinality($)'),
    'in a condition and an order': asking(
      'SELECT id, cardinality(grid) + 1 AS n FROM :shelves WHERE cardinality(texts) >= 0 ORDER BY cardinality(texts) DESC, id',
    ),
    'of an aggregate': asking('SELECT cardinality(array_agg(n)) AS a, cardinality(array_agg(DISTINCT word)) AS b FROM :shelves'),
  }),
  ...feature(chapter, 'array_append', {
    'of each type': withElements('array_append($, #)'),
    NULL: ofLists('array_append($, NULL)', FLAT),
    'a wider element': asking(
      'SELECT array_append(ns, 1.5) AS a, array_append(ns, 9007199254740993) AS b, array_append(bigs, n) AS c, array_append(prices, dec) AS d FROM :shelves WHERE id = 1',
    ),
    'an element of another type': asking(`SELECT array_append(ns, 'x'::text) FROM :shelves`),
    'a literal that is no element': asking(`SELECT array_append(ns, 'x') FROM :shelves`),
    'to several dimensions': asking('SELECT array_append(grid, 1) FROM :shelves WHERE id = 1'),
    'in an update': changing(({ sequelize }) => ({
      texts: sequelize.fn('array_append', sequelize.col('texts'), `new, "one"`),
      ns: sequelize.fn('array_append', sequelize.col('ns'), 7),
      prices: sequelize.fn('array_append', sequelize.col('prices'), 1.005),
      floats: sequelize.fn('array_append', sequelize.col('floats'), 0.5),
      moods: sequelize.fn('array_append', sequelize.col('moods'), 'ok'),
    })),
    'an unknown label in an update': changing(({ sequelize }) => ({ moods: sequelize.fn('array_append', sequelize.col('moods'), 'nope') })),
  }),
  ...feature(chapter, 'array_prepend', {
    'of each type': withElements('array_prepend(#, $)'),
    'to nothing': asking('SELECT array_prepend(1, NULL) AS a, array_prepend(NULL, ns) AS b FROM :shelves ORDER BY id'),
  }),
  ...feature(chapter, 'array_cat', {
    'of each type': ofLists('array_cat($, $)'),
    'with NULL': ofLists(`array_cat($, NULL)`),
    'of different types': asking(
      `SELECT array_cat(ns, bigs) AS a, array_cat(ns, '{5}') AS b, array_cat(prices, decs) AS c FROM :shelves ORDER BY id`,
    ),
    'a row and a column': asking(
      `SELECT array_cat('{{1,2},{3,4}}'::int[], '{5,6}') AS a, array_cat('{5,6}'::int[], '{{1,2}}'::int[]) AS b`,
    ),
    'incompatible ones': asking(`SELECT array_cat('{{1,2}}'::int[], '{5}')`),
    'of numbers and texts': asking('SELECT array_cat(ns, texts) FROM :shelves'),
  }),
  ...feature(chapter, '|| on arrays', {
    'of each type': ofLists('($ || $)'),
    'an element behind': withElements('($ || #)'),
    'an element before': withElements('(# || $)'),
    'a literal is an array': asking(`SELECT ns || '{9}' AS a, '{9}' || ns AS b, texts || '{}' AS c FROM :shelves ORDER BY id`),
    'a literal that is none': asking(`SELECT texts || 'x' FROM :shelves`),
    NULL: ofLists('($ || NULL)'),
    'a wider element': asking(
      'SELECT ns || 1.5 AS a, 9007199254740993 || ns AS b, ns || bigs AS c, prices || decs AS d FROM :shelves ORDER BY id',
    ),
    'in an update': async (site) => {
      const model = await shelves(site);
      await site.sequelize.query(`UPDATE "${model.tableName}" SET texts = texts || '{x,NULL,"y z"}', ns = 0 || ns, decs = decs || 1.10`);
      return await model.findAll({ attributes: ['texts', 'ns', 'decs'], order: ['id'] });
    },
  }),
  ...feature(chapter, 'array_remove', {
    'of each type': withElements('array_remove($, #)'),
    NULL: ofLists('array_remove($, NULL)', FLAT),
    'of several dimensions': asking('SELECT array_remove(grid, 1) FROM :shelves'),
    'a wider value': asking(
      'SELECT id, array_remove(ns, 2.0) AS a, array_remove(prices, price) AS b, array_remove(decs, n) AS c FROM :shelves ORDER BY id',
    ),
    'in an update': changing(({ sequelize }) => ({
      texts: sequelize.fn('array_remove', sequelize.col('texts'), 'a'),
      ns: sequelize.fn('array_remove', sequelize.col('ns'), 2),
      prices: sequelize.fn('array_remove', sequelize.col('prices'), 2.5),
    })),
  }),
  ...feature(chapter, 'array_replace', {
    'of each type': withElements('array_replace($, #, NULL)'),
    'NULL by a value': withElements('array_replace($, NULL, #)'),
    'in several dimensions': asking('SELECT array_replace(grid, 2, 20) AS a, array_replace(grid, NULL, 0) AS b FROM :shelves ORDER BY id'),
    'in an update': changing(({ sequelize }) => ({ ns: sequelize.fn('array_replace', sequelize.col('ns'), 2, 200) })),
  }),
  ...feature(chapter, 'array_position', {
    'of each type': withElements('array_position($, #)'),
    NULL: ofLists('array_position($, NULL)', FLAT),
    'from a place': asking(
      'SELECT id, array_position(ns, 2, 3) AS a, array_position(ns, 2, -5) AS b, array_position(ns, 2, 100) AS c FROM :shelves ORDER BY id',
    ),
    'from NULL': asking('SELECT array_position(ns, 2, NULL) FROM :shelves'),
    'in several dimensions': asking('SELECT array_position(grid, 2) FROM :shelves'),
    'as an order': asking(`SELECT id FROM :shelves ORDER BY array_position('{3,1}'::int[], n), id`),
  }),
  ...feature(chapter, 'array_positions', {
    'of each type': withElements('array_positions($, #)'),
    NULL: ofLists('array_positions($, NULL)', FLAT),
    'in several dimensions': asking('SELECT array_positions(grid, 2) FROM :shelves'),
  }),
  ...feature(chapter, 'trim_array', {
    nothing: ofLists('trim_array($, 0)'),
    'the last': asking(
      'SELECT id, trim_array(texts, 1) AS a, trim_array(prices, 2) AS b, trim_array(grid, 1) AS c FROM :shelves WHERE id IN (1, 4) ORDER BY id',
    ),
    'too many': asking('SELECT trim_array(ns, 4) FROM :shelves WHERE id = 1'),
  }),
  ...feature(chapter, 'array_fill', {
    'one dimension': asking(
      `SELECT array_fill(7, '{3}') AS a, array_fill('x"y'::text, '{2}') AS b, array_fill(NULL::int, '{2}') AS c, array_fill(1.50, '{2}') AS d, array_fill(0, '{0}') AS e`,
    ),
    several: asking(`SELECT array_fill(0, '{2,3}') AS a, array_fill(true, ARRAY[1,1,2]) AS b`),
    'a length that is NULL': asking(`SELECT array_fill(7, '{NULL}')`),
    'lower bounds of its own': { refused: 'array_fill() with lower bounds', run: asking(`SELECT array_fill(7, '{3}', '{2}')::text`) },
  }),
  ...feature(chapter, 'array_to_string', {
    'of each type': ofLists(`array_to_string($, ',')`),
    'a word for NULL': ofLists(`array_to_string($, '; ', '*')`),
    'a separator that is NULL': ofLists('array_to_string($, NULL)'),
    'of a list that is made': asking(
      `SELECT array_to_string(ARRAY[1,NULL,3], ',', '*') AS a, array_to_string(ARRAY['a','b'], '') AS b, array_to_string(array_agg(word ORDER BY id), '|') AS c FROM :shelves`,
    ),
    'in a condition': asking(`SELECT id FROM :shelves WHERE array_to_string(texts, ',') LIKE '%a,b%' ORDER BY id`),
    'numeric texts in a further expression': {
      refused: 'array_to_string() of numeric[] and other types that SQL of SQLite can not write, in a further expression',
      run: asking(`SELECT length(array_to_string(decs, ',')) FROM :shelves`),
    },
    'a separator that is no text': asking('SELECT array_to_string(texts, 1) FROM :shelves'),
  }),
  ...feature(chapter, 'string_to_array', {
    separators: asking(
      `SELECT string_to_array('a,b,,c', ',') AS a, string_to_array('a--b-', '--') AS b, string_to_array('aaaa', 'aa') AS c, string_to_array(',', ',') AS d, string_to_array('', ',') AS e, string_to_array('abc', '') AS f`,
    ),
    'into characters': asking(`SELECT string_to_array('é😀x', NULL) AS a, string_to_array('', NULL) AS b`),
    'a word for NULL': asking(
      `SELECT string_to_array('a,NULL,c', ',', 'NULL') AS a, string_to_array('a,,c', ',', '') AS b, string_to_array('a,b', ',', NULL) AS c, string_to_array(NULL, ',') AS d`,
    ),
    'as numbers': asking(`SELECT string_to_array('1,2,3', ',')::int[] AS a, (string_to_array('1,2,3', ','))[2] AS b`),
    'as numbers that are none': asking(`SELECT string_to_array('1,x', ',')::int[]`),
    'in a condition': asking(`SELECT id FROM :shelves WHERE word = ANY (string_to_array('a b', ' ')) ORDER BY id`),
  }),
  ...feature(chapter, 'string_to_table', {
    'in FROM': asking(`SELECT * FROM string_to_table('a,b,,c', ',') WITH ORDINALITY`),
  }),
  ...feature(chapter, 'unnest', {
    ...Object.fromEntries(
      LISTS.map((list) => [
        `of ${list}`,
        asking(`SELECT id, x, n FROM :shelves, unnest(${list}) WITH ORDINALITY AS t(x, ord) ORDER BY id, ord`),
      ]),
    ),
    ...Object.fromEntries(
      FLAT.map((list) => [`sorted: ${list}`, asking(`SELECT DISTINCT x FROM :shelves, unnest(${list}) AS x ORDER BY x`)]),
    ),
    'in the select list': asking('SELECT id, unnest(ns) AS x FROM :shelves ORDER BY id, x'),
    counted: asking('SELECT x, count(*) AS n FROM :shelves, unnest(texts) AS x GROUP BY x ORDER BY x'),
    'as a condition': asking('SELECT id FROM :shelves s WHERE EXISTS (SELECT 1 FROM unnest(s.prices) AS x WHERE x > 2) ORDER BY id'),
    'of several lists': asking(`SELECT * FROM unnest('{1,2}'::int[], '{a,b,c}'::text[]) AS t(a, b)`),
    'of a literal without a type': asking(`SELECT * FROM unnest('{1}')`),
  }),
  ...feature(chapter, 'generate_subscripts', {
    'of a list': asking('SELECT s.id, k, s.texts[k] AS x FROM :shelves s, generate_subscripts(s.texts, 1) AS k ORDER BY 1, 2'),
    backwards: asking('SELECT generate_subscripts(ns, 1, true) AS k FROM :shelves WHERE id = 1'),
    'of another dimension': asking('SELECT s.id, k FROM :shelves s, generate_subscripts(s.grid, 2) AS k ORDER BY 1, 2'),
  }),
  ...feature(chapter, 'array_agg', {
    'of each type': asking(
      `SELECT array_agg(n ORDER BY id) AS a, array_agg(price ORDER BY id) AS b, array_agg(dec ORDER BY id) AS c, array_agg(word ORDER BY id) AS d, array_agg(docs[1] ORDER BY id) AS e, array_agg(floats[2] ORDER BY id) AS f, array_agg(days[1] ORDER BY id) AS g, array_agg(moods[1] ORDER BY id) AS h FROM :shelves`,
    ),
    'of nothing': asking('SELECT array_agg(n) AS a, array_agg(n) FILTER (WHERE n > 100) AS b FROM :shelves WHERE id > 100'),
    'filtered and sorted': asking(
      'SELECT array_agg(n ORDER BY n DESC NULLS LAST) AS a, array_agg(id ORDER BY id) FILTER (WHERE n IS NOT NULL) AS b FROM :shelves',
    ),
    distinct: asking(
      'SELECT array_agg(DISTINCT word) AS a, array_agg(DISTINCT n) AS b, array_agg(DISTINCT id ORDER BY id DESC) AS c FROM :shelves',
    ),
    'distinct numbers that are written differently': {
      refused: 'array_agg(DISTINCT …) of 1.0 and 1.00',
      run: asking('SELECT array_agg(DISTINCT dec) FROM :shelves'),
    },
    'in groups': asking('SELECT n > 1 AS g, array_agg(id ORDER BY id) AS a FROM :shelves GROUP BY 1 ORDER BY 1'),
    'of arrays': asking('SELECT array_agg(ARRAY[id, n] ORDER BY id) AS a FROM :shelves'),
    'of arrays of different lengths': asking('SELECT array_agg(texts ORDER BY id) FROM :shelves WHERE id IN (1, 4)'),
    'of an empty array': asking('SELECT array_agg(texts ORDER BY id) FROM :shelves WHERE id = 2'),
    'of NULL arrays': asking('SELECT array_agg(texts ORDER BY id) FROM :shelves WHERE id IN (1, 3)'),
    'a part of it': asking(
      'SELECT (array_agg(word ORDER BY id))[1] AS a, (array_agg(id ORDER BY id DESC))[1:2] AS b, array_remove(array_agg(n ORDER BY id), NULL) AS c, array_position(array_agg(n ORDER BY id), 3) AS d FROM :shelves',
    ),
    'as a window': asking('SELECT id, array_agg(n) OVER (ORDER BY id) AS a FROM :shelves ORDER BY id'),
    'through Sequelize.fn': async (site) => {
      const { sequelize } = site;
      const model = await shelves(site);
      return await model.findAll({ attributes: [[sequelize.fn('array_agg', sequelize.literal('id ORDER BY id')), 'ids']], raw: true });
    },
    'of a literal without a type': asking(`SELECT array_agg('a')`),
  }),
  ...feature(chapter, 'ARRAY(SELECT …)', {
    'of values': asking(
      'SELECT ARRAY(SELECT id FROM :shelves ORDER BY id DESC) AS a, ARRAY(SELECT price FROM :shelves ORDER BY id) AS b, ARRAY(SELECT word FROM :shelves WHERE id > 100) AS c',
    ),
    'sorted and without duplicates': ofLists('ARRAY(SELECT DISTINCT x FROM unnest($) AS x WHERE x IS NOT NULL ORDER BY x)', [
      'ns',
      'bigs',
      'prices',
      'texts',
      'floats',
      'days',
      'moods',
      'flags',
    ]),
    'of arrays': asking('SELECT ARRAY(SELECT ARRAY[id, n] FROM :shelves ORDER BY id) AS a'),
    'of arrays of different lengths': asking('SELECT ARRAY(SELECT ns FROM :shelves WHERE id IN (1, 4) ORDER BY id)'),
    'of two columns': asking('SELECT ARRAY(SELECT id, n FROM :shelves)'),
    'in an update': async (site) => {
      const model = await shelves(site);
      await site.sequelize.query(`UPDATE "${model.tableName}" SET ns = ARRAY(SELECT DISTINCT x FROM unnest(ns) AS x ORDER BY x)`);
      return await model.findAll({ attributes: ['ns'], order: ['id'] });
    },
  }),
  ...feature(chapter, 'ARRAY[…]', {
    'of numbers': asking(
      `SELECT ARRAY[1,2.50] AS a, ARRAY[1,NULL] AS b, ARRAY[1,'2'] AS c, ARRAY[1,9007199254740993] AS d, ARRAY[]::int[] AS e`,
    ),
    'of columns': asking('SELECT ARRAY[price, dec] AS a, ARRAY[n, 1.5] AS b, ARRAY[word, NULL] AS c FROM :shelves ORDER BY id'),
    'of arrays': asking('SELECT ARRAY[[1,2],[3,4]] AS a, ARRAY[ns, ns] AS b, ARRAY[grid, grid] AS c FROM :shelves ORDER BY id'),
    'of arrays of different lengths': asking('SELECT ARRAY[[1,2],[3]]'),
    'of arrays of different lengths in a column': asking(`SELECT ARRAY[ns, '{1}'] FROM :shelves`),
    'without a type': asking('SELECT ARRAY[]'),
    'of numbers and texts': asking(`SELECT ARRAY[1, 'x'::text]`),
  }),
  ...feature(chapter, 'subscripts and slices of arrays', {
    'the first': ofLists('$[1]'),
    'none there': ofLists('array_append(ARRAY[$[0] IS NULL, $[-1] IS NULL, $[100] IS NULL], $[NULL] IS NULL)'),
    'two subscripts': ofLists('$[1][2]'),
    slices: ofLists('$[1:2]', FLAT),
    'open slices': ofLists('$[2:]', FLAT),
    'slices of nothing': asking(
      'SELECT id, ns[2:1] AS a, ns[:] AS b, ns[-5:1] AS c, ns[NULL:1] AS d, texts[:1] AS e, grid[1:1] AS f, grid[2:] AS g FROM :shelves ORDER BY id',
    ),
    'in a condition and an order': asking(
      "SELECT id FROM :shelves WHERE ns[2] = 2 OR texts[1:1] = ARRAY['a'] ORDER BY ns[1] DESC NULLS LAST, id",
    ),
    'of a calculation': asking(`SELECT (ARRAY['a','b'])[2] AS a, ('{1,2,3}'::int[])[2:3] AS b, (string_to_array('x y', ' '))[1] AS c`),
    'through Sequelize.literal': async (site) => {
      const model = await shelves(site);
      return await model.findAll({
        attributes: ['id', [site.sequelize.literal('prices[1] * 2'), 'double']],
        where: site.sequelize.literal('ns[1] = 1') as never,
      });
    },
    'of no array': asking('SELECT n[1] FROM :shelves'),
    'a slice of several dimensions': {
      refused: 'a slice of an array of several dimensions',
      run: asking('SELECT grid[1:1][1:1] FROM :shelves'),
    },
    'assigning one': {
      refused: 'assigning to a part of a column',
      run: async (site) => {
        const model = await shelves(site);
        await site.sequelize.query(`UPDATE "${model.tableName}" SET ns[1] = 9`);
        return 'done';
      },
    },
  }),
  ...feature(chapter, 'casts of arrays', {
    'of elements': asking(
      'SELECT id, ns::text[] AS a, ns::bigint[] AS b, prices::numeric[] AS c, grid::bigint[] AS d, grid::text[] AS e, moods::text[] AS f, days::text[] AS g, ns::numeric(10,1)[] AS h FROM :shelves ORDER BY id',
    ),
    'of texts': asking(`SELECT '{1,2}'::text[]::int[] AS a, ARRAY['1','2']::bigint[] AS b, '{1.005,NULL}'::numeric(10,2)[] AS c`),
    'as text': ofLists('$::text'),
    'that do not fit': asking('SELECT bigs::int[] FROM :shelves'),
  }),
  ...feature(chapter, 'array_to_json', {
    'of texts and numbers': asking(
      'SELECT id, array_to_json(texts) AS a, array_to_json(ns) AS b, array_to_json(grid) AS c, array_to_json(bigs) AS d FROM :shelves ORDER BY id',
    ),
  }),
  ...feature(chapter, 'array_sample and array_shuffle', {
    'one of one': { refused: 'array_sample', run: asking(`SELECT array_sample('{1}'::int[], 1)`) },
    shuffled: { refused: 'array_shuffle', run: asking(`SELECT array_shuffle('{1}'::int[])`) },
  }),
  ...rangeFunctionCases,
];
