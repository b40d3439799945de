import type { ModelStatic } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addFullTextIndex, fullTextMatch } from '../../src/migrations/full-text.js';
import { Random } from '../chaos/random.js';
import { type ArticleRow, articlesOn, KINDS, openSite, type Site } from './full-text-site.js';

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 120_000);
afterAll(() => site.dispose());

/** Texts are made of these pieces, next to each other or with a separator between. */
const WORDS = (
  'a ab Cat CATS dog 1 12 007 3d v2 x2y x1e5 Ünïcode déjà ÉTÉ Straße ἄνδρα Ελλάδα Москва ЁЖ їжак 東京 日本語 한국어 שלום שָׁלוֹם العَرَبِيَّة हिन्दी ภาษาไทย ' +
  'e\u0301te\u0301 naïve Ǆ ŁÓDŹ æther'
).split(' ');
const SEPARATORS = [
  ...Array.from(' \t\n!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'),
  ...Array.from('\u00a0¡«»¿×÷\u2003–—‘’“”…€₹₿→✓★、。「」！？·'),
  ...['🤔', '😀', '❤️', '👩‍💻', '\u200b', '\u2066', '\ufeff', '\u00ad', '²', '½', '™'],
  ...['://', '@', '.com', "n't", '--', '/*', '%20', '&amp;', ' -5', '+1.5', ' 1.2.3 ', 'e-5'],
];

describe('a search in plain words', () => {
  it('finds the same rows on PostgreSQL, on the fallback and on plain SQLite', async () => {
    const drawn = new Random(20_260_101, 'full text');
    const random = () => drawn.next();
    const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)] ?? '';
    const text = (pieces: number) => Array.from({ length: pieces }, () => pick(WORDS) + pick(SEPARATORS)).join('');
    const rows = Array.from({ length: 150 }, (_, index) => ({
      id: index + 1,
      title: random() < 0.2 ? null : text(3),
      body: random() < 0.2 ? null : text(Math.floor(random() * 8)),
    }));
    const queries = [...WORDS, ...SEPARATORS, ...Array.from({ length: 150 }, () => text(1 + Math.floor(random() * 2)))];
    const models = new Map<string, ModelStatic<ArticleRow>>();
    for (const kind of KINDS) {
      const Article = await articlesOn(site.sequelizeOf(kind), 'same_rows');
      await Article.bulkCreate(rows);
      await addFullTextIndex(site.sequelizeOf(kind).getQueryInterface(), 'same_rows', ['title', 'body']);
      models.set(kind, Article);
    }
    let hits = 0;
    for (const query of queries) {
      const answers: Record<string, number[]> = {};
      for (const [kind, Article] of models) {
        const where = fullTextMatch(Article.sequelize?.getQueryInterface() as never, ['title', 'body'], query, { table: 'same_rows' });
        answers[kind] = (await Article.findAll({ where, order: ['id'] })).map(({ id }) => id);
      }
      const [first = []] = Object.values(answers);
      hits += first.length;
      expect({ query, answers }).toEqual({ query, answers: Object.fromEntries(KINDS.map((kind) => [kind, first])) });
    }
    expect(hits).toBeGreaterThan(500);
  });

  it('finds İ as itself and as i with a dot, and not as i', async () => {
    const titles = ['İstanbul', 'i\u0307stanbul', 'istanbul', 'İzmİr big', 'dİ\u0307x'];
    for (const kind of KINDS) {
      const Article = await articlesOn(site.sequelizeOf(kind), 'dotted');
      await Article.bulkCreate(titles.map((title, index) => ({ id: index + 1, title })));
      await addFullTextIndex(site.sequelizeOf(kind).getQueryInterface(), 'dotted', ['title', 'body']);
      const found = async (query: string) => {
        const where = fullTextMatch(site.sequelizeOf(kind).getQueryInterface(), ['title', 'body'], query, { table: 'dotted' });
        return (await Article.findAll({ where, order: ['id'] })).map(({ id }) => id);
      };
      const answers = [await found('İstanbul'), await found('i\u0307stanbul'), await found('istanbul'), await found('big İZMİR')];
      expect({ kind, answers }).toEqual({ kind, answers: [[1, 2], [1, 2], [3], [4]] });
      expect({ kind, found: await found('dİ\u0307x') }).toEqual({ kind, found: [5] });
    }
  });
});
