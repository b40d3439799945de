import { describe, expect, it } from 'vitest';
import { maskText, tokenize } from '../../../src/dialect/sql/lexer.js';

/** The tokens as `kind:text`. */
function tokens(sql: string): string[] {
  return tokenize(sql)
    .slice(0, -1)
    .map(({ kind, text }) => `${kind}:${text}`);
}

describe('names', () => {
  it.each([
    ['Abc ÄBC a$1 _x', ['word:abc', 'word:Äbc', 'word:a$1', 'word:_x']],
    ['"Abc" "a""b" `Back` U&"d\\0061t" U&"d!0061t" UESCAPE \'!\'', ['quoted:Abc', 'quoted:a"b', 'quoted:Back', 'quoted:dat', 'quoted:dat']],
    [`"${'x'.repeat(70)}"`, [`quoted:${'x'.repeat(63)}`]],
    [`"${'ä'.repeat(40)}"`, [`quoted:${'ä'.repeat(31)}`]],
  ])('%s', (sql, expected) => expect(tokens(sql)).toEqual(expected));
});

describe('strings', () => {
  it.each([
    ["'it''s'", "it's"],
    ["''", ''],
    ["'a\\n'", 'a\\n'],
    ["'a'\n  'b'", 'ab'],
    ["'a' -- comment\n'b''c'", "ab'c"],
    ["E'a\\'b\\n\\t\\\\x41\\x41\\101\\u00e4\\U0001F600\\q'", "a'b\n\t\\x41AAä😀q"],
    ["e'\\xc3\\xa4'", 'ä'],
    ["E'a''b'\n'c\\n'", "a'bc\n"],
    ["U&'d\\0061t\\+01F600\\\\'", 'dat😀\\'],
    ["U&'d!0061t' UESCAPE '!'", 'dat'],
    ["$$it's$$", "it's"],
    ['$a$x $$ y$a$', 'x $$ y'],
    ["N'x'", 'x'],
    ["B'01'", 'b01'],
    ["X'1F'", 'x1F'],
  ])('%s', (sql, value) => {
    const [token, end] = tokenize(sql);
    expect(token?.text).toBe(value);
    expect(end?.kind).toBe('end');
  });
});

describe('wrong strings', () => {
  it.each([
    ["E'\\u00'", '22025', 'invalid Unicode escape'],
    ["U&'\\00zz'", '22025', 'invalid Unicode escape'],
    ["E'\\ud83d'", '42601', 'invalid Unicode surrogate pair'],
    ["E'\\u0000'", '42601', 'invalid Unicode escape value'],
    ["E'\\0'", '22021', 'invalid byte sequence for encoding "UTF8": 0x00'],
    ["E'\\xff'", '22021', 'invalid byte sequence for encoding "UTF8": 0xff'],
  ])('%s', (sql, code, message) => expect(() => maskText(sql)).toThrow(expect.objectContaining({ code, message })));
});

describe('numbers', () => {
  it.each([
    [
      '1 1.5 .5 1. 1e3 1.5E-3 1.e2',
      ['integer:1', 'decimal:1.5', 'decimal:.5', 'decimal:1.', 'decimal:1e3', 'decimal:1.5E-3', 'decimal:1.e2'],
    ],
    ['-1', ['operator:-', 'integer:1']],
    ['1..2', ['integer:1', 'symbol:..', 'integer:2']],
    ['a1 $1 t.1', ['word:a1', 'parameter:1', 'word:t', 'decimal:.1']],
  ])('%s', (sql, expected) => expect(tokens(sql)).toEqual(expected));
});

describe('operators', () => {
  it.each([
    ['a=-1', ['word:a', 'operator:=', 'operator:-', 'integer:1']],
    ['a@-1', ['word:a', 'operator:@-', 'integer:1']],
    ['a<>-b', ['word:a', 'operator:<>', 'operator:-', 'word:b']],
    ['a!=b', ['word:a', 'operator:<>', 'word:b']],
    [
      'a::b:=c[1:2]',
      ['word:a', 'symbol:::', 'word:b', 'symbol::=', 'word:c', 'symbol:[', 'integer:1', 'symbol::', 'integer:2', 'symbol:]'],
    ],
    ["a#>>'x'", ['word:a', 'operator:#>>', 'string:x']],
    ['a?|b', ['word:a', 'operator:?|', 'word:b']],
    ['a--b\n+1', ['word:a', 'operator:+', 'integer:1']],
    ['a*/**/b /* a /* b */ c */ d', ['word:a', 'operator:*', 'word:b', 'word:d']],
    ['a=/*x*/b', ['word:a', 'operator:=', 'word:b']],
  ])('%s', (sql, expected) => expect(tokens(sql)).toEqual(expected));
});

describe('a masked text', () => {
  it('has placeholders that tell the literals’ own types', () => {
    expect(
      maskText(`SELECT 'a', E'b', $$c$$, 1, 2147483648, 9223372036854775808, 1.5, B'1' FROM "t1" -- x\nWHERE a1 = $1 /* y */ LIMIT 10`),
    ).toEqual({
      key: `SELECT '', '', '', 4, 8, 9, 0., b'' FROM "t1" WHERE a1 = $1 LIMIT 4`,
      literals: ['a', 'b', 'c', '1', '2147483648', '9223372036854775808', '1.5', 'b1', '10'],
    });
  });

  it('is the same for texts that differ in their literals and comments alone', () => {
    const { key } = maskText(`/* trace=1 */ SELECT * FROM t WHERE a = 'it''s' AND b > 10`);
    expect(maskText(`/* trace=22 */ SELECT * FROM t WHERE a = E'\\'' AND b > 9999`).key).toBe(key);
  });

  it('keeps apart what is apart', () => {
    const keys = [
      'SELECT 1',
      'SELECT 1.0',
      "SELECT '1'",
      'SELECT -1',
      'SELECT 99999999999',
      'SELECT $1',
      'SELECT "1"',
      'SELECT a1',
      "SELECT 1 '1'",
    ].map((sql) => maskText(sql).key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
