import { cast, col, fn, literal, type ModelStatic, Op, QueryTypes } from 'sequelize';
import { type ContractCase, feature, type Row, type Site } from '../../contract-case.js';
import { outcomeOf } from '../../../../src/testing/outcome.js';
import { id } from '../fixtures.js';

const chapter = 'Operators';

/** Documents with their lexemes: with positions and weights, without them, none, NULL. */
async function documents(site: Site): Promise<ModelStatic<Row>> {
  const model = await site.model('documents', { id, title: 'TEXT', words: 'TSVECTOR' });
  const vectors = [
    "'fat':2,4A 'cat':3 'rat':5B",
    "'a':1 'fat':2 'bat':3",
    '',
    null,
    "'fat' 'cat'",
    "'o''clock':1 'x\\\\y':2 'fa':3C 'new york':4",
  ];
  const { sequelize } = site;
  for (const vector of vectors) {
    await sequelize.query(
      `INSERT INTO "${model.tableName}" (title, words) VALUES ('t', ${vector === null ? 'NULL' : sequelize.escape(vector)})`,
    );
  }
  return model;
}

/** The documents that each query finds. */
function finding(...queries: readonly (() => unknown)[]): ContractCase['run'] {
  return async (site) => {
    const model = await documents(site);
    const seen = [];
    for (const query of queries) {
      seen.push(
        await outcomeOf(() =>
          model.findAll({ attributes: ['id'], where: { words: { [Op.match]: query() } } as never, order: ['id'], raw: true }),
        ),
      );
    }
    return seen;
  };
}

/** The same of texts of tsquery. */
const findingTexts = (...texts: readonly string[]): ContractCase['run'] => finding(...texts.map((text) => () => text));

const simple =
  (name: string, text: string): (() => unknown) =>
  () =>
    fn(name, 'simple', text);

function refusedQuery(refused: string, query: () => unknown): { readonly refused: string; readonly run: ContractCase['run'] } {
  const run: ContractCase['run'] = async (site) => {
    const model = await documents(site);
    return model.findAll({ attributes: ['id'], where: { words: { [Op.match]: query() } } as never, order: ['id'], raw: true });
  };
  return { refused, run };
}

function selected(...expressions: readonly string[]): ContractCase['run'] {
  return async (site) => {
    const seen = [];
    for (const sql of expressions)
      seen.push(await outcomeOf(() => site.sequelize.query(`SELECT ${sql} AS x`, { type: QueryTypes.SELECT })));
    return seen;
  };
}

const matching: readonly ContractCase[] = feature(chapter, 'match on TSVECTOR', {
  'one lexeme': findingTexts('fat', 'cat', 'ca', 'fat cat', "'o''clock'", 'x\\\\y', "'new york'"),
  '&, | and !': findingTexts('fat & cat', 'cat | bat', '!fat', '!!fat', 'fat & !rat', '(cat | bat) & !(rat | a)', 'fat & rat & cat'),
  'the empty query': findingTexts('', ' '),
  prefixes: findingTexts('fa:*', 'f:*', 'x:*', '!b:*', "'new':*"),
  weights: findingTexts('fat:A', 'fat:B', 'rat:ab', 'cat:D', 'fa:*c', '!fat:a'),
  phrases: findingTexts('cat <-> fat', 'fat <-> cat', 'fat <2> fat', 'fat <0> fat', 'a <-> fat <-> bat', 'a <-> (fat | cat)', 'a <2> b:*'),
  'phrases with weights, and without positions': findingTexts('cat <-> fat:A', 'cat <-> fat:B', '!(cat <-> fat)', 'fat:D <-> cat'),
  'wrong queries': findingTexts('fat &', '& fat', 'fat (', '!', 'a:x'),
  to_tsquery: finding(
    simple('to_tsquery', 'fat & cat'),
    simple('to_tsquery', 'FAT & !rat'),
    simple('to_tsquery', 'fa:*'),
    simple('to_tsquery', 'cat <-> fat'),
    simple('to_tsquery', ''),
    simple('to_tsquery', 'fat cat'),
  ),
  plainto_tsquery: finding(simple('plainto_tsquery', 'Fat, Cat!'), simple('plainto_tsquery', ''), simple('plainto_tsquery', "o'clock")),
  phraseto_tsquery: finding(simple('phraseto_tsquery', 'cat fat'), simple('phraseto_tsquery', 'fat')),
  websearch_to_tsquery: finding(
    simple('websearch_to_tsquery', 'fat -rat'),
    simple('websearch_to_tsquery', '"cat fat" or bat'),
    simple('websearch_to_tsquery', 'fat cat'),
  ),
  'casts, also of literals': finding(
    () => cast('fat & cat', 'tsquery'),
    () => literal("'fat | bat'::tsquery"),
  ),
  parameters: async (site) => {
    const { tableName } = await documents(site);
    const ask = (query: string, text: string | null) =>
      outcomeOf(() =>
        site.sequelize.query(`SELECT id FROM "${tableName}" WHERE words @@ ${query} ORDER BY id`, {
          bind: [text],
          type: QueryTypes.SELECT,
        }),
      );
    return [
      await ask('$1', 'fat & !cat'),
      await ask('$1::tsquery', 'fat <-> bat'),
      await ask("to_tsquery('simple', $1)", 'Fat | rat'),
      await ask("plainto_tsquery('simple', $1)", 'fat cat'),
      await ask("websearch_to_tsquery('simple', $1)", 'fat or bat'),
      await ask('$1', null),
      await ask('$1', 'fat &'),
    ];
  },
  'as a column, negated and combined': async (site) => {
    const { tableName } = await documents(site);
    return site.sequelize.query(
      `SELECT id, words @@ 'fat' AS a, NOT words @@ 'fat' AS b, 'fat'::tsquery @@ words AS c, coalesce(words @@ 'cat', false) AS d FROM "${tableName}" ORDER BY id`,
      { type: QueryTypes.SELECT },
    );
  },
  'of written vectors': selected(
    "'a b'::tsvector @@ 'a & b'::tsquery",
    "'a:1 b:2'::tsvector @@ 'a <-> b'::tsquery",
    "'a b'::tsvector @@ 'a'",
  ),
  'a query of the default configuration': refusedQuery("a configuration other than 'simple': it has stems and stop words", () =>
    fn('to_tsquery', 'fat & rats'),
  ),
  'a query of another configuration': refusedQuery("a configuration other than 'simple': it has stems and stop words", () =>
    fn('plainto_tsquery', 'english', 'fat rats'),
  ),
  'a query with other than words': refusedQuery(
    'texts of more than words of ASCII letters and digits',
    simple('plainto_tsquery', 'foo-bar'),
  ),
  'a phrase with ! in it': refusedQuery('a phrase with & or ! in it', () => 'a <-> !bat'),
  'a query of the row': refusedQuery('a query that is no literal or parameter', () => literal('"title"::tsquery')),
  'of a text': {
    refused: 'text search in a text',
    run: async (site) => {
      const { tableName } = await documents(site);
      return site.sequelize.query(`SELECT id FROM "${tableName}" WHERE title @@ 'fat' ORDER BY id`, { type: QueryTypes.SELECT });
    },
  },
});

const making: readonly ContractCase[] = [
  ...feature('Functions', 'to_tsvector', {
    'of literals': selected("to_tsvector('simple', 'The Fat rats, the cat!')", "to_tsvector('simple', '')", "to_tsvector('simple', NULL)"),
    'of numbers and other characters': selected("to_tsvector('simple', 'a1 22 x_y it''s (b)')", "to_tsvector('pg_catalog.simple', 'a')"),
    'is stored and found': async (site) => {
      const model = await documents(site);
      await model.update({ words: fn('to_tsvector', 'simple', 'The quick brown Fox') }, { where: { id: 1 } });
      return model.findAll({ where: { words: { [Op.match]: fn('to_tsquery', 'simple', 'quick <-> brown') } } as never, raw: true });
    },
    'of the default configuration': {
      refused: "a configuration other than 'simple'",
      run: (site) => site.sequelize.query("SELECT to_tsvector('fat cats')"),
    },
    'of a column': {
      refused: 'to_tsvector() of a column',
      run: async (site) => (await documents(site)).findAll({ attributes: [[fn('to_tsvector', 'simple', col('title')), 'x']], raw: true }),
    },
  }),
  ...feature('Functions', 'to_tsquery', {
    'of operators': selected(
      "to_tsquery('simple', 'Fat | !RAT')",
      "to_tsquery('simple', '(a | b) & c <2> d:*A')",
      "to_tsquery('simple', '''fat rat''')",
      "to_tsquery('simple', '')",
      "to_tsquery('simple', 'fat rat')",
    ),
    'of words': selected(
      "plainto_tsquery('simple', 'The Fat rats')",
      "phraseto_tsquery('simple', 'The Fat rats')",
      "plainto_tsquery('simple', '')",
    ),
    'of a web search': selected(
      `websearch_to_tsquery('simple', '"fat rat" or -dog cat')`,
      `websearch_to_tsquery('simple', '-"a b"')`,
      `websearch_to_tsquery('simple', '')`,
    ),
  }),
  ...feature('Functions', 'setweight, strip, length of TSVECTOR', {
    'of literals': selected("setweight('a:1 b:2'::tsvector, 'B')", "strip('a:1,2 b:2A'::tsvector)", "setweight('a:1'::tsvector, 'x')"),
    'length of a column': async (site) =>
      (await documents(site)).findAll({ attributes: ['id', [fn('length', col('words')), 'n']], order: ['id'], raw: true }),
    'of a column': {
      refused: 'setweight() and strip() of a column',
      run: async (site) => (await documents(site)).findAll({ attributes: [[fn('strip', col('words')), 'x']], raw: true }),
    },
    'vectors put together': {
      refused: 'The operator || of tsvector',
      run: async (site) => (await documents(site)).findAll({ attributes: [[literal(`"words" || 'x:1'::tsvector`), 'x']], raw: true }),
    },
  }),
  ...['ts_rank', 'ts_rank_cd'].flatMap((name) =>
    feature('Functions', name, {
      'of a column': {
        refused: `${name} (sort in the program)`,
        run: async (site) =>
          (await documents(site)).findAll({ attributes: [[fn(name, col('words'), fn('to_tsquery', 'simple', 'fat')), 'x']], raw: true }),
      },
    }),
  ),
  ...feature('Functions', 'ts_headline', {
    'of a text': { refused: 'ts_headline', run: (site) => site.sequelize.query("SELECT ts_headline('fat cats', 'cat'::tsquery)") },
  }),
];

export const searchCases: readonly ContractCase[] = [...matching, ...making];
