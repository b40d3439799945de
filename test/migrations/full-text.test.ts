import { DataTypes, Op, QueryTypes } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addFullTextIndex, type FullTextMatchOptions, fullTextMatch, removeFullTextIndex } from '../../src/migrations/full-text.js';
import { articlesOn, type Kind, KINDS, openSite, type Site } from './full-text-site.js';

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 120_000);
afterAll(() => site.dispose());

const COLUMNS = ['title', 'body'];
let made = 0;

describe.each(KINDS)('a full-text index: %s', (kind) => {
  async function indexed(rows: readonly Partial<Record<string, string | number>>[] = []) {
    const sequelize = site.sequelizeOf(kind);
    const queryInterface = sequelize.getQueryInterface();
    made += 1;
    const table = `articles_${made}`;
    const Article = await articlesOn(sequelize, table);
    await Article.bulkCreate([...rows]);
    const change = await addFullTextIndex(queryInterface, table, COLUMNS);
    const match = (query: string, options: FullTextMatchOptions = {}) =>
      fullTextMatch(queryInterface, COLUMNS, query, { table, ...options });
    const found = async (query: string) => (await Article.findAll({ where: match(query), order: ['id'] })).map(({ title }) => title);
    return { sequelize, queryInterface, table, Article, change, match, found };
  }

  it('finds the rows that were there before it', async () => {
    const { change, found } = await indexed([{ title: 'Old cat', body: 'sleeps' }, { title: 'Dog' }]);
    expect(change).toMatchObject({ did: 'created', differences: [] });
    expect(await found('cat')).toEqual(['Old cat']);
    expect(await found('sleeps OLD')).toEqual(['Old cat']);
  });

  it('follows rows that are created, updated, upserted, increased and destroyed', async () => {
    const { Article, found } = await indexed();
    const row = await Article.create({ title: 'first', body: 'alpha', position: 1 });
    await Article.bulkCreate([
      { title: 'second', body: 'alpha beta', position: 2 },
      { title: 'third', position: 3 },
    ]);
    expect(await found('alpha')).toEqual(['first', 'second']);
    await row.update({ body: 'gamma' });
    expect(await found('alpha')).toEqual(['second']);
    await Article.upsert({ id: row.id, title: 'first', body: 'delta', position: 1 });
    expect(await found('gamma')).toEqual([]);
    expect(await found('delta')).toEqual(['first']);
    await Article.bulkCreate([{ id: row.id, title: 'ignored', body: 'omega' }], { ignoreDuplicates: true });
    await Article.bulkCreate([{ id: row.id, title: 'overwritten', body: 'epsilon' }], {
      updateOnDuplicate: ['title', 'body'],
      conflictAttributes: ['id'],
    });
    expect(await found('omega')).toEqual([]);
    expect(await found('delta')).toEqual([]);
    expect(await found('epsilon')).toEqual(['overwritten']);
    await Article.increment('position', { by: 10, where: {} });
    expect(await Article.update({ id: 500 }, { where: { id: row.id } })).toEqual([1]);
    expect(await found('epsilon')).toEqual(['overwritten']);
    expect(await Article.destroy({ where: { id: 500 } })).toBe(1);
    expect(await found('epsilon')).toEqual([]);
  });

  it('gives new rows their own numbers', async () => {
    const { Article } = await indexed([{ title: 'a' }]);
    const rows = [await Article.create({ title: 'b' }), await Article.create({ title: 'c' })];
    expect(rows.map(({ id }) => id)).toEqual([2, 3]);
  });

  it('follows what a foreign key deletes and sets to NULL', async () => {
    const { sequelize, queryInterface } = await indexed();
    made += 1;
    const [parents, children] = [`parents_${made}`, `children_${made}`];
    const Parent = sequelize.define(
      parents,
      { name: { type: DataTypes.STRING, primaryKey: true } },
      { tableName: parents, timestamps: false },
    );
    const child = {
      text: DataTypes.TEXT,
      gone: { type: DataTypes.STRING, references: { model: parents, key: 'name' }, onDelete: 'CASCADE', onUpdate: 'CASCADE' },
      word: { type: DataTypes.STRING, references: { model: parents, key: 'name' }, onDelete: 'SET NULL', onUpdate: 'CASCADE' },
    };
    const Child = sequelize.define(children, child, { tableName: children, timestamps: false });
    await Parent.sync();
    await Child.sync();
    await addFullTextIndex(queryInterface, children, ['text', 'word']);
    await Parent.bulkCreate([{ name: 'one' }, { name: 'two' }]);
    await Child.bulkCreate([
      { text: 'left', gone: 'one', word: 'two' },
      { text: 'stays', word: 'two' },
    ]);
    const count = (query: string) => Child.count({ where: fullTextMatch(queryInterface, ['text', 'word'], query, { table: children }) });
    expect([await count('left'), await count('two')]).toEqual([1, 2]);
    await Parent.destroy({ where: { name: 'one' } });
    expect([await count('left'), await count('two')]).toEqual([0, 1]);
    await Parent.update({ name: 'new' }, { where: { name: 'two' } });
    expect([await count('two'), await count('new')]).toEqual([0, 1]);
    await Parent.destroy({ where: { name: 'new' } });
    expect([await count('new'), await count('stays')]).toEqual([0, 1]);
  });

  it('keeps what a transaction wrote, or leaves it out', async () => {
    const { sequelize, Article, found, match } = await indexed();
    const undone = sequelize.transaction(async (transaction) => {
      await Article.create({ title: 'undone', body: 'word' }, { transaction });
      expect(await Article.count({ where: match('word'), transaction })).toBe(1);
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    expect(await found('word')).toEqual([]);
    await sequelize.transaction(async (transaction) => await Article.create({ title: 'kept', body: 'word' }, { transaction }));
    expect(await found('word')).toEqual(['kept']);
  });

  it('takes all words of both columns together, and NULL for no words', async () => {
    const { found, Article, match } = await indexed([{ title: 'cat', body: 'dog' }, { title: 'cat' }, { body: 'dog' }, {}]);
    expect(await found('dog cat')).toEqual(['cat']);
    expect(await found('cat')).toEqual(['cat', 'cat']);
    expect(await Article.count({ where: { [Op.not]: match('cat') } })).toBe(2);
    expect(await Article.count({ where: { [Op.or]: [match('cat'), match('dog')], title: null } })).toBe(1);
  });

  it('takes any text as plain words', async () => {
    const { found } = await indexed([{ title: `O'Hara and "or" near`, body: 'c0 title:x NOT OR * ^ ( ) - a_b@c.de 50% $1 :name ?' }]);
    const hits = [
      `O'Hara`,
      '"near',
      'hara" OR "a*',
      'a" OR "b*',
      'NEAR(and or)',
      'title:x',
      '{c0}:x',
      '^and',
      'a_b',
      '$1',
      ':name',
      '\0and',
      '50%',
      '-and',
    ];
    for (const query of hits) expect([query, await found(query)]).toEqual([query, [`O'Hara and "or" near`]]);
    for (const query of ["'; DROP TABLE x; --", '-', '(', '?', '%', '\\', '*', 'har*', 'ha'])
      expect([query, await found(query)]).toEqual([query, []]);
    expect(await found('')).toEqual([]);
  });

  it('takes long words and long texts', async () => {
    const long = 'x'.repeat(3_000);
    const text = Array.from({ length: 400 }, (_, index) => `word${index}`).join(' ');
    const { found } = await indexed([
      { title: 'long', body: `short ${long}` },
      { title: 'many', body: text },
    ]);
    expect([await found('short'), await found(long), await found(`short ${long}`), await found(text)]).toEqual([
      ['long'],
      [],
      [],
      ['many'],
    ]);
  });

  it('stands beside replacements and binds of the program', async () => {
    const { sequelize, Article, match } = await indexed([{ title: 'cat' }, { title: 'cat two' }]);
    const where = { [Op.and]: [match('cat'), sequelize.literal('title = :title')] };
    expect(await Article.count({ where, replacements: { title: 'cat two' } } as never)).toBe(1);
    const { val } = match('two') as unknown as { val: string };
    const sql = `SELECT count(*) AS n FROM ${Article.getTableName() as string} WHERE ${val} AND title = $title`;
    const [row] = await sequelize.query<{ n: unknown }>(sql, { bind: { title: 'cat two' }, type: QueryTypes.SELECT });
    expect(Number(row?.n)).toBe(1);
  });

  it('is made by one of several that want it at once', async () => {
    const { queryInterface, table } = await indexed();
    const changes = await Promise.all(Array.from({ length: 5 }, () => addFullTextIndex(queryInterface, table, 'title')));
    expect(changes.map(({ did }) => did).sort()).toEqual(['created', 'exists', 'exists', 'exists', 'exists']);
  });

  it('can be named by an alias where several tables have the columns', async () => {
    const { Article, match, table } = await indexed([
      { title: 'cat', position: 1 },
      { title: 'dog', position: 2 },
    ]);
    const Other = await articlesOn(site.sequelizeOf(kind), `${table}_other`);
    await Other.bulkCreate([
      { id: 1, title: 'cat' },
      { id: 2, title: 'cat' },
    ]);
    Article.hasMany(Other, { foreignKey: 'position', as: 'others', constraints: false });
    await Other.update({ position: 2 }, { where: { id: 1 } });
    const rows = await Article.findAll({ where: match('dog', { alias: Article.name }), include: 'others' });
    expect(rows.map(({ title }) => title)).toEqual(['dog']);
    await expect(Article.findAll({ where: match('dog'), include: 'others' })).rejects.toThrow(/ambiguous|no such column/);
  });

  it('is made once, made anew for other columns, and removed', async () => {
    const { queryInterface, table, found, Article } = await indexed([{ title: 'cat', body: 'dog' }]);
    const name = 'by_name';
    const did = async (change: Promise<{ did: string }>) => (await change).did;
    expect(await did(addFullTextIndex(queryInterface, table, COLUMNS))).toBe('exists');
    expect(await did(addFullTextIndex(queryInterface, table, 'title', { name: `${name}_${table}` }))).toBe('created');
    expect(await did(addFullTextIndex(queryInterface, table, 'title', { name: `${name}_${table}` }))).toBe('exists');
    expect(await did(addFullTextIndex(queryInterface, table, ['body'], { name: `${name}_${table}` }))).toBe('changed');
    const where = fullTextMatch(queryInterface, 'body', 'dog', { table, name: `${name}_${table}` });
    expect(await Article.count({ where })).toBe(1);
    expect(await did(removeFullTextIndex(queryInterface, table, ['body'], { name: `${name}_${table}` }))).toBe('removed');
    expect(await found('dog')).toEqual(['cat']);
    expect(await did(removeFullTextIndex(queryInterface, table, COLUMNS))).toBe('removed');
    expect(await did(removeFullTextIndex(queryInterface, table, COLUMNS))).toBe('absent');
    await Article.create({ title: 'written without it' });
  });

  it('belongs to the transaction that it is given', async () => {
    const { sequelize, queryInterface, table } = await indexed();
    const undone = sequelize.transaction(async (transaction) => {
      expect((await addFullTextIndex(queryInterface, table, 'body', { transaction })).did).toBe('created');
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    expect((await removeFullTextIndex(queryInterface, table, 'body')).did).toBe('absent');
  });

  it('takes mixed case and odd names', async () => {
    const { sequelize, queryInterface } = await indexed();
    made += 1;
    const table = `Odd Table ${made}`;
    const column = `The Körper's x`;
    const Odd = sequelize.define('Odd', { [column]: DataTypes.TEXT }, { tableName: table, timestamps: false });
    await Odd.sync();
    await Odd.create({ [column]: 'Straße 12' });
    expect((await addFullTextIndex(queryInterface, table, column)).did).toBe('created');
    expect((await addFullTextIndex(queryInterface, table, column)).did).toBe('exists');
    expect(await Odd.count({ where: fullTextMatch(queryInterface, column, 'straße', { table }) })).toBe(1);
  });

  it('lives in a schema', async () => {
    const { sequelize, queryInterface } = await indexed();
    await sequelize.createSchema('library', {}).catch(() => undefined);
    const tableName = `books_${made}`;
    const Book = await articlesOn(sequelize, tableName, 'library');
    await Book.create({ title: 'cat' });
    const table = { tableName, schema: 'library' };
    // Sequelize's declarations ask for more of a table's name than it does.
    expect((await addFullTextIndex(queryInterface, table as never, COLUMNS)).did).toBe('created');
    expect((await addFullTextIndex(queryInterface, table as never, COLUMNS)).did).toBe('exists');
    expect(await Book.count({ where: fullTextMatch(queryInterface, COLUMNS, 'cat', { table: table as never }) })).toBe(1);
    expect((await removeFullTextIndex(queryInterface, table as never, COLUMNS)).did).toBe('removed');
  });

  it('refuses what it can not have', async () => {
    const { queryInterface, table, Article } = await indexed([{ title: 'kept' }]);
    await expect(addFullTextIndex(queryInterface, 'nowhere', 'title')).rejects.toThrow('there is no table');
    await expect(addFullTextIndex(queryInterface, table, [])).rejects.toThrow('must be a column or more');
    await expect(addFullTextIndex(queryInterface, table, ['title', 'title'])).rejects.toThrow('must not name a column twice');
    await expect(addFullTextIndex(queryInterface, table, 'missing')).rejects.toThrow(/column "missing"/);
    await queryInterface.addIndex(table, ['position'], { name: `${table}_taken` });
    await expect(addFullTextIndex(queryInterface, table, 'title', { name: `${table}_taken` })).rejects.toThrow(
      'is there and no full-text index',
    );
    await expect(removeFullTextIndex(queryInterface, table, 'title', { name: `${table}_taken` })).rejects.toThrow(
      'is there and no full-text index',
    );
    await expect(addFullTextIndex(queryInterface, table, 'title', { name: table })).rejects.toThrow(/no full-text index|already exists/);
    expect(await Article.count()).toBe(1);
    await expect(addFullTextIndex(queryInterface, table, 'title', { language: "x'); --" })).rejects.toThrow('language');
    expect(() => fullTextMatch(queryInterface, 'title', 5 as never)).toThrow('query: must be a text; received 5');
  });
});

describe('a full-text index on PostgreSQL', () => {
  it('serves the search', async () => {
    const sequelize = site.sequelizeOf('plain PostgreSQL');
    const queryInterface = sequelize.getQueryInterface();
    const Article = await articlesOn(sequelize, 'planned');
    await addFullTextIndex(queryInterface, 'planned', COLUMNS);
    const sql: string[] = [];
    await Article.findAll({
      where: fullTextMatch(queryInterface, COLUMNS, 'cat'),
      logging: (text) => sql.push(text.replace(/^[^:]*: /, '')),
    });
    const plan = await sequelize.transaction(async (transaction) => {
      await sequelize.query('SET LOCAL enable_seqscan = off', { transaction });
      return await sequelize.query(`EXPLAIN ${sql[0]}`, { transaction, type: QueryTypes.SELECT });
    });
    expect(JSON.stringify(plan)).toContain('Bitmap Index Scan on planned_title_body_full_text');
  });

  it('has stems and stop words in the languages that it knows', async () => {
    const queryInterface = site.sequelizeOf('handle on PostgreSQL').getQueryInterface();
    const Article = await articlesOn(site.sequelizeOf('handle on PostgreSQL'), 'german');
    await addFullTextIndex(queryInterface, 'german', 'body', { language: 'german' });
    await Article.create({ body: 'Die Häuser am See' });
    expect(await Article.count({ where: fullTextMatch(queryInterface, 'body', 'Hunde und Häuser', { language: 'german' }) })).toBe(0);
    expect(await Article.count({ where: fullTextMatch(queryInterface, 'body', 'das Haus', { language: 'german' }) })).toBe(1);
  });
});

describe('the definition of a full-text index', () => {
  it('is the same on PostgreSQL and its fallback, also when columns have changed', async () => {
    const definitions = (kind: Kind) =>
      site
        .sequelizeOf(kind)
        .query("SELECT indexdef FROM pg_indexes WHERE tablename = 'shown' ORDER BY indexname", { type: QueryTypes.SELECT });
    for (const kind of ['handle on PostgreSQL', 'handle on its fallback'] as const) {
      const queryInterface = site.sequelizeOf(kind).getQueryInterface();
      await articlesOn(site.sequelizeOf(kind), 'shown');
      await addFullTextIndex(queryInterface, 'shown', COLUMNS);
      await addFullTextIndex(queryInterface, 'shown', 'body', { language: 'english', fallback: 'nearest' });
      await queryInterface.renameColumn('shown', 'body', 'Text of it');
      await queryInterface.changeColumn('shown', 'title', { type: DataTypes.TEXT });
    }
    expect(await definitions('handle on its fallback')).toEqual(await definitions('handle on PostgreSQL'));
  });
});

describe.each(['handle on its fallback', 'plain SQLite'] as const)('a language with stems: %s', (kind) => {
  it('is refused, or taken as near as can be', async () => {
    const sequelize = site.sequelizeOf(kind);
    const queryInterface = sequelize.getQueryInterface();
    const Article = await articlesOn(sequelize, 'stems');
    await Article.create({ body: 'The running dogs' });
    await expect(addFullTextIndex(queryInterface, 'stems', 'body', { language: 'english' })).rejects.toThrow("fallback: 'nearest'");
    await addFullTextIndex(queryInterface, 'stems', 'body', { language: 'english', fallback: 'nearest' });
    const count = (query: string, language = 'english') =>
      Article.count({ where: fullTextMatch(queryInterface, 'body', query, { language, table: 'stems' }) });
    expect(await count('a dog runs')).toBe(1);
    expect(await count('cats')).toBe(0);
    // Stop words alone are found nowhere, as on PostgreSQL.
    expect(await count('the')).toBe(0);
    await expect(count('dogs', 'simple')).rejects.toThrow('full-text index');
  });
});
