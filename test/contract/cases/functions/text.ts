import { cast, col, fn, literal, Op, where } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { eachOfRows, found, ofRows, ofValues, one, samples } from './asking.js';
import { codeCases } from './text-codes.js';
import { patternFunctionCases } from './text-patterns.js';

const chapter = 'Functions';
const letters = 'letters outside ASCII (SQLite changes the letters A to Z alone)';

const letterCase: readonly ContractCase[] = [
  ...feature(chapter, 'lower', {
    'of literals': ofValues("lower('ABC xyZ1')", "lower('')", 'lower(NULL)', "lower('ß€')"),
    'of columns': ofRows('lower(s)', 'lower(v)', 'lower(c)'),
    'in where': found(() => ({ where: where(fn('lower', col('s')), 'hello world') })),
    'in where, by LIKE': found(() => ({ where: where(fn('lower', col('s')), { [Op.like]: 'h%' }) })),
    'in order and group': async (site) =>
      (await samples(site)).findAll({
        attributes: [
          [fn('lower', col('v')), 'v'],
          [fn('count', col('id')), 'n'],
        ],
        group: [fn('lower', col('v'))],
        order: [[fn('lower', col('v')), 'DESC']],
        raw: true,
      } as object),
    'of other types': ofValues('lower(5)', 'lower(true)', "lower('A', 'B')", 'lower()'),
    'of capital letters outside ASCII': { refused: letters, run: one("lower('ÀB')") },
  }),
  ...feature(chapter, 'upper', {
    'of literals': ofValues("upper('abc xyZ1')", "upper('')", 'upper(NULL)', "upper('€')"),
    'of columns': ofRows('upper(s)', 'upper(v)', 'upper(c)'),
    'in where': found(() => ({ where: where(fn('upper', col('s')), { [Op.in]: ['HELLO WORLD', 'AXBXC'] }) })),
    'of letters outside ASCII': { refused: letters, run: one("upper('straße é')") },
  }),
  ...feature(chapter, 'initcap', {
    'of literals': ofValues("initcap('hELLO wORLD')", "initcap('o''neil-smith 3rd x2y _a')", "initcap('')", 'initcap(NULL)'),
    'of columns': ofRows('initcap(s)', 'initcap(v)'),
    'of letters outside ASCII': { refused: letters, run: one("initcap('héllo')") },
  }),
];

const joined: readonly ContractCase[] = [
  ...feature(chapter, 'concat', {
    'of literals': ofValues("concat('a', 1, true, NULL, 1.50, date '2020-01-01')", 'concat(NULL)', "concat('a')", 'concat()'),
    'of columns': ofRows("concat(s, '|', v, '|', c, '|', n, m, b, ok, day)", 'concat(c, c)'),
    'through fn': async (site) =>
      (await samples(site)).findAll({ attributes: [[fn('concat', col('s'), ' - ', col('n')), 'x']], order: ['id'], raw: true }),
    'in where': found(() => ({ where: where(fn('concat', col('n'), col('ok')), '3t') })),
  }),
  ...feature(chapter, 'concat_ws', {
    'of literals': ofValues("concat_ws(',', 'a', NULL, 'b', 3)", "concat_ws(NULL, 'a', 'b')", "concat_ws('', 'a', 'b')", "concat_ws(',')"),
    'of columns': ofRows("concat_ws(', ', s, v, c, n, ok, m)"),
  }),
  ...feature(chapter, '||', {
    'of literals': ofValues("'a' || 'b'", "'a' || 1", "1 || 'a'", "'a' || true", "'a' || NULL", "'a' || 1.50", "'x' || date '2020-01-01'"),
    'of columns': ofRows("s || '!' || v", 's || n', 's || ok', "c || '|' || v", 's || m', 's || day'),
    'of no texts': ofValues('1 || 2', 'true || false', "date '2020-01-01' || 1"),
  }),
];

const lengths: readonly ContractCase[] = [
  ...feature(chapter, 'length', {
    'of literals': ofValues("length('')", "length('héllo')", "length('😀')", 'length(NULL)', 'length(5)', 'length(true)'),
    'of columns': ofRows('length(s)', 'length(v)', 'length(c)', 'length(bytes)'),
    'in where and order': found(() => ({
      where: where(fn('length', col('s')), { [Op.gt]: 4 }),
      order: [[fn('length', col('s')), 'DESC']],
    })),
  }),
  ...feature(chapter, 'char_length', {
    'of literals and columns': ofRows('char_length(s)', 'char_length(c)', "character_length('é')"),
    'of bytes': eachOfRows('char_length(bytes)'),
  }),
  ...feature(chapter, 'octet_length', {
    'of literals and columns': ofRows('octet_length(s)', 'octet_length(c)', "octet_length('😀é')", 'octet_length(bytes)'),
  }),
  ...feature(chapter, 'bit_length', { 'of literals and columns': ofRows('bit_length(s)', 'bit_length(c)', 'bit_length(bytes)') }),
];

const parts: readonly ContractCase[] = [
  ...feature(chapter, 'substring', {
    'with FROM and FOR': ofValues(
      "substring('hello' FROM 2 FOR 3)",
      "substring('hello' FROM 2)",
      "substring('hello' FOR 3)",
      "substring('hello' FOR 2 FROM 3)",
      "substring('abc' FROM 2 FOR NULL)",
    ),
    'at and before the first character': ofValues(
      "substring('hello', -1, 3)",
      "substring('hello', 0, 2)",
      "substring('hello', 0)",
      "substring('hello', -5)",
      "substring('hello', 10)",
      "substring('hello', 2, 2147483647)",
    ),
    'a negative length': ofValues("substring('hello', 2, -1)"),
    'of columns': ofRows('substring(s, 2, 3)', 'substring(v FROM 2)', 'substring(c, 2, 3)', 'substring(bytes, 2, 1)'),
    'of no text': ofValues('substring(12345, 2, 3)'),
    'through fn': found(() => ({ where: where(fn('substring', col('s'), 1, 5), 'Hello') })),
    'by a pattern': { refused: 'substring() by a regular expression', run: one("substring('hello' FROM 'l+')") },
    'by SIMILAR': { refused: 'substring() by a regular expression', run: one("substring('foobar' SIMILAR '%#\"o_b#\"%' ESCAPE '#')") },
  }),
  ...feature(chapter, 'substr', {
    'of literals': ofValues("substr('hello', 2)", "substr('hello', -2, 5)", "substr('hello', NULL)", "substr('hello', 2::bigint)"),
    'of columns': ofRows('substr(s, 2)', 'substr(s, n, 4)', 'substr(bytes, 2)'),
  }),
  ...feature(chapter, 'left', {
    'of literals': ofValues("left('hello', 2)", "left('hello', -2)", "left('hello', 0)", "left('hello', 10)", "left('hello', -10)"),
    'of columns': ofRows('left(s, n)', "left(c, 4) || '|'"),
  }),
  ...feature(chapter, 'right', {
    'of literals': ofValues(
      "right('hello', 2)",
      "right('hello', -2)",
      "right('hello', 0)",
      "right('hello', 2147483647)",
      "right('hello', -10)",
    ),
    'of columns': ofRows('right(s, n)', "right(c, 2) || '|'"),
  }),
  ...feature(chapter, 'split_part', {
    'of literals': ofValues(
      "split_part('a,b,c', ',', 2)",
      "split_part('a,b,c', ',', 4)",
      "split_part('abc', '', 1)",
      "split_part('', ',', 1)",
      "split_part('a~@~b~@~c', '~@~', 2)",
      "split_part('a,b', NULL, 1)",
    ),
    'counted from the end': ofValues("split_part('a,b,c', ',', -1)", "split_part('a,b,c', ',', -4)", "split_part('abc', '', -1)"),
    'the field 0': ofValues("split_part('a,b', ',', 0)"),
    'of columns': ofRows("split_part(v, ',', 2)", "split_part(v, ',', -1)", "split_part(s, 'X', id)"),
  }),
];

const changed: readonly ContractCase[] = [
  ...feature(chapter, 'trim', {
    'of blanks': ofValues("trim('  a ')", "trim(BOTH FROM '  a ')", "trim(E'\\n\\t a \\n')", 'trim(NULL)'),
    'of characters': ofValues(
      "trim(LEADING 'x' FROM 'xxaxx')",
      "trim(TRAILING 'x' FROM 'xxaxx')",
      "trim(BOTH 'xy' FROM 'xyaxyx')",
      "trim('abc', '')",
    ),
    'of columns': ofRows('trim(s)', "trim(c) || '|'"),
  }),
  ...feature(chapter, 'btrim, ltrim, rtrim', {
    'of literals': ofValues("btrim('xxaxx', 'x')", "ltrim('xya', 'yx')", "rtrim('axy', 'xy')", "ltrim('  a ')", "btrim('a', NULL)"),
    'of columns': ofRows("btrim(v, 'a,')", "rtrim(c) || '|'", "ltrim(s, 'He')"),
    'of bytes': { refused: 'btrim() of bytea', run: one("btrim('\\x00ff'::bytea, '\\x00'::bytea)") },
  }),
  ...feature(chapter, 'lpad, rpad', {
    'of literals': ofValues(
      "lpad('hi', 5)",
      "lpad('hi', 5, 'xy')",
      "lpad('hi', 1)",
      "lpad('hi', -1)",
      "lpad('hi', 5, '')",
      "rpad('hi', 5, 'xy')",
      "rpad('hi', 1)",
      "rpad('é', 3, 'ö😀')",
      'lpad(NULL, 3)',
      'lpad(5, 3)',
    ),
    'of columns': ofRows("lpad(n::text, 5, '0')", "rpad(s, 15, 'ab')", 'lpad(v, 3)', "rpad(c, 7, '-')"),
  }),
  ...feature(chapter, 'replace', {
    'of literals': ofValues(
      "replace('abcabc', 'b', 'X')",
      "replace('abc', '', 'X')",
      "replace('abc', 'b', '')",
      "replace('aaa', 'aa', 'b')",
      "replace('a', NULL, 'b')",
    ),
    'of columns': ofRows("replace(s, 'l', 'L')", "replace(v, ',', '')", "replace(c, ' ', '.')"),
    'through fn, in an update': async (site) => {
      const model = await samples(site);
      await model.update({ v: fn('replace', col('v'), ',', ';') }, { where: { id: [1, 5] } });
      return model.findAll({ attributes: ['id', 'v'], order: ['id'], raw: true });
    },
  }),
  ...feature(chapter, 'translate', {
    'of literals': ofValues(
      "translate('12345', '143', 'ax')",
      "translate('aabb', 'aab', 'xyz')",
      "translate('abc', 'abc', '')",
      "translate('a', NULL, 'b')",
    ),
    'of columns': ofRows("translate(s, 'lo', '01')", "translate(v, ',', ';')"),
  }),
  ...feature(chapter, 'reverse', { 'of literals and columns': ofRows("reverse('héllo😀')", 'reverse(s)', "reverse('')", 'reverse(NULL)') }),
  ...feature(chapter, 'repeat', {
    'of literals and columns': ofRows("repeat('ab', 3)", "repeat('ab', 0)", "repeat('ab', -1)", 'repeat(v, n)'),
  }),
  ...feature(chapter, 'overlay', {
    'of literals': ofValues(
      "overlay('Txxxxas' PLACING 'hom' FROM 2 FOR 4)",
      "overlay('abcdef' PLACING 'X' FROM 3)",
      "overlay('abc' PLACING 'XYZ' FROM 2 FOR 0)",
      "overlay('abcdef' PLACING 'ZZ' FROM 3 FOR -1)",
      "overlay('abc' PLACING 'X' FROM 0)",
    ),
    'of columns': ofRows("overlay(s PLACING '**' FROM 2 FOR 3)"),
  }),
];

const places: readonly ContractCase[] = [
  ...feature(chapter, 'position', {
    'of literals': ofValues("position('l' IN 'hello')", "position('' IN 'hello')", "position('z' IN 'hello')", "position(NULL IN 'a')"),
    'of columns': ofRows("position('l' IN s)", "position('\\x41'::bytea IN bytes)"),
  }),
  ...feature(chapter, 'strpos', {
    'of literals and columns': ofRows("strpos('a😀b', 'b')", "strpos('', '')", "strpos(v, ',')", "strpos(c, 'b')"),
    'in where': found(() => ({ where: where(fn('strpos', col('s'), 'X'), { [Op.gt]: 0 }) })),
  }),
  ...feature(chapter, 'starts_with', {
    'of literals and columns': ofRows("starts_with('hello', 'he')", "starts_with('Hello', 'he')", "starts_with(s, 'a')", "s ^@ 'He'"),
    'in where': found(() => ({ where: where(fn('starts_with', col('v'), 'a,'), true) })),
  }),
];

const casts: readonly ContractCase[] = feature(chapter, 'CAST to text', {
  'through cast': async (site) =>
    (await samples(site)).findAll({
      attributes: [[cast(col('n'), 'text') as never, 'x']],
      where: where(cast(col('n'), 'text'), '3'),
      raw: true,
    }),
  'through literal': async (site) =>
    (await samples(site)).findAll({ attributes: [[literal(`"m"::text || '€'`), 'x']], order: [literal('"m"::text')], raw: true }),
});

export const textCases: readonly ContractCase[] = [
  ...letterCase,
  ...joined,
  ...lengths,
  ...parts,
  ...changed,
  ...places,
  ...casts,
  ...codeCases,
  ...patternFunctionCases,
];
