import fc, { type Arbitrary } from 'fast-check';

/** SQL of a value of one kind, made of the wide model's columns: what `literal()` holds in programs. */
export type Sql = Arbitrary<string>;

interface Expressions {
  readonly number: string;
  readonly text: string;
  readonly bool: string;
  readonly date: string;
  readonly array: string;
  readonly json: string;
}

const depth = { maxDepth: 3, depthIdentifier: 'random expression' } as const;
const anyOf = (leaf: Sql, ...more: readonly Sql[]): Sql =>
  fc.oneof({ ...depth, withCrossShrink: true }, { weight: 2, arbitrary: leaf }, ...more.map((arbitrary) => ({ weight: 1, arbitrary })));
const of = (...list: readonly string[]): Sql => fc.constantFrom(...list);
const filled = (...parts: readonly (string | Sql)[]): Sql =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((list) => list.join(''));

/** Numbers stay small, so that none leaves its type. */
const numbers = of(
  '("int" % 100)',
  '("small"::int % 100)',
  '"price"',
  '"id"',
  '(CASE WHEN "dbl" BETWEEN -100 AND 100 THEN "dbl" END)',
  '1',
  '0',
  '2.5',
  '(-3)',
  '0.1',
  'NULL::int',
  '("big" % 100)',
  '(CASE WHEN "dec" < 100 THEN "dec" END)',
  '"ints"[1] % 10',
);
const texts = of(
  '"str"',
  '"fixed"',
  '"cit"',
  `'a'`,
  `''`,
  `'Ann'`,
  `'a,b'`,
  '"mood"::text',
  '"day"::text',
  '"uuid"::text',
  `("data" ->> 'city')`,
  '"tags"[1]',
  'NULL::text',
  '"txt"',
);
const flags = of(
  '"bool"',
  'TRUE',
  `"str" IS NULL`,
  `"data" ? 'city'`,
  '"int" = ANY ("ints")',
  '"tags" @> "names"::text[]',
  '"span" @> "id"',
  `"born" > '2020-02-29'`,
  'NULL::bool',
  '"flags"[1]',
);
const dates = of('"born"', '"day"::timestamptz', `timestamptz '2020-02-29 12:00Z'`, '"dates"[1]');
const arrays = of('"tags"', `ARRAY['a', 'b']`, `'{}'::text[]`, '"names"::text[]', 'NULL::text[]');
const documents = of(
  '"data"',
  '"doc"',
  `("data" -> 'o')`,
  `("data" -> 'list')`,
  `'{"a": 1}'::jsonb`,
  `("doc" -> 0)`,
  `("data" #> '{o,deep}')`,
);
const place = of('0', '1', '2', '-1');
const letter = of(`'a'`, `'n'`, `''`, `'%'`, `'xy'`);
const compare = of(' = ', ' <> ', ' < ', ' >= ');

/** Values of each kind, of functions and operators upon each other. */
export const expressions = fc.letrec<Expressions>((tie: fc.LetrecTypedTie<Expressions>) => {
  const { number, text, bool, date, array, json } = {
    number: tie('number'),
    text: tie('text'),
    bool: tie('bool'),
    date: tie('date'),
    array: tie('array'),
    json: tie('json'),
  };
  const chosen = (value: Sql): Sql =>
    fc.oneof(
      filled('coalesce(', value, ', ', value, ')'),
      filled('CASE WHEN ', bool, ' THEN ', value, ' ELSE ', value, ' END'),
      filled('nullif(', value, ', ', value, ')'),
    );
  const extreme = (value: Sql): Sql => filled(of('greatest(', 'least('), value, ', ', value, ')');
  return {
    number: anyOf(
      numbers,
      filled('(', number, of(' + ', ' - ', ' * '), number, ')'),
      filled(of('abs(', 'floor(', 'ceil(', 'sign(', '-('), number, ')'),
      filled('round((', number, ')::numeric, ', of('0', '1'), ')'),
      filled(of('char_length(', 'length(', 'octet_length('), text, ')'),
      filled('strpos(', text, ', ', letter, ')'),
      filled('cardinality(', array, ')'),
      filled('array_position(', array, ', ', letter, ')'),
      filled(of('extract(year FROM ', 'extract(dow FROM ', 'extract(month FROM '), date, ')'),
      filled('(', number, ')', of('::int', '::numeric', '::float8', '::numeric(8, 2)')),
      chosen(number),
      extreme(number),
    ),
    text: anyOf(
      texts,
      filled('(', text, ' || ', text, ')'),
      filled(of('lower(', 'upper('), of('"cit"', '"fixed"', `("data" ->> 'city')`), ')'),
      filled(of('trim(', 'reverse(', 'ltrim('), text, ')'),
      filled(of('left(', 'right('), text, ', ', place, ')'),
      filled('substr(', text, ', ', place, of(', 1)', ', 2)', ')')),
      filled('replace(', text, ', ', letter, ', ', letter, ')'),
      filled('split_part(', text, ', ', letter, ', 1)'),
      filled(of('lpad(', 'rpad('), text, `, 3, 'x')`),
      filled('concat(', text, ', ', number, ')'),
      filled(`concat_ws('-', `, text, ', ', text, ')'),
      filled('(', bool, ')::text'),
      filled('array_to_string(', array, `, ',')`),
      filled('(', json, `) ->> 'a'`),
      filled('to_char(', date, of(`, 'YYYY-MM-DD')`, `, 'HH24:MI')`)),
      chosen(text),
      extreme(text),
    ),
    bool: anyOf(
      flags,
      filled('(', number, compare, number, ')'),
      filled('(', text, compare, text, ')'),
      filled('(', date, compare, date, ')'),
      filled('(', array, compare, array, ')'),
      filled('(', json, compare, json, ')'),
      filled('(', bool, of(' AND ', ' OR ', ' = '), bool, ')'),
      filled('NOT (', bool, ')'),
      filled('(', text, of(' LIKE ', ' ILIKE ', ' NOT LIKE '), of(`'a%'`, `'%n%'`, `'_'`, `'%'`), ')'),
      filled('(', number, of(' IN (1, 2, 0)', ' NOT IN (1, NULL)', ' BETWEEN 0 AND 2.5', ' NOT BETWEEN 1 AND 3'), ')'),
      filled('(', text, of(` IN ('a', 'Ann')`, ` BETWEEN 'A' AND 'b'`, ' IS NULL'), ')'),
      filled('(', of('', 'NOT '), number, ' IS DISTINCT FROM ', number, ')'),
      filled('(', bool, of(') IS TRUE', ') IS NOT FALSE', ') IS UNKNOWN')),
      filled('(', array, of(' @> ', ' <@ ', ' && '), array, ')'),
      filled('(', json, of(' @> ', ' <@ '), json, ')'),
      filled('(', text, ' = ANY (', array, '))'),
    ),
    date: anyOf(
      dates,
      filled(`date_trunc('`, of('day', 'month', 'year', 'hour'), `', `, date, ')'),
      filled('(', date, of(' + ', ' - '), of(`interval '1 day'`, `interval '1 month'`, `interval '90 minutes'`), ')'),
      chosen(date),
      extreme(date),
    ),
    array: anyOf(
      arrays,
      filled('(', array, ' || ', array, ')'),
      filled('array_append(', array, ', ', text, ')'),
      filled('array_remove(', array, ', ', letter, ')'),
      filled('string_to_array(', text, `, ',')`),
      filled('ARRAY[', text, ', ', text, ']'),
      filled('(', array, ')[1:2]'),
      chosen(array),
    ),
    json: anyOf(
      documents,
      filled(`jsonb_build_object('a', `, number, `, 'b', `, text, ')'),
      filled('jsonb_build_array(', bool, ', ', text, ')'),
      filled('to_jsonb(', fc.oneof(text, bool, array), ')'),
      filled('(', json, of(` -> 'a')`, ' -> 0)', ` #> '{a,b}')`)),
      filled('jsonb_strip_nulls(', json, ')'),
      chosen(json),
    ),
  };
});
