import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { testOfRegex, type TextTest } from '../../../src/dialect/translate/patterns/regex-pattern.js';
import { UnsupportedOnFallbackError } from '../../../src/errors.js';
import { SqliteSession } from './sqlite-session.js';

let sqlite: SqliteSession;

beforeAll(() => {
  sqlite = new SqliteSession();
});

afterAll(() => sqlite.close());

const MATCH = `
  SELECT EXISTS (SELECT 1 FROM json_each(?2, '$.any') AS g WHERE head GLOB g.value)
    AND NOT EXISTS (SELECT 1 FROM json_each(?2, '$.none') AS g WHERE head GLOB g.value)
    AND length(value) - length(head) >= coalesce(json_extract(?2, '$.tail.least'), 0) AS matched
  FROM (SELECT value, rtrim(value, coalesce(json_extract(?2, '$.tail.characters'), '')) AS head FROM json_each(?1))`;

async function matched(test: TextTest, texts: readonly string[]): Promise<boolean[]> {
  const rows = await sqlite.all(MATCH, [JSON.stringify(texts), JSON.stringify(test)]);
  return rows.map(({ matched: found }) => found === 1);
}

/** Undefined where it is refused. */
function known(pattern: string, ignoreCase: boolean): TextTest | undefined {
  try {
    return testOfRegex(pattern, ignoreCase);
  } catch (error) {
    if (error instanceof UnsupportedOnFallbackError) return undefined;
    throw error;
  }
}

describe('the GLOB patterns of a regular expression', () => {
  test.each<[string, Partial<TextTest>]>([
    ['^foo', { any: ['foo*'], none: [] }],
    ['foo$', { any: ['*foo'], none: [] }],
    ['[0-9]+', { any: ['*[0-9]*'], none: [] }],
    ['colou?r', { any: ['*color*', '*colour*'], none: [] }],
    ['a.+b', { any: ['*a?*b*'], none: [] }],
    ['^[A-Z]{3}$', { any: ['[A-Z][A-Z][A-Z]'], none: [] }],
    ['^[a-z]+$', { any: ['[a-z]*'], none: ['*[^a-z]*'] }],
    ['^.{1,80}$', { any: ['?*'], none: [`${'?'.repeat(81)}*`] }],
    ['(^|,)a(,|$)', { any: ['a,*', 'a', '*,a,*', '*,a'], none: [] }],
    ['[]a]', { any: ['*[]a]*'], none: [] }],
    ['[^]^-]', { any: ['*[^]^-]*'], none: [] }],
    ['\\*\\?\\[', { any: ['*[*][?][[]*'], none: [] }],
    ['a^', { any: [], none: [] }],
  ])('%s is said exactly', (pattern, globs) => {
    expect(testOfRegex(pattern, false)).toEqual(globs);
  });

  it('has the end of an e-mail address as a tail', () => {
    expect(testOfRegex('^[a-z]+@[a-z.-]+\\.[a-z]{2,}$', false).tail).toEqual({ characters: 'abcdefghijklmnopqrstuvwxyz', least: 2 });
  });

  it('knows of which characters it is not sure', () => {
    expect(testOfRegex('[[:alpha:]]', false).unsure).toBe('*[\u0080-\u{10ffff}]*');
    expect(testOfRegex('[a-z]', false).unsure).toBeUndefined();
  });

  test.each(['(a', 'a)', '[a', '*a', 'a**', 'a{3,2}', '[z-a]', 'a\\'])('%s is none', (pattern) => {
    expect(testOfRegex(pattern, false)).toMatchObject({ any: [], none: [], error: expect.any(String) as string });
  });

  test.each(['(a)\\1', 'a(?=b)', '\\ma', '(?i)a', '***=a', '^x*y', '^([ab]{2})+$', '[[:foo:]]', '[[:constructor:]]', '[[.a.]]', '\ufffe'])(
    '%s is refused',
    (pattern) => {
      expect(() => testOfRegex(pattern, false)).toThrow(UnsupportedOnFallbackError);
    },
  );

  it('is refused without regard to case where letters outside ASCII have two', () => {
    expect(() => testOfRegex('ä', true)).toThrow(UnsupportedOnFallbackError);
    expect(testOfRegex('ä€', false)).toEqual({ any: ['*ä€*'], none: [] });
  });
});

const set = fc.constantFrom(
  '[ab]',
  '[^a]',
  '[a-c]',
  '[^ab1]',
  '[b-]',
  '[-b]',
  '[*?]',
  '[1-9A-]',
  '.',
  '\\d',
  '\\D',
  '\\.',
  '\\[',
  '\\*',
  '\\\\',
);
const letter = fc.constantFrom('a', 'b', 'c', '-', '1', 'A');
const times = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,2}', '{2,}', '*?', '{0,3}', '{2,7}');
const { regex } = fc.letrec<{ regex: string; sequence: string; piece: string }>((tie) => ({
  regex: fc.oneof(
    { depthSize: 'small' },
    tie('sequence'),
    fc.tuple(tie('sequence'), tie('sequence')).map((both) => both.join('|')),
  ),
  sequence: fc.array(tie('piece'), { maxLength: 4, depthIdentifier: 'pieces' }).map((pieces) => pieces.join('')),
  piece: fc
    .tuple(
      fc.oneof(
        { depthSize: 'small' },
        letter,
        set,
        tie('regex').map((inner) => `(${inner})`),
      ),
      times,
    )
    .map((both) => both.join('')),
}));
const anchored = fc.tuple(fc.constantFrom('^', '^', ''), regex, fc.constantFrom('$', '$', '')).map((parts) => parts.join(''));
const text = fc.string({ unit: fc.constantFrom(...Array.from('abbc-11A.[*?\\\n 2')), maxLength: 9 });

describe('any regular expression', () => {
  it('matches the texts that JavaScript matches, or is refused', async () => {
    await fc.assert(
      fc.asyncProperty(anchored, fc.array(text, { minLength: 60, maxLength: 60 }), async (pattern, texts) => {
        const test = known(pattern, false);
        if (!test) return;
        const expected = new RegExp(pattern, 's');
        expect(await matched(test, texts)).toEqual(texts.map((one) => expected.test(one)));
      }),
      { numRuns: 400 },
    );
  }, 60_000);
});
