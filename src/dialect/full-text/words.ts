/*
 * What a word is to a full-text search, said so that PostgreSQL, SQLite's FTS5 and JavaScript find the same ones: a run of letters, marks
 * and digits. Everything else separates, so that none of PostgreSQL's kinds of tokens (addresses, hosts, paths, signed numbers,
 * src/backend/tsearch/wparser_def.c of PostgreSQL 17) is seen by its parser.
 */

/** Marks that belong to letters: of Latin and Cyrillic, Hebrew, Arabic, the scripts of South and Southeast Asia, kana. The same in both languages of patterns. */
const MARKS =
  '\\u0300-\\u036f\\u0483-\\u0487\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0610-\\u061a\\u064b-\\u065f\\u0670\\u06d6-\\u06dc' +
  '\\u06df-\\u06e8\\u06ea-\\u06ed\\u0900-\\u0963\\u0971-\\u09f1\\u0a01-\\u0aef\\u0b01-\\u0b6f\\u0b82-\\u0bef\\u0c00-\\u0c6f\\u0c80-\\u0cf3' +
  '\\u0d00-\\u0d57\\u0d5f-\\u0d6f\\u0d7a-\\u0df3\\u0e31-\\u0e3a\\u0e47-\\u0e4e\\u0eb1-\\u0ecd\\u102b-\\u103e\\u1056-\\u108f\\u17b4-\\u17d3\\u3099\\u309a';

/** PostgreSQL's pattern of what separates words. Without a colon or question mark, which Sequelize may take for replacements. */
export const SEPARATORS = `([^\\w${MARKS}]|_)+`;

/** The collation that folds and classifies letters as Unicode does, whatever the database's own locale is: of every PostgreSQL with ICU. */
export const COLLATION = 'und-x-icu';

const wordOf = (marks: string): RegExp => new RegExp(`[\\p{L}\\p{Nd}${marks}]+`, 'gu');
const WORD = wordOf(MARKS);

/** Longer words are in no index of PostgreSQL, and none of its queries may hold one (MAXSTRLEN of src/include/tsearch/ts_type.h, 17). */
const LONGEST_WORD_BYTES = 2046;

/** The words that a text asks for, each once and in small letters; none where one of them can't be found anywhere. */
export function searchedWords(text: string): readonly string[] {
  const words = [...new Set(text.toLowerCase().match(WORD))];
  return words.some((word) => Buffer.byteLength(word) > LONGEST_WORD_BYTES) ? [] : words;
}

/** What FTS5 (unicode61, Unicode 6.1) would take for parts of words: signs and emoji that are younger, marks on signs, invisible characters. */
const YOUNGER_SIGNS = [
  [0x061c, 0x061c],
  [0x2066, 0x2069],
  [0x20ba, 0x20ff],
  [0x218a, 0x218b],
  [0x23f4, 0x23ff],
  [0x2b4d, 0x2bff],
  [0x2e32, 0x2e7f],
  [0xfe00, 0xfe0f],
  [0x1f000, 0x1faff],
] as const;

const youngerSigns = YOUNGER_SIGNS.map(([from, to]) =>
  Array.from({ length: to - from + 1 }, (_, offset) => String.fromCodePoint(from + offset)).join(''),
).join('');

/** FTS5's option `tokenize` for a configuration of PostgreSQL: its only stems are English ones. */
export function tokenizerOf(configuration: string): string {
  return `${configuration === 'english' ? 'porter ' : ''}unicode61 remove_diacritics 0 categories 'L* M* Nd' separators '${youngerSigns}'`;
}

/** PostgreSQL's tsearch_data/english.stop: what its configuration "english" does not look for. */
const ENGLISH_STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its itself they them ' +
    'their theirs themselves what which who whom this that these those am is are was were be been being have has had having do does did doing ' +
    'a an the and but if or because as until while of at by for with about against between into through during before after above below to ' +
    'from up down in out on off over under again further then once here there when where why how all any both each few more most other some ' +
    'such no nor not only own same so than too very s t can will just don should now'
  ).split(' '),
);

/** FTS5's query for a text of which all words must occur. Words hold no character that means something to FTS5. */
export function matchOf(text: string, configuration: string): string {
  const isStop = (word: string): boolean => configuration === 'english' && ENGLISH_STOP_WORDS.has(word);
  const words = searchedWords(text).filter((word) => !isStop(word));
  // The empty phrase is found nowhere, as PostgreSQL's query without lexemes.
  return words.length === 0 ? '""' : words.map(phraseOf).join(' AND ');
}

/** İ in small letters, with its dot as a mark. FTS5 leaves that letter as it is (sqlite3Fts5UnicodeFold() of SQLite 3.52), all others fold to one. */
const DOTTED = 'i\u0307';

/** Of more such letters in one word only the first are asked for in both forms: the number of forms doubles with each. */
const MOST_DOTTED = 6;

function phraseOf(word: string): string {
  const [first = '', ...rest] = word.split(DOTTED);
  let forms = [first];
  for (const [position, part] of rest.entries()) {
    const letters = position < MOST_DOTTED ? [DOTTED, '\u0130'] : [DOTTED];
    forms = forms.flatMap((form) => letters.map((letter) => `${form}${letter}${part}`));
  }
  const phrases = forms.map((form) => `"${form}"`).join(' OR ');
  return forms.length === 1 ? phrases : `(${phrases})`;
}
